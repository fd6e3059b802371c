"""核实 and 核查 by the command line: sending, the list, the result with time and photos, and every way it is refused."""

from __future__ import annotations

from typing import Any

import pytest
from office_cli import Answer, Clock, CommandLine

PHONE = "13912345678"
TO_CHECK = (
    ("受理员", "accept"),
    ("值班长", "file", "--rule", "1"),
    ("派遣员", "dispatch", "--to", "城管局"),
    ("派遣员", "feedback", "--note", "已清理"),
)


def reported(office: CommandLine, source: str = "12345") -> str:
    answer = office("incident", "new", "--text", "幸福路[b栋]①号垃圾成堆", "--source", source, "--grid", "420502001001001",
                    "--category", "暴露垃圾", "--reporter", "王五六", "--phone", PHONE, "--operator", "受理员", "--json")  # fmt: skip
    assert answer.status == 0, answer
    return str(answer.json["number"])


def to_verify(office: CommandLine) -> str:
    number = reported(office)
    assert office.act("受理员", number, "accept").status == 0
    return number


def to_check(office: CommandLine, *steps: tuple[str, ...]) -> str:
    number = reported(office, "warden")
    for operator, action, *options in steps or TO_CHECK:
        answer = office.act(operator, number, action, *options)
        assert answer.status == 0, answer
    return number


def send(office: CommandLine, number: str, name: str, action: str = "派任务") -> Answer:
    return office.act("受理员", number, action, "--to", name)


def out(office: CommandLine, *options: str) -> list[tuple[str, str]]:
    return [(line["number"], line["assignee"]) for line in office("task", "list", "--json", *options).json]


def shown(office: CommandLine, number: str) -> Any:
    return office("incident", "show", number, "--json").json


def test_sent_looked_at_and_keyed_in(small_office: CommandLine, office_clock: Clock) -> None:
    number = to_verify(small_office)
    sent = send(small_office, number, "W1", "派核实")
    assert (sent.status, sent.json["state"], sent.json["due_at"]) == (0, "verifying", "2026-11-23T14:30:00+08:00")
    (line,) = small_office("task", "list", "--json").json
    assert (line["number"], line["kind"], line["assignee"], line["assignee_kind"]) == (number, "verify", "𠮷田", "warden")
    assert (line["sent_by"], line["due_at"], line["late"]) == ("受理员", "2026-11-23T14:30:00+08:00", False)
    assert PHONE not in str(line)
    office_clock.advance(minutes=40)
    assert small_office("task", "list", "--json").json[0]["late"] is True
    assert "超时未回报" in small_office("task", "list").out
    done = small_office.act("核查员", number, "核实", "--result", "属实", "--looked-at", "14:20", "--photo", "前[b].jpg", "--photo", f"{PHONE}.jpg",
                            "--note", "王五六带看")  # fmt: skip
    assert done.json["state"] == "to_file"
    assert out(small_office) == []
    assert "没有派出去还没有结果的任务" in small_office("task", "list").err
    view = shown(small_office, number)
    (task,) = view["tasks"]
    assert (task["result"], task["looked_at"], task["in_time"]) == ("true", "2026-11-23T14:20:00+08:00", False)
    assert (task["assignee"], task["keyed_by"], task["ended"]) == ("𠮷田", "核查员", "done")
    assert task["photos"] == ["前[b].jpg", "139****5678.jpg"]
    assert "王五六" not in str(view)
    page = small_office("incident", "show", number).out
    assert (
        "核实任务：𠮷田  11-23 14:00 由受理员派  11-23 14:20 看现场，属实（超时）  核查员录入  照片 2：前[b].jpg、139****5678.jpg"
        in page
    )
    assert "派任务 -> 𠮷田 受理员" in page
    assert "核实 属实 𠮷田 11-23 14:20 看现场 照片 2 王**带看 核查员" in page
    assert small_office("ledger", "verify").status == 0
    assert "-> 𠮷田" in small_office("ledger", "show", "--case", number, "--operator", "审计员").out


