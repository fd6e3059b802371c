"""The head of the ledger on paper: what is signed and filed outside the machine, and compared with the ledger later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.anchors import printed_anchor
from gridconsole.language import t
from gridconsole.language.wording import local_text
from gridconsole.reporting.report import Report, Table

if TYPE_CHECKING:
    from datetime import datetime

    from gridconsole.services.office import Office

_ROOM_TO_SIGN = " " * 16


def anchor_table(seq: int, digest: str) -> Table:
    """An anchor for a sheet, in a cell of its own: it is keyed in as it stands there."""
    return Table(
        "anchor", t("report.anchor.table"), (t("column.anchor"), t("column.check")),
        ((printed_anchor(seq, digest), t("report.anchor.check")),),
    )  # fmt: skip


def page(office: Office, seq: int, digest: str, operator: str, at: datetime) -> Report:
    """A page to sign: of which office, when, how many entries, the anchor in groups, and two lines to sign on."""
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
