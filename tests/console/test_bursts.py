"""A burst of like reports is one line of the queue, which opens, and is accepted or merged together."""

from __future__ import annotations

from console_driver import console_on
from small_office import StaffedOffice

from gridconsole.console.bursts import bursts
from gridconsole.console.panels.case import CaseScreen
from gridconsole.domain.actions import Action, Lead
from gridconsole.domain.states import Source, State
from gridconsole.store import queue


def leak(office: StaffedOffice, number: int) -> str:
    return office.report(text=f"{number}单元有煤气味", source=Source.PUBLIC).number


async def test_like_reports_of_half_an_hour_are_one_line_that_opens_and_folds(office: StaffedOffice) -> None:
    early = leak(office, 9)
    office.clock.advance(minutes=50)
    burst = [leak(office, number) for number in range(6)]
    async with console_on(office.opened, "受理员", (120, 40), folds=True) as console:
        assert console.desk_screen.model.order == [office.load(early).id, office.load(burst[0]).id]
        await console.until_shown("6件", "似")
        await console.point_at(burst[0])
        await console.until(lambda: "展开 6 件" in console.keys_line, "what Enter does")
        await console.press("enter")
        assert len(console.desk_screen.model.order) == 7
        await console.press("escape")
        assert len(console.desk_screen.model.order) == 2
        await console.press("enter", "enter")
        await console.until(lambda: isinstance(console.screen, CaseScreen), "the case itself")


async def test_one_mark_on_a_burst_marks_all_of_it(office: StaffedOffice) -> None:
    burst = [leak(office, number) for number in range(6)]
    async with console_on(office.opened, "受理员", (120, 40), folds=True) as console:
        await console.point_at(burst[0])
        await console.press("space")
        assert console.desk_screen.model.marked == {office.load(number).id for number in burst}
        await console.press("f2")
        await console.settle()
        await console.press("f2")
        await console.until_back()
    assert {office.load(number).case.state for number in burst} == {State.VERIFYING}


async def test_a_search_shows_every_case_of_a_burst(office: StaffedOffice) -> None:
    for number in range(5):
        leak(office, number)
    async with console_on(office.opened, "受理员", (120, 40), folds=True) as console:
        assert len(console.desk_screen.model.order) == 1
        await console.press("slash")
        await console.key_in("煤气味")
        await console.until(lambda: len(console.desk_screen.model.order) == 5, "each of them")


async def test_a_leading_case_says_how_many_reports_it_is(office: StaffedOffice) -> None:
    first, second = leak(office, 1), leak(office, 2)
    office.act(second, Action.MERGE, into=Lead(first))
    async with console_on(office.opened, "受理员", (120, 40), folds=True) as console:
        await console.until_shown("2件", "并")
        assert console.desk_screen.model.order == [office.load(first).id]


def test_bursts_are_of_one_state_and_of_half_an_hour(office: StaffedOffice) -> None:
    numbers = []
    for minutes in (0, 6, 6, 6, 6, 20, 6):
        office.clock.advance(minutes=minutes)
        numbers.append(leak(office, 1))

    def sizes() -> list[int]:
        with office.opened.database.reading() as connection:
            return [len(keys) for keys in bursts(queue.open_queue(connection, office.opened.id, 10)).values()]

    assert sizes() == [5], "the last two came later"
    office.act(numbers[1], Action.ACCEPT)
    assert sizes() == [], "one is in another state: four are no burst"