def test_a_failed_check_goes_back_to_the_same_unit_and_is_sent_anew(small_office: CommandLine) -> None:
    number = to_check(small_office)
    assert send(small_office, number, "核查员", "派核查").status == 0
    assert small_office.act("核查员", number, "核查", "--result", "不合格", "--reason", "仍有垃圾").json["state"] == "handling"
    view = shown(small_office, number)
    assert (view["rework"], view["redispatched"], view["handler"]) == (1, 0, "城管局")
    assert small_office.act("派遣员", number, "feedback", "--note", "又清了").status == 0
    assert out(small_office) == [], "the new check is a new task, which nobody has yet"
    assert send(small_office, number, "核查员").status == 0
    assert small_office.act("核查员", number, "核查", "--result", "合格").json["state"] == "to_close"
    assert [task["result"] for task in shown(small_office, number)["tasks"]] == ["fail", "pass"]


def test_whoever_handled_is_not_sent_and_who_could_be_is_reported(small_office: CommandLine) -> None:
    steps = (*TO_CHECK[:2], ("派遣员", "dispatch", "--to", "W1", "--reason", "顺路"), TO_CHECK[3])
    number = to_check(small_office, *steps)
    answer = send(small_office, number, "𠮷田")
    assert (answer.status, answer.error) == (4, "C161")
    assert "承办或协办过本案" in answer.json["error"]["message"]
    assert "核查员" in answer.json["error"]["hint"]
    for name in ("派遣员", "受理员"):
        refused = send(small_office, number, name)
        assert refused.error == "C161"
        assert "不是核查员" in refused.json["error"]["message"]
    assert send(small_office, number, "自动").status == 0
    assert out(small_office) == [(number, "核查员")]
    assert send(small_office, number, "核查员").error == "C161", "it is there already"


@pytest.mark.parametrize("name", ["城管局", "没有这个人", "[/]", "", "x" * 7_000, "\x1b]52;c;aGFja2Vk\x07"])
def test_nobody_of_that_name_can_be_sent(small_office: CommandLine, name: str) -> None:
    number = to_check(small_office)
    answer = send(small_office, number, name)
    assert (answer.status, answer.error) == ((4, "C108") if name else (2, "U003"))
    assert "\x1b" not in answer.out + answer.err
    assert out(small_office) == []


def test_only_who_registers_or_leads_sends_and_only_where_something_is_to_be_looked_at(small_office: CommandLine) -> None:
    number = to_check(small_office)
    for operator in ("核查员", "派遣员", "内勤", "领导"):
        answer = small_office.act(operator, number, "派核查", "--to", "W1")
        assert answer.error in ("C112", "C113"), answer
    assert small_office.act("值班长", number, "派核查", "--to", "W1").status == 0
    fresh = reported(small_office)
    assert send(small_office, fresh, "W1").error == "C111"


@pytest.mark.parametrize(
    ("options", "code", "status"),
    [
        (("--photo", "/home/a/后.jpg"), "U011", 2),
        (("--photo", "..\\后.jpg"), "U011", 2),
        (("--photo", ""), "U011", 2),
        (("--photo", "后" * 121), "U011", 2),
        (tuple(word for number in range(21) for word in ("--photo", f"{number}.jpg")), "U011", 2),
        (("--looked-at", "下午"), "U002", 2),
        (("--looked-at", "14:01"), "C163", 4),
        (("--looked-at", "13:59"), "C163", 4),
        (("--looked-at", "2027-01-01 08:00"), "C163", 4),
    ],
)
def test_what_cannot_have_been_brought_back_is_refused(
    small_office: CommandLine, options: tuple[str, ...], code: str, status: int
) -> None:
    number = to_check(small_office)
    answer = small_office.act("核查员", number, "check", "--result", "pass", *options)
    assert (answer.status, answer.error) == (status, code)
    assert "{" not in answer.json["error"]["message"] + answer.json["error"]["hint"]
    view = shown(small_office, number)
    assert (view["state"], view["tasks"]) == ("to_check", [])


