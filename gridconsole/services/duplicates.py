"""Which cases are one matter: candidates with their reasons, differences side by side, verdicts.

Merging itself is an act on a case like any other and goes through :mod:`gridconsole.services.casework`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gridconsole.domain.duplicates import Clue, Verdict, compared, likely
from gridconsole.domain.errors import BadValue, MergedAlready, UnknownIncident
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import LINKERS, Grade, Source, State
from gridconsole.domain.text import mask_text
from gridconsole.domain.views.queue import QueueRow
from gridconsole.services import repeats, rights
from gridconsole.store import duplicates, ledger, queue

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

DAYS = 7
"""How many days before and after a report others are looked for, where the office says nothing."""
SHOWN = 20
"""Most candidates that are offered."""
LINK = "link"
"""Subject of ledger entries about a pair of cases."""
JUDGE = "judge"
SHORTEST_PART = 6
"""Characters below which standing somewhere in a longer text says nothing."""


@dataclass(frozen=True, slots=True)
class DuplicateCandidate:
    """A case that may be the same matter."""

    row: QueueRow
    score: int
    """Out of a hundred."""
    clues: tuple[Clue, ...]
    verdict: Verdict | None
    """What was said of the pair before; what was said to be unrelated is not offered."""
    merged_into: str | None
    leads: bool = False
    """Whether the case itself is merged into this one."""


def window(office: Office) -> timedelta:
    """Return how far apart in time one matter is reported twice; the office's setting ``duplicates.days``."""
    return timedelta(days=int(office.settings.get("duplicates", {}).get("days", DAYS)))


def likeness(one: str, other: str) -> float:
    """Return how alike two bare texts are, 0 to 100; a short one may stand somewhere in a long one."""
    # Loaded here: reading a case needs none of it.
    from rapidfuzz import fuzz

    whole = fuzz.ratio(one, other)
    short, long = sorted((len(one), len(other)))
    if long <= 1.5 * short or short < SHORTEST_PART:
        return whole
    # Held inside a long report is a little less than being it.
    return max(whole, 0.9 * fuzz.partial_ratio(one, other))


def candidates(office: Office, number: str) -> tuple[DuplicateCandidate, ...]:
    """Cases that may be the same matter as one, most likely first.

    Raises:
        UnknownIncident: no such number.
    """
    with office.database.reading() as connection:
        one = _placed(connection, office, number)
        said = {link.other_id: link.verdict for link in duplicates.links(connection, one.id)}
        span = window(office)
        others = duplicates.block(connection, office.id, one, span)
        open_to_question = {key: other for key, other in others.items() if said.get(key) is not Verdict.UNRELATED}
        keys = {other.number: key for key, other in open_to_question.items()}
        found = likely(one.matter, open_to_question.values(), span, likeness)[:SHOWN]
        rows = {row.number: row for row in queue.rows_by_id(connection, [keys[pair.number] for pair in found])}
        leads = duplicates.leads(connection, [one.id, *(keys[pair.number] for pair in found)])
    return tuple(
        DuplicateCandidate(
            row=rows[pair.number],
            score=pair.score,
            clues=pair.clues,
            verdict=said.get(keys[pair.number]),
            merged_into=leads.get(keys[pair.number]),
            leads=leads.get(one.id) == pair.number,
        )
        for pair in found
    )


def judge(office: Office, actor: Actor, number: str, other: str, verdict: Verdict, request_id: str | None = None) -> None:
    """Say what two cases have to do with each other; the latest word stands, the ledger keeps every one.

    Raises:
        NotPermitted: it is not this operator's to say.
        UnknownIncident: no such number.
        BadValue: a case is compared with itself.
        MergedAlready: the two are merged, which says what they are.
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
            if leads.get(key) == lead and verdict is not Verdict.SAME:
                raise MergedAlready(number=follower, other=lead)
        at = office.now()
        pair = duplicates.judge(connection, keys, verdict, actor, at)
        first, second = sorted((number, other))
        facts = repeats.with_digest({"first": first, "second": second, "verdict": verdict.value}, once)
        entry = office.entry(actor, JUDGE, facts, about=(LINK, pair), at=at, request_id=repeats.id_of(once))
        ledger.append(connection, office.id, [entry])


def _once(request_id: str | None, actor: Actor, number: str, other: str, verdict: Verdict) -> repeats.Once | None:
    if request_id is None:
        return None
    return repeats.Once(request_id, actor, LINK, JUDGE, content={"pair": sorted((number, other)), "verdict": verdict})


Value = State | Source | Grade | datetime | str
"""What a property of a case can be."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One property of two cases side by side, personal data masked."""

    field: str
    left: Value
    right: Value
    same: bool
    """Told by what stands behind the masks; two that are both blank are the same."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two cases side by side."""

    left: str
    """Number of the one; the row of a list would bring its unmasked words along."""
    right: str
    score: int
    """Out of a hundred."""
    clues: tuple[Clue, ...]
    verdict: Verdict | None
    """What was said of the pair."""
    differences: tuple[Difference, ...]


def compare(office: Office, number: str, other: str) -> Comparison:
    """Two cases side by side, property by property.

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
    # The masks hide what is compared: two numbers may look alike and be two people's.
    sames = {name: value == getattr(behind[1], name) for name, value in behind[0]._asdict().items()}
    differences = tuple(
        Difference(name, mine, yours, sames.get(name, mine == yours))
        for (name, mine), (_, yours) in zip(_properties(left), _properties(right), strict=True)
    )
    return Comparison(left=number, right=other, score=pair.score, clues=pair.clues, verdict=said, differences=differences)


def _properties(detail: queue.Detail) -> tuple[tuple[str, Value], ...]:
    """Return the properties of a case in the order they are read; names are those of the lists' columns."""
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
