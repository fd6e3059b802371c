"""Tables of the ledger, its personal texts, and the years that left it."""

from __future__ import annotations

import sqlalchemy as sa

from gridconsole.store.entries import RARE_ACTION
from gridconsole.store.tables.columns import blank, blob, index, moment, number, table, text

ledger = table(
    "ledger",
    number("office_id", of="office.id", primary=True),
    number("seq", primary=True),
    text("at"),
    number("operator_id", null=True),
    text("operator"),
    blank("axis"),
    text("door"),
    text("subject_kind"),
    number("subject_id"),
    text("action"),
    text("facts"),
    blob("digest", null=True),
    text("request_id", null=True),
    blob("prev"),
    blob("hash"),
    moment("at"),
    sa.CheckConstraint("length(prev) = 32 AND length(hash) = 32", name="hash"),
    index("ix_ledger_subject", "subject_kind", "subject_id", "seq"),
    index("ix_ledger_at", "at"),
    index("ix_ledger_operator", "operator_id", "seq"),
    index("ix_ledger_rare", "action", "seq", where=RARE_ACTION),
    index("uq_ledger_request", "request_id", unique=True, where="request_id IS NOT NULL"),
)
"""One act, append-only, hash-chained."""
ledger_personal = table(
    "ledger_personal",
    number("office_id", primary=True),
    number("seq", primary=True),
    blob("salt", null=True),
    text("body", null=True),
    sa.ForeignKeyConstraint(["office_id", "seq"], ["ledger.office_id", "ledger.seq"]),
)
"""The free text and personal values of an entry; erasable."""
retired = table(
    "retired",
    number("office_id", of="office.id", primary=True),
    number("year", primary=True),
    number("first_seq"),
    number("last_seq"),
    number("entry_seq"),
    text("facts"),
    sa.CheckConstraint("first_seq <= last_seq AND last_seq < entry_seq", name="range"),
)
"""An archived year of the ledger, as recorded by the entry about the archiving."""
retired_case = table(
    "retired_case",
    number("incident_id", of="incident.id", primary=True),
    number("year", primary=True),
    text("facts"),
    index("ix_retired_case_year", "year", "incident_id"),
)
"""State of a case at the end of an archived year, with the acts on it until then."""
