"""Files that something has been at: whatever they are now, the answer is an outcome or a sentence, and nothing half done.

GRIDCONSOLE_MUTATIONS=10000 looks further than a test run has time for.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from importing.sheets import lines, workbook
from office_cli import CommandLine

from gridconsole.domain.errors import GridConsoleError
from gridconsole.importing.engine import run
from gridconsole.importing.options import AUTO, Options
from gridconsole.importing.plan import RowVerdict
from gridconsole.services import actors
from gridconsole.services import office as offices

TEXTS = int(os.environ.get("GRIDCONSOLE_MUTATIONS", "240"))
BOOKS = max(TEXTS // 20, 12)
"""A workbook is read by a process of its own: fewer of them fit into a test run."""
ROWS = [
    ["网格编码", "网格名称", "户数", "四至边界"],
    ["420502001001009", "第九网格", 120, "东至河"],
    ["420502001001010", "第十网格", None, ""],
]
GRIDS = lines(*(",".join("" if cell is None else str(cell) for cell in row) for row in ROWS))
PAGE = (
    "<html><table>" + "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in ROWS) + "</table></html>"
)
FEATURES = json.dumps({
    "type": "FeatureCollection",
    "features": [{"type": "Feature", "properties": {"XZQHBM": f"42050200100100{index}", "name": f"第{index}网格", "cunshe": "东风社区"},
                  "geometry": {"type": "Polygon", "coordinates": [[[111, 30], [111, 31], [112, 31], [111, 30]]]}} for index in (5, 6)],
}, ensure_ascii=False)  # fmt: skip
SEEDS: dict[str, bytes] = {
    "utf-8.csv": GRIDS.encode(),
    "bom.csv": GRIDS.encode("utf-8-sig"),
    "gb18030.csv": GRIDS.encode("gb18030"),
    "utf-16.csv": GRIDS.encode("utf-16"),
    "tab.xls": GRIDS.replace(",", "\t").encode("gb18030"),
    "page.xls": PAGE.encode(),
    "page.html": PAGE.encode("gb18030"),
    "features.geojson": FEATURES.encode(),
}
NASTY = (
    b"\x00",
    b"\xff\xfe",
    b'"',
    b"\r",
    b"\n\n",
    b"<td",
    b"]]",
    b"{",
    b"=cmd()",
    b"\x1b[2J",
    b"\xe2\x80\xae",
    b"9" * 400,
    b",",
    b"\t",
)


def mutated(raw: bytes, draw: random.Random) -> bytes:
    """Some bytes flipped, cut, doubled, moved or replaced."""
    found = bytearray(raw)
    for _ in range(draw.randint(1, 6)):
        at, length = draw.randrange(len(found) + 1), draw.choice((1, 1, 2, 8, 64))
        match draw.randrange(6):
            case 0:
                found[at : at + 1] = bytes([draw.randrange(256)])
            case 1:
                del found[at : at + length]
            case 2:
                found[at:at] = found[at : at + length]
            case 3:
                found[at:at] = draw.choice(NASTY)
            case 4:
                found = found[:at] if draw.random() < 0.2 else found
            case _:
                found[at:at] = bytes(draw.randrange(256) for _ in range(length))
        if not found:
            break
    return bytes(found)


@pytest.fixture
def attempt(small_office: CommandLine, tmp_path: Path) -> Callable[[str, bytes, str], None]:
    """Imports some bytes for good and sees that the office stays whole."""
    counting = (
        "SELECT (SELECT count(*) FROM grid), (SELECT count(*) FROM import_batch),"
        " (SELECT count(*) FROM ledger WHERE subject_kind = 'batch')"
    )

    def try_one(name: str, raw: bytes, which: str) -> None:
        path = tmp_path / name
        path.write_bytes(raw)
        opened = offices.open_office(small_office.database, "cli")
        before = small_office.rows(counting)[0]
        try:
            outcome = run(opened, actors.find_operator(opened, "内勤"), AUTO, path, Options())
        except GridConsoleError:
            assert small_office.rows(counting)[0] == before, which
        else:
            grids, batches, entries = small_office.rows(counting)[0]
            assert (batches, entries) == (before[1] + 1, before[2] + 1), which
            assert grids == before[0] + (outcome.counts[RowVerdict.INSERTED] if outcome.kind == "grids" else 0), which
            assert outcome.read == sum(outcome.counts.values())
        finally:
            opened.close()

    return try_one


def test_texts_that_something_has_been_at(attempt: Callable[[str, bytes, str], None]) -> None:
    draw = random.Random(20261123)
    for number in range(TEXTS):
        name = draw.choice(list(SEEDS))
        attempt(name, mutated(SEEDS[name], draw), f"{name} {number}")


def test_workbooks_that_something_has_been_at(attempt: Callable[[str, bytes, str], None], tmp_path: Path) -> None:
    raw = workbook(tmp_path / "seed.xlsx", {"网格": ROWS}).read_bytes()
    draw = random.Random(20261124)
    for number in range(BOOKS):
        attempt("mutated.xlsx", mutated(raw, draw), str(number))
