"""新报 with help: what is recognised in a text, what is known of the phone and the place, and where the cursor goes afterwards."""

from __future__ import annotations

from datetime import date

import pytest
from console_driver import Console, console_on
from office_cli import CommandLine
from small_office import StaffedOffice, local
from textual.widgets import Input, TextArea

from gridconsole.console import case_lines
from gridconsole.console.dialogs.report import ReportDialog
from gridconsole.console.widgets.chooser import Chooser
from gridconsole.console.widgets.panel import ScrollPanel
from gridconsole.console.widgets.pick import Pick
from gridconsole.domain.actions import Action, Lead
from gridconsole.domain.states import Role, Source, State
from gridconsole.services import case_queries, intake
from gridconsole.store import places, queue

PHONE = "13812345678"
HEAP = f"建设路45号门口有暴露垃圾，王女士 {PHONE}"


async def open_form(console: Console, text: str) -> ReportDialog:
    """Ctrl+N, and a text."""
    await console.press("ctrl+n")
    form = console.screen
    assert isinstance(form, ReportDialog)
    form.query_one("#text", TextArea).text = text
    await console.until(lambda: form._known is not None, "what the text says")
    return form


def numbers_of(office: StaffedOffice) -> list[str]:
    """The numbers of the open cases."""
    with office.opened.database.reading() as connection:
        return [row.number for row in queue.open_queue(connection, office.opened.id, 50, ())]


async def test_a_pasted_message_fills_the_form_when_it_is_confirmed(office: StaffedOffice) -> None:
    async with console_on(office.opened, "受理员") as console:
        form = await open_form(console, HEAP)
        await console.until_shown("认出", "王女士", PHONE, "建设路45号", "暴露垃圾")
        assert form.query_one("#phone", Input).value == "", "nothing is filled in unasked"
        await console.press("f5")
        values = [form.query_one(f"#{name}", Input).value for name in ("address", "reporter", "phone")]
        assert values == ["建设路45号门口", "王女士", PHONE]
        assert form.query_one("#category", Chooser).chosen == office.categories["暴露垃圾"]


async def test_what_was_typed_already_is_not_overwritten(office: StaffedOffice) -> None:
    async with console_on(office.opened, "受理员") as console:
        form = await open_form(console, HEAP)
        form.query_one("#reporter", Input).value = "李先生"
        await console.press("f5")
        assert form.query_one("#reporter", Input).value == "李先生"


async def test_earlier_cases_of_the_phone_and_the_place_stand_in_the_form_closed_ones_too(office: StaffedOffice) -> None:
    first = office.report(text="建设路45号垃圾成堆", address="建设路45号", source=Source.PUBLIC, reporter_phone=PHONE).number
    office.act(first, Action.DECLINE, reason="不属实")
    office.clock.advance(days=2)
    async with console_on(office.opened, "受理员", (120, 60)) as console:
        await open_form(console, HEAP)
        await console.until_shown("这个号码以前 1 件", first[-5:])
        assert PHONE not in console.says("#similar")


