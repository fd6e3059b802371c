"""Where an operator left off: what is news afterwards, and what of it the digest tells."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from logins import PLAIN, give_passwords
from small_office import StaffedOffice

from gridconsole.domain.actions import Act, Action, CallBack
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Result, Role, Satisfaction, Solved, Source, State
from gridconsole.domain.views.digest import Digest, News
from gridconsole.services import actors, audit, casework, digest, presence, sessions
from gridconsole.services.office import Office
from gridconsole.store import ledger, turns
from gridconsole.store.presence import seq_before


@pytest.fixture
def me(office: StaffedOffice) -> Actor:
    """The dispatcher, who has just left."""
    actor = office.actors[Role.DISPATCHER]
    leave(office, actor)
    return actor


def leave(office: StaffedOffice, actor: Actor, keep_evaluation: dict[int, int] | None = None) -> None:
    with office.opened.database.reading() as connection:
        seq = ledger.last_seq(connection, office.opened.id)
    presence.keep(office.opened, actor, keep_evaluation or {}, seq, leaving=True)


def unread(office: StaffedOffice, actor: Actor) -> set[str]:
    """Numbers of the cases that are news."""
    arrival = presence.arrive(office.opened, actor)
    with office.opened.database.reading() as connection:
        found = presence.unread_in(connection, office.opened, actor, arrival.since)
        rows = connection.exec_driver_sql("SELECT id, number FROM incident").all()
    return {row.number for row in rows if row.id in found}


def reported(office: StaffedOffice, actor: Actor) -> Digest:
    return digest.since_left(office.opened, actor, presence.arrive(office.opened, actor))


def another_dispatcher(office: StaffedOffice) -> Actor:
    actors.add_operator(office.opened, "孙派遣", [Role.DISPATCHER])
    return actors.find_operator(office.opened, "孙派遣")


def seqs(office: StaffedOffice) -> int:
    with office.opened.database.reading() as connection:
        return ledger.last_seq(connection, office.opened.id)


# --- news -------------------------------------------------------------------------------------------------------


def test_who_comes_for_the_first_time_finds_nothing_unread_and_no_digest(office: StaffedOffice) -> None:
    office.report()
    actor = office.actors[Role.DISPATCHER]
    assert unread(office, actor) == set()
    assert reported(office, actor).is_empty
    number = office.report().number
    assert unread(office, actor) == {number}, "from the first time on it counts"


def test_what_others_changed_is_unread_and_what_one_did_oneself_is_not(office: StaffedOffice, me: Actor) -> None:
    theirs, mine, both = office.case_in(State.TO_DISPATCH), office.case_in(State.TO_DISPATCH), office.case_in(State.TO_DISPATCH)
    leave(office, me)
    assert unread(office, me) == set()
    office.act(theirs, Action.NOTE, note="已联系")
    office.act(mine, Action.DISPATCH, handler=office.handlers["城管局"])
    office.act(both, Action.NOTE, note="已联系")
    office.act(both, Action.DISPATCH, handler=office.handlers["城管局"])
    assert unread(office, me) == {theirs}, "who acts on a case has looked at it"
    office.act(both, Action.NOTE, note="又联系")
    assert unread(office, me) == {theirs, both}


def test_what_was_looked_at_is_read_until_it_changes_again(office: StaffedOffice, me: Actor) -> None:
    number = office.report().number
    key = office.load(number).id
    presence.keep(office.opened, me, {key: 1})
    assert unread(office, me) == set()
    office.act(number, Action.ACCEPT)
    assert unread(office, me) == {number}
    presence.keep(office.opened, me, {key: 2})
    presence.keep(office.opened, me, {key: 1})
    assert unread(office, me) == set(), "an older look takes nothing back"


def test_what_was_not_looked_at_stays_unread_over_many_comings_and_goings(office: StaffedOffice, me: Actor) -> None:
    number = office.report().number
    leave(office, me, {office.load(number).id: 0})
    office.report()
    leave(office, me)
    assert unread(office, me) == {number}, "the other was there at leaving and not marked as news"


def test_the_marks_are_each_operators_own(office: StaffedOffice, me: Actor) -> None:
    other = office.actors[Role.CLERK]
    leave(office, other)
    number = office.report().number
    presence.keep(office.opened, me, {office.load(number).id: 1})
    assert unread(office, me) == set()
    assert unread(office, other) == {number}


def test_a_finished_case_is_no_news_and_its_marks_go(office: StaffedOffice, me: Actor) -> None:
    number = office.case_in(State.TO_CLOSE)
    leave(office, me, {office.load(number).id: 1})
    assert unread(office, me) == {number}
    office.act(number, Action.CLOSE)
    assert unread(office, me) == set()
    with office.opened.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM read_mark").scalar_one() == 1
    leave(office, me)
    with office.opened.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM read_mark").scalar_one() == 0


def test_looking_and_leaving_write_nothing_into_the_ledger(office: StaffedOffice, me: Actor) -> None:
    number = office.report().number
    before = seqs(office)
    leave(office, me, {office.load(number).id: 1})
    unread(office, me)
    reported(office, me)
    assert seqs(office) == before
    assert audit.verify(office.opened).ok


def test_another_terminal_that_left_earlier_takes_nothing_back(office: StaffedOffice, me: Actor) -> None:
    early = seqs(office)
    office.report()
    leave(office, me)
    presence.keep(office.opened, me, {}, early)
    assert unread(office, me) == set()


# --- where somebody left off ------------------------------------------------------------------------------------


def test_logging_out_says_how_far_somebody_was_present(office: StaffedOffice) -> None:
    give_passwords(office.opened, "派遣员", "系统管理员")
    actor = office.actors[Role.DISPATCHER]
    sessions.log_in(office.opened, "派遣员", PLAIN)
    office.report()
    sessions.log_out(office.opened, "派遣员")
    office.clock.advance(hours=1)
    number = office.report().number
    assert unread(office, actor) == {number}
    assert reported(office, actor).since == office.opened.now() - timedelta(hours=1)


def test_a_log_in_that_just_ran_out_counts_until_it_was_last_used(office: StaffedOffice, me: Actor) -> None:
    give_passwords(office.opened, "派遣员", "系统管理员")
    session = sessions.log_in(office.opened, "派遣员", PLAIN)
    office.clock.advance(minutes=5)
    seen = office.report().number
    office.clock.advance(minutes=5)
    sessions.renewed(office.opened, session)
    office.clock.advance(hours=9)
    news = office.report().number
    arrival = presence.arrive(office.opened, me)
    assert arrival.left_at == office.opened.now() - timedelta(hours=9)
    assert unread(office, me) == {news}
    assert seen not in unread(office, me)
    again = sessions.log_in(office.opened, "派遣员", PLAIN)
    assert presence.arrive(office.opened, me, again.session_id) == arrival, "the new log-in itself is no earlier presence"


def test_someone_who_comes_while_the_file_is_being_written_still_learns_what_is_news(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    actor = another_dispatcher(office)
    with open_another().database.writing(), turns.in_background():
        arrival = presence.arrive(office.opened, actor)
    assert (arrival.since, arrival.left_at) == (seqs(office), None)


def test_the_entry_before_a_moment_is_found_in_any_ledger(office: StaffedOffice) -> None:
    def before(**later: float) -> int:
        with office.opened.database.reading() as connection:
            return seq_before(connection, office.opened.id, office.opened.now() + timedelta(**later))

    first = seqs(office)
    assert before(days=-900) == 0
    assert before(days=1) == first
    office.clock.advance(minutes=1)
    office.report()
    office.report()
    assert before() == first, "an entry of this very moment is news"
    assert before(seconds=1) == first + 2
    with office.opened.database.reading() as connection:
        assert seq_before(connection, 4711, office.opened.now()) == 0


# --- the digest -------------------------------------------------------------------------------------------------


def test_the_digest_counts_what_others_did_and_leaves_out_what_one_did_oneself(office: StaffedOffice, me: Actor) -> None:
    office.clock.advance(hours=1)
    office.report()
    closed = office.case_in(State.CLOSED)
    found = reported(office, me)
    assert found.counts[News.REPORTED] == 2
    assert found.counts[News.CLOSED] == 1
    assert found.cases == 2
    (line,) = [line for line in found.lines if line.row.number == closed]
    assert line.news == (News.REPORTED, News.CLOSED)
    assert (line.action, line.operator) == ("close", "值班长")
    assert not line.concerns
    own = office.actors[Role.SHIFT_LEADER]
    leave(office, own)
    office.act(office.case_in(State.TO_CLOSE), Action.CLOSE)
    assert reported(office, own).counts[News.CLOSED] == 0


def test_a_failed_check_a_return_and_a_reopening_are_reported(office: StaffedOffice, me: Actor) -> None:
    failed, returned = office.case_in(State.TO_CHECK), office.case_in(State.HANDLING)
    reopened = office.report(source=Source.PUBLIC).number
    for action, more in (
        (Action.ACCEPT, {}), (Action.VERIFY, {"result": Result.TRUE}), (Action.FILE, {}),
        (Action.DISPATCH, {"handler": office.handlers["城管局"]}), (Action.FEEDBACK, {"note": "已清"}),
        (Action.CHECK, {"result": Result.PASS}), (Action.CLOSE, {}),
        (Action.CALL_BACK, {"call_back": CallBack(True, Solved.NO, Satisfaction.DISSATISFIED), "reason": "没来"}),
    ):  # fmt: skip
        office.act(reopened, action, **more)
    sent_back, untouched = office.case_in(State.TO_FILE), office.case_in(State.TO_DISPATCH)
    leave(office, me)
    office.act(failed, Action.CHECK, result=Result.FAIL, reason="没清干净")
    office.act(reopened, Action.REOPEN, reason="现场没清")
    office.act(returned, Action.RETURN, reason="不归我们")
    assert reported(office, me).counts[News.RETURNED] == 0, "asked for and not granted"
    casework.act_on(office.opened, another_dispatcher(office), returned, Act.of(Action.GRANT))
    office.act(sent_back, Action.SEND_BACK, reason="类别不对")
    found = reported(office, me)
    assert (found.counts[News.FAILED], found.counts[News.REOPENED], found.counts[News.RETURNED]) == (1, 1, 2)
    assert {line.row.number for line in found.lines if line.concerns} == {failed, reopened, returned}, (
        "its steps are the dispatcher's"
    )
    assert [line.row.number for line in found.lines] == [returned, failed, reopened, sent_back]
    assert untouched not in {line.row.number for line in found.lines}


def test_what_was_decided_on_what_one_asked_for_comes_first(office: StaffedOffice) -> None:
    clerk = office.actors[Role.CLERK]
    asked, foreign = office.case_in(State.HANDLING), office.case_in(State.HANDLING)
    office.act(asked, Action.EXTEND, reason="材料未到")
    office.act(foreign, Action.EXTEND, role=Role.ACCEPTOR, reason="材料未到")
    leave(office, clerk)
    for number in (asked, foreign):
        office.act(number, Action.FIRST_OPINION, result=Result.SUPPORT)
    assert reported(office, clerk).counts[News.DECIDED] == 0, "an opinion is no decision"
    office.act(asked, Action.REFUSE, reason="来得及")
    office.act(foreign, Action.GRANT)
    found = reported(office, clerk)
    assert found.counts[News.DECIDED] == 1
    assert (found.lines[0].row.number, found.lines[0].news) == (asked, (News.DECIDED,))


def test_redispatching_is_reported_to_who_dispatched(office: StaffedOffice, me: Actor) -> None:
    mine = office.case_in(State.HANDLING)
    leave(office, me)
    casework.act_on(
        office.opened,
        another_dispatcher(office),
        mine,
        Act.of(Action.REDISPATCH, handler=office.handlers["幸福街道办"], reason="属地更快"),
    )
    assert reported(office, me).counts[News.REDISPATCHED] == 1
    clerk = office.actors[Role.CLERK]
    presence.keep(office.opened, clerk, {}, 0)
    assert reported(office, clerk).counts[News.REDISPATCHED] == 0


def test_an_answer_to_somebody_elses_later_order_is_not_one_to_ones_own(office: StaffedOffice) -> None:
    leader, other = office.actors[Role.LEADER], office.join("另一位领导", Role.LEADER)
    number = office.case_in(State.HANDLING)
    for actor in (leader, other):
        office.clock.advance(minutes=1)
        act = Act.of(Action.SUPERVISION_ORDER, note="今日办结", reply_by=office.opened.now() + timedelta(hours=2))
        casework.act_on(office.opened, actor, number, act)
    leave(office, leader)
    leave(office, other)
    office.clock.advance(minutes=20)
    office.act(number, Action.REPLY, Role.CLERK, note="已派人到场")
    assert (reported(office, leader).counts[News.REPLIED], reported(office, other).counts[News.REPLIED]) == (0, 1)


def test_an_order_is_reported_to_all_and_its_answer_to_who_gave_it(office: StaffedOffice, me: Actor) -> None:
    leader = office.actors[Role.LEADER]
    number = office.case_in(State.HANDLING)
    leave(office, me)
    leave(office, leader)
    office.clock.advance(minutes=20)
    order = Act.of(Action.SUPERVISION_ORDER, note="今日办结", reply_by=office.opened.now() + timedelta(hours=2))
    casework.act_on(office.opened, leader, number, order)
    found = reported(office, me)
    assert (found.counts[News.ORDERED], found.lines[0].row.number, found.lines[0].news) == (1, number, (News.ORDERED,))
    office.act(number, Action.REPLY, Role.CLERK, note="已派人到场")
    assert reported(office, leader).counts[News.REPLIED] == 1
    assert reported(office, leader).lines[0].news == (News.REPLIED,)
    assert reported(office, me).counts[News.REPLIED] == 0


def test_a_case_whose_clock_ran_out_meanwhile_is_reported_though_nobody_touched_it(office: StaffedOffice) -> None:
    actor = office.actors[Role.ACCEPTOR]
    long_late = office.report().number
    office.clock.advance(days=1)
    number = office.report().number
    leave(office, actor)
    office.clock.advance(days=1)
    found = reported(office, actor)
    assert found.counts[News.OVERDUE] == 1
    (line,) = found.lines
    assert (line.row.number, line.news, line.concerns, line.at) == (number, (News.OVERDUE,), True, None)
    assert long_late != number
    assert not found.is_empty


def test_a_digest_looks_through_so_many_acts_and_says_so(
    office: StaffedOffice, me: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "MOST", 3)
    monkeypatch.setattr(digest, "LISTED", 2)
    numbers = [office.report().number for _ in range(5)]
    found = reported(office, me)
    assert (found.acts, found.is_capped, found.counts[News.REPORTED]) == (3, True, 3)
    assert [line.row.number for line in found.lines] == [numbers[4], numbers[3]]


def test_a_short_absence_or_an_empty_one_shows_nothing_unasked(office: StaffedOffice, me: Actor) -> None:
    office.clock.advance(minutes=20)
    assert not reported(office, me).is_worth_showing
    office.report()
    assert reported(office, me).is_worth_showing
    leave(office, me)
    office.clock.advance(minutes=14)
    office.report()
    assert not reported(office, me).is_worth_showing
    assert not reported(office, me).is_empty


def test_since_a_moment_means_what_came_after_it(office: StaffedOffice, me: Actor) -> None:
    office.report()
    office.clock.advance(hours=1)
    at = office.opened.now()
    later = office.report().number
    found = digest.since_moment(office.opened, me, at)
    assert [line.row.number for line in found.lines] == [later]


def test_asking_for_the_latest_changes_nothing(office: StaffedOffice, open_another: Callable[[], Office]) -> None:
    actor = office.actors[Role.DISPATCHER]
    assert digest.latest(open_another(), actor).since is None
    with office.opened.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM operator_seen").scalar_one() == 0


def test_texts_in_a_digest_are_under_the_masks_of_the_queue(office: StaffedOffice, me: Actor) -> None:
    office.report(text="李小明说水管坏了", reporter_name="李小明", reporter_phone="13812345678")
    (line,) = reported(office, me).lines
    assert "李小明" not in line.row.summary
