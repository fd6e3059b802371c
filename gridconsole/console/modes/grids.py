"""网格: the area tree, the grid table, the grid card."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static, Tree
from textual.widgets.tree import TreeNode

from gridconsole.console.modes.register import RegisterScreen
from gridconsole.console.text import safe
from gridconsole.console.time_line import time_line
from gridconsole.console.widgets.links import Link
from gridconsole.console.widgets.table import Column
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import labelled, t, word
from gridconsole.services import roster_views
from gridconsole.services.lookup import matches
from gridconsole.store import people, places, queue
from gridconsole.store.places import GridRow

CASES_SHOWN = 12


class GridsScreen(RegisterScreen[GridRow]):
    """Every grid by area, with its wardens, its base data and its open cases."""

    mode: ClassVar[str] = "grids"
    DEFAULT_CSS = """
    GridsScreen Tree { width: 26; border-right: solid $panel; background: $surface; scrollbar-size-vertical: 1; }
    GridsScreen.narrow Tree { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._within: frozenset[int] | None = None
        self._posts: tuple[people.PostRow, ...] = ()
        self._cases: tuple[QueueRow, ...] = ()

    def columns(self) -> tuple[Column[GridRow], ...]:
        """Return the columns: name, code, class, households, wardens, open cases."""
        return (
            Column(t("column.grid"), 0, lambda row: row.name),
            Column(t("column.code"), 16, lambda row: row.code, narrowest=50),
            Column(t("column.class"), 4, lambda row: row.area_class.value if row.area_class else "", narrowest=70),
            Column(t("column.households"), 5, lambda row: _number(row.households), right=True, narrowest=60),
            Column(t("column.wardens"), 14, lambda row: row.warden_names or t("grid.nobody_short"), self._warden_style),
            Column(t("column.handling"), 4, lambda row: str(row.open_cases), right=True),
        )

    def side_panel(self) -> ComposeResult:
        """Lay out the tree of divisions."""
        tree: Tree[int] = Tree(t("console.all_areas"), id="areas")
        tree.show_root = True
        tree.guide_depth = 2
        yield tree

    def on_mount(self) -> None:
        """Fill the tree, then the rows."""
        self._fill_tree()
        super().on_mount()

    def on_resize(self) -> None:
        """Hide the tree on a small terminal."""
        self.set_class(self.size.width < 100, "narrow")

    def _fill_tree(self) -> None:
        with self.console_app.office.database.reading() as connection:
            self._areas = places.areas(connection)
        children: dict[int | None, list[places.AreaRow]] = {}
        for area in self._areas:
            children.setdefault(area.parent_id, []).append(area)
        tree = self.query_one("#areas", Tree)
        nodes: list[tuple[TreeNode[int], int | None]] = [(tree.root, None)]
        while nodes:
            node, parent = nodes.pop()
            for area in children.get(parent, ()):
                below = area.id in children
                label = safe(area.name if below or not area.grids else f"{area.name} {area.grids}").plain
                # Tree labels take Rich text; a plain Text is never read as markup.
                added = node.add(Text(label), data=area.id, expand=area.level.value in ("city", "district"), allow_expand=below)
                nodes.append((added, area.id))
        tree.root.expand()

    @on(Tree.NodeHighlighted, "#areas")
    def _area(self, event: Tree.NodeHighlighted[int]) -> None:
        self._within = None if event.node.data is None else self._below(event.node.data)
        self.refilter()

    def _below(self, area: int) -> frozenset[int]:
        found = {area}
        for item in self._areas:  # parents come before children: codes are sorted
            if item.parent_id in found:
                found.add(item.id)
        return frozenset(found)

    def read(self) -> tuple[GridRow, ...]:
        """Return every grid."""
        office = self.console_app.office
        with office.database.reading() as connection:
            return places.grids(connection, self.shown_day)

    def key_of(self, row: GridRow) -> int:
        """Return the key of a grid."""
        return row.id

    def fits(self, row: GridRow, typed: str) -> bool:
        """Return whether a grid lies in the chosen area and matches the search: name, code, initials or subdistrict."""
        return (self._within is None or row.area_id in self._within) and matches(
            typed, row.name, row.code, row.initials, row.subdistrict
        )

    def draw_card(self, row: GridRow) -> None:
        """Show base data, wardens and open cases."""
        office = self.console_app.office
        with office.database.reading() as connection:
            posts = people.posts_of_grid(connection, row.id)
            cases = queue.open_in_grid(connection, row.id, None, CASES_SHOWN)
        base = [
            (t("column.code"), row.code), (t("column.area"), f"{row.subdistrict} {row.area_name}"), (t("grid.kind"), word(row.kind)),
            (t("column.class"), row.area_class.value if row.area_class else ""), (t("grid.area_m2"), _number(row.area_m2)),
            (t("column.households"), _number(row.households)), (t("grid.population"), _number(row.population)),
            (t("grid.boundary"), row.boundary), (t("grid.party_group"), row.party_group), (t("grid.workstation"), row.workstation),
            (t("grid.as_of"), row.as_of.isoformat() if row.as_of else ""),
        ]  # fmt: skip
        lines = [Content.styled(safe(row.name).plain, "bold")]
        lines += [safe(labelled(name, value or t("word.unknown"))) for name, value in base]
        if not any(post.ends_on is None for post in posts):
            lines += [Content(""), safe(t("grid.nobody"))]
        steps = roster_views.steps_of_grid(office, row.id)
        width = max(self.query_one("#card", Static).content_size.width, 24)
        if steps:
            lines += [Content(""), Content.styled(t("roster.time_line"), "bold"), *time_line(steps, self.shown_day, width)]
        self._posts, self._cases = posts, cases
        self.query_one("#card", Static).update(Content("\n").join(lines))

    def links_of(self, row: GridRow) -> list[Link]:
        """Return the wardens of the grid, its cases on the desk, and the most pressing of them."""
        live = [post for post in self._posts if post.ends_on is None]
        people_links = [
            Link(f"{post.rank} {post.warden}  {t('word.since', day=post.starts_on)} {post.duty}", partial(self.go_to, "wardens", post.warden_id))
            for post in live
        ]  # fmt: skip
        show = partial(self.console_app.show_cases_at, row.name, frozenset({row.code}))
        return [*people_links, Link(t("grid.cases", count=row.open_cases), show), *self.case_links(self._cases)]

    @staticmethod
    def _warden_style(row: GridRow) -> str:
        return "" if row.wardens else "late"


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
