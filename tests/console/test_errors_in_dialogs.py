"""After an error the cursor stands in the field it names, what is typed next goes there, and no digit turns a choice round."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest
from console_driver import Console, console_on
from small_office import StaffedOffice
from textual.widgets import Input, Static

from gridconsole.console.dialogs.call_back import CallBackDialog
from gridconsole.console.dialogs.fields import OF_ERROR, OF_NEED, fields_of
from gridconsole.console.dialogs.form import FLAW
from gridconsole.console.widgets.pick import Pick
from gridconsole.domain import errors
from gridconsole.domain.actions import Action, Need
from gridconsole.domain.errors import AlreadyDispatched, Family, GridConsoleError, HandlerExcluded, MissingField
from gridconsole.domain.states import Result, Role, Source, State
from gridconsole.language.error_sentences import Surface, error_sentence
from gridconsole.services.office import Office

REASON = "1楼2单元楼道仍有垃圾"


@pytest.fixture
def here(open_another: Callable[[], Office]) -> Office:
    """The office as the console has it open."""
    return open_another()


async def open_action(console: Console, label: str) -> None:
    """F3 and the action of a name."""
    await console.press("f3")
    labels = console.menu()
    await console.press(*["down"] * labels.index(label), "enter")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_a_reason_that_begins_with_a_digit_does_not_pass_a_case_that_failed(
    office: StaffedOffice, here: Office, size: tuple[int, int]
) -> None:
    number = office.case_in(State.TO_CHECK)
    async with console_on(here, "核查员", size) as console:
        await console.press("f2", "2", "f2")
        await console.until(lambda: "缺少理由" in console.complaint(), "the sentence")
        assert console.complaint() == "“核查”缺少理由。不通过要写明哪里没修好，单位照它返工"
        await console.key_in(REASON)
        assert console.get("#words", Input).value == REASON
        assert console.get("#result", Pick).index == 1
        await console.press("f2")
        await console.until_back()
    case = office.load(number).case
    assert (case.state, case.rework_total) == (State.HANDLING, 1)


async def test_the_same_holds_of_calling_back(office: StaffedOffice, here: Office) -> None:
    called = office.report(source=Source.HOTLINE_12345, reporter_phone="13812345678").number
    office.act(called, Action.ACCEPT)
    office.act(called, Action.VERIFY, result=Result.TRUE)
    office.act(called, Action.FILE)
    office.act(called, Action.DISPATCH, handler=office.handlers["城管局"])
    office.act(called, Action.FEEDBACK, note="已清理")
    office.act(called, Action.CHECK, result=Result.PASS)
    office.act(called, Action.CLOSE)
    async with console_on(here, "受理员") as console:
        console.desk_screen.show_pane("call_back")
        await console.point_at(called)
        await console.press("f2")
        assert isinstance(console.screen, CallBackDialog)
        await console.press("1", "3", "4", "f2")
        assert console.get("#words", Input).has_focus
        await console.key_in(REASON)
        assert [console.get(name, Pick).index for name in ("#answered", "#solved", "#satisfaction")] == [1, 3, 4]
        assert console.get("#words", Input).value == REASON


async def test_an_error_about_no_field_leaves_the_cursor_and_holds_the_digits_until_the_user_comes_back(
    office: StaffedOffice, here: Office
) -> None:
    number = office.case_in(State.TO_CHECK)
    async with console_on(here, "核查员") as console:
        await console.press("f2", "2")
        await console.key_in(REASON)
        await console.press("shift+tab")
        office.act(number, Action.NOTE, Role.DISPATCHER, note="单位来电")
        result = console.get("#result", Pick)
        assert result.has_focus
        await console.press("f2")
        await console.until(lambda: "不是最新情况" in console.complaint(), "the refusal")
        assert result.has_focus
        await console.press("1")
        assert result.index == 1, "held"
        await console.press("tab", "shift+tab", "1")
        assert result.index == 0, "the user came to it anew"


async def test_text_typed_into_a_choice_does_not_choose(office: StaffedOffice, here: Office) -> None:
    office.case_in(State.TO_CHECK)
    async with console_on(here, "核查员") as console:
        await console.press("f2", "2")
        assert console.get("#words", Input).has_focus, "after a digit the cursor moves on"
        await console.press("shift+tab")
        await console.key_in("楼道1号")
        assert console.get("#result", Pick).index == 1


async def test_a_missing_grid_and_a_missing_case_number_have_the_cursor(office: StaffedOffice, here: Office) -> None:
    office.report()
    number = office.report(text="同一处").number
    async with console_on(here, "派遣员") as console:
        await console.point_at(number)
        await open_action(console, "并案")
        await console.press("tab")
        await console.key_in("同一件")
        await console.press("f2")
        assert console.complaint() == "请填写并入哪一案的案件号"
        assert console.get("#into", Input).has_focus
        await console.key_in("777")
        await console.press("tab", "f2")
        await console.until(lambda: "没有案件" in console.complaint(), "no such case")
        assert console.get("#into", Input).has_focus
        assert "gridconsole" not in console.complaint()


def filled(kind: type[GridConsoleError]) -> GridConsoleError:
    """An error with something in each of its fields."""
    values = {"action": Action.CHECK, "near": ["x"]}
    return kind(**{name: values.get(name, "x") for name in kind.field_names if name != "advice"})


def test_every_need_has_its_field() -> None:
    assert set(OF_NEED) == set(Need)
    assert fields_of(MissingField(action=Action.CHECK, need=Need.REASON)) == ("#words",)
    assert fields_of(HandlerExcluded(handler="甲", reason="", hard=False)) == ("#words", "#candidates")
    assert fields_of(HandlerExcluded(handler="甲", reason="", hard=True)) == ("#candidates",)
    assert fields_of(filled(AlreadyDispatched)) == ()
    assert all(issubclass(kind, GridConsoleError) for kind in OF_ERROR)


COMMAND_LINE_ONLY = frozenset(
    {
        "U000", "U004", "U006", "C102", "C171", "C178", "C192", "C194", "C195", "C198", "C199", "E122", "C141",
        "E123", "E124", "E125", "E128", "C211", "C212", "C213", "C214", "C215", "C216", "E131", "E132", "E133", "E134", "E135",
    }
)  # fmt: skip
"""Codes that never reach a dialog: the command line's own words, log-ins without a console, backups, the calendar, the
ledger's years."""


