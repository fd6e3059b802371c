"""The month of each warden: a handover in the middle of it splits every figure at that instant."""

from __future__ import annotations

from datetime import date, timedelta

from small_office import StaffedOffice, local

from gridconsole.domain.actions import Action
from gridconsole.domain.roster import Half, LeaveKind
from gridconsole.domain.states import Result, Role, State
from gridconsole.services import absence, post_handover
from gridconsole.services.absence import Absence

MONDAY = date(2026, 11, 23)
COLUMNS = ("on_grids", "reports", "taken", "fed_back", "late", "given_up", "held")


def figures(office: StaffedOffice, month: str = "2026-11") -> dict[str, tuple[object, ...]]:
    """The figures of everybody who has any, by name."""
    (table,) = office.made("wardens", month).tables
    assert len(table.columns) == len(COLUMNS) + 2
    return {str(row[1]): row[2:] for row in table.rows if any(row[2:])}


def metrics(office: StaffedOffice, month: str = "2026-11") -> dict[str, object]:
    return {metric.key.removeprefix("warden_"): metric.value for metric in office.made("wardens", month).metrics}


def given_to(office: StaffedOffice, name: str, **more: object) -> str:
    number = office.case_in(State.TO_DISPATCH, **more)
    office.act(number, Action.DISPATCH, handler=office.handlers[name])
    return number


def handed_over(office: StaffedOffice, name: str) -> None:
    planned = post_handover.plan(office.opened, office.actors[Role.CLERK], office.handlers[name].id)
    post_handover.do(office.opened, office.actors[Role.SHIFT_LEADER], planned.number, sheet="JJ-1")


def test_the_figures_of_both_wardens_split_at_the_handover(office: StaffedOffice) -> None:
    li, tian = office.handlers["李小明"], office.handlers["𠮷田"]
    fed, late, first, second, third = (given_to(office, "李小明", reporter_id=li.id) for _ in range(5))
    office.act(fed, Action.FEEDBACK, note="已清理")
    office.clock.at = local(MONDAY, "16:30")
    office.act(late, Action.FEEDBACK, note="已清理")
    assert figures(office) == {"李小明": (5, 5, 5, 2, 1, 0, 3)}
    handed_over(office, "李小明")
    # Li leaves at the end of the day, so that a case of this evening is still on Li's grid.
    office.report()
    assert figures(office) == {"李小明": (6, 5, 5, 2, 1, 3, 0), "𠮷田": (0, 0, 3, 0, 0, 0, 3)}
    office.clock.at = local(MONDAY + timedelta(days=1), "09:00")
    office.act(first, Action.FEEDBACK, note="清了")
    office.report(reporter_id=tian.id)
    for number in (fed, late):
        office.act(number, Action.CHECK, result=Result.PASS)
        office.act(number, Action.CLOSE)
    november = {"李小明": (6, 5, 5, 2, 1, 3, 0), "𠮷田": (1, 1, 3, 1, 1, 0, 2)}
    assert figures(office) == november
    assert metrics(office) == {
        "people": 3, "cases_on_grids": 7, "nobody_responsible": 0, "reports": 6, "fed_back": 3, "late_ones": 2, "given_up": 3,
    }  # fmt: skip
    office.clock.at = local(date(2026, 12, 1), "09:00")
    office.act(second, Action.FEEDBACK, note="清了")
    assert figures(office) == november
    assert figures(office, "2026-12") == {"𠮷田": (0, 0, 0, 1, 1, 0, 1)}
    office.act(third, Action.FEEDBACK, note="清了")
    office.act(third, Action.CHECK, result=Result.PASS)
    office.act(third, Action.CLOSE)
    assert figures(office) == november


def test_a_case_at_its_check_is_a_turn_of_the_successor_only_if_it_comes_back(office: StaffedOffice) -> None:
    number = given_to(office, "李小明")
    office.act(number, Action.FEEDBACK, note="已清理")
    handed_over(office, "李小明")
    assert figures(office) == {"李小明": (1, 0, 1, 1, 0, 0, 0)}
    office.act(number, Action.CHECK, result=Result.FAIL, reason="没清干净")
    assert figures(office) == {"李小明": (1, 0, 1, 1, 0, 0, 0), "𠮷田": (0, 0, 1, 0, 0, 0, 1)}


def test_a_deputy_answers_for_the_half_days_of_the_leave(office: StaffedOffice) -> None:
    li, wang = office.handlers["李小明"], office.handlers["王[/]芳"]
    tuesday = MONDAY + timedelta(days=1)
    away = Absence(
        person=li.id,
        kind=LeaveKind.SICK,
        first=Half(MONDAY, is_afternoon=True),
        last=Half(tuesday, is_afternoon=False),
        deputy=wang.id,
    )
    absence.take(office.opened, office.actors[Role.CLERK], away)
    for day, at in ((MONDAY, "09:30"), (MONDAY, "12:00"), (tuesday, "09:00"), (tuesday, "15:00")):
        office.clock.at = local(day, at)
        office.report()
    assert figures(office) == {"李小明": (2, 0, 0, 0, 0, 0, 0), "王[/]芳": (2, 0, 0, 0, 0, 0, 0)}


def test_a_grid_without_anybody_is_counted_and_belongs_to_nobody(office: StaffedOffice) -> None:
    bare = office.grids["330106102201001"]
    office.report(grid_id=bare.id, area_id=bare.area_id)
    assert figures(office) == {}
    assert (metrics(office)["cases_on_grids"], metrics(office)["nobody_responsible"]) == (1, 1)


def test_who_held_no_post_and_did_nothing_is_not_listed(office: StaffedOffice) -> None:
    (table,) = office.made("wardens", "2026-11").tables
    assert [row[0] for row in table.rows] == ["W001", "W002", "W003"]
    (table,) = office.made("wardens", "2026-06").tables
    assert [row[0] for row in table.rows] == ["W001", "W002", "W003", "W004"]
