"""Following another system's list from day to day: what it finished, lost, has twice, or still has open."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from importing.sheets import lines, text_file
from office_cli import Answer, CommandLine

from gridconsole.store import list_marks
from gridconsole.store.engine import driver

HEADER = "工单编号,来电时间,诉求人,联系方式,诉求类别,诉求内容,网格,承办单位,办理状态,处理情况,办结时间"


def row(number: int, state: str = "办理中", result: str = "", closed: str = "", handler: str = "城管局") -> str:
    """A row of the list."""
    return (
        f"H{number},2026-11-23 09:{number:02d},丁{number},1390000{number:04d},暴露垃圾,第{number}处垃圾没人清,东风社区第1网格,{handler},"
        f"{state},{result},{closed}"
    )


def take(office: CommandLine, folder: Path, *rows: str, name: str = "12345") -> Answer:
    """Import a day's list."""
    return office.imports("incidents", text_file(folder, lines(HEADER, *rows), "工单.csv"), "--source-list", name)


def number_of(office: CommandLine, ref: str) -> str:
    """The case's number."""
    return str(office.rows("SELECT number FROM incident WHERE source_ref = ?", ref)[0][0])


def compared(office: CommandLine, *options: str) -> dict[str, list[str]]:
    """The numbers in the list of each kind of difference."""
    answer = office("reconcile", "--json", *options).json
    return {name: [one["source_ref"] for one in answer[name]] for name in ("finished", "gone", "twice", "closed_here")}


def to_handling(office: CommandLine, number: str) -> None:
    """Bring a case to its handler."""
    office.act("受理员", number, "accept")
    state = office("incident", "show", number, "--json").json["state"]
    if state == "verifying":
        office.act("核查员", number, "verify", "--result", "true")
    office.act("值班长", number, "file", "--rule", "1")
    office.act("派遣员", number, "dispatch", "--to", "城管局")


def test_four_short_lists(small_office: CommandLine, tmp_path: Path) -> None:
    take(small_office, tmp_path, *(row(at) for at in range(1, 6)))
    assert compared(small_office) == {"finished": [], "gone": [], "twice": [], "closed_here": []}
    closed = number_of(small_office, "H4")
    to_handling(small_office, closed)
    small_office.act("派遣员", closed, "feedback", "--note", "已清运")
    small_office.act("核查员", closed, "check", "--result", "pass")
    small_office.act("值班长", closed, "close")
    second = take(small_office, tmp_path, row(1, "已办结", "已清运", "2026-11-23 12:00"), row(3), row(3), row(4), row(5))
    assert [issue["code"] for issue in second.json["issues"]] == ["W912"]
    assert compared(small_office) == {"finished": ["H1"], "gone": ["H2"], "twice": ["H3"], "closed_here": ["H4"]}
    by_hotline = small_office("report", "12345", "--json").json["tables"][-1]
    assert [row[1:5] for row in by_hotline["rows"]] == [
        ["H1", "清单已办结，本系统还在办", "待受理", "已办结"], ["H2", "本系统在办，清单上没有了", "待受理", "办理中"],
        ["H3", "清单上重复", "待受理", "办理中"], ["H4", "本系统已办结，清单还在办", "已结案", "办理中"],
    ]  # fmt: skip
    elsewhere = small_office("report", "12345", "--where", "承办=环卫所", "--json").json["tables"][-1]
    assert elsewhere["rows"] == []
    small_office.clock.at = datetime.fromisoformat("2026-12-01T09:00:00+08:00")
    assert small_office("report", "12345", "--json").json["tables"][-1]["rows"] == [], "of the cases of the period"


def test_each_takes_the_step_that_is_theirs_and_the_judge_is_never_skipped(small_office: CommandLine, tmp_path: Path) -> None:
    take(small_office, tmp_path, row(1), row(2))
    for ref in ("H1", "H2"):
        to_handling(small_office, number_of(small_office, ref))
    take(small_office, tmp_path, row(1, "已办结", "已清运，电话13800001234", "2026-11-23 14:00"), row(2, "已办结", "已清运"))
    clerk = small_office("reconcile", "--do", "--operator", "内勤", "--json")
    assert (clerk.status, clerk.json["done"]) == (0, [])
    one = small_office("reconcile", number_of(small_office, "H2")[8:], "--do", "--operator", "派遣员", "--json")
    assert [(done["state"], done["error"]) for done in one.json["done"]] == [("to_check", None)]
    done = small_office("reconcile", "--do", "--operator", "派遣员", "--json").json["done"]
    assert [(item["number"], item["state"]) for item in done] == [(number_of(small_office, "H1"), "to_check")]
    assert small_office("reconcile", "--do", "--operator", "值班长", "--json").json["done"] == [], "nothing before the check"
    shown = small_office("incident", "show", number_of(small_office, "H1"), "--json").json
    (entry,) = [entry for entry in shown["timeline"] if entry["action"] == "feedback"]
    assert entry["note"] == "已清运，电话138****1234"
    for ref in ("H1", "H2"):
        small_office.act("核查员", number_of(small_office, ref), "check", "--result", "pass")
    closed = small_office("reconcile", "--do", "--operator", "值班长", "--json").json["done"]
    assert {item["state"] for item in closed} == {"closed"}
    assert compared(small_office)["finished"] == []
    assert small_office("ledger", "verify", "--json").json["ok"] is True


