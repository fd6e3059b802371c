"""Tables of the facts that reports count: one row a case, a handler's turn, and a stage of a case.

They follow from the case's rows and its entries (:mod:`gridconsole.domain.facts`) and are written in the transaction that changes
the case. All days are the office's days as whole numbers (``date.toordinal``): a report compares numbers, and midnight is decided
once. Each row repeats the dimensions by which reports are broken down, so that no figure joins two tables.
"""

from __future__ import annotations

import sqlalchemy as sa

from gridconsole.store.tables.columns import flag, index, number, table, text, word


def _dimensions() -> tuple[sa.Column[int] | sa.Column[str], ...]:
    return (
        text("source"),
        text("grade"),
        text("kind", null=True),
        number("category_id", null=True),
        number("grid_id", null=True),
        number("area_id", null=True),
        number("subdistrict_id", null=True),
        text("handler_kind", null=True),
        number("handler_id", null=True),
    )


JUDGED = ("due", "late", "merged", "upheld", "state", "due_at")
"""Columns of the index by which cases are judged by their deadline."""
case_fact = table(
    "case_fact",
    number("incident_id", primary=True),
    number("office_id"),
    *_dimensions(),
    text("standard"),
    text("state"),
    text("outcome", null=True),
    text("first_handler_kind", null=True),
    number("first_handler_id", null=True),
    number("reporter_id", null=True),
    # Days; NULL: it has not happened, or nobody knows when.
    number("reported"),
    number("accepted", null=True),
    number("filed", null=True),
    number("dispatched", null=True),
    number("due", null=True),
    number("fed_back", null=True),
    number("closed", null=True),
    number("declined", null=True),
    number("voided", null=True),
    number("outer_due", null=True),
    # The deadline as an instant: what is due later today is not due yet.
    text("due_at", null=True),
    # Whether the handling was late; NULL before the feedback, or if an appeal took the judgement back.
    number("late", null=True),
    # Whether it was over after the deadline that another system set.
    number("outer_late", null=True),
    number("simple", default=0),
    number("merged", default=0),
    number("suspended", default=0),
    number("upheld", default=0),
    # A resident's report found true on a grid where no warden had reported anything for some days.
    number("missed", default=0),
    # A case that a list brought when it was over.
    number("brought", default=0),
    number("reworks", default=0),
    number("redispatches", default=0),
    number("returns", default=0),
    number("extensions", default=0),
    number("suspensions", default=0),
    number("reopenings", default=0),
    # Whole days.
    number("suspended_days", default=0),
    # Minutes from the beginning of the handling to the feedback without suspensions: working time, and all time.
    number("work_minutes", null=True),
    number("minutes", null=True),
    *(flag(name) for name in ("simple", "merged", "suspended", "upheld", "missed", "brought")),
    *(index(f"ix_case_fact_{day}", "office_id", day, where=f"{day} IS NOT NULL") for day in ("declined", "voided", "outer_due")),
    *(index(f"ix_case_fact_{name}", "office_id", "reported", where=f"{name} != 0") for name in ("merged", "brought")),
    *(index(None, "office_id", day) for day in ("reported", "accepted", "filed", "dispatched", "fed_back", "closed")),
    # With all that the rate of those handled in time asks for: a year of months is counted without reading a row.
    index("ix_case_fact_due", "office_id", *JUDGED),
)
"""A case. One that was reopened has the days of its first run: what a month has printed stays."""
turn_fact = table(
    "turn_fact",
    number("turn_id", primary=True),
    number("incident_id"),
    number("office_id"),
    *_dimensions(),
    number("started"),
    number("due", null=True),
    text("due_at", null=True),
    number("ended", null=True),
    number("late", null=True),
    text("ended_how", null=True),
    # 0 if the case was voided, or merged into another one.
    number("counts"),
    # 1 if it ended without a feedback before its deadline: given back, redispatched, handed over, suspended.
    number("relieved"),
    flag("counts"),
    flag("relieved"),
    index(None, "incident_id"),
    index(None, "office_id", "started"),
    index(None, "office_id", "due"),
    index(None, "office_id", "ended"),
)
"""A handler's turn with a case: a case that went through two departments has one turn of each."""
stage_fact = table(
    "stage_fact",
    number("incident_id", primary=True),
    number("position", primary=True),
    number("office_id"),
    *_dimensions(),
    text("state"),
    # State before; NULL where only the handler changed, or the case came to rest, and for the first one.
    text("came_from", null=True),
    # Days on which it began and ended; it holds at the end of a day if it began by then and ended later, or runs.
    number("began"),
    number("ended", null=True),
    # Bits of its length in days; RUNS while it runs. What held at a moment is found by it without reading the past.
    number("span"),
    # Day of the deadline of a step that is done or waits; NULL where nobody has to answer for it any more, and for the handling.
    number("step_due", null=True),
    # Instants at which the time allowed was used up, and 1.5 and 3 times it.
    text("due_at", null=True),
    text("half_more_at", null=True),
    text("threefold_at", null=True),
    number("late", null=True),
    # Operator whose act ended it.
    number("ended_by", null=True),
    # Which one of this state it is in the life of the case, from 1 on.
    number("ordinal"),
    # 1 while the case rests in another one.
    number("resting"),
    # 1 if the case went on to another state, and was not voided.
    number("done"),
    flag("resting"),
    flag("done"),
    index(None, "office_id", "state", "began"),
    index(None, "office_id", "ended", "began"),
    # Steps that few cases take, of the many that every case takes.
    index("ix_stage_fact_settled", "office_id", "began", where="came_from = 'reported' AND state = 'to_close'"),
    index("ix_stage_fact_reopened", "office_id", "began", where="came_from = 'closed'"),
    index("ix_stage_fact_step_due", "office_id", "step_due", where="step_due IS NOT NULL"),
    index(
        "ix_stage_fact_live",
        "office_id",
        "span",
        "began",
        where="state NOT IN ('closed', 'declined', 'voided')",
    ),
)
"""A time in which a case was in one state with one handler. What held at a moment, and every closing, come from these."""
IS_LIVE_STATE = stage_fact.c.state.not_in([word(state) for state in ("closed", "declined", "voided")])
"""Condition of a time in a state of an open case, in the words of the partial index."""
fact_due = table(
    "fact_due",
    number("incident_id", primary=True),
    # 1 if a transaction changed the case, 0 if its rows have never been written, or are written anew.
    number("changed"),
    flag("changed"),
    index("ix_fact_due_changed", "incident_id", where="changed = 1"),
)
"""Cases whose facts have to be written."""
call_fact = table(
    "call_fact",
    number("call_id", primary=True),
    number("incident_id"),
    number("office_id"),
    *_dimensions(),
    # Days of the call, and of the next one of the case: the last call of a period has its next one after it.
    number("called"),
    number("next_called", null=True),
    number("reached"),
    text("solved", null=True),
    text("satisfaction", null=True),
    flag("reached"),
    index(None, "incident_id"),
    index(None, "office_id", "called"),
)
"""A call-back."""
FACT_TABLES = (case_fact, turn_fact, stage_fact, call_fact)
