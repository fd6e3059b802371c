"""网格: the area tree, the grid table, the grid card."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static, Tree
from textual.widgets.tree import TreeNode

from gridconsole.console.dialogs.grid_change import (
    GridChangeDialog,
    MergeDialog,
    SplitDialog,
    TransferDialog,
    UndoChangeDialog,
)
from gridconsole.console.dialogs.roster import StaffDialog
from gridconsole.console.keys import bind
from gridconsole.console.modes.register import RegisterScreen
from gridconsole.console.text import safe
from gridconsole.console.time_line import time_line
from gridconsole.console.widgets.links import Link
from gridconsole.console.widgets.table import Column
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import labelled, listed, t, word
from gridconsole.language.grid_changes import turn_text
from gridconsole.services import grid_changes, roster_views, teams
from gridconsole.services.lookup import contains, matches
from gridconsole.services.phones import Register
from gridconsole.store import people, places, queue
from gridconsole.store.places import GridRow

CASES_SHOWN = 12
CHANGES_READ, FEWEST_MERGED, TURNS_SHOWN = 20, 2, 6


class GridsScreen(RegisterScreen[GridRow]):
    """Every grid by area, with its wardens, its base data and its open cases."""

    mode: ClassVar[str] = "grids"
    phones_of = Register.GRID
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("f8", "phones", "grids.phones", key_display="F8"),
        bind("f2", "split", "grids.split", key_display="F2"),
        bind("f3", "merge", "grids.merge", key_display="F3"),
        bind("f4", "transfer", "grids.transfer", key_display="F4"),
        bind("shift+f2,f14", "staff", "grids.staff", key_display="Shift+F2"),
        bind("shift+f4,f16", "undo_change", "grids.undo", key_display="Shift+F4", show=False),
    ]
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
        """Fill the tree; Textual calls the same method of the class above, which fills the rows."""
        self._fill_tree()

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

    def code_of(self, row: GridRow) -> str:
        """Return the code of a grid."""
        return row.code

    def key_of(self, row: GridRow) -> int:
        """Return the key of a grid."""
        return row.id

    def fits(self, row: GridRow, typed: str) -> bool:
        """Return whether a grid lies in the chosen area and matches the search: name, code, initials, subdistrict or boundary."""
        if self._within is not None and row.area_id not in self._within:
            return False
        # A boundary is found as it is written: spelling those of ten thousand grids would take seconds.
        is_bounded = bool(row.boundary) and contains(typed, row.boundary)
        return is_bounded or matches(typed, row.name, row.code, row.initials, row.subdistrict)

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
        owned = teams.of_grid(office, row.id, self.shown_day)
        if owned:
            lines.append(safe(labelled(t("console.mode.teams"), listed(f"{one.name} {one.size}" for one in owned))))
        steps = roster_views.steps_of_grid(office, row.id)
        width = max(self.query_one("#card", Static).content_size.width, 24)
        if steps:
            lines += [Content(""), Content.styled(t("roster.time_line"), "bold"), *time_line(steps, self.shown_day, width)]
        turns = roster_views.grid_turns(office, row.id)
        lines += [safe(turn_text(turn)) for turn in turns[:TURNS_SHOWN]]
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

    def action_split(self) -> None:
        """Open the dialog that splits the grid under the cursor."""
        self._change(SplitDialog, self._here())

    def action_merge(self) -> None:
        """Open the dialog that merges the marked grids."""
        self._change(MergeDialog, self.marked_rows())

    def action_transfer(self) -> None:
        """Open the dialog that transfers the grid under the cursor."""
        self._change(TransferDialog, self._here())

    def action_staff(self) -> None:
        """Open the dialog that puts a person on the marked grids, or on the one under the cursor."""
        self._change(StaffDialog, self.marked_rows())

    def action_undo_change(self) -> None:
        """Open the dialog that undoes the newest change of grids."""
        found = [one for one in grid_changes.listed(self.console_app.office, CHANGES_READ) if one.undone_at is None]
        if found:
            self.app.push_screen(UndoChangeDialog(found[0]))
        else:
            self.console_app.say(t("console.grid_change.none"), error=True)

    def _here(self) -> tuple[GridRow, ...]:
        return () if self.table.current is None else (self.table.current,)

    def _change(self, dialog: type[GridChangeDialog | StaffDialog], rows: tuple[GridRow, ...]) -> None:
        """Open a dialog about grids of today, never of a past day."""
        if self.is_past:
            self.console_app.say(t("console.register.past", day=self.shown_day), error=True)
        elif dialog is MergeDialog and len(rows) < FEWEST_MERGED:
            self.console_app.say(t("console.grid_change.mark_first"), error=True)
        elif rows:
            self.app.push_screen(dialog(rows))

    @staticmethod
    def _warden_style(row: GridRow) -> str:
        return "" if row.wardens else "late"


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
