"""开张: what a new office needs, what is there, and one step for each."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static
from textual.worker import get_current_worker

from gridconsole.console.keys import bind
from gridconsole.console.messages import Changed, FirstStepsRead, LoadFailed
from gridconsole.console.modes.base import OfficeScreen, TopBar
from gridconsole.console.sizes import LOW, SMALL
from gridconsole.console.widgets.key_bar import KeyBar, Offer
from gridconsole.console.widgets.panel import Panel, ScrollPanel
from gridconsole.console.widgets.table import Column, RowTable
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.text import fold_width
from gridconsole.language import has, listed, t
from gridconsole.services import first_steps
from gridconsole.services.first_steps import KIND_OF, FirstSteps, Standing, Step


def _columns() -> tuple[Column[Standing], ...]:
    def style(row: Standing) -> str:
        return "dim" if row.waits_for else "ok" if row.is_ready else ""

    order = list(Step)
    return (
        Column(t("first.step"), 3, lambda row: str(order.index(row.step) + 1)),
        Column(t("first.what"), 10, lambda row: t(f"first.{row.step}"), style),
        Column(t("first.use"), 0, lambda row: t(f"first.{row.step}.use"), lambda _: "mut", narrowest=SMALL, weight=3),
        Column(t("first.now"), 0, _now, style, weight=2),
        Column(t("first.do"), 0, _do, style, weight=2),
    )


def _now(row: Standing) -> str:
    key = f"first.{row.step}.count"
    return t(key if has(key) else "first.count", count=row.count) if row.count else t("first.none")


def _do(row: Standing) -> str:
    if row.waits_for:
        return t("first.waits", steps=listed(t(f"first.{one}") for one in row.waits_for))
    if row.is_ready:
        return t("first.ready")
    kind = KIND_OF.get(row.step)
    return t("first.import", file=t(f"kind.{kind}")) if kind is not None else t(f"first.{row.step}.do")


class FirstStepsScreen(OfficeScreen):
    """The steps of a new office, in the order of dependence; Enter does one, Esc leads to the empty queue."""

    DEFAULT_CSS = """
    FirstStepsScreen #lead { height: 1; padding: 0 1; color: $fg; }
    FirstStepsScreen #steps_panel { height: 1fr; }
    FirstStepsScreen #note { height: auto; color: $mut; padding: 0 2; }
    FirstStepsScreen #below { height: 12; }
    FirstStepsScreen #below ScrollPanel { width: 1fr; height: 100%; }
    FirstStepsScreen.low #below { height: 6; }
    FirstStepsScreen.low #office_panel { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("f2", "do", "first.do", key_display="F2", show=False),
        bind("f3", "template", "first.template", key_display="F3", show=False),
        bind("ctrl+n", "new_report", "first.new", key_display="Ctrl+N"),
        bind("escape", "leave", "first.leave", key_display="Esc", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.found: FirstSteps | None = None

    def compose(self) -> ComposeResult:
        """Lay out the steps, the one under the cursor, and the office."""
        yield TopBar("desk")
        yield Static("", id="lead", markup=False)
        with Panel(id="steps_panel"):
            yield RowTable[Standing](_columns(), lambda row: row.step, gutter=lambda _: "  ", id="steps")
            yield Static(t("first.note"), id="note", markup=False)
        with Horizontal(id="below"):
            with ScrollPanel(id="step_panel", can_focus=False):
                yield Static("", id="step", markup=False)
            with ScrollPanel(id="office_panel", can_focus=False):
                yield Static("", id="office", markup=False)
        yield KeyBar()

    def on_resize(self, event: events.Resize) -> None:
        """Leave out what a small terminal has no room for."""
        self.set_class(event.size.width < SMALL, "small")
        self.set_class(event.size.height < LOW, "low")

    def on_mount(self) -> None:
        """Read how far the office is."""
        self.query_one("#steps").focus()
        self.query_one("#office_panel", ScrollPanel).entitle(t("first.office"))
        self._read()

    @on(Changed)
    @on(events.ScreenResume)
    def _changed(self) -> None:
        self._read()

    @work(thread=True, exclusive=True, group="first_steps", exit_on_error=False)
    def _read(self) -> None:
        worker = get_current_worker()
        try:
            found = first_steps.read(self.console_app.office)
        except GridConsoleError as error:
            self.post_message(LoadFailed(error))
            return
        if not worker.is_cancelled:
            self.post_message(FirstStepsRead(found))

    @on(LoadFailed)
    def _failed(self, event: LoadFailed) -> None:
        self.console_app.say_error(event.error)

    @on(FirstStepsRead)
    def _show(self, event: FirstStepsRead) -> None:
        former, self.found = self.found, event.found
        table = self._table
        table.show(list(event.found.steps))
        upcoming = event.found.next
        if upcoming is not None and (former is None or former.ready != event.found.ready):
            table.move_to(upcoming.step)  # what is done is done: on to the next
        self.query_one("#steps_panel", Panel).entitle(
            t("first.title", count=len(event.found.steps), ready=event.found.ready), t("first.keys")
        )
        lead = t("first.lead", name=t(f"first.{upcoming.step}")) if upcoming is not None else t("first.all_ready")
        self.query_one("#lead", Static).update(lead)
        office = self.console_app.office
        lines = [
            t("first.office.name", name=office.name),
            t("first.office.file", file=str(office.database.path)),
            t("first.demo"),
        ]
        self.query_one("#office", Static).update(Content("\n").join(Content(line) for line in lines))
        self._draw_step()

    @property
    def _table(self) -> RowTable[Standing]:
        return self.query_one("#steps", RowTable)

    @on(RowTable.Highlighted, "#steps")
    def _draw_step(self) -> None:
        row = self._table.current
        if row is None:
            return
        kind = KIND_OF.get(row.step)
        self.query_one("#step_panel", ScrollPanel).entitle(t(f"first.{row.step}"))
        lines = [t(f"first.{row.step}.use"), _do(row)]
        if kind is not None:
            lines += [t("first.how.import"), t("first.how.template", file=_template(kind).name)]
        else:
            lines.append(t(f"first.{row.step}.how"))
        self.query_one("#step", Static).update("\n".join(lines))
        offers = [Offer("f2", "F2", (t("first.offer.import" if kind is not None else "first.offer.how"),))]
        offers += [Offer("f3", "F3", (t("first.offer.template"),))] if kind is not None else []
        self.query_one(KeyBar).offer(t("first"), [*offers, Offer("escape", "Esc", (t("first.offer.leave"),))])

    def on_key(self, event: events.Key) -> None:
        """Put the cursor on the step of a digit."""
        digit = fold_width(event.character or "")
        if len(digit) == 1 and "1" <= digit <= str(len(Step)):
            event.stop()
            self._table.move_to(list(Step)[int(digit) - 1])

    @on(RowTable.Chosen, "#steps")
    def action_do(self) -> None:
        """Go to where the step is done; say how if that is not in the console."""
        row = self._table.current
        if row is None:
            return
        if row.waits_for:
            self.console_app.say(_do(row))
        elif (kind := KIND_OF.get(row.step)) is not None:
            self.console_app.import_kind(kind)
        else:
            self.console_app.say(t(f"first.{row.step}.how"))

    def action_template(self) -> None:
        """Write a blank template of the step's list into the present folder."""
        row = self._table.current
        kind = KIND_OF.get(row.step) if row is not None else None
        if kind is not None:
            self._write_template(kind)

    @work(thread=True, exclusive=True, group="template", exit_on_error=False)
    def _write_template(self, kind: str) -> None:
        from gridconsole.importing import template  # brings the library for workbooks

        target = _template(kind)
        try:
            template.write(kind, target)
        except GridConsoleError as error:
            self.post_message(LoadFailed(error))
            return
        self.app.call_from_thread(self.console_app.say, t("cli.template.done", file=str(target)))

    def action_new_report(self) -> None:
        """Report a case at once: no step need be ready for that."""
        self.action_leave()
        self.app.call_later(self.app.run_action, "screen.new_report")

    def action_leave(self) -> None:
        """Go to the empty queue."""
        self.app.pop_screen()


def _template(kind: str) -> Path:
    """Return the file for a template of a kind: in the folder from which the console was started."""
    return Path.cwd() / f"{t(f'kind.{kind}')}.xlsx"
