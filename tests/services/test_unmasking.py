"""Seeing a case without masks: for those who must ring people up, for a reason, and written down."""

from __future__ import annotations

import pytest
from logins import ledger_text, set_office
from small_office import StaffedOffice

from gridconsole.domain.access import UNMASKERS
from gridconsole.domain.actions import Act, Action
from gridconsole.domain.errors import BadValue, NotPermitted, ReasonNeeded, UnknownIncident
from gridconsole.domain.states import Role, Source
from gridconsole.services import audit, case_queries, casework, operators, unmasking
from gridconsole.services.casework import NewReport
from gridconsole.store.ledger_entries import LedgerQuery

NAME, PHONE, NUMBER = "欧阳小明", "13912345678", "420502199003071234"


def reported(office: StaffedOffice) -> str:
    """A case whose every text names its reporter."""
    words = f"我是{NAME}，电话{PHONE}，身份证{NUMBER}，楼下垃圾成堆"
    report = NewReport(words, Source.PUBLIC, address=f"幸福路3号{NAME}家 {PHONE}", reporter_name=NAME, reporter_phone=PHONE)
    number = casework.intake(office.opened, office.actors[Role.ACCEPTOR], report).number
    casework.act_on(office.opened, office.actors[Role.CLERK], number, Act.of(Action.NOTE, note=f"{NAME} {PHONE} 又来电"))
    return number


def test_a_case_hides_its_reporter_in_every_text(office: StaffedOffice) -> None:
    number = reported(office)
    for role in Role:
        view = case_queries.view(office.opened, number, office.actors[role])
        assert NAME not in repr(view)
        said = repr((view.detail.text, view.detail.reporter, view.detail.phone, view.timeline))
        assert (PHONE in said, NUMBER in said, "139****5678" in said) == (False, False, True)


@pytest.mark.parametrize("role", sorted(UNMASKERS))
def test_who_must_ring_people_up_sees_them_and_the_ledger_says_why(office: StaffedOffice, role: Role) -> None:
    number = reported(office)
    before = audit.verify(office.opened).entries
    view = unmasking.unmask(office.opened, office.actors[role], number, "回访 核实地址")
    assert (view.detail.reporter, view.detail.phone, view.is_masked) == (NAME, PHONE, False)
    assert NUMBER in view.detail.text
    assert view.timeline[-1].personal["note"] == f"{NAME} {PHONE} 又来电"
    verdict = audit.verify(office.opened)
    assert (verdict.ok, verdict.entries) == (True, before + 1)
    (line,) = audit.entries(office.opened, office.actors[Role.AUDITOR], LedgerQuery(action="unmask"), 9)
    assert (line.operator, line.subject, line.personal) == (office.actors[role].name, number, {"reason": "回访 核实地址"})


@pytest.mark.parametrize("role", sorted(set(Role) - UNMASKERS))
def test_whoever_need_not_ring_anybody_up_sees_masks_and_leaves_no_entry(office: StaffedOffice, role: Role) -> None:
    number = reported(office)
    with pytest.raises(NotPermitted):
        unmasking.unmask(office.opened, office.actors[role], number, "好奇")
    assert "好奇" not in ledger_text(office.opened)


@pytest.mark.parametrize("reason", ["", "  \n ", "\u200b\x1b[2J"])
def test_no_reason_is_no_reason(office: StaffedOffice, reason: str) -> None:
    with pytest.raises(ReasonNeeded):
        unmasking.unmask(office.opened, office.actors[Role.DISPATCHER], reported(office), reason)


def test_a_case_that_is_none_cannot_be_unmasked(office: StaffedOffice) -> None:
    with pytest.raises(UnknownIncident):
        unmasking.unmask(office.opened, office.actors[Role.DISPATCHER], "2026112399999", "回访")


def test_an_office_names_others_but_never_who_keeps_the_operators(office: StaffedOffice) -> None:
    number, admin = reported(office), office.actors[Role.ADMIN]
    operators.change_settings(office.opened, admin, {"unmaskers": ["clerk", "auditor"]})
    assert unmasking.unmask(office.opened, office.actors[Role.CLERK], number, "回访").detail.phone == PHONE
    with pytest.raises(NotPermitted):
        unmasking.unmask(office.opened, office.actors[Role.DISPATCHER], number, "回访")
    with pytest.raises(BadValue):
        operators.change_settings(office.opened, admin, {"unmaskers": ["admin"]})
    set_office(office.opened, unmaskers=[])
    with pytest.raises(NotPermitted):
        unmasking.unmask(office.opened, office.actors[Role.CLERK], number, "回访")


def test_what_nobody_is_called_is_not_hidden(office: StaffedOffice) -> None:
    report = NewReport("市民反映市民广场脏乱", Source.PUBLIC, reporter_name="市民")
    number = casework.intake(office.opened, office.actors[Role.ACCEPTOR], report).number
    assert case_queries.view(office.opened, number, None).detail.text == "市民反映市民广场脏乱"
