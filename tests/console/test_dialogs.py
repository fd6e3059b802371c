"""Dialogs write once, keep what was typed when refused, and leave without writing on Esc."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from console_driver import Console, console_on
from small_office import StaffedOffice, local
from textual import events
from textual.widgets import Input, OptionList, Select, TextArea

from gridconsole.console.dialogs.act import ActDialog
from gridconsole.console.dialogs.dispatch import DispatchDialog
from gridconsole.console.dialogs.file import FileDialog
from gridconsole.console.dialogs.report import ReportDialog
from gridconsole.console.widgets.chooser import Chooser
from gridconsole.console.widgets.pick import Pick
from gridconsole.console.widgets.table import RowTable
from gridconsole.domain.actions import Act, Action
from gridconsole.domain.errors import DiskFault
from gridconsole.domain.states import Grade, Outcome, Source, State
from gridconsole.services import case_queries, casework, handlers
from gridconsole.services.casework import Receipt
from gridconsole.services.office import Office


@pytest.fixture
def here(open_another: Callable[[], Office]) -> Office:
    """The office as the console has it open."""
    return open_another()


def acts(office: StaffedOffice, number: str) -> list[str]:
    """What was done to a case, by its ledger."""
    return [entry.action for entry in case_queries.view(office.opened, number, None).timeline]


def last_words(office: StaffedOffice, number: str) -> str:
    """The words of the last act."""
    personal = case_queries.view(office.opened, number, None).timeline[-1].personal
    return personal.get("reason") or personal.get("note") or ""


async def choose_in_menu(console: Console, label: str) -> None:
    """F3 and the action of a name."""
    await console.press("f3")
    labels = console.menu()
    await console.press(*["down"] * labels.index(label), "enter")


# --- once ---


async def test_f2_struck_twice_while_the_file_is_taken_writes_once(office: StaffedOffice, here: Office) -> None:
    number = office.report().number
    async with console_on(here, "受理员") as console:
        await console.press("f2")
        with office.opened.database.writing():
            await console.pilot.press("f2", "f2")
            assert console.complaint() == "正在保存"
            assert isinstance(console.screen, ActDialog)
        await console.until_back()
        assert acts(office, number) == ["report", "accept"]
        assert len(console.toasts()) == 1


async def test_two_keys_in_one_breath_write_once(office: StaffedOffice, here: Office) -> None:
    number = office.case_in(State.HANDLING)
    async with console_on(here, "派遣员") as console:
        await console.press("f2")
        await console.key_in("已清理")
        console.send(*(events.Key(key, None) for key in ("f2", "enter", "f2")))
        # Enter may reach the desk, where it opens the case, when the dialog has closed before it.
        await console.until(lambda: not isinstance(console.screen, ActDialog), "the dialog closed")
        await console.settle()
        assert acts(office, number)[3:] == ["dispatch", "feedback"]


async def test_after_an_unknown_outcome_the_same_request_is_not_done_twice(
    office: StaffedOffice, here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit went through, the answer was lost: F2 again finds the act done instead of doing it again."""
    number = office.case_in(State.HANDLING)
    real, calls = casework.act_on, []

    def answer_lost(opened: Office, actor: object, case: str, act: Act, request_id: str | None = None) -> Receipt:
        receipt = real(opened, actor, case, act, request_id)  # type: ignore[arg-type]
        calls.append(request_id)
        if len(calls) == 1:
            raise DiskFault(path="office.db")
        return receipt

    monkeypatch.setattr(casework, "act_on", answer_lost)
    async with console_on(here, "派遣员") as console:
        await console.press("f2")
        await console.key_in("已清理")
        await console.press("f2")
        await console.until(lambda: "结果不明" in console.complaint(), "the sentence")
        assert console.get("#words", Input).value == "已清理"
        await console.press("f2")
        await console.until_back()
    assert acts(office, number)[3:] == ["dispatch", "feedback"]
    assert len(calls) == 2
    assert calls[0] == calls[1]


