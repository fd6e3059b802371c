"""Click 与 Typer 自带的文字经由 gettext 显示为中文。"""

import gettext
import os
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest
from catalogues import read_po

import gridconsole

LOCALE = Path(gridconsole.__file__).parent / "language" / "locale"
MESSAGES = LOCALE / "zh_CN" / "LC_MESSAGES"

APP = """
import gettext
import sys

gettext.bindtextdomain("click", sys.argv.pop(1))
gettext.textdomain("click")

import enum
from typing import Annotated, Optional

import typer


class Kind(enum.Enum):
    road = "道路"
    lamp = "路灯"


app = typer.Typer(rich_markup_mode=None, add_completion=False, suggest_commands=False)


@app.callback()
def main() -> None:
    pass


@app.command()
def add(
    name: str,
    count: int = 1,
    kind: Kind = Kind.road,
    level: Annotated[int, typer.Option(min=1, max=3)] = 1,
    unit: Annotated[Optional[str], typer.Option(envvar="SAMPLE_UNIT")] = None,
) -> None:
    pass


@app.command(deprecated=True)
def old() -> None:
    pass


app(prog_name="sample")
"""

ENGLISH = re.compile(
    r"Usage|Options|Arguments|Commands|Error|Missing|Invalid|No such|Try|for help|Show this|Did you mean|unexpected|"
    r"not a valid|not one of|not in the range|requires|default|required|env var|deprecated|Aborted",
    re.IGNORECASE,
)
# 元变量由程序自己改名，不经 gettext。
METAVARS = re.compile(r"\[OPTIONS\]|\[ARGS\]|\bCOMMAND\b")


def run(*args: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"LANGUAGE": "zh_CN", "PYTHONUTF8": "1", "COLUMNS": "100"}
    for name in ("SAMPLE_UNIT", "FORCE_COLOR", "TERMINAL_WIDTH"):
        env.pop(name, None)
    return subprocess.run(
        [sys.executable, "-c", APP, str(LOCALE), *args],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("args", "code", "expected"),
    [
        (["--help"], 0, ["用法： sample", "\n选项:\n", "\n命令:\n", "显示本说明并退出。", "(即将停用)"]),
        (
            ["add", "--help"],
            0,
            ["\n参数:\n", "[必填]", "\n选项:\n", "[默认：1]", "[默认：道路]", "[默认：1; 1<=x<=3]", "[环境变量：SAMPLE_UNIT]"],
        ),
        ([], 2, ["输入 'sample --help' 查看说明。", "错误：缺少命令。"]),
        (["add", "甲", "--nothing"], 2, ["错误：没有 '--nothing' 这个选项。"]),
        (["add", "甲", "--coun", "1"], 2, ["没有 '--coun' 这个选项。 是不是要输入 '--count'"]),
        (["add"], 2, ["用法： sample add", "输入 'sample add --help' 查看说明。", "错误：缺少参数 'NAME'"]),
        (["remove"], 2, ["错误：没有 'remove' 这个命令。"]),
        (["ad"], 2, ["没有 'ad' 这个命令。 是不是要输入 'add'？"]),
        (["add", "甲", "--count", "三"], 2, ["错误：'--count' 的值无效：'三' 不是有效的"]),
        (["add", "甲", "--kind", "井盖"], 2, ["'--kind' 的值无效：'井盖' 不是可选值，可选：'道路', '路灯'。"]),
        (["add", "甲", "--level", "9"], 2, ["'--level' 的值无效：9 不在 1<=x<=3 范围内。"]),
        (["add", "甲", "--count"], 2, ["选项 '--count' 需要 1 个值。"]),
        (["add", "甲", "乙"], 2, ["多余的参数：乙"]),
        (["old"], 0, ["提醒：命令 'old' 即将停用。"]),
    ],
)
def test_no_english_of_clicks_own_remains(args: list[str], code: int, expected: list[str]) -> None:
    result = run(*args)
    output = result.stdout + result.stderr
    assert result.returncode == code, output
    for text in expected:
        assert text in output
    assert not ENGLISH.findall(METAVARS.sub("", output)), output
    assert not re.search("：:|::|：：|。。", output), output


def placeholders(text: str) -> set[str]:
    named = {f"{name}!{conversion}:{spec}" for _, name, spec, conversion in string.Formatter().parse(text) if name is not None}
    return named | set(re.findall(r"%\(\w+\)\w", text))


def test_mo_holds_exactly_the_entries_of_the_po() -> None:
    entries = read_po(MESSAGES / "click.po")
    (header,) = entries.pop(("", None))
    with (MESSAGES / "click.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    assert compiled.info() == {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in header.splitlines())
    }
    assert compiled.charset() == "UTF-8"
    for (single, plural), (translation,) in entries.items():
        assert translation
        if plural is None:
            assert compiled.gettext(single) == translation
        else:
            assert compiled.ngettext(single, plural, 1) == compiled.ngettext(single, plural, 2) == translation
    assert read_mo_msgids(MESSAGES / "click.mo") == {
        single if plural is None else f"{single}\0{plural}" for single, plural in entries
    } | {""}


def read_mo_msgids(path: Path) -> set[str]:
    data = path.read_bytes()
    order = "little" if data[:4] == b"\xde\x12\x04\x95" else "big"

    def number(at: int) -> int:
        return int.from_bytes(data[at : at + 4], order)

    count, table = number(8), number(12)
    spans = ((number(table + 8 * i + 4), number(table + 8 * i)) for i in range(count))
    return {data[start : start + length].decode("utf-8") for start, length in spans}


def test_translations_keep_their_placeholders() -> None:
    for (single, plural), (translation,) in read_po(MESSAGES / "click.po").items():
        assert placeholders(translation) == placeholders(plural or single)
