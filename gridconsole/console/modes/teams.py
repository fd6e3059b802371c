"""队伍: teams of grids, communities and the district, with their members."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from gridconsole.console.dialogs.teams import EndTeamDialog, JoinDialog, LeaveTeamDialog, NewTeamDialog, TeamDialog
from gridconsole.console.keys import bind
from gridconsole.console.modes.register import RegisterScreen
from gridconsole.console.text import safe
from gridconsole.console.widgets.links import Link
from gridconsole.console.widgets.table import Column
from gridconsole.domain.text import mask_phone
from gridconsole.language import labelled, t, word
from gridconsole.services import teams
from gridconsole.services.lookup import matches
from gridconsole.store.teams import MemberLine, TeamLine

MEMBERS_SHOWN = 60


class TeamsScreen(RegisterScreen[TeamLine]):
    """All teams of a day; Enter leads to the grid and to members of the roster."""

    mode: ClassVar[str] = "teams"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("f2", "join", "teams.join", key_display="F2"),
        bind("f3", "leave", "teams.leave", key_display="F3"),
        bind("f4", "end", "teams.end", key_display="F4"),
        bind("ctrl+n", "new", "teams.new", key_display="Ctrl+N"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._titles: dict[str, str] = {}
        self._members: tuple[MemberLine, ...] = ()

    def columns(self) -> tuple[Column[TeamLine], ...]:
        """Return the columns: name, kind, place, leader, people."""
        return (
            Column(t("column.team"), 0, lambda row: row.name, weight=3),
            Column(t("column.kind"), 0, lambda row: self._title(row.kind), lambda _: "mut", weight=2, narrowest=60),
            Column(t("column.place"), 0, lambda row: row.place, weight=2),
            Column(
                t("column.leader"), 8, lambda row: row.leader or t("grid.nobody_short"), lambda row: "" if row.leader else "late"
            ),
            Column(t("column.size"), 5, lambda row: str(row.size), right=True),
        )

    def _title(self, kind: str) -> str:
        if kind not in self._titles:
            self._titles[kind] = teams.kind_title(self.console_app.office, kind)
        return self._titles[kind]

    def read(self) -> tuple[TeamLine, ...]:
        """Return the teams of the shown day."""
        return teams.listed(self.console_app.office, self.shown_day)

    def key_of(self, row: TeamLine) -> int:
        """Return the key of a team."""
        return row.id

    def fits(self, row: TeamLine, typed: str) -> bool:
        """Return whether a team matches the search: name, code, initials, kind, place or leader."""
        return matches(typed, row.name, row.code, row.initials, self._title(row.kind), row.above, row.place, row.leader)

    def draw_card(self, row: TeamLine) -> None:
        """Show the team's place, contact and members."""
        self._members = teams.members(self.console_app.office, row.id, self.shown_day)
        base = [
            (t("column.kind"), self._title(row.kind)), (t("column.place"), f"{row.above} {row.place}".strip()), (t("column.leader"), row.leader),
            (t("column.size"), str(row.size)), (t("column.contact"), row.contact), (t("column.phone"), mask_phone(row.phone)),
        ]  # fmt: skip
        lines = [Content.styled(safe(f"{row.name}  {row.code}").plain, "bold")]
        lines += [safe(labelled(name, value or t("word.unknown"))) for name, value in base]
        lines += [Content(""), Content.styled(t("team.members", count=row.members), "bold")]
        if row.head_count:
            lines.append(safe(t("team.besides", count=row.head_count)))
        lines += [safe(f"{word(one.capacity)}  {one.name}") for one in self._members[:MEMBERS_SHOWN] if one.person_id is None]
        self.query_one("#card", Static).update(Content("\n").join(lines))

    def links_of(self, row: TeamLine) -> list[Link]:
        """Return the grid, and the members who are on the roster."""
        people = [
            Link(f"{word(one.capacity)}  {one.name} {one.code}", partial(self.go_to, "wardens", one.person_id))
            for one in self._members[:MEMBERS_SHOWN]
            if one.person_id is not None
        ]
        grid = [Link(row.place, partial(self.go_to, "grids", row.grid_id))] if row.grid_id is not None else []
        return [*people, *grid]

    def action_new(self) -> None:
        """Open the dialog for a new team."""
        self.app.push_screen(NewTeamDialog())

    def action_join(self) -> None:
        """Open the dialog that adds a member."""
        self._open(JoinDialog)

    def action_leave(self) -> None:
        """Open the dialog that takes a member out."""
        self._open(LeaveTeamDialog)

    def action_end(self) -> None:
        """Open the dialog that ends the team."""
        self._open(EndTeamDialog)

    def _open(self, dialog: type[TeamDialog]) -> None:
        """Open a dialog about the team under the cursor; acts are about today, never about a past day."""
        if self.is_past:
            self.console_app.say(t("console.register.past", day=self.shown_day), error=True)
        elif self.table.current is not None:
            self.app.push_screen(dialog(self.table.current))
