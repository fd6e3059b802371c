"""Lists, reports and screens cost the same steps of the database however many cases lie in the past, and few statements."""

from __future__ import annotations

from pathlib import Path

import pytest
from grown_office import grow
from office_cli import Clock
from step_costs import measure

from gridconsole.demo.build import build
from gridconsole.store import searching

GROWING = {
    "person report": "reads every text of every table",
    "ranking": "counts what the last 90 days ended",
    **dict.fromkeys(
        (
            f"report {kind}"
            for kind in ("monthly", "quarterly", "yearly", "hotline", "units", "subdistricts", "communities", "grids")
        ),
        "counts months of the past year beside its own, and the larger office has more cases in them",
    ),
    "report repeats": "reads the thirty days before its period too, and the larger office has more cases in them",
}
"""Operations that still read the past, and why."""
SEEKING = {"incident list --search", "incident list --search, open of many"}
"""Operations that look cases up in the lists of a text index: finding the place in a list four times as long takes some more steps."""
MOST_TIMES = 1.5
MOST_STATEMENTS = {"reminders": 3, "case view": 10, "changes since": 11, "ranking": 9}
"""Statements of the operations that a console repeats, without the three that open an office."""
OPENING = 3
SIZES = (800, 3_200)
LEAST_WALK = 0.5
"""Steps for each case more: a query that walks over the cases, or over what belongs to them, takes at least two."""


@pytest.fixture(autouse=True)
def _small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds of searches that both offices exceed, as offices of ten thousands of cases exceed the real ones."""
    for bound, value in {"PAGE": 5, "CANDIDATES": 10, "SCANNED": 100}.items():
        monkeypatch.setattr(searching, bound, value)


def test_nothing_that_a_person_waits_for_grows_with_the_past(tmp_path: Path, office_clock: Clock) -> None:
    build(tmp_path / "demo.db", seed=7, days=4, now=office_clock())
    found = []
    for cases in SIZES:
        path = tmp_path / f"{cases}.db"
        grow(tmp_path / "demo.db", path, cases)
        found.append(measure(path))
    short, long = found
    assert short.keys() == long.keys() > GROWING.keys() | MOST_STATEMENTS.keys()
    added = {name: (cost.steps - short[name].steps) / (SIZES[1] - SIZES[0]) for name, cost in long.items()}
    assert {name for name, steps in added.items() if steps > LEAST_WALK} == GROWING.keys() | SEEKING, added
    assert {name for name in SEEKING if long[name].steps > MOST_TIMES * short[name].steps} == set()
    assert {name for name, cost in long.items() if cost.statements != short[name].statements} <= GROWING.keys()
    assert {name: n for name, most in MOST_STATEMENTS.items() if (n := long[name].statements - OPENING) > most} == {}
