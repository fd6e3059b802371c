"""新报: a new report. The form shows what it recognises in the text, and the earlier cases of the phone and the place."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Select, Static, TextArea
from textual.worker import get_current_worker

from gridconsole.console.dialogs.form import Form
from gridconsole.console.keys import bind
from gridconsole.console.messages import Operation
from gridconsole.console.text import line_of, safe
from gridconsole.console.widgets.chooser import Choice, Chooser
from gridconsole.console.widgets.key_bar import KeyBar, Offer
from gridconsole.console.widgets.pick import Pick
from gridconsole.domain.actions import Act, Action, Lead
from gridconsole.domain.codes import Level
from gridconsole.domain.errors import DatabaseUnusable, GridConsoleError
from gridconsole.domain.states import Grade, Source
from gridconsole.domain.transitions import roles_for
from gridconsole.language import sentences, t, word
from gridconsole.language.due import moment_text
from gridconsole.services import aliases, casework
from gridconsole.services.casework import NewReport, Receipt
from gridconsole.services.office import Office
from gridconsole.store import catalogue, offices, places

if TYPE_CHECKING:
    from gridconsole.services.intake import Earlier, Known, Reader

REST_SECONDS = 0.3
"""Seconds without a key after which the text is looked at."""
GRADES = (Grade.ORDINARY, Grade.MAJOR, Grade.URGENT)


def grid_choices(office: Office) -> list[Choice]:
    """Return the grids for type-ahead; empty if the database cannot be read, so that the form still opens and keeps its text."""
    with contextlib.suppress(DatabaseUnusable), office.database.reading() as connection:
        return [
            Choice(item.id, line_of(f"{item.name} {item.code}"), f"{item.code} {item.initials}")
            for item in places.grid_choices(connection)
        ]
    return []


def place_choices(office: Office) -> list[Choice]:
    """Return the grids, then the communities, for places whose grid is unknown: their keys are negative."""
    with contextlib.suppress(DatabaseUnusable), office.database.reading() as connection:
        areas = [
            Choice(-item.id, line_of(t("console.report.area", name=item.name)), f"{item.code} {item.initials}")
            for item in places.areas(connection)
            if item.level is Level.COMMUNITY
        ]
        return [*grid_choices(office), *areas]
    return []


def category_choices(office: Office) -> list[Choice]:
    """Return the categories for type-ahead; empty if the database cannot be read."""
    try:
        with office.database.reading() as connection:
            found = catalogue.categories(connection)
            words = aliases.words_of(offices.office(connection).settings)
    except DatabaseUnusable:
        return []
    return [
        Choice(item.category.id, line_of(f"{item.category.minor_name} {word(item.category.kind)}{item.category.code}"),
               f"{item.category.code} {item.initials} {item.category.major_name} {words.get(item.category.minor_name, '')}")
        for item in found
    ]  # fmt: skip


class Recognised(Message):
    """The text was looked at."""

    def __init__(self, text: str, known: Known, found: Earlier) -> None:
        super().__init__()
        self.text, self.known, self.found = text, known, found


class ReportDialog(Form):
    """Form of a new report. Only the text is required: a report is never refused for what is not known yet."""

    keys = "console.form.keys_of_text"
    draft_kind = Action.REPORT.value
    is_drawer = True
    # The form is full: only a field with something wrong has a line below it.
    DEFAULT_CSS = """
    ReportDialog.drawer { layout: horizontal; align: left top; }
    ReportDialog.drawer > VerticalScroll { width: 66; max-width: 66; }
    ReportDialog.drawer.wide > VerticalScroll { width: 80; max-width: 80; margin: 4 0 0 0; }
    ReportDialog.drawer.small { layout: vertical; }
    ReportDialog.drawer.small > VerticalScroll { width: 100%; max-width: 100%; height: 1fr; max-height: 100%; margin: 1 0 0 0; }
    ReportDialog #similar { display: none; }
    ReportDialog.small #similar { display: block; }
    ReportDialog .flaw { display: none; }
    ReportDialog .flaw.said { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("f5", "fill", "report.fill", key_display="F5", priority=True, show=False),
        bind("f3", "again", "report.again", key_display="F3", priority=True, show=False),
        bind("shift+f2,f14", "accepted", "report.accepted", key_display="Shift+F2", priority=True, show=False),
    ]

    def fields(self) -> ComposeResult:
        """Lay out the text first, then the rest in the order in which a caller says it."""
        office = self.console_app.office
        yield Static(t("console.report.text"), classes="label", markup=False)
        yield TextArea(id="text", soft_wrap=True, tab_behavior="focus")
        yield Static("", id="recognised", classes="warning", markup=False)
        yield Static(t("console.report.grid"), classes="label", markup=False)
        yield Chooser(place_choices(office), t("console.report.grid.hint"), id="grid")
        yield Static(t("console.report.category"), classes="label", markup=False)
        yield Chooser(category_choices(office), t("console.report.category.hint"), id="category")
        yield Input(placeholder=t("cli.incident.address"), id="address", compact=True, max_length=200)
        yield Select(
            [(word(source), source) for source in Source], value=Source.PUBLIC, allow_blank=False, compact=True, id="source"
        )
        yield Pick([word(grade) for grade in GRADES], id="grade")
        yield Input(placeholder=t("console.report.reporter"), id="reporter", compact=True, max_length=60)
        yield Input(placeholder=t("console.report.phone"), id="phone", compact=True, max_length=40)
        yield Static("", id="then", classes="label", markup=False)
        yield Static("", id="similar", classes="label", markup=False)

    def beside_fields(self) -> ComposeResult:
        """Lay out the panels of earlier cases."""
        from gridconsole.console.dialogs.earlier import EarlierPanels

        yield EarlierPanels(id="earlier")

    def __init__(self) -> None:
        super().__init__()
        self.heading = t("console.new_report")
        self._timer: Timer | None = None
        self._reader: Reader | None = None
        self._known: Known | None = None
        self._known_text = ""
        """Text that was recognised; another one may have been pasted since."""
        self._made = ""
        self._again = ""
        """Number of the open case that this is most likely one more report of."""
        self._then: Act | None = None
        """The act on the new case that follows at once."""

    def on_mount(self) -> None:
        """Focus the text, and say by when the report will have to be accepted."""
        self.query_one("#text").focus()
        self.watch(self.query_one("#grade", Pick), "index", self._show_then)
        self._offer()

    def _show_then(self) -> None:
        """Say when the acceptance is due."""
        office = self.console_app.office
        grade = GRADES[self.query_one("#grade", Pick).index]
        clock = office.circumstances().acceptance_clock(grade)
        moment = moment_text(clock.due_at, office.now(), office.calendar).strip()
        sooner = t("console.report.sooner") if grade is not Grade.URGENT and not office.calendar.is_open_at(office.now()) else ""
        self.query_one("#then", Static).update(sentences(t("console.report.then", moment=moment), sooner))

    def _offer(self) -> None:
        """Name the keys that work now in the bottom line."""
        keys = [("f2", "F2", word(Action.REPORT))]
        if self._may(Action.ACCEPT):
            keys.append(("shift+f2", "Shift+F2", t("console.report.accepted")))
        if self._again and self._may(Action.MERGE):
            keys.append(("f3", "F3", t("console.report.again", number=self._again[8:])))
        keys += [("f5", "F5", t("key.report.fill")), ("escape", "Esc", t("key.form.fold"))]
        self.query_one(KeyBar).offer("", [Offer(key, shown, (label,)) for key, shown, label in keys])

    def _may(self, action: Action) -> bool:
        """Return whether the operator's roles may take an action on a case."""
        actor = self.console_app.actor
        return actor is not None and bool(roles_for(action) & actor.roles)

    def action_again(self) -> None:
        """Record it as one more report of the likeliest open case."""
        if self._again and self._may(Action.MERGE):
            self._submit_with(Act.of(Action.MERGE, into=Lead(self._again)))

    def action_accepted(self) -> None:
        """Record it and accept it at once."""
        self._submit_with(Act.of(Action.ACCEPT))

    def _submit_with(self, act: Act) -> None:
        self._then = act
        self.action_submit()
        self._then = None

    @on(Chooser.Picked)
    @on(TextArea.Changed, "#text")
    @on(Input.Changed)
    def _typed(self) -> None:
        """Look at what is typed once the keys rest: nothing repaints while somebody writes.

        What the text before was like is not offered any more.
        """
        if self._again:
            self._again = ""
            self._offer()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(REST_SECONDS, self._look)

    def _look(self) -> None:
        grid, area = self._place()
        self._read(
            self.query_one("#text", TextArea).text,
            self.query_one("#phone", Input).value,
            self.query_one("#address", Input).value,
            grid, area, self.query_one("#category", Chooser).chosen,
        )  # fmt: skip

    def _place(self) -> tuple[int | None, int | None]:
        """Return the keys of the chosen grid, or of the chosen community."""
        chosen = self.query_one("#grid", Chooser).chosen
        return (chosen, None) if chosen is None or chosen > 0 else (None, -chosen)

    @work(thread=True, exclusive=True, group="intake", exit_on_error=False)
    def _read(self, text: str, phone: str, address: str, grid: int | None, area: int | None, category: int | None) -> None:
        from gridconsole.services import intake  # not before a report is written

        worker, office = get_current_worker(), self.console_app.office
        try:
            reader = self._reader = self._reader or intake.Reader(office)
            known = reader.read(text)
            place = address or (known.said.place.value if known.said.place is not None else "")
            number = phone or (known.said.phone.value if known.said.phone is not None else "")
            grid = grid or known.grid_id
            found = intake.earlier(
                office, self.console_app.actor, text, number, place, grid_id=grid, area_id=area or reader.area_of(grid) or known.area_id,
                category_id=category or (known.suggestions[0].category_id if known.suggestions else None),
            )  # fmt: skip
        except GridConsoleError:
            return  # the banner shows the problem; the text can still be typed
        if not worker.is_cancelled:
            self.post_message(Recognised(text, known, found))

    @on(Recognised)
    def _recognised(self, event: Recognised) -> None:
        self._known, self._known_text = event.known, event.text
        said, lines = event.known.said, []
        parts = [
            (t("column.address"), said.place), (t("column.reporter"), said.name), (t("column.phone"), said.phone),
        ]  # fmt: skip
        recognised = [f"{name} {span.value}" for name, span in parts if span is not None]
        category = "  ".join(f"{one.name}" for one in event.known.suggestions)
        if category:
            recognised.append(f"{t('column.category')} {category}")
        if recognised:
            lines.append(t("console.report.recognised", parts="  ".join(recognised)))
        if said.is_several:
            lines.append(t("console.report.several"))
        self.query_one("#recognised", Static).update(safe("\n".join(lines)))
        self._show_earlier(event.found)

    def _show_earlier(self, found: Earlier) -> None:
        from gridconsole.console.dialogs.earlier import EarlierPanels, sections  # not before a report is written

        office = self.console_app.office
        lines = [line for title, lines in sections(office, found).values() if lines for line in (title, *lines)]
        self.query_one("#similar", Static).update(safe("\n".join(lines)))
        self.query_one(EarlierPanels).show(office, found)
        self._again = found.leader if self._known_text == self.query_one("#text", TextArea).text else ""
        self._offer()

    def action_fill(self) -> None:
        """Fill the empty fields with what was recognised; what is typed already stays."""
        text = self.query_one("#text", TextArea).text
        if self._known is None or self._known_text != text:
            # Asked before the text was looked at: what an earlier one said belongs to somebody else.
            from gridconsole.services import intake  # not before a report is written

            with contextlib.suppress(GridConsoleError):
                self._reader = self._reader or intake.Reader(self.console_app.office)
                self._known, self._known_text = self._reader.read(text), text
        if self._known is None or self._known_text != text:
            return
        said = self._known.said
        for name, span in (("address", said.place), ("reporter", said.name), ("phone", said.phone)):
            field = self.query_one(f"#{name}", Input)
            if span is not None and not field.value.strip():
                field.value = span.value
        category, grid = self.query_one("#category", Chooser), self.query_one("#grid", Chooser)
        if category.chosen is None and self._known.suggestions:
            category.choose(str(self._known.suggestions[0].category_id))
        if grid.chosen is None:
            grid.choose(str(self._known.grid_id or -(self._known.area_id or 0)))

    def done_text(self, receipt: Receipt) -> str:
        """Return the message shown after writing, and remember the case for the desk."""
        self._made = receipt.number
        return super().done_text(receipt)

    def finished(self) -> None:
        """Put the desk's cursor on the new case."""
        if self._made:
            self.console_app.show_case(self._made)

    def operation(self) -> Operation | None:
        """Return the intake; an empty text is reported here."""
        app = self.console_app
        text = self.query_one("#text", TextArea).text
        if not text.strip():
            self.complain(t("console.report.empty"), "#text")
            return None
        if app.actor is None:
            return None
        grid, area = self._place()
        report = NewReport(
            text=text,
            source=Source(str(self.query_one("#source", Select).value)),
            grade=GRADES[self.query_one("#grade", Pick).index],
            grid_id=grid,
            area_id=area,
            category_id=self.query_one("#category", Chooser).chosen,
            address=self.query_one("#address", Input).value,
            reporter_name=self.query_one("#reporter", Input).value,
            reporter_phone=self.query_one("#phone", Input).value,
        )
        if self._then is not None:
            return partial(casework.intake_then, app.office, app.actor, report, self._then, self.request_id)
        return partial(casework.intake, app.office, app.actor, report, self.request_id)
