"""Dialogs about a team: 建队, 加人, 退出, 解散."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.widgets import Input, Static

from gridconsole.console.dialogs.form import Form
from gridconsole.console.dialogs.report import place_choices
from gridconsole.console.dialogs.roster import day_in, person_choices
from gridconsole.console.messages import Operation, without_receipt
from gridconsole.console.widgets.chooser import Choice, Chooser
from gridconsole.console.widgets.pick import Pick
from gridconsole.domain.teams import OTHER, Capacity
from gridconsole.language import t, word
from gridconsole.services import teams
from gridconsole.services.teams import NAME_LENGTH, PHONE_LENGTH, NewMember, NewTeam
from gridconsole.store.teams import TeamLine

COUNT_LENGTH = 6


class NewTeamDialog(Form):
    """建队: name, kind, place, leader, how many besides, and whom to call."""

    def __init__(self) -> None:
        super().__init__()
        self.heading = t("key.teams.new")

    def fields(self) -> ComposeResult:
        """Lay out what a team has; only the name must be filled in."""
        office = self.console_app.office
        self._kinds = (*(kind.code for kind in teams.kinds(office)), OTHER)
        yield Input(placeholder=t("column.team"), id="name", compact=True, max_length=NAME_LENGTH)
        yield Pick([teams.kind_title(office, kind) for kind in self._kinds], id="kind")
        yield Chooser(place_choices(office), t("console.teams.place"), id="place")
        yield Chooser(person_choices(office), t("console.teams.leader"), id="leader")
        yield Input(placeholder=t("console.teams.head_count"), id="head_count", compact=True, max_length=COUNT_LENGTH)
        yield Input(placeholder=t("column.contact"), id="contact", compact=True, max_length=NAME_LENGTH)
        yield Input(placeholder=t("column.phone"), id="phone", compact=True, max_length=PHONE_LENGTH)

    def operation(self) -> Operation | None:
        """Return the new team; a missing name or a count that is no number is reported here."""
        app = self.console_app
        name, count, contact, phone = (
            self.query_one(f"#{field}", Input).value.strip() for field in ("name", "head_count", "contact", "phone")
        )
        if app.actor is None or not name:
            self.complain(t("console.teams.name_missing"), "#name")
            return None
        if count and not (count.isascii() and count.isdigit()):
            self.complain(t("console.teams.no_count"), "#head_count")
            return None
        place = self.query_one("#place", Chooser).chosen
        new = NewTeam(
            name=name, kind=self._kinds[self.query_one("#kind", Pick).index],
            grid=place if place is not None and place > 0 else None, area=-place if place is not None and place < 0 else None,
            leader=self.query_one("#leader", Chooser).chosen, head_count=int(count) if count else None, contact=contact, phone=phone,
        )  # fmt: skip
        return without_receipt(partial(teams.add, app.office, app.actor, new))


class TeamDialog(Form):
    """Dialog about one team."""

    about: ClassVar[str]
    """Key of the heading, which names the team."""

    def __init__(self, team: TeamLine) -> None:
        super().__init__()
        self.team = team
        self.heading = t(self.about, name=team.name)


class JoinDialog(TeamDialog):
    """加人: a person of the roster, or somebody by name, and in what capacity."""

    about = "console.teams.join"

    def fields(self) -> ComposeResult:
        """Lay out person, name and capacity."""
        yield Chooser(person_choices(self.console_app.office), t("console.teams.person"), id="person")
        yield Input(placeholder=t("console.teams.outsider"), id="name", compact=True, max_length=NAME_LENGTH)
        yield Pick([word(capacity) for capacity in Capacity], id="capacity")

    def operation(self) -> Operation | None:
        """Return the new member; nobody, or two at once, is reported here."""
        app, person, name = (
            self.console_app, self.query_one("#person", Chooser).chosen, self.query_one("#name", Input).value.strip(),
        )  # fmt: skip
        if app.actor is None or (person is None) == (not name):
            self.complain(t("console.teams.one_of_two"), "#person")
            return None
        new = NewMember(person, name, tuple(Capacity)[self.query_one("#capacity", Pick).index])
        return without_receipt(partial(teams.join, app.office, app.actor, self.team.id, new))


class LeaveTeamDialog(TeamDialog):
    """退出: one of the present members."""

    about = "console.teams.leave"

    def fields(self) -> ComposeResult:
        """Lay out the members."""
        self._members = teams.members(self.console_app.office, self.team.id)
        choices = [
            Choice(one.id, f"{word(one.capacity)} {one.name} {one.code}".rstrip(), f"{one.code} {one.name}")
            for one in self._members
        ]
        yield Chooser(choices, t("console.roster.person_hint"), chosen=choices[0].key if len(choices) == 1 else None, id="member")

    def operation(self) -> Operation | None:
        """Return the leaving; a missing choice is reported here."""
        app, chosen = self.console_app, self.query_one("#member", Chooser).chosen
        member = next((one for one in self._members if one.id == chosen), None)
        if app.actor is None or member is None:
            self.complain(t("console.roster.choose_person"), "#member")
            return None
        return without_receipt(partial(teams.leave, app.office, app.actor, self.team.id, member.code or member.name))


class EndTeamDialog(TeamDialog):
    """解散: from which day."""

    about = "console.teams.end"

    def fields(self) -> ComposeResult:
        """Lay out the day."""
        yield Static(t("console.teams.gone_from"), classes="label", markup=False)
        yield Input(self.console_app.office.today().isoformat(), id="day", compact=True, max_length=20)

    def operation(self) -> Operation | None:
        """Return the end; a day that cannot be read is complained about here."""
        app, day = self.console_app, day_in(self, "#day")
        if app.actor is None or day is None:
            return None
        return without_receipt(partial(teams.end, app.office, app.actor, self.team.id, day))
