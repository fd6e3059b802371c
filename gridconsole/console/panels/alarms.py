"""提醒: the operator's notifications, the actions they call for, and their acknowledgement."""

from __future__ import annotations

import time
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from gridconsole.console.keys import bind
from gridconsole.console.messages import AlarmsLoaded, NotWritten, Written
from gridconsole.console.modes.base import OfficeScreen, TopBar
from gridconsole.console.widgets.key_bar import KeyBar
from gridconsole.console.widgets.queue_columns import due_spans, due_widths, street
from gridconsole.console.widgets.table import Column, RowTable
from gridconsole.domain.codes import Display
from gridconsole.domain.text import mask_text
from gridconsole.language import t, word
from gridconsole.language.due import moment_text
from gridconsole.language.escalation import alarm_text
from gridconsole.services import escalation
from gridconsole.services.escalation import Reminder

TWICE_SECONDS = 6.0
"""Seconds within which a key must be pressed twice."""


class AlarmScreen(OfficeScreen):
    """List of reminders on the whole screen; Enter opens the case, where the work is done."""

    DEFAULT_CSS = "AlarmScreen #rate { height: 1; padding: 0 1; } AlarmScreen RowTable { height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "leave", "alarm.back", key_display="Esc"),
        bind("f2", "acknowledge", "alarm.acknowledge", key_display="F2"),
        bind("f3", "acknowledge_all", "alarm.acknowledge_all", key_display="F3"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._asked: tuple[Reminder, ...] = ()
        self._asked_at = -TWICE_SECONDS

    def compose(self) -> ComposeResult:
        """Compose the rate of alarms, the list and the key bar."""
        yield TopBar("alarms")
        yield Static("", id="rate", classes="bar", markup=False)
        yield RowTable[Reminder](self._columns(), lambda reminder: reminder.alarm.id, id="reminders")
        yield KeyBar()

    def _columns(self) -> tuple[Column[Reminder], ...]:
        office = self.console_app.office

        def left(reminder: Reminder) -> str:
            alarm, row = reminder.alarm, reminder.row
            if alarm.stage is not None and row.due_stage is alarm.stage:
                return "".join(text for text, _ in due_spans(office, row))
            return moment_text(alarm.due_at, office.now(), office.calendar) if alarm.due_at else ""

        return (
            Column(t("column.alarm"), 20, lambda reminder: alarm_text(reminder.alarm), _style),
            Column(t("column.due_short"), sum(due_widths()) + 1, left),
            Column(t("column.number"), 13, lambda reminder: reminder.alarm.number),
            Column(t("column.do"), 16, _can, narrowest=60),
            Column(t("column.category"), 14, lambda reminder: reminder.row.category, narrowest=100),
            Column(t("column.address"), 0, lambda reminder: mask_text(street(reminder.row))),
            Column(t("column.handler"), 14, lambda reminder: reminder.row.handler or "-", narrowest=110),
        )

    def on_mount(self) -> None:
        """Focus the list and fill it."""
        self.table.focus()
        self._fill()

    @property
    def table(self) -> RowTable[Reminder]:
        """The list."""
        return self.query_one("#reminders", RowTable)

    @on(AlarmsLoaded)
    def _fill(self) -> None:
        app = self.console_app
        self.table.show(app.alarms.reminders)
        none = "" if app.alarms.reminders else f"{t('cli.alarm.none')}  "
        self.query_one("#rate", Static).update(f"{none}{app.alarms.summary(app.office.now())}", layout=False)

    @on(RowTable.Chosen, "#reminders")
    def _open(self) -> None:
        from gridconsole.console.panels.case import CaseScreen

        reminder = self.table.current
        if reminder is not None:
            self.app.push_screen(CaseScreen(reminder.alarm.number))

    def action_acknowledge(self) -> None:
        """Acknowledge the reminder under the cursor."""
        if self.table.current is not None:
            self._acknowledge(self.table.current)

    def action_acknowledge_all(self) -> None:
        """Acknowledge all reminders that are shown.

        The key must be pressed twice, because this cannot be undone. Reminders that came in between are not included.
        """
        if time.monotonic() - self._asked_at <= TWICE_SECONDS:
            self._asked_at = -TWICE_SECONDS
            self._acknowledge(*self._asked)
        elif self.table.rows:
            self._asked, self._asked_at = tuple(self.table.rows), time.monotonic()
            self.console_app.say(t("console.alarm.all", count=len(self._asked)))

    def _acknowledge(self, *reminders: Reminder) -> None:
        app = self.console_app
        if app.actor is None or not reminders:
            return
        keys = [reminder.alarm.id for reminder in reminders]
        app.write(partial(_acknowledged, partial(escalation.acknowledge, app.office, app.actor, *keys)), self)

    @on(Written)
    def _written(self) -> None:
        self.console_app.load_alarms()

    @on(NotWritten)
    def _refused(self, event: NotWritten) -> None:
        self.console_app.say_error(event.error)
        self.console_app.load_alarms()

    def action_leave(self) -> None:
        """Go back."""
        self.app.pop_screen()


def _acknowledged(acknowledge: partial[int]) -> None:
    acknowledge()


def _can(reminder: Reminder) -> str:
    shown = word(reminder.actions[:2])
    return t("console.alarm.and_more", actions=shown) if len(reminder.actions) > 2 else shown


def _style(reminder: Reminder) -> str:
    return "late" if reminder.alarm.percent >= 100 else "soon" if reminder.alarm.display is Display.ALARM else ""
