"""Reports: a month and a year with every table, the cube beside hand-written SQL, a document, and acts with and without facts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from figures import Figure, measure
from offices import Offices

from gridconsole.domain.actions import Act, Action
from gridconsole.domain.figures import Days
from gridconsole.domain.periods import Period, PeriodKind, of_day
from gridconsole.domain.states import Source
from gridconsole.reporting import periodic, writers
from gridconsole.reporting.request import Request
from gridconsole.services import actors, casework
from gridconsole.services import office as offices
from gridconsole.services.casework import NewReport
from gridconsole.store import catalogue, fact_queries, places
from gridconsole.store.engine import connect

KEYS = ("reported", "accepted", "filed", "dispatched", "due", "handled_in_time", "reworked", "closed_of_due", "closed")
DIMENSIONS = ("subdistrict_id", "source", "handler_kind", "handler_id", "category_id")
_WHERE = "merged = 0 AND state <> 'voided' AND upheld = 0 AND due BETWEEN :first AND :last AND due_at < :until"
BY_HAND = f"""
SELECT {", ".join(DIMENSIONS)}, sum(reported BETWEEN :first AND :last), sum(coalesce(accepted BETWEEN :first AND :last, 0)),
  sum(coalesce(filed BETWEEN :first AND :last, 0)), sum(coalesce(dispatched BETWEEN :first AND :last, 0)), sum(coalesce({_WHERE}, 0)),
  sum(coalesce({_WHERE} AND late = 0, 0)), sum(coalesce({_WHERE} AND reworks > 0, 0)), sum(coalesce({_WHERE} AND closed <= :last, 0)),
  sum(coalesce(closed BETWEEN :first AND :last, 0))
FROM case_fact WHERE (office_id = 1 AND reported BETWEEN :first AND :last) OR (office_id = 1 AND accepted BETWEEN :first AND :last)
  OR (office_id = 1 AND filed BETWEEN :first AND :last) OR (office_id = 1 AND dispatched BETWEEN :first AND :last)
  OR (office_id = 1 AND due BETWEEN :first AND :last) OR (office_id = 1 AND closed BETWEEN :first AND :last)
GROUP BY {", ".join(DIMENSIONS)}
"""
"""The same cube, written by hand."""
TURNS = 7


def _best(*sides: Callable[[], object]) -> list[float]:
    """Return the least processor seconds of each side, measured in turns."""
    least = [float("inf")] * len(sides)
    for _ in range(TURNS):
        for at, side in enumerate(sides):
            begun = time.process_time()
            side()
            least[at] = min(least[at], time.process_time() - begun)
    return least


@measure("reports")
def reports(at: Offices) -> Iterator[Figure]:
    """Yield the figures of the large office, and those of acts of the small one."""
    opened = offices.open_office(at.large, "cli")
    month = of_day(PeriodKind.MONTH, opened.today()).before()
    year = Period(PeriodKind.SPAN, month.first.replace(year=month.first.year - 1), month.last)

    def made(period: Period) -> Any:
        return periodic.report(opened, Request(period, opened.now(), opened.calendar.zone))

    yield Figure("month with every table, processor", _best(lambda: made(month))[0], "s", 1.0)
    yield Figure("thirteen months with every table, processor", _best(lambda: made(year))[0], "s", 6.0)
    report = made(month)
    for ending, limit in ((".docx", 0.3), (".xlsx", 0.3), (".html", 0.3)):
        yield Figure(
            f"{ending} of the month, processor",
            _best(lambda ending=ending: writers.encoded(report, ending, opened.calendar))[0],
            "s",
            limit,
        )
    days = Days(month.first.toordinal(), month.last.toordinal())
    raw = connect(at.large)
    values = {"first": days.first, "last": days.last, "until": days.until}
    with opened.database.reading() as connection:
        ours, by_hand = _best(
            lambda: fact_queries.cube(connection, opened.id, KEYS, days, DIMENSIONS),
            lambda: raw.execute(BY_HAND, values).fetchall(),
        )
    raw.close()
    yield Figure("cube of a month, against SQL by hand", ours / by_hand, "", 1.2, "SQL by hand")
    opened.close()
    yield from _acts(at)


def _acts(at: Offices) -> Iterator[Figure]:
    """Compare acts that write facts with acts of an office that writes none."""
    paths = [at.copy(at.sizes[0]), at.folder / "without-facts.db"]
    paths[1].write_bytes(paths[0].read_bytes())
    raw = connect(paths[1])
    raw.execute("DROP TRIGGER ledger_fact_due")
    raw.close()
    opened = [offices.open_office(path, "cli") for path in paths]
    least = _best(*(_work(office) for office in opened))
    for office in opened:
        office.close()
    yield Figure("acts with facts, against without, processor", least[0] / least[1], "", 1.3, "acts without facts")


def _work(office: offices.Office) -> Callable[[], None]:
    people = {name: actors.find_operator(office, name) for name in ("受理员", "值班长")}
    with office.database.reading() as connection:
        grid, category = places.grid_choices(connection)[0], catalogue.categories(connection)[0].category.id

    def work() -> None:
        for _ in range(20):
            new = NewReport("垃圾成堆", Source.INSPECTOR, grid_id=grid.id, area_id=grid.area_id, category_id=category)
            number = casework.intake(office, people["受理员"], new).number
            casework.act_on(office, people["受理员"], number, Act.of(Action.ACCEPT))
            casework.act_on(office, people["值班长"], number, Act.of(Action.NOTE, note="无事"))

    return work
