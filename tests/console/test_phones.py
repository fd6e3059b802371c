"""Phones shown for a minute where the call is made, each time with an entry in the ledger."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from console_driver import Console, console_on
from small_office import StaffedOffice

from gridconsole.console import phone_box
from gridconsole.domain.actions import Action
from gridconsole.domain.states import CallBackState, Result, Role, Source
from gridconsole.services import audit, phones
from gridconsole.services.phones import Place, Whose

PHONE, DUTY = "13812345678", "0571-6612122"


@pytest.fixture
def case(office: StaffedOffice) -> str:
    """A case of a resident, dispatched to a unit with a duty phone."""
    with office.opened.database.writing() as connection:
        connection.execute(sa.text(f"UPDATE unit SET phone = '{DUTY}', contact = '王瑶', all_day = 1 WHERE name = '城管局'"))
    number = office.report(source=Source.HOTLINE_12345, reporter_name="李女士", reporter_phone=PHONE).number
    office.act(number, Action.ACCEPT)
    office.act(number, Action.VERIFY, result=Result.TRUE)
    office.act(number, Action.FILE)
    office.act(number, Action.DISPATCH, handler=office.handlers["城管局"])
    return number


def unmaskings(office: StaffedOffice) -> list[tuple[str, str]]:
    """Operators who saw phones, each with the reason."""
    with office.opened.database.reading() as connection:
        found = connection.execute(
            sa.text(
                "SELECT l.operator, p.body FROM ledger l JOIN ledger_personal p ON p.office_id = l.office_id AND p.seq = l.seq"
                " WHERE l.action = 'unmask' ORDER BY l.seq"
            )
        )
        return [tuple(row) for row in found]


async def shown(console: Console) -> None:
    await console.until_shown("138 1234 5678")


async def test_f8_shows_whom_to_ring_for_a_minute_and_the_ledger_says_who_saw_it(
    office: StaffedOffice, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console_on(office.opened, "派遣员") as console:
        await console.point_at(case)
        assert PHONE not in console.page()
        await console.press("f8")
        await shown(console)
        await console.until_shown("反映人  李女士", f"单位  城管局 王瑶  {DUTY}  24 时有人", "秒后遮上，已记入流转")
        assert unmaskings(office) == [("派遣员", '{"reason":"联系反映人、承办单位或网格员"}')]
        box = console.desk_screen.phones
        for _ in range(60):
            box._tick()
        await console.settle()
        assert "138 1234 5678" not in console.page()
    assert audit.verify(office.opened).first_broken is None


async def test_y_copies_a_phone_then_the_number_and_the_address(office: StaffedOffice, case: str) -> None:
    async with console_on(office.opened, "派遣员") as console:
        await console.point_at(case)
        await console.press("y")
        assert console.toasts()[-1] == f"已复制 案件号：{case}"
        assert console.app.clipboard == case
        await console.press("f8")
        await shown(console)
        await console.press("y")
        assert console.app.clipboard == PHONE
        assert console.toasts()[-1] == f"已复制 李女士：{PHONE}", "in sight where the terminal copies nothing"


async def test_another_case_another_screen_and_the_lock_mask_the_phones(office: StaffedOffice, case: str) -> None:
    other = office.report().number
    async with console_on(office.opened, "派遣员") as console:
        for leave in (["down"], ["enter"], ["f9"]):
            await console.point_at(case)
            await console.press("f8")
            await shown(console)
            await console.press("up" if leave == ["down"] and console.numbers.index(case) else leave[0])
            await console.settle()
            assert "138 1234 5678" not in console.page(), leave
            if leave == ["enter"]:
                await console.press("escape")
        assert other in console.numbers


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def test_phones_stand_in_the_drawer_where_the_call_is_made(office: StaffedOffice, case: str, size: tuple[int, int]) -> None:
    for action, more in (
        (Action.FEEDBACK, {"note": "已清理"}),
        (Action.CHECK, {"result": Result.PASS}),
        (Action.CLOSE, {}),
    ):
        office.act(case, action, **more)
    async with console_on(office.opened, "受理员", size) as console:
        console.desk_screen.show_pane("call_back")
        await console.point_at(case)
        await console.press("f2", "f8")
        await shown(console)
        assert unmaskings(office)[-1] == ("受理员", '{"reason":"回访反映人"}')
        await console.press("1", "1", "1", "enter")
        await console.until_back()
    assert office.load(case).case.call_back is CallBackState.DONE


def test_who_may_not_unmask_sees_the_duty_phone_alone_and_leaves_no_entry(office: StaffedOffice, case: str) -> None:
    found = phones.show(office.opened, office.actors[Role.LEADER], case, Place.CASE)
    by = {contact.whose: contact for contact in found.contacts}
    assert found.seconds == 0
    assert by[Whose.UNIT].phone == DUTY
    assert by[Whose.REPORTER].phone == "138****5678"
    assert "女士" not in by[Whose.REPORTER].name
    assert unmaskings(office) == []
    assert phone_box._MOBILE.sub(r"\1 \2 \3", PHONE) == "138 1234 5678"
