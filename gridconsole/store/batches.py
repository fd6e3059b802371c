"""Records of imports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa

from gridconsole.store.types import stamp


class IssueLike(Protocol):
    """What is kept of an issue; its value is not, it may be personal."""

    @property
    def sheet(self) -> str: ...
    @property
    def row(self) -> int: ...
    @property
    def column(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def severity(self) -> str: ...


_OPEN = sa.text(
    "INSERT INTO import_batch (at, operator, kind, file_name, sha256, counts) VALUES (:at, :operator, :kind, :file, :sha256, '{}')"
    " RETURNING id"
)
_CLOSE = sa.text("UPDATE import_batch SET counts = :counts WHERE id = :id")
_ISSUE = sa.text(
    'INSERT INTO import_issue (batch_id, position, sheet, "row", "column", code, severity)'
    " VALUES (:batch, :position, :sheet, :row, :column, :code, :severity)"
)


def open_batch(connection: sa.Connection, at: datetime, operator: str, kind: str, file: str, sha256: str) -> int:
    """Begin a batch; returns its number."""
    values = {"at": stamp(at), "operator": operator, "kind": kind, "file": file, "sha256": sha256}
    return int(connection.execute(_OPEN, values).scalar_one())


def close_batch(connection: sa.Connection, batch: int, counts: str, issues: Sequence[IssueLike]) -> None:
    """Write a batch's counts and what was wrong in it."""
    connection.execute(_CLOSE, {"id": batch, "counts": counts})
    rows = [{"batch": batch, "position": position, "sheet": issue.sheet, "row": issue.row, "column": issue.column,
             "code": issue.code, "severity": issue.severity} for position, issue in enumerate(issues)]  # fmt: skip
    if rows:
        connection.execute(_ISSUE, rows)
