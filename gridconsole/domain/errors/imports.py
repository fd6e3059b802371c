"""Refusals about imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.errors.base import Refused, error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@error
class NothingImported(Refused):
    """A file has no data row."""

    code = "C151"
    file: str


@error
class UnknownBatch(Refused):
    """No import has this number."""

    code = "C152"
    number: str | int


@error
class BatchUndone(Refused):
    """An import is already undone."""

    code = "C153"
    at: datetime
    number: str | int
    operator: str


@error
class NotUndoable(Refused):
    """A batch cannot be undone, because it moved cases on."""

    code = "C155"
    number: str | int | None = None


@error
class NothingWaits(Refused):
    """No row of a batch is set aside."""

    code = "C156"
    number: str | int


@error
class KindUnclear(Refused):
    """The header fits several kinds, or none."""

    code = "C154"
    choices: Sequence[object]
    file: str
