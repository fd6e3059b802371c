"""Looking for duplicates of a new report among 200,000 cases: of a known grid, of no known place, of 7,000 characters, and where
every case has one and the same phone (a switchboard's). In one process, as a console does it."""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

import big_office
from side_by_side import percentile, say_machine, say_times, say_value

from gridconsole.domain.states import Source
from gridconsole.services import actors, casework, duplicates
from gridconsole.services import office as offices
from gridconsole.services.office import Office
from gridconsole.store import catalogue, places

TARGET = 100
LONG = "夜间施工噪音扰民，反映多次无人处理，" * 390
SPREAD_PHONES = "UPDATE incident SET reporter_phone = '139' || substr('0000000' || (id * 7919 % 100000000), -8)"
ONE_PHONE = "UPDATE incident SET reporter_phone = '13900001234'"


def new_reports(opened: Office, count: int, draw: random.Random) -> dict[str, list[str]]:
    """As many new reports of each sort; returns their numbers."""
    acceptor = actors.find_operator(opened, "受理员")
    with opened.database.reading() as connection:
        grids = places.grid_choices(connection)
        kinds = [choice.category.id for choice in catalogue.categories(connection)]
        texts = [row.text for row in connection.exec_driver_sql(f"SELECT text FROM incident ORDER BY id DESC LIMIT {count}")]

    def entered(text: str, *, placed: bool = True) -> str:
        grid = draw.choice(grids)
        report = casework.NewReport(
            text, Source.HOTLINE_12345, grid_id=grid.id if placed else None, area_id=grid.area_id if placed else None,
            category_id=draw.choice(kinds) if placed else None, reporter_phone=f"139{draw.randrange(10**8):08d}",
        )  # fmt: skip
        return casework.intake(opened, acceptor, report).number

    return {
        "of a grid": [entered(text) for text in texts],
        "of no known place": [entered(text, placed=False) for text in texts],
        "of 7,000 characters": [entered(LONG + text) for text in texts],
    }


def seconds_of(opened: Office, numbers: list[str]) -> list[float]:
    """How long each look takes, seconds; what is loaded once is loaded before."""
    duplicates.candidates(opened, numbers[0])
    taken, offered = [], 0
    for number in numbers:
        begun = time.perf_counter()
        offered += len(duplicates.candidates(opened, number))
        taken.append(time.perf_counter() - begun)
    print(f"    {offered / len(numbers):.1f} candidates each")
    return taken


def main() -> None:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200_000)
    parser.add_argument("--reports", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gridconsole-bench-") as name:
        path = Path(name) / "office.db"
        big_office.build(path, cases=options.cases, open_cases=options.cases // 40)
        opened = offices.open_office(path, "cli")
        try:
            with opened.database.writing() as connection:
                connection.exec_driver_sql(SPREAD_PHONES)
            sorts = new_reports(opened, options.reports, random.Random(1))
            say_machine()
            print(f"{options.cases:,} cases, {path.stat().st_size / 1e6:.0f} MB:")
            taken = {sort: seconds_of(opened, numbers) for sort, numbers in sorts.items()}
            with opened.database.writing() as connection:
                connection.exec_driver_sql(ONE_PHONE)
            taken["of a phone all share"] = seconds_of(opened, sorts["of a grid"])
        finally:
            opened.close()
    say_times(taken)
    for sort, values in taken.items():
        say_value(f"a report {sort}, 19 of 20", 1000 * percentile(values, 0.95), TARGET, "ms")


if __name__ == "__main__":
    main()
