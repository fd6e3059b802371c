"""Clocks that are due for evaluation, and the alarms of clocks and orders."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.case import Clock
from gridconsole.domain.codes import AlarmKind, Display, HandlerKind
from gridconsole.domain.states import Appeal, Role, Stage, State
from gridconsole.domain.views.alarms import Alarm
from gridconsole.store import cases, pending
from gridconsole.store.dialect.sqlite import by_no_index, insert_unless_there, instr, json_each, json_text, listed
from gridconsole.store.fact_filters import EVERY_CASE, Filter, narrowed, span_of
from gridconsole.store.tables.cases import COUNTS, IS_OPEN, alarm, clock, incident, supervision_order
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.ledger import ledger
from gridconsole.store.types import coded, instant, instant_or_none, stamp, stamp_or_none

_AT: sa.BindParameter[str] = sa.bindparam("at", type_=sa.Text)
_CASE: sa.BindParameter[int] = sa.bindparam("case", type_=sa.BigInteger)
_MOST: sa.BindParameter[int] = sa.bindparam("most", type_=sa.BigInteger)
_BOARD = word(Display.BOARD.value)
_THOSE = alarm.c.id.in_(listed("alarms"))
_CASES_OF_THOSE = sa.select(alarm.c.incident_id).where(_THOSE)
_EVALUATE_THOSE = sa.update(clock).where(*pending.RUNS, clock.c.incident_id.in_(_CASES_OF_THOSE)).values(look_at=pending.NOW)
_other = alarm.alias("other")
_TOO_SOON = (
    sa.select(supervision_order.c.id)
    .join(_other, supervision_order.c.id == _other.c.turn)
    .where(_other.c.id.in_(listed("alarms")), _other.c.kind == pending.UNANSWERED, supervision_order.c.reply_by >= pending.NOW)
)
_STILL_ORDERED = (
    sa.update(alarm)
    .where(
        alarm.c.kind == pending.ORDER,
        alarm.c.incident_id.in_(sa.select(_other.c.incident_id).where(_other.c.id.in_(listed("alarms")))),
        alarm.c.turn.in_(_TOO_SOON),
    )
    .values(ended_at=None)
)
_NOT_UNANSWERED = (
    sa.update(alarm)
    .where(_THOSE, alarm.c.kind == pending.UNANSWERED, alarm.c.turn.in_(_TOO_SOON))
    .values(ended_at=alarm.c.fired_at)
)
_NOTIFIED_NOW = (
    sa.update(alarm)
    .where(_THOSE)
    .values(fired_at=pending.NOW, ended_at=sa.case((alarm.c.ended_at == alarm.c.fired_at, pending.NOW), else_=alarm.c.ended_at))
)
_OF_OFFICE = by_no_index(incident.c.office_id) == sa.bindparam("office")
_DUE = (
    sa.select(clock.c.incident_id, clock.c.position, clock.c.fired, incident.c.number, incident.c.due_stage, *cases.CLOCK)
    .join(incident, incident.c.id == clock.c.incident_id)
    .where(clock.c.look_at <= pending.NOW, _OF_OFFICE)
    .order_by(clock.c.look_at)
    .limit(_MOST)
)
_DUE_OF_CASE = _DUE.where(clock.c.incident_id == _CASE)
_UNANSWERED = (
    sa.select(*some(supervision_order, "id incident_id reply_by"), incident.c.number)
    .join(incident, incident.c.id == supervision_order.c.incident_id)
    .where(*pending.IS_LATE, _OF_OFFICE)
    .order_by(supervision_order.c.reply_by)
    .limit(_MOST)
)
_KEEP_EVALUATION = (
    sa.update(clock)
    .where(clock.c.incident_id == _CASE, clock.c.position == sa.bindparam("place"))
    .values(fired=sa.bindparam("step"), look_at=sa.bindparam("next_check"))
)
_PUT_PERCENT = sa.update(incident).where(incident.c.id == _CASE).values(rung=sa.bindparam("step"))
_EVALUATE_RUNNING = sa.update(clock).where(*pending.RUNS).values(look_at=pending.NOW)
# Only open cases have a running clock; all clocks of the past are many.
_EVALUATE_AGAIN = _EVALUATE_RUNNING.where(clock.c.incident_id.in_(sa.select(incident.c.id).where(IS_OPEN)))
_EVALUATE_CASE_AGAIN = _EVALUATE_RUNNING.where(clock.c.incident_id == _CASE)


def _given(name: str, kind: type[sa.types.TypeEngine[Any]] = sa.Text) -> sa.BindParameter[Any]:
    return sa.bindparam(f"new_{name}", type_=kind)


# A clock that was given more time may reach the same steps again, and an answer may be missed twice: a counter (#2, #3) keeps their
# alarms apart.
_EARLIER = sa.func.count()
_NUMBERED = sa.case(
    (sa.or_(_given("kind") == pending.ORDER, _EARLIER == 0), ""),
    else_=sa.literal_column("' #'", sa.Text) + sa.cast(_EARLIER + 1, sa.Text),
)
_FIRE = insert_unless_there(
    alarm,
    "incident_id kind turn stage rung allowed manner audience waiting reached_at fired_at ended_at",
    sa.select(
        _CASE, _given("kind"), _given("turn", sa.BigInteger), _given("stage"), _given("rung", sa.BigInteger),
        _given("allowed").concat(_NUMBERED), _given("manner"), _given("audience"), _given("waiting"), _given("reached_at"),
        _given("fired_at"), _given("ended_at"),
    )
    .select_from(alarm)
    .where(
        alarm.c.incident_id == _CASE,
        alarm.c.kind == _given("kind"),
        alarm.c.turn == _given("turn", sa.BigInteger),
        alarm.c.rung == _given("rung", sa.BigInteger),
    ),
)  # fmt: skip
_NOT_ENDED = alarm.c.ended_at.is_(None)
_OF_CASE = alarm.c.incident_id == _CASE
_PLACE: sa.BindParameter[int] = sa.bindparam("place", type_=sa.BigInteger)
_END_OCCURRENCE = (
    sa.update(alarm)
    .where(
        _OF_CASE,
        alarm.c.kind == pending.STEP,
        alarm.c.turn == _PLACE,
        alarm.c.rung != sa.bindparam("step"),
        _NOT_ENDED,
        (alarm.c.manner != _BOARD) | (alarm.c.rung > sa.bindparam("stands")),
    )
    .values(ended_at=_AT)
)


@dataclass(frozen=True, slots=True)
class DueClock:
    """A clock that is due for evaluation."""

    incident: int
    number: str
    position: int
    clock: Clock
    last_step: int
    shows: bool
    """True for the clock of the case that the queue shows."""


def due_clocks(
    connection: sa.Connection, office: int, now: datetime, most: int, incident: int | None = None
) -> tuple[DueClock, ...]:
    """List the clocks that are due, longest waiting first.

    Args:
        incident: only those of this case.
    """
    query = _DUE if incident is None else _DUE_OF_CASE
    found = connection.execute(query, {"office": office, "now": stamp(now), "most": most, "case": incident}).all()
    return tuple(
        DueClock(
            incident=row.incident_id,
            number=row.number,
            position=row.position,
            clock=found_clock,
            last_step=row.fired,
            shows=found_clock.stage.value == row.due_stage,
        )
        for row in found
        for found_clock in (cases.clock_of(*row[-len(cases.CLOCK) :]),)
    )


@dataclass(frozen=True, slots=True)
class Overdue:
    """An order without its answer."""

    order: int
    incident: int
    number: str
    reply_by: datetime


def unanswered(connection: sa.Connection, office: int, now: datetime, most: int) -> tuple[Overdue, ...]:
    """List orders whose missing answer was not notified yet."""
    found = connection.execute(_UNANSWERED, {"office": office, "now": stamp(now), "most": most})
    return tuple(Overdue(row.id, row.incident_id, row.number, instant(row.reply_by)) for row in found)


_OUTER_DUE = (
    sa.select(*some(incident, "id number state outer_due_at"))
    .where(incident.c.office_id == sa.bindparam("office", type_=sa.BigInteger), *pending.IS_OUTER_DUE)
    .order_by(incident.c.outer_due_at)
    .limit(_MOST)
)


@dataclass(frozen=True, slots=True)
class OuterDue:
    """A case whose deadline in another system is near or past, with nobody notified of that yet."""

    incident: int
    number: str
    state: State
    due_at: datetime


def outer_due(connection: sa.Connection, office: int, now: datetime, most: int) -> tuple[OuterDue, ...]:
    """List open cases whose deadline in another system is near or past, and was not notified yet."""
    values = {"office": office, "now": stamp(now), "outer_horizon": stamp(now + pending.OUTER_AHEAD), "most": most}
    found = connection.execute(_OUTER_DUE, values)
    return tuple(
        OuterDue(row.id, row.number, coded(State, row.state, "incident.state"), instant(row.outer_due_at)) for row in found
    )


def keep_evaluation(connection: sa.Connection, due: DueClock, last_step: int, next_check_at: datetime | None) -> None:
    """Store the last step of a clock and the time of its next evaluation."""
    values = {"case": due.incident, "place": due.position, "step": last_step, "next_check": stamp_or_none(next_check_at)}
    connection.execute(_KEEP_EVALUATION, values)
    if due.shows and last_step != due.last_step:
        connection.execute(_PUT_PERCENT, {"case": due.incident, "step": last_step})


def evaluate_again(connection: sa.Connection, now: datetime) -> None:
    """Make every running clock due: the policy changed, or the calendar by which its steps are reached."""
    connection.execute(_EVALUATE_AGAIN, {"now": stamp(now)})


def evaluate_case_again(connection: sa.Connection, incident: int, now: datetime) -> None:
    """Make every running clock of a case due."""
    connection.execute(_EVALUATE_CASE_AGAIN, {"now": stamp(now), "case": incident})


def set_right(connection: sa.Connection, now: datetime) -> None:
    """Repair alarms that a machine with a fast clock has given.

    Their clocks become due, the alarms they ended are pending again, and orders whose answer is not late yet wait as before. The
    repaired alarms are dated now.
    """
    ahead = connection.execute(pending.AHEAD_ALARMS, {"now": stamp(now), "horizon": stamp(now + pending.AHEAD)}).scalars().all()
    if not ahead:
        return
    values = {"now": stamp(now), "horizon": stamp(now + pending.AHEAD), "alarms": json.dumps(list(ahead))}
    for query in (_EVALUATE_THOSE, _REVIVE_AHEAD, _STILL_ORDERED, _NOT_UNANSWERED, _NOTIFIED_NOW):
        connection.execute(query, values)


@dataclass(frozen=True, slots=True)
class NewAlarm:
    """An alarm to write."""

    incident: int
    kind: AlarmKind
    occurrence: int
    """Position of the clock in its case, or key of the order."""
    display: Display
    audience: Collection[Role]
    reached_at: datetime
    stage: Stage | None = None
    percent: int = 0
    allowed: str = ""
    """The clock's whole allowance, encoded."""
    is_over: bool = False
    """A higher step was reached by the same evaluation."""