async def test_a_count_that_stops_at_its_limit_says_so(office: StaffedOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (intake, case_queries, case_lines):
        for name in ("COUNTED", "CALLS_READ"):
            monkeypatch.setattr(module, name, 2, raising=False)
    for _ in range(4):
        last = office.report(text="路灯不亮", source=Source.PUBLIC, reporter_phone=PHONE).number
    async with console_on(office.opened, "受理员", (120, 60)) as console:
        await console.point_at(last)
        await console.until_shown("这个号码另外报过 2 件以上")
        assert "本月第" not in console.page(), "more than was read"
        await open_form(console, HEAP)
        await console.until_shown("这个号码以前 2 件以上")


async def test_a_number_finds_nobody_for_who_may_not_see_numbers(office: StaffedOffice) -> None:
    first = office.report(text="建设路45号垃圾成堆", address="建设路45号", source=Source.PUBLIC, reporter_phone=PHONE).number
    async with console_on(office.opened, "领导", (120, 60)) as console:
        form = await open_form(console, f"有人打电话来 {PHONE}")
        form.query_one("#phone", Input).value = PHONE
        await console.until(lambda: form._timer is not None and form._known_text != "", "looked at")
        await console.settle()
        assert first[-5:] not in console.says("#similar")
        assert "这个号码" not in console.says("#similar")


async def test_f5_fills_in_what_stands_there_now_and_nothing_of_an_earlier_paste(office: StaffedOffice) -> None:
    async with console_on(office.opened, "受理员") as console:
        form = await open_form(console, HEAP)
        form.query_one("#text", TextArea).text = "新民街9号路灯不亮，李先生 13933334444"
        form.action_fill()
        values = [form.query_one(f"#{name}", Input).value for name in ("address", "reporter", "phone")]
        assert values == ["新民街9号", "李先生", "13933334444"]


def test_a_place_between_two_grids_is_in_neither_of_them(office: StaffedOffice) -> None:
    with office.opened.database.reading() as connection:
        one, other, *_ = places.grid_choices(connection)
    reader = intake.Reader(office.opened)
    assert reader.read(f"{one.name}有垃圾").grid_id == one.id
    assert reader.read(f"{one.name}和{other.name}之间有垃圾").grid_id is None


async def test_after_saving_the_cursor_is_on_the_new_case(office: StaffedOffice) -> None:
    for _ in range(3):
        office.report()
    async with console_on(office.opened, "受理员", pane="check") as console:
        await open_form(console, "路灯不亮")
        await console.press("f2")
        await console.until_back()
        await console.until(lambda: console.current is not None and console.current.endswith("00004"), "the new case")
        assert console.desk_screen.model.filter.pane == "accept"


async def test_a_community_stands_for_a_place_whose_grid_nobody_knows(office: StaffedOffice) -> None:
    async with console_on(office.opened, "受理员") as console:
        form = await open_form(console, "东风社区有人吵架")
        await console.press("f5")
        chosen = form.query_one("#grid", Chooser).chosen
        assert chosen is not None
        assert chosen < 0
        await console.press("f2")
        await console.until_back()
        await console.until(lambda: bool(console.desk_screen.model.rows), "the new case")
        (row,) = console.desk_screen.model.rows.values()
    assert (row.grid_code, row.area_name) == ("", "东风社区")


async def test_two_reports_in_one_paste_are_said(office: StaffedOffice) -> None:
    async with console_on(office.opened, "受理员") as console:
        await open_form(console, "张先生 13811112222 路灯坏了；李女士 13933334444 漏水\x1b[2J" + "很长" * 3000)
        await console.until_shown("请分开登记")


def test_the_office_edits_its_aliases(small_office: CommandLine) -> None:
    answer = small_office("alias", "set", "垃圾山", "暴露垃圾", "--operator", "内勤", "--json")
    assert (answer.status, answer.json["垃圾山"]) == (0, ["暴露垃圾"])
    assert "垃圾山" in small_office("alias", "list").out
    assert small_office("alias", "remove", "垃圾山", "--operator", "内勤").status == 0
    assert "垃圾山" not in small_office("alias", "list").out
    assert "小广告" not in small_office("alias", "remove", "小广告", "--operator", "内勤", "--json").json, "a shipped one too"
    unknown = small_office("alias", "set", "垃圾山", "垃圾类", "--operator", "内勤", "--json")
    assert (unknown.status, unknown.error) == (4, "C104")
    entries = small_office.rows("SELECT count(*) FROM ledger")
    wrong = small_office("alias", "remove", "小广告贴", "--operator", "内勤", "--json")
    assert (wrong.status, wrong.error, small_office.rows("SELECT count(*) FROM ledger")) == (2, "U001", entries)
    assert small_office("alias", "set", "山", "暴露垃圾", "--operator", "内勤", "--json").error == "U002"
    assert small_office("alias", "set", "垃圾山", "暴露垃圾", "--operator", "核查员", "--json").error == "C133"
    assert small_office("ledger", "verify", "--json").json["ok"] is True


async def test_one_more_report_of_an_open_case_is_recorded_with_one_key(office: StaffedOffice) -> None:
    first = office.report(text="建设路45号垃圾成堆", address="建设路45号", source=Source.PUBLIC, reporter_phone=PHONE).number
    async with console_on(office.opened, "受理员") as console:
        await open_form(console, HEAP)
        await console.press("f5")
        await console.until(lambda: f"F3 记为 {first[8:]} 的又一次反映" in console.keys_line, "the key")
        await console.until(lambda: "像这件的 1 件" in str(console.get("#alike_panel", ScrollPanel).border_title), "its panel")
        assert first[8:] in console.says("#alike")
        await console.press("f3")
        await console.until_back()
    last = str(int(first) + 1)
    assert office.load(last).case.merged_into == first
    assert office.load(first).case.followers == (last,)


async def test_an_acceptor_reports_and_accepts_with_one_key_others_do_not_see_it(office: StaffedOffice) -> None:
    async with console_on(office.opened, "受理员") as console:
        await open_form(console, "幸福路路灯不亮")
        await console.press("shift+f2")
        await console.until_back()
    (number,) = numbers_of(office)
    assert office.load(number).case.state is State.VERIFYING
    async with console_on(office.opened, "派遣员") as console:
        await open_form(console, "幸福路路灯又不亮了")
        assert "报并受理" not in console.keys_line
        await console.press("shift+f2")
        await console.until(lambda: console.complaint(), "the refusal")
    assert len(numbers_of(office)) == 1, "both or neither"


async def test_the_form_says_by_when_the_report_is_to_be_accepted(office: StaffedOffice) -> None:
    office.clock.at = local(date(2026, 11, 28), "08:53")
    async with console_on(office.opened, "受理员") as console:
        form = await open_form(console, "幸福路路灯不亮")
        assert "周一" in console.says("#then")
        form.query_one("#grade", Pick).index = 2
        await console.until(lambda: "今" in console.says("#then"), "the urgent limit")


async def test_another_text_is_no_more_report_of_what_the_text_before_was_like(office: StaffedOffice) -> None:
    first = office.report(text="建设路45号垃圾成堆", address="建设路45号", source=Source.PUBLIC, reporter_phone=PHONE).number
    async with console_on(office.opened, "受理员") as console:
        form = await open_form(console, HEAP)
        await console.press("f5")
        await console.until(lambda: "的又一次反映" in console.keys_line, "the key")
        form.query_one("#text", TextArea).text = "新民街9号路灯不亮"
        await console.until(lambda: form._again == "", "nothing is offered")
        await console.press("f3")
        assert console.screen is form
        assert "的又一次反映" not in console.keys_line
    assert office.load(first).case.followers == ()


async def test_a_third_report_goes_to_the_leading_case(office: StaffedOffice) -> None:
    values = {"address": "建设路45号", "source": Source.PUBLIC}
    first = office.report(text="建设路45号门口有暴露垃圾", **values).number
    second = office.report(text="建设路45号门口有暴露垃圾成堆", **values).number
    office.act(second, Action.MERGE, Role.ACCEPTOR, into=Lead(first))
    async with console_on(office.opened, "受理员") as console:
        await open_form(console, "建设路45号门口有暴露垃圾成堆，王女士")
        await console.press("f5")
        await console.until(lambda: f"记为 {first[8:]} 的又一次反映" in console.keys_line, "the leading case, not its follower")
