"""Tables of cases, and what belongs to them: clocks, assignments, requests, calls, tasks, orders, alarms, links."""

from __future__ import annotations

import sqlalchemy as sa

from gridconsole.domain.codes import AlarmKind, AssigneeKind, Display, PairVerdict, TaskKind
from gridconsole.domain.states import Grade, RequestKind, Satisfaction, Solved, Source, Stage, State
from gridconsole.store.tables.columns import blank, flag, index, key, moment, number, one_of, only_sqlite, table, text

incident = table(
    "incident",
    key(),
    number("office_id", of="office.id"),
    text("number"),
    text("state"),
    number("version"),
    text("source"),
    blank("source_ref"),
    text("grade"),
    number("grid_id", null=True, of="grid.id"),
    number("area_id", null=True, of="area.id"),
    number("category_id", null=True, of="category.id"),
    number("rule_id", null=True, of="filing_rule.id"),
    blank("standard"),
    blank("address"),
    blank("summary"),
    text("text"),
    blank("reporter_name"),
    blank("reporter_phone"),
    text("reported_at"),
    text("recorded_at"),
    text("state_since"),
    text("due_at", null=True),
    blank("due_stage"),
    blank("due_unit"),
    number("provisional", default=0),
    text("closed_at", null=True),
    text("outcome", null=True),
    number("simple", default=0),
    text("handler_kind", null=True),
    number("handler_id", null=True),
    blank("handler_name"),
    number("rework_count", default=0),
    number("rework_total", default=0),
    number("redispatch_count", default=0),
    number("return_count", default=0),
    number("batch_id", null=True),
    text("import_key", null=True),
    blank("extra"),
    # The open request as JSON; None if there is none.
    text("request", null=True),
    number("extension_count", default=0),
    number("suspension_count", default=0),
    text("suspended_until", null=True),
    text("appeal", null=True),
    # Number of the leading case.
    text("merged_into", null=True),
    # 1 while it is open and rests in that case.
    number("resting", default=0),
    text("call_back", null=True),
    number("call_back_tries", default=0),
    number("reopen_count", default=0),
    number("urge_count", default=0),
    # Time by which the latest order must be answered; None once answered.
    text("reply_by", null=True),
    number("urged_by", null=True),
    # Highest escalation step that its running clock has reached, in per cent of the time allowed.
    number("rung", default=0),
    # Person assigned to inspect it, such as ``warden:7``, while it waits for the inspection.
    text("assignee", null=True),
    # Deadline that another system sets (12345); None if none does.
    text("outer_due_at", null=True),
    # Person on the roster who reported it; None for residents and other systems.
    number("reporter_id", null=True),
    sa.UniqueConstraint("office_id", "number"),
    one_of("state", State),
    one_of("source", Source),
    one_of("grade", Grade),
    flag("simple"),
    flag("provisional"),
    moment("reported_at"),
    moment("recorded_at"),
    moment("state_since"),
    moment("due_at", null=True),
    moment("closed_at", null=True),
    sa.CheckConstraint("(state IN ('closed', 'declined', 'voided')) = (closed_at IS NOT NULL)", name="final"),
    only_sqlite(sa.CheckConstraint("length(number) = 13 AND number NOT GLOB '*[^0-9]*'", name="number")),
    index("ix_incident_queue", "office_id", "due_at", "id", where="closed_at IS NULL AND resting = 0"),
    index("ix_incident_count", "office_id", "state", "due_at", where="closed_at IS NULL AND resting = 0"),
    index("ix_incident_closed", "office_id", "closed_at", where="closed_at IS NOT NULL"),
    index("ix_incident_reported", "office_id", "reported_at"),
    index("ix_incident_open_reported", "office_id", "reported_at", where="closed_at IS NULL AND resting = 0"),
    index(
        "ix_incident_outer",
        "office_id",
        "outer_due_at",
        where="outer_due_at IS NOT NULL AND closed_at IS NULL AND resting = 0",
    ),
    index("ix_incident_serial", sa.text("substr(number, 9)"), "number"),
    index("ix_incident_grid_open", "grid_id", where="closed_at IS NULL AND resting = 0"),
    index("ix_incident_handler_open", "handler_kind", "handler_id", where="closed_at IS NULL AND resting = 0"),
    index("ix_incident_upheld", "id", where="appeal = 'upheld'"),
    index("ix_incident_grid", "grid_id", "reported_at"),
    # Index for the duplicate search: one community, some days.
    index("ix_incident_place", "area_id", "reported_at"),
    index("ix_incident_batch", "batch_id", where="batch_id IS NOT NULL"),
    index("ix_incident_phone", "reporter_phone", "reported_at", where="reporter_phone <> ''"),
    index("ix_incident_merged", "office_id", "merged_into", where="merged_into IS NOT NULL"),
    index("ix_incident_resting", "office_id", "id", where="resting = 1"),
    index("ix_incident_call_back_due", "office_id", "closed_at", where="call_back = 'due'"),
    index("ix_incident_call_back_dissatisfied", "office_id", "closed_at", where="call_back = 'dissatisfied'"),
    index("uq_incident_import", "office_id", "import_key", unique=True, where="import_key IS NOT NULL"),
)
"""One reported matter; a projection of its ledger."""
IS_OPEN = incident.c.closed_at.is_(None) & (incident.c.resting == sa.literal_column("0"))
"""Condition of a case that somebody works on: neither over nor at rest in another one. Partial indices have these very words."""
COUNTS = (incident.c.state != sa.literal_column("'voided'")) | incident.c.batch_id.is_(None) | incident.c.import_key.is_not(None)
"""Condition of a case that lists and figures know: not one of an import that was undone. Undoing takes the import key away."""
IS_RESTING = incident.c.resting == sa.literal_column("1")
"""Condition of a case that rests in another one."""
case_link = table(
    "case_link",
    key(),
    number("first_id", of="incident.id"),
    number("second_id", of="incident.id"),
    text("verdict"),
    text("judged_at"),
    number("judged_by"),
    text("judged_name"),
    one_of("verdict", PairVerdict),
    moment("judged_at"),
    # A pair has no direction, so it is stored in one order only.
    sa.CheckConstraint("first_id < second_id", name="pair"),
    sa.UniqueConstraint("first_id", "second_id"),
    index(None, "second_id"),
)
"""Judgement of two cases: one matter, related, or unrelated. Only the latest judgement of a pair is stored."""
call_back = table(
    "call_back",
    key(),
    number("incident_id", of="incident.id"),
    text("at"),
    number("called_by"),
    text("called_name"),
    number("reached"),
    text("solved", null=True),
    text("satisfaction", null=True),
    blank("reason"),
    moment("at"),
    flag("reached"),
    one_of("solved", Solved),
    one_of("satisfaction", Satisfaction),
    only_sqlite(sa.CheckConstraint("(solved IS NOT NULL) = reached AND (satisfaction IS NOT NULL) = reached", name="answers")),
    sa.CheckConstraint("(satisfaction <> 'dissatisfied' AND solved <> 'no') OR reached = 0 OR reason <> ''", name="reason"),
    index(None, "incident_id"),
    index(None, "at"),
)
"""A call to the resident who reported a case, with the answers."""
supervision_order = table(
    "supervision_order",
    key(),
    number("incident_id", of="incident.id"),
    text("requirement"),
    text("reply_by"),
    text("ordered_at"),
    number("ordered_by"),
    text("ordered_name"),
    text("replied_at", null=True),
    number("replied_by", null=True),
    blank("replied_name"),
    blank("reply"),
    # Time at which a later order replaced it before it was answered.
    text("replaced_at", null=True),
    moment("reply_by"),
    moment("ordered_at"),
    moment("replied_at", null=True),
    sa.CheckConstraint("(replied_at IS NULL) = (replied_by IS NULL)", name="replied"),
    # Holds for plain SQL too: an operator must not answer their own order.
    sa.CheckConstraint("replied_by <> ordered_by", name="answerer"),
    index(None, "incident_id"),
    index(None, "ordered_at"),
    sa.CheckConstraint("replied_at IS NULL OR replaced_at IS NULL", name="ended"),
    index("ix_supervision_order_open", "reply_by", where="replied_at IS NULL AND replaced_at IS NULL"),
)
"""A supervision order on a case (督办), and its answer."""
alarm = table(
    "alarm",
    key(),
    number("incident_id", of="incident.id"),
    text("kind"),
    # Position of the clock, or key of the order.
    number("turn"),
    blank("stage"),
    number("rung", default=0),
    blank("allowed"),
    text("manner"),
    # Roles, separated by blanks.
    text("audience"),
    text("reached_at"),
    text("fired_at"),
    # Time from which no action is needed: the clock was stopped, or a higher step replaced it.
    text("ended_at", null=True),
    # Roles that have not acknowledged it yet, separated by blanks.
    blank("waiting"),
    # Time of the first acknowledgement.
    text("acknowledged_at", null=True),
    number("acknowledged_by", null=True),
    blank("acknowledged_name"),
    one_of("kind", AlarmKind),
    one_of("manner", Display),
    moment("reached_at"),
    moment("fired_at"),
    moment("ended_at", null=True),
    moment("acknowledged_at", null=True),
    sa.CheckConstraint("(acknowledged_at IS NULL) = (acknowledged_by IS NULL)", name="acknowledged"),
    # Each step once, whichever process evaluates: an extended limit counts as another limit.
    sa.UniqueConstraint("incident_id", "kind", "turn", "rung", "allowed"),
    index(
        "ix_alarm_live",
        "fired_at",
        where="ended_at IS NULL AND waiting <> ''",
    ),
    index("ix_alarm_board", "fired_at", where="manner = 'board' AND ended_at IS NULL"),
    index(None, "fired_at"),
)
"""An escalation step that a clock has reached, or an order that must be answered; each is notified once."""
task = table(
    "task",
    key(),
    number("incident_id", of="incident.id"),
    text("kind"),
    text("assignee_kind"),
    number("assignee_id"),
    text("assignee_name"),
    # Handler of the case at the time of the inspection: the result is about that handler, even if the case moves on.
    text("handler_kind", null=True),
    number("handler_id", null=True),
    blank("handler_name"),
    # None if the inspector was not assigned; the same holds for ``sent_by``.
    text("sent_at", null=True),
    number("sent_by", null=True),
    blank("sent_name"),
    # End of the stage's clock.
    text("due_at", null=True),
    text("ended", null=True),
    text("ended_at", null=True),
    # Operator who entered the result.
    number("done_by", null=True),
    blank("done_name"),
    text("looked_at", null=True),
    text("result", null=True),
    blank("note"),
    # File names, one per line.
    blank("photos"),
    number("in_time", null=True),
    one_of("kind", TaskKind),
    one_of("assignee_kind", AssigneeKind),
    # Holds for plain SQL too: the handler must not judge.
    sa.CheckConstraint(
        "assignee_kind <> 'warden' OR coalesce(handler_kind, '') <> 'warden' OR assignee_id <> handler_id", name="handler"
    ),
    moment("due_at", null=True),
    sa.CheckConstraint("ended IN ('done', 'resent', 'lapsed')", name="ended"),
    sa.CheckConstraint("(ended IS NULL) = (ended_at IS NULL)", name="ended_at"),
    only_sqlite(
        sa.CheckConstraint(
            "(ended IS 'done') = (result IS NOT NULL) AND (result IS NULL) = (looked_at IS NULL) AND (result IS NULL) = (in_time IS NULL)",
            name="result",
        )
    ),
    sa.CheckConstraint(
        "(kind = 'verify' AND result IN ('true', 'false')) OR (kind = 'check' AND result IN ('pass', 'fail'))", name="results"
    ),
    index("uq_task_open", "incident_id", unique=True, where="ended IS NULL"),
    index("ix_task_out", "due_at", "id", where="ended IS NULL"),
    index(None, "incident_id"),
    index(None, "due_at"),
    index(None, "ended_at"),
)
"""An inspection of a case (核实, 核查), assigned or not, with its result. A case has at most one open inspection."""
case_request = table(
    "case_request",
    key(),
    number("incident_id", of="incident.id"),
    text("kind"),
    # Name of the handler for whom it was entered.
    blank("handler"),
    text("asked_at"),
    number("asked_by"),
    text("asked_name"),
    blank("reason"),
    text("amount", null=True),
    text("until", null=True),
    number("rule_id", null=True, of="filing_rule.id"),
    # Deadline of the handling at the time of the request.
    text("due_before", null=True),
    text("opinion", null=True),
    text("opined_at", null=True),
    number("opined_by", null=True),
    blank("opined_name"),
    blank("opined_words"),
    text("decision", null=True),
    text("decided_at", null=True),
    number("decided_by", null=True),
    blank("decided_name"),
    blank("decided_words"),
    text("due_after", null=True),
    one_of("kind", RequestKind),
    moment("asked_at"),
    sa.CheckConstraint("decision IS NULL OR decision IN ('granted', 'refused', 'recalled', 'lapsed')", name="decision"),
    sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided"),
    # Holds for plain SQL too: an operator must not grant or refuse their own request.
    sa.CheckConstraint("decision NOT IN ('granted', 'refused') OR decided_by <> asked_by", name="approver"),
    index("uq_case_request_open", "incident_id", unique=True, where="decision IS NULL"),
    index(None, "incident_id"),
    index("ix_case_request_register", "kind", "asked_at"),
)
"""A request on a case, and its decision: the line of a register (台账). A case has at most one open request."""
assignment = table(
    "assignment",
    key(),
    number("incident_id", of="incident.id"),
    text("handler_kind"),
    number("handler_id"),
    text("role"),
    text("started_at"),
    text("ended_at", null=True),
    number("late", null=True),
    # Deadline of the turn.
    text("due_at", null=True),
    # How it ended, of :class:`TurnEnd`; None while it runs, or if nobody knows.
    text("ended_how", null=True),
    sa.CheckConstraint("role IN ('primary', 'cooperating')", name="role"),
    index(
        "uq_assignment_live",
        "incident_id",
        unique=True,
        where="role = 'primary' AND ended_at IS NULL",
    ),
    index(None, "incident_id"),
    index("ix_assignment_handler", "handler_kind", "handler_id", "started_at"),
    index(
        "ix_assignment_started",
        "started_at",
        "handler_kind",
        "handler_id",
        "late",
        "incident_id",
        where="role = 'primary'",
    ),
    index(
        "ix_assignment_ended",
        "ended_at",
        "handler_kind",
        "handler_id",
        "ended_how",
        "late",
        "incident_id",
        "started_at",
        where="role = 'primary' AND ended_at IS NOT NULL",
    ),
)
"""A period in which a handler has a case; at most one live primary assignment per case."""
clock = table(
    "clock",
    number("incident_id", of="incident.id", primary=True),
    number("position", primary=True),
    text("stage"),
    text("span"),
    text("started_at"),
    text("due_at"),
    number("provisional", default=0),
    blank("pauses"),
    text("halted_at", null=True),
    text("stopped_at", null=True),
    number("late", null=True),
    # Extensions granted beyond the limit, as JSON.
    blank("extensions"),
    # Highest escalation step it has reached.
    number("fired", default=0),
    # Time of the next evaluation; None if it is halted or has no step left.
    text("look_at", null=True),
    # Operator whose act ended the stage; for handling who keyed the feedback.
    number("stopped_by", null=True),
    one_of("stage", Stage),
    index("ix_clock_look_at", "look_at", where="look_at IS NOT NULL"),
    index(
        "ix_clock_handled",
        sa.text("coalesce(halted_at, stopped_at)"),
        "late",
        "incident_id",
        where="stage = 'handle'",
    ),
)
"""A measured period of a case."""
