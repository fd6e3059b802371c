"""What was typed is not lost: Esc and F10 ask once, a draft is on disk within seconds and offered to who typed it, to nobody else."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from console_driver import Console, console_on
from logins import PLAIN, give_passwords, set_office
from small_office import StaffedOffice
from textual.widgets import Input, OptionList, TextArea

from gridconsole.console.dialogs.act import ActDialog
from gridconsole.console.dialogs.choice import ChoiceDialog
from gridconsole.console.dialogs.dispatch import DispatchDialog
from gridconsole.console.dialogs.drafted import DraftedForm
from gridconsole.console.dialogs.drafts import DraftsDialog
from gridconsole.console.dialogs.form import Form
from gridconsole.console.dialogs.lock import LockScreen
from gridconsole.console.dialogs.report import ReportDialog
from gridconsole.console.dialogs.unmask import UnmaskDialog
from gridconsole.console.drafting import LeaveDialog
from gridconsole.console.panels.case import CaseScreen
from gridconsole.console.panels.handover import HandoverForm, HandoverScreen
from gridconsole.console.widgets.chooser import Chooser
from gridconsole.console.widgets.pick import Pick
from gridconsole.console.widgets.table import RowTable
from gridconsole.domain.actions import Action
from gridconsole.domain.errors import DatabaseBusy
from gridconsole.domain.states import Grade, Role, State
from gridconsole.services import case_queries, casework, drafts
from gridconsole.services.office import Office

TEXT = "1楼的王女士 13812345678，三号楼[/]“急”"
SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "gridconsole" / "drafts"


def kept(office: StaffedOffice) -> list[drafts.Draft]:
    """Drafts of the office, of all operators."""
    return list(drafts.of_office(drafts.identity(office.opened)))


async def until_kept(console: Console, office: StaffedOffice, text: str = TEXT) -> None:
    """Wait until a text is on the disk, by itself."""
    await console.until(lambda: any(draft.text.endswith(text) for draft in kept(office)), "the draft on the disk")


async def open_new(console: Console, office: StaffedOffice) -> None:
    await console.press("ctrl+n")
    assert isinstance(console.screen, ReportDialog)


async def open_dispatch(console: Console, office: StaffedOffice) -> None:
    await console.press("f2")
    await console.until(lambda: isinstance(console.screen, DispatchDialog) and console.screen.is_judged, "the candidates")
    await console.press("down")
    console.get("#words", Input).focus()


async def open_check(console: Console, office: StaffedOffice) -> None:
    await console.press("f2", "2")


async def open_note(console: Console, office: StaffedOffice) -> None:
    await console.press("f4")


FORMS = {
    "report": ("受理员", State.REPORTED, open_new),
    "dispatch": ("派遣员", State.TO_DISPATCH, open_dispatch),
    "check": ("核查员", State.TO_CHECK, open_check),
    "note": ("派遣员", State.HANDLING, open_note),
}


# --- coming back ---


@SIZES
@pytest.mark.parametrize("kind", FORMS)
async def test_what_was_typed_is_on_disk_and_offered_to_who_typed_it_and_to_nobody_else(
    office: StaffedOffice, open_another: Callable[[], Office], state: Path, kind: str, size: tuple[int, int]
) -> None:
    operator, begin, open_form = FORMS[kind]
    number = office.case_in(begin)
    async with console_on(open_another(), operator, size) as console:
        await console.point_at(number)
        await open_form(console, office)
        await console.key_in(TEXT)
        await until_kept(console, office)
        (file,) = state.glob("*.json")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (left,) = kept(office)
    assert (left.kind, left.case) == (kind, "" if kind == "report" else number)
    async with console_on(open_another(), "内勤", size) as console:
        await console.settle()
        assert console.screen is console.desk_screen
        assert not console.app.drafts.left_behind()
    async with console_on(open_another(), operator, size) as console:
        await console.until(lambda: isinstance(console.screen, DraftsDialog), "the offer")
        await console.until_shown("有 1 份没发出的内容", "三号楼[/]“急”")
        assert "13812345678" not in console.page(), "no number unasked for"
        await console.press("enter")
        await console.until(lambda: isinstance(console.screen, Form), "the form")
        await console.until_shown("已恢复草稿（11-23 周一 09:00）")
        texts = [field.text if isinstance(field, TextArea) else field.value for field in console.screen.query("#words, #text")]
        assert texts == [TEXT]
        if kind == "check":
            assert console.get("#result", Pick).index == 1
        if kind == "dispatch":
            await console.until(lambda: console.get("#candidates", RowTable).cursor == 1, "the unit that was chosen")
        await console.press("f2")
        await console.until(lambda: not isinstance(console.screen, Form), "sent")
        await console.until(lambda: not kept(office), "no draft any more")
    words = [value for entry in case_queries.view(office.opened, number, None).timeline for value in entry.personal.values()]
    assert kind == "report" or any("三号楼[/]“急”" in word for word in words)


@SIZES
async def test_a_digit_in_a_draft_that_came_back_chooses_and_changes_no_word(
    office: StaffedOffice, open_another: Callable[[], Office], size: tuple[int, int]
) -> None:
    number = office.case_in(State.TO_DISPATCH)
    async with console_on(open_another(), "派遣员", size) as console:
        await console.point_at(number)
        await open_dispatch(console, office)
        await console.key_in("请先电话联系")
        await console.press("escape", "2")
        await open_dispatch_again(console)
        await console.press("2")
        assert console.get("#candidates", RowTable).cursor == 1
        assert console.get("#words", Input).value == "请先电话联系"
        await console.press("f2")
        await console.until(lambda: not isinstance(console.screen, Form), "sent")
        await console.until(lambda: not kept(office), "no draft any more")
    words = [value for entry in case_queries.view(office.opened, number, None).timeline for value in entry.personal.values()]
    assert any("请先电话联系" in word for word in words)


async def open_dispatch_again(console: Console) -> None:
    await console.press("f2")
    await console.until(lambda: isinstance(console.screen, DispatchDialog) and console.screen.is_judged, "the candidates")


async def test_typing_goes_on_behind_a_text_that_came_back_or_was_left_by_tab(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    number = office.case_in(State.TO_DISPATCH)
    async with console_on(open_another(), "派遣员") as console:
        await console.point_at(number)
        await open_note(console, office)
        await console.key_in("第一句")
        await console.press("escape", "2", "f4")
        await console.key_in("，第二句")
        assert console.get("#words", Input).value == "第一句，第二句"
        await console.press("escape", "2")
        await open_dispatch_again(console)
        console.get("#helpers", Input).focus()
        await console.key_in("一")
        await console.press("tab", "shift+tab")
        await console.key_in("二")
        assert console.get("#helpers", Input).value == "一二"


async def test_the_whole_new_report_comes_back_and_is_sent_once(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    async with console_on(open_another(), "受理员") as console:
        await console.press("ctrl+n")
        await console.paste("第一行\n第二行")
        await console.press("tab")
        await console.key_in("东风社区第1网格")
        await console.press("enter", "tab", "tab", "tab", "tab", "3")
        await console.key_in("王阿姨")
        await until_kept(console, office, "王阿姨")
        request = console.screen.request_id
    async with console_on(open_another(), "受理员") as console:
        await console.until(lambda: isinstance(console.screen, DraftsDialog), "the offer")
        await console.press("escape", "ctrl+n")
        assert console.get("#text", TextArea).text == "第一行\n第二行"
        assert console.get("#grid", Chooser).chosen == office.grids["330106001001001"].id
        assert console.get("#grade", Pick).index == 2
        assert console.get("#reporter", Input).value == "王阿姨"
        assert console.screen.request_id == request
        await console.press("f2")
        await console.until_back()
        await console.until(lambda: len(console.numbers) == 1, "one case")
        (number,) = console.numbers
    assert office.load(number).case.grade is Grade.URGENT
    assert not kept(office)


async def test_text_that_is_thrown_away_is_not_saved_again_while_the_form_closes(
    office: StaffedOffice, open_another: Callable[[], Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    number, fold = office.case_in(State.TO_DISPATCH), DraftedForm.fold

    def closing_late(form: DraftedForm) -> None:
        form.keep_draft()
        fold(form)

    monkeypatch.setattr(DraftedForm, "fold", closing_late)
    async with console_on(open_another(), "派遣员") as console:
        await console.point_at(number)
        await console.press("f4")
        await console.key_in(TEXT)
        await until_kept(console, office)
        await console.press("escape", "3")
        await console.until_back()
        assert not kept(office)


async def test_a_draft_of_a_case_that_moved_on_is_offered_as_text_and_says_so(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    number = office.case_in(State.TO_DISPATCH)
    async with console_on(open_another(), "派遣员") as console:
        await console.point_at(number)
        await open_dispatch(console, office)
        await console.key_in(TEXT)
        await until_kept(console, office)
    office.act(number, Action.DISPATCH, handler=office.handlers["城管局"])
    async with console_on(open_another(), "派遣员") as console:
        await console.until_shown("有 1 份没发出的内容", "案件已变化", "三号楼[/]“急”")
        await console.press("f3")
        assert console.app.clipboard == TEXT
        await console.press("enter")
        await console.until(lambda: isinstance(console.screen, CaseScreen), "the case")
        await console.until(lambda: any("案件已变化，现在不能派遣" in text for text in console.toasts()), "why there is no form")
    assert len(kept(office)) == 1


async def test_a_form_on_a_case_that_was_acted_on_meanwhile_says_so_and_chooses_nothing_again(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    number = office.case_in(State.TO_CHECK)
    async with console_on(open_another(), "核查员") as console:
        await console.point_at(number)
        await open_check(console, office)
        await console.key_in(TEXT)
        await until_kept(console, office)
    office.act(number, Action.NOTE, note="单位来电")
    async with console_on(open_another(), "核查员") as console:
        await console.until(lambda: isinstance(console.screen, DraftsDialog), "the offer")
        await console.press("escape")
        await console.point_at(number)
        await console.press("f2")
        assert "案件已变化：写时是第" in console.says("#draft")
        assert console.get("#words", Input).value == TEXT
        assert console.get("#result", Pick).index == -1, "a verdict on another version is nobody's"


async def test_what_a_running_console_has_open_is_not_offered_at_another_terminal(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    number = office.case_in(State.HANDLING)
    async with console_on(open_another(), "派遣员") as first:
        await first.point_at(number)
        await first.press("f4")
        await first.key_in(TEXT)
        await until_kept(first, office)
        async with console_on(open_another(), "派遣员") as second:
            await second.settle()
            assert second.screen is second.desk_screen
            await second.point_at(number)
            await second.press("f4")
            assert second.get("#words", Input).value == ""


async def test_the_palette_shows_them_again_and_f4_twice_throws_one_away(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    number = office.case_in(State.HANDLING)
    async with console_on(open_another(), "派遣员") as console:
        await console.point_at(number)
        await console.press("f4")
        await console.key_in(TEXT)
        await console.press("escape", "2")
        await console.until_back()
        console.app.action_drafts()
        await console.until(lambda: isinstance(console.screen, DraftsDialog), "the list")
        await console.press("f4")
        assert len(kept(office)) == 1
        await console.press("f4")
        await console.until_back()
        assert kept(office) == []
        console.app.action_drafts()
        await console.until(lambda: any("没有没发出的内容" in text for text in console.toasts()), "a word")


# --- leaving a form ---


@SIZES
async def test_escape_asks_once_and_nothing_typed_is_lost(
    office: StaffedOffice, open_another: Callable[[], Office], size: tuple[int, int]
) -> None:
    number = office.case_in(State.HANDLING)
    async with console_on(open_another(), "派遣员", size) as console:
        await console.point_at(number)
        await console.press("f4")
        form = console.screen
        await console.key_in(TEXT)
        await console.press("escape")
        assert isinstance(console.screen, ChoiceDialog)
        await console.until_shown(f"备注 {number[-5:]}  27 个字", ">1  接着写", "2  留着草稿收起", "3  扔掉")
        await console.press("enter")
        assert console.screen is form
        assert console.get("#words", Input).value == TEXT
        assert console.get("#words", Input).has_focus
        await console.press("escape", "escape")
        await console.until_back()
        assert [draft.text for draft in kept(office)] == [TEXT]
        await console.press("f4")
        assert console.get("#words", Input).value == TEXT
        await console.press("escape", "3")
        await console.until_back()
        assert kept(office) == []
        await console.press("f4")
        assert console.get("#words", Input).value == ""
    assert [entry.action for entry in case_queries.view(office.opened, number, None).timeline][-1] == "dispatch"


async def test_an_empty_or_untouched_form_is_left_at_once(office: StaffedOffice, open_another: Callable[[], Office]) -> None:
    number = office.case_in(State.HANDLING)
    async with console_on(open_another(), "内勤") as console:
        await console.point_at(number)
        for label in ("备注", "申请延期"):
            await console.press("f3")
            labels = console.menu()
            await console.press(*["down"] * labels.index(label), "enter")
            assert isinstance(console.screen, Form)
            await console.press("escape")
            await console.until_back()
        await console.press("ctrl+n")
        await console.key_in("一")
        await until_kept(console, office, "一")
        await console.press("backspace", "escape")
        await console.until_back()
    assert kept(office) == []


async def test_reasons_for_looking_behind_a_mask_and_passwords_are_never_kept(
    office: StaffedOffice, open_another: Callable[[], Office], state: Path
) -> None:
    number = office.case_in(State.HANDLING)
    async with console_on(open_another(), "派遣员") as console:
        await console.point_at(number)
        await console.press("enter")
        await console.until(lambda: isinstance(console.screen, CaseScreen), "the case")
        await console.settle()
        await console.press("ctrl+u")
        assert isinstance(console.screen, UnmaskDialog)
        await console.key_in("回访")
        console.app.drafting.keep()
        await console.press("escape")
        assert isinstance(console.screen, CaseScreen)
        console.app.action_change_password()
        await console.settle()
        await console.key_in("geheim")
        console.app.drafting.keep()
        await console.press("escape")
        assert isinstance(console.screen, CaseScreen)
    assert not list(state.glob("*.json")) if state.exists() else True


async def test_the_remarks_of_a_hand_over_are_kept_too(office: StaffedOffice, open_another: Callable[[], Office]) -> None:
    async with console_on(open_another(), "派遣员") as console:
        await console.press("ctrl+o")
        await console.until(lambda: isinstance(console.screen, HandoverScreen) and console.screen.facts is not None, "the sheet")
        await console.press("f2")
        assert isinstance(console.screen, HandoverForm)
        await console.key_in(TEXT)
        await console.press("escape", "2")
        await console.until(lambda: isinstance(console.screen, HandoverScreen), "the sheet again")
        assert [draft.kind for draft in kept(office)] == ["hand_over"]
        await console.press("f2")
        assert console.get("#remarks", TextArea).text == TEXT
        await console.press("f2")
        await console.until(lambda: not kept(office), "no draft any more")


# --- refused, locked, busy ---


async def test_text_stays_in_the_form_and_on_disk_when_nothing_could_be_written(
    office: StaffedOffice, open_another: Callable[[], Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = office.case_in(State.HANDLING)

    def busy(*_: object) -> None:
        raise DatabaseBusy(path="office.db")

    async with console_on(open_another(), "派遣员") as console:
        await console.point_at(number)
        await console.press("f4")
        await console.key_in(TEXT)
        with monkeypatch.context() as patch:
            patch.setattr(casework, "act_on", busy)
            await console.press("f2")
            await console.until(lambda: console.complaint() not in ("", "正在保存"), "the refusal")
        assert console.get("#words", Input).value == TEXT
        assert [draft.text for draft in kept(office)] == [TEXT]
        await console.press("f2")
        await console.until_back()
    assert kept(office) == []


async def test_a_form_left_while_it_is_being_written_leaves_no_draft_behind(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    number = office.case_in(State.HANDLING)
    async with console_on(open_another(), "派遣员") as console:
        await console.point_at(number)
        await console.press("f4")
        await console.key_in(TEXT)
        with office.opened.database.writing():
            await console.pilot.press("f2", "escape")
            assert console.screen is console.desk_screen
            assert len(kept(office)) == 1
        await console.until(lambda: not kept(office), "sent, so no draft")


async def test_the_lock_finds_the_text_on_disk_and_who_takes_over_types_on_in_a_draft_of_their_own(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    give_passwords(office.opened, "受理员", "值班长", "系统管理员")
    async with console_on(open_another(), "受理员") as console:
        await console.press("ctrl+n")
        await console.key_in("三号楼")
        await console.press("f9")
        await console.until(lambda: isinstance(console.screen, LockScreen), "the lock")
        assert [(draft.operator_name, draft.text) for draft in kept(office)] == [("受理员", "三号楼")]
        await console.settle()
        console.get("#names", OptionList).highlighted = 1
        console.get("#password", Input).focus()
        await console.key_in(PLAIN)
        await console.press("enter")
        await console.until(lambda: isinstance(console.screen, ReportDialog), "the form")
        await console.key_in("，四号楼")
        await until_kept(console, office, "三号楼，四号楼")
        assert {(draft.operator_name, draft.text) for draft in kept(office)} == {
            ("受理员", "三号楼"), ("值班长", "三号楼，四号楼"),
        }  # fmt: skip
        await console.press("f2")
        await console.until_back()
        await console.until(lambda: not kept(office), "sent, so nobody's draft any more")


async def test_where_no_draft_can_be_kept_the_form_says_so_and_escape_goes_on_editing(
    office: StaffedOffice, open_another: Callable[[], Office], state: Path
) -> None:
    state.parent.mkdir(parents=True)
    state.write_text("", encoding="utf-8")
    number = office.case_in(State.HANDLING)
    async with console_on(open_another(), "派遣员") as console:
        await console.point_at(number)
        await console.press("f4")
        await console.key_in(TEXT)
        await console.until(lambda: "草稿存不下" in console.says("#draft"), "the trouble")
        await console.press("escape")
        await console.until_shown("2  扔掉")
        assert "留着草稿收起" not in console.page()
        await console.press("escape")
        assert console.get("#words", Input).value == TEXT


# --- leaving the console ---


@SIZES
async def test_f10_asks_once_where_text_was_not_sent(
    office: StaffedOffice, open_another: Callable[[], Office], size: tuple[int, int]
) -> None:
    number = office.case_in(State.HANDLING)
    async with console_on(open_another(), "派遣员", size) as console:
        await console.press("ctrl+n")
        await console.key_in("路灯不亮")
        await console.press("escape", "2")
        await console.until_back()
        await console.point_at(number)
        await console.press("f4")
        form = console.screen
        await console.key_in(TEXT)
        await console.press("f10")
        assert isinstance(console.screen, LeaveDialog)
        await console.until_shown("2 处写了还没交", f"备注 {number[-5:]}", "新报", "4 个字", "27 个字")
        assert "13812345678" not in "".join(line[:100] for line in console.lines() if "个字" in line)
        await console.press("1")
        assert console.screen is form
        assert console.get("#words", Input).value == TEXT
        await console.press("f10", "escape")
        await console.until_back()
        assert {draft.text for draft in kept(office)} == {"路灯不亮", TEXT}
        await console.press("f10")
        assert isinstance(console.screen, LeaveDialog), "what was folded here is not sent either"
        await console.pilot.press("f10")
        await console.until(lambda: console.has_ended, "the end, without asking again")
    assert {draft.text for draft in kept(office)} == {"路灯不亮", TEXT}


async def test_many_texts_that_were_not_sent_leave_room_for_the_answers(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    numbers = [office.case_in(State.HANDLING) for _ in range(9)]
    async with console_on(open_another(), "派遣员", (80, 24)) as console:
        for number in numbers:
            await console.point_at(number)
            await console.press("f4")
            await console.key_in("催办")
            await console.press("escape", "2")
            await console.until_back()
        await console.press("f10")
        await console.until_shown("9 处写了还没交", "还有 3 处", "留着草稿退出", "Esc 回到台上")
        await console.press("1")
        await console.until_shown("有 9 份没发出的内容")


async def test_f10_in_the_middle_of_a_form_may_lead_to_the_hand_over_or_the_lock(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    give_passwords(office.opened, "派遣员", "系统管理员")
    number = office.case_in(State.HANDLING)
    async with console_on(open_another(), "派遣员") as console:
        await console.point_at(number)
        await console.press("f4")
        await console.key_in(TEXT)
        await console.press("f10", "4")
        await console.until(lambda: isinstance(console.screen, LockScreen), "the lock")
        await console.settle()
        await console.key_in(PLAIN)
        await console.press("enter")
        await console.until(lambda: isinstance(console.screen, ActDialog), "the form")
        assert console.get("#words", Input).value == TEXT
        await console.press("f10", "3")
        await console.until(lambda: isinstance(console.screen, HandoverScreen), "the sheet")
    assert [draft.text for draft in kept(office)] == [TEXT]


async def test_f10_leaves_at_once_where_nothing_was_typed(office: StaffedOffice, open_another: Callable[[], Office]) -> None:
    set_office(office.opened, demo=True)
    async with console_on(open_another(), "派遣员") as console:
        await console.press("ctrl+n")
        await console.pilot.press("f10")
        await console.until(lambda: console.has_ended, "the end")


async def test_a_signal_leaves_with_what_was_just_typed_on_disk(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    async with console_on(open_another(), "受理员") as console:
        await console.press("ctrl+n")
        await console.key_in(TEXT)
        console.app.exit()
        assert [draft.text for draft in kept(office)] == [TEXT]
    assert office.actors[Role.ACCEPTOR].id == kept(office)[0].operator
