"""An office of ten thousand grids with a long past: two people on each, and those who were there before them."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

from gridconsole.domain import roster as rules
from gridconsole.domain.roster import BookTable, Half, LeaveKind, Line
from gridconsole.importing.engine import run
from gridconsole.resources import data_path
from gridconsole.services import actors, setup
from gridconsole.services.office import Office
from gridconsole.store import roster as book

CHUNK = 2_000
DISTRICT = "330106"


def build(path: Path, *, communities: int = 500, grids: int = 20, earlier: int = 7, seed: int = 1) -> None:
    """Write an office, closed again: as many grids in each community, two people on each, and so many earlier holders of each post.

    Half the communities have people on leave with a deputy.
    """
    opened = setup.initialise(path, "X区网格化指挥中心", "xdistrict", "cli", is_demo=True)
    try:
        _registers(opened, path.parent, communities, grids)
        _past(opened, earlier, random.Random(seed))
    finally:
        opened.close()


def _registers(opened: Office, folder: Path, communities: int, grids: int) -> None:
    clerk = actors.find_operator(opened, "内勤")
    streets = [f"{DISTRICT}{street:03d}" for street in range(1, -(-communities // 20) + 1)]
    areas = [f"{DISTRICT},X区,区", *(f"{code},第{place}街道,街道" for place, code in enumerate(streets, 1))]
    places, people = [], []
    for serial in range(communities):
        code = f"{streets[serial // 20]}{serial % 20 + 1:03d}"
        areas.append(f"{code},第{serial + 1}社区,社区")
        for number in range(1, grids + 1):
            grid = f"{code}{number:03d}"
            places.append(f"{grid},第{serial + 1}社区第{number}网格,{200 + number}")
            for rank in "AB":
                who = f"{rank}{serial:03d}{number:02d}"
                people.append(f"{who},王{who},139{serial:04d}{number:04d},{grid},{rank},2024-01-05")
    sheets = {
        "areas": ["区划代码,名称,级别", *areas], "grids": ["网格编码,网格名称,户数", *places],
        "wardens": ["工号,姓名,联系电话,负责网格,主辅,入职日期", *people],
    }  # fmt: skip
    run(opened, clerk, "catalogue", data_path("demo", "catalogue.xlsx"))
    for kind, lines in sheets.items():
        file = folder / f"roster-{kind}.csv"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        outcome = run(opened, clerk, kind, file)
        assert not outcome.issues, outcome.issues[:3]


def _past(opened: Office, earlier: int, draw: random.Random) -> None:
    """Add ended posts before those of now, by people who moved on to another grid, and leave."""
    today, clerk = opened.today(), actors.find_operator(opened, "内勤")
    with opened.database.writing() as connection:
        present = [row for _, row in book.present_rows(connection, BookTable.POST)]
        people = [row["person_id"] for row in present]
        number, lines = book.next_number(connection, BookTable.POST), []
        taken = {(row["person_id"], row["grid_id"]) for row in present}
        for row in present:
            for year in range(earlier):
                who = draw.choice(people)
                if (who, row["grid_id"]) in taken or draw.random() > 0.52:
                    continue
                taken.add((who, row["grid_id"]))
                first = today.replace(year=2016, month=1, day=1) + timedelta(days=365 * year)
                past = rules.post_row(who, row["rank"], first, first + timedelta(days=364), grid=row["grid_id"])
                lines.append(Line(BookTable.POST, number, past))
                number += 1
        leave = book.next_number(connection, BookTable.LEAVE)
        for place in range(0, len(present) - 1, 4):
            away = rules.leave_row(
                present[place]["person_id"], LeaveKind.ANNUAL, Half(today, False), Half(today + timedelta(days=5), True),
                deputy=present[place + 1]["person_id"],
            )  # fmt: skip
            lines.append(Line(BookTable.LEAVE, leave, away))
            leave += 1
        for start in range(0, len(lines), CHUNK):
            said = tuple(lines[start : start + CHUNK])
            entry = opened.entry(clerk, "post_start", book.saying(said), None, about=("post", said[0].number))
            book.record(connection, opened.id, [book.BookEntry(entry, said)])
