"""What the console says of the office itself: a doubtful time, a file that is gone, and how it goes on."""

from __future__ import annotations

import pytest
from console_driver import Console, console_on
from small_office import StaffedOffice
from textual.widgets import TextArea

from gridconsole.console.dialogs.choice import ChoiceDialog
from gridconsole.console.dialogs.report import ReportDialog
from gridconsole.console.modes.desk import DeskScreen
from gridconsole.console.widgets.banner import OfficeBanner
from gridconsole.domain.errors import DatabaseReplaced
from gridconsole.domain.states import Role
from gridconsole.domain.timekeeping import DAYS_SETTING
from gridconsole.services import operators, timekeeping
from gridconsole.store import catalogue, places


def banner(console: Console) -> str:
    opened = next(screen for screen in console.app.screen_stack if isinstance(screen, DeskScreen))
    return str(opened.query_one(OfficeBanner).render())


async def test_after_a_long_silence_the_banner_says_so_and_one_answer_lets_the_work_go_on(office: StaffedOffice) -> None:
    operators.change_settings(office.opened, office.actors[Role.ADMIN], {DAYS_SETTING: 3})
    office.clock.advance(days=30)
    async with console_on(office.opened, "受理员") as console:
        await console.until(lambda: "本机时间可能不对" in banner(console), "the banner")
        assert "2026-12-23" in banner(console), "with the year"
        await console.press("ctrl+n")
        await console.key_in("井盖缺失")
        await console.pilot.press("f2")
        await console.until(lambda: isinstance(console.app.screen, ChoiceDialog), "the question")
        await console.pilot.press("escape")
        await console.until(lambda: isinstance(console.app.screen, ReportDialog), "the form again")
        assert console.get("#text", TextArea).text == "井盖缺失"
        assert timekeeping.is_doubtful(office.opened), "Esc confirms nothing"
        await console.pilot.press("f2")
        await console.until(lambda: isinstance(console.app.screen, ChoiceDialog), "the question again")
        await console.pilot.press("2")
        await console.until(lambda: not timekeeping.is_doubtful(office.opened), "the confirmation")
        await console.until(lambda: isinstance(console.app.screen, ReportDialog), "the form")
        await console.pilot.press("f2")
        await console.until(lambda: len(console.numbers) == 1, "the new case")
        await console.until(lambda: banner(console) == "", "no banner any more")


async def test_a_file_that_is_gone_is_said_and_what_was_typed_stays(office: StaffedOffice) -> None:
    office.report()
    async with console_on(office.opened, "受理员") as console:
        await console.press("ctrl+n")
        await console.key_in("路灯不亮")
        office.opened.database.path.unlink()
        await console.pilot.press("f2")
        await console.until(lambda: "不是打开时的那一个了" in console.complaint(), "the sentence")
        assert console.get("#text", TextArea).text == "路灯不亮"
        await console.pilot.press("escape")
        await console.pilot.press("2")
        await console.until(lambda: "文件不见了" in banner(console), "the banner")
        assert len(console.numbers) == 1, "what was read stays"


async def test_a_form_opens_where_the_file_cannot_be_read_any_more(
    office: StaffedOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The resident is on the telephone: what is said can be typed, and is kept as a draft."""

    def replaced(*_: object) -> None:
        raise DatabaseReplaced(path=office.opened.database.path, how="rolled_back")

    async with console_on(office.opened, "受理员") as console:
        monkeypatch.setattr(places, "grid_choices", replaced)
        monkeypatch.setattr(catalogue, "categories", replaced)
        await console.press("ctrl+n")
        await console.key_in("路灯不亮")
        assert console.get("#text", TextArea).text == "路灯不亮"
