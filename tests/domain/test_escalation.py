"""The ladder: when a clock climbs which rung, what is one alarm, and that a clock that stands still climbs nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from casebook import CALENDAR, MONDAY_NINE
from clock_oracle import active_time
from hypothesis import given
from hypothesis import strategies as st

from gridconsole.domain.case import Clock, start_clock
from gridconsole.domain.catalogue import Limit
from gridconsole.domain.clock import Pause
from gridconsole.domain.codes import Display, Unit
from gridconsole.domain.errors import BadValue
from gridconsole.domain.escalation import (
    HANDLING_POLICY,
    STAGE_POLICY,
    EscalationStep,
    Occurrence,
    Policies,
    decode,
    encode,
    evaluate,
    moment,
    most_within,
    raised,
)
from gridconsole.domain.states import Role, Stage

FOUR_HOURS = Limit(Decimal(4), Unit.WORK_HOUR)
LIMITS = st.one_of(
    st.builds(Limit, st.integers(1, 40).map(Decimal), st.just(Unit.WORK_HOUR)),
    st.builds(Limit, st.integers(1, 90).map(Decimal), st.just(Unit.URGENT_HOUR)),
    st.builds(Limit, st.integers(1, 20).map(Decimal), st.sampled_from([Unit.WORK_DAY, Unit.NATURAL_DAY])),
)
STARTS = st.integers(0, 60 * 24 * 300).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


def handling(limit: Limit = FOUR_HOURS, at: datetime = MONDAY_NINE) -> Clock:
    return start_clock(Stage.HANDLE, limit, at, CALENDAR)


def at(hours: float) -> datetime:
    """So many hours of wall time after nine on Monday."""
    return MONDAY_NINE + timedelta(hours=hours)


def percents(clock: Clock, last_step: int, now: datetime) -> list[int]:
    return [step.percent for step, _ in evaluate(clock, last_step, HANDLING_POLICY, now, CALENDAR).new]


def test_four_work_hours_from_nine_are_half_over_at_eleven_and_the_lunch_break_counts_for_nothing() -> None:
    clock = handling()
    assert clock.due_at == at(6)  # 9-12 and 14-15
    assert [moment(clock, percent, CALENDAR) for percent in (50, 75, 90, 100, 150)] == [at(2), at(3), at(5.6), at(6), at(8)]


def test_each_step_is_reached_once_and_the_last_moment_is_still_in_time() -> None:
    clock = handling()
    assert percents(clock, 0, at(1.99)) == []
    assert percents(clock, 0, at(2)) == [50]
    assert percents(clock, 50, at(5.6)) == [75, 90]
    assert percents(clock, 90, clock.due_at) == []
    found = evaluate(clock, 90, HANDLING_POLICY, clock.due_at, CALENDAR)
    assert found.next_check_at == clock.due_at + timedelta(microseconds=1)
    assert percents(clock, 90, clock.due_at + timedelta(microseconds=1)) == [100]
    assert evaluate(clock, 100, HANDLING_POLICY, at(6.5), CALENDAR).new == ()


def test_what_was_passed_while_nobody_looked_is_notified_step_by_step_with_its_own_moment() -> None:
    found = evaluate(handling(), 0, HANDLING_POLICY, at(24 * 30), CALENDAR)
    assert [step.percent for step, _ in found.new] == [50, 75, 90, 100, 150, 300]
    moments = [reached for _, reached in found.new]
    assert moments == sorted(moments)
    assert found.next_check_at is None
    assert found.reached == 300


def test_a_clock_that_stands_still_or_has_stopped_reaches_nothing() -> None:
    running = handling()
    for clock in (running.pause(at(1)), running.halt(at(1)), running.stop(at(1))):
        found = evaluate(clock, 0, HANDLING_POLICY, at(24 * 30), CALENDAR)
        assert (found.new, found.next_check_at, found.reached) == ((), None, 0)


def test_a_clock_that_was_given_more_time_stands_lower_and_reaches_again() -> None:
    clock = handling().extend(FOUR_HOURS, CALENDAR)
    found = evaluate(clock, 90, HANDLING_POLICY, at(5.7), CALENDAR)
    assert found.reached == 0
    assert found.new == ()
    assert percents(clock, found.reached, at(6.1)) == [50]


def test_a_pause_moves_every_step_behind_it_and_none_before() -> None:
    whole = handling()
    paused = whole.pause(at(2.5)).resume(at(24 + 2.5), CALENDAR)
    assert moment(paused, 50, CALENDAR) == moment(whole, 50, CALENDAR)
    assert moment(paused, 75, CALENDAR) == at(24 + 3)
    assert moment(paused, 100, CALENDAR) == paused.due_at


@given(STARTS, LIMITS, st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 5000)), max_size=3), st.integers(1, 400))
def test_the_moment_of_a_share_is_when_so_much_of_the_allowance_has_run(
    start: datetime, limit: Limit, stretches: list[tuple[int, int]], percent: int
) -> None:
    pauses = tuple(
        Pause(start + timedelta(minutes=begin), start + timedelta(minutes=begin + length)) for begin, length in stretches
    )
    clock = start_clock(Stage.HANDLE, limit, start, CALENDAR, pauses)
    when = moment(clock, percent, CALENDAR)
    if percent == 100:
        assert when == clock.due_at
        return
    ran = active_time(start, when, limit.unit, CALENDAR, pauses)
    allowed = active_time(start, clock.due_at, limit.unit, CALENDAR, pauses)
    assert ran == timedelta(microseconds=allowed // timedelta(microseconds=1) * percent // 100)


@given(STARTS, LIMITS, st.lists(st.integers(1, 20_000), min_size=1, max_size=12))
def test_however_often_somebody_looks_every_step_is_reached_once_and_in_order(
    start: datetime, limit: Limit, steps: list[int]
) -> None:
    clock, now, last_step, seen = start_clock(Stage.HANDLE, limit, start, CALENDAR), start, 0, []
    for step in steps:
        now += timedelta(minutes=step)
        found = evaluate(clock, last_step, HANDLING_POLICY, now, CALENDAR)
        seen += [step.percent for step, _ in found.new]
        assert found.next_check_at is None or found.next_check_at > now
        last_step = found.reached
    assert seen == [step.percent for step in HANDLING_POLICY][: len(seen)]


def test_the_offices_own_minutes_are_notified_to_whoever_is_to_take_the_step_then_to_the_shift_leader() -> None:
    notified = {stage: [step.audience for step in Policies().of(stage) if step.display.notifies] for stage in Stage}
    assert notified[Stage.DISPATCH] == [(Role.DISPATCHER,), (Role.SHIFT_LEADER,)]
    assert notified[Stage.VERIFY] == notified[Stage.CHECK] == [(Role.INSPECTOR,), (Role.SHIFT_LEADER,)]
    assert notified[Stage.ACCEPT] == [(Role.ACCEPTOR,), (Role.SHIFT_LEADER,)]
    assert notified[Stage.HANDLE][0] == (Role.DISPATCHER,)


def test_every_step_that_is_notified_is_notified_to_somebody() -> None:
    for stage in Stage:
        for step in Policies().of(stage):
            assert bool(step.audience) is step.display.notifies


def test_a_ladder_comes_back_from_the_settings_as_it_was() -> None:
    assert decode(encode(HANDLING_POLICY)) == HANDLING_POLICY
    assert decode(encode(STAGE_POLICY)) == STAGE_POLICY
    shuffled = list(reversed(encode(HANDLING_POLICY)))
    assert decode(shuffled) == HANDLING_POLICY


@pytest.mark.parametrize(
    "steps",
    [
        [{"share": 0, "manner": "alarm"}],
        [{"share": 1001, "manner": "alarm"}],
        [{"share": "九十", "manner": "alarm"}],
        [{"share": 90, "manner": "[/]"}],
        [{"share": 90, "manner": "alarm", "audience": ["nobody"]}],
        [{"manner": "alarm"}],
        [{"share": 90, "manner": "alarm"}, {"share": 90, "manner": "board"}],
    ],
)
def test_what_is_no_ladder_is_refused(steps: list[dict[str, object]]) -> None:
    with pytest.raises(BadValue):
        decode(steps)


def test_one_kind_of_alarm_rings_once_in_ten_minutes_however_many_cases_it_is_about() -> None:
    storm = [Occurrence("ladder dispatch 100", at(0) + timedelta(seconds=20 * number)) for number in range(90)]
    rings = raised(storm)
    assert [(ring.at - at(0)) // timedelta(minutes=1) for ring in rings] == [0, 10, 20]
    assert most_within([ring.at for ring in rings]) == 1


def test_alarms_of_different_kinds_ring_apart() -> None:
    acknowledged = [Occurrence(kind, at(0)) for kind in ("a", "b", "c")]
    assert raised(acknowledged) == tuple(acknowledged)
    assert most_within([ring.at for ring in acknowledged]) == 3


def test_the_most_within_ten_minutes_is_looked_for_everywhere_not_only_at_full_tens() -> None:
    minutes = [0, 8, 9, 11, 17, 18, 30]
    assert most_within([at(0) + timedelta(minutes=minute) for minute in minutes]) == 4
    assert most_within([]) == 0
    # Ten minutes apart is not within ten minutes.
    assert most_within([at(0), at(0) + timedelta(minutes=10)]) == 1


def test_a_step_that_only_colours_waits_for_nobody() -> None:
    assert [display.notifies for display in Display] == [False, True, True, False]
    assert EscalationStep(50, Display.COLOUR).audience == ()
