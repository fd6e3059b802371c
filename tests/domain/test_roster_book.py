"""The roster's book against a plain one that keeps every day of every entry."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta

import pytest

from gridconsole.domain import roster
from gridconsole.domain.ledger import canonical
from gridconsole.domain.roster import Book, BookTable, Half, Line, Version

FIRST = date(2026, 1, 1)
DAYS = 40


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def on(versions: list[Version], grid: int, at: date, entry: int) -> set[tuple[int, str]]:
    """Who holds a post on a grid on a day, as the office knew it right after an entry."""
    return {
        (version.row["person_id"], version.row["rank"])
        for version in versions
        if version.row["grid_id"] == grid
        and version.recorded_by <= entry
        and (version.replaced_by is None or version.replaced_by > entry)
        and version.row["starts_on"] <= at.isoformat()
        and (version.row["ends_on"] is None or version.row["ends_on"] > at.isoformat())
    }


@pytest.mark.parametrize("seed", range(60))
def test_the_book_answers_for_every_day_as_known_at_every_entry(seed: int) -> None:
    chance = random.Random(seed)
    book, posts = Book(), dict[int, dict[str, object]]()
    known: list[dict[int, dict[str, object]]] = [{}]
    entries: list[tuple[int, str]] = []
    for entry in range(1, 25):
        number = chance.choice([*posts, len(posts) + 100]) if posts else 100
        begins = chance.randrange(DAYS - 5)
        ends = chance.choice([None, day(begins + chance.randrange(0, 20))])
        row = roster.post_row(chance.randrange(4), chance.choice("AB"), day(begins), ends, grid=chance.randrange(3))
        if number in posts and chance.random() < 0.2:
            lines = [Line(BookTable.POST, number, None)]
            del posts[number]
        else:
            lines = [Line(BookTable.POST, number, row)]
            posts[number] = row
        entries.append((entry, canonical({roster.BOOK: roster.lines_as_facts(lines), "warden_id": 1})))
        book.apply(entry, lines)
        known.append({key: dict(value) for key, value in posts.items()})
    versions = book.versions()
    for entry, was in enumerate(known):
        for grid in range(3):
            for number in range(DAYS):
                at = day(number).isoformat()
                plain = {
                    (row["person_id"], row["rank"])
                    for row in was.values()
                    if row["grid_id"] == grid
                    and str(row["starts_on"]) <= at
                    and (row["ends_on"] is None or str(row["ends_on"]) > at)
                }
                assert on(versions, grid, day(number), entry) == plain
    # The same rows come out of the entries alone, from whichever of them one begins.
    for cut in (1, 7, 15, 25):
        before = roster.as_of(versions, cut)
        assert not roster.mismatches(
            versions, roster.Beginning(cut, roster.digest_of(before)), [one for one in entries if one[0] >= cut]
        )


def test_every_forged_row_is_found() -> None:
    book = Book()
    row = roster.post_row(1, "A", day(0), grid=1)
    entries = [(2, canonical({roster.BOOK: roster.lines_as_facts([Line(BookTable.POST, 1, row)])}))]
    book.apply(2, roster.lines_of(entries[0][1]))
    begun = roster.Beginning(1, roster.digest_of([]))
    stored = book.versions()
    assert roster.mismatches(stored, begun, entries) == []
    (one,) = stored
    forged = {
        "changed": [one._replace(row={**one.row, "rank": "B"})],
        "ended": [one._replace(replaced_by=2)],
        "missing": [],
        "older": [one, Version(BookTable.POST, 9, row, 0, None)],
        "added": [one, Version(BookTable.POST, 9, row, 2, None)],
    }
    for what, rows in forged.items():
        assert roster.mismatches(rows, begun, entries), what
    assert roster.mismatches(forged["changed"], None, entries) == [], (
        "before its first entry, the ledger says nothing of the book"
    )


@pytest.mark.parametrize(
    "facts", ["", "{}", '{"book":[["post",1]]}', '{"book":[["teapot",1,null]]}', '{"book":["', json.dumps({"book": [3]})]
)
def test_unreadable_entries_say_nothing_of_the_book(facts: str) -> None:
    assert roster.lines_of(facts) == ()


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [("2026-12-01a", "2026-12-01a", 0.5), ("2026-12-01a", "2026-12-01p", 1), ("2026-12-01p", "2026-12-02a", 1), ("2026-11-30p", "2026-12-04p", 4.5)],
)  # fmt: skip
def test_leave_is_counted_in_halves(first: str, last: str, days: float) -> None:
    assert roster.days_away(Half.read(first), Half.read(last)) == days
    assert (str(Half.read(first)), str(Half.read(last))) == (first, last)


@pytest.mark.parametrize("text", ["", "2026-12-01", "2026-13-01a", "2026-12-01x", "a"])
def test_what_is_no_half_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Half.read(text)


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ((0, 5), (5, 9), False), ((0, 5), (4, 9), True), ((None, 5), (None, 1), True), ((0, None), (30, None), True),
        ((3, 3), (0, 9), False), ((0, 9), (3, 3), False), ((None, None), (8, 9), True),
    ],
)  # fmt: skip
def test_spans_share_a_day(one: tuple[int | None, int | None], other: tuple[int | None, int | None], shared: bool) -> None:
    def span(pair: tuple[int | None, int | None]) -> tuple[date | None, date | None]:
        return (None if pair[0] is None else day(pair[0]), None if pair[1] is None else day(pair[1]))

    assert roster.overlaps(span(one), span(other)) is roster.overlaps(span(other), span(one)) is shared
