"""Lists and ranges of grids in one cell: each way in which offices write them, and what is no list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from office_cli import CommandLine
from sheets import lines, text_file

from gridconsole.domain.codes import Level
from gridconsole.importing.grid_lists import parts_of, read
from gridconsole.importing.references import AreaNames, GridNames
from gridconsole.store.places import GridChoice


@dataclass(frozen=True)
class Place:
    """A division of the test."""

    id: int
    code: str
    name: str
    level: Level = Level.COMMUNITY
    parent_id: int | None = None


AREAS = (Place(1, "330106001001", "东风社区"), Place(2, "330106001002", "朝阳社区"))
GRIDS = tuple(
    GridChoice(area.id * 100 + number, f"{area.code}{number:03d}", f"{area.name}第{number}网格", area_id=area.id, initials="")
    for area in AREAS
    for number in range(1, 9)
)


@pytest.fixture(scope="module")
def grids() -> GridNames:
    """Two communities with eight grids each."""
    return GridNames(GRIDS, AreaNames(AREAS))


def numbers(found: Iterable[GridChoice]) -> list[str]:
    """Community and number of each grid, such as 东1."""
    return [f"{grid.name[0]}{int(grid.code[-3:])}" for grid in found]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("东风社区第1网格", "东1"),
        ("东风社区第1网格、东风社区第3网格", "东1 东3"),
        ("东风社区1、3、5网格", "东1 东3 东5"),
        ("东风社区第1-5网格", "东1 东2 东3 东4 东5"),
        ("东风社区第1网格至第3网格", "东1 东2 东3"),
        ("东风社区第1至第3网格、5网格", "东1 东2 东3 东5"),
        ("东风社区一至三网格", "东1 东2 东3"),
        ("东风社区１～３网格", "东1 东2 东3"),
        ("东风社区001", "东1"),
        ("东风社区网格1", "东1"),
        ("东风社区（1、2）", "东1 东2"),
        ("东风社区(第1、2网格)", "东1 东2"),
        ("东风社区1和2网格", "东1 东2"),
        ("东风社区全部网格", "东1 东2 东3 东4 东5 东6 东7 东8"),
        ("东风社区第1网格，朝阳社区第2、3网格", "东1 朝2 朝3"),
        ("330106001001001、330106001002008", "东1 朝8"),
        ("330106001001001，2", "东1 东2"),
        ("东风社区 第 1 网格\n东风社区 第 2 网格", "东1 东2"),
        ("东风第1网格/2/3", "东1 东2 东3"),
    ],
)
def test_a_cell_names_its_grids(grids: GridNames, cell: str, expected: str) -> None:
    found = read(cell, grids)
    assert (numbers(found.found), found.unknown) == (expected.split(), ())


@pytest.mark.parametrize(
    ("cell", "expected"), [("1、3网格", "朝1 朝3"), ("第2网格", "朝2"), ("全部", "朝1 朝2 朝3 朝4 朝5 朝6 朝7 朝8")]
)
def test_a_number_alone_is_of_the_community_of_its_row(grids: GridNames, cell: str, expected: str) -> None:
    assert numbers(read(cell, grids, "朝阳社区").found) == expected.split()


@pytest.mark.parametrize(
    ("cell", "unknown"),
    [
        ("东风社区第1-9网格", ("东风社区第9网格",)),
        ("1、3网格", ("第1网格", "第3网格")),
        ("东风社区第5-1网格", ("东风社区第5-1网格",)),
        ("东风社区第1-300网格", ("东风社区第1-300网格",)),
        ("西风社区第1网格", ("西风社区第1网格",)),
        ("全部", ("全部",)),
    ],
)
def test_what_names_no_grid_is_said(grids: GridNames, cell: str, unknown: tuple[str, ...]) -> None:
    assert read(cell, grids).unknown == unknown


def test_brackets_that_hold_no_numbers_stay() -> None:
    assert parts_of("东风社区第1网格(专属)") == ["东风社区第1网格(专属)"]


def test_a_register_row_that_names_several_grids_is_refused(small_office: CommandLine, tmp_path: Path) -> None:
    sheet = lines(
        "所属社区,网格名称,户数",
        '东风社区,"第21、22网格",100',
        "东风社区,第31至33网格,100",
        "东风社区,第4-6网格,100",
        "东风社区,第41网格,100",
    )
    answer = small_office.imports("grids", text_file(tmp_path, sheet))
    assert answer.counts == {"inserted": 1, "rejected": 3}
    assert [code for code in answer.codes if code.startswith("E")] == ["E234"] * 3
