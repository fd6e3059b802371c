"""Dialogs about a person on the roster: 安排, 撤下, 请假, 销假, 离职."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import Input, Static

from gridconsole.console.dialogs.form import Form
from gridconsole.console.dialogs.report import grid_choices
from gridconsole.console.messages import Operation, without_receipt
from gridconsole.console.text import safe
from gridconsole.console.widgets.chooser import Choice, Chooser
from gridconsole.console.widgets.pick import Pick
from gridconsole.domain.roster import Form as EmploymentForm
from gridconsole.domain.roster import Half, LeaveKind, PersonKind, WhyLeft
from gridconsole.domain.spoken import ValueProblem, spoken_day
from gridconsole.language import listed, t, word
from gridconsole.services import absence, departing, post_handover, roster
from gridconsole.services.absence import Absence
from gridconsole.services.departing import NewPerson
from gridconsole.store import people
from gridconsole.store.people import WardenRow
from gridconsole.store.places import GridRow

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.services.post_handover import Returned

GRIDS_NAMED = 4


class RosterDialog(Form):
    """Dialog about one person."""

    about: ClassVar[str]
    """Key of the heading, which names the person."""

    def __init__(self, warden: WardenRow) -> None:
        super().__init__()
        self.warden = warden
        self.heading = t(self.about, name=warden.name)


class NewPersonDialog(Form):
    """新增人员: staff number, name, phone, kind, employment and first day."""

    def __init__(self) -> None:
        super().__init__()
        self.heading = t("key.wardens.new")

    def fields(self) -> ComposeResult:
        """Lay out what is known of a person; number and name must be filled in."""
        yield Input(placeholder=t("console.roster.number"), id="code", compact=True, max_length=departing.CODE_LENGTH)
        yield Input(placeholder=t("column.name"), id="name", compact=True, max_length=departing.NAME_LENGTH)
        yield Input(placeholder=t("column.phone"), id="phone", compact=True, max_length=departing.PHONE_LENGTH)
        yield Pick([word(kind) for kind in PersonKind], id="kind")
        yield Pick([word(form) for form in EmploymentForm], id="form")
        yield Static(t("warden.joined"), classes="label", markup=False)
        yield Input(self.console_app.office.today().isoformat(), id="day", compact=True, max_length=20)

    def operation(self) -> Operation | None:
        """Return the new person; a missing number or name, or a bad day, is reported here."""
        app, day = self.console_app, day_in(self, "#day")
        code, name, phone = (self.query_one(f"#{field}", Input).value.strip() for field in ("code", "name", "phone"))
        if app.actor is None or day is None:
            return None
        for field, text in (("#code", code), ("#name", name)):
            if not text:
                self.complain(t("console.roster.number_and_name"), field)
                return None
        new = NewPerson(
            code, name, phone, tuple(EmploymentForm)[self.query_one("#form", Pick).index], day,
            (tuple(PersonKind)[self.query_one("#kind", Pick).index],),
        )  # fmt: skip
        return without_receipt(partial(departing.add, app.office, app.actor, new))


class AssignDialog(RosterDialog):
    """安排: a grid, and the rank A or B."""

    about = "warden.assign"

    def fields(self) -> ComposeResult:
        """Lay out grid, rank and duty."""
        office = self.console_app.office
        yield Chooser(grid_choices(office), t("console.report.grid.hint"), id="grid")
        yield Pick(["A", "B"], id="rank")
        known = listed(f"{one.code} {one.title}" for one in roster.known_duties(office))
        yield Input(placeholder=t("console.roster.duty"), id="duty", compact=True, max_length=roster.DUTY_LENGTH)
        if known:
            yield Static(safe(known), classes="label")

    def operation(self) -> Operation | None:
        """Return the assignment; a missing grid is reported here."""
        app, grid = self.console_app, self.query_one("#grid", Chooser).chosen
        if grid is None or app.actor is None:
            self.complain(t("warden.choose_grid"), "#grid")
            return None
        rank = "AB"[self.query_one("#rank", Pick).index]
        duty = self.query_one("#duty", Input).value
        return partial(roster.assign, app.office, app.actor, self.warden.id, grid, rank, duty)


class StaffDialog(Form):
    """安排网格员: one person for one grid or several marked ones, all or none."""

    def __init__(self, grids: tuple[GridRow, ...]) -> None:
        super().__init__()
        self._grids = grids
        self.heading = t("grid.staff", names=listed(row.name for row in grids[:GRIDS_NAMED]), count=len(grids))

    def fields(self) -> ComposeResult:
        """Lay out person and rank."""
        yield Chooser(person_choices(self.console_app.office), t("console.roster.person_hint"), id="person")
        yield Pick(["A", "B"], id="rank")

    def operation(self) -> Operation | None:
        """Return the assignments; a missing person is reported here."""
        app, person = self.console_app, self.query_one("#person", Chooser).chosen
        if person is None or app.actor is None:
            self.complain(t("console.roster.choose_person"), "#person")
            return None
        rank = "AB"[self.query_one("#rank", Pick).index]
        posts = [(person, row.id, rank) for row in self._grids]
        return without_receipt(partial(roster.assign_many, app.office, app.actor, posts))


class RemoveDialog(RosterDialog):
    """撤下: one of the warden's present grids."""

    about = "warden.remove"

    def fields(self) -> ComposeResult:
        """Lay out the warden's grids."""
        with self.console_app.office.database.reading() as connection:
            posts = [post for post in people.posts_of_warden(connection, self.warden.id) if post.ends_on is None]
        choices = [Choice(post.grid_id, f"{post.rank} {post.grid}", post.grid_code) for post in posts]
        yield Static(safe(listed(choice.label for choice in choices)), classes="label")
        chosen = choices[0].key if len(choices) == 1 else None
        yield Chooser(choices, t("console.report.grid.hint"), chosen=chosen, id="grid")

    def operation(self) -> Operation | None:
        """Return the removal; a missing grid is reported here."""
        app, grid = self.console_app, self.query_one("#grid", Chooser).chosen
        if grid is None or app.actor is None:
            self.complain(t("warden.choose_grid"), "#grid")
            return None
        return partial(roster.remove, app.office, app.actor, self.warden.id, grid)


