"""The register of components: what their numbers say, and what is kept of what is not understood."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from importing.sheets import lines, text_file
from office_cli import CommandLine

from gridconsole.domain.codes import Level
from gridconsole.importing.references import AreaNames, GridNames, ordinal_of, stem_of
from gridconsole.store.places import AreaRow, GridChoice

HEADER = "部件标识码,部件名称,状态,权属单位,主管部门,所在单元网格,所属社区,位置,经度,纬度,初始日期"
LAMP = "4205020102000001,路灯1号,完好,路灯所,城管局,420502001001001,东风社区,幸福路[b],111.3,30.7,20200105"


def test_a_component_is_taken_with_all_it_says_and_again_unchanged(small_office: CommandLine, tmp_path: Path) -> None:
    path = text_file(tmp_path, lines(HEADER, LAMP))
    first = small_office.imports("components", path)
    assert (first.counts, first.codes) == ({"inserted": 1}, [])
    assert small_office.rows(
        "SELECT c.code, c.name, k.minor_name, g.name, state, owner, c.authority, address, longitude, latitude, installed_on"
        " FROM component c JOIN category k ON k.id = c.category_id JOIN grid g ON g.id = c.grid_id"
    ) == [
        (
            "4205020102000001",
            "路灯1号",
            "路灯",
            "东风社区第1网格",
            "完好",
            "路灯所",
            "城管局",
            "幸福路[b]",
            111.3,
            30.7,
            "2020-01-05",
        )
    ]
    assert small_office.imports("components", path).counts == {"unchanged": 1}


def test_a_changed_state_changes_that_only(small_office: CommandLine, tmp_path: Path) -> None:
    small_office.imports("components", text_file(tmp_path, lines(HEADER, LAMP)))
    answer = small_office.imports("components", text_file(tmp_path, lines("标识码,状态", "4205020102000001,缺失")))
    assert answer.counts == {"updated": 1}
    assert small_office.rows("SELECT name, state, address FROM component") == [("路灯1号", "丢失", "幸福路[b]")]


def test_the_same_line_twice_is_one_component_and_a_number_twice_a_contradiction(
    small_office: CommandLine, tmp_path: Path
) -> None:
    nameless = "4205020102000002,,完好,,,,,,,,"
    text = lines(HEADER, nameless, nameless, nameless.replace("完好", "破损"))
    answer = small_office.imports("components", text_file(tmp_path, text))
    assert (answer.counts, answer.codes) == ({"inserted": 1, "duplicate": 1, "rejected": 1}, ["E402"])


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("420502010200001", "E221"),
        ("420502010200000001", "E221"),
        ("42050201O2000001", "E221"),
        ("0205020102000001", "E221"),
        ("4.20502E+15", "E206"),
        ("", "E201"),
    ],
)
def test_a_number_that_is_none_is_refused(small_office: CommandLine, tmp_path: Path, code: str, error: str) -> None:
    answer = small_office.imports("components", text_file(tmp_path, lines("标识码,部件名称", f"{code},路灯")))
    assert (answer.counts, answer.codes) == ({"rejected": 1}, [error])


def test_a_number_of_the_new_generation_has_a_class_of_three_digits(small_office: CommandLine, tmp_path: Path) -> None:
    catalogue = lines(
        "类别,大类代码,大类名称,小类代码,小类名称,立案条件,处置时限", "部件,01,市政公用设施,002,智慧路灯,不亮,3工作日"
    )
    small_office.imports("catalogue", text_file(tmp_path, catalogue))
    text = lines("标识码,状态", "42050201002000001,完好", "4205020102000001,完好")
    assert small_office.imports("components", text_file(tmp_path, text)).codes == []
    # Neither row gives a name.
    assert small_office.rows("SELECT name FROM component ORDER BY length(code)") == [("路灯",), ("智慧路灯",)]


def test_what_is_not_understood_is_said_once_kept_apart_and_left_blank(small_office: CommandLine, tmp_path: Path) -> None:
    strange = ",名称,锈蚀,,,第9网格,东风社区,,507832.1,3391244.2,"
    text = lines(HEADER, f"4205020999000001{strange}", f"4205020999000002{strange}")
    answer = small_office.imports("components", text_file(tmp_path, text))
    assert (answer.counts, sorted(answer.codes)) == ({"inserted": 2}, ["W941", "W942", "W943", "W944"])
    for category, grid, state, longitude, extra in small_office.rows(
        "SELECT category_id, grid_id, state, longitude, extra FROM component"
    ):
        assert (category, grid, state, longitude) == (None, None, "", None)
        assert {
            "所在网格": "第9网格",
            "状态": "锈蚀",
            "经度": "507832.1",
            "纬度": "3391244.2",
            "社区": "东风社区",
        }.items() <= json.loads(extra).items()


@pytest.mark.parametrize("cells", ["111.3,30.7", "30.7,111.3"])
def test_x_and_y_in_degrees_go_by_what_they_hold(small_office: CommandLine, tmp_path: Path, cells: str) -> None:
    small_office.imports("components", text_file(tmp_path, lines("标识码,X,Y", f"4205020102000001,{cells}")))
    assert small_office.rows("SELECT longitude, latitude FROM component") == [(111.3, 30.7)]


def test_swapped_longitude_and_latitude_are_not_put_right_in_silence(small_office: CommandLine, tmp_path: Path) -> None:
    text = lines("标识码,经度,纬度", "4205020102000001,30.7,111.3")
    assert small_office.imports("components", text_file(tmp_path, text)).codes == ["W944"]


@pytest.mark.parametrize(
    ("grid", "community", "found"),
    [
        ("420502001001002", "", "东风社区第2网格"),
        ("东风社区第2网格", "", "东风社区第2网格"),
        ("东风第二网格", "", "东风社区第2网格"),
        ("第二网格", "东风社区", "东风社区第2网格"),
        ("2号网格", "东风", "东风社区第2网格"),
        ("２", "东风社区", "东风社区第2网格"),
        ("第二网格", "", None),
        ("东风社区第1网格", "新民社区", None),
        ("第2网格", "新民社区", None),
    ],
)
def test_a_grid_is_found_however_the_office_writes_it(
    small_office: CommandLine, tmp_path: Path, grid: str, community: str, found: str | None
) -> None:
    text = lines("标识码,所在网格,所属社区", f"4205020102000001,{grid},{community}")
    answer = small_office.imports("components", text_file(tmp_path, text))
    assert answer.codes == ([] if found else ["W942"])
    assert small_office.rows("SELECT g.name FROM component c LEFT JOIN grid g ON g.id = c.grid_id") == [(found,)]


# --- names ------------------------------------------------------------------------------------------------------


def _area(key: int, code: str, name: str, level: Level, parent: int | None = None) -> AreaRow:
    return AreaRow(key, code, name, level, parent, "", 0)


AREAS = AreaNames(
    [
        _area(1, "420502", "X区", Level.DISTRICT),
        _area(2, "420502001", "幸福街道", Level.SUBDISTRICT, 1),
        _area(3, "420502102", "临江镇", Level.SUBDISTRICT, 1),
        _area(4, "420502001001", "东风社区", Level.COMMUNITY, 2),
        _area(5, "420502102001", "东风社区", Level.COMMUNITY, 3),
        _area(6, "420502102201", "石桥村", Level.COMMUNITY, 3),
        _area(7, "420502001002", "幸福社区", Level.COMMUNITY, 2),
        _area(8, "420502103001", "河口社区", Level.COMMUNITY, None),
    ]
)


@pytest.mark.parametrize(
    ("word", "upper", "key"),
    [
        ("420502001", "", 2),
        ("420502001000", "", 2),
        ("东风社区", "", None),
        ("东风社区", "幸福街道", 4),
        ("东风", "临江", 5),
        ("石桥社区居委会", "", 6),
        ("石 桥 村", "临江镇", 6),
        ("石桥村", "幸福街道", None),
        ("石桥村", "没有的镇", 6),
        ("幸福", "", None),
        ("幸福街道办事处", "", 2),
        ("幸福社区", "", 7),
        ("河口社区", "幸福街道", 8),
        ("", "幸福街道", None),
        ("没有", "", None),
    ],
)
def test_a_division_is_the_one_its_name_and_what_lies_above_allow(word: str, upper: str, key: int | None) -> None:
    found = AREAS.find(word, upper=upper)
    assert (found.id if found else None) == key


def test_a_level_narrows_what_a_name_means() -> None:
    found = AREAS.find("幸福", level=Level.SUBDISTRICT)
    assert found is not None
    assert found.name == "幸福街道"
    assert AREAS.find("420502001", level=Level.COMMUNITY) is None


def test_two_grids_of_one_number_in_a_community_are_neither() -> None:
    twins = [GridChoice(key, f"42050200100100{key}", name, 4, "") for key, name in ((1, "东风第三网格"), (2, "东风社区3网格"))]
    grids = GridNames(twins, AREAS)
    assert grids.find("第3网格", community="东风社区", subdistrict="幸福街道") is None
    assert grids.find("东风第三网格") is twins[0]


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("东风社区第三网格", ("东风社区", 3)),
        ("东风社区第12网格", ("东风社区", 12)),
        ("十二号网格", ("", 12)),
        ("第二十网格", ("", 20)),
        ("第3", ("", 3)),
        ("3", ("", 3)),
        ("东风3网格", ("东风", 3)),
        ("第0网格", None),
        ("第十十网格", None),
        ("党校专属网格", None),
        ("", None),
    ],
)
def test_the_number_of_a_grid_is_read_from_its_name(word: str, found: tuple[str, int] | None) -> None:
    assert ordinal_of(word) == found


def test_a_name_is_not_cut_down_to_a_single_character() -> None:
    assert stem_of("新村") == ("新村", None)
    assert stem_of("新村社区") == ("新村", Level.COMMUNITY)
