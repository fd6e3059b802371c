"""What a console offers is what the transition table allows, for every role at every state, and nothing else works."""

from __future__ import annotations

from collections.abc import Callable

from console_driver import Console, console_on
from logins import set_office
from small_office import OFFICE_ROLES, WAY_TO, StaffedOffice
from textual.widgets import OptionList

from gridconsole.console.dialogs.menu import ActionMenu
from gridconsole.console.widgets.table import RowTable
from gridconsole.domain.actions import Action, next_steps
from gridconsole.domain.incident import available
from gridconsole.domain.next_step import main_step
from gridconsole.domain.states import RequestKind, Role, Source, State
from gridconsole.language import word
from gridconsole.services.office import Office
from gridconsole.store import ledger

OPEN = [state for state in WAY_TO if not state.is_final]


def entries(office: StaffedOffice) -> int:
    """How many entries the ledger has."""
    with office.opened.database.reading() as connection:
        return ledger.last_seq(connection, office.opened.id)


async def offered_for(console: Console, number: str, expected: tuple[str, ...]) -> tuple[str, ...]:
    """Point at a case and read what is offered, once it has arrived."""
    await console.point_at(number)
    await console.until(lambda: console.offered == expected, f"offered {expected} for {number}, not {console.offered}")
    return console.offered


async def test_offered_actions_are_those_of_the_table_for_every_role(office: StaffedOffice) -> None:
    cases = {state: office.case_in(state) for state in OPEN}
    hearsay = office.report(source=Source.PUBLIC).number
    office.act(hearsay, Action.ACCEPT)
    before = entries(office)
    async with console_on(office.opened, "受理员") as console:
        for role in OFFICE_ROLES:
            actor = office.actors[role]
            console.app.session.actor = actor
            await console.press("f5")
            idle = []
            for number in sorted((*cases.values(), hearsay), key=console.numbers.index):
                expected = available(office.load(number).case, actor, office.opened.circumstances())
                assert await offered_for(console, number, expected) == expected
                step = main_step(office.load(number).case, expected.__contains__)
                if step is not None:
                    assert console.keys_line.startswith(f"  {number[8:]}   F2 ")
                assert Action.NOTE in expected
                if step is None:
                    idle.append(number)
            assert idle, "everybody finds a case that is not theirs"
            await console.point_at(idle[0])
            await console.press("f2")
            assert console.screen is console.desk_screen
            assert console.toasts()[-1] == "本案现在没有归您办的步骤"
            await console.press("home")
    assert entries(office) == before


async def test_the_menu_lists_the_actions_and_opens_the_one_chosen(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    async with console_on(office.opened, "派遣员") as console:
        await console.point_at(number)
        await console.press("f3")
        assert isinstance(console.screen, ActionMenu)
        expected = available(office.load(number).case, office.actors[Role.DISPATCHER], office.opened.circumstances())
        assert console.menu() == [word(action) for action in expected]
        await console.press(*["down"] * expected.index(Action.RETURN), "enter")
        assert f"申请回退 {number[8:]} " in console.page()
        await console.key_in("不归本单位管")
        await console.press("enter")
        await console.until_back()
        request = office.load(number).case.request
        assert request is not None
        assert request.kind is RequestKind.RETURN


async def test_who_acted_on_one_axis_is_offered_nothing_on_the_other(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    """A person with both roles who dispatched a case gets no check of it, though another case is theirs to check."""
    from gridconsole.services import actors

    set_office(office.opened, axis_waiver=False)
    office = StaffedOffice.of(open_another(), office.clock)
    actors.add_operator(office.opened, "多面手", [Role.DISPATCHER, Role.INSPECTOR])
    both = actors.find_operator(office.opened, "多面手")
    mine, others = office.case_in(State.TO_DISPATCH), office.case_in(State.TO_CHECK)
    async with console_on(office.opened, "多面手") as console:
        await console.point_at(mine)
        await console.press("f2")
        await console.until(lambda: console.get("#candidates", RowTable).rows, "the ranking")
        await console.press("enter")
        await console.until_back()
        await console.point_at(mine)
        await console.until(lambda: Action.FEEDBACK in console.offered, "what the case needs next")
        await console.press("f2")
        await console.key_in("已清理")
        await console.press("enter")
        await console.until_back()
        assert office.load(mine).case.state is State.TO_CHECK
        assert next_steps(available(office.load(mine).case, both, office.opened.circumstances())) == ()
        await console.press("f5")
        await console.point_at(mine)
        await console.until(lambda: not next_steps(console.offered), "no step offered")
        await console.press("f2")
        assert console.toasts()[-1] == "本案现在没有归您办的步骤"
        assert Action.CHECK in await offered_for(
            console, others, available(office.load(others).case, both, office.opened.circumstances())
        )


async def test_nothing_under_the_cursor_nothing_to_do(office: StaffedOffice) -> None:
    async with console_on(office.opened, "派遣员") as console:
        await console.press("f2", "f3", "f4", "enter", "up", "down", "end", "pageup")
        assert console.screen is console.desk_screen
        await console.until(lambda: console.toasts() == ["没有符合的案件"] * 3, "a word for each act")
        assert console.current == ""


async def test_what_cannot_be_done_now_stays_in_the_menu_with_the_reason(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    async with console_on(office.opened, "派遣员") as console:
        await console.point_at(number)
        await console.press("f3")
        dims = console.menu_dims()
        assert dims["申请延期"] == "处置中时才能办"
        assert word(Action.DISPATCH) not in dims
        assert word(Action.CALL_BACK) not in dims, "a step of another state is not looked for"
        menu = console.screen.query_one(OptionList)
        await console.press("end")
        assert menu.highlighted is not None
        assert not menu.get_option_at_index(menu.highlighted).disabled, "the cursor stands on what can be done"
