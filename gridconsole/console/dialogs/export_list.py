"""Writing the cases that the queue shows to a file."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from gridconsole.console.dialogs.print_form import FileForm
from gridconsole.language import t
from gridconsole.reporting import case_lists
from gridconsole.services.case_lists import COLUMNS, Wanted

if TYPE_CHECKING:
    from datetime import datetime

    from gridconsole.domain.parties import Actor


class ExportForm(FileForm):
    """Ask for the file of a case list; its texts are masked, and the ledger records it.

    Args:
        keys: the cases.
        pane: key of the pane that shows them, for the name of the file.
        at: the office's local time, for the name of the file.
    """

    def __init__(self, actor: Actor, keys: Collection[int], pane: str, at: datetime) -> None:
        name = t("console.export.file", pane=t(f"pane.{pane}"), day=f"{at:%Y%m%d-%H%M}")
        super().__init__(self._export, case_lists.ENDINGS, name, t("console.export.heading", count=len(keys)))
        self._actor, self._keys = actor, frozenset(keys)

    def _export(self, target: Path) -> None:
        case_lists.export(self.console_app.office, self._actor, Wanted(keys=self._keys), COLUMNS, target, every_kept=True)
