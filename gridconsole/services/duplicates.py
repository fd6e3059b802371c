"""Find duplicate cases: candidates with their clues, a comparison side by side, and verdicts.

Merging is an act on a case like any other, in :mod:`gridconsole.services.casework`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gridconsole.domain.codes import PairVerdict
from gridconsole.domain.duplicates import Clue, compared, likely
from gridconsole.domain.errors import BadValue, MergedAlready, UnknownIncident
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import LINKERS, OPEN_STATES, Grade, Source, State
from gridconsole.domain.text import mask_text
from gridconsole.domain.views.queue import QueueRow
from gridconsole.services import repeats, rights
from gridconsole.store import duplicates, ledger, queue

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

DAYS = 7
"""Days before and after a report in which duplicates are searched, if the office has no setting for it."""
SHOWN = 20
"""Most candidates shown."""
ALIKE = 65
"""Score from which a candidate is proposed for merging: nearly the same words, within hours, of one grid and category."""
LINK = "link"
"""Subject of ledger entries about a pair of cases."""
JUDGE = "judge"
SHORTEST_PART = 6
"""Shortest text, in characters, that is searched for inside a longer one: a shorter match means nothing."""


@dataclass(frozen=True, slots=True)
class DuplicateCandidate:
    """A case that may be the same matter."""

    row: QueueRow
    score: int
    """0 to 100."""
    clues: tuple[Clue, ...]
    verdict: PairVerdict | None
    """Earlier verdict on the pair, if any. Pairs judged unrelated are not offered."""
    merged_into: str | None
    leads: bool = False
    """True if the inspected case itself is merged into this candidate."""
    who: str = ""
    """Masked name and phone of the reporter; empty if neither is known."""


def window(office: Office) -> timedelta:
    """Return the longest time between two reports of the same matter; the office's setting ``duplicates.days``."""
    return timedelta(days=int(office.settings.get("duplicates", {}).get("days", DAYS)))


def likeness(one: str, other: str) -> float:
    """Return the similarity of two bare texts, 0 to 100. A short text may match a part of a long one."""
    # Imported here: reading a case does not need it.
    from rapidfuzz import fuzz

    whole = fuzz.ratio(one, other)
    short, long = sorted((len(one), len(other)))
    if long <= 1.5 * short or short < SHORTEST_PART:
        return whole
    # A match inside a longer report counts a little less than a match of the whole text.
    return max(whole, 0.9 * fuzz.partial_ratio(one, other))


def candidates(office: Office, number: str) -> tuple[DuplicateCandidate, ...]:
    """Return the cases that may be the same matter as a given one, most likely first.

    Raises:
        UnknownIncident: no such number.
    """
    with office.database.reading() as connection:
        one = _placed(connection, office, number)
        said = {link.other_id: link.verdict for link in duplicates.links(connection, one.id)}
        span = window(office)
        others = duplicates.block(connection, office.id, one, span)
        open_to_question = {key: other for key, other in others.items() if said.get(key) is not PairVerdict.UNRELATED}
        keys = {other.number: key for key, other in open_to_question.items()}
        found = likely(one.matter, open_to_question.values(), span, likeness)[:SHOWN]
        rows = {row.number: row for row in queue.rows_by_id(connection, [keys[pair.number] for pair in found])}
        leads = duplicates.leads(connection, [one.id, *(keys[pair.number] for pair in found)])
        who = duplicates.reporters(connection, [keys[pair.number] for pair in found])
    return tuple(
        DuplicateCandidate(
            row=rows[pair.number],
            score=pair.score,
            clues=pair.clues,
            verdict=said.get(keys[pair.number]),
            merged_into=leads.get(keys[pair.number]),
            leads=leads.get(one.id) == pair.number,
            who=who[keys[pair.number]],
        )
        for pair in found
    )


def leading(row: QueueRow, others: Sequence[DuplicateCandidate]) -> str:
    """Return the number of the case that others are best merged into: one that leads already, or the furthest, or the earliest.

    Args:
        row: the inspected case; ``others`` are its candidates.
    """
    leaders = {other.merged_into for other in others} | {row.parties.merged_into}
    apart = [one for one in (row, *(other.row for other in others)) if one.is_open and one.parties.merged_into is None]
    known = [one.number for one in apart if one.number in leaders]
    if known:
        return known[0]
    order = list(OPEN_STATES)
    return max(apart, key=lambda one: (order.index(one.state), -one.id)).number if apart else row.number


def may_follow(row: QueueRow, lead: str) -> bool:
    """Return whether a case can be merged into another one, as far as its line tells."""
    return row.is_open and row.parties.merged_into is None and row.number != lead


