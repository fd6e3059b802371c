"""A report printed to the terminal, or written to a file to be printed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.reporting.model import Report
    from gridconsole.services.office import Office


def check(output: Path | None, overwrite: bool) -> None:
    """Refuse a wrong output before the act whose sheet it will hold, because the act cannot be taken back for a wrong file name."""
    if output is not None:
        from gridconsole.reporting import writers

        writers.check(output, overwrite=overwrite)


def put(report: Report, office: Office, output: Path | None, overwrite: bool = False) -> None:
    """Print to the terminal, or write to a file to be printed; the ledger records a file that lists cases."""
    if output is None:
        from rich.console import Console

        from gridconsole.reporting.writers import as_table

        Console(highlight=False).print(as_table(report))
        return
    from gridconsole.cli import state
    from gridconsole.reporting import exports, writers

    writers.check(output, overwrite=overwrite)
    exports.record(office, state.operator_or_none(office), report)
    writers.write(report, output, office.calendar, overwrite=overwrite)
    print(t("cli.report.written", file=output), file=sys.stderr)