def test_a_dispatch_goes_to_the_unit_of_the_list(small_office: CommandLine, tmp_path: Path) -> None:
    take(small_office, tmp_path, row(1), row(2, handler="不认识的单位"))
    for ref in ("H1", "H2"):
        number = number_of(small_office, ref)
        small_office.act("受理员", number, "accept")
        if small_office("incident", "show", number, "--json").json["state"] == "verifying":
            small_office.act("核查员", number, "verify", "--result", "true")
        small_office.act("值班长", number, "file", "--rule", "1")
    take(small_office, tmp_path, row(1, "已办结", "已清运"), row(2, "已办结", "已清运", handler="不认识的单位"))
    done = small_office("reconcile", "--do", "--operator", "派遣员", "--json").json["done"]
    assert [item["number"] for item in done] == [number_of(small_office, "H1")]
    assert small_office("incident", "show", number_of(small_office, "H1"), "--json").json["handler"] == "城管局"


def test_lists_are_apart_and_an_undone_one_says_nothing(small_office: CommandLine, tmp_path: Path) -> None:
    take(small_office, tmp_path, row(1))
    take(small_office, tmp_path, row(7), name="信访")
    batch = take(small_office, tmp_path, row(1, "已办结", "已清运")).json["batch"]
    assert compared(small_office)["finished"] == ["H1"]
    assert compared(small_office, "--source-list", "信访")["finished"] == []
    assert compared(small_office)["gone"] == [], "a list does not miss the cases of another one"
    small_office("batch", "undo", str(batch), "--operator", "内勤")
    assert compared(small_office)["finished"] == []


def test_what_is_over_there_and_here_is_no_difference(small_office: CommandLine, tmp_path: Path) -> None:
    over = row(1, "已办结", "已清运", "2026-11-23 12:00")
    take(small_office, tmp_path, over)
    take(small_office, tmp_path, over)
    assert compared(small_office) == {"finished": [], "gone": [], "twice": [], "closed_here": []}


def test_it_is_written_to_a_file_and_masks_people(small_office: CommandLine, tmp_path: Path) -> None:
    take(small_office, tmp_path, row(1))
    take(small_office, tmp_path, row(1, "已办结", "已电话告知13800001234"))
    target = tmp_path / "对账.csv"
    answer = small_office("reconcile", "-o", target)
    assert answer.status == 0
    text = target.read_text(encoding="utf-8-sig")
    assert "H1" in text and "13800001234" not in text and "138****1234" in text
    assert "清单已办结，本系统还在办" in small_office("reconcile").out


def test_without_a_list_it_says_so(small_office: CommandLine) -> None:
    answer = small_office("reconcile")
    assert (answer.status, "还没有导入过" in answer.err) == (0, True)


def test_numbers_need_the_word_do(small_office: CommandLine) -> None:
    assert small_office("reconcile", "0001").status == 2