def fire(connection: sa.Connection, new: NewAlarm, at: datetime) -> bool:
    """Insert an alarm unless it is there already. Returns whether it is new."""
    audience = " ".join(sorted(role.value for role in new.audience))
    done = connection.execute(_FIRE, {
        "case": new.incident, "new_kind": new.kind.value, "new_turn": new.occurrence,
        "new_stage": new.stage.value if new.stage else "", "new_rung": new.percent, "new_allowed": new.allowed,
        "new_manner": new.display.value, "new_audience": audience, "new_waiting": audience if new.display.notifies else "",
        "new_reached_at": stamp(new.reached_at), "new_fired_at": stamp(at), "new_ended_at": stamp(at) if new.is_over else None,
    })  # fmt: skip
    return done.rowcount == 1


def end_outer(connection: sa.Connection, incident: int, percent: int, at: datetime) -> None:
    """End the other alarms about a case's deadline in another system."""
    values = {"case": incident, "place": pending.OUTER_POSITION, "step": percent, "stands": percent, "at": stamp(at)}
    connection.execute(_END_OCCURRENCE, values)


def end_others(connection: sa.Connection, due: DueClock, percent: int, reached: int, at: datetime) -> None:
    """End the alarms of other steps of a clock; lines on the board stay.

    Args:
        percent: the step that is notified now; 0 for none.
        reached: percentage of the highest step reached.
    """
    values = {"case": due.incident, "place": due.position, "step": percent, "stands": reached, "at": stamp(at)}
    connection.execute(_END_OCCURRENCE, values)


