"""Pending work of whichever program runs next: staged imports, suspended cases, clocks, alarms."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from gridconsole.domain.codes import AlarmKind
from gridconsole.domain.post_handover import HandoverState, HandoverWhy
from gridconsole.domain.roster import Half
from gridconsole.store.tables.cases import IS_OPEN, alarm, clock, incident, supervision_order
from gridconsole.store.tables.columns import word
from gridconsole.store.tables.facts import fact_due
from gridconsole.store.tables.imports import import_stage
from gridconsole.store.tables.office import office
from gridconsole.store.tables.roster import employment, leave, post_handover
from gridconsole.store.types import stamp

NOW: sa.BindParameter[str] = sa.bindparam("now", type_=sa.Text)
HORIZON: sa.BindParameter[str] = sa.bindparam("horizon", type_=sa.Text)
STEP, ORDER, UNANSWERED = (word(kind.value) for kind in (AlarmKind.LADDER, AlarmKind.ORDER, AlarmKind.UNANSWERED))
OPEN_ORDER = (supervision_order.c.replied_at.is_(None), supervision_order.c.replaced_at.is_(None))
RUNS = (clock.c.stopped_at.is_(None), clock.c.halted_at.is_(None))
OF_CLOCK = (alarm.c.kind == STEP, clock.c.incident_id == alarm.c.incident_id, clock.c.position == alarm.c.turn)
OF_ORDER = (alarm.c.kind != STEP, supervision_order.c.id == alarm.c.turn)

# Only clocks that run and orders that wait count; the others are history. If the machine's time is before the office was created,
# the machine's time is wrong, and no alarm counts as dated ahead.
AHEAD_ALARMS = sa.select(alarm.c.id).where(
    alarm.c.fired_at > HORIZON,
    sa.exists().where(office.c.created_at <= NOW),
    sa.exists().where(*OF_CLOCK, *RUNS) | sa.exists().where(*OF_ORDER, *OPEN_ORDER),
)
OUTER_POSITION = 0
"""Position of the alarms about another system's deadline; clocks are counted from 1."""
OUTER_AHEAD = timedelta(hours=4)
"""Time before another system's deadline at which its approach is notified."""
OUTER_NEAR, OUTER_PAST = 90, 100
"""Steps of such a deadline: near, and past."""
_notified = alarm.alias("notified")
_STEP_NOW = sa.case(
    (incident.c.outer_due_at <= NOW, sa.literal_column(str(OUTER_PAST))), else_=sa.literal_column(str(OUTER_NEAR))
)
IS_OUTER_DUE = (
    IS_OPEN,
    incident.c.outer_due_at.is_not(None),
    incident.c.outer_due_at <= sa.bindparam("outer_horizon", type_=sa.Text),
    ~sa.exists().where(
        _notified.c.incident_id == incident.c.id,
        _notified.c.kind == STEP,
        _notified.c.turn == sa.literal_column(str(OUTER_POSITION)),
        _notified.c.rung >= _STEP_NOW,
        # A deadline that was moved is another one; a counter may follow it.
        sa.func.substr(_notified.c.allowed, 1, sa.func.length(incident.c.outer_due_at)) == incident.c.outer_due_at,
    ),
)
"""Conditions: an open case whose deadline in another system is near or past, with nobody notified of that yet."""
IS_LATE = (
    *OPEN_ORDER,
    supervision_order.c.reply_by < NOW,
    ~sa.exists().where(
        alarm.c.incident_id == supervision_order.c.incident_id,
        alarm.c.kind == UNANSWERED,
        alarm.c.turn == supervision_order.c.id,
        alarm.c.fired_at > supervision_order.c.reply_by,
    ),
)
"""Conditions: an order whose missing answer was not notified yet."""
# A file has one office.
_THE_OFFICE = sa.select(sa.func.min(office.c.id)).scalar_subquery()
_ANY_DUE = sa.select(
    sa.exists().where(clock.c.look_at <= NOW)
    | sa.exists(sa.select(supervision_order.c.id).where(*IS_LATE))
    | sa.exists(AHEAD_ALARMS)
    | sa.exists(sa.select(incident.c.id).where(incident.c.office_id == _THE_OFFICE, *IS_OUTER_DUE))
)
AHEAD = timedelta(minutes=10)
"""An alarm dated further ahead than this was given while the machine's clock ran ahead."""


def any_due(connection: sa.Connection, now: datetime) -> bool:
    """Return whether a clock or another system's deadline is due, an answer is missing, or an alarm is dated ahead of the clock."""
    values = {"now": stamp(now), "horizon": stamp(now + AHEAD), "outer_horizon": stamp(now + OUTER_AHEAD)}
    return bool(connection.execute(_ANY_DUE, values).scalar_one())


_DUE_BACK = (
    sa.select(incident.c.number)
    .where(
        incident.c.office_id == sa.bindparam("office"),
        IS_OPEN,
        incident.c.state == word("suspended"),
        incident.c.suspended_until <= sa.bindparam("day"),
    )
    .order_by(incident.c.suspended_until, incident.c.id)
)


def due_back(connection: sa.Connection, office: int, today: date) -> tuple[str, ...]:
    """Return the suspended cases whose day of resumption has come."""
    return tuple(row.number for row in connection.execute(_DUE_BACK, {"office": office, "day": today.isoformat()}))


_HALF = sa.bindparam("half", type_=sa.Text)
_OF_LENDER = (
    leave.c.person_id == post_handover.c.person_id,
    leave.c.replaced_by.is_(None),
    leave.c.last_half >= post_handover.c.on_day,
)
_LENT_BACK = (
    sa.select(post_handover.c.id)
    .where(
        post_handover.c.office_id == sa.bindparam("office"),
        post_handover.c.why == word(HandoverWhy.LEAVE.value),
        post_handover.c.state == word(HandoverState.DONE.value),
        sa.exists().where(*_OF_LENDER, leave.c.last_half < _HALF),
        ~sa.exists().where(*_OF_LENDER, leave.c.last_half >= _HALF),
        sa.exists().where(
            employment.c.person_id == post_handover.c.person_id,
            employment.c.replaced_by.is_(None),
            employment.c.starts_on.is_(None) | (employment.c.starts_on <= _HALF),
            employment.c.ends_on.is_(None) | (employment.c.ends_on > _HALF),
        ),
    )
    .order_by(post_handover.c.id)
)


def lent_back(connection: sa.Connection, office: int, now: Half) -> tuple[int, ...]:
    """Return the handovers for a leave that is over: numbers of those whose lent cases go back. No further leave may follow."""
    return tuple(row.id for row in connection.execute(_LENT_BACK, {"office": office, "half": str(now)}))


_STAGED = sa.select(sa.exists(sa.select(sa.literal_column("1")).select_from(import_stage)))


def is_import_staged(connection: sa.Connection) -> bool:
    """Return whether an import is decided and not yet written to its end."""
    return bool(connection.execute(_STAGED).scalar_one())


_FACTS_WAIT = sa.select(sa.exists(sa.select(sa.literal_column("1")).select_from(fact_due)))


def facts_wait(connection: sa.Connection) -> bool:
    """Return whether cases wait for their facts to be written."""
    return bool(connection.execute(_FACTS_WAIT).scalar_one())
