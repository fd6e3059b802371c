"""Divisions and grids that come as GeoJSON features, as defective as real ones are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from importing.sheets import lines, raw_file, text_file
from office_cli import CommandLine

from gridconsole.importing import geojson

SQUARE = [[[120.1, 30.2], [120.2, 30.2], [120.2, 30.3], [120.1, 30.2]]]
POLYGON = {"type": "Polygon", "coordinates": SQUARE}
SUBDISTRICT = {"areaCode": "420502001000", "name": "幸福", "parentAreaCode": "420502000000", "zhenjie": "幸福"}
DISTRICT = {"areaCode": "420502000000", "name": "X区"}
COMMUNITY = {"zhenjie": "幸福街道", "cunshe": "东风社区", "xzqhbm": "420502001001", "zj_xzqhbm": "420502001", "area": 13.5}
GRID = {
    "XZQHBM": "420502001001007",
    "CS_XZQHBM": "420502001001",
    "areaCode": "420502031102",
    "areaName": "东风社区第七网格",
    "cunshe": "东风社区",
    "name": "东风社区第七网格",
    "zhenjie": "幸福街道",
}


def collection(folder: Path, *features: object, name: str = "要素.geojson") -> Path:
    """A file of features."""
    content = {"type": "FeatureCollection", "features": list(features)}
    return text_file(folder, json.dumps(content, ensure_ascii=False), name)


def feature(properties: Mapping[str, Any] | None, geometry: object = POLYGON) -> dict[str, Any]:
    """A feature; None has no properties at all."""
    return {"type": "Feature", "properties": properties, "geometry": geometry}


# --- files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b'{"type": "FeatureCollection", "features": [', "E106"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', "E106"),
        (b'{"type": "FeatureCollection", "features": [-Infinity]}', "E106"),
        (b"[" * 200_000, "E106"),
        (b'{"a":' * 200_000, "E106"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "E106"),
        (b'{"type": "Feature", "properties": {}, "geometry": null}', "E104"),
        (b'{"type": "FeatureCollection", "features": 7}', "E104"),
        (b'\xef\xbb\xbf\n[{"name": "\xe4\xb8\x9c\xe9\xa3\x8e"}]', "E104"),
        ('{"type": "FeatureCollection", "features": ["东风"]}'.encode("gb18030"), "E108"),
    ],
)
def test_json_that_is_no_collection_of_features_is_refused_as_what_it_is(
    blank_office: CommandLine, tmp_path: Path, raw: bytes, error: str
) -> None:
    assert blank_office.imports("areas", raw_file(tmp_path, raw, "要素.geojson")).error == error


def test_a_table_whose_first_cell_begins_with_a_bracket_is_still_a_table(blank_office: CommandLine, tmp_path: Path) -> None:
    for title in ("[2026]区划代码表", "{区划}"):
        text = lines(f"{title},", "区划代码,名称", "420502,X区")
        assert blank_office.imports("areas", text_file(tmp_path, text), "--dry-run").counts == {"inserted": 1}


def test_features_with_different_properties_share_one_sheet(blank_office: CommandLine, tmp_path: Path) -> None:
    path = collection(
        tmp_path,
        feature({"areaCode": "420502", "name": "X区", "cp": [111.3, 30.7], "更新": True}),
        feature({"note": None, "name": "幸福街道", "areaCode": "420502001"}),
    )
    assert blank_office.imports("areas", path).counts == {"inserted": 2}
    extra = [json.loads(text) if text else {} for (text,) in blank_office.rows("SELECT extra FROM area ORDER BY code")]
    assert extra == [{"cp": "[111.3,30.7]", "更新": "true"}, {}]


def test_a_byte_order_mark_and_an_empty_feature_change_nothing_for_the_others(blank_office: CommandLine, tmp_path: Path) -> None:
    path = collection(tmp_path, feature(None, None), "no feature", feature(DISTRICT))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    answer = blank_office.imports("areas", path)
    assert answer.counts == {"inserted": 1, "rejected": 2}
    assert [(issue["row"], issue["code"]) for issue in answer.json["issues"]] == [(2, "E431"), (3, "E431")]


# --- areas ------------------------------------------------------------------------------------------------------


def test_subdistricts_and_communities_are_taken_with_their_boundaries_and_again_unchanged(
    blank_office: CommandLine, tmp_path: Path
) -> None:
    path = collection(tmp_path, feature(COMMUNITY), feature(SUBDISTRICT), feature(DISTRICT, None))
    first = blank_office.imports("areas", path)
    assert (first.counts, first.codes) == ({"inserted": 3}, [])
    assert blank_office.rows(
        "SELECT a.code, a.name, p.name, a.geometry <> '' FROM area a LEFT JOIN area p ON p.id = a.parent_id ORDER BY a.code"
    ) == [("420502", "X区", None, 0), ("420502001", "幸福", "X区", 1), ("420502001001", "东风社区", "幸福", 1)]
    assert json.loads(blank_office.rows("SELECT geometry FROM area WHERE name = '幸福'")[0][0]) == POLYGON
    assert blank_office.imports("areas", path).counts == {"unchanged": 3}


def test_a_missing_parent_is_said_once_and_not_if_it_stands_further_down(blank_office: CommandLine, tmp_path: Path) -> None:
    text = lines("区划代码,名称", "420502001001,东风社区", "420502001002,新民社区", "420502002001,石桥社区", "420502002,临江街道")
    answer = blank_office.imports("areas", text_file(tmp_path, text))
    assert sorted((issue["row"], issue["code"], issue["message"][4:14].strip()) for issue in answer.json["issues"]) == [
        (2, "W905", " 420502001".strip()),
        (5, "W905", "420502 还没"),
    ]


def test_a_grid_among_communities_is_named_and_not_taken_as_one(blank_office: CommandLine, tmp_path: Path) -> None:
    answer = blank_office.imports("areas", collection(tmp_path, feature(COMMUNITY), feature(GRID)))
    assert answer.counts == {"inserted": 1, "rejected": 1}
    issue = next(issue for issue in answer.json["issues"] if issue["severity"] == "error")
    assert (issue["row"], issue["code"]) == (3, "E432")
    assert "东风社区第七网格" in issue["message"]
    assert "import grids" in issue["suggestion"]


def test_where_codes_of_two_systems_meet_the_subdistricts_name_decides(blank_office: CommandLine, tmp_path: Path) -> None:
    other = {"areaCode": "420502070000", "name": "临江", "zhenjie": "临江"}
    community = {**COMMUNITY, "zhenjie": "临江街道", "cunshe": "石桥社区", "xzqhbm": "420502001009"}
    twin = {**community, "cunshe": "河口社区", "xzqhbm": "420502001010"}
    subdistricts = collection(tmp_path, feature(DISTRICT), feature(SUBDISTRICT), feature(other), name="街道.geojson")
    communities = collection(tmp_path, feature(community), feature(twin), name="社区.geojson")
    blank_office.imports("areas", subdistricts)
    assert blank_office.imports("areas", communities).codes == ["W933"]
    tree = "SELECT a.name, p.name FROM area a JOIN area p ON p.id = a.parent_id WHERE a.level = 'community' ORDER BY a.code"
    assert blank_office.rows(tree) == [("石桥社区", "临江"), ("河口社区", "临江")]
    assert blank_office.imports("areas", communities).counts == {"unchanged": 2}


def test_communities_that_came_before_their_subdistricts_are_linked_by_the_name_they_gave(
    blank_office: CommandLine, tmp_path: Path
) -> None:
    other = {"areaCode": "420502070000", "name": "临江", "zhenjie": "临江"}
    community = {**COMMUNITY, "zhenjie": "临江街道"}
    blank_office.imports("areas", collection(tmp_path, feature(community)))
    blank_office.imports("areas", collection(tmp_path, feature(SUBDISTRICT), feature(other)))
    assert blank_office.rows("SELECT p.name FROM area a JOIN area p ON p.id = a.parent_id WHERE a.level = 'community'") == [
        ("临江",)
    ]


def test_a_community_whose_own_code_ends_in_zeros_is_no_subdistrict(blank_office: CommandLine, tmp_path: Path) -> None:
    answer = blank_office.imports("areas", collection(tmp_path, feature({**COMMUNITY, "xzqhbm": "420502001000"})))
    assert answer.codes == ["W935", "W905"]
    assert blank_office.rows("SELECT code, level FROM area") == [("420502001000", "community")]


# --- boundaries -------------------------------------------------------------------------------------------------


def ring(*positions: object) -> dict[str, Any]:
    """A polygon of one ring."""
    return {"type": "Polygon", "coordinates": [list(positions)]}


@pytest.mark.parametrize(
    ("shape", "word"),
    [
        (ring([120.1, 30.2], [120.2, 30.2], [120.2, 30.3], [120.1, 30.3]), "未闭合"),
        (ring([120.1, 30.2], [120.2, 30.2], [120.1, 30.2]), "4 点"),
        (ring(*[[lat, lon] for lon, lat in SQUARE[0]]), "颠倒"),
        (ring(*[[lon * 4000, lat * 100_000] for lon, lat in SQUARE[0]]), "范围"),
        (ring([120.1, "30.2"], [120.2, 30.2], [120.2, 30.3], [120.1, "30.2"]), "不是数字"),
        ({"type": "MultiPolygon", "coordinates": SQUARE}, "层次"),
        ({"type": "MultiPolygon", "coordinates": []}, "层次"),
        ({"type": "Polygon", "coordinates": [SQUARE]}, "层次"),
        ({"type": "Polygon"}, "层次"),
        ({"type": "Point", "coordinates": [120.1, 30.2]}, "不是面"),
        ("POLYGON((120 30))", "不是面"),
        ([], "不是面"),
    ],
)
def test_a_geometry_that_is_no_boundary_is_kept_apart_and_its_feature_taken(
    blank_office: CommandLine, tmp_path: Path, shape: Any, word: str
) -> None:
    path = collection(tmp_path, feature(DISTRICT, shape))
    answer = blank_office.imports("areas", path)
    assert (answer.counts, answer.codes) == ({"inserted": 1}, ["W910"])
    assert "X区" in answer.json["issues"][0]["message"]
    assert word in answer.json["issues"][0]["message"]
    [(boundary, extra)] = blank_office.rows("SELECT geometry, extra FROM area")
    assert (boundary, json.loads(json.loads(extra)["几何(无效)"])) == ("", shape)
    assert blank_office.imports("areas", path).counts == {"unchanged": 1}


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 400])
def test_coordinates_beyond_all_bounds_are_no_boundary(blank_office: CommandLine, tmp_path: Path, number: str) -> None:
    path = collection(tmp_path, feature(DISTRICT))
    path.write_text(path.read_text(encoding="utf-8").replace("120.2", number), encoding="utf-8")
    assert blank_office.imports("areas", path).codes == ["W910"]


def test_a_bad_geometry_leaves_the_boundary_that_is_known(blank_office: CommandLine, tmp_path: Path) -> None:
    blank_office.imports("areas", collection(tmp_path, feature(DISTRICT)))
    for options in ((), ("--overwrite-blank",)):
        blank_office.imports("areas", collection(tmp_path, feature(DISTRICT, {"type": "Polygon"})), *options)
        assert json.loads(blank_office.rows("SELECT geometry FROM area")[0][0]) == POLYGON


def test_a_boundary_is_written_in_one_way_whatever_way_it_was_given() -> None:
    with_heights = json.dumps({"coordinates": [[[*place, 12.5] for place in SQUARE[0]]], "type": "Polygon"}, indent=1)
    assert (
        geojson.boundary(with_heights).text
        == geojson.boundary(json.dumps(POLYGON)).text
        == json.dumps(POLYGON, separators=(",", ":"))
    )
    several = {"type": "MultiPolygon", "coordinates": [SQUARE, SQUARE]}
    assert json.loads(geojson.boundary(json.dumps(several)).text) == several
    assert geojson.boundary(None) == geojson.boundary("null") == geojson.Boundary()


# --- grids ------------------------------------------------------------------------------------------------------


def test_a_feature_grid_keeps_its_standard_code_and_the_platforms_beside_it(small_office: CommandLine, tmp_path: Path) -> None:
    path = collection(tmp_path, feature(GRID))
    assert small_office.imports("grids", path).counts == {"inserted": 1}
    [(name, area, extra, boundary)] = small_office.rows(
        "SELECT g.name, a.name, g.extra, g.geometry FROM grid g JOIN area a ON a.id = g.area_id WHERE g.code = '420502001001007'"
    )
    assert (name, area, json.loads(extra)["areaCode"]) == ("东风社区第七网格", "东风社区", "420502031102")
    assert json.loads(boundary) == POLYGON
    assert small_office.imports("grids", path).counts == {"unchanged": 1}


@pytest.mark.parametrize("order", [("XZQHBM", "areaCode"), ("areaCode", "XZQHBM")])
@pytest.mark.parametrize("platform", ["420502031102", "42050210C000XN01"])
def test_which_code_is_the_key_does_not_hang_on_the_order_of_properties(
    small_office: CommandLine, tmp_path: Path, order: tuple[str, str], platform: str
) -> None:
    rest = {name: value for name, value in GRID.items() if name not in order}
    both = {**{name: {"XZQHBM": GRID["XZQHBM"], "areaCode": platform}[name] for name in order}, **rest}
    assert small_office.imports("grids", collection(tmp_path, feature(both))).counts == {"inserted": 1}
    [(extra,)] = small_office.rows("SELECT extra FROM grid WHERE code = '420502001001007'")
    assert platform in json.loads(extra).values()


@pytest.mark.parametrize("platform", ["420502031102", "42050210C000XN01", "42050210D301"])
def test_a_feature_without_a_standard_code_goes_by_its_platforms(
    small_office: CommandLine, tmp_path: Path, platform: str
) -> None:
    path = collection(tmp_path, feature({**GRID, "XZQHBM": "", "CS_XZQHBM": "", "areaCode": platform}))
    answer = small_office.imports("grids", path)
    assert (answer.counts, answer.codes) == ({"inserted": 1}, ["W934"])
    assert small_office.rows("SELECT code FROM grid WHERE name = '东风社区第七网格'") == [(platform,)]
    assert small_office.imports("grids", path).counts == {"unchanged": 1}


def test_a_spreadsheet_still_needs_the_standard_code(small_office: CommandLine, tmp_path: Path) -> None:
    text = lines("网格编码,网格名称,所属社区", "420502001001,甲,东风社区", "42050210C000XN01,乙,东风社区")
    assert small_office.imports("grids", text_file(tmp_path, text)).codes == ["E205", "E205"]


def test_a_feature_without_any_code_is_refused_by_its_number_and_name(small_office: CommandLine, tmp_path: Path) -> None:
    blank = dict.fromkeys(("XZQHBM", "CS_XZQHBM", "cunshe", "name"), "")
    answer = small_office.imports(
        "grids", collection(tmp_path, feature(GRID), feature(blank), feature({**blank, "name": "商圈网格"}))
    )
    assert answer.counts == {"inserted": 1, "rejected": 2}
    messages = [issue["message"] for issue in answer.json["issues"]]
    assert [issue["code"] for issue in answer.json["issues"]] == ["E431", "E431"]
    assert "第 2 个要素“无名”" in messages[0]
    assert "第 3 个要素“商圈网格”" in messages[1]


def test_the_same_code_twice_is_one_grid_or_a_contradiction(small_office: CommandLine, tmp_path: Path) -> None:
    path = collection(tmp_path, feature(GRID), feature(GRID), feature({**GRID, "name": "别的网格", "areaName": "别的网格"}))
    answer = small_office.imports("grids", path)
    assert (answer.counts, answer.codes) == ({"inserted": 1, "duplicate": 1, "rejected": 1}, ["E402"])


def test_a_platforms_code_that_is_a_divisions_is_no_grids(small_office: CommandLine, tmp_path: Path) -> None:
    path = collection(tmp_path, feature({**GRID, "XZQHBM": "", "areaCode": "420502001002"}))
    assert small_office.imports("grids", path).codes == ["E434"]


def test_a_community_is_found_by_code_else_by_name_and_differences_are_said_once(
    small_office: CommandLine, tmp_path: Path
) -> None:
    def grid(serial: int, **more: str) -> dict[str, Any]:
        return feature({**GRID, "XZQHBM": f"4205020010010{serial}", **more})

    path = collection(
        tmp_path,
        grid(11, cunshe="东风一社区"),
        grid(12, cunshe="东风一社区"),
        grid(13, CS_XZQHBM="420502001020", XZQHBM="420502001020013", cunshe="新民村"),
        grid(14, CS_XZQHBM="420502001021", cunshe="五云社区"),
    )
    answer = small_office.imports("grids", path)
    assert answer.counts == {"inserted": 3, "rejected": 1}
    assert answer.codes == ["W932", "W931", "E433"]
    found = small_office.rows(
        "SELECT a.name FROM grid g JOIN area a ON a.id = g.area_id WHERE g.name LIKE '%第七%' ORDER BY g.code"
    )
    assert found == [("东风社区",), ("东风社区",), ("新民社区",)]
    assert "五云社区" in answer.json["issues"][2]["message"]


def test_a_name_with_lost_characters_gives_way_to_the_whole_one(small_office: CommandLine, tmp_path: Path) -> None:
    broken = {"name": "东风社区第七网??", **{name: value for name, value in GRID.items() if name != "name"}}
    assert small_office.imports("grids", collection(tmp_path, feature(broken))).codes == ["R931"]
    assert small_office.rows("SELECT name FROM grid WHERE code = '420502001001007'") == [("东风社区第七网格",)]


def test_a_grid_that_calls_itself_dedicated_is(small_office: CommandLine, tmp_path: Path) -> None:
    name = "市委党校专属网格"
    small_office.imports("grids", collection(tmp_path, feature({**GRID, "name": name, "areaName": name})))
    assert small_office.rows("SELECT kind FROM grid WHERE name = ?", name) == [("dedicated",)]