_IS_PENDING = (_NOT_ENDED, alarm.c.waiting != word(""))
_PENDING = sa.select(alarm.c.waiting).where(_OF_CASE, alarm.c.kind == pending.STEP, alarm.c.turn == _PLACE, *_IS_PENDING)


def pending_roles(connection: sa.Connection, due: DueClock) -> set[Role]:
    """Return the roles that have not yet acknowledged this clock's notifications."""
    found = connection.execute(_PENDING, {"case": due.incident, "place": due.position}).scalars()
    return {Role(name) for waiting in found for name in waiting.split()}


_THIS: sa.ColumnElement[bool] = alarm.c.id == sa.bindparam("alarm")
_AUDIENCES = sa.select(alarm.c.id, alarm.c.audience).where(*_IS_PENDING)
_MORE = sa.literal_column("' '", sa.Text).concat(sa.bindparam("roles", type_=sa.Text))
_NOTIFY_ALSO = (
    sa.update(alarm).where(_THIS).values(waiting=alarm.c.waiting.concat(_MORE), audience=alarm.c.audience.concat(_MORE))
)


def audiences(connection: sa.Connection) -> dict[int, frozenset[Role]]:
    """Return the notified roles of each pending alarm, by its key."""
    return {row.id: frozenset(map(Role, row.audience.split())) for row in connection.execute(_AUDIENCES)}


