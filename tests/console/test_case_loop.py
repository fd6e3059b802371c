"""One case from the call to its end, by the console's keys alone, another person taking the chair at each step."""

from __future__ import annotations

from collections.abc import Callable

from console_driver import Console, console_on
from small_office import StaffedOffice
from textual.widgets import Input, OptionList, TextArea

from gridconsole.console.dialogs.act import ActDialog
from gridconsole.console.dialogs.dispatch import DispatchDialog
from gridconsole.console.dialogs.file import FileDialog
from gridconsole.console.dialogs.report import ReportDialog
from gridconsole.console.modes.desk import DeskScreen
from gridconsole.console.widgets.chooser import Chooser
from gridconsole.console.widgets.pick import Pick
from gridconsole.console.widgets.table import RowTable
from gridconsole.domain.actions import Action
from gridconsole.domain.incident import available
from gridconsole.domain.next_step import main_step
from gridconsole.domain.states import Outcome, Result, Role, State
from gridconsole.services import audit, case_queries, handlers
from gridconsole.services.office import Office

NUMBER = "2026112300001"


def stands(office: StaffedOffice, state: State, story: list[tuple[str, str]]) -> None:
    """The row and the ledger say the same, and the ledger's chain holds."""
    view = case_queries.view(office.opened, NUMBER, None)
    assert view.detail.row.state is state
    assert view.detail.row.version == len(story)
    assert [(entry.action, entry.operator) for entry in view.timeline] == story
    assert {entry.origin for entry in view.timeline} == {"console"}
    assert audit.verify(office.opened).ok


async def session(console: Console, office: StaffedOffice, role: Role) -> None:
    """Another person takes the chair and refreshes."""
    console.app.session.actor = office.actors[role]
    await console.press("f5")
    await offers_what_the_table_offers(console, office, role)


async def offers_what_the_table_offers(console: Console, office: StaffedOffice, role: Role) -> None:
    """The line below the case names the actions the rules allow, no more and no fewer."""
    case = office.load(NUMBER).case
    expected = available(case, office.actors[role], office.opened.circumstances())
    await console.until(lambda: console.offered == expected, f"offered {expected}, not {console.offered}")
    step, others = main_step(case, expected.__contains__), [action for action in expected if action is not Action.NOTE]
    offered = console.keys_line
    assert ("F2 " in offered) is (step is not None)
    assert step is None or offered.startswith(f"  {NUMBER[8:]}   F2 ")
    assert ("F3 " in offered) is bool([action for action in others if action is not step])


