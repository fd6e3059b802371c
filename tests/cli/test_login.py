"""Who a command acts for: logging in on a terminal, scripts, and what is refused to whom."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from importing.sheets import lines, text_file
from logins import OTHER, PLAIN, give_passwords, ledger_text, log_everybody_out, set_office
from office_cli import Answer, Clock, CommandLine

from gridconsole.services import office as offices
from gridconsole.services import sessions, terminal
from gridconsole.services.terminal import TokenPlace

ADMIN, WRONG = "系统管理员", "budui-budui"
USUAL_UNMASKERS = ["acceptor", "dispatcher", "inspector", "shift_leader"]


def staff(office: CommandLine, *names: str) -> CommandLine:
    """Passwords for some, the usual length of a log-in, and nobody logged in."""
    opened = offices.open_office(office.database, "cli")
    give_passwords(opened, *names)
    set_office(opened, session_minutes=30, lock_minutes=10)
    opened.close()
    log_everybody_out(office.database)
    return office


@pytest.fixture
def staffed(small_office: CommandLine) -> CommandLine:
    """An office where nobody is logged in yet on this terminal."""
    return staff(small_office, ADMIN, "受理员", "派遣员", "值班长", "内勤", "审计员")


def log_in(office: CommandLine, name: str, password: str = PLAIN) -> Answer:
    return office.typing(password)("login", name, "--password-stdin")


def reported(office: CommandLine) -> str:
    """Everything the ledger says."""
    opened = offices.open_office(office.database, "cli")
    text = ledger_text(opened)
    opened.close()
    return text


class Keyboard(io.StringIO):
    """A terminal with somebody at it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def at_the_keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[str]]]:
    """Somebody types passwords unseen; returns the prompts that were shown."""
    prompts: list[str] = []

    def type_in(*words: str, lines: str = "") -> list[str]:
        waiting = iter(words)

        def unseen(prompt: str, stream: object = None) -> str:
            assert stream is sys.stderr
            prompts.append(prompt)
            return next(waiting)

        monkeypatch.setattr("getpass.getpass", unseen)
        monkeypatch.setattr("sys.stdin", Keyboard(lines))
        return prompts

    yield type_in


# --- without a log-in -------------------------------------------------------------------------------------------

NEEDING: dict[str, tuple[str, ...]] = {
    "incident new": ("incident", "new", "--text", "井盖缺失"),
    "incident list": ("incident", "list"),
    "incident show": ("incident", "show", "001"),
    "incident act": ("incident", "act", "001", "accept"),
    "report": ("report", "daily"),
    "import": ("import", "areas", "FILE"),
    "export": ("export", "wardens", "-o", "FILE.csv"),
    "batch list": ("batch", "list"),
    "batch show": ("batch", "show", "1"),
    "batch undo": ("batch", "undo", "1"),
    "batch retry": ("batch", "retry", "1"),
    "profile delete": ("profile", "delete", "某街道"),
    "operator add": ("operator", "add", "王芳", "--role", "内勤"),
    "operator role": ("operator", "role", "内勤", "--role", "值班长"),
    "operator disable": ("operator", "disable", "内勤"),
    "operator enable": ("operator", "enable", "内勤"),
    "operator list": ("operator", "list"),
    "operator settings": ("operator", "settings"),
    "ledger list": ("ledger", "show"),
}


@pytest.mark.parametrize("way", NEEDING)
@pytest.mark.parametrize("named", ["", "option", "environment"])
def test_a_command_without_a_login_is_refused_and_naming_somebody_does_not_help(
    staffed: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, named: str
) -> None:
    file = text_file(tmp_path, lines("区划代码,名称", "420502,X区"))
    words = [word.replace("FILE", str(file)) for word in NEEDING[way]]
    if named == "option":
        words += ["--operator", ADMIN]
    elif named == "environment":
        monkeypatch.setenv("GRIDCONSOLE_OPERATOR", "值班长")
    before = staffed.everything()
    answer = staffed(*words)
    assert (answer.status, answer.out) == (4, "")
    assert answer.err.startswith("错误[C171] ")
    assert "gridconsole login" in answer.err
    assert staffed.everything() == before


