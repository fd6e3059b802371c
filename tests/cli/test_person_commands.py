"""person report, erase: everything the office keeps of somebody is found, and gone when it is erased, with the chain still sound."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from importing.sheets import lines, text_file
from office_cli import MONDAY_AFTERNOON, CommandLine

from gridconsole.services import drafts
from gridconsole.services import office as offices
from gridconsole.services.drafts import Draft

NAME, PHONE, OTHER = "欧阳小明", "13912345670", "13700000001"
WRITTEN = ("13912345670", "139-1234-5670", "139 1234 5670", "１３９１２３４５６７０", NAME)
ERASE = ("--reason", "本人申请", "--yes", "--json")


@pytest.fixture
def marked(small_office: CommandLine, tmp_path: Path) -> CommandLine:
    """An office in which one person stands wherever a person can: two cases, notes, a request, an import, its rejected row."""
    small_office.once("marked", lambda office: mark(office, tmp_path))
    return small_office


def mark(small_office: CommandLine, tmp_path: Path) -> None:
    words = f"我是{NAME}，139-1234-5670，垃圾成堆"
    number = small_office.reports(words, "--reporter", NAME, "--phone", PHONE, "--address", f"幸福路{NAME}家", "--category",
                                  "暴露垃圾", "--grid", "420502001001001")  # fmt: skip
    for step in (
        ("受理员", "accept"),
        ("内勤", "note", "--note", f"{NAME}又来电 139 1234 5670"),
        ("内勤", "note", "--note", "与此人无关的备注"),
    ):
        assert small_office.act(step[0], number, *step[1:]).status == 0
    second = small_office.reports("另一件：邻居１３９１２３４５６７０占道", "--reporter", "别人", "--phone", OTHER)
    small_office("incident", "show", number, "--operator", "派遣员", "--unmask", "--reason", f"回访{NAME}")
    sheet = lines("主要内容,反映人,联系电话,问题分类,社区,受理时间",
                  f"路灯不亮,{NAME},{PHONE},没有的类别,东风社区,2026-11-20 09:00",
                  f",{NAME},{PHONE},暴露垃圾,东风社区,2026-11-20 09:00")  # fmt: skip
    small_office("import", "incidents", text_file(tmp_path, sheet))
    assert number != second


def numbers(office: CommandLine) -> list[str]:
    return [str(number) for (number,) in office.rows("SELECT number FROM incident ORDER BY id")]


def texts_of(office: CommandLine) -> str:
    return json.dumps(office.everything(), ensure_ascii=False, default=str)


def test_every_place_is_listed_and_nothing_is_shown(marked: CommandLine) -> None:
    for word in (PHONE, NAME):
        answer = marked("person", "report", word, "--operator", "值班长", "--json")
        places = {item["place"] for item in answer.json["found"]}
        assert places >= {"case", "entry", "reject"}
        shown = marked("person", "report", word, "--operator", "审计员")
        assert "案件" in shown.out and "待补导入的行" in shown.out
        assert not any(way in answer.out + shown.out + shown.err for way in WRITTEN)
    cases = {item["case"] for item in answer.json["found"] if item["place"] == "case"}
    assert cases <= set(numbers(marked))
    (entry, *_) = marked("ledger", "show", "--action", "person_report", "--json").json
    assert entry["personal"] == {"person": "139****5670"}


def test_the_word_comes_from_standard_input(marked: CommandLine) -> None:
    answer = marked.typing(PHONE)("person", "report", "-", "--json")
    assert (answer.status, answer.json["person"]) == (0, "139****5670")


def test_erasing_leaves_nothing_of_the_person_in_the_file_and_a_sound_chain(marked: CommandLine) -> None:
    before = marked("ledger", "verify", "--json").json["entries"]
    answer = marked("person", "erase", PHONE, "--all", *ERASE)
    assert answer.status == 0
    erased = answer.json
    assert len(erased["cases"]) >= 2 and erased["rejects"] == 1
    verdict = marked("ledger", "verify", "--json").json
    assert (verdict["ok"], verdict["erased"], verdict["entries"]) == (True, len(erased["entries"]), before + 1)
    everything = texts_of(marked)
    assert not any(way in everything for way in WRITTEN[:4])
    assert NAME not in everything, "where the person reported a case the name goes as well, also in the row that was put aside"
    assert "与此人无关的备注" in everything and OTHER in everything
    for file in marked.database.parent.glob("office.db*"):
        content = file.read_bytes()
        assert not any(way.encode() in content for way in WRITTEN), file
    (entry,) = marked("ledger", "show", "--action", "erase", "--json").json
    assert entry["facts"]["entries"] == erased["entries"]
    assert marked("person", "erase", PHONE, "--all", *ERASE).error == "C183"


def a_draft(office: CommandLine, text: str, case: str = "", **more: str) -> None:
    """Something that an operator typed on this machine and did not send."""
    opened = offices.open_office(office.database, "console")
    try:
        key = drafts.identity(opened)
    finally:
        opened.close()
    drafts.save(
        Draft(drafts.new_id(), key, 1, "受理员", "note", case, 1, MONDAY_AFTERNOON, "r", drafts.new_id(), {"words": text, **more},
              ("words",))
    )  # fmt: skip


def test_what_was_typed_and_not_sent_is_listed_and_erased_too(
    marked: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    first = numbers(marked)[0]
    a_draft(marked, f"{NAME} 139-1234-5670 又来电", first)
    a_draft(marked, f"{NAME}又来催", first)
    a_draft(marked, "新报", phone="13912345670")
    a_draft(marked, "与此人无关", first)
    listed = [item for item in marked("person", "report", PHONE, "--json").json["found"] if item["place"] == "draft"]
    assert sorted((item["label"], item["case"] or "", *item["fields"], item["erasable"]) for item in listed) == [
        ("受理员", "", "phone", True), ("受理员", first, "words", True),
    ]  # fmt: skip
    assert "草稿（没发出，本机）" in marked("person", "report", PHONE).out
    would = marked("person", "erase", PHONE, "--all", "--reason", "本人申请", "--json")
    assert (would.json["drafts"], would.json["dry_run"]) == (3, True)
    files = tmp_path / "state" / "gridconsole" / "drafts"
    assert len(list(files.iterdir())) == 4, "nothing is gone yet"
    done = marked("person", "erase", PHONE, "--all", *ERASE)
    assert done.json["drafts"] == 3, "the reporter's name alone as well, in a draft of the reporter's case"
    (left,) = files.iterdir()
    assert "与此人无关" in left.read_text(encoding="utf-8")
    (entry,) = marked("ledger", "show", "--action", "erase", "--json").json
    assert entry["facts"]["drafts"] == 3
    assert marked("ledger", "verify").status == 0


def test_somebody_who_stands_in_a_draft_only_is_found_and_erased_there(
    small_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    a_draft(small_office, f"{NAME} {PHONE}")
    assert small_office("person", "erase", PHONE, "--all", *ERASE).json["drafts"] == 1
    assert small_office("person", "erase", PHONE, "--all", *ERASE).error == "C183"


def test_an_erased_case_is_still_worked_on(marked: CommandLine) -> None:
    number = numbers(marked)[0]
    marked("person", "erase", PHONE, "--all", *ERASE)
    shown = marked("incident", "show", number, "--json").json
    assert (shown["reporter"], shown["phone"], "垃圾成堆" in shown["text"]) == ("", "", True)
    assert marked.act("受理员", number, "note", "--note", "继续").status == 0
    assert marked("ledger", "verify").status == 0


def test_without_yes_it_only_says_what_it_would_do(marked: CommandLine) -> None:
    before = marked.everything()
    answer = marked("person", "erase", NAME, "--all", "--reason", "本人申请")
    assert answer.status == 0
    assert "将抹去" in answer.out and "--yes" in answer.err
    assert NAME not in answer.out + answer.err
    assert marked.everything() == before


def test_only_the_cases_named_lose_a_name_that_several_people_may_have(marked: CommandLine) -> None:
    first, second = numbers(marked)[:2]
    namesake = marked.reports("同名同姓的人反映", "--reporter", NAME, "--phone", OTHER)
    answer = marked("person", "erase", NAME, "--case", first, *ERASE)
    assert answer.json["cases"] == [first]
    assert answer.json["rejects"] == 1, "the rejected row has the phone of the case's reporter"
    assert marked.rows("SELECT reporter_name, reporter_phone FROM incident WHERE number = ?", first) == [("", "")]
    assert marked.rows("SELECT reporter_name FROM incident WHERE number = ?", namesake) == [(NAME,)]
    assert "１３９１２３４５６７０" in marked.rows("SELECT text FROM incident WHERE number = ?", second)[0][0]
    assert marked("ledger", "verify").status == 0


def test_a_case_that_does_not_speak_of_the_person_is_refused(marked: CommandLine) -> None:
    other = marked.reports("与此人无关")
    before = marked.everything()
    answer = marked("person", "erase", PHONE, "--case", other, *ERASE)
    assert (answer.status, answer.error, PHONE in answer.out) == (4, "C183", False)
    assert marked.everything() == before


@pytest.mark.parametrize("operator", ["受理员", "派遣员", "内勤", "领导", "值班长", "审计员"])
def test_only_the_administrator_erases(marked: CommandLine, operator: str) -> None:
    before = marked.everything()
    assert marked("person", "erase", PHONE, "--all", *ERASE, "--operator", operator).error == "C133"
    after = marked.everything()
    assert PHONE not in str(after["ledger"].pop()), "who reached for it is columns, and nothing else changed"
    assert after == before


@pytest.mark.parametrize("operator", ["受理员", "派遣员", "内勤", "领导", "系统管理员"])
def test_only_who_answers_and_who_inspects_asks_where_it_stands(marked: CommandLine, operator: str) -> None:
    assert marked("person", "report", PHONE, "--operator", operator, "--json").error == "C133"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((PHONE, "--reason", "本人申请"), "U002"),
        ((PHONE, "--all", "--case", "001", "--reason", "本人申请"), "U002"),
        ((PHONE, "--all"), "C182"),
        (("王", "--all", "--reason", "本人申请"), "U002"),
        (("139123", "--all", "--reason", "本人申请"), "U002"),
    ],
)
def test_what_is_meant_must_be_said(marked: CommandLine, words: tuple[str, ...], code: str) -> None:
    answer = marked("person", "erase", *words, "--json")
    assert answer.error == code
    assert PHONE not in answer.out


def test_the_office_s_own_people_are_listed_and_stay(small_office: CommandLine) -> None:
    found = small_office("person", "report", "13912345678", "--json").json["found"]
    assert {(item["place"], item["erasable"]) for item in found} == {("warden", False), ("image", True)}
    assert small_office("person", "erase", "13912345678", "--all", *ERASE).error == "C183"
    assert small_office.rows("SELECT phone FROM roster_person WHERE code = 'W1'") == [("13912345678",)]


def test_a_reason_that_names_the_person_does_not_bring_the_person_back(marked: CommandLine) -> None:
    marked("person", "erase", PHONE, "--all", "--reason", f"{NAME}（{PHONE}）本人申请", "--yes")
    assert PHONE not in texts_of(marked)
    assert NAME not in texts_of(marked)


def test_a_rejected_row_loses_what_its_texts_say_of_its_reporter_and_the_corrected_list_does_not_bring_it_back(
    small_office: CommandLine, tmp_path: Path
) -> None:
    name, phone, heading = "司马光光", "13922223333", "工单编号,受理时间,来电人,来电人电话,主要内容,备注"
    row = f"ERB-1,{{0}},{name},{phone},{name}反映井盖坏,{name}在家"
    small_office("import", "incidents", text_file(tmp_path, lines(heading, row.format("错误时间")), "wrong.csv"))
    assert small_office("person", "erase", phone, "--all", *ERASE, "--operator", "系统管理员").json["rejects"] == 1
    assert name not in texts_of(small_office) and phone not in texts_of(small_office)
    again = lines(heading, row.format("2026-11-20 09:00"), "ERB-2,2026-11-20 09:00,王平,13800000002,路灯不亮,")
    answer = small_office("import", "incidents", text_file(tmp_path, again, "right.csv"), "--json")
    assert answer.json["inserted"] == 2, answer.json
    assert "W938" in answer.out + answer.err
    assert name not in texts_of(small_office) and phone not in texts_of(small_office)
    assert ("ERB-1", "", "") in small_office.rows("SELECT source_ref, reporter_name, reporter_phone FROM incident")
    assert ("ERB-2", "王平", "13800000002") in small_office.rows("SELECT source_ref, reporter_name, reporter_phone FROM incident")
    assert small_office("ledger", "verify").status == 0


def test_a_case_erased_by_number_of_its_list_stays_erased_when_the_list_comes_again(
    small_office: CommandLine, tmp_path: Path
) -> None:
    name, phone = "司马光光", "13922223333"
    sheet = lines("工单编号,受理时间,来电人,来电人电话,主要内容", f"ERB-1,2026-11-20 09:00,{name},{phone},{name}反映井盖坏")
    file = text_file(tmp_path, sheet)
    small_office("import", "incidents", file)
    small_office("person", "erase", phone, "--all", *ERASE, "--operator", "系统管理员")
    again = small_office("import", "incidents", file, "--json").json
    assert again["inserted"] == 0 and again["rejected"] == 0, again
    assert name not in texts_of(small_office) and phone not in texts_of(small_office)


def test_a_name_beside_the_number_in_somebody_else_s_case_goes_too(small_office: CommandLine, tmp_path: Path) -> None:
    name, phone = "司马光光", "13922223333"
    sheet = lines(
        "工单编号,受理时间,来电人,来电人电话,主要内容,备用电话",
        f"ERB-1,2026-11-20 09:00,{name},{phone},井盖坏,",
        f"ERB-2,2026-11-20 10:00,王平,13800000002,{name}也知道,{phone}",
    )
    small_office("import", "incidents", text_file(tmp_path, sheet))
    small_office("person", "erase", phone, "--all", *ERASE, "--operator", "系统管理员")
    assert name not in texts_of(small_office) and phone not in texts_of(small_office)
    assert ("ERB-2", "王平") in small_office.rows("SELECT source_ref, reporter_name FROM incident")
    assert small_office("ledger", "verify").status == 0


def test_a_short_number_that_every_list_has_takes_nobody_else_out(small_office: CommandLine, tmp_path: Path) -> None:
    heading = "编号,受理时间,来电人,来电人电话,主要内容"
    small_office("import", "incidents", text_file(tmp_path, lines(heading, "1,错误时间,司马光光,13922223333,井盖坏"), "一.csv"))
    small_office("person", "erase", "13922223333", "--all", *ERASE, "--operator", "系统管理员")
    small_office(
        "import", "incidents", text_file(tmp_path, lines(heading, "1,2026-11-21 09:00,王平,13800000002,路灯不亮"), "二.csv")
    )
    assert small_office.rows("SELECT reporter_name, reporter_phone FROM incident") == [("王平", "13800000002")]


def test_what_a_list_says_besides_of_its_reporter_is_masked_and_goes_with_the_person(
    small_office: CommandLine, tmp_path: Path
) -> None:
    columns = {
        "证件号码": "420502198803120017",
        "微信": "wxid_xiaoming",
        "备用": "另有手机13811112222",
        "备注": "邮箱 ming.ou@example.cn",
    }
    head = f"工单编号,诉求人,联系电话,诉求内容,社区,受理时间,承办人电话,{','.join(columns)}"
    row = f"H-20261120-7,{NAME},{PHONE},路灯不亮,东风社区,2026-11-20 09:00,13900009999,{','.join(columns.values())}"
    answer = small_office("import", "incidents", text_file(tmp_path, lines(head, row)), "--open")
    assert answer.status == 0, answer.err
    (number,) = numbers(small_office)
    personal = ("198803120017", "xiaoming", "13811112222", "ming.ou")
    shown = small_office("incident", "show", number, "--operator", "派遣员").out
    assert "证件号码" in shown and [word for word in personal if word in shown] == []
    erased = small_office("person", "erase", PHONE, "--all", *ERASE, "--operator", "系统管理员")
    assert erased.status == 0, erased.err
    left = texts_of(small_office)
    assert [word for word in personal if word in left] == []
    assert "13900009999" in left, "who works on a case is no reporter"
    assert small_office("ledger", "verify").status == 0


@pytest.mark.parametrize("number", ["", "A12"])
def test_a_corrected_row_without_a_long_number_does_not_bring_the_person_back(
    small_office: CommandLine, tmp_path: Path, number: str
) -> None:
    head = "编号,受理时间,诉求人,联系电话,身份证号码,诉求内容"
    row = f"{number},错误时间,司马光光,139-2222-3333,420502198001011234,灯坏了，一到晚上就看不见"
    assert small_office.imports("incidents", text_file(tmp_path, lines(head, row))).counts == {"rejected": 1}
    other = (
        row.replace("司马光光", "欧阳")
        .replace("139-2222-3333", "13911112222")
        .replace("420502198001011234", "")
        .replace("A12", "B12")
    )
    erased = small_office("person", "erase", "13922223333", "--all", *ERASE, "--operator", "系统管理员")
    assert erased.status == 0, erased.err
    assert [word for word in ("22223333", "司马光光", "8001011234") if word in texts_of(small_office)] == []
    good = row.replace("错误时间", "2026-11-20 10:00").replace("139-2222-3333", "13922223333")
    answer = small_office.imports(
        "incidents", text_file(tmp_path, lines(head, good, other.replace("错误时间", "2026-11-20 10:00")))
    )
    assert answer.counts == {"inserted": 2}
    assert [issue["row"] for issue in answer.json["issues"] if issue["code"] == "W938"] == [2], "another caller is another report"
    assert [word for word in ("22223333", "司马光光", "8001011234") if word in texts_of(small_office)] == []
    assert small_office("ledger", "verify").status == 0


@pytest.mark.parametrize(
    "row",
    [
        "A1,坏,张小丽,13900000077,x路1号,路灯不亮",
        "A1,2026-11-20 08:10,张小丽,13900000077,x路1号,张小丽家门口路灯不亮",
        "A1,2026-11-20 08:10,,,x路1号,路灯不亮 电话13900000077 张小丽",
        "a1,2026-11-20 08:10,张小丽,13900000077,x路1号,路灯不亮请尽快修",
        "A1,坏,,13900000077,x路1号,邻居张小丽说路灯不亮",
    ],
)
@pytest.mark.parametrize("by", ["13900000077", "张小丽"])
def test_no_correction_of_an_erased_report_brings_the_person_back(
    small_office: CommandLine, tmp_path: Path, row: str, by: str
) -> None:
    head = "工单编号,受理时间,诉求人,联系电话,诉求地址,诉求内容"
    first = text_file(tmp_path, lines(head, "A1,2026-11-20 08:10,张小丽,13900000077,x路1号,路灯不亮"))
    assert small_office.imports("incidents", first, "--source-list", "12345").counts == {"inserted": 1}
    assert small_office("person", "erase", by, "--all", *ERASE, "--operator", "系统管理员").status == 0
    answer = small_office.imports("incidents", text_file(tmp_path, lines(head, row)), "--source-list", "12345")
    assert "W938" in answer.codes
    assert [word for word in ("13900000077", "张小丽") if word in texts_of(small_office)] == []
    assert small_office("ledger", "verify").status == 0
