"""F5 in a form about a case fills in words that exist already: what somebody said about the case, then the usual ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from console_driver import console_on
from small_office import StaffedOffice
from textual.widgets import Input

from gridconsole.console.dialogs.phrases import Phrase, PhraseWheel
from gridconsole.domain.actions import SPECS, Action, Group, Need
from gridconsole.domain.states import Role, State
from gridconsole.domain.transitions import results_of
from gridconsole.language import choose, has
from gridconsole.services.office import Office


@pytest.fixture
def here(open_another: Callable[[], Office]) -> Office:
    """The office as the console has it open."""
    return open_another()


def test_every_reason_has_usual_words_in_both_languages() -> None:
    wanted = [action for action, spec in SPECS.items() if Need.REASON in spec.needs and spec.group is not Group.FOLLOWING]
    for language in ("en", "zh_CN"):
        choose(language)
        assert [action for action in wanted if not has(f"phrases.{action}")] == []
        for action in (Action.CHECK, Action.VERIFY, Action.FIRST_OPINION):
            assert all(has(f"phrases.{action}.{result}") for result in results_of(action))


def test_what_was_typed_stays_in_front() -> None:
    wheel, offered = PhraseWheel(), (Phrase("没有修"), Phrase("修了又坏"))
    assert wheel.next("", offered) == "没有修"
    assert wheel.next("没有修", offered) == "修了又坏"
    assert wheel.next("修了又坏", offered) == "没有修", "it turns round"
    assert wheel.next("没有修，北侧", offered) == "没有修，北侧；没有修"
    assert wheel.next("没有修，北侧；没有修", offered) == "没有修，北侧；修了又坏"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_a_failed_check_repeats_what_the_inspector_said(office: StaffedOffice, here: Office, size: tuple[int, int]) -> None:
    number = office.case_in(State.TO_CHECK)
    async with console_on(here, "核查员", size) as console:
        await console.press("f2", "2", "f2")
        await console.until(lambda: "缺少理由" in console.complaint(), "the sentence")
        before = console.get("#words", Input).region
        await console.press("f5")
        assert console.get("#words", Input).value == "没有修"
        assert console.get("#words", Input).region == before
        await console.press("f5")
        assert console.get("#words", Input).value == "修了又坏"
        assert "F2 核查 不通过" in console.keys_line
        await console.press("f2")
        await console.until_back()
    assert office.load(number).case.state is State.HANDLING
    office.act(number, Action.FEEDBACK, note="已清理")
    async with console_on(here, "核查员", size) as console:
        await console.press("f2", "2", "f5")
        assert console.get("#words", Input).value == "修了又坏", "what the inspector said last time comes first"
        assert "核查员的话: 修了又坏" in console.says("#phrases")


async def test_usual_words_follow_the_result(office: StaffedOffice, here: Office) -> None:
    office.case_in(State.TO_CHECK)
    async with console_on(here, "核查员") as console:
        await console.press("f2", "f5")
        assert console.get("#words", Input).value == "", "nothing is offered before a result is picked"
        await console.press("1", "f5")
        assert console.get("#words", Input).value == "已修好，现场已清理"


async def test_a_picked_result_says_what_follows(office: StaffedOffice, here: Office) -> None:
    office.case_in(State.TO_CHECK)
    async with console_on(here, "核查员") as console:
        await console.press("f2", "2")
        await console.until(lambda: console.says("#after").startswith("不通过后"), "what follows")
        assert "第 1 次返工" in console.says("#after")
        await console.press("shift+tab", "1")
        await console.until(lambda: console.says("#after") == "通过后 待结案", "what follows")


async def test_typed_text_is_never_cut(office: StaffedOffice, here: Office) -> None:
    number, typed = office.case_in(State.TO_CHECK), "楼道仍有垃圾" * 50
    async with console_on(here, "核查员") as console:
        await console.press("f2", "2")
        field = console.get("#words", Input)
        field.value = typed
        await console.press("f5")
        assert field.value == f"{typed}；没有修"
        field.value = "字" * 1999
        await console.press("f5")
        assert field.value == "字" * 1999
        assert "最多 2000 个字" in console.complaint()
        field.value = typed
        await console.press("f2")
        await console.until_back()
    assert office.load(number).case.state is State.HANDLING


async def test_numbers_of_people_are_masked_in_what_is_offered(office: StaffedOffice, here: Office) -> None:
    number = office.case_in(State.HANDLING)
    office.act(number, Action.RETURN, reason="请找李四13955556666，不归我们管")
    office.act(number, Action.GRANT, Role.DISPATCHER)
    office.act(number, Action.DISPATCH, handler=office.handlers["城管局"])
    async with console_on(here, "派遣员") as console:
        await console.point_at(number)
        await console.press("f3")
        await console.press(str(console.menu().index("改派") + 1))
        await console.until(lambda: "139****6666" in console.says("#phrases"), "the handler's words")
        await console.press("f5")
        assert "13955556666" not in console.get("#words", Input).value
