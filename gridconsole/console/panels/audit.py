"""体检: what the roster, the grids and the responsibilities lack; Enter leads to the subject."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from gridconsole.console.dialogs.print_form import PrintForm
from gridconsole.console.keys import bind
from gridconsole.console.messages import Changed, LoadFailed
from gridconsole.console.modes.base import OfficeScreen, TopBar
from gridconsole.console.text import safe
from gridconsole.console.widgets.key_bar import KeyBar, Offer
from gridconsole.console.widgets.panel import Panel
from gridconsole.console.widgets.table import Column, RowTable
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.roster_audit import Finding, Goto, Severity
from gridconsole.language import t, word
from gridconsole.language.roster import remedy_on_screen, value_text
from gridconsole.reporting import roster_audit as reports
from gridconsole.services import roster_audit

_STYLES = {Severity.SERIOUS: "late", Severity.WARNING: "soon", Severity.NOTE: ""}


class Audited(Message):
    """The checks have run."""

    def __init__(self, found: tuple[Finding, ...]) -> None:
        super().__init__()
        self.found = found


def _columns() -> tuple[Column[Finding], ...]:
    return (
        Column(t("column.severity"), 6, lambda one: word(one.check.severity), lambda one: _STYLES[one.check.severity]),
        Column(t("column.finding"), 0, lambda one: t(f"audit.{one.check.code}"), weight=3),
        Column(t("column.audited"), 0, lambda one: one.subject.name, weight=3),
        Column(t("column.code"), 16, lambda one: one.subject.code, narrowest=100),
        Column(t("column.value"), 0, value_text, weight=2, narrowest=70),
    )


class AuditScreen(OfficeScreen):
    """The findings, most serious first; below them what to do about the one under the cursor."""

    DEFAULT_CSS = """
    AuditScreen #lead, AuditScreen #remedy { height: auto; max-height: 3; padding: 0 1; color: $fg; }
    AuditScreen #remedy { color: $mut; }
    AuditScreen #panel { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("f3", "print", "audit.print", key_display="F3", show=False),
        bind("f5", "reload", "audit.reload", key_display="F5", show=False),
        bind("escape", "leave", "audit.leave", key_display="Esc", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.found: tuple[Finding, ...] = ()

    def compose(self) -> ComposeResult:
        """Lay out the counts, the findings, and what to do."""
        yield TopBar("audit")
        yield Static("", id="lead", markup=False)
        with Panel(id="panel"):
            yield RowTable[Finding](
                _columns(), lambda one: (one.check.code, one.subject.key, one.subject.code, one.value), id="findings"
            )
        yield Static("", id="remedy", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Run the checks."""
        self.query_one("#findings").focus()
        self.action_reload()

    @on(Changed)
    def action_reload(self) -> None:
        """Run the checks again."""
        self._read()

    @work(thread=True, exclusive=True, group="audit", exit_on_error=False)
    def _read(self) -> None:
        worker, app = get_current_worker(), self.console_app
        try:
            found = roster_audit.run(app.office)
        except GridConsoleError as error:
            self.post_message(LoadFailed(error))
            return
        if not worker.is_cancelled:
            self.post_message(Audited(found))

    @on(LoadFailed)
    def _failed(self, event: LoadFailed) -> None:
        self.console_app.say_error(event.error)

    @on(Audited)
    def _audited(self, event: Audited) -> None:
        self.found = event.found
        self.query_one("#findings", RowTable).show(list(event.found))
        counts = {severity: sum(one.check.severity is severity for one in event.found) for severity in Severity}
        serious, warnings, notes = counts.values()
        self.query_one("#lead", Static).update(t("cli.audit.end", serious=serious, warnings=warnings, notes=notes))
        self.query_one("#panel", Panel).entitle(t("audit.title"), "")
        self.query_one(KeyBar).offer(
            "", [Offer(key, key.upper(), (t(f"key.audit.{name}"),)) for key, name in (("f3", "print"), ("f5", "reload"))]
        )
        self._show_remedy()

    @on(RowTable.Highlighted, "#findings")
    def _show_remedy(self) -> None:
        one: Finding | None = self.query_one("#findings", RowTable).current
        self.query_one("#remedy", Static).update(
            safe(t("cli.audit.remedy", remedy=remedy_on_screen(one.check.code))) if one is not None else ""
        )

    @on(RowTable.Chosen, "#findings")
    def _chosen(self) -> None:
        """Go to the subject of the finding."""
        one: Finding | None = self.query_one("#findings", RowTable).current
        if one is None:
            return
        if one.check.goto is Goto.CASES:
            from gridconsole.console.panels.case import CaseScreen

            self.app.push_screen(CaseScreen(one.subject.code))
            return
        mode, key = one.check.goto.value, one.subject.key
        self.app.pop_screen()
        self.app.switch_mode(mode)
        self.app.call_later(lambda: getattr(self.app.screen, "point_at", lambda _: None)(key))

    def action_print(self) -> None:
        """Open the form that writes the findings to a file."""
        report = reports.report(self.console_app.office, self.found)
        self.app.push_screen(PrintForm(report, t("audit.file", day=f"{report.made_at:%Y%m%d}"), t("audit.print")))

    def action_leave(self) -> None:
        """Go back."""
        self.app.pop_screen()
