"""Whoever waits for an import sees how far it has come and how long it still takes; giving up keeps nothing."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from importing.sheets import lines, raw_file, text_file, workbook
from importing.test_geojson import collection, feature
from office_cli import Clock, CommandLine

from gridconsole.cli.progress import headway as shown_headway
from gridconsole.domain.errors import FileChanged
from gridconsole.importing import headway
from gridconsole.importing.engine import ImportOutcome, run
from gridconsole.importing.headway import Abandoned, Headway, Pace
from gridconsole.importing.options import Options
from gridconsole.language.durations import headway_text
from gridconsole.services import actors
from gridconsole.services import office as offices
from gridconsole.services.office import Office

COUNT = 2_600
ROWS = [[f"420502001001{serial % 999:03d}", f"第{serial}网格"] for serial in range(COUNT)]
HEADER = ["网格编码", "网格名称"]
TEXT = lines(",".join(HEADER), *(",".join(row) for row in ROWS))


@pytest.fixture
def opened(small_office: CommandLine, office_clock: Clock) -> Iterator[Office]:
    """The small office, open."""
    opened = offices.open_office(small_office.database, "cli", office_clock)
    yield opened
    opened.close()


def take(opened: Office, path: Path, say: Callable[[Headway], None] | None = None, **options: object) -> ImportOutcome:
    return run(opened, actors.find_operator(opened, "内勤"), "grids", path, Options(**options), progress=say)  # type: ignore[arg-type]


def page(rows: list[list[str]]) -> str:
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in [HEADER, *rows])
    return f"<html><table>{cells}</table></html>"


FILES: dict[str, Callable[[Path], Path]] = {
    "csv": lambda folder: text_file(folder, TEXT),
    "utf-16": lambda folder: text_file(folder, TEXT, encoding="utf-16"),
    "one sheet": lambda folder: workbook(folder / "一.xlsx", {"甲": [HEADER, *ROWS]}),
    "two sheets": lambda folder: workbook(folder / "二.xlsx", {"甲": [HEADER, *ROWS[:1300]], "乙": [HEADER, *ROWS[1300:]]}),
    "one full, one empty": lambda folder: workbook(folder / "三.xlsx", {"甲": [HEADER, *ROWS], "空": []}),
    "page": lambda folder: raw_file(folder, page(ROWS).encode(), "页.xls"),
    "two tables": lambda folder: raw_file(folder, (page(ROWS[:1300]) + page(ROWS[1300:])).encode(), "页.xls"),
    "geojson": lambda folder: collection(folder, *(feature({"网格编码": code, "网格名称": name}) for code, name in ROWS)),
}


@pytest.mark.parametrize("kind", FILES)
def test_the_share_follows_the_rows(opened: Office, tmp_path: Path, kind: str) -> None:
    reported: list[Headway] = []
    assert take(opened, FILES[kind](tmp_path), reported.append).read == COUNT
    assert [come.rows for come in reported] == [0, *range(500, COUNT, 500)]
    assert reported[0].share == 0.0
    for come in reported[1:]:
        # Text is read some kilobytes ahead, and a sheet takes not quite the room of its rows.
        assert come.share == pytest.approx(come.rows / COUNT, abs=0.1), reported


def test_the_time_left_is_what_the_rest_takes_at_the_pace_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(headway.time, "monotonic", lambda: now[0])
    reported: list[Headway] = []
    pace = Pace(reported.append)
    now[0] = 130.0  # opening the file says nothing about the rows
    pace.start()
    now[0] = 130.9
    pace.at(500, lambda: 0.1)
    now[0] = 132.0
    pace.at(1_000, lambda: 0.2)
    pace.start()  # the next sheet
    now[0] = 135.0
    pace.at(1_500, lambda: 0.25)
    assert reported == [Headway(0), Headway(500, 0.1, None), Headway(1_000, 0.2, 8.0), Headway(1_500, 0.25, 15.0)]


def test_what_was_given_up_leaves_nothing(small_office: CommandLine, opened: Office, tmp_path: Path) -> None:
    before = small_office.everything()

    def enough(come: Headway) -> None:
        if come.rows >= 1_500:
            raise Abandoned

    with pytest.raises(Abandoned):
        take(opened, text_file(tmp_path, TEXT), enough)
    assert small_office.everything() == before
    assert take(opened, text_file(tmp_path, TEXT)).batch is not None, "and stands in nobody's way"


def test_only_the_file_that_was_looked_at_is_written(small_office: CommandLine, opened: Office, tmp_path: Path) -> None:
    path = text_file(tmp_path, TEXT)
    looked = take(opened, path, dry_run=True)
    before = small_office.everything()
    text_file(tmp_path, TEXT.replace("第7网格", "第七网格"))
    with pytest.raises(FileChanged):
        take(opened, path, seen=looked.sha256)
    assert small_office.everything() == before
    text_file(tmp_path, TEXT)
    assert take(opened, path, seen=looked.sha256).batch is not None


@pytest.mark.parametrize(
    ("seconds", "left"), [(None, ""), (0.2, " 约剩 1秒"), (59.0, " 约剩 59秒"), (60.5, " 约剩 2分"), (3_601.0, " 约剩 1时1分")]
)
def test_the_time_left_is_said_in_the_largest_unit_that_is_no_lie(seconds: float | None, left: str) -> None:
    assert headway_text(12_000, seconds) == f"已读 12,000 行{left}"


class Terminal(io.StringIO):
    """Standard error that is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def test_a_terminal_shows_the_bar_and_is_clean_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    with shown_headway("名\x1b[2J册[/][red].csv") as say:
        say(Headway(1_500, 0.25, 12.0))
        assert all(text in screen.getvalue() for text in ("[/][red].csv", "25%", "已读 1,500 行 约剩 12秒"))
        assert "\x1b[2J" not in screen.getvalue()
    assert screen.getvalue().endswith("\x1b[2K"), "the line is wiped"


def test_nothing_but_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr("sys.stderr", pipe)
    with shown_headway("名册.csv") as say:
        say(Headway(1_500, 0.25, 12.0))
    assert pipe.getvalue() == ""
