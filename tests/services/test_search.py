"""Cases are found by words in texts and notes, by places, handlers, numbers and people, also in pinyin; and by nobody else's eyes."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from small_office import Clock, StaffedOffice

from gridconsole.console.messages import search_queue
from gridconsole.domain.actions import Act, Action
from gridconsole.domain.errors import BadValue, GridConsoleError
from gridconsole.domain.states import Role, Source, State
from gridconsole.importing.engine import run
from gridconsole.importing.undo import undo
from gridconsole.services import actors, aliases, casework, doctor, indexing, persons
from gridconsole.services import office as offices
from gridconsole.services.casework import NewReport
from gridconsole.services.office import Office
from gridconsole.store import engine, searching, text_index
from gridconsole.store.case_conditions import Conditions

WORDS = ["井盖", "路灯", "积水", "垃圾", "占道", "堵塞", "施工", "噪音", "漏水", "围挡", "树枝", "电缆"]


def found(opened: Office, words: str, *, names: bool = False, limit: int = 50, **conditions: object) -> list[str]:
    """The numbers of the cases that a search finds."""
    wanted = searching.Search(words=words, names=names, among=Conditions(**conditions))  # type: ignore[arg-type]
    with opened.database.reading() as connection:
        return [row.number for row in searching.search(connection, opened.id, wanted, limit)]


def test_a_case_is_found_by_its_category_and_by_what_people_call_it(office: StaffedOffice) -> None:
    opened = office.opened
    numbers = [office.case_in(state, text="楼下味道大") for state in (State.HANDLING, State.CLOSED)]
    for words in ("暴露垃圾", "露垃"):
        assert set(found(opened, words)) == set(numbers)
    aliases.change(opened, office.actors[Role.SHIFT_LEADER], "臭东西", ["暴露垃圾"])
    assert found(opened, "臭东西") == [], "an office that nobody asks about aliases"
    with opened.database.reading() as connection:
        wanted = searching.Search("臭东西", synonyms=aliases.synonyms(connection))
        assert {row.number for row in searching.search(connection, opened.id, wanted, 50)} == set(numbers)
        both = replace(wanted, words="臭东西 城管局", among=Conditions(open_only=True))
        assert [row.number for row in searching.search(connection, opened.id, both, 50)] == numbers[:1]
    assert [row.number for row in search_queue(opened, "臭东西", None)] == numbers[:1], "on the desk too"


def instances(path: Path) -> set[tuple[str, int, str, int]]:
    """Everything the index holds: word, document, column and place."""
    with closing(engine.connect(path)) as connection:
        connection.execute("CREATE VIRTUAL TABLE temp.held USING fts5vocab(main, case_text, instance)")
        return set(connection.execute("SELECT term, doc, col, offset FROM temp.held"))


def rebuilt(opened: Office) -> set[tuple[str, int, str, int]]:
    """Rebuild the index and return its contents."""
    indexing.rebuild(opened)
    return instances(opened.database.path)


@pytest.fixture
def case(office: StaffedOffice) -> Callable[..., str]:
    """Reports a case in 绿城社区-like places; returns its number."""

    def reported(text: str, **more: object) -> str:
        office.clock.advance(minutes=1)
        report = NewReport(text, Source.PUBLIC, grid_id=None, area_id=None, **more)  # type: ignore[arg-type]
        return casework.intake(office.opened, office.actors[Role.ACCEPTOR], report).number

    return reported


# --- what is found ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("井盖", "two characters of the text"),
        ("井盖坏了", "a part of the text"),
        ("道井", "two characters inside the text"),
        ("绿城", "the address"),
        ("3号楼", "a number and characters"),
        ("LED", "Latin letters of either case"),
        ("led灯", "letters and characters together"),
        ("ＬＥＤ", "full width"),
        ("浙A12", "the beginning of a plate"),
        ("345", "the end of a plate"),
        ("lcsq", "initials of the address"),
        ("csq3", "initials inside it"),
        ("lvcheng", "full pinyin of the address"),
        ("chengshequ", "full pinyin inside it"),
        ("lvchengsh", "pinyin that is not finished"),
        ("XH2026", "the beginning of a reference"),
        ("7788", "the end of a reference"),
        ("井盖 绿城", "two words of two fields"),
        ("绿城 井盖坏", "in either order"),
        ("⼈行道", "a radical in the place of a character"),
    ],
)
def test_a_case_is_found_by(office: StaffedOffice, case: Callable[..., str], words: str, why: str) -> None:
    number = case("人行道井盖坏了，LED灯也不亮，旁边停着浙A12345", address="东山街道绿城社区3号楼")
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql("UPDATE incident SET source_ref = 'XH20267788'")
    case("楼上漏水", address="南湖路1号")
    assert found(office.opened, words) == [number], why


def test_a_case_is_found_by_its_notes_also_when_it_is_closed(office: StaffedOffice) -> None:
    number = office.report().number
    office.act(number, Action.ACCEPT)
    office.act(number, Action.NOTE, Role.ACCEPTOR, note="已联系物业经理调监控")
    other = office.case_in(State.CLOSED)
    for words in ("物业经理", "监控", "调监"):
        assert found(office.opened, words) == [number]
    assert found(office.opened, "已清理") == [other]
    assert found(office.opened, "已清理", open_only=True) == []
    # One word in the case's own text, the other one in a note.
    assert found(office.opened, "垃圾 监控") == [number]
    assert found(office.opened, "监控 暴露垃圾") == [number]
    assert found(office.opened, "监控 已清理") == []


def test_a_case_is_found_by_area_grid_and_handler(office: StaffedOffice) -> None:
    first = office.case_in(State.HANDLING)
    office.clock.advance(minutes=1)
    second = office.report(grid_id=office.grids["330106102201001"].id, area_id=office.grids["330106102201001"].area_id).number
    assert found(office.opened, "东风社区") == [first]
    assert found(office.opened, "dfsq") == [first]
    assert found(office.opened, "dongfengshequ") == [first]
    assert found(office.opened, "dingfengshequ") == []
    assert found(office.opened, "xfjd") == [first], "the subdistrict of its community"
    assert found(office.opened, "石桥村第1网格") == [second]
    assert found(office.opened, "城管局") == [first]
    assert found(office.opened, "城管局 东风") == [first]
    assert found(office.opened, "城管局 石桥") == []
    assert found(office.opened, "垃圾 石桥") == [second]
    for conditions in ({"open_only": True}, {"states": (State.HANDLING,)}):
        assert found(office.opened, "dfsq", **conditions) == [first]
    assert found(office.opened, first) == [first]
    assert found(office.opened, first[-5:]) == [first]
    assert found(office.opened, first[:8]) == [second, first]


def test_people_are_found_only_by_operators_who_may_unmask(office: StaffedOffice, case: Callable[..., str]) -> None:
    number = case("曾小贤反映井盖坏了，请回电13812345678", reporter_name="曾小贤", reporter_phone="0571-88990011")
    casework.act_on(
        office.opened, office.actors[Role.ACCEPTOR], number, Act.of(Action.NOTE, note="已致电曾小贤，另一号码13700009999")
    )
    people = (
        "曾小贤", "小贤", "zengxiaoxian", "zengxiao", "zxx", "13812345678", "5678", "12345678", "057188990011", "0011", "13700009999", "9999",
    )  # fmt: skip
    for words in people:
        assert found(office.opened, words, names=True) == [number], words
        assert found(office.opened, words) == [], words
    assert found(office.opened, "井盖 5678", names=True) == [number]
    assert found(office.opened, "反映井盖") == [number]
    assert found(office.opened, "已致电") == [number]


def test_what_an_address_says_of_people_is_found_in_pinyin_only_by_those_who_may_unmask(
    office: StaffedOffice, case: Callable[..., str]
) -> None:
    number = case(
        "家门口有垃圾堆放",
        reporter_name="欧阳娜娜",
        address="勤业街欧阳娜娜家门口，甲13987654321乙",
        reporter_phone="13987654321",
    )
    for words in ("欧阳娜娜", "ouyangnana", "oynn", "nana", "j1398", "jia13987654321", "54321yi", "4321"):
        assert found(office.opened, words) == [], words
    for words in ("欧阳娜娜", "ouyangnana", "oynn", "4321"):
        assert found(office.opened, words, names=True) == [number], words
    assert found(office.opened, "qinyejie") == found(office.opened, "qyj") == [number], "the rest of the address"


def test_radicals_and_dots_in_texts_are_read_as_the_characters_they_stand_for(
    office: StaffedOffice, case: Callable[..., str]
) -> None:
    number = case("⼈⾏道⽯板松动，⻋辆难行", reporter_name="阿卜杜拉·买买提", reporter_phone="13812345678")
    for words in ("人行道", "石板", "人行道石板松动", "车辆", "⼈行道"):
        assert found(office.opened, words) == [number], words
    for words in ("阿卜杜拉·买买提", "阿卜杜拉•买买提", "阿卜杜拉・买买提"):
        assert found(office.opened, words, names=True) == [number], words


@pytest.mark.parametrize(
    ("name", "pinyin"),
    [
        ("仇和平", "qiuheping"),
        ("单雄", "shanxiong"),
        ("查良", "zhaliang"),
        ("区红", "ouhong"),
        ("解军", "xiejun"),
        ("尉迟恭", "yuchigong"),
    ],
)
def test_a_surname_is_read_as_a_surname(office: StaffedOffice, case: Callable[..., str], name: str, pinyin: str) -> None:
    number = case("井盖坏了", reporter_name=name, reporter_phone="13812345678")
    assert found(office.opened, pinyin, names=True) == [number]


def test_the_newest_report_comes_first_and_limits_hold(office: StaffedOffice, case: Callable[..., str]) -> None:
    numbers = [case(f"第{at}处积水严重") for at in range(30)]
    assert found(office.opened, "积水", limit=5) == numbers[:-6:-1]
    assert found(office.opened, "水", limit=5) == numbers[:-6:-1]
    assert found(office.opened, "积水 严重", limit=100) == numbers[::-1]


@pytest.mark.parametrize(
    "words",
    ["盖", "%", "_", '"', "'", "NEAR", "AND", "NOT OR", "*", "(", ")", "井盖*", '"井盖', "words : x", "{words}", "^a", "-", "😀", "\ud800", "\x00",
     "a" * 200, "1 2 3 4", "井", "。", "lü", "NEAR(井 盖)", "井盖\n坏"],
)  # fmt: skip
def test_no_words_are_taken_for_a_command(office: StaffedOffice, case: Callable[..., str], words: str) -> None:
    number = case("井盖坏了 50% a_b")
    expected = {"盖", "井", "%", "_", "井盖\n坏", "\ud800", "\x00"}
    assert found(office.opened, words) == ([number] if words in expected else [])


def test_a_text_pasted_by_mistake_is_no_search(office: StaffedOffice) -> None:
    with pytest.raises(BadValue):
        found(office.opened, "井" * 100_000)


# --- the index follows every change -----------------------------------------------------------------------------


def test_the_index_holds_what_a_new_one_would_after_any_acts(office: StaffedOffice, tmp_path: Path) -> None:
    chance, opened = random.Random(7), office.opened
    numbers: list[str] = []
    sheet = tmp_path / "清单.csv"
    for turn in range(60):
        office.clock.advance(minutes=5)
        words = "".join(chance.sample(WORDS, 3))
        name, phone = chance.choice([("", ""), ("曾小贤", "13812345678"), ("李大海", "13700001111")])
        with suppress(GridConsoleError):
            match chance.randrange(6):
                case 0 | 1:
                    numbers.append(
                        office.report(words + name, reporter_name=name, reporter_phone=phone, address="绿城社区").number
                    )
                case 2:
                    office.act(chance.choice(numbers), Action.NOTE, Role.ACCEPTOR, note=f"{name}说{words}{phone}")
                case 3:
                    office.act(chance.choice(numbers), chance.choice([Action.ACCEPT, Action.FILE]))
                case 4:
                    sheet.write_text(
                        f"工单编号,问题描述,联系人,来源,上报时间\nA{turn % 3},{words},{name},群众反映,2026-11-23 08:30\n", "utf-8"
                    )
                    run(opened, office.actors[Role.CLERK], "incidents", sheet)
                case 5:
                    persons.erase(opened, office.actors[Role.ADMIN], "曾小贤", None, "本人要求")
    with opened.database.reading() as connection:
        batches = [key for (key,) in connection.exec_driver_sql("SELECT id FROM import_batch WHERE kind = 'incidents'")]
    for batch in batches:
        with suppress(GridConsoleError):
            undo(opened, office.actors[Role.CLERK], batch)
    assert len(numbers) > 10
    held = instances(opened.database.path)
    assert len(held) > 500
    assert held == rebuilt(opened)


def test_what_is_rolled_back_leaves_nothing(office: StaffedOffice) -> None:
    office.report("井盖坏了")
    before = instances(office.opened.database.path)
    with suppress(ZeroDivisionError), office.opened.database.writing() as connection:
        connection.exec_driver_sql("UPDATE incident SET text = '路灯不亮'")
        raise ZeroDivisionError
    assert instances(office.opened.database.path) == before
    with office.opened.database.writing() as connection:
        savepoint = connection.begin_nested()
        connection.exec_driver_sql("UPDATE incident SET text = '路灯不亮'")
        savepoint.rollback()
    assert instances(office.opened.database.path) == before
    assert found(office.opened, "井盖") and not found(office.opened, "路灯")


def left_in_files(path: Path, *texts: str) -> list[str]:
    """Which of some texts are in the bytes of a closed database."""
    contents = [file.read_bytes() for file in path.parent.glob(f"{path.name}*")]
    return [text for text in texts if any(text.encode() in content for content in contents)]


@pytest.mark.parametrize("bulk", [text_index.BULK, 3], ids=["one by one", "many"])
def test_a_person_who_is_erased_leaves_no_byte_of_the_index(
    office_file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, bulk: int
) -> None:
    monkeypatch.setattr(text_index, "BULK", bulk)
    opened = offices.open_office(office_file, "cli", clock)
    office = StaffedOffice.of(opened, clock)
    for at in range(5):
        number = office.report(f"龘靐反映第{at}处井盖", reporter_name="龘靐", reporter_phone="13855556666").number
        office.act(number, Action.NOTE, Role.ACCEPTOR, note="龘靐来电，13855556666")
    opened.close()
    # Characters that occur nowhere else: a word cut in two by the index's compression would still show one of them.
    words = ("龘", "靐", "66665555831", "13855556666")
    assert left_in_files(office_file, *words) == list(words)
    opened = offices.open_office(office_file, "cli", clock)
    persons.erase(opened, actors.find_operator(opened, "系统管理员"), "13855556666", None, "本人要求")
    assert found(opened, "龘靐", names=True) == []
    assert len(found(opened, "井盖", names=True)) == 5
    opened.close()
    assert left_in_files(office_file, *words) == []
    opened = offices.open_office(office_file, "cli", clock)
    assert instances(office_file) == rebuilt(opened)
    opened.close()


# --- an index that is not filled, missing or stale --------------------------------------------------------------


def _unfill(opened: Office) -> None:
    with opened.database.writing() as connection:
        text_index.drop(connection)


def test_cases_are_found_while_the_index_is_being_filled(
    office: StaffedOffice, case: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_index, "SLICE", 3)
    numbers = [case(f"第{at}处井盖坏了", reporter_name="曾小贤", reporter_phone="13812345678") for at in range(10)]
    held = instances(office.opened.database.path)
    _unfill(office.opened)
    steps = 0
    while True:
        assert found(office.opened, "井盖") == numbers[::-1]
        assert found(office.opened, "曾小贤") == []
        newest = case(f"又一处路灯{steps}")
        casework.act_on(office.opened, office.actors[Role.ACCEPTOR], numbers[0], Act.of(Action.NOTE, note=f"催过{steps}次"))
        assert found(office.opened, f"路灯{steps}") == [newest]
        with office.opened.database.writing() as connection:
            left = text_index.fill(connection, 3)
        steps += 1
        if not left:
            break
    assert steps == 4
    assert held < instances(office.opened.database.path)
    assert instances(office.opened.database.path) == rebuilt(office.opened)


def test_filling_that_is_interrupted_goes_on_where_it_was(office: StaffedOffice, case: Callable[..., str]) -> None:
    for at in range(8):
        case(f"第{at}处井盖坏了")
    _unfill(office.opened)
    with office.opened.database.writing() as connection:
        assert text_index.fill(connection, 3) == 5
    with suppress(ZeroDivisionError), office.opened.database.writing() as connection:
        assert text_index.fill(connection, 3) == 2
        raise ZeroDivisionError
    assert indexing.fill(office.opened, slices=0) == 5
    assert indexing.fill(office.opened, pause=0) == 0
    assert instances(office.opened.database.path) == rebuilt(office.opened)


def examined(path: Path, *, repair: bool = False) -> list[tuple[str, str]]:
    """The findings about the index."""
    said = doctor.examine(path, offices.open_office, repair=repair)
    return [(finding.key, finding.level.value) for finding in said if finding.key.startswith(("text_index", "integrity", "open"))]


DAMAGES = {
    "missing": ("DROP TABLE case_text",),
    "another format": ("DELETE FROM case_text_config",),
    "damaged": ("UPDATE case_text_data SET block = zeroblob(length(block)) WHERE id > 10",),
    "structure damaged": ("UPDATE case_text_data SET block = x'00' WHERE id = 10",),
    "stale": ("DROP TRIGGER IF EXISTS x", "UPDATE incident SET text = '另一个内容完全不同的案件'"),
    "a part missing": ("DROP TABLE case_text_idx",),
    "its state missing": ("DROP TABLE text_index",),
    "another version": ("UPDATE text_index SET version = 99",),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_broken_index_hinders_no_work_and_is_built_anew(office_file: Path, clock: Clock, damage: str) -> None:
    opened = offices.open_office(office_file, "cli", clock)
    first = StaffedOffice.of(opened, clock).report("井盖坏了").number
    opened.close()
    with closing(sqlite3.connect(office_file)) as outside:
        for statement in DAMAGES[damage]:
            outside.execute(statement)
        outside.commit()
    assert ("integrity", "good") in examined(office_file)
    assert any(key == "text_index" and level == "act" for key, level in examined(office_file)), examined(office_file)
    opened = offices.open_office(office_file, "cli", clock)
    second = StaffedOffice.of(opened, clock).report("井盖又坏了").number
    if damage != "stale":
        assert found(opened, "井盖") == [second, first]
    opened.close()
    assert ("text_index_built", "good") in examined(office_file, repair=True)
    assert ("text_index", "good") in examined(office_file)
    opened = offices.open_office(office_file, "cli", clock)
    third = StaffedOffice.of(opened, clock).report("井盖还是坏的").number
    assert third in found(opened, "井盖")
    assert instances(office_file) == rebuilt(opened)
    opened.close()


def test_lost_indices_and_triggers_are_named_and_put_back(office_file: Path) -> None:
    offices.open_office(office_file, "cli").close()
    with closing(sqlite3.connect(office_file)) as outside:
        before = sorted(outside.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        for what in (
            "INDEX ix_incident_place",
            "INDEX uq_ledger_request",
            "TRIGGER ledger_no_update",
            "TRIGGER ledger_no_delete",
        ):
            outside.execute(f"DROP {what}")
        outside.execute("CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT 1; END")
        outside.commit()
    (finding,) = [one for one in doctor.examine(office_file, offices.open_office) if one.key == "objects"]
    assert finding.level is doctor.FindingLevel.ACT
    assert finding.facts["names"] == ["ix_incident_place", "ledger_no_delete", "ledger_no_update", "uq_ledger_request"]
    keys = [one.key for one in doctor.examine(office_file, offices.open_office, repair=True)]
    assert "objects_built" in keys
    with closing(sqlite3.connect(office_file)) as outside:
        assert sorted(outside.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")) == before


def test_a_unique_index_that_rows_do_not_allow_any_more_is_named_and_the_rest_is_put_back(
    office_file: Path, clock: Clock
) -> None:
    opened = offices.open_office(office_file, "cli", clock)
    StaffedOffice.of(opened, clock).report()
    opened.close()
    with closing(sqlite3.connect(office_file)) as outside:
        outside.execute("DROP INDEX uq_ledger_request")
        outside.execute("DROP INDEX ix_incident_place")
        outside.execute("DROP TRIGGER ledger_no_update")
        outside.execute("UPDATE ledger SET request_id = 'the same'")
        outside.commit()
    said = {one.key: one.facts for one in doctor.examine(office_file, offices.open_office, repair=True)}
    assert said["objects_kept"]["names"] == ["uq_ledger_request"]
    said = {one.key: one.facts for one in doctor.examine(office_file, offices.open_office)}
    assert said["objects"]["names"] == ["uq_ledger_request"]


def test_a_console_that_was_open_meanwhile_writes_to_the_index_built_anew(office: StaffedOffice) -> None:
    opened = office.opened
    office.report("井盖坏了")
    with closing(engine.connect(opened.database.path)) as outside:
        outside.execute("DROP TABLE case_text")
    other = offices.open_office(opened.database.path, "console", office.clock)
    StaffedOffice.of(other, office.clock).report("路灯不亮")  # without the index
    indexing.rebuild(other)
    office.report("楼上漏水")
    StaffedOffice.of(other, office.clock).report("树枝断了")
    assert [len(found(other, words)) for words in ("井盖", "路灯", "漏水", "树枝")] == [1, 1, 1, 1]
    other.close()
    assert instances(opened.database.path) == rebuilt(opened)