def judge(office: Office, actor: Actor, number: str, other: str, verdict: PairVerdict, request_id: str | None = None) -> None:
    """Record an operator's verdict on two cases. The latest verdict counts; the ledger keeps all of them.

    Raises:
        NotPermitted: the operator has no role that may judge.
        UnknownIncident: no such number.
        BadValue: a case is compared with itself.
        MergedAlready: the two are merged, and the verdict is not that they are the same.
    """
    rights.check(office, actor, "judge", LINKERS)
    _check_two(number, other)
    with office.database.writing() as connection:
        once = _once(request_id, actor, number, other, verdict)
        if repeats.carried_out(connection, once) is not None:
            return
        keys = (_placed(connection, office, number).id, _placed(connection, office, other).id)
        leads = duplicates.leads(connection, keys)
        for key, follower, lead in ((keys[0], number, other), (keys[1], other, number)):
            if leads.get(key) == lead and verdict is not PairVerdict.SAME:
                raise MergedAlready(number=follower, other=lead)
        at = office.now()
        pair = duplicates.judge(connection, keys, verdict, actor, at)
        first, second = sorted((number, other))
        facts = repeats.with_digest({"first": first, "second": second, "verdict": verdict.value}, once)
        entry = office.entry(actor, JUDGE, facts, about=(LINK, pair), at=at, request_id=repeats.id_of(once))
        ledger.append(connection, office.id, [entry])


def _once(request_id: str | None, actor: Actor, number: str, other: str, verdict: PairVerdict) -> repeats.Once | None:
    if request_id is None:
        return None
    return repeats.Once(request_id, actor, LINK, JUDGE, content={"pair": sorted((number, other)), "verdict": verdict})


def awake(office: Office) -> int:
    """Return how many cases merged by an earlier version are still worked on by themselves."""
    with office.database.reading() as connection:
        return duplicates.awake(connection, office.id)


Value = State | Source | Grade | datetime | str
"""Types of the properties of a case."""


@dataclass(frozen=True, slots=True)
class CaseDifference:
    """One property of two cases side by side, personal data masked."""

    field: str
    left: Value
    right: Value
    same: bool
    """True if the unmasked values are equal; two blank values are equal."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two cases side by side."""

    left: str
    """Number of the first case. Not its list row, which would carry unmasked texts."""
    right: str
    score: int
    """0 to 100."""
    clues: tuple[Clue, ...]
    verdict: PairVerdict | None
    """Verdict on the pair, if any."""
    differences: tuple[CaseDifference, ...]


def compare(office: Office, number: str, other: str) -> Comparison:
    """Compare two cases property by property.

    Raises:
        UnknownIncident: no such number.
        BadValue: a case is compared with itself.
    """
    _check_two(number, other)
    with office.database.reading() as connection:
        one, two = _placed(connection, office, number), _placed(connection, office, other)
        said = next((link.verdict for link in duplicates.links(connection, one.id) if link.other_id == two.id), None)
        left, right = (queue.detail(connection, office.id, case) for case in (number, other))
        behind = tuple(duplicates.unmasked(connection, case.id) for case in (one, two))
    if left is None or right is None:
        raise UnknownIncident(number=number if left is None else other)
    pair = compared(one.matter, two.matter, window(office), likeness)
    # Compare the unmasked values: two masked phone numbers may look alike and belong to two people.
    sames = {name: value == getattr(behind[1], name) for name, value in behind[0]._asdict().items()}
    differences = tuple(
        CaseDifference(name, mine, yours, sames.get(name, mine == yours))
        for (name, mine), (_, yours) in zip(_properties(left), _properties(right), strict=True)
    )
    return Comparison(left=number, right=other, score=pair.score, clues=pair.clues, verdict=said, differences=differences)


def _properties(detail: queue.Detail) -> tuple[tuple[str, Value], ...]:
    """Return the properties of a case in the order they are shown; the names are those of the columns of lists."""
    row = detail.row
    return (
        ("state", row.state),
        ("reported_at", row.reported_at),
        ("source", row.source),
        ("grade", row.grade),
        ("category", row.category),
        ("area", row.area_name),
        ("grid", row.grid_name),
        ("address", mask_text(row.address)),
        ("reporter", detail.reporter),
        ("phone", detail.phone),
        ("handler", row.handler),
        ("text", detail.text),
    )


def _check_two(number: str, other: str) -> None:
    if number == other:
        raise BadValue(what="other_case", value=other, expected="other_case")


def _placed(connection: Transaction, office: Office, number: str) -> duplicates.Placed:
    found = duplicates.placed(connection, office.id, number)
    if found is None:
        raise UnknownIncident(number=number)
    return found