@pytest.mark.parametrize("way", [("explain", "E203"), ("calendar", "show", "2026"), ("ledger", "verify")])
def test_what_shows_nobodys_data_needs_no_login(staffed: CommandLine, way: tuple[str, ...]) -> None:
    assert staffed(*way).status == 0


def test_logged_in_one_acts_and_naming_another_is_refused(staffed: CommandLine) -> None:
    answer = log_in(staffed, "受理员")
    assert (answer.status, answer.out) == (0, "")
    assert "受理员（受理员）已在本终端登录，闲置 30 分钟后自动退出" in answer.err
    assert staffed("incident", "new", "--text", "井盖缺失").status == 0
    refused = staffed("incident", "new", "--text", "井盖缺失", "--operator", "值班长", "--json")
    assert (refused.status, refused.error) == (4, "C171")
    assert "值班长" in refused.json["error"]["message"]
    assert staffed.rows("SELECT operator FROM ledger WHERE action = 'report'") == [("受理员",)]


def test_of_several_the_option_chooses_and_else_the_last_acts(staffed: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("受理员", "值班长"):
        log_in(staffed, name)
    staffed("incident", "new", "--text", "井盖缺失")
    staffed("incident", "new", "--text", "路灯不亮", "--operator", "受理员")
    monkeypatch.setenv("GRIDCONSOLE_OPERATOR", "acceptor")
    staffed("incident", "new", "--text", "垃圾成堆")
    assert staffed.rows("SELECT operator FROM ledger WHERE action = 'report' ORDER BY seq") == [
        ("值班长",),
        ("受理员",),
        ("受理员",),
    ]


def test_an_import_is_the_clerks_if_the_clerk_is_logged_in(staffed: CommandLine, tmp_path: Path) -> None:
    for name in ("内勤", "受理员"):
        log_in(staffed, name)
    file = text_file(tmp_path, lines("单位编码,单位名称,单位类型", "D9,园林局,专业部门"))
    assert staffed("import", "departments", file).status == 0
    assert staffed.rows("SELECT operator FROM import_batch ORDER BY id DESC LIMIT 1") == [("内勤",)]


# --- logging in -------------------------------------------------------------------------------------------------


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(staffed: CommandLine) -> None:
    answers = {
        log_in(staffed, name, password) for name, password in (("受理员", WRONG), ("没有这个人", PLAIN), ("核查员", PLAIN))
    }
    (answer,) = answers
    assert (answer.status, answer.out) == (4, "")
    assert answer.err.startswith("错误[C172] 姓名或密码不对\n")


def test_too_many_wrong_ones_are_reported_how_long_to_wait(staffed: CommandLine, office_clock: Clock) -> None:
    for _ in range(2):
        log_in(staffed, "受理员", WRONG)
    assert log_in(staffed, "受理员").err.startswith("错误[C173] 错得太多，请等 1秒再试\n")
    office_clock.advance(seconds=1)
    assert log_in(staffed, "受理员").status == 0


def test_nothing_of_a_password_stands_in_the_ledger_or_on_the_terminal(staffed: CommandLine) -> None:
    said = [log_in(staffed, "受理员", WRONG), log_in(staffed, "MyOwnPassword1", "x"), log_in(staffed, "受理员")]
    said.append(staffed.typing(PLAIN, OTHER)("operator", "passwd", "--password-stdin"))
    assert [answer.status for answer in said] == [4, 4, 0, 0]
    for secret in (WRONG, "MyOwnPassword1", PLAIN, OTHER):
        assert secret not in reported(staffed)
        assert secret not in "".join(answer.out + answer.err for answer in said)
    assert staffed.rows("SELECT count(*) FROM ledger WHERE action = 'login_failed'") == [(2,)]


def test_a_crash_while_a_password_is_looked_at_writes_no_password_down(
    staffed: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*values: object) -> None:
        raise RuntimeError(values)

    monkeypatch.setattr(sessions, "prove", crash)
    answer = log_in(staffed, "受理员")
    assert answer.status == 1
    (log,) = (tmp_path / "state").rglob("*.log")
    assert PLAIN not in log.read_text(encoding="utf-8") + answer.err


def test_a_password_is_typed_unseen(staffed: CommandLine, at_the_keyboard: Callable[..., list[str]]) -> None:
    prompts = at_the_keyboard(PLAIN)
    assert staffed("login", "受理员").status == 0
    assert prompts == ["受理员的密码："]
    at_the_keyboard(PLAIN, lines="值班长\n")
    assert staffed("login").status == 0
    assert staffed("logout", "--json").json == {"names": ["受理员", "值班长"]}


@pytest.mark.parametrize(
    "words", [("login", "受理员"), ("login",), ("operator", "passwd", "受理员"), ("init", "--name", "X区")], ids=" ".join
)
def test_without_a_terminal_a_password_must_be_given_on_standard_input(
    staffed: CommandLine, tmp_path: Path, words: tuple[str, ...]
) -> None:
    path = tmp_path / "新.db" if words[0] == "init" else staffed.database
    answer = staffed.bare(*words, "--db", path, "--json")
    assert (answer.status, answer.error) == (2, "U006")
    empty = staffed.typing().bare(*words, "--db", path, "--password-stdin", "--json")
    assert (empty.status, empty.error) == (2, "U006")
    assert not (tmp_path / "新.db").exists()


def test_a_login_says_programs_who_it_is(staffed: CommandLine) -> None:
    answer = staffed.typing(PLAIN)("login", "受理员", "--password-stdin", "--json")
    assert answer.json == {"name": "受理员", "roles": ["acceptor"], "idle_minutes": 30, "changes": []}
    assert staffed("logout", "--json").json == {"names": ["受理员"]}
    assert "本终端没有人登录" in staffed("logout").err
    assert staffed("logout", "受理员", "--json").error == "C171"


def test_a_login_ends_after_half_an_hour_without_a_command(staffed: CommandLine, office_clock: Clock) -> None:
    log_in(staffed, "受理员")
    for _ in range(3):
        office_clock.advance(minutes=29)
        assert staffed("incident", "list").status == 0
    office_clock.advance(minutes=31)
    assert staffed("incident", "list", "--json").error == "C171"


def test_a_disabled_operator_is_out_at_once(staffed: CommandLine) -> None:
    for name in ("受理员", ADMIN):
        log_in(staffed, name)
    assert staffed("operator", "disable", "受理员").out == "已停用 受理员\n"
    assert staffed("incident", "new", "--text", "井盖缺失", "--operator", "受理员", "--json").error in ("C101", "C171")
    assert log_in(staffed, "受理员").err.startswith("错误[C172]")
    assert staffed("operator", "enable", "受理员", "--json").json == {"name": "受理员", "active": True}
    assert log_in(staffed, "受理员").status == 0


# --- where it holds ---------------------------------------------------------------------------------------------


def process(office: CommandLine, *words: str, **options: object) -> subprocess.CompletedProcess[str]:
    """A process of its own, at the true time."""
    return subprocess.run(
        [sys.executable, "-m", "gridconsole", "--db", str(office.database), *words],
        env=os.environ | {"PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        **options,  # type: ignore[call-overload]
    )


def test_another_process_of_the_same_terminal_is_logged_in_and_one_of_another_is_not(staffed: CommandLine) -> None:
    opened = offices.open_office(staffed.database, "cli", offices.utc_now)
    set_office(opened, session_minutes=10_000_000)
    opened.close()
    log_in(staffed, "受理员")
    assert process(staffed, "incident", "list").returncode == 0
    other = process(staffed, "incident", "list", start_new_session=True)
    assert other.returncode == 4
    assert other.stderr.startswith("错误[C171]")


def test_another_user_of_the_machine_is_not_logged_in(staffed: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    log_in(staffed, "受理员")
    mine = terminal.here()
    held = terminal.tokens(staffed.database, mine)
    stranger = TokenPlace("4711", mine.terminal)
    monkeypatch.setattr(terminal, "here", lambda: stranger)
    terminal.keep_tokens(staffed.database, stranger, held)
    assert staffed("incident", "list", "--json").error == "C171"


# --- scripts ----------------------------------------------------------------------------------------------------


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A password file for scripts."""

    def write(password: str, mode: int = 0o600) -> Path:
        file = tmp_path / "密码.txt"
        file.write_text(password, encoding="utf-8")
        file.chmod(mode)
        monkeypatch.setenv("GRIDCONSOLE_PASSWORD_FILE", str(file))
        return file

    return write


@pytest.mark.parametrize("content", [PLAIN, f"{PLAIN}\n", f"\ufeff{PLAIN}\r\n其他"])
def test_a_script_gives_its_password_in_a_file_only_it_can_read(
    staffed: CommandLine, script: Callable[..., Path], content: str
) -> None:
    script(content)
    assert staffed("incident", "new", "--text", "井盖缺失", "--operator", "受理员").status == 0
    assert staffed.rows("SELECT operator FROM ledger WHERE action = 'report'") == [("受理员",)]
    assert staffed.rows("SELECT count(*) FROM operator_session WHERE ended_at IS NULL AND token_hash = ''") == [(0,)]
    assert staffed("incident", "new", "--text", "井盖缺失", "--json").error == "C171", "the file alone names nobody"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o604])
def test_a_password_file_others_can_read_is_refused(staffed: CommandLine, script: Callable[..., Path], mode: int) -> None:
    file = script(PLAIN, mode)
    answer = staffed("incident", "list", "--operator", "受理员", "--json")
    assert (answer.status, answer.error) == (5, "E120")
    assert str(file) in answer.json["error"]["message"]


@pytest.mark.parametrize("content", ["missing", "empty", "folder", "bytes", "pipe"])
def test_a_password_file_that_is_none_is_refused(staffed: CommandLine, script: Callable[..., Path], content: str) -> None:
    file = script("")
    if content != "empty":
        file.unlink()
    if content == "folder":
        file.mkdir(mode=0o700)
    if content == "pipe":
        os.mkfifo(file, 0o600)
    if content == "bytes":
        file.write_bytes(b"\xff\xfe\x00")
        file.chmod(0o600)
    assert staffed("incident", "list", "--operator", "受理员", "--json").error == "E120"


def test_a_scripts_wrong_password_is_counted_like_any_other(staffed: CommandLine, script: Callable[..., Path]) -> None:
    script(WRONG)
    for _ in range(2):
        assert staffed("incident", "list", "--operator", "受理员", "--json").error == "C172"
    assert staffed("incident", "list", "--operator", "受理员", "--json").error == "C173"


# --- keeping operators ------------------------------------------------------------------------------------------


def test_the_administrator_adds_gives_a_password_and_the_new_one_logs_in(staffed: CommandLine) -> None:
    log_in(staffed, ADMIN)
    assert staffed.bare("--db", staffed.database, "operator", "add", "王芳[b]", "--role", "派遣员").status == 0
    assert log_in(staffed, "王芳[b]").status == 4
    assert staffed.typing(PLAIN)("operator", "passwd", "王芳[b]", "--password-stdin").status == 0
    assert staffed.typing(PLAIN, OTHER)("login", "王芳[b]", "--password-stdin").status == 0
    listed = {line["name"]: line for line in staffed("operator", "list", "--json", "--operator", ADMIN).json}
    assert listed["王芳[b]"]["has_password"]
    assert listed["王芳[b]"]["seen_at"].startswith("2026-11-23T14:00")
    assert "核查员  核查员  没有密码，不能登录" in staffed("operator", "list").out
    refused = staffed("operator", "list", "--operator", "王芳[b]", "--json")
    assert refused.error == "C133"


def test_ones_own_password_takes_the_old_one_first(staffed: CommandLine, at_the_keyboard: Callable[..., list[str]]) -> None:
    log_in(staffed, "受理员")
    prompts = at_the_keyboard(PLAIN, OTHER, "something else")
    assert staffed("operator", "passwd", "--json").error == "U007"
    assert prompts == ["受理员的密码：", "受理员的新密码：", "再输一遍："]
    at_the_keyboard(WRONG, OTHER, OTHER)
    assert staffed("operator", "passwd", "--json").error == "C172"
    at_the_keyboard(PLAIN, OTHER, OTHER)
    assert staffed("operator", "passwd", "--json").json == {"name": "受理员"}
    assert staffed("incident", "list", "--json").error == "C171", "and logs in again"
    assert log_in(staffed, "受理员", OTHER).status == 0


def test_an_administrator_needs_the_old_password_for_the_own_one_too(staffed: CommandLine) -> None:
    log_in(staffed, ADMIN)
    assert staffed.typing(OTHER, OTHER)("operator", "passwd", ADMIN, "--password-stdin", "--json").error == "C172"


def test_a_colleague_cannot_give_me_a_password(staffed: CommandLine) -> None:
    log_in(staffed, "受理员")
    assert staffed.typing(OTHER, OTHER)("operator", "passwd", "值班长", "--password-stdin", "--json").error == "C172"
    assert staffed.typing(PLAIN, OTHER)("operator", "passwd", "值班长", "--password-stdin").status == 0, (
        "who knows the old one may"
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("operator", "role", "审计员", "--role", "admin", "--role", "auditor"), "C176"),
        (("operator", "role", ADMIN, "--role", "审计员"), "C177"),
        (("operator", "role", ADMIN, "--role", "内勤"), "C177"),
        (("operator", "disable", ADMIN), "C177"),
        (("operator", "disable", "没有这个人"), "C101"),
        (("operator", "settings", "--password-policy", "123"), "U001"),
        (("operator", "settings", "--lock-minutes", "100000"), "U002"),
        (("operator", "first-admin", "王芳"), "C178"),
    ],
)
def test_what_an_administrator_may_not_do(staffed: CommandLine, words: tuple[str, ...], code: str) -> None:
    log_in(staffed, ADMIN)
    answer = staffed(*words, "--json")
    assert answer.error == code
    assert "{" not in answer.json["error"]["message"] + answer.json["error"]["hint"]


def test_a_weak_password_is_reported_why(staffed: CommandLine) -> None:
    log_in(staffed, ADMIN)
    answer = staffed.typing("woaini520")("operator", "passwd", "受理员", "--password-stdin", "--json")
    assert answer.error == "C174"
    assert answer.json["error"]["message"] == "新密码不合要求：太常见，容易猜到"
    assert answer.json["error"]["hint"].startswith("至少 8 个字符")


def test_settings_are_changed_and_shown(staffed: CommandLine) -> None:
    log_in(staffed, ADMIN)
    changed = staffed("operator", "settings", "--password-policy", "dengbao", "--session-minutes", "15", "--json")
    expected = {"password_policy": "dengbao", "session_minutes": 15, "lock_minutes": 10, "unmaskers": USUAL_UNMASKERS}
    assert changed.json.items() >= expected.items()
    assert "登录保持（分钟）: 15" in staffed("operator", "settings").out
    assert "一案最多延期（次）: 1" in staffed("operator", "settings", "--extensions", "1").out
    assert (answer := staffed("operator", "settings", "--extensions", "99", "--json")).error == "U002", answer


@pytest.mark.parametrize("policy", ["plain", "dengbao"])
def test_a_password_given_by_somebody_else_is_changed_first(staffed: CommandLine, policy: str) -> None:
    log_in(staffed, ADMIN)
    staffed("operator", "settings", "--password-policy", policy)
    staffed.typing("Liuliang-gao-1")("operator", "passwd", "核查员", "--password-stdin")
    staffed("logout")
    answer = staffed.typing("Liuliang-gao-1")("login", "核查员", "--password-stdin", "--json")
    assert answer.error == "C175"
    assert "gridconsole operator passwd 核查员" in answer.json["error"]["hint"]
    assert staffed.typing("Liuliang-gao-1", "Liuliang-gao-2")("operator", "passwd", "核查员", "--password-stdin").status == 0
    assert log_in(staffed, "核查员", "Liuliang-gao-2").status == 0


def test_the_auditor_reads_the_ledger(staffed: CommandLine) -> None:
    log_in(staffed, "受理员", WRONG)
    log_in(staffed, "审计员")
    found = staffed("ledger", "show", "--action", "login_failed", "--json").json
    assert [(line["operator"], line["facts"]["name"]) for line in found] == [("system", "受理员")]
    assert "登录未成" in staffed("ledger", "show", "--since", "2026-11-23").out
    log_in(staffed, "值班长")
    assert staffed("ledger", "show", "--operator", "值班长", "--json").error == "C133"


# --- new, old and invented offices ------------------------------------------------------------------------------


def test_a_new_office_begins_with_an_administrator(
    blank_office: CommandLine, tmp_path: Path, at_the_keyboard: Callable[..., list[str]]
) -> None:
    path = tmp_path / "新.db"
    prompts = at_the_keyboard(PLAIN, PLAIN)
    made = blank_office.bare("init", "--db", path, "--name", "X区", "--admin", "王芳")
    assert made.status == 0
    assert prompts == ["王芳的新密码：", "再输一遍："]
    assert "gridconsole login 王芳" in made.err
    assert blank_office.bare("incident", "list", "--db", path, "--json").error == "C171"
    at_the_keyboard(PLAIN)
    assert blank_office.bare("login", "王芳", "--db", path).status == 0
    assert blank_office.bare("operator", "list", "--db", path).status == 0


@pytest.mark.parametrize("password", ["12345678", "short", "", "wangfang2026"])
def test_a_weak_administrators_password_makes_no_office(blank_office: CommandLine, tmp_path: Path, password: str) -> None:
    words = ("init", "--db", tmp_path / "新.db", "--name", "X区", "--admin", "王芳", "--password-stdin", "--json")
    assert blank_office.typing(password).bare(*words).error == "C174"
    assert list(tmp_path.glob("新.db*")) == []


def test_an_office_without_an_administrator_says_how_to_get_one(small_office: CommandLine) -> None:
    log_everybody_out(small_office.database)
    for way in (("incident", "list"), ("login", "受理员"), ("operator", "list"), ("operator", "passwd", "受理员")):
        answer = small_office(*way)
        assert answer.err.startswith("错误[C179] "), way
        assert "gridconsole operator first-admin" in answer.err
    made = small_office.typing(PLAIN)("operator", "first-admin", "--password-stdin")
    assert (made.status, made.out) == (0, "")
    assert "gridconsole login 系统管理员" in made.err
    assert small_office.typing(PLAIN)("operator", "first-admin", "王芳", "--password-stdin", "--json").error == "C178"
    assert log_in(small_office, ADMIN).status == 0


def test_a_demo_knows_no_passwords(small_office: CommandLine) -> None:
    opened = offices.open_office(small_office.database, "cli")
    set_office(opened, demo=True)
    opened.close()
    log_everybody_out(small_office.database)
    assert small_office("incident", "list").status == 0
    assert small_office("incident", "new", "--text", "井盖缺失", "--operator", "值班长").status == 0
    answer = small_office("incident", "new", "--text", "井盖缺失", "--json")
    assert (answer.status, answer.error) == (2, "C102")
    assert "演示数据" in small_office("login", "受理员").err
