"""对账: cases about which other systems' lists and this office differ, and the steps that the lists ask for, in bulk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from gridconsole.console.dialogs.form import Form
from gridconsole.console.dialogs.print_form import PrintForm
from gridconsole.console.keys import bind
from gridconsole.console.messages import Changed, LoadFailed, Operation
from gridconsole.console.modes.base import OfficeScreen, TopBar
from gridconsole.console.sizes import SMALL, WIDE
from gridconsole.console.text import line_of, safe
from gridconsole.console.widgets.key_bar import KeyBar, Offer
from gridconsole.console.widgets.panel import Panel
from gridconsole.console.widgets.table import Column, RowTable
from gridconsole.domain.actions import Action
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.text import mask_text
from gridconsole.domain.views.reconciling import Difference, Disagreement
from gridconsole.language import listed, t, word
from gridconsole.language.error_sentences import Surface, error_sentence
from gridconsole.reporting import reconciling as reports
from gridconsole.services import reconciling
from gridconsole.services.many import Outcome
from gridconsole.services.reconciling import Reconciliation


class Compared(Message):
    """The lists were compared."""

    def __init__(self, found: Reconciliation) -> None:
        super().__init__()
        self.found = found


def _columns() -> tuple[Column[Disagreement], ...]:
    return (
        Column(t("column.difference"), 12, lambda one: t(f"reconcile.{one.difference}")),
        Column(t("column.number_short"), 10, lambda one: one.row.number[4:]),
        Column(t("column.ref"), 14, lambda one: one.source_ref, narrowest=WIDE),
        Column(t("column.state"), 8, lambda one: word(one.row.state)),
        Column(t("column.said"), 10, lambda one: one.mark.said if one.mark is not None else ""),
        Column(t("column.done_at"), 16, _done_at, narrowest=WIDE),
        Column(t("column.result"), 0, lambda one: mask_text(one.mark.result) if one.mark is not None else "", weight=3, narrowest=SMALL),
        Column(t("column.category"), 0, lambda one: one.row.category, weight=2),
        Column(t("column.next_step"), 14, reports.next_step, lambda one: "soon" if one.step else "dim"),
    )  # fmt: skip


def _done_at(one: Disagreement) -> str:
    return f"{one.mark.done_at:%m-%d %H:%M}" if one.mark is not None and one.mark.done_at is not None else ""


class ReconcileScreen(OfficeScreen):
    """The four short lists as one; F2 takes every step that the operator may take, Enter opens a case."""

    DEFAULT_CSS = """
    ReconcileScreen #lead { height: auto; max-height: 3; padding: 0 1; color: $fg; }
    ReconcileScreen #panel { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("f2", "do", "reconcile.do", key_display="F2", show=False),
        bind("f3", "print", "reconcile.print", key_display="F3", show=False),
        bind("f5", "reload", "reconcile.reload", key_display="F5", show=False),
        bind("escape", "leave", "reconcile.leave", key_display="Esc", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.found: Reconciliation | None = None

    def compose(self) -> ComposeResult:
        """Lay out the counts and the cases."""
        yield TopBar("reconcile")
        yield Static("", id="lead", markup=False)
        with Panel(id="panel"):
            yield RowTable[Disagreement](_columns(), lambda one: (one.difference, one.row.id), id="cases")
        yield KeyBar()

    def on_mount(self) -> None:
        """Compare."""
        self.query_one("#cases").focus()
        self.action_reload()

    @on(Changed)
    def action_reload(self) -> None:
        """Compare again."""
        self._read()

    @work(thread=True, exclusive=True, group="reconcile", exit_on_error=False)
    def _read(self) -> None:
        worker, app = get_current_worker(), self.console_app
        try:
            found = reconciling.read(app.office, app.actor)
        except GridConsoleError as error:
            self.post_message(LoadFailed(error))
            return
        if not worker.is_cancelled:
            self.post_message(Compared(found))

    @on(LoadFailed)
    def _failed(self, event: LoadFailed) -> None:
        self.console_app.say_error(event.error)

    @on(Compared)
    def _compared(self, event: Compared) -> None:
        self.found = event.found
        self.query_one("#cases", RowTable).show(reconciling.lines_of(event.found.found))
        self.query_one("#lead", Static).update(safe(_lead(event.found)))
        self.query_one("#panel", Panel).entitle(t("reconcile.title"), "")
        do = _steps(event.found.can)
        offers = [Offer("f3", "F3", (t("key.reconcile.print"),)), Offer("f5", "F5", (t("key.reconcile.reload"),))]
        self.query_one(KeyBar).offer("", [*([Offer("f2", "F2", (do,))] if do else []), *offers])

    def action_do(self) -> None:
        """Ask before the steps are taken."""
        if self.found is None or not self.found.can:
            lines = reconciling.lines_of(self.found.found) if self.found is not None else []
            units = (reports.unit_words(one.unknown_unit) for one in lines if one.unknown_unit is not None)
            self.console_app.say(next(units, t("reconcile.nothing")), error=True)
            return
        numbers = [one.row.number for one in self.found.found[Difference.FINISHED] if one.step is not None]
        self.app.push_screen(ReconcileForm(self.found.can, numbers))

    def action_print(self) -> None:
        """Open the form that writes the lists to a file."""
        if self.found is not None:
            report = reports.report(self.console_app.office, self.found)
            self.app.push_screen(PrintForm(report, t("reconcile.file", day=f"{report.made_at:%Y%m%d}"), t("reconcile.print")))

    @on(RowTable.Chosen, "#cases")
    def _chosen(self) -> None:
        from gridconsole.console.panels.case import CaseScreen

        one: Disagreement | None = self.query_one("#cases", RowTable).current
        if one is not None:
            self.app.push_screen(CaseScreen(one.row.number))

    def action_leave(self) -> None:
        """Go back."""
        self.app.pop_screen()


def _lead(found: Reconciliation) -> str:
    if not found.lists:
        return t("cli.reconcile.no_list")
    files = [file for _, file, _ in found.lists]
    counts = [t("reconcile.count", name=t(f"reconcile.{one}"), count=len(found.found[one])) for one in Difference]
    return f"{listed(files)}\n{'  '.join(counts)}"


def _steps(can: dict[Action, int]) -> str:
    return line_of(" ".join(t("cli.reconcile.step", action=action, count=count) for action, count in can.items()))


class ReconcileForm(Form):
    """Confirm the steps that the lists ask for."""

    def __init__(self, can: dict[Action, int], numbers: Sequence[str]) -> None:
        super().__init__()
        self._can, self._numbers = can, list(numbers)
        self._outcomes: list[Outcome] = []
        self.heading = t("reconcile.confirm")

    def fields(self) -> ComposeResult:
        """Lay out the steps."""
        yield Static(safe(_steps(self._can)), classes="label")
        yield Static(t("reconcile.confirm_text"), classes="muted", markup=False)

    def operation(self) -> Operation | None:
        """Return the steps; each case is a transaction of its own."""
        app = self.console_app
        if app.actor is None:
            return None
        actor, office = app.actor, app.office

        def carry_out() -> None:
            self._outcomes += reconciling.carry_out(office, actor, self._numbers)

        return carry_out

    def finished(self) -> None:
        """Say how many were done, and why the others were not."""
        done = sum(one.receipt is not None for one in self._outcomes)
        why = Counter(error_sentence(one.error, Surface.CONSOLE)[0] for one in self._outcomes if one.error is not None)
        text = t("reconcile.done", count=done)
        if why:
            text += " " + t("reconcile.refused", count=why.total(), why=next(iter(why)))
        self.console_app.say(text, error=bool(why))
