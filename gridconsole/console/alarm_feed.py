"""Reminders of the operator: read from the database in a worker thread; a new alarm rings the bell."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.worker import get_current_worker

from gridconsole.console.bell import Bell
from gridconsole.console.messages import AlarmsLoaded, AlarmsRead
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.escalation import ALARM_BELL

if TYPE_CHECKING:
    from gridconsole.console.host import OfficeApp
    from gridconsole.domain.parties import Actor


class AlarmFeed:
    """Keep the reminders of the operator who is signed in. The application has one."""

    def __init__(self, app: OfficeApp) -> None:
        self._app = app
        self.bell = Bell()
        self._bell_of: Actor | None = None
        """The operator whose alarms the bell counts."""

    def load(self) -> None:
        """Read the reminders of the operator in a worker thread, which hands them to ``take``."""
        if (actor := self._app.actor) is not None:
            job = partial(self._read, actor)
            self._app.run_worker(job, thread=True, group="alarms", exclusive=True, exit_on_error=False)

    def _read(self, actor: Actor) -> None:
        from gridconsole.services import escalation  # reminders are read after the first rows

        worker = get_current_worker()
        try:
            reminders = escalation.mine(self._app.office, actor)
        except GridConsoleError:
            return  # keep the last known reminders: the screen reports the database problem
        if not worker.is_cancelled:
            self._app.post_message(AlarmsRead(actor, reminders))

    def take(self, event: AlarmsRead) -> None:
        """Take reminders that were read, and ring for a new alarm; ignored once another operator is signed in."""
        app, actor = self._app, event.actor
        if actor != app.actor:
            return
        if self._bell_of != actor:
            self.bell.forget()
            self._bell_of = actor
        if self.bell.take(event.reminders, app.office.now()) and app.office.settings.get(ALARM_BELL):
            app.bell()
        app.notify_screens(AlarmsLoaded())