async def test_a_case_goes_through_the_whole_loop_by_keys_alone(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    opened = open_another()
    story: list[tuple[str, str]] = []

    async with console_on(opened, "受理员") as console:
        await console.press("ctrl+n")
        assert isinstance(console.screen, ReportDialog)
        await console.key_in("井盖丢了[/]，有人摔倒")
        assert console.get("#text", TextArea).text == "井盖丢了[/]，有人摔倒"
        await console.press("tab")
        await console.key_in("dfsqd2wg")
        grid = console.get("#grid", Chooser)
        assert [str(option.prompt) for option in grid.query_one(OptionList).options] == ["东风社区第2网格 330106001001002"]
        await console.press("enter", "tab")
        assert grid.chosen == office.grids["330106001001002"].id
        await console.key_in("ssjg")
        await console.press("enter", "tab")
        assert console.get("#category", Chooser).chosen == office.categories["上水井盖"]
        await console.key_in("幸福路[b栋]3号")
        await console.press("f2")
        await console.until_back()
        story.append(("report", "受理员"))
        stands(office, State.REPORTED, story)
        assert any(NUMBER in toast for toast in console.toasts())
        row = case_queries.view(opened, NUMBER, None).detail
        assert (row.text, row.row.address) == ("井盖丢了[/]，有人摔倒", "幸福路[b栋]3号")

        await console.point_at(NUMBER)
        await offers_what_the_table_offers(console, office, Role.ACCEPTOR)
        await console.press("f2")
        assert isinstance(console.screen, ActDialog)
        assert "受理" in console.page()
        await console.press("f2")
        await console.until_back()
        story.append(("accept", "受理员"))
        stands(office, State.VERIFYING, story)
        await offers_what_the_table_offers(console, office, Role.ACCEPTOR)

        await session(console, office, Role.INSPECTOR)
        await console.press("f2")
        assert console.get("#result", Pick).has_focus
        await console.press("tab", "enter")
        assert "请选定结果：按 1 属实、2 不属实" in console.complaint()
        assert console.get("#result", Pick).has_focus
        await console.press("right", "tab", "enter")
        await console.until_back()
        story.append(("verify", "核查员"))
        stands(office, State.TO_FILE, story)

        await session(console, office, Role.SHIFT_LEADER)
        await console.press("f2")
        assert isinstance(console.screen, FileDialog)
        rules = console.get("#rules", OptionList)
        assert rules.has_focus
        assert rules.highlighted_option is not None
        assert str(rules.highlighted_option.prompt) == "2 紧急工作时  缺失"
        await console.press("enter")
        await console.until_back()
        story.append(("file", "值班长"))
        stands(office, State.TO_DISPATCH, story)
        assert case_queries.view(opened, NUMBER, None).detail.condition == "缺失"

        await session(console, office, Role.DISPATCHER)
        ranking = handlers.ranking_for(opened, NUMBER)
        await console.press("f2")
        assert isinstance(console.screen, DispatchDialog)
        candidates = console.get("#candidates", RowTable)
        await console.until(lambda: candidates.rows, "the ranking")
        shown = [line.handler for line in candidates.rows if not line.blocked]
        assert shown == [candidate.handler for candidate in ranking.candidates]
        assert candidates.has_focus
        assert candidates.current is candidates.rows[0]
        await console.press("enter")
        await console.until_back()
        story.append(("dispatch", "派遣员"))
        stands(office, State.HANDLING, story)
        assert office.load(NUMBER).case.handler == ranking.candidates[0].handler == office.handlers["市政养护公司"]
        await offers_what_the_table_offers(console, office, Role.DISPATCHER)

        await console.press("f2")
        await console.key_in("已补装新井盖")
        await console.press("enter")
        await console.until_back()
        story.append(("feedback", "派遣员"))
        stands(office, State.TO_CHECK, story)

        await session(console, office, Role.INSPECTOR)
        await console.press("f2", "left")
        await console.until(lambda: ">2 不通过<" in console.page(), "the choice")
        await console.press("tab")
        await console.key_in("井盖仍松动")
        await console.press("enter")
        await console.until_back()
        story.append(("check", "核查员"))
        stands(office, State.HANDLING, story)
        case = office.load(NUMBER).case
        assert (case.rework_count, case.rework_total) == (1, 1)
        await console.until_shown("返")

        await session(console, office, Role.DISPATCHER)
        await console.press("f2")
        await console.key_in("已加固")
        await console.press("f2")
        await console.until_back()
        story.append(("feedback", "派遣员"))
        stands(office, State.TO_CHECK, story)

        await session(console, office, Role.INSPECTOR)
        await console.press("f2", "1", "f2")
        await console.until_back()
        story.append(("check", "核查员"))
        stands(office, State.TO_CLOSE, story)

        await session(console, office, Role.SHIFT_LEADER)
        await console.press("f2")
        assert console.get("#outcome", Pick).index == list(Outcome).index(Outcome.RESOLVED)
        assert console.get("#words", Input).value == ""
        await console.press("f2")
        await console.until_back()
        story.append(("close", "值班长"))
        stands(office, State.CLOSED, story)
        assert isinstance(console.screen, DeskScreen)
        console.desk_screen.show_pane("done")
        await console.until(lambda: console.numbers == [NUMBER], "the closed case among the finished ones")
        await offers_what_the_table_offers(console, office, Role.SHIFT_LEADER)

    results = [
        entry.facts.get("result") for entry in case_queries.view(opened, NUMBER, None).timeline if entry.action == Action.CHECK
    ]
    assert results == [Result.FAIL.value, Result.PASS.value]
    assert office.load(NUMBER).case.outcome is Outcome.RESOLVED
