"""Tables of imported files: batches, what they changed and rejected, what waits to be written, saved mappings."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from gridconsole.store.tables.columns import blank, blob, flag, index, key, moment, number, table, text

import_batch = table(
    "import_batch",
    key(),
    text("at"),
    text("operator"),
    text("kind"),
    text("file_name"),
    text("sha256"),
    text("counts"),
    text("state", default="committed"),
    text("undone_at", null=True),
    blank("undone_by"),
    # Options with which the file was read, as JSON: they are used again for its rejected rows.
    blank("options"),
    moment("at"),
    sa.CheckConstraint("state IN ('committed', 'undone')", name="state"),
    index(None, "sha256"),
)
"""An imported file."""
import_change = table(
    "import_change",
    number("batch_id", of="import_batch.id", primary=True),
    number("position", primary=True),
    text("table_name"),
    number("record_id"),
    # JSON; None: the batch added the record.
    text("before", null=True),
    text("after"),
    index(None, "table_name", "record_id"),
)
"""A record that a batch added or changed, with its values before and after, which undoing restores."""
import_reject = table(
    "import_reject",
    number("batch_id", of="import_batch.id", primary=True),
    number("position", primary=True),
    blank("sheet"),
    number("row"),
    # JSON by heading.
    text("cells"),
    # Later batch that imported the row.
    number("taken_by", null=True, of="import_batch.id"),
    index("ix_import_reject_taken", "taken_by", where="taken_by IS NOT NULL"),
)
"""A rejected row, as it was in the file."""
import_stage = table(
    "import_stage",
    number("batch_id", of="import_batch.id", primary=True),
    # 0 is written last: the facts of the batch's ledger entry.
    number("position", primary=True),
    # JSON: first case number by day.
    blank("numbers"),
    # JSON, compressed.
    blob("body"),
)
"""A slice of a long import that is decided but not yet written."""
mapping_profile = table(
    "mapping_profile",
    text("name", primary=True),
    text("kind"),
    text("fingerprint"),
    # JSON, field by heading.
    text("mapping"),
    index(None, "kind", "fingerprint"),
)
"""A saved mapping of a sheet's headings to fields."""


def _statement(name: str, *keys: Any) -> sa.Table:
    """Return a table of what other systems' lists say about cases."""
    return table(
        name,
        *keys,
        # Name of the list, or what tells lists of the same headings.
        text("source_list"),
        # State in the words of the list.
        blank("said"),
        number("is_over"),
        blank("result"),
        # Local time without a zone, as the list has it.
        text("done_at", null=True),
        blank("handler"),
        # How often the list has the case.
        number("times", default=1),
        flag("is_over"),
        index(None, "source_list", "batch_id"),
        index(None, "batch_id"),
    )


list_mark = _statement(
    "list_mark", number("incident_id", of="incident.id", primary=True), number("batch_id", of="import_batch.id")
)
"""Last statement of another system's list about a case on which somebody works here or there."""
earlier_mark = _statement(
    "earlier_mark",
    number("incident_id", of="incident.id", primary=True),
    number("batch_id", of="import_batch.id", primary=True),
)
"""The statements before that one, of the last few batches: if the newest is undone, the one before it is the last."""
list_seen = table(
    "list_seen",
    text("source_list", primary=True),
    number("batch_id", of="import_batch.id"),
)
"""The newest batch of a list."""
import_issue = table(
    "import_issue",
    number("batch_id", of="import_batch.id", primary=True),
    number("position", primary=True),
    blank("sheet"),
    number("row"),
    blank("column"),
    text("code"),
    text("severity"),
)
"""Issue or repair of a row of a batch."""
