"""State digest: the digest of what the file stores of a case besides the replayed columns (derived columns, clocks, requests,
calls, tasks).

Each act writes the digest into its entry, so that any other change is found. Free texts are left out, because they may be erased by
law; they are attested one by one (:mod:`gridconsole.store.attest`). What escalation stores between acts is attested there too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.replay import DIGESTS, REST, REST_ADDED, rest_digest
from gridconsole.store import backfill
from gridconsole.store.dialect.sqlite import group_concat, joined, listed, quoted
from gridconsole.store.tables.cases import incident
from gridconsole.store.tables.columns import METADATA

CASE_COLUMNS = (
    "office_id", "standard", "area_id", "reported_at", "recorded_at", "state_since", "due_at", "due_stage", "due_unit", "provisional",
    "closed_at", "handler_name", "batch_id",
)  # fmt: skip
SIDE_COLUMNS = {
    "clock": (
        "position", "stage", "span", "started_at", "due_at", "provisional", "pauses", "halted_at", "stopped_at", "late", "extensions",
    ),
    "assignment": ("id", "handler_kind", "handler_id", "role", "started_at", "ended_at", "late"),
    "case_request": (
        "id", "kind", "handler", "asked_at", "asked_by", "asked_name", "amount", "until", "rule_id", "due_before", "opinion", "opined_at",
        "opined_by", "opined_name", "decision", "decided_at", "decided_by", "decided_name", "due_after",
    ),
    "call_back": ("id", "at", "called_by", "called_name", "reached", "solved", "satisfaction"),
    "supervision_order": (
        "id", "reply_by", "ordered_at", "ordered_by", "ordered_name", "replied_at", "replied_by", "replied_name", "replaced_at",
    ),
    "task": (
        "id", "kind", "assignee_kind", "assignee_id", "assignee_name", "handler_kind", "handler_id", "handler_name", "sent_at", "sent_by",
        "sent_name", "due_at", "ended", "ended_at", "done_by", "done_name", "looked_at", "result", "in_time",
    ),
}  # fmt: skip
"""Tables with rows of a case, each with its columns; the first column orders the rows. Entries already written are compared with
exactly these columns, so they never change; what a later program adds needs its own digest."""


ADDED_COLUMNS = {"clock": ("position", "stopped_by"), "assignment": ("id", "due_at", "ended_how")}
"""Columns that a later program added to these tables; they never change either."""
_BY_LEDGER: Mapping[str, Callable[[sa.FromClause], sa.ColumnElement[Any]]] = {
    "stopped_by": backfill.stopped_by, "due_at": backfill.due_at, "ended_how": backfill.ended_how,
}  # fmt: skip


def _quoted(
    columns: tuple[str, ...], of: sa.FromClause, by_ledger: Mapping[str, Any] = MappingProxyType({})
) -> sa.ColumnElement[str]:
    # Quoted, values stay separate, and any value that a forger wrote can be read.
    return joined(",", [quoted(by_ledger[column](of) if column in by_ledger else of.c[column]) for column in columns])


def _side(table: str, columns: tuple[str, ...], by_ledger: Mapping[str, Any] = MappingProxyType({})) -> sa.ColumnElement[str]:
    # An aggregate takes rows in the order of its subquery.
    of = METADATA.tables[table]
    rows = sa.select(of).where(of.c.incident_id == incident.c.id).order_by(of.c[columns[0]]).correlate(incident).subquery()
    text = sa.select(group_concat(_quoted(columns, rows, by_ledger), sa.literal_column("';'", sa.Text))).scalar_subquery()
    return sa.func.coalesce(text, "")


REST_TEXT = joined("|", [_quoted(CASE_COLUMNS, incident), *(_side(table, columns) for table, columns in SIDE_COLUMNS.items())])
"""The text that is digested, for a row of ``incident``."""
ADDED_TEXT = joined("|", [_side(table, columns) for table, columns in ADDED_COLUMNS.items()])
"""The text of the columns that were added later."""
BY_LEDGER_TEXT = joined("|", [_side(table, columns, _BY_LEDGER) for table, columns in ADDED_COLUMNS.items()])
"""The same by what the ledger tells."""
_TEXTS = sa.select(incident.c.id, REST_TEXT.label(REST), ADDED_TEXT.label(REST_ADDED)).where(incident.c.id.in_(listed("keys")))


def digests(connection: sa.Connection, keys: Collection[int]) -> list[dict[str, str]]:
    """Return the digests of cases by their fact keys, as their rows are within the current transaction, in the order of the keys."""
    found = {row[0]: row[1:] for row in connection.execute(_TEXTS, {"keys": json.dumps(list(keys))})} if keys else {}
    return [dict(zip(DIGESTS, map(rest_digest, found[key]), strict=True)) for key in keys]
