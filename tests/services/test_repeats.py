"""A request id is bound to operator, act, case and content: the same again is answered, anything else is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from small_office import StaffedOffice

from gridconsole.domain.actions import Act, Action
from gridconsole.domain.codes import PairVerdict
from gridconsole.domain.errors import RequestReused
from gridconsole.domain.states import Role, Source
from gridconsole.language.error_sentences import error_sentence
from gridconsole.services import audit, casework, duplicates, handover
from gridconsole.services.casework import NewReport
from gridconsole.store import ledger

NOTE = Act.of(Action.NOTE, note="只记这一句")
PHONE = "13912345678"
REPORT = NewReport("井盖缺失", Source.PUBLIC, reporter_name="欧阳𠮷", reporter_phone=PHONE)


def entries(office: StaffedOffice) -> int:
    """How many entries the ledger has."""
    with office.opened.database.reading() as connection:
        return ledger.last_seq(connection, office.opened.id)


def test_the_same_id_on_another_case_is_refused_and_the_note_is_not_lost_silently(office: StaffedOffice) -> None:
    first, second = office.report().number, office.report().number
    casework.act_on(office.opened, office.actors[Role.CLERK], first, NOTE, "R1")
    before = entries(office)
    with pytest.raises(RequestReused) as refused:
        casework.act_on(office.opened, office.actors[Role.CLERK], second, NOTE, "R1")
    sentence, advice = error_sentence(refused.value)
    assert entries(office) == before
    assert all(part in sentence for part in ("R1", first, "备注", office.actors[Role.CLERK].name))
    assert "换一个请求号" in advice


@pytest.mark.parametrize(
    ("act", "role"),
    [
        (Act.of(Action.NOTE, note="另一句"), Role.CLERK),
        (Act.of(Action.NOTE, note="只记这一句", reason="多了一项"), Role.CLERK),
        (Act.of(Action.ACCEPT, note="只记这一句"), Role.CLERK),
        (NOTE, Role.ACCEPTOR),
    ],
    ids=["other words", "more words", "other act", "other operator"],
)
def test_the_same_id_for_something_else_on_the_case_is_refused(office: StaffedOffice, act: Act, role: Role) -> None:
    number = office.report().number
    casework.act_on(office.opened, office.actors[Role.CLERK], number, NOTE, "R1")
    with pytest.raises(RequestReused):
        casework.act_on(office.opened, office.actors[role], number, act, "R1")


def test_the_same_id_for_another_handler_is_refused(office: StaffedOffice) -> None:
    from gridconsole.domain.states import State

    number, actor = office.case_in(State.TO_DISPATCH), office.actors[Role.DISPATCHER]
    act = Act.of(Action.DISPATCH, handler=office.handlers["城管局"], expected_version=3)
    receipt = casework.act_on(office.opened, actor, number, act, "R1")
    assert casework.act_on(office.opened, actor, number, replace(act, expected_version=None), "R1") == receipt
    with pytest.raises(RequestReused):
        casework.act_on(office.opened, actor, number, act.changed(handler=office.handlers["环卫所"]), "R1")


@pytest.mark.parametrize(
    "other",
    [
        replace(REPORT, text="井盖丢失"),
        replace(REPORT, source=Source.POLICE_110),
        replace(REPORT, reporter_phone="13987654321"),
        replace(REPORT, address="幸福路[b栋]①号"),
    ],
)
def test_the_same_id_for_another_report_is_refused(office: StaffedOffice, other: NewReport) -> None:
    actor = office.actors[Role.ACCEPTOR]
    receipt = casework.intake(office.opened, actor, REPORT, "R1")
    assert casework.intake(office.opened, actor, replace(REPORT, text=" 井盖缺失\u200b "), "R1") == receipt, "as it is kept"
    with pytest.raises(RequestReused):
        casework.intake(office.opened, actor, other, "R1")


def test_no_digest_of_words_or_phones_stays_where_nothing_can_be_erased(office: StaffedOffice) -> None:
    digests = set()
    for text, phone in (("井盖缺失", PHONE), ("路灯不亮", "13987654321")):
        report = replace(REPORT, text=text, reporter_phone=phone)
        casework.intake(office.opened, office.actors[Role.ACCEPTOR], report, f"R-{phone}")
        with office.opened.database.reading() as connection:
            past = ledger.past_request(connection, f"R-{phone}")
        assert past is not None
        digests.add(past.facts["request_digest"])
    assert len(digests) == 1


def test_what_was_erased_since_is_compared_by_what_is_left(office: StaffedOffice) -> None:
    actor = office.actors[Role.ACCEPTOR]
    receipt = casework.intake(office.opened, actor, REPORT, "R1")
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql("UPDATE ledger_personal SET salt = NULL, body = NULL")
    assert casework.intake(office.opened, actor, REPORT, "R1") == receipt
    with pytest.raises(RequestReused):
        casework.intake(office.opened, actor, replace(REPORT, source=Source.POLICE_110), "R1")


def test_an_entry_of_an_earlier_program_is_bound_to_case_act_and_operator(office: StaffedOffice) -> None:
    first, second = office.report().number, office.report().number
    actor = office.actors[Role.CLERK]
    with office.opened.database.writing() as connection:
        casework.act_in(connection, office.opened, actor, first, NOTE, "R1")
        connection.exec_driver_sql("DROP TRIGGER ledger_no_update")
        connection.exec_driver_sql("UPDATE ledger SET facts = json_remove(facts, '$.request_digest') WHERE request_id = 'R1'")
    assert casework.act_on(office.opened, actor, first, replace(NOTE, note="另一句"), "R1").number == first
    with pytest.raises(RequestReused):
        casework.act_on(office.opened, actor, second, NOTE, "R1")


def test_a_verdict_and_a_hand_over_are_bound_as_well(office: StaffedOffice) -> None:
    one, two, three = (office.report().number for _ in range(3))
    clerk = office.actors[Role.ACCEPTOR]
    tries: list[tuple[Callable[[], object], Callable[[], object]]] = [
        (
            lambda: duplicates.judge(office.opened, clerk, one, two, PairVerdict.UNRELATED, "R1"),
            lambda: duplicates.judge(office.opened, clerk, one, three, PairVerdict.UNRELATED, "R1"),
        ),
        (
            lambda: handover.hand_over(office.opened, clerk, "电梯待修", request_id="R2").made.id,
            lambda: handover.hand_over(office.opened, clerk, "路灯待修", request_id="R2").made.id,
        ),
    ]
    for same, other in tries:
        assert same() == same()
        with pytest.raises(RequestReused):
            other()
    assert audit.verify(office.opened).ok
