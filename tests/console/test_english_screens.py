"""The console in English: a process of its own shows its screens, at two sizes, and no Chinese is on any of them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
PROGRAM = """
import asyncio, json, sys
from pathlib import Path

from gridconsole import language

language.choose("en")
sys.path[:0] = sys.argv[2:]
from console_driver import console_on

from gridconsole.cli.run import run
from gridconsole.services import office as offices

database = Path(sys.argv[1])
run(["--db", str(database), "--lang", "en", "demo", "--no-console", "--days", "2"])
pages = {}


async def walk(size):
    opened = offices.open_office(database, "console")
    async with console_on(opened, "dispatcher", size) as console:
        def keep(name):
            pages[f"{name} {size[0]}x{size[1]}"] = console.page()

        await console.settle()
        keep("desk")
        for name, keys in (("menu", ["f3"]), ("case", ["enter"]), ("note", ["f4"]), ("help", ["f1"]), ("alarms", ["ctrl+t"]),
                           ("handover", ["ctrl+o"]), ("report", ["ctrl+n"]), ("palette", ["ctrl+p"])):
            await console.press(*keys)
            await console.settle()
            keep(name)
            await console.press("escape")
            await console.settle()
        for name in ("overview", "grids", "wardens", "units", "teams", "reports", "imports"):
            await console.press("f6")
            await console.settle()
            keep(name)
        await console.press("f6")
        await console.settle()
        await console.press("f4", "f2")
        keep("error")
    opened.close()


for size in ((80, 24), (120, 40)):
    asyncio.run(walk(size))
print("PAGES" + json.dumps(pages))
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The screens by name and size."""
    folder = tmp_path_factory.mktemp("english")
    tests = Path(__file__).parent
    env = os.environ | {"HOME": str(folder), "PYTHONUTF8": "1"}
    command = [sys.executable, "-c", PROGRAM, str(folder / "demo.db"), str(tests), str(tests.parent)]
    done = subprocess.run(command, env=env, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout.partition("PAGES")[2]))


def test_no_screen_has_chinese_on_it(pages: dict[str, str]) -> None:
    assert len(pages) == 34
    assert {name: CHINESE.findall(page)[:20] for name, page in pages.items() if CHINESE.search(page)} == {}


@pytest.mark.parametrize(
    ("name", "words"),
    [("desk", "Due"), ("menu", "others: "), ("case", "newest first"), ("help", "Desk"), ("report", "report"),
     ("teams", "Leader"), ("reports", "Reports"), ("imports", "Import"), ("error", "Note")],
)  # fmt: skip
def test_each_screen_is_the_one_that_is_meant(pages: dict[str, str], name: str, words: str) -> None:
    for size in ("80x24", "120x40"):
        assert words.lower() in pages[f"{name} {size}"].lower(), pages[f"{name} {size}"]
