"""Phones, citizens' numbers and reporters' names that must never be seen, in every column that holds text: nothing a role without
the right can run shows one, in words, in JSON, in files, in their names, in logs or in tracebacks."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from pathlib import Path

import pytest
from importing.sheets import lines, text_file
from office_cli import CommandLine

from gridconsole.services import actors, casework
from gridconsole.services import office as offices
from gridconsole.store import ledger

NAME, PHONE, NUMBER, LANDLINE = "欧阳金丝", "13987654321", "420502199003071234", "0717-6543210"
CANARIES = (NAME, PHONE, "139 8765 4321", "１３９８７６５４３２１", NUMBER, LANDLINE)
WORDS = f"我是{NAME}，{PHONE}、139 8765 4321、１３９８７６５４３２１、{LANDLINE}，{NUMBER}，井盖缺失"
BARE = WORDS.replace(NAME, "某人")
"""The same in columns that belong to no case, where nobody could tell whose name a name is."""
READING = (
    ("incident", "list", "--all"),
    ("incident", "list", "--all", "--json"),
    ("incident", "list", "--all", "--search", PHONE),
    ("incident", "show", "001"),
    ("incident", "show", "001", "--json"),
    ("incident", "show", "002"),
    ("incident", "show", "002", "--json"),
    ("incident", "duplicates", "001"),
    ("incident", "duplicates", "001", "--json"),
    ("incident", "compare", "001", "002"),
    ("incident", "compare", "001", "002", "--json"),
    ("callback", "list"),
    ("callback", "list", "--json"),
    ("report", "callback"),
    ("report", "callback", "--json"),
    ("report", "repeats", "--json"),
    ("report", "exceptions", "--json"),
    ("report", "daily", "--json"),
    ("task", "list"),
    ("task", "list", "--json"),
    ("report", "tasks"),
    ("report", "tasks", "--json"),
    ("report", "urge"),
    ("report", "urge", "--json"),
    ("report", "board", "--json"),
    ("report", "alarms", "--json"),
    ("alarm", "list"),
    ("alarm", "list", "--json"),
    ("handover", "sheet"),
    ("handover", "sheet", "--json"),
    ("handover", "list"),
    ("handover", "list", "--json"),
    ("handover", "show", "1"),
    ("handover", "show", "1", "--json"),
    ("handover", "digest", "--since", "2026-11-01 08:00"),
    ("handover", "digest", "--since", "2026-11-01 08:00", "--json"),
    ("report", "waivers"),
    ("report", "waivers", "--json"),
    ("report", "daily"),
    ("report", "monthly"),
    ("report", "monthly", "--json"),
    ("report", "hot"),
    ("report", "hot", "--json"),
    ("report", "cases", "reported"),
    ("report", "cases", "reported", "--json"),
    ("report", "overdue"),
    ("report", "overdue", "--json"),
    ("report", "overdue", "--format", "csv"),
    ("report", "extension"),
    ("report", "extension", "--json"),
    ("report", "suspension", "--format", "csv"),
    ("report", "requests"),
    ("batch", "list"),
    ("batch", "list", "--json"),
    ("batch", "show", "{batch}"),
    ("batch", "show", "{batch}", "--json"),
    ("batch", "retry", "{batch}", "--dry-run"),
    ("batch", "retry", "{batch}", "--dry-run", "--json"),
    ("ledger", "show", "--case", "001"),
    ("ledger", "show", "--case", "001", "--json"),
    ("ledger", "verify"),
    ("profile", "list"),
)
OPERATORS = ("内勤", "领导")
AUDITING = (
    ("ledger", "show", "--limit", "500"),
    ("ledger", "show", "--limit", "500", "--json"),
    ("person", "report", PHONE),
    ("person", "report", PHONE, "--json"),
    ("person", "report", NAME, "--json"),
)
ADMINISTERING = (
    ("person", "erase", PHONE, "--all", "--reason", "本人申请"),
    ("person", "erase", NAME, "--all", "--reason", "本人申请", "--json"),
    ("operator", "list"),
    ("operator", "list", "--json"),
)
WRITING = (
    *((("export", kind, "-o", f"{kind}.{ending}"), "内勤") for kind in ("wardens", "departments", "grids", "components")
      for ending in ("csv", "xlsx")),
    *((("report", "overdue", "--format", shape, "-o", f"超期-{shape}.{ending}"), "领导") for shape, ending in (("csv", "csv"), ("json", "json"), ("table", "txt"))),
    (("ledger", "export", "-o", "记录.csv"), "审计员"),
    (("ledger", "export", "-o", "记录.jsonl"), "审计员"),
)  # fmt: skip


def seen(text: str) -> list[str]:
    """The canaries in a text."""
    return [canary for canary in CANARIES if canary in text]


@pytest.fixture
def poisoned(small_office: CommandLine, tmp_path: Path) -> CommandLine:
    """An office with canaries in every text it holds."""
    small_office.once("poisoned", lambda office: poison(office, tmp_path))
    return small_office


def poison(small_office: CommandLine, tmp_path: Path) -> None:
    number = small_office.reports(WORDS, "--reporter", NAME, "--phone", PHONE, "--address", WORDS, "--category", "暴露垃圾",
                                  "--grid", "420502001001001")  # fmt: skip
    assert small_office.act("内勤", number, "note", "--note", WORDS, "--reason", WORDS).status == 0
    again = small_office.reports(WORDS, "--reporter", NAME, "--phone", PHONE, "--address", WORDS, "--category", "暴露垃圾",
                                 "--grid", "420502001001001", "--source", "public")  # fmt: skip
    assert small_office.act("受理员", number, "merge", "--into", again).status == 0
    for operator, action, *options in (
        ("受理员", "accept"),
        ("核查员", "verify", "--result", "true", "--note", WORDS, "--photo", WORDS),
        ("值班长", "file", "--rule", "1"),
        ("派遣员", "dispatch", "--to", "城管局"),
        ("内勤", "extend", "--reason", WORDS),
        ("派遣员", "opine", "--result", "support", "--note", WORDS),
        ("值班长", "grant", "--note", WORDS),
        ("内勤", "suspend", "--until", "2027-01-15", "--reason", WORDS),
        ("派遣员", "opine", "--result", "support", "--note", WORDS),
        ("值班长", "grant", "--note", WORDS),
        ("派遣员", "resume", "--reason", WORDS),
        ("领导", "urge", "--note", WORDS, "--reply-by", "明天 10:00"),
        ("派遣员", "reply", "--note", WORDS),
        ("值班长", "urge", "--note", WORDS, "--reply-by", "明天 11:00"),
        ("派遣员", "feedback", "--note", WORDS),
        ("核查员", "check", "--result", "pass", "--note", WORDS),
        ("值班长", "close"),
        ("受理员", "回访", "--reached", "--solved", "否", "--satisfaction", "不满意", "--reason", WORDS),
    ):
        assert small_office.act(operator, again, action, *options).status == 0, action
    handed = small_office("handover", "give", "--remarks", BARE, "--operator", "值班长", "--json")
    assert handed.status == 0, handed
    opened = offices.open_office(small_office.database, "cli")
    clerk = actors.find_operator(opened, "内勤")
    with opened.database.writing() as connection:
        waived = ledger.NewEntry(opened.now(), clerk.id, clerk.name, "cli", casework.WAIVER, 1, casework.WAIVE,
                                 {"number": number, "action": "close", "operator": "值班长", "past_action": "dispatch"}, {"reason": WORDS})  # fmt: skip
        ledger.append(connection, opened.id, [waived])
    opened.close()
    folder = tmp_path / "source"
    folder.mkdir()
    sheet = lines("主要内容,反映人,联系电话,问题分类,社区", f",{NAME},{PHONE},暴露垃圾,东风社区")
    file = text_file(folder, sheet)
    file = file.rename(folder / f"热线{PHONE}.csv")
    small_office("import", "incidents", file)
    components = lines("标识码,部件名称,状态,所在网格", "4205020101000001,井盖,完好,420502001001001")
    small_office.imports("components", text_file(folder, components))
    small_office.change("UPDATE incident SET text = ?, summary = ?, address = ?, source_ref = ?, extra = ?",
                        WORDS, WORDS, WORDS, BARE, json.dumps({"备注": WORDS, BARE: WORDS}, ensure_ascii=False))  # fmt: skip
    extra = json.dumps({"家属电话": PHONE, "身份证号": NUMBER, "备注": BARE}, ensure_ascii=False)
    opened = offices.open_office(small_office.database, "cli", small_office.clock)
    with opened.database.writing() as connection:
        # By a transaction of the program, as the ledger attests these rows.
        connection.exec_driver_sql("UPDATE roster_person SET phone = ?, extra = ?", (PHONE, extra))
        connection.exec_driver_sql("UPDATE unit SET phone = ?, extra = ?", (LANDLINE, extra))
    opened.close()
    small_office.change("UPDATE grid SET extra = ?", extra)
    small_office.change("UPDATE component SET extra = ?", extra)


def worded(office: CommandLine, words: tuple[str, ...]) -> tuple[str, ...]:
    (batch,) = office.rows("SELECT batch_id FROM import_reject LIMIT 1")[0]
    return tuple(word.format(batch=batch) for word in words)


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_nothing_read_shows_a_canary(poisoned: CommandLine, words: tuple[str, ...], operator: str) -> None:
    answer = poisoned(*worded(poisoned, words), "--operator", operator)
    assert seen(answer.out + answer.err) == [], answer
    # The fixture wrote over the reports by SQL, which verifying finds.
    usual = (0, 4, 5) if "retry" in words else (6,) if "verify" in words else (0,)
    assert answer.status in usual, answer


@pytest.mark.parametrize(
    ("words", "operator"), [*((words, "审计员") for words in AUDITING), *((words, "系统管理员") for words in ADMINISTERING)]
)
def test_nothing_inspected_or_kept_shows_a_canary(poisoned: CommandLine, words: tuple[str, ...], operator: str) -> None:
    answer = poisoned(*words, "--operator", operator)
    assert (answer.status, seen(answer.out + answer.err)) == (0, [])


@pytest.mark.parametrize(("words", "operator"), WRITING, ids=lambda value: " ".join(value) if isinstance(value, tuple) else value)
def test_nothing_handed_out_holds_a_canary(
    poisoned: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], operator: str
) -> None:
    folder = tmp_path / "handed out"
    folder.mkdir()
    monkeypatch.chdir(folder)
    answer = poisoned(*words, "--operator", operator)
    assert (answer.status, seen(answer.out + answer.err)) == (0, [])
    (file,) = folder.iterdir()
    assert seen(file.name) == []
    content = file.read_bytes()
    assert content
    if file.suffix == ".xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b"".join(map(book.read, book.namelist()))
    assert seen(content.decode("utf-8-sig")) == []


@pytest.mark.parametrize("operator", ["内勤", "领导", "审计员", "系统管理员"])
def test_whoever_has_no_right_is_refused_without_a_canary(poisoned: CommandLine, tmp_path: Path, operator: str) -> None:
    for words in (("incident", "show", "001"), ("export", "wardens", "-o", tmp_path / "x.csv")):
        answer = poisoned(*words, "--unmask", "--reason", "好奇", "--operator", operator)
        assert (answer.status, seen(answer.out + answer.err)) == (4, [])
    assert not (tmp_path / "x.csv").exists()


def test_a_fault_of_the_program_says_its_place_and_no_canary(
    poisoned: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError(WORDS)

    monkeypatch.setattr(casework, "summary_of", broken)
    answer = poisoned("incident", "new", "--text", WORDS, "--phone", PHONE, "--operator", "受理员")
    assert (answer.status, seen(answer.out + answer.err)) == (1, [])
    logs = [file for file in (tmp_path / "state").rglob("*") if file.is_file()]
    assert logs != []
    assert [seen(file.read_text(encoding="utf-8") + str(file)) for file in logs] == [[] for _ in logs]


def test_an_error_of_the_database_does_not_quote_what_was_written(poisoned: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDCONSOLE_DEBUG", "1")
    poisoned.change("CREATE TRIGGER trouble BEFORE INSERT ON incident BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(Exception, match="no") as raised:
        poisoned("incident", "new", "--text", WORDS, "--phone", PHONE, "--operator", "受理员")
    assert seen(str(raised.value)) == []


def test_no_command_starts_another_whose_arguments_would_say(poisoned: CommandLine, tmp_path: Path) -> None:
    started: list[str] = []

    def listen(event: str, arguments: tuple[object, ...]) -> None:
        if listening and event in ("subprocess.Popen", "os.exec", "os.posix_spawn"):
            started.append(repr(arguments))

    listening = True
    sys.addaudithook(listen)
    file = text_file(
        tmp_path, lines("主要内容,反映人,联系电话,问题分类,社区", f"{WORDS.replace(',', '，')},{NAME},{PHONE},暴露垃圾,东风社区")
    )
    poisoned("import", "incidents", file)
    listening = False
    assert seen("".join(started)) == []


def test_the_canaries_are_there_and_sing_for_who_may_see_them(poisoned: CommandLine) -> None:
    answer = poisoned("incident", "show", "001", "--unmask", "--reason", "回访", "--operator", "派遣员", "--json")
    assert set(seen(answer.out)) == set(CANARIES)
    assert answer.json["reporter"] == NAME


def test_erasing_leaves_no_canary_in_what_is_kept_of_those_who_turned_to_the_office(poisoned: CommandLine) -> None:
    for word in (PHONE, NAME):
        answer = poisoned("person", "erase", word, "--all", "--reason", "本人申请", "--yes", "--operator", "系统管理员", "--json")
        assert (answer.status, seen(answer.out + answer.err)) == (0, []) or answer.error == "C183", answer
    for table in ("incident", "case_request", "call_back", "task", "supervision_order", "hand_over", "ledger_personal"):
        reported = str(poisoned.rows(f"SELECT * FROM {table}"))
        assert [canary for canary in (NAME, PHONE) if canary in reported] == [], table
    assert poisoned("ledger", "verify").status == 0