class AwayDialog(RosterDialog):
    """请假: the days, in halves, the kind, and who stands in."""

    about = "warden.away"

    def fields(self) -> ComposeResult:
        """Lay out first and last day with their halves, kind, deputy and remark."""
        halves = [t("half.morning"), t("half.afternoon")]
        tomorrow = (self.console_app.office.today() + timedelta(days=1)).isoformat()
        yield Static(t("console.roster.first"), classes="label", markup=False)
        yield Input(tomorrow, id="first", compact=True, max_length=20)
        yield Pick(halves, id="first_half")
        yield Static(t("console.roster.last"), classes="label", markup=False)
        yield Input(tomorrow, id="last", compact=True, max_length=20)
        yield Pick(halves[::-1], id="last_half")
        yield Pick([word(kind) for kind in LeaveKind], id="kind")
        yield Static(t("console.roster.deputy"), classes="label", markup=False)
        yield Chooser(person_choices(self.console_app.office, self.warden.id), t("console.roster.person_hint"), id="deputy")
        yield Input(placeholder=t("console.roster.remark"), id="remark", compact=True, max_length=200)

    def operation(self) -> Operation | None:
        """Return the leave; a day that cannot be read is complained about here."""
        app, first, last = self.console_app, day_in(self, "#first"), day_in(self, "#last")
        if app.actor is None or first is None or last is None:
            return None
        said = Absence(
            person=self.warden.id,
            kind=tuple(LeaveKind)[self.query_one("#kind", Pick).index],
            first=Half(first, is_afternoon=self.query_one("#first_half", Pick).index == 1),
            last=Half(last, is_afternoon=self.query_one("#last_half", Pick).index == 0),
            deputy=self.query_one("#deputy", Chooser).chosen,
            remark=self.query_one("#remark", Input).value,
        )
        return without_receipt(partial(absence.take, app.office, app.actor, said))


class BackDialog(RosterDialog):
    """销假: the first half day back."""

    about = "warden.back"

    def __init__(self, warden: WardenRow) -> None:
        super().__init__(warden)
        self._returned: Returned | None = None

    def fields(self) -> ComposeResult:
        """Lay out the day and its half."""
        now = self.console_app.office.half_day()
        yield Input(now.day.isoformat(), id="day", compact=True, max_length=20)
        halves = [t("half.morning"), t("half.afternoon")]
        yield Pick(halves[::-1] if now.is_afternoon else halves, id="half")

    def operation(self) -> Operation | None:
        """Return the end of the leave."""
        app, day = self.console_app, day_in(self, "#day")
        if app.actor is None or day is None:
            return None
        is_first = self.query_one("#half", Pick).index == 0
        is_afternoon = app.office.half_day().is_afternoon if is_first else not app.office.half_day().is_afternoon
        return without_receipt(partial(self._back, app.actor, Half(day, is_afternoon=is_afternoon)))

    def _back(self, actor: Actor, first: Half) -> None:
        self._returned = post_handover.come_back(self.console_app.office, actor, self.warden.id, first)

    def finished(self) -> None:
        """Say what was given back, or what waits for a shift leader."""
        if self._returned is not None and self._returned.given_back:
            self.console_app.say(t("cli.warden.given_back", count=self._returned.given_back))
        elif self._returned is not None and self._returned.waiting:
            self.console_app.say(t("console.roster.lent", count=len(self._returned.waiting)), error=True)


class DepartDialog(RosterDialog):
    """离职: from which day, and why."""

    about = "warden.depart"

    def fields(self) -> ComposeResult:
        """Lay out day and reason."""
        yield Static(t("console.roster.gone_from"), classes="label", markup=False)
        yield Input((self.console_app.office.today() + timedelta(days=1)).isoformat(), id="day", compact=True, max_length=20)
        yield Pick([word(why) for why in WhyLeft], id="why", must_choose=True)

    def operation(self) -> Operation | None:
        """Return the departure; a missing reason is complained about here."""
        app, day = self.console_app, day_in(self, "#day")
        index = self.query_one("#why", Pick).index
        if app.actor is None or day is None:
            return None
        if index < 0:
            self.complain(t("console.roster.why"), "#why")
            return None
        return partial(departing.depart, app.office, app.actor, self.warden.id, day, tuple(WhyLeft)[index])


def day_in(form: Form, field: str) -> date | None:
    """Return the day typed in a field of a form; None after complaining."""
    text = form.query_one(field, Input).value
    try:
        day = spoken_day(text, form.console_app.office.today())
    except ValueProblem:
        day = None
    if day is None:
        form.complain(t("console.roster.bad_day"), field)
    return day


def person_choices(office: Office, besides: int | None = None) -> list[Choice]:
    """Return everybody in service, or all but one, for type-ahead."""
    today = office.today()
    with office.database.reading() as connection:
        rows = people.wardens(connection, today)
    return [
        Choice(row.id, f"{row.name} {row.code}", f"{row.code} {row.initials}")
        for row in rows
        if row.id != besides and not row.has_left(today)
    ]
