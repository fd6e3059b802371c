"""A refusal says what to do next where there is something to do: the conditions to choose among, who goes first, what each means."""

from __future__ import annotations

from office_cli import CommandLine
from test_urging_by_command import dispatched

from gridconsole.domain.transitions import Guard
from gridconsole.language import has, word


def test_a_condition_that_is_not_met_says_who_goes_first(small_office: CommandLine) -> None:
    number = dispatched(small_office)
    done = small_office("--operator", "内勤", "incident", "act", number, "延期", "--reason", "等料")
    assert done.out.startswith(f"{number} 已申请延期，现在：处置中 应于 ")
    refused = small_office.act("值班长", number, "批准", "--json")
    assert (refused.error, refused.json["error"]["hint"]) == ("C115", "先由派遣员初审（同意或不同意）")


def test_asking_for_another_type_without_its_condition_lists_those_there_are(small_office: CommandLine) -> None:
    number = dispatched(small_office)
    refused = small_office("--operator", "内勤", "incident", "act", number, "变更类型", "--reason", "类别不对")
    assert (refused.status, "缺少立案条件" in refused.err) == (2, True)
    assert "  --rule 1  少量" in refused.err
    assert "  --rule 2  大量" in refused.err
    assert small_office.act("内勤", number, "变更类型", "--reason", "类别不对", "--rule", "2").status == 0


def test_the_conditions_to_choose_among_are_harmless_and_a_line_each(small_office: CommandLine) -> None:
    number = dispatched(small_office)
    small_office.change("UPDATE filing_rule SET condition = condition || char(27) || '[31m[/]' || char(8238) || char(10) || '乙'")
    refused = small_office("--operator", "内勤", "incident", "act", number, "变更类型", "--reason", "类别不对")
    assert "  --rule 1  少量[/] 乙  4 工作时\n" in refused.err
    assert "\x1b" not in refused.err


def test_a_filing_that_is_refused_does_not_say_which_condition_it_took(small_office: CommandLine) -> None:
    number = dispatched(small_office)
    refused = small_office.act("值班长", number, "立案")
    assert (refused.status, "未指定立案条件" in refused.err) == (4, False)


def test_every_condition_of_the_table_is_explained(small_office: CommandLine) -> None:
    reported = small_office("explain", "C115").out
    for guard in Guard:
        assert has(f"Guard.{guard.value}"), guard
        assert f"  {word(guard)}\n" in reported, guard


def test_a_month_is_refused_where_the_report_is_of_one_day(small_office: CommandLine) -> None:
    for kind in ("daily", "日报", "alarms"):
        assert small_office("report", kind, "--date", "2026-11").status == 2
    assert small_office("report", "urge", "--date", "2026-11").status == 0
