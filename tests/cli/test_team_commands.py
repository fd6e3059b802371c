"""team add, join, leave, end, list, show, as a clerk types them."""

from __future__ import annotations

from office_cli import Clock, CommandLine

CLERK = ("--operator", "内勤")


def add(office: CommandLine, *words: str) -> str:
    answer = office("team", "add", *words, *CLERK, "--json")
    assert answer.status == 0, answer
    return str(answer.json["code"])


def codes(office: CommandLine, *words: str) -> list[str]:
    return [one["code"] for one in office("team", "list", *words, "--json").json]


def test_a_team_comes_gets_members_and_ends(small_office: CommandLine, office_clock: Clock) -> None:
    code = add(small_office, "东风巡防队[/]", "--kind", "治安巡防队", "--area", "东风社区", "--leader", "W1", "--count", "30")
    assert code == "DW001"
    joined = small_office("team", "join", code, "热心𠮷先生", "--outside", "--as", "居民", *CLERK)
    assert joined.status == 0, joined
    shown = small_office("team", "show", "东风巡防队[/]", "--json").json
    assert (shown["size"], shown["leader"], [(one["name"], one["capacity"]) for one in shown["people"]]) == (
        32, "𠮷田", [("𠮷田", "cadre"), ("热心𠮷先生", "resident")],
    )  # fmt: skip
    again = small_office("team", "join", code, "W1", *CLERK, "--json")
    assert (again.status, again.error) == (4, "C326")
    office_clock.advance(days=1)
    assert small_office("team", "leave", code, "热心𠮷先生", *CLERK).status == 0
    nobody = small_office("team", "leave", code, "热心𠮷先生", *CLERK, "--json")
    assert (nobody.status, nobody.error) == (4, "C327")
    assert small_office("team", "show", code, "--json").json["size"] == 31
    assert small_office("team", "show", code, "--on", "2026-11-23", "--json").json["size"] == 32
    assert small_office("team", "end", code, *CLERK).status == 0
    assert (codes(small_office), codes(small_office, "--on", "2026-11-23")) == ([], [code])
    assert small_office("ledger", "verify").status == 0


def test_two_teams_of_one_name_stand_at_two_places_only(small_office: CommandLine) -> None:
    add(small_office, "志愿队", "--area", "东风社区")
    add(small_office, "志愿队", "--area", "新民社区")
    twice = small_office("team", "add", "志愿队", "--area", "新民社区", *CLERK, "--json")
    assert (twice.status, twice.error) == (4, "C325")
    unclear = small_office("team", "show", "志愿队", "--json")
    assert unclear.status == 2 and "DW001" in unclear.json["error"]["hint"]
    assert codes(small_office, "--find", "新民") == ["DW002"]


def test_a_kind_that_the_model_does_not_name_is_refused_with_those_it_does(small_office: CommandLine) -> None:
    wrong = small_office("team", "add", "队", "--kind", "飞行队", *CLERK, "--json")
    assert wrong.status == 2 and "治安巡防队" in wrong.json["error"]["hint"]


def test_a_dispatcher_keeps_no_teams(small_office: CommandLine) -> None:
    answer = small_office("team", "add", "队", "--operator", "派遣员", "--json")
    assert answer.status not in (0, 1, 2)


def test_a_member_who_leaves_the_office_is_in_no_team(small_office: CommandLine, office_clock: Clock) -> None:
    code = add(small_office, "队", "--grid", "东风社区第2网格")
    assert small_office("warden", "add", "W77", "庚一", *CLERK).status == 0
    small_office("team", "join", code, "W77", *CLERK)
    office_clock.advance(days=2)
    assert small_office("warden", "leave", "W77", "--on", "2026-11-24", *CLERK).status == 0
    assert small_office("team", "show", code, "--json").json["people"] == []


def test_teams_of_a_grid_go_with_it_when_it_is_split(small_office: CommandLine) -> None:
    code = add(small_office, "一格队", "--grid", "东风社区第1网格")
    split = ("grid", "split", "东风社区第1网格", "--into", "第8网格:幸福路", "--into", "第9网格", "--operator", "值班长")
    assert "一格队" in small_office(*split).out
    assert small_office(*split, "--do").status == 0
    assert small_office("team", "show", code, "--json").json["place"] == "东风社区第9网格"
    assert small_office("grid", "undo", "1", "--operator", "值班长").status == 0
    assert small_office("team", "show", code, "--json").json["place"] == "东风社区第1网格"


def test_no_day_before_the_team_began_or_a_member_came(small_office: CommandLine) -> None:
    code = add(small_office, "巡防队")
    for words in (("end", code, "--on", "2020-01-01"), ("join", code, "热心人", "--outside", "--on", "2020-01-01")):
        answer = small_office("team", *words, *CLERK, "--json")
        assert (answer.status, answer.error) == (4, "C303"), words
        assert "巡防队" in answer.json["error"]["message"]
    assert codes(small_office) == [code]
    small_office("warden", "add", "W88", "钱多多", "--joined", "2026-12-01", *CLERK)
    early = small_office("team", "join", code, "W88", *CLERK, "--json")
    assert (early.status, early.error) == (4, "C303")
    assert "钱多多" in early.json["error"]["message"]
    assert small_office("team", "join", code, "W88", "--on", "2026-12-01", *CLERK).status == 0


def test_hints_of_an_empty_or_unknown_team_are_true(small_office: CommandLine) -> None:
    code = add(small_office, "巡防队")
    assert "无人" in small_office("team", "leave", code, "W1", *CLERK, "--json").json["error"]["hint"]
    unknown = small_office("team", "end", "DW999", *CLERK, "--json").json["error"]
    assert "一个也没有" not in unknown["hint"]


def test_a_community_is_named_with_the_area_above_it(small_office: CommandLine) -> None:
    code = add(small_office, "巡防队", "--area", "东风社区")
    shown = small_office("team", "show", code, "--json").json
    above = small_office.rows("SELECT b.name FROM area a JOIN area b ON b.id = a.parent_id WHERE a.name = '东风社区'")[0][0]
    assert (shown["above"], shown["place"]) == (above, "东风社区")
    assert codes(small_office, "--find", above) == [code]