def notify_also(connection: sa.Connection, key: int, roles: Collection[Role]) -> None:
    """Add roles to the recipients of an alarm; none of them may be a recipient already."""
    connection.execute(_NOTIFY_ALSO, {"alarm": key, "roles": " ".join(sorted(role.value for role in roles))})


# --- what an act does to them -----------------------------------------------------------------------------------

_END = sa.update(alarm).where(_OF_CASE, _NOT_ENDED).values(ended_at=_AT)
_END_OUTER = _END.where(
    alarm.c.kind == pending.STEP,
    alarm.c.turn == sa.literal_column(str(pending.OUTER_POSITION)),
    # The case is over, it rests, or its deadline was moved.
    ~sa.exists().where(
        incident.c.id == alarm.c.incident_id,
        IS_OPEN,
        sa.func.substr(alarm.c.allowed, 1, sa.func.length(incident.c.outer_due_at)) == incident.c.outer_due_at,
    ),
)
_END_OF_STOPPED = _END.where(
    alarm.c.kind == pending.STEP,
    alarm.c.turn != sa.literal_column(str(pending.OUTER_POSITION)),
    ~sa.exists().where(
        clock.c.incident_id == alarm.c.incident_id, clock.c.position == alarm.c.turn, clock.c.stopped_at.is_(None)
    ),
)
_END_ORDERS = _END.where(alarm.c.kind.in_([pending.ORDER, pending.UNANSWERED]))
_HIGHEST_STEP = (
    sa.select(sa.func.max(clock.c.fired))
    .where(clock.c.incident_id == incident.c.id, clock.c.stage == incident.c.due_stage, clock.c.stopped_at.is_(None))
    .scalar_subquery()
)
_SHOW_PERCENT = sa.update(incident).where(incident.c.id.in_(listed("cases"))).values(rung=sa.func.coalesce(_HIGHEST_STEP, 0))
_LIVE_OF_CASE = sa.select(alarm.c.id).where(_OF_CASE, *_IS_PENDING, alarm.c.kind != pending.ORDER)
_WAITING = sa.select(alarm.c.waiting).where(_THIS, _NOT_ENDED)
_BY_NAME = sa.case((alarm.c.acknowledged_at.is_(None), sa.bindparam("name", type_=sa.Text)), else_=alarm.c.acknowledged_name)
_ACKNOWLEDGE = (
    sa.update(alarm)
    .where(_THIS)
    .values(
        waiting=sa.bindparam("left"),
        acknowledged_at=sa.func.coalesce(alarm.c.acknowledged_at, _AT),
        acknowledged_by=sa.func.coalesce(alarm.c.acknowledged_by, sa.bindparam("by", type_=sa.BigInteger)),
        acknowledged_name=_BY_NAME,
    )
)


def end_of_stopped(connection: sa.Connection, incident: int, at: datetime) -> None:
    """End the alarms of a case's stopped clocks, and those of another system's deadline that no longer counts."""
    for query in (_END_OF_STOPPED, _END_OUTER):
        connection.execute(query, {"case": incident, "at": stamp(at)})


