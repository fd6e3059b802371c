"""The anchor on paper: number and hash of the newest ledger entry, to be signed, filed, and later compared with the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.anchors import printed_anchor
from gridconsole.language import t
from gridconsole.language.durations import local_text
from gridconsole.reporting.model import Report, Table

if TYPE_CHECKING:
    from datetime import datetime

    from gridconsole.services.office import Office

_ROOM_TO_SIGN = " " * 16


def anchor_table(seq: int, digest: str) -> Table:
    """Return a table with an anchor in its own cell, in the form in which it is keyed in later."""
    return Table(
        "anchor", t("report.anchor.table"), (t("column.anchor"), t("column.check")),
        ((printed_anchor(seq, digest), t("report.anchor.check")),),
    )  # fmt: skip


def page(office: Office, seq: int, digest: str, operator: str, at: datetime) -> Report:
    """Return a page to sign: the office, the time, the number of the entry, the anchor in groups, and two lines to sign on."""
    when = local_text(at, office.calendar)
    period = t("report.anchor.period", number=seq, operator=operator, at=when)
    signatures = Table(
        "signatures", t("report.anchor.signatures"),
        tuple(t(f"column.{name}") for name in ("role", "name", "signed_at", "signature")),
        (
            (t("report.anchor.issued_by"), operator, when, _ROOM_TO_SIGN),
            (t("report.anchor.witness"), "", "", _ROOM_TO_SIGN),
        ),
    )  # fmt: skip
    title = t("report.anchor", office=office.name)
    return Report(
        key="anchor",
        title=title,
        office=office.name,
        period=period,
        made_at=at,
        metrics=(),
        tables=(anchor_table(seq, digest), signatures),
    )
