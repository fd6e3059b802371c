"""Posts: who is put on a grid, taken off it, and by whom."""

from __future__ import annotations

from datetime import date

import pytest
from small_office import StaffedOffice

from gridconsole.domain.errors import (
    BadValue,
    DayImpossible,
    NotPermitted,
    PostExists,
    PostMissing,
    PostTaken,
    StillHolds,
    UnknownGrid,
    UnknownWarden,
    WardenLeft,
)
from gridconsole.domain.states import Role
from gridconsole.services import audit, roster
from gridconsole.store import ledger_entries, people


def posts(office: StaffedOffice, warden: int) -> list[tuple[int, str, bool]]:
    with office.opened.database.reading() as connection:
        return [(post.grid_id, post.rank, post.ends_on is None) for post in people.posts_of_warden(connection, warden)]


@pytest.fixture
def wang(office: StaffedOffice) -> int:
    """A warden of the second grid."""
    return office.handlers["王[/]芳"].id


@pytest.fixture
def third_grid(office: StaffedOffice) -> int:
    """A grid without anybody."""
    return office.grids["330106001002001"].id


@pytest.fixture
def relieved(office: StaffedOffice, second_grid: int) -> None:
    """Somebody else is on the second grid too."""
    roster.assign(office.opened, office.actors[Role.CLERK], office.handlers["𠮷田"].id, second_grid, "B")


@pytest.fixture
def first_grid(office: StaffedOffice) -> int:
    return office.grids["330106001001001"].id


@pytest.fixture
def second_grid(office: StaffedOffice) -> int:
    return office.grids["330106001001002"].id


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.usefixtures("relieved")
def test_only_clerks_and_shift_leaders_keep_the_roster(
    office: StaffedOffice, wang: int, third_grid: int, second_grid: int, role: Role
) -> None:
    actor = office.actors[role]
    if role in (Role.CLERK, Role.SHIFT_LEADER):
        roster.assign(office.opened, actor, wang, third_grid)
        roster.remove(office.opened, actor, wang, second_grid)
        assert posts(office, wang) == [(third_grid, "A", True), (second_grid, "A", False)]
        return
    for attempt in (roster.assign, roster.remove):
        with pytest.raises(NotPermitted) as refusal:
            attempt(office.opened, actor, wang, third_grid)
        assert refusal.value.params["roles"] == [Role.CLERK, Role.SHIFT_LEADER]
    assert posts(office, wang) == [(second_grid, "A", True)]


def test_a_post_begins_today_with_its_rank_and_a_harmless_duty(office: StaffedOffice, wang: int, first_grid: int) -> None:
    roster.assign(office.opened, office.actors[Role.CLERK], wang, first_grid, "B", "巡查[b]\x1b[2J\u202e消防")
    with office.opened.database.reading() as connection:
        post = next(post for post in people.posts_of_warden(connection, wang) if post.grid_id == first_grid)
    assert (post.rank, post.duty, post.starts_on, post.ends_on) == ("B", "巡查[b]消防", office.opened.today(), None)


def test_nobody_is_put_twice_on_one_grid(office: StaffedOffice, wang: int, second_grid: int) -> None:
    entries = audit.verify(office.opened).entries
    with pytest.raises(PostExists) as refusal:
        roster.assign(office.opened, office.actors[Role.CLERK], wang, second_grid)
    assert refusal.value.params == {"warden": "王[/]芳", "grid": "东风社区第2网格"}
    assert audit.verify(office.opened).entries == entries


@pytest.mark.usefixtures("relieved")
def test_nobody_is_taken_off_a_grid_he_is_not_on(office: StaffedOffice, wang: int, first_grid: int, second_grid: int) -> None:
    clerk = office.actors[Role.CLERK]
    with pytest.raises(PostMissing):
        roster.remove(office.opened, clerk, wang, first_grid)
    roster.remove(office.opened, clerk, wang, second_grid)
    with pytest.raises(PostMissing):
        roster.remove(office.opened, clerk, wang, second_grid)


@pytest.mark.usefixtures("relieved")
def test_a_post_that_ended_stays_in_history_and_the_warden_may_come_back(
    office: StaffedOffice, wang: int, second_grid: int
) -> None:
    clerk = office.actors[Role.CLERK]
    roster.remove(office.opened, clerk, wang, second_grid)
    office.clock.advance(days=30)
    roster.assign(office.opened, clerk, wang, second_grid, "A")
    assert posts(office, wang) == [(second_grid, "A", True), (second_grid, "A", False)]