def show_percent(connection: sa.Connection, cases_changed: Collection[int]) -> None:
    """Show the step of the running clock of each case in the queue."""
    if cases_changed:
        connection.execute(_SHOW_PERCENT, {"cases": json.dumps(list(cases_changed))})


_SEQ: sa.BindParameter[int] = sa.bindparam("seq", type_=sa.BigInteger)
_FACTS = ledger.c.facts
_OFFICE_OF_CASE = sa.select(incident.c.office_id).where(incident.c.id == _CASE).scalar_subquery()
_THIS_ENTRY = (ledger.c.office_id == _OFFICE_OF_CASE, ledger.c.seq == _SEQ, ledger.c.subject_id == _CASE)
_OF_ENTRY = (
    sa.select(alarm.c.id)
    .join_from(alarm, ledger, sa.and_(*_THIS_ENTRY))
    .where(
        _OF_CASE,
        alarm.c.kind == json_text(_FACTS, "kind"),
        alarm.c.rung == sa.func.coalesce(sa.cast(json_text(_FACTS, "rung"), sa.Integer), 0),
        alarm.c.stage == sa.func.coalesce(json_text(_FACTS, "stage"), ""),
        alarm.c.reached_at == sa.bindparam("reached"),
    )
    .order_by(alarm.c.id.desc())
    .limit(sa.literal_column("1"))
)
_REACHED = sa.select(json_text(_FACTS, "reached_at")).where(*_THIS_ENTRY)
_REMOVE = sa.delete(alarm).where(_THIS)
_STEPS_LEFT = (
    sa.select(sa.func.max(alarm.c.rung))
    .where(alarm.c.incident_id == clock.c.incident_id, alarm.c.kind == pending.STEP, alarm.c.turn == clock.c.position)
    .scalar_subquery()
)
_STEP_BACK = (
    sa.update(clock)
    .where(clock.c.incident_id == _CASE, clock.c.stopped_at.is_(None))
    .values(fired=sa.func.coalesce(_STEPS_LEFT, 0), look_at=sa.case((clock.c.halted_at.is_(None), _AT)))
)
_STILL_ASKED = sa.exists().where(*pending.OF_CLOCK, clock.c.stopped_at.is_(None)) | sa.exists().where(
    *pending.OF_ORDER, *pending.OPEN_ORDER
)
"""Condition: the clock or the order of an alarm still runs or waits."""
_REVIVE = sa.update(alarm).where(_OF_CASE, alarm.c.ended_at == _AT, _STILL_ASKED).values(ended_at=None)
_REVIVE_AHEAD = (
    sa.update(alarm)
    .where(
        alarm.c.ended_at > pending.HORIZON,
        alarm.c.fired_at <= pending.HORIZON,
        alarm.c.incident_id.in_(sa.select(_other.c.incident_id).where(_other.c.id.in_(listed("alarms")))),
        _STILL_ASKED,
    )
    .values(ended_at=None)
)


def of_entry(connection: sa.Connection, incident: int, seq: int) -> int | None:
    """Return the key of the alarm that an entry about an escalation step created; None if that alarm no longer exists."""
    reached = connection.execute(_REACHED, {"seq": seq, "case": incident}).scalar()
    if reached is None:
        return None
    values = {"seq": seq, "case": incident, "reached": stamp(datetime.fromisoformat(reached))}
    return connection.execute(_OF_ENTRY, values).scalar()


def remove(connection: sa.Connection, key: int) -> None:
    """Remove an alarm that was given at a wrong time; its entry stays in the ledger, and another entry records the removal."""
    connection.execute(_REMOVE, {"alarm": key})


def revive(connection: sa.Connection, incident: int, at: datetime) -> None:
    """Make alarms of a case pending again that an evaluation at this moment ended, unless their clock has stopped since.

    Call it after :func:`remove`, so that the alarms given by that evaluation are gone.
    """
    connection.execute(_REVIVE, {"case": incident, "at": stamp(at)})


def step_back(connection: sa.Connection, incident: int, at: datetime) -> None:
    """Set the clocks of a case back to the steps whose alarms are left, and make the running ones due for evaluation."""
    connection.execute(_STEP_BACK, {"case": incident, "at": stamp(at)})
    show_percent(connection, [incident])


