"""网格员: the roster, the card, posts."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from gridconsole.console.dialogs.post_handover import HandoverDialog, PlanDialog
from gridconsole.console.dialogs.roster import (
    AssignDialog,
    AwayDialog,
    BackDialog,
    DepartDialog,
    NewPersonDialog,
    RemoveDialog,
    RosterDialog,
)
from gridconsole.console.keys import bind
from gridconsole.console.modes.register import RegisterScreen
from gridconsole.console.text import safe
from gridconsole.console.time_line import time_line
from gridconsole.console.widgets.links import Link
from gridconsole.console.widgets.table import Column
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import labelled, t
from gridconsole.services import post_handover, roster_views
from gridconsole.services.lookup import matches
from gridconsole.services.phones import Register
from gridconsole.store import people, queue
from gridconsole.store.people import PostRow, WardenRow

CASES_SHOWN = 12
FULL_TIME = "full_time"


class WardensScreen(RegisterScreen[WardenRow]):
    """All wardens: their posts, load and duty state."""

    mode: ClassVar[str] = "wardens"
    phones_of = Register.WARDEN
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("f8", "phones", "wardens.phones", key_display="F8"),
        bind("f2", "assign", "wardens.assign", key_display="F2"),
        bind("f3", "remove", "wardens.remove", key_display="F3"),
        bind("f4", "hand_over", "wardens.hand_over", key_display="F4"),
        bind("shift+f2,f14", "away", "wardens.away", key_display="Shift+F2"),
        bind("shift+f3,f15", "back", "wardens.back", key_display="Shift+F3", show=False),
        bind("shift+f4,f16", "depart", "wardens.depart", key_display="Shift+F4", show=False),
        bind("ctrl+n", "new", "wardens.new", key_display="Ctrl+N", show=False),
        bind("f7", "filter('duty')", "wardens.duty", key_display="F7"),
        bind("shift+f7,f19", "filter('full_time')", "wardens.full_time", key_display="Shift+F7"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._posts: tuple[PostRow, ...] = ()
        self._cases: tuple[QueueRow, ...] = ()
        self._only: set[str] = set()
        """Names of the conditions that wardens must meet to be shown."""

    def columns(self) -> tuple[Column[WardenRow], ...]:
        """Return the columns: code, name, employment, workstation, posts, open cases, duty state."""
        return (
            Column(t("column.code"), 8, lambda row: row.code),
            Column(t("column.name"), 0, lambda row: row.name, weight=2),
            Column(t("column.employment"), 6, lambda row: t(f"employment.{row.employment}")),
            Column(t("grid.workstation"), 0, lambda row: row.workstation, narrowest=60, weight=5),
            Column(t("column.posts"), 4, lambda row: str(row.posts), right=True),
            Column(t("column.handling"), 4, lambda row: str(row.open_cases), right=True),
            Column(t("column.duty_state"), 6, lambda row: self._duty(row), lambda row: "" if self._serves(row) else "dim"),
        )

    def _serves(self, row: WardenRow) -> bool:
        return not (row.has_left(self.shown_day) or row.is_to_come(self.shown_day))

    def _duty(self, row: WardenRow) -> str:
        if not self._serves(row):
            return t("warden.left" if row.has_left(self.shown_day) else "warden.to_come")
        return t("warden.on_leave" if row.on_leave else "warden.on_duty")

    def read(self) -> tuple[WardenRow, ...]:
        """Return the roster."""
        office = self.console_app.office
        with office.database.reading() as connection:
            return people.wardens(connection, self.shown_day)

    def code_of(self, row: WardenRow) -> str:
        """Return the number of a person."""
        return row.code

    def key_of(self, row: WardenRow) -> int:
        """Return the key of a warden."""
        return row.id

    def fits(self, row: WardenRow, typed: str) -> bool:
        """Return whether a warden matches the search: name, number, workstation or initials."""
        if "duty" in self._only and (row.on_leave or not self._serves(row)):
            return False
        if "full_time" in self._only and row.employment != FULL_TIME:
            return False
        return matches(typed, row.name, row.code, row.initials, row.workstation)

    def draw_card(self, row: WardenRow) -> None:
        """Show the person, the posts and the open cases."""
        office = self.console_app.office
        with office.database.reading() as connection:
            posts = people.posts_of_warden(connection, row.id)
            cases = queue.in_hand_of_warden(connection, row.id, CASES_SHOWN)
        lines = [Content.styled(safe(f"{row.name}  {row.code}").plain, "bold")]
        base = [
            (t("column.employment"), t(f"employment.{row.employment}")), (t("warden.phone"), row.phone),
            (t("grid.workstation"), row.workstation), (t("warden.duty"), row.duty),
            (t("warden.joined"), row.joined_on.isoformat() if row.joined_on else ""),
            (t("column.duty_state"), self._duty(row)),
        ]  # fmt: skip
        lines += [safe(labelled(name, value or t("word.unknown"))) for name, value in base]
        found = roster_views.history_of(office, row.id)
        width = max(self.query_one("#card", Static).content_size.width, 24)
        lines += [Content(""), Content.styled(t("roster.time_line"), "bold"), *time_line(found.steps, self.shown_day, width)]
        lines += [Content(""), Content.styled(t("warden.posts", count=row.posts), "bold")]
        self._posts, self._cases = posts, cases
        self.query_one("#card", Static).update(Content("\n").join(lines))

    def action_new(self) -> None:
        """Open the dialog for a person who comes to the roster."""
        self.app.push_screen(NewPersonDialog())

    def action_assign(self) -> None:
        """Open the dialog that puts this warden on a grid."""
        self._open(AssignDialog)

    def action_remove(self) -> None:
        """Open the dialog that takes this warden off a grid."""
        self._open(RemoveDialog)

    def action_hand_over(self) -> None:
        """Open the handover of this warden's posts and work: the plan that waits, or a new one."""
        row = self.table.current
        planned = None if row is None or self.is_past else post_handover.waiting(self.console_app.office, row.id)
        if row is None or planned is None:
            self._open(PlanDialog)
        else:
            self.app.push_screen(HandoverDialog(planned, row))

    def action_away(self) -> None:
        """Open the dialog for a leave."""
        self._open(AwayDialog)

    def action_back(self) -> None:
        """Open the dialog that ends a leave."""
        self._open(BackDialog)

    def action_depart(self) -> None:
        """Open the dialog for a departure."""
        self._open(DepartDialog)

    def _open(self, dialog: type[RosterDialog]) -> None:
        """Open a dialog about the warden under the cursor; acts are about today, never about a past roster."""
        if self.is_past:
            self.console_app.say(t("console.register.past", day=self.shown_day), error=True)
        elif self.table.current is not None:
            self.app.push_screen(dialog(self.table.current))

    def links_of(self, row: WardenRow) -> list[Link]:
        """Return the grids of the warden, their cases on the desk, and each case and inspection they have in hand."""
        live = [post for post in self._posts if post.ends_on is None]
        grids = [Link(_post_line(post), partial(self.go_to, "grids", post.grid_id)) for post in live]
        show = partial(self.console_app.show_cases_of, row.name)
        return [*grids, Link(t("grid.cases", count=row.open_cases), show), *self.case_links(self._cases)]

    def action_filter(self, name: str) -> None:
        """Show only wardens on duty, or only full-time ones; once more: all."""
        self._only ^= {name}
        self.refilter()


def _post_line(post: PostRow) -> str:
    span = f"{post.starts_on} - {post.ends_on}" if post.ends_on else t("word.since", day=post.starts_on)
    return f"{post.rank} {post.grid} {span}"