@pytest.mark.usefixtures("relieved")
def test_a_warden_taken_off_a_grid_is_off_it_at_once_and_put_back_stands_there_once(
    office: StaffedOffice, wang: int, second_grid: int
) -> None:
    clerk = office.actors[Role.CLERK]

    def on_it() -> list[str]:
        with office.opened.database.reading() as connection:
            return [facts.posts[0].rank for facts in people.grid_wardens(connection, second_grid, office.opened.today())]

    roster.remove(office.opened, clerk, wang, second_grid)
    assert on_it() == ["B"]
    roster.assign(office.opened, clerk, wang, second_grid, "A")
    assert on_it() == ["B", "A"]


def test_a_warden_who_left_is_put_on_no_grid(office: StaffedOffice, first_grid: int) -> None:
    with pytest.raises(WardenLeft):
        roster.assign(office.opened, office.actors[Role.CLERK], office.handlers["赵离"].id, first_grid)


@pytest.mark.parametrize("rank", ["", "C", "a", "A'; --"])
def test_a_grid_has_a_first_and_a_second_warden_and_no_other_rank(
    office: StaffedOffice, wang: int, first_grid: int, rank: str
) -> None:
    with pytest.raises(BadValue):
        roster.assign(office.opened, office.actors[Role.CLERK], wang, first_grid, rank)


def test_unknown_people_and_places_are_refused(office: StaffedOffice, wang: int, first_grid: int) -> None:
    clerk = office.actors[Role.CLERK]
    for attempt in (roster.assign, roster.remove):
        with pytest.raises(UnknownWarden):
            attempt(office.opened, clerk, 4711, first_grid)
        with pytest.raises(UnknownGrid):
            attempt(office.opened, clerk, wang, 4711)


def test_every_change_of_the_roster_is_an_entry_of_its_own(office: StaffedOffice, wang: int, first_grid: int) -> None:
    clerk = office.actors[Role.CLERK]
    roster.assign(office.opened, clerk, wang, first_grid, "B", "消防")
    roster.remove(office.opened, clerk, wang, first_grid)
    with office.opened.database.reading() as connection:
        key = next(post.number for post in people.posts_of_warden(connection, wang) if post.grid_id == first_grid)
        reported = ledger_entries.timeline(connection, "post", key)
    assert [(entry.action, entry.operator) for entry in reported] == [("post_start", "内勤"), ("post_end", "内勤")]
    said = reported[0].facts
    assert (said["warden_id"], said["grid_id"], said["rank"]) == (wang, first_grid, "B")
    assert audit.verify(office.opened).ok


def test_a_grid_has_one_a_and_one_b_for_a_duty(office: StaffedOffice, wang: int, first_grid: int) -> None:
    clerk = office.actors[Role.CLERK]
    for rank, holder in (("A", "李小明"), ("B", "𠮷田")):
        with pytest.raises(PostTaken) as refusal:
            roster.assign(office.opened, clerk, wang, first_grid, rank)
        assert (refusal.value.warden, refusal.value.other) == (holder, rank)
    roster.assign(office.opened, clerk, wang, first_grid, "A", "消防")
    with pytest.raises(PostTaken):
        roster.set_rank(office.opened, clerk, office.handlers["𠮷田"].id, first_grid, "A")


def test_the_last_person_of_a_grid_stays(office: StaffedOffice, wang: int, second_grid: int) -> None:
    with pytest.raises(StillHolds) as refusal:
        roster.remove(office.opened, office.actors[Role.CLERK], wang, second_grid)
    assert (refusal.value.cases, refusal.value.tasks, list(refusal.value.grids)) == (0, 0, ["东风社区第2网格"])
    assert posts(office, wang) == [(second_grid, "A", True)]


@pytest.mark.parametrize("day", ["2025-03-02", "2024-12-31"])
def test_a_post_neither_begins_before_the_warden_came_nor_ends_before_it_began(
    office: StaffedOffice, wang: int, third_grid: int, second_grid: int, day: str
) -> None:
    clerk, at = office.actors[Role.CLERK], date.fromisoformat(day)
    with pytest.raises(DayImpossible):
        roster.assign(office.opened, clerk, wang, third_grid, on=at)
    with pytest.raises(DayImpossible):
        roster.remove(office.opened, clerk, wang, second_grid, on=at)


def test_what_somebody_does_is_no_duty_beside_the_general_one(office: StaffedOffice, wang: int, first_grid: int) -> None:
    """Lists describe what everybody does; a short name, or a title of the catalogue, is a duty with an A and a B of its own."""
    clerk = office.actors[Role.CLERK]
    with pytest.raises(PostTaken):
        roster.assign(office.opened, clerk, wang, first_grid, "A", "日常巡查、环境卫生监督、民生代办")
    roster.assign(office.opened, clerk, wang, first_grid, "A", "消防")
    with pytest.raises(PostTaken):
        roster.set_rank(office.opened, clerk, office.handlers["𠮷田"].id, first_grid, "A")
