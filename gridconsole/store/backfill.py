"""Columns that a later program added, as the ledger tells them: who ended a stage, how a handler's turn ended, and until when it had time.

The migration fills old rows with these expressions, and verification expects them of a case on which nobody has acted since.
"""

from __future__ import annotations

import sqlalchemy as sa

from gridconsole.domain.codes import TurnEnd
from gridconsole.domain.states import STAGE_OF, Stage, State
from gridconsole.store.dialect.sqlite import instr
from gridconsole.store.tables.cases import assignment, clock
from gridconsole.store.tables.columns import word
from gridconsole.store.tables.ledger import ledger

_FEEDBACK, _REDISPATCH = "feedback", "redispatch"
_entry, _later, _clock, _other = ledger.alias("entry"), ledger.alias("later"), clock.alias("of_case"), assignment.alias("other")
_NOTHING: sa.ColumnElement[str] = sa.cast(sa.null(), sa.Text)


def _says(entry: sa.FromClause, fact: str, state: State) -> sa.ColumnElement[bool]:
    """Return whether the facts of an entry name a state that the case left (``from``) or took (``to``)."""
    return instr(entry.c.facts, sa.literal_column(f'\'"{fact}":"{state.value}"\'', sa.Text)) > 0


def _leaves(entry: sa.FromClause, state: State) -> sa.ColumnElement[bool]:
    return sa.and_(_says(entry, "from", state), sa.not_(_says(entry, "to", state)))


def _last(of: sa.FromClause, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    """Return the number of the last entry of a row's case that meets conditions."""
    of_case = (_later.c.subject_kind == word("incident"), _later.c.subject_id == of.c.incident_id)
    return sa.select(sa.func.max(_later.c.seq)).where(*of_case, *conditions).correlate(of).scalar_subquery()


def _operator_of(of: sa.FromClause, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int | None]:
    of_case = (_entry.c.subject_kind == word("incident"), _entry.c.subject_id == of.c.incident_id)
    return sa.select(_entry.c.operator_id).where(*of_case, _entry.c.seq == _last(of, *conditions)).correlate(of).scalar_subquery()


def stopped_by(of: sa.FromClause) -> sa.ColumnElement[int | None]:
    """Return the operator whose act ended the stage of a clock: for handling who keyed the last feedback."""
    stages = {stage: [state for state in State if STAGE_OF.get(state) is stage] for stage in Stage if stage is not Stage.HANDLE}
    left = [
        (
            sa.and_(of.c.stage == word(stage.value), of.c.stopped_at.is_not(None)),
            _operator_of(of, _later.c.at == of.c.stopped_at, sa.or_(*(_leaves(_later, state) for state in states))),
        )
        for stage, states in stages.items()
        if states
    ]
    feedback = (_later.c.action == word(_FEEDBACK), _later.c.at >= of.c.started_at)
    halted = sa.and_(of.c.stage == word(Stage.HANDLE.value), of.c.late.is_not(None))
    return sa.case(*left, (halted, _operator_of(of, *feedback)), else_=sa.cast(sa.null(), sa.BigInteger))


def ended_how(of: sa.FromClause) -> sa.ColumnElement[str | None]:
    """Return how a handler's turn ended, by the act at its end; none while it runs or rests with a suspended case."""
    how = sa.case(
        (_entry.c.action == word(_FEEDBACK), word(TurnEnd.FED_BACK.value)),
        (_entry.c.action == word(_REDISPATCH), word(TurnEnd.REDISPATCHED.value)),
        (_says(_entry, "to", State.SUSPENDED), _NOTHING),
        (_says(_entry, "to", State.TO_DISPATCH), word(TurnEnd.RETURNED.value)),
        else_=word(TurnEnd.WITHDRAWN.value),
    )
    redispatched = sa.and_(_later.c.action == word(_REDISPATCH), _says(_later, "from", State.HANDLING))
    last = _last(of, _later.c.at == of.c.ended_at, sa.or_(_leaves(_later, State.HANDLING), redispatched))
    of_case = (_entry.c.subject_kind == word("incident"), _entry.c.subject_id == of.c.incident_id)
    return sa.select(how).where(*of_case, _entry.c.seq == last).correlate(of).scalar_subquery()


def due_at(of: sa.FromClause) -> sa.ColumnElement[str | None]:
    """Return the deadline of a handler's turn: that of the handling clock, if the case had one turn and one such clock."""
    of_case = (_clock.c.incident_id == of.c.incident_id, _clock.c.stage == word(Stage.HANDLE.value))
    turns = (
        sa.select(sa.func.count()).where(_other.c.incident_id == of.c.incident_id, _other.c.role == word("primary")).correlate(of)
    )
    one = sa.literal_column("1", sa.Integer)
    due = sa.select(sa.case((sa.func.count() == one, sa.func.max(_clock.c.due_at)), else_=_NOTHING)).where(*of_case).correlate(of)
    return sa.case((turns.scalar_subquery() == one, due.scalar_subquery()), else_=_NOTHING)


FILLED: tuple[sa.Update, ...] = (
    sa.update(clock).values(stopped_by=stopped_by(clock)),
    sa.update(assignment).values(due_at=due_at(assignment), ended_how=ended_how(assignment)),
)
"""Statements that fill the columns of rows written before."""