async def test_a_report_submitted_twice_after_an_unknown_outcome_is_one_case(
    office: StaffedOffice, here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = casework.intake, []

    def answer_lost(*args: object) -> Receipt:
        receipt = real(*args)  # type: ignore[arg-type]
        calls.append(args[-1])
        if len(calls) == 1:
            raise DiskFault(path="office.db")
        return receipt

    monkeypatch.setattr(casework, "intake", answer_lost)
    async with console_on(here, "受理员") as console:
        await console.press("ctrl+n")
        await console.key_in("路灯不亮")
        await console.press("f2")
        await console.until(lambda: "结果不明" in console.complaint(), "the sentence")
        assert console.get("#text", TextArea).text == "路灯不亮"
        await console.press("f2")
        await console.until_back()
        await console.until(lambda: console.numbers == ["2026112300001"], "one case")


async def test_escape_while_saving_does_not_undo_and_the_queue_shows_what_was_done(office: StaffedOffice, here: Office) -> None:
    number = office.report().number
    async with console_on(here, "受理员") as console:
        await console.press("f2")
        with office.opened.database.writing():
            await console.pilot.press("f2", "escape")
            assert console.screen is console.desk_screen
        await console.until(lambda: any(number in line and "待立案" in line for line in console.lines()), "what was done")
        assert acts(office, number) == ["report", "accept"]


async def test_escape_leaves_without_writing(office: StaffedOffice, here: Office) -> None:
    number = office.report().number
    async with console_on(here, "受理员") as console:
        for key in ("f2", "f4", "f2"):
            await console.press(key)
            assert console.get("#words", Input).value == ""
            await console.key_in("写了一半")
            await console.press("escape", "3")
            assert console.screen is console.desk_screen
    assert acts(office, number) == ["report"]


# --- what is missing stays in the dialog ---


async def test_a_failed_check_without_a_reason_stays_open_with_the_choice_made(office: StaffedOffice, here: Office) -> None:
    number = office.case_in(State.TO_CHECK)
    async with console_on(here, "核查员") as console:
        await console.press("f2", "2", "f2")
        await console.until(lambda: "缺少" in console.complaint(), "the sentence")
        assert console.complaint().startswith("“核查”缺少理由")
        assert isinstance(console.screen, ActDialog)
        assert console.get("#result", Pick).index == 1
        assert acts(office, number)[-1] == "feedback"
        assert console.get("#words", Input).has_focus
        await console.key_in("仍有残留[/]")
        await console.press("enter")
        await console.until_back()
    assert office.load(number).case.state is State.HANDLING
    assert last_words(office, number) == "仍有残留[/]"


@pytest.mark.parametrize(
    ("operator", "steps"),
    [
        ("受理员", ((State.REPORTED, "自处理", "说明"), (State.REPORTED, "不予受理", "理由"))),
        (
            "派遣员",
            (
                (State.HANDLING, "反馈", "说明"),
                (State.HANDLING, "申请回退", "理由"),
                (State.TO_DISPATCH, "退回上一步", "理由"),
                (State.TO_CHECK, "备注", "说明"),
            ),
        ),
    ],
    ids=["acceptor", "dispatcher"],
)
async def test_a_missing_word_is_asked_for_and_the_act_is_done_once_it_is_there(
    office: StaffedOffice, here: Office, operator: str, steps: tuple[tuple[State, str, str], ...]
) -> None:
    numbers = [office.case_in(state) for state, _, _ in steps]
    async with console_on(here, operator) as console:
        for number, (_, label, need) in zip(numbers, steps, strict=True):
            before = acts(office, number)
            await console.press("f5")
            await console.point_at(number)
            await choose_in_menu(console, label)
            await console.key_in("  ")
            await console.press("f2")
            await console.until(lambda wanted=f"“{label}”缺少{need}": wanted in console.complaint(), "the sentence")
            assert acts(office, number) == before
            await console.key_in("理由充分")
            await console.press("f2")
            await console.until_back()
            assert len(acts(office, number)) == len(before) + 1
            assert last_words(office, number) == "理由充分"


async def test_closing_records_how_it_ended(office: StaffedOffice, here: Office) -> None:
    number = office.case_in(State.TO_CLOSE)
    async with console_on(here, "值班长") as console:
        await console.press("f2", "tab", "left", "f2")
        await console.until_back()
    assert office.load(number).case.outcome is Outcome.DUPLICATE


# --- dispatching ---


async def open_ranking(console: Console) -> RowTable[Any]:
    """The dispatch dialog with its list ready."""
    assert isinstance(console.screen, DispatchDialog)
    table: RowTable[Any] = console.screen.query_one("#candidates", RowTable)
    await console.until(lambda: table.rows, "the ranking")
    return table


async def test_another_than_the_first_candidate_asks_for_a_reason(office: StaffedOffice, here: Office) -> None:
    number = office.case_in(State.TO_DISPATCH)
    second = handlers.ranking_for(office.opened, number).candidates[1].handler
    async with console_on(here, "派遣员") as console:
        await console.press("f2")
        await open_ranking(console)
        await console.press("down", "enter")
        assert console.complaint() == "没有选推荐的第一位，请写一句理由（至少两个字）"
        assert console.get("#words", Input).has_focus
        assert acts(office, number)[-1] == "file"
        await console.key_in("首选单位人手不足")
        await console.press("enter")
        assert console.get("#candidates", RowTable).has_focus
        await console.press("enter")
        await console.until_back()
    assert office.load(number).case.handler == second
    assert last_words(office, number) == "首选单位人手不足"


async def test_an_excluded_unit_may_be_chosen_with_a_reason_a_person_on_leave_never(office: StaffedOffice, here: Office) -> None:
    office.act(number := office.case_in(State.TO_DISPATCH), Action.NOTE, note="x")
    with office.opened.database.writing() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO leave (number, person_id, kind, first_half, last_half, recorded_by) VALUES (1, :warden, 'annual', '2026-11-20a', '2026-11-30p', 0)"
            ),
            {"warden": office.handlers["李小明"].id},
        )
    ranking = handlers.ranking_for(office.opened, number)
    everybody = [item.handler.name for item in (*ranking.candidates, *ranking.excluded)]
    async with console_on(here, "派遣员") as console:
        await console.press("f2")
        table = await open_ranking(console)
        await console.press("f3")
        assert sorted(line.handler.name for line in table.rows) == sorted(everybody)
        everybody = [line.handler.name for line in table.rows]
        console.get("#words", Input).focus()
        await console.key_in("情况特殊")
        console.get("#candidates", RowTable).focus()
        await console.press(*["down"] * everybody.index("李小明"))
        assert "请假中" in console.page()
        await console.press("enter")
        await console.until(lambda: "不能派给" in console.complaint(), "the sentence")
        assert console.complaint().startswith("不能派给李小明：请假中")
        assert console.get("#words", Input).value == "情况特殊"
        assert acts(office, number)[-1] == "note"
        assert table.move_to((office.handlers["住建局"].kind, office.handlers["住建局"].id))
        await console.press("enter")
        await console.until_back()
    assert office.load(number).case.handler == office.handlers["住建局"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_responsible_units_that_are_all_off_duty_stand_on_top_and_take_a_reason(
    office: StaffedOffice, here: Office, size: tuple[int, int]
) -> None:
    office.clock.at = local(date(2026, 11, 28), "10:00")
    number = office.case_in(State.TO_FILE, category_id=office.categories["暴露垃圾"], grade=Grade.URGENT)
    office.act(number, Action.FILE)
    async with console_on(here, "派遣员", size) as console:
        await console.point_at(number)
        await console.press("f2")
        table = await open_ranking(console)
        assert console.complaint() == "负责的 2 家不在班，写明已联系谁即可派"
        assert [line.handler.name for line in table.rows][:3] == ["城管局", "环卫所", "幸福街道办"]
        assert (table.rows[0].why, table.rows[0].now, table.rows[0].position) == ("主责", "不在班", 1)
        assert console.get("#candidates", RowTable).has_focus
        await console.press("enter")
        assert console.complaint() == "单位不在班，请写明已联系谁"
        assert console.get("#words", Input).has_focus
        await console.key_in("已电话联系值班的老周")
        await console.press("f2")
        await console.until_back()
    assert office.load(number).case.handler == office.handlers["城管局"]
    assert last_words(office, number) == "已电话联系值班的老周"


async def test_a_redispatch_names_another_handler_and_why(office: StaffedOffice, here: Office) -> None:
    number = office.case_in(State.HANDLING)
    async with console_on(here, "派遣员") as console:
        await choose_in_menu(console, "改派")
        table = await open_ranking(console)
        present = next(line for line in table.rows if line.why == "现承办")
        assert (present.handler.name, present.position) == ("城管局", 0)
        assert table.current.position == 1, "the present handler is not the one that is chosen"
        assert table.move_to((present.handler.kind, present.handler.id))
        await console.press("f2")
        assert "请另选一家" in console.complaint()
        assert table.move_to((office.handlers["环卫所"].kind, office.handlers["环卫所"].id))
        await console.press("f2")
        assert console.complaint() == "没有选推荐的第一位，请写一句理由（至少两个字）"
        assert console.get("#words", Input).has_focus
        await console.key_in("职责调整")
        await console.press("f2")
        await console.until_back()
    case = office.load(number).case
    assert (case.state, case.handler, case.redispatch_count) == (State.HANDLING, office.handlers["环卫所"], 1)


# --- filing and reporting ---


async def test_filing_asks_for_what_is_unknown_and_lists_the_rules_of_what_is_chosen(office: StaffedOffice, here: Office) -> None:
    number = office.report(grid_id=None, area_id=None, category_id=None).number
    office.act(number, Action.ACCEPT)
    async with console_on(here, "值班长") as console:
        await console.press("f2")
        assert isinstance(console.screen, FileDialog)
        assert console.get("#category", Chooser).query_one(Input).has_focus
        rules = console.get("#rules", OptionList)
        assert rules.option_count == 0
        await console.press("f2")
        await console.until(lambda: "缺少网格" in console.complaint(), "the sentence")
        assert console.get("#grid", Chooser).query_one(Input).has_focus
        await console.press("shift+tab")
        await console.key_in("bllj")
        await console.press("enter")
        assert [str(option.prompt) for option in rules.options] == ["4 工作时  少量", "1 工作日  大量"]
        assert rules.highlighted == 0, "the most pressing limit"
        await console.press("tab")
        await console.key_in("xmsq")
        await console.press("enter", "tab", "down", "enter")
        await console.until_back()
    case = office.load(number).case
    assert (case.state, case.grid_id) == (State.TO_DISPATCH, office.grids["330106001002001"].id)
    assert case.rule is not None
    assert case.rule.condition == "大量"


async def test_changing_the_category_changes_the_rules_and_the_field_can_be_corrected(
    office: StaffedOffice, here: Office
) -> None:
    number = office.case_in(State.TO_FILE)
    async with console_on(here, "值班长") as console:
        await console.press("f2")
        chooser = console.get("#category", Chooser)
        assert chooser.chosen == office.categories["暴露垃圾"]
        field = chooser.query_one(Input)
        field.focus()
        await console.press("home", "ctrl+k")
        assert chooser.chosen is None
        assert console.get("#rules", OptionList).option_count == 0
        await console.key_in("01")
        shown = [str(option.prompt) for option in chooser.query_one(OptionList).options]
        assert len(shown) > 1
        await console.press("down", "enter")
        assert field.value == shown[1]
        await console.press("f2")
        await console.until_back()
    assert office.load(number).case.category_id == chooser.chosen


async def test_a_new_report_takes_source_grade_person_and_shows_what_is_open_nearby(office: StaffedOffice, here: Office) -> None:
    other = office.report(text="电话 13812345678 反映同一处垃圾").number
    async with console_on(here, "受理员") as console:
        await console.press("ctrl+n")
        assert isinstance(console.screen, ReportDialog)
        await console.press("f2")
        assert console.complaint() == "请填写问题描述"
        assert console.get("#text", TextArea).has_focus
        await console.paste("第一行，\r\n第二行[/]")
        await console.press("tab")
        await console.key_in("东风社区第1网格")
        await console.press("enter")
        await console.until(lambda: other[-5:] in console.says("#similar"), "the open case nearby")
        assert "138****5678" in console.says("#similar")
        await console.press("tab", "tab")
        await console.key_in("幸福路３号")
        await console.press("tab")
        assert console.get("#source", Select).has_focus
        await console.press("tab", "3")
        await console.key_in("王[/]阿姨")
        await console.press("tab")
        await console.key_in("13700001111")
        await console.press("f2")
        await console.until_back()
        await console.until(lambda: console.current != other, "the cursor on the new case")
    number = "2026112300002"
    detail = case_queries.view(office.opened, number, None).detail
    assert detail.text == "第一行，\n第二行[/]"
    assert (detail.row.source, detail.row.grade, detail.row.address) == (Source.PUBLIC, Grade.URGENT, "幸福路３号")
    assert (detail.reporter, detail.phone) == ("王***", "137****1111")
    assert office.load(number).case.grid_id == office.grids["330106001001001"].id


async def test_the_dispatch_drawer_says_by_when_takes_digits_and_helpers_and_folds_who_is_not_responsible(
    office: StaffedOffice, here: Office
) -> None:
    number = office.case_in(State.TO_DISPATCH)
    async with console_on(here, "派遣员") as console:
        await console.press("f2")
        table = await open_ranking(console)
        await console.until(lambda: "派出后 今" in console.says("#after"), "by when")
        assert "处置限 4 工作时" in console.says("#after")
        folded = console.says("#folded")
        assert "不可派" in folded
        count = len(table.rows)
        await console.press("f3")
        assert len(table.rows) > count
        await console.press("f3")
        assert len(table.rows) == count
        await console.press("2")
        assert table.current.position == 2
        await console.press("home", "tab")
        assert console.get("#helpers", Input).has_focus
        await console.key_in("没有这家")
        await console.press("f2")
        await console.until(lambda: "没有这家" in console.complaint(), "the refusal")
        assert console.get("#helpers", Input).has_focus, "the field the error is about"
        console.get("#helpers", Input).value = "环卫所"
        await console.press("f2")
        await console.until_back()
    with office.opened.database.reading() as connection:
        found = connection.exec_driver_sql("SELECT role FROM assignment ORDER BY id").all()
    assert len(found) == 2, "the handler and the helper"
    assert office.load(number).case.state is State.HANDLING
