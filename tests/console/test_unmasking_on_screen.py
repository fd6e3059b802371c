"""A case without its masks on the screen: for a reason, for a while, and never for whoever comes next."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from console_driver import console_on
from logins import give_passwords
from small_office import StaffedOffice

from gridconsole.console.dialogs.unmask import UnmaskDialog
from gridconsole.console.panels import case
from gridconsole.console.panels.case import CaseScreen
from gridconsole.domain.actions import Act, Action
from gridconsole.domain.states import Role, Source
from gridconsole.services import casework
from gridconsole.services.casework import NewReport
from gridconsole.services.office import Office

NAME, PHONE, NUMBER = "欧阳金丝", "13987654321", "420502199003071234"
CANARIES = (NAME, PHONE, NUMBER)
WIDE = (160, 50)


@pytest.fixture
def number(office: StaffedOffice) -> str:
    """A case that says who its reporter is wherever it can."""
    words = f"我是{NAME}，{PHONE}，{NUMBER}，垃圾成堆"
    report = NewReport(words, Source.WARDEN, address=words, reporter_name=NAME, reporter_phone=PHONE, source_ref=words)
    made = casework.intake(office.opened, office.actors[Role.ACCEPTOR], report).number
    casework.act_on(office.opened, office.actors[Role.CLERK], made, Act.of(Action.NOTE, note=words))
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql("UPDATE roster_person SET phone = ?", (PHONE,))
    return made


def acts(office: StaffedOffice) -> list[str]:
    with office.opened.database.reading() as connection:
        return [str(row[0]) for row in connection.exec_driver_sql("SELECT action FROM ledger WHERE action = 'unmask'")]


async def test_a_reason_shows_it_and_the_lock_hides_it(
    office: StaffedOffice, number: str, open_another: Callable[[], Office]
) -> None:
    give_passwords(office.opened, "派遣员", "系统管理员")
    async with console_on(open_another(), "派遣员", WIDE) as console:
        await console.point_at(number)
        await console.press("enter")
        await console.settle()
        assert isinstance(console.screen, CaseScreen)
        assert PHONE not in console.page()
        await console.press("ctrl+u")
        assert isinstance(console.screen, UnmaskDialog)
        await console.press("f2")
        assert "须说明理由" in console.complaint()
        await console.key_in("回访")
        await console.press("enter")
        await console.until(lambda: isinstance(console.screen, CaseScreen) and PHONE in console.page(), "the case in clear")
        await console.settle()
        assert NUMBER in console.page() and NAME in console.page() and "[未遮蔽]" in console.page()
        assert acts(office) == ["unmask"]
        screen = console.screen
        await console.press("f9")
        assert console.app.is_locked
        assert not any(canary in console.page() for canary in CANARIES)
        assert PHONE not in str(screen.query_one("#facts").render())


async def test_it_hides_itself_after_a_while(
    office: StaffedOffice, number: str, open_another: Callable[[], Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case, "UNMASK_SECONDS", 0.01)
    async with console_on(open_another(), "派遣员", WIDE) as console:
        await console.point_at(number)
        await console.press("enter", "ctrl+u")
        await console.key_in("回访")
        await console.press("enter")
        await console.until(lambda: acts(office) == ["unmask"] and isinstance(console.screen, CaseScreen), "seen")
        await console.until(lambda: "[未遮蔽]" not in console.page() and PHONE not in console.page(), "masked again")


async def test_who_has_no_right_is_reported_so_and_no_screen_shows_a_canary(
    office: StaffedOffice, number: str, open_another: Callable[[], Office]
) -> None:
    casework.intake(
        office.opened,
        office.actors[Role.ACCEPTOR],
        NewReport("井盖缺失", Source.PUBLIC, reporter_name=NAME, reporter_phone=PHONE),
    )
    pages: list[str] = []
    async with console_on(open_another(), "内勤", WIDE) as console:
        pages.append(console.page())
        await console.point_at(number)
        pages.append(console.page())
        await console.press("f4")
        pages.append(console.page())
        await console.press("escape", "enter")
        await console.settle()
        pages.append(console.page())
        await console.press("ctrl+u")
        await console.key_in("好奇")
        await console.press("enter")
        await console.until(lambda: "不归" in console.complaint(), "a refusal")
        pages.append(console.page())
        await console.press("escape", "escape", "ctrl+p")
        await console.key_in("001")
        pages.append(console.page())
        await console.press("escape")
        for _ in ("overview", "grids", "wardens", "units", "reports", "imports"):
            await console.press("f6")
            pages.append(console.page())
    assert not any(canary in page for page in pages for canary in CANARIES)
    assert "139****4321" in pages[1]
    assert acts(office) == []
