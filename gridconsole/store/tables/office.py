"""Tables of the office itself, its calendar, its numbers, the handovers of its shifts, and the state of its search index."""

from __future__ import annotations

import sqlalchemy as sa

from gridconsole.store.tables.columns import blank, flag, index, key, moment, number, table, text

office = table(
    "office",
    key(),
    text("name"),
    text("model"),
    text("timezone"),
    text("created_at"),
    text("settings"),
    moment("created_at"),
)
"""The office that the file belongs to; a file holds one office, a city's server may hold many."""
day_counter = table(
    "day_counter",
    number("office_id", of="office.id", primary=True),
    text("day", primary=True),
    number("last"),
    sa.CheckConstraint("last BETWEEN 0 AND 99999", name="last"),
)
"""Last case serial of an office's day."""
calendar_day = table(
    "calendar_day",
    text("day", primary=True),
    text("layer", primary=True),
    number("is_workday"),
    blank("note"),
    number("follows", null=True),
    blank("source"),
    sa.CheckConstraint("layer IN ('notice', 'override')", name="layer"),
    flag("is_workday"),
)
"""A day that differs from its weekday, with its source."""
office_hours = table(
    "office_hours",
    text("valid_from", primary=True),
    text("week"),
)
"""Weekly spans with their start date."""
hand_over = table(
    "hand_over",
    key(),
    number("office_id", of="office.id"),
    text("made_at"),
    number("made_by", of="operator.id"),
    text("made_name"),
    # Name of the intended successor; empty if it is open who takes over.
    blank("to_name"),
    blank("remarks"),
    # Number of the last ledger entry that the sheet includes.
    number("seq"),
    # The sheet as it was made, JSON.
    text("sheet"),
    text("taken_at", null=True),
    number("taken_by", null=True, of="operator.id"),
    blank("taken_name"),
    text("withdrawn_at", null=True),
    moment("made_at"),
    moment("taken_at", null=True),
    moment("withdrawn_at", null=True),
    sa.CheckConstraint("(taken_at IS NULL) = (taken_by IS NULL)", name="taken"),
    sa.CheckConstraint("taken_at IS NULL OR withdrawn_at IS NULL", name="ended"),
    # Holds for plain SQL too: an operator must not take over from themselves.
    sa.CheckConstraint("taken_by <> made_by", name="second"),
    index("uq_hand_over_open", "office_id", unique=True, where="taken_at IS NULL AND withdrawn_at IS NULL"),
    index("ix_hand_over_made", "office_id", "made_at"),
)
"""交接班: a handover from one shift to the next, confirmed by two people. An office has at most one open handover."""
text_index = table(
    "text_index",
    key(),
    # Key up to which cases are not indexed yet, newest first; 0: all are.
    number("position"),
    # Version of the words; 0: texts were changed without the index.
    number("version"),
    sa.CheckConstraint("id = 1", name="id"),
)
"""Progress of filling the index of the texts of cases (the only row)."""