def reaches_a_dialog(kind: type[GridConsoleError]) -> bool:
    """Whether a form may have to say it; what is wrong with the file itself is put right by commands, and says so everywhere."""
    return kind.code not in COMMAND_LINE_ONLY and kind.family is not Family.DATABASE


def test_no_error_speaks_of_options_or_commands_in_the_console() -> None:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, GridConsoleError)]
    assert len(kinds) > 80
    for kind in kinds:
        if reaches_a_dialog(kind):
            said = " ".join(error_sentence(filled(kind), Surface.CONSOLE))
            assert "--" not in said, (kind.code, said)
            assert "gridconsole " not in said, (kind.code, said)
    for need in Need:
        assert "--" not in error_sentence(MissingField(action=Action.CHECK, need=need), Surface.CONSOLE)[0]


def test_the_command_line_goes_on_naming_its_options() -> None:
    refusal = MissingField(action=Action.CHECK, need=Need.REASON)
    assert error_sentence(refusal)[0] == "“核查”缺少理由（--reason 或 --note）"
    assert error_sentence(refusal, Surface.SHEET)[0] == "“核查”缺少理由"


async def test_an_error_stands_below_its_field_and_moves_nothing(office: StaffedOffice, here: Office) -> None:
    office.case_in(State.TO_CHECK)
    async with console_on(here, "核查员", (120, 40)) as console:
        await console.press("f2", "2")
        await console.settle()
        fields = list(console.screen.query("Input, Pick"))
        before = [field.region for field in fields]
        await console.press("f2")
        await console.until(lambda: console.complaint() != "", "the sentence")
        await console.settle()
        assert [field.region for field in fields] == before
        line = console.get(f"#{FLAW}words", Static)
        assert "缺少理由" in str(line.content)
        assert line.region.y == console.get("#words", Input).region.bottom
        assert console.says("#error") == ""


async def test_a_refusal_about_no_field_stands_above_the_keys_and_takes_the_place_of_the_one_before(
    office: StaffedOffice, here: Office
) -> None:
    number = office.case_in(State.TO_CHECK)
    async with console_on(here, "核查员", (80, 24)) as console:
        await console.press("f2", "2", "f2")
        await console.until_shown("! “核查”缺少理由")
        office.act(number, Action.NOTE, note="别人动过")
        await console.press("1", "f2")
        await console.until(lambda: "不是最新情况" in console.says("#error"), "the refusal")
        assert not any(str(line.content) for line in console.screen.query(".flaw").results(Static))