def _stand_again() -> sa.Update:
    live, old = clock.alias("live"), clock.alias("old")
    turns = (
        sa.select(live.c.position.label("new"), old.c.position.label("old"), old.c.stopped_at.label("stopped"))
        .join(
            old,
            sa.and_(
                old.c.incident_id == live.c.incident_id,
                old.c.stage == live.c.stage,
                old.c.started_at == live.c.started_at,
                old.c.position < live.c.position,
            ),
        )
        .where(live.c.incident_id == _CASE, live.c.stopped_at.is_(None))
        .order_by(old.c.position.desc())
        .limit(sa.literal_column("1"))
        .cte("turns")
    )
    new, before, stopped = (sa.select(turns.c[name]).scalar_subquery() for name in ("new", "old", "stopped"))
    notifying = [word(display.value) for display in (Display.NOTICE, Display.ALARM)]
    highest = (
        sa.select(sa.func.max(_other.c.rung))
        .where(
            _other.c.incident_id == _CASE, _other.c.kind == pending.STEP, _other.c.manner.in_(notifying), _other.c.turn == before
        )
        .scalar_subquery()
    )
    return (
        sa.update(alarm)
        .where(
            _OF_CASE,
            alarm.c.kind == pending.STEP,
            alarm.c.turn == before,
            alarm.c.ended_at >= stopped,
            (alarm.c.manner == _BOARD) | (alarm.c.manner.in_(notifying) & (alarm.c.rung == highest)),
        )
        .values(turn=new, ended_at=None, waiting=sa.case((alarm.c.manner == _BOARD, ""), else_=alarm.c.audience))
    )


_STAND_AGAIN = _stand_again()


def stand_again(connection: sa.Connection, incident: int) -> None:
    """Revive the alarms of a reopened case: its last step is pending again, and its line is back on the board."""
    connection.execute(_STAND_AGAIN, {"case": incident})


def end_orders(connection: sa.Connection, incident: int, at: datetime) -> None:
    """End the alarms of a case's orders: they were answered or replaced."""
    connection.execute(_END_ORDERS, {"case": incident, "at": stamp(at)})


def answered_by(connection: sa.Connection, incident: int, by: int, name: str, roles: Collection[Role], at: datetime) -> None:
    """Acknowledge a case's alarms for the operator who acts on it."""
    for row in connection.execute(_LIVE_OF_CASE, {"case": incident}).all():
        acknowledge(connection, row.id, by=by, name=name, roles=roles, at=at)


def acknowledge(connection: sa.Connection, key: int, by: int, name: str, roles: Collection[Role], at: datetime) -> bool:
    """Record that an operator acknowledged an alarm for their own roles.

    Returns False if none of those roles was still pending. The first operator is kept as the one who acknowledged.
    """
    waiting = set((connection.execute(_WAITING, {"alarm": key}).scalar() or "").split())
    left = waiting - {role.value for role in roles}
    if left == waiting:
        return False
    values = {"alarm": key, "by": by, "name": name, "at": stamp(at), "left": " ".join(sorted(left))}
    connection.execute(_ACKNOWLEDGE, values)
    return True


# --- reading ----------------------------------------------------------------------------------------------------


