"""新报: a new report; open cases of the chosen grid are shown in the form."""

from __future__ import annotations

import contextlib
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Select, Static, TextArea

from gridconsole.console.dialogs.form import Form
from gridconsole.console.messages import Operation
from gridconsole.console.text import line_of, safe
from gridconsole.console.widgets.chooser import Choice, Chooser
from gridconsole.console.widgets.pick import Pick
from gridconsole.domain.actions import Action
from gridconsole.domain.errors import DatabaseUnusable
from gridconsole.domain.states import Grade, Source
from gridconsole.domain.text import mask_text
from gridconsole.language import t, word
from gridconsole.services import casework
from gridconsole.services.casework import NewReport
from gridconsole.services.office import Office
from gridconsole.store import catalogue, places, queue

SIMILAR_SHOWN = 3
GRADES = (Grade.ORDINARY, Grade.MAJOR, Grade.URGENT)


def grid_choices(office: Office) -> list[Choice]:
    """Return the grids for type-ahead; empty if the database cannot be read, so that the form still opens and keeps its text."""
    with contextlib.suppress(DatabaseUnusable), office.database.reading() as connection:
        return [
            Choice(item.id, line_of(f"{item.name} {item.code}"), f"{item.code} {item.initials}")
            for item in places.grid_choices(connection)
        ]
    return []


def category_choices(office: Office) -> list[Choice]:
    """Return the categories for type-ahead; empty if the database cannot be read."""
    try:
        with office.database.reading() as connection:
            found = catalogue.categories(connection)
    except DatabaseUnusable:
        return []
    return [
        Choice(item.category.id, line_of(f"{item.category.minor_name} {word(item.category.kind)}{item.category.code}"),
               f"{item.category.code} {item.initials} {item.category.major_name}")
        for item in found
    ]  # fmt: skip


class ReportDialog(Form):
    """Form of a new report. Only the text is required: a report is never refused for what is not known yet."""

    keys = "console.form.keys_of_text"
    draft_kind = Action.REPORT.value

    def fields(self) -> ComposeResult:
        """Lay out the text first, then the rest in the order in which a caller says it."""
        office = self.console_app.office
        yield Static(t("console.report.text"), classes="label", markup=False)
        yield TextArea(id="text", soft_wrap=True, tab_behavior="focus")
        yield Static(t("console.report.grid"), classes="label", markup=False)
        yield Chooser(grid_choices(office), t("console.report.grid.hint"), id="grid")
        yield Static(t("console.report.category"), classes="label", markup=False)
        yield Chooser(category_choices(office), t("console.report.category.hint"), id="category")
        yield Static("", id="similar", classes="label", markup=False)
        yield Input(placeholder=t("cli.incident.address"), id="address", compact=True, max_length=200)
        yield Select(
            [(word(source), source) for source in Source], value=Source.PUBLIC, allow_blank=False, compact=True, id="source"
        )
        yield Pick([word(grade) for grade in GRADES], id="grade")
        yield Input(placeholder=t("console.report.reporter"), id="reporter", compact=True, max_length=60)
        yield Input(placeholder=t("console.report.phone"), id="phone", compact=True, max_length=40)

    def __init__(self) -> None:
        super().__init__()
        self.heading = t("console.new_report")

    def on_mount(self) -> None:
        """Focus the text."""
        self.query_one("#text").focus()

    @on(Chooser.Picked)
    def _look_around(self) -> None:
        """Show open cases of the chosen grid, those of the same category first: the report may be one of them."""
        grid, category = self.query_one("#grid", Chooser).chosen, self.query_one("#category", Chooser).chosen
        if grid is None:
            self.query_one("#similar", Static).update("")
            return
        try:
            with self.console_app.office.database.reading() as connection:
                rows = queue.open_in_grid(connection, grid, category, SIMILAR_SHOWN)
        except DatabaseUnusable:
            return  # the banner shows the problem; the text can still be typed
        lines = [line_of(f"{row.number} {word(row.state)} {row.category} {mask_text(row.summary)}") for row in rows]
        self.query_one("#similar", Static).update(safe("\n".join([t("console.report.similar"), *lines]) if lines else ""))

    def operation(self) -> Operation | None:
        """Return the intake; an empty text is reported here."""
        app = self.console_app
        text = self.query_one("#text", TextArea).text
        if not text.strip():
            self.complain(t("console.report.empty"), "#text")
            return None
        if app.actor is None:
            return None
        report = NewReport(
            text=text,
            source=Source(str(self.query_one("#source", Select).value)),
            grade=GRADES[self.query_one("#grade", Pick).index],
            grid_id=self.query_one("#grid", Chooser).chosen,
            area_id=None,
            category_id=self.query_one("#category", Chooser).chosen,
            address=self.query_one("#address", Input).value,
            reporter_name=self.query_one("#reporter", Input).value,
            reporter_phone=self.query_one("#phone", Input).value,
        )
        return partial(casework.intake, app.office, app.actor, report, self.request_id)
