"""Base of the screens that show the situation of the district: they read it in a worker."""

from __future__ import annotations

from textual import work
from textual.worker import get_current_worker

from gridconsole.console.messages import LoadFailed, SituationRead
from gridconsole.console.modes.base import OfficeScreen
from gridconsole.domain.errors import GridConsoleError
from gridconsole.services import situation

REFRESH_SECONDS = 60.0
"""Seconds between two readings while nothing changes."""


class SituationScreen(OfficeScreen):
    """A screen that gets a :class:`SituationRead` for each reading, or a :class:`LoadFailed`."""

    def on_mount(self) -> None:
        """Read again by time too: cases become overdue without any change of the database."""
        self.set_interval(REFRESH_SECONDS, self.refresh_situation)

    def refresh_situation(self) -> None:
        """Read if this screen is in front."""
        if self.app.screen is self:
            self.read_situation()

    @work(thread=True, exclusive=True, group="situation", exit_on_error=False)
    def read_situation(self) -> None:
        """Read the situation of now."""
        worker = get_current_worker()
        try:
            found = situation.read(self.console_app.office)
        except GridConsoleError as error:
            self.post_message(LoadFailed(error))
            return
        if not worker.is_cancelled:
            self.post_message(SituationRead(found))