_ALARMS = (
    sa.select(
        *some(alarm, "id incident_id kind stage rung manner audience waiting reached_at fired_at ended_at acknowledged_at"),
        alarm.c.acknowledged_name,
        sa.func.coalesce(supervision_order.c.reply_by, clock.c.due_at, incident.c.outer_due_at).label("due_at"),
        *some(incident, "number handler_kind handler_id handler_name"),
    )
    .select_from(
        alarm.join(incident, incident.c.id == alarm.c.incident_id)
        .outerjoin(clock, sa.and_(*pending.OF_CLOCK))
        .outerjoin(supervision_order, sa.and_(*pending.OF_ORDER))
    )
    .where(_OF_OFFICE)
)
_IN_ORDER = (alarm.c.fired_at, alarm.c.id)
_FIRST: sa.BindParameter[str] = sa.bindparam("first", type_=sa.Text)
_LAST: sa.BindParameter[str] = sa.bindparam("last", type_=sa.Text)
# Muted while the clock is halted.
_LIVE_ALL = _ALARMS.where(*_IS_PENDING, (alarm.c.kind != pending.STEP) | sa.and_(*pending.RUNS)).order_by(*_IN_ORDER).limit(_MOST)
_role = json_each(sa.bindparam("roles", type_=sa.Text)).table_valued("value")
_BLANK = sa.literal_column("' '", sa.Text)
_LIVE_FOR = _LIVE_ALL.where(
    sa.exists(sa.select(_role.c.value).where(instr(_BLANK + alarm.c.waiting + _BLANK, _BLANK + _role.c.value + _BLANK) > 0))
    | sa.and_(
        alarm.c.kind == pending.STEP,
        incident.c.handler_kind == HandlerKind.WARDEN.value,
        incident.c.handler_id == sa.bindparam("warden", type_=sa.BigInteger),
    )
)
_BY_ID = _ALARMS.where(_THIS)
_BETWEEN = _ALARMS.where(alarm.c.fired_at >= _FIRST, alarm.c.fired_at < _LAST, COUNTS).order_by(*_IN_ORDER)
# Two indices find those given in the period and those that are not over: never all alarms of the past.
_BOARD_KEYS = sa.union_all(
    sa.select(_other.c.id).where(_other.c.manner == _BOARD, _other.c.fired_at >= _FIRST, _other.c.fired_at < _LAST),
    sa.select(_other.c.id).where(_other.c.manner == _BOARD, _other.c.ended_at.is_(None), _other.c.fired_at < _LAST),
)
_ON_BOARD = _ALARMS.where(
    alarm.c.id.in_(_BOARD_KEYS),
    (alarm.c.fired_at >= _FIRST) | IS_OPEN,
    COUNTS,
    incident.c.appeal.is_distinct_from(word(Appeal.UPHELD.value)),
).order_by(alarm.c.reached_at, alarm.c.id)


def live(
    connection: sa.Connection, office: int, most: int, roles: Collection[Role] | None = None, warden: int | None = None
) -> tuple[Alarm, ...]:
    """List pending alarms, oldest first; those of halted clocks are left out.

    Args:
        roles: only alarms that are pending for these roles, or for the warden who handles the case.
    """
    values: dict[str, Any] = {"office": office, "most": most}
    if roles is None:
        return tuple(map(_alarm, connection.execute(_LIVE_ALL, values)))
    values |= {"roles": json.dumps(sorted(role.value for role in roles)), "warden": warden}
    return tuple(map(_alarm, connection.execute(_LIVE_FOR, values)))


def by_id(connection: sa.Connection, office: int, key: int) -> Alarm | None:
    """Return an alarm by its key."""
    row = connection.execute(_BY_ID, {"office": office, "alarm": key}).first()
    return None if row is None else _alarm(row)


def between(
    connection: sa.Connection, office: int, first: datetime, last: datetime, where: Filter = EVERY_CASE
) -> tuple[Alarm, ...]:
    """List the alarms given in a half-open span of time, oldest first."""
    return tuple(map(_alarm, connection.execute(narrowed(_BETWEEN, incident.c.id, where), span_of(office, first, last, where))))


def on_board(
    connection: sa.Connection, office: int, first: datetime, last: datetime, where: Filter = EVERY_CASE
) -> tuple[Alarm, ...]:
    """List the alarms that put a case on the board in a span of time, and those still there, in the order they were reached."""
    return tuple(map(_alarm, connection.execute(narrowed(_ON_BOARD, incident.c.id, where), span_of(office, first, last, where))))


def _alarm(row: Any) -> Alarm:
    return Alarm(
        id=row.id,
        incident=row.incident_id,
        number=row.number,
        kind=coded(AlarmKind, row.kind, "alarm.kind"),
        stage=coded(Stage, row.stage, "alarm.stage") if row.stage else None,
        percent=row.rung,
        display=coded(Display, row.manner, "alarm.manner"),
        audience=frozenset(map(Role, row.audience.split())),
        waiting=frozenset(map(Role, row.waiting.split())),
        reached_at=instant(row.reached_at),
        notified_at=instant(row.fired_at),
        ended_at=instant_or_none(row.ended_at),
        acknowledged_at=instant_or_none(row.acknowledged_at),
        acknowledged_by=row.acknowledged_name,
        due_at=instant_or_none(row.due_at),
        handler_kind=row.handler_kind or "",
        handler_id=row.handler_id,
        handler=row.handler_name,
    )