@pytest.mark.parametrize(
    ("said", "looked_at"),
    [
        ("14:03", "2026-11-23T14:03"),
        ("１４：０３", "2026-11-23T14:03"),
        ("今天 14:03", "2026-11-23T14:03"),
        ("11-23 14:03", "2026-11-23T14:03"),
        ("11月23日 14:03", "2026-11-23T14:03"),
        ("2026-11-23 14:03", "2026-11-23T14:03"),
        ("昨天 14:03", None),
        ("11-22 14:03", None),
    ],
)
def test_a_time_is_read_as_people_write_it(
    small_office: CommandLine, office_clock: Clock, said: str, looked_at: str | None
) -> None:
    number = to_check(small_office)
    office_clock.advance(minutes=5)
    answer = small_office.act("核查员", number, "check", "--result", "pass", "--looked-at", said)
    if looked_at is None:
        assert answer.error == "C163", "yesterday there was nothing to look at"
        assert "11-22 14:03" in answer.json["error"]["message"]
        return
    assert shown(small_office, number)["tasks"][0]["looked_at"] == f"{looked_at}:00+08:00"


def test_time_and_photos_are_of_a_look_and_of_nothing_else(small_office: CommandLine) -> None:
    number = to_check(small_office)
    for options in (("--photo", "后.jpg"), ("--looked-at", "14:00")):
        assert small_office.act("内勤", number, "note", "--note", "x", *options).error == "U005"


def test_the_list_is_of_one_kind_one_person_or_whoever_asks(small_office: CommandLine) -> None:
    verify, check = to_verify(small_office), to_check(small_office)
    assert send(small_office, verify, "W1").status == send(small_office, check, "核查员").status == 0
    assert sorted(out(small_office)) == sorted([(verify, "𠮷田"), (check, "核查员")])
    assert out(small_office, "--kind", "核实") == out(small_office, "--assignee", "𠮷") == [(verify, "𠮷田")]
    assert out(small_office, "--mine", "--operator", "核查员") == out(small_office, "--kind", "check") == [(check, "核查员")]
    assert out(small_office, "--mine", "--operator", "派遣员") == []
    assert len(out(small_office, "--limit", "1")) == 1
    assert small_office("task", "list", "--kind", "抽查", "--json").error == "U001"
    small_office.change("UPDATE operator SET warden_id = (SELECT id FROM roster_person WHERE code = 'W1') WHERE name = '派遣员'")
    assert out(small_office, "--mine", "--operator", "派遣员") == [(verify, "𠮷田")]


def test_nothing_a_terminal_obeys_and_no_phone_comes_out_of_a_task(small_office: CommandLine) -> None:
    small_office.change("UPDATE roster_person SET name = ? WHERE code = 'W1'", "甲[/]\x1b]52;c;aGFja2Vk\x07")
    number = to_verify(small_office)
    assert send(small_office, number, "W1").status == 0
    outputs = [small_office("task", "list"), small_office("task", "list", "--json")]
    hostile = f"[/][b]王五六没来过\x1b]52;c;aGFja2Vk\x07\u202e，打{PHONE}"
    done = small_office.act(
        "核查员", number, "verify", "--result", "true", "--note", hostile, "--photo", hostile.replace("[/]", "")
    )
    assert done.status == 0, done
    ways = (("report", "tasks"), ("report", "tasks", "--format", "csv"), ("report", "tasks", "--json"), ("incident", "show", number),
            ("incident", "show", number, "--json"), ("ledger", "show", "--operator", "审计员"))  # fmt: skip
    outputs += [small_office(*way) for way in ways]
    for answer in outputs:
        assert answer.status == 0, answer
        assert PHONE not in answer.out
        assert "王五六" not in answer.out
        assert not {"\x1b", "\x07", "\u202e"} & set(answer.out)
    clear = small_office("incident", "show", number, "--unmask", "--reason", "回访", "--operator", "派遣员", "--json").json
    assert PHONE in clear["tasks"][0]["photos"][0]


def test_erasing_somebody_takes_them_out_of_notes_and_photos_names(small_office: CommandLine) -> None:
    number = to_verify(small_office)
    assert (
        small_office.act("核查员", number, "verify", "--result", "true", "--note", f"打{PHONE}", "--photo", f"{PHONE}.jpg").status
        == 0
    )
    erased = small_office(
        "person", "erase", PHONE, "--all", "--reason", "本人申请", "--yes", "--operator", "系统管理员", "--json"
    )
    assert erased.json["tasks"] == 1
    assert PHONE not in str(small_office.rows("SELECT * FROM task"))
    assert PHONE not in str(small_office.rows("SELECT * FROM ledger_personal"))
    assert small_office("ledger", "verify").status == 0