@pytest.mark.parametrize("rows", [600])
def test_a_long_list_marks_in_slices(
    small_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    from gridconsole.services import arrivals

    monkeypatch.setattr(arrivals, "AT_ONCE", 100)
    long = [
        row(1).replace("H1,", f"L{at},").replace("09:01", f"{at % 14:02d}:{at % 60:02d}").replace("第1处", f"第{at}处")
        for at in range(rows)
    ]
    assert take(small_office, tmp_path, *long).counts == {"inserted": rows}
    done = [one.replace("办理中,,", "已办结,已清运,") for one in long]
    assert take(small_office, tmp_path, *done).counts == {"unchanged": rows}
    assert len(compared(small_office)["finished"]) == rows


def test_each_line_names_the_next_step_and_who_takes_it(small_office: CommandLine, tmp_path: Path) -> None:
    take(small_office, tmp_path, row(1))
    take(small_office, tmp_path, row(1, "已办结", "已清运"))
    nothing = small_office("reconcile", "--do", "--operator", "派遣员")
    assert (nothing.status, "没有您能办的" in nothing.err) == (0, True)
    assert "受理（受理员" in nothing.out
    small_office("reconcile", "--do", "--operator", "受理员")
    after = small_office("reconcile", "--operator", "派遣员").out
    assert "核查员" in after or "值班长" in after, after


def test_a_list_without_a_state_for_a_case_closed_here_says_nothing(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines(HEADER, row(1, "", "已清运"), row(2)))
    assert small_office.imports("incidents", file, "--source-list", "12345", "--history").status == 0
    assert compared(small_office)["closed_here"] == []


def test_an_interruption_leaves_whole_cases_and_the_rest_to_do(
    small_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gridconsole.services import casework

    take(small_office, tmp_path, *(row(at) for at in (1, 2, 3)))
    take(small_office, tmp_path, *(row(at, "已办结", "已清运") for at in (1, 2, 3)))
    act_on, taken = casework.act_on, []

    def interrupted(*given: object, **named: object) -> object:
        if taken:
            raise KeyboardInterrupt
        taken.append(given)
        return act_on(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(casework, "act_on", interrupted)
    assert small_office("reconcile", "--do", "--operator", "受理员").status == 130
    monkeypatch.setattr(casework, "act_on", act_on)
    assert small_office("ledger", "verify").status == 0
    rest = small_office("reconcile", "--do", "--operator", "受理员", "--json").json["done"]
    assert len(rest) == 2 and all(one["error"] is None for one in rest)


def test_statements_about_cases_that_are_over_do_not_pile_up(small_office: CommandLine, tmp_path: Path) -> None:
    take(small_office, tmp_path, row(1), row(2))
    number = number_of(small_office, "H1")
    to_handling(small_office, number)
    for operator, words in (
        ("派遣员", ("feedback", "--note", "已清运")),
        ("核查员", ("check", "--result", "pass")),
        ("值班长", ("close",)),
    ):
        assert small_office.act(operator, number, *words).status == 0
    for _ in range(2):
        take(small_office, tmp_path, row(2), row(3))
    said = small_office.rows("SELECT source_ref FROM list_mark JOIN incident ON incident.id = list_mark.incident_id ORDER BY 1")
    assert said == [("H2",), ("H3",)]


def test_work_that_was_done_before_the_dispatch_is_fed_back_as_done_at_once(small_office: CommandLine, tmp_path: Path) -> None:
    take(small_office, tmp_path, row(1))
    number = number_of(small_office, "H1")
    to_handling(small_office, number)
    take(small_office, tmp_path, row(1, "已办结", "已清运", "2026-11-23 09:30"))
    done = small_office("reconcile", "--do", "--operator", "派遣员")
    assert (done.status, small_office("incident", "show", number, "--json").json["state"]) == (0, "to_check"), done.err
    note = small_office("incident", "show", number).out
    assert "已清运（清单写 11-23 09:30 办完，早于派遣）" in note
    assert small_office.rows("SELECT late FROM clock WHERE stage = 'handle'") == [(0,)]


@pytest.mark.parametrize(("handler", "said"), [("市政公司", "清单上的“市政公司”不是登记的单位"), ("", "清单没写承办单位")])
def test_a_unit_that_only_the_list_knows_is_named(small_office: CommandLine, tmp_path: Path, handler: str, said: str) -> None:
    take(small_office, tmp_path, row(1, handler=handler))
    number = number_of(small_office, "H1")
    for operator, words in (("受理员", ("accept",)), ("值班长", ("file", "--rule", "1"))):
        if operator == "值班长" and small_office("incident", "show", number, "--json").json["state"] == "verifying":
            small_office.act("核查员", number, "verify", "--result", "true")
        assert small_office.act(operator, number, *words).status == 0
    take(small_office, tmp_path, row(1, "已办结", "已清运", "2026-11-23 12:00", handler))
    done = small_office("reconcile", "--do", "--operator", "派遣员")
    assert said in done.err and said in small_office("reconcile", "--operator", "派遣员").out
    assert "没有您能办的" not in done.err
    assert small_office("incident", "show", number, "--json").json["state"] == "to_dispatch"


def test_undoing_a_list_brings_back_what_the_one_before_it_said(small_office: CommandLine, tmp_path: Path) -> None:
    days = [take(small_office, tmp_path, row(1), row(2))]
    days.append(take(small_office, tmp_path, row(1), row(2, "已办结", "已清运", "2026-11-23 12:00"), row(3)))
    before = small_office("reconcile", "--json").json
    days.append(take(small_office, tmp_path, row(1), row(2)))
    assert compared(small_office) == {"finished": [], "gone": ["H3"], "twice": [], "closed_here": []}
    assert small_office("batch", "undo", str(days[2].json["batch"])).status == 0
    assert small_office("reconcile", "--json").json == before
    assert small_office("batch", "undo", str(days[1].json["batch"])).status == 0
    assert compared(small_office) == {"finished": [], "gone": [], "twice": [], "closed_here": []}
    assert small_office("reconcile", "--json").json["lists"] != []
    assert small_office("batch", "undo", str(days[0].json["batch"])).status == 0
    assert small_office("reconcile", "--json").json["lists"] == []
    assert small_office.rows("SELECT 1 FROM list_mark UNION SELECT 1 FROM earlier_mark UNION SELECT 1 FROM list_seen") == []


def test_earlier_statements_are_kept_of_a_few_batches(small_office: CommandLine, tmp_path: Path) -> None:
    for _ in range(6):
        take(small_office, tmp_path, row(1), row(2))
    assert small_office.rows("SELECT count(DISTINCT batch_id) FROM earlier_mark") == [(list_marks.BATCHES_KEPT + 1,)]


def test_a_statement_from_before_a_reopening_counts_no_more(small_office: CommandLine, tmp_path: Path) -> None:
    take(small_office, tmp_path, row(1))
    number = number_of(small_office, "H1")
    to_handling(small_office, number)
    finished = row(1, "已办结", "换了灯泡", "2026-11-23 12:00")
    take(small_office, tmp_path, finished)
    assert small_office("reconcile", "--do", "--operator", "派遣员").status == 0
    for operator, words in (("核查员", ("check", "--result", "pass")), ("值班长", ("close",))):
        assert small_office.act(operator, number, *words).status == 0
    small_office.clock.advance(hours=2)
    assert small_office.act("值班长", number, "reopen", "--reason", "又不亮了").status == 0
    assert compared(small_office)["finished"] == []
    assert "没有您能办的" in small_office("reconcile", "--do", "--operator", "派遣员").err
    small_office.clock.advance(hours=1)
    take(small_office, tmp_path, finished)
    assert compared(small_office)["finished"] == ["H1"], "the list says so again"


def test_an_older_list_does_not_overrule_a_newer_one(small_office: CommandLine, tmp_path: Path) -> None:
    take(small_office, tmp_path, row(1))
    newer = text_file(tmp_path, lines(HEADER, row(1, "已办结", "已清运", "2026-11-23 12:00")), "工单2026-11-23.csv")
    older = text_file(tmp_path, lines(HEADER, row(1)), "工单2026-11-22.csv")
    assert small_office.imports("incidents", newer, "--source-list", "12345").status == 0
    answer = small_office.imports("incidents", older, "--source-list", "12345")
    assert (answer.codes, compared(small_office)["finished"]) == (["W948"], ["H1"])


def test_a_list_nobody_knows_is_refused_with_those_known(small_office: CommandLine, tmp_path: Path) -> None:
    take(small_office, tmp_path, row(1))
    answer = small_office("reconcile", "--source-list", "1234")
    assert (answer.status, "U001" in answer.err, "12345" in answer.err) == (2, True, True)


def test_a_case_shows_the_newest_state_that_its_list_gave(small_office: CommandLine, tmp_path: Path) -> None:
    take(small_office, tmp_path, row(1))
    number = number_of(small_office, "H1")
    first = small_office("incident", "show", number)
    take(small_office, tmp_path, row(1, state="已办结"))
    second = small_office("incident", "show", number)
    assert "清单最近的状态" not in first.out and "清单最近的状态：已办结" in second.out
    assert small_office("incident", "show", number, "--json").json["list_says"] == "已办结"


def test_an_older_batch_may_speak_again(small_office: CommandLine, tmp_path: Path) -> None:
    first, second = (take(small_office, tmp_path, row(1)) for _ in range(2))
    with closing(driver.connect(small_office.database)) as connection:
        connection.execute(
            "INSERT INTO earlier_mark (incident_id, source_list, batch_id, is_over) SELECT incident_id, source_list, ?, 0 FROM list_mark",
            (second.json["batch"],),
        )
        connection.commit()
    assert take(small_office, tmp_path, row(1)).status == 0
    assert small_office.rows("SELECT batch_id FROM earlier_mark ORDER BY 1") == [(first.json["batch"],), (second.json["batch"],)]
