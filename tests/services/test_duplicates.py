"""Duplicates in an office: found, judged, compared, merged and parted, with every case and every clock left as it was."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from small_office import HOSTILE_ADDRESS, HOSTILE_NAME, LONG_COMPLAINT, OFFICE_ROLES, StaffedOffice

from gridconsole.domain.actions import Action, CallBack, Lead
from gridconsole.domain.codes import PairVerdict
from gridconsole.domain.duplicates import PlaceTie, Sign
from gridconsole.domain.errors import BadValue, GuardRefused, MergedAlready, NotPermitted, UnknownIncident
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import LINKERS, CallBackState, Outcome, Result, Role, Satisfaction, Solved, Source, State
from gridconsole.domain.transitions import Guard
from gridconsole.services import audit, case_queries, casework, duplicates, escalation
from gridconsole.store import ledger_entries, queue

HEAP = "幸福路[b栋]①号楼下垃圾成堆，无人清理"
SAME_HEAP = "幸福路b栋1号楼下面垃圾堆成山，一直无人清理"
CANARY = "13987654321"


def numbers(office: StaffedOffice, number: str) -> list[str]:
    """Who is offered as a duplicate."""
    return [candidate.row.number for candidate in duplicates.candidates(office.opened, number)]


def judge(office: StaffedOffice, one: str, other: str, verdict: PairVerdict, role: Role = Role.ACCEPTOR) -> None:
    duplicates.judge(office.opened, office.actors[role], one, other, verdict)


def everything(office: StaffedOffice, table: str) -> list[dict[str, Any]]:
    """Every row of a table."""
    with office.opened.database.reading() as connection:
        return [dict(row._mapping) for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY rowid")]


# --- candidates -------------------------------------------------------------------------------------------------


def test_a_heap_reported_twice_is_found_from_either_report_with_its_reasons(office: StaffedOffice) -> None:
    first = office.report(text=HEAP, reporter_phone="13812345678").number
    office.clock.advance(hours=3)
    again = office.report(text=SAME_HEAP, source=Source.HOTLINE_12345, reporter_phone="138 1234 5678").number
    office.report(text="新民街路灯整夜不亮", category_id=office.categories["路灯"])
    assert numbers(office, first) == [again]
    (found,) = duplicates.candidates(office.opened, again)
    assert found.row.number == first
    clues = {clue.sign: clue for clue in found.clues}
    assert clues[Sign.PLACE].value is PlaceTie.SAME_GRID
    assert (clues[Sign.TIME].value, clues[Sign.PHONE].value, clues[Sign.BUILDING].value) == (3, True, "1栋 b栋")
    assert found.score == sum(clue.points for clue in found.clues)
    assert (found.verdict, found.merged_into) == (None, None)


def test_grids_of_one_community_are_neighbours_and_those_of_another_are_not(office: StaffedOffice) -> None:
    here = office.report(text=HEAP).number
    next_to, far = office.grids["330106001001002"], office.grids["330106102201001"]
    neighbour = office.report(text=SAME_HEAP, grid_id=next_to.id, area_id=next_to.area_id).number
    office.report(text=SAME_HEAP, grid_id=far.id, area_id=far.area_id)
    assert numbers(office, here) == [neighbour]


def test_a_report_of_which_nobody_knows_the_place_is_compared_with_all_and_found_by_all(office: StaffedOffice) -> None:
    here = office.report(text=HEAP).number
    nowhere = office.report(text=HEAP, grid_id=None, area_id=None).number
    assert numbers(office, nowhere) == [here]
    assert numbers(office, here) == [nowhere]


def test_a_report_that_names_the_subdistrict_only_is_found(office: StaffedOffice) -> None:
    here = office.report(text=HEAP).number
    with office.opened.database.reading() as connection:
        street = connection.exec_driver_sql("SELECT id FROM area WHERE name = '幸福街道'").scalar_one()
    wider = office.report(text=HEAP, grid_id=None, area_id=street).number
    assert numbers(office, wider) == [here]
    assert numbers(office, here) == [wider]


def test_the_same_caller_is_found_wherever_the_matter_was_put(office: StaffedOffice) -> None:
    far = office.grids["330106102201001"]
    here = office.report(text=HEAP, reporter_phone="13812345678").number
    there = office.report(text=HEAP, reporter_phone="13812345678", grid_id=far.id, area_id=far.area_id).number
    assert numbers(office, here) == [there]


def test_what_was_reported_outside_the_window_is_not_asked_about(office: StaffedOffice) -> None:
    first = office.report(text=HEAP).number
    office.clock.advance(days=8)
    second = office.report(text=HEAP).number
    assert numbers(office, first) == numbers(office, second) == []
    office.opened.settings["duplicates"] = {"days": 9}
    assert numbers(office, first) == [second]


def test_closed_cases_are_offered_and_what_an_import_took_back_is_not(office: StaffedOffice) -> None:
    closed = office.case_in(State.CLOSED, text=HEAP)
    number = office.report(text=HEAP).number
    assert numbers(office, number) == [closed]
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE incident SET state = 'voided', version = version + 1 WHERE number = '{closed}'")
    assert numbers(office, number) == []


def test_a_complaint_of_seven_thousand_characters_is_compared_like_any_other(office: StaffedOffice) -> None:
    first, second = (office.report(text=LONG_COMPLAINT, address=HOSTILE_ADDRESS).number for _ in range(2))
    assert numbers(office, first) == [second]
    assert duplicates.compare(office.opened, first, second).differences[-1].same


def test_nobody_finds_duplicates_of_a_case_that_is_not_there(office: StaffedOffice) -> None:
    with pytest.raises(UnknownIncident):
        duplicates.candidates(office.opened, "2026112399999")


@given(st.text("幸福路垃圾成堆1[/]𠮷", max_size=30), st.text("幸福路垃圾成堆1[/]𠮷", max_size=30))
def test_two_texts_are_as_alike_from_either_side(one: str, other: str) -> None:
    assert duplicates.likeness(one, other) == duplicates.likeness(other, one)
    assert 0 <= duplicates.likeness(one, other) <= 100


def test_a_short_report_is_found_inside_a_long_one_unless_it_says_next_to_nothing() -> None:
    long = "本人住在幸福小区，每天上班都要经过这里，幸福路垃圾成堆无人清理，请尽快派人处理，谢谢"
    assert duplicates.likeness("幸福路垃圾成堆无人清理", long) == 90
    assert duplicates.likeness("垃圾", long) < 20


# --- verdicts ---------------------------------------------------------------------------------------------------


def test_a_verdict_is_remembered_and_what_has_nothing_to_do_with_it_is_not_offered_again(office: StaffedOffice) -> None:
    first, second, third = (office.report(text=HEAP).number for _ in range(3))
    judge(office, second, first, PairVerdict.UNRELATED)
    judge(office, first, third, PairVerdict.RELATED)
    assert [(item.row.number, item.verdict) for item in duplicates.candidates(office.opened, first)] == [
        (third, PairVerdict.RELATED)
    ]
    assert numbers(office, second) == [third]
    judge(office, first, second, PairVerdict.SAME)
    assert {item.row.number: item.verdict for item in duplicates.candidates(office.opened, first)} == {
        second: PairVerdict.SAME,
        third: PairVerdict.RELATED,
    }
    assert len(everything(office, "case_link")) == 2, "the pair is one, whichever was named first"
    links = case_queries.view(office.opened, first, None).links
    assert [(link.number, link.verdict, link.operator) for link in links] == [
        (second, PairVerdict.SAME, "受理员"), (third, PairVerdict.RELATED, "受理员"),
    ]  # fmt: skip


def test_merging_outweighs_what_was_said_before_until_the_two_are_parted(office: StaffedOffice) -> None:
    first, second = (office.report(text=HEAP).number for _ in range(2))
    judge(office, first, second, PairVerdict.UNRELATED)
    merge(office, second, first)
    for number in (first, second):
        assert case_queries.view(office.opened, number, None).links == ()
    for one, other, verdict in ((first, second, PairVerdict.UNRELATED), (second, first, PairVerdict.RELATED)):
        with pytest.raises(MergedAlready) as refusal:
            judge(office, one, other, verdict)
        assert refusal.value.params == {"number": second, "other": first}
    for number, other, leads in ((first, second, False), (second, first, True)):
        (found,) = duplicates.candidates(office.opened, number)
        assert (found.row.number, found.verdict, found.merged_into, found.leads) == (other, None, None if leads else first, leads)
    part(office, second)
    assert [link.verdict for link in case_queries.view(office.opened, first, None).links] == [PairVerdict.UNRELATED]
    assert numbers(office, first) == []


def test_every_verdict_stands_in_the_ledger_and_leaves_the_cases_alone(office: StaffedOffice) -> None:
    first, second = (office.report(text=HEAP).number for _ in range(2))
    before = everything(office, "incident")
    judge(office, first, second, PairVerdict.UNRELATED)
    judge(office, second, first, PairVerdict.SAME)
    assert everything(office, "incident") == before
    said = [row for row in everything(office, "ledger") if row["subject_kind"] == "link"]
    assert [(row["action"], json.loads(row["facts"])["verdict"]) for row in said] == [("judge", "unrelated"), ("judge", "same")]
    assert {json.loads(row["facts"])[side] for row in said for side in ("first", "second")} == {first, second}
    assert audit.verify(office.opened).ok


def test_a_verdict_sent_twice_is_written_once(office: StaffedOffice) -> None:
    first, second = (office.report(text=HEAP).number for _ in range(2))
    for _ in range(2):
        duplicates.judge(office.opened, office.actors[Role.ACCEPTOR], first, second, PairVerdict.SAME, "once")
    assert len([row for row in everything(office, "ledger") if row["subject_kind"] == "link"]) == 1


@pytest.mark.parametrize("role", list(Role))
def test_only_those_through_whose_hands_reports_come_judge(office: StaffedOffice, role: Role) -> None:
    first, second = (office.report(text=HEAP).number for _ in range(2))
    actor = Actor(900, "某人[/]", frozenset({role}))
    if role in LINKERS:
        duplicates.judge(office.opened, actor, first, second, PairVerdict.SAME)
        return
    with pytest.raises(NotPermitted) as refusal:
        duplicates.judge(office.opened, actor, first, second, PairVerdict.SAME)
    assert refusal.value.params["roles"] == sorted(LINKERS)
    assert everything(office, "case_link") == []


def test_a_case_is_not_judged_or_compared_with_itself_or_with_none(office: StaffedOffice) -> None:
    number = office.report().number
    for other, error in ((number, BadValue), ("2026112399999", UnknownIncident)):
        with pytest.raises(error):
            judge(office, number, other, PairVerdict.SAME)
        with pytest.raises(error):
            duplicates.compare(office.opened, number, other)


# --- side by side -----------------------------------------------------------------------------------------------


def test_two_cases_stand_side_by_side_masked_and_are_distinguished_behind_the_masks(office: StaffedOffice) -> None:
    first = office.report(text=f"{HEAP}，联系{CANARY}", reporter_name="李小明", reporter_phone=CANARY).number
    second = office.report(text=f"{HEAP}，联系{CANARY}", reporter_name="李小刚", reporter_phone="13900004321").number
    found = duplicates.compare(office.opened, first, second)
    reported = {item.field: item for item in found.differences}
    assert (reported["reporter"].left, reported["reporter"].right, reported["reporter"].same) == ("李**", "李**", False)
    assert (reported["phone"].left, reported["phone"].right, reported["phone"].same) == ("139****4321", "139****4321", False)
    assert reported["text"].same
    assert reported["category"].same
    assert reported["state"].left is State.REPORTED
    assert CANARY not in str(found)
    assert (found.left, found.right, found.verdict) == (first, second, None)


# --- merging ----------------------------------------------------------------------------------------------------


def merge(office: StaffedOffice, number: str, into: str, role: Role = Role.ACCEPTOR) -> casework.Receipt:
    return office.act(number, Action.MERGE, role, into=Lead(into))


def part(office: StaffedOffice, number: str) -> casework.Receipt:
    return office.act(number, Action.UNMERGE, reason="并错了[/]")


def test_merging_three_duplicates_and_undoing_it_leaves_every_case_and_clock_as_it_was(office: StaffedOffice) -> None:
    lead = office.case_in(State.HANDLING, text=HEAP)
    followers = [office.case_in(state, text=SAME_HEAP) for state in (State.REPORTED, State.HANDLING, State.TO_CHECK)]
    office.act(followers[1], Action.EXTEND, reason="等料")
    cases, clocks, assignments = (everything(office, name) for name in ("incident", "clock", "assignment"))
    for number, role in zip(followers, (Role.ACCEPTOR, Role.SHIFT_LEADER, Role.DISPATCHER), strict=True):
        office.clock.advance(minutes=7)
        receipt = merge(office, number, lead, role)
        was = next(case for case in cases if case["number"] == number)
        assert (receipt.state.value, receipt.version) == (was["state"], was["version"] + 1)
    merged = everything(office, "incident")
    assert [case["merged_into"] for case in merged] == [None, lead, lead, lead]
    assert [case["resting"] for case in merged] == [0, 1, 1, 1]
    assert [case["due_at"] is None for case in merged] == [False, True, True, True]
    live = [row for row in everything(office, "assignment") if row["ended_at"] is None]
    assert [row["incident_id"] for row in live] == [cases[0]["id"]]
    assert [row["decision"] for row in everything(office, "case_request")] == ["lapsed"]
    assert audit.verify(office.opened).ok
    for number in followers:
        office.clock.advance(hours=5)
        part(office, number)
    after = everything(office, "incident")
    assert [case.pop("version") - was.pop("version") for case, was in zip(after, cases, strict=True)] == [0, 2, 2, 2]
    # Seven minutes between the merges, and five hours until each was parted: so long it rested.
    moved = {"due_at", "request"}
    assert [{k: v for k, v in case.items() if k not in moved} for case in after] == [
        {k: v for k, v in case.items() if k not in moved} for case in cases
    ]
    assert [row["due_at"] is None for row in after] == [row["due_at"] is None for row in cases]
    now = everything(office, "clock")
    assert [(row["stage"], row["late"], row["halted_at"], row["stopped_at"]) for row in now] == [
        (row["stage"], row["late"], row["halted_at"], row["stopped_at"]) for row in clocks
    ]
    turns = everything(office, "assignment")
    assert [turn.pop("due_at") is None for turn in turns] == [turn.pop("due_at") is None for turn in assignments]
    assert turns == assignments
    assert audit.verify(office.opened).ok


def test_who_reported_a_merged_case_is_seen_at_the_leading_one_masked(office: StaffedOffice) -> None:
    lead = office.report(text=HEAP).number
    follower = office.report(text=SAME_HEAP, reporter_name=HOSTILE_NAME, reporter_phone=CANARY).number
    merge(office, follower, lead)
    view = case_queries.view(office.opened, lead, office.actors[Role.ACCEPTOR])
    (merged,) = view.merged
    assert (merged.number, merged.state, merged.reporter, merged.phone) == (follower, State.REPORTED, "𠮷***", "139****4321")
    assert CANARY not in str(view)
    assert case_queries.view(office.opened, follower, None).merged_into == lead
    assert office.act(lead, Action.NOTE, note="催办").waiting == ()
    assert office.act(lead, Action.DECLINE, reason="不属实").released == (follower,)
    gone_on = office.load(follower).case
    assert (gone_on.state, gone_on.merged_into, gone_on.resting) == (State.REPORTED, None, False)
    assert gone_on.due_clock is not None


def closed_with_followers(office: StaffedOffice) -> tuple[str, list[str]]:
    """A leading case that was closed with two others: one of a resident, accepted before it was merged, and one of a warden."""
    lead = office.case_in(State.HANDLING, text=HEAP)
    followers = [
        office.report(text=SAME_HEAP, source=Source.PUBLIC, reporter_phone=CANARY).number,
        office.report(text=SAME_HEAP).number,
    ]
    office.act(followers[0], Action.ACCEPT)
    for number in followers:
        merge(office, number, lead)
    office.clock.advance(days=20)
    for action, more in ((Action.FEEDBACK, {"note": "已清"}), (Action.CHECK, {"result": Result.PASS})):
        office.act(lead, action, **more)
    assert office.act(lead, Action.CLOSE, outcome=Outcome.PARTLY).closed_with == tuple(followers)
    return lead, followers


def test_closing_the_leading_case_closes_those_that_rest_in_it_and_judges_nobody_for_them(office: StaffedOffice) -> None:
    lead, followers = closed_with_followers(office)
    for number, call_back in zip(followers, (CallBackState.DUE, None), strict=True):
        case = office.load(number).case
        assert (case.state, case.outcome, case.call_back, case.merged_into) == (State.CLOSED, Outcome.PARTLY, call_back, lead)
        assert (case.past[-1].action, case.past[-1].operator_id, case.past[-1].axis) == (Action.CLOSE_FOLLOWER, 0, None)
        assert not case.was_late, "twenty days passed while it rested"
    assert audit.verify(office.opened).ok
    assert duplicates.candidates(office.opened, followers[0]) is not None


def test_a_resident_who_is_dissatisfied_with_a_merged_case_counts_for_the_leading_one(office: StaffedOffice) -> None:
    lead, (follower, _) = closed_with_followers(office)
    said = CallBack(True, Solved.NO, Satisfaction.DISSATISFIED)
    office.act(follower, Action.CALL_BACK, call_back=said, reason="还堆着")
    with office.opened.database.reading() as connection:
        waiting = queue.to_call(connection, office.opened.id, 10)
        counted = queue.counters(connection, office.opened.id, office.opened.now(), office.opened.now())
    assert [(row.number, row.call_back) for row in waiting] == [(lead, CallBackState.DISSATISFIED)]
    assert (counted.calls_undecided, counted.calls_due) == (1, 0)
    with pytest.raises(GuardRefused):
        office.act(follower, Action.REOPEN, reason="还堆着")
    office.act(lead, Action.REOPEN, reason="还堆着")
    assert office.load(lead).case.state is State.HANDLING
    assert (office.load(follower).case.state, office.load(follower).case.call_back) == (State.CLOSED, CallBackState.KEPT)
    with office.opened.database.reading() as connection:
        assert queue.to_call(connection, office.opened.id, 10) == ()
    assert audit.verify(office.opened).ok


def test_a_resting_case_stands_in_no_queue_and_no_count(office: StaffedOffice) -> None:
    lead, follower = (office.case_in(State.HANDLING, text=HEAP) for _ in range(2))
    with office.opened.database.reading() as connection:
        before = queue.counters(connection, office.opened.id, office.opened.now(), office.opened.now())
    merge(office, follower, lead)
    with office.opened.database.reading() as connection:
        after = queue.counters(connection, office.opened.id, office.opened.now(), office.opened.now())
        shown = queue.open_queue(connection, office.opened.id, 10)
    assert [row.number for row in shown] == [lead]
    assert (before.waiting[State.HANDLING], after.waiting[State.HANDLING]) == (2, 1)


def test_a_resting_case_gives_no_alarm_and_does_not_come_back_from_suspension(office: StaffedOffice) -> None:
    lead, follower, suspended = (office.case_in(State.HANDLING, text=HEAP) for _ in range(3))
    office.act(suspended, Action.SUSPEND, reason="等料", until=office.opened.today() + timedelta(days=3))
    office.act(suspended, Action.FIRST_OPINION, result=Result.SUPPORT)
    office.act(suspended, Action.GRANT)
    for number in (follower, suspended):
        merge(office, number, lead)
    office.clock.advance(days=400)
    escalation.sweep(office.opened)
    casework.resume_due(office.opened)
    alarmed = {alarm["incident_id"] for alarm in everything(office, "alarm")}
    assert alarmed == {office.load(lead).id}
    assert office.load(suspended).case.state is State.SUSPENDED
    part(office, suspended)
    assert casework.resume_due(office.opened) == (suspended,)
    assert audit.verify(office.opened).ok


def test_neither_chains_nor_circles_come_about(office: StaffedOffice) -> None:
    first, second, third = (office.report(text=HEAP).number for _ in range(3))
    merge(office, second, first)
    for number, into, guard in (
        (first, first, Guard.LEADS_NONE),
        (first, second, Guard.LEADS_NONE),
        (first, third, Guard.LEADS_NONE),
        (third, second, Guard.INTO_LEADING),
        (third, third, Guard.INTO_ANOTHER),
    ):
        before = everything(office, "ledger")
        with pytest.raises(GuardRefused) as refusal:
            merge(office, number, into)
        assert refusal.value.params["guard"] is guard, (number, into)
        assert everything(office, "ledger") == before
    with pytest.raises(UnknownIncident):
        merge(office, third, "2026112399999")


def test_how_the_leading_case_stands_is_looked_up_not_believed(office: StaffedOffice) -> None:
    first, second, third = (office.report(text=HEAP).number for _ in range(3))
    merge(office, second, first)
    with pytest.raises(GuardRefused):
        office.act(third, Action.MERGE, into=Lead(second, None, State.HANDLING))


def test_a_case_that_is_merged_is_marked_among_the_candidates(office: StaffedOffice) -> None:
    first, second, third = (office.report(text=HEAP).number for _ in range(3))
    merge(office, second, first)
    assert {item.row.number: item.merged_into for item in duplicates.candidates(office.opened, third)} == {
        first: None,
        second: first,
    }


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE incident SET merged_into = number, version = version + 1 WHERE number = :third",
        "UPDATE incident SET merged_into = :second, version = version + 1 WHERE number = :third",
        "UPDATE incident SET merged_into = :third, version = version + 1 WHERE number = :first",
        "UPDATE incident SET merged_into = '2026112399999', version = version + 1 WHERE number = :third",
        "INSERT INTO case_link (first_id, second_id, verdict, judged_at, judged_by, judged_name)"
        " VALUES (2, 1, 'same', '2026-11-23T01:00:00.000000Z', 1, 'x')",
        "INSERT INTO case_link (first_id, second_id, verdict, judged_at, judged_by, judged_name)"
        " VALUES (1, 2, 'perhaps', '2026-11-23T01:00:00.000000Z', 1, 'x')",
    ],
)
def test_the_database_itself_refuses_chains_and_pairs_reported_twice(office: StaffedOffice, statement: str) -> None:
    named = {name: office.report(text=HEAP).number for name in ("first", "second", "third")}
    merge(office, named["second"], named["first"])
    with pytest.raises(sa.exc.IntegrityError), office.opened.database.writing() as connection:
        connection.execute(sa.text(statement), {name: value for name, value in named.items() if f":{name}" in statement})


def test_a_merge_behind_the_ledgers_back_is_found_out(office: StaffedOffice) -> None:
    first, second = (office.report(text=HEAP).number for _ in range(2))
    with office.opened.database.writing() as connection:
        connection.execute(sa.text("UPDATE incident SET merged_into = :a WHERE number = :b"), {"a": first, "b": second})
    verdict = audit.verify(office.opened)
    assert (verdict.ok, verdict.case, verdict.column) == (False, second, "merged_into")


def test_what_others_were_merged_into_cannot_be_reported_by_its_own_entries_alone(office: StaffedOffice) -> None:
    lead, follower = (office.report(text=HEAP).number for _ in range(2))
    merge(office, follower, lead)
    part(office, follower)
    with office.opened.database.reading() as connection:
        lines = ledger_entries.timeline(connection, "incident", office.load(follower).id)
        untouched = ledger_entries.timeline(connection, "incident", office.load(lead).id)
    assert [line.facts.get("merged_into") for line in lines] == [None, lead, None]
    assert (lines[1].operator, lines[2].facts["parted_from"], lines[2].personal) == ("受理员", lead, {"reason": "并错了[/]"})
    assert len(untouched) == 1


def test_merging_is_offered_to_those_through_whose_hands_reports_come(office: StaffedOffice) -> None:
    lead, follower = (office.report(text=HEAP).number for _ in range(2))
    merge(office, follower, lead)
    for role in OFFICE_ROLES:
        offered = {
            number: set(case_queries.view(office.opened, number, office.actors[role]).actions) for number in (lead, follower)
        }
        assert Action.MERGE not in offered[lead] | offered[follower]
        assert (Action.UNMERGE in offered[follower]) is (role in LINKERS)
        assert Action.UNMERGE not in offered[lead]


def test_a_pair_merged_by_an_earlier_program_is_counted_until_somebody_lets_the_follower_rest(office: StaffedOffice) -> None:
    lead, follower = (office.case_in(State.HANDLING, text=HEAP) for _ in range(2))
    with office.opened.database.writing() as connection:
        # As version 15 of the schema left it: the link, and every clock running.
        connection.exec_driver_sql("UPDATE incident SET merged_into = ? WHERE number = ?", (lead, follower))
    assert duplicates.awake(office.opened) == 1
    assert Action.REST in case_queries.view(office.opened, follower, office.actors[Role.DISPATCHER]).actions
    office.act(follower, Action.REST, Role.DISPATCHER)
    assert duplicates.awake(office.opened) == 0
    assert office.load(follower).case.due_clock is None
    assert [row["incident_id"] for row in everything(office, "assignment") if row["ended_at"] is None] == [office.load(lead).id]


def test_what_a_resident_of_a_closed_follower_says_is_decided_on_it_once_its_leading_case_is_void(office: StaffedOffice) -> None:
    lead, (follower, _) = closed_with_followers(office)
    office.act(lead, Action.REOPEN, reason="还堆着")
    office.grant(lead, Action.VOID)
    assert office.load(lead).case.state is State.VOIDED
    case = office.load(follower).case
    assert (case.state, case.merged_into, case.past[-1].action) == (State.CLOSED, None, Action.UNMERGE)
    said = CallBack(True, Solved.NO, Satisfaction.DISSATISFIED)
    office.act(follower, Action.CALL_BACK, call_back=said, reason="还堆着")
    with office.opened.database.reading() as connection:
        assert [row.number for row in queue.to_call(connection, office.opened.id, 10)] == [follower]
    office.act(follower, Action.REOPEN, reason="还堆着")
    assert office.load(follower).case.state.is_final is False
    assert audit.verify(office.opened).ok


def test_a_follower_that_was_never_filed_is_filed_when_it_is_reopened_by_itself(office: StaffedOffice) -> None:
    _, (follower, _) = closed_with_followers(office)
    office.act(follower, Action.UNMERGE, reason="并错了")
    office.act(follower, Action.REOPEN, reason="并错了")
    case = office.load(follower).case
    assert (case.state, case.rule) == (State.TO_FILE, None)
    assert case.due_clock is not None, "filing has its limit"
    assert audit.verify(office.opened).ok


def test_merging_does_not_make_an_overdue_case_punctual(office: StaffedOffice) -> None:
    lead, follower = (office.case_in(State.HANDLING, text=HEAP) for _ in range(2))
    office.clock.advance(days=10)
    merge(office, follower, lead)
    office.clock.advance(days=1)
    for action, more in ((Action.FEEDBACK, {"note": "已清"}), (Action.CHECK, {"result": Result.PASS}), (Action.CLOSE, {})):
        office.act(lead, action, **more)  # type: ignore[arg-type]
    case = office.load(follower).case
    assert (case.state, case.was_late) == (State.CLOSED, True)
    assert audit.verify(office.opened).ok
