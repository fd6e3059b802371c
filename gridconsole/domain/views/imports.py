"""Issues of imported rows."""

from __future__ import annotations

from dataclasses import dataclass

NO_LONGER_RAISED = frozenset({"E218"})
"""Codes of issues that only batches of earlier versions have."""


@dataclass(frozen=True, slots=True)
class Issue:
    """An error, warning or repair in a row or a file.

    A stored issue has no value, suggestion or cell: these may be personal data.
    """

    sheet: str
    row: int
    column: str
    code: str
    severity: str
    """error: the row was rejected; warning: it was accepted, but a value in it was not; repaired: a value was corrected."""
    value: str = ""
    suggestion: str = ""
    cell: str = ""
    """Address of the cell it is about, such as E7; empty if it is about the row."""
