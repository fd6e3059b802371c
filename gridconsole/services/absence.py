"""Leave of people on the roster, in half days: taken with a deputy or without, and ended early or withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridconsole.domain import roster as rules
from gridconsole.domain.errors import (
    DeputyFlaw,
    DeputyUnfit,
    LeaveOverlaps,
    LeaveReversed,
    NoEmployment,
    NoLeave,
    UnknownWarden,
)
from gridconsole.domain.roster import BookTable, Half, LeaveKind, Line
from gridconsole.domain.text import clean_line
from gridconsole.language import t
from gridconsole.services import leaving, rights, roster
from gridconsole.store import people
from gridconsole.store import roster as book

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

REMARK_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Absence:
    """A leave to record."""

    person: int
    kind: LeaveKind
    first: Half
    last: Half
    """Last half day of it; both ends are included."""
    deputy: int | None = None
    remark: str = ""


def take(office: Office, actor: Actor, absence: Absence) -> int:
    """Record a leave; return its number.

    Raises:
        NotPermitted: the operator does not keep the roster.
        UnknownWarden: no such person or deputy.
        LeaveReversed, LeaveOverlaps, NoEmployment: the days are not possible.
        DeputyUnfit: the deputy is away or not in service in these days, is the person, or would be needed elsewhere.
        StillHolds: it is longer than three days, nobody stands in, and the person has work in hand or is the last one on a grid.
    """
    rights.check(office, actor, "roster", roster.MAY_EDIT)
    with office.database.writing() as connection:
        lines = checked(connection, office, absence, approved_by=actor.id)
        personal = {"note": clean_line(absence.remark, REMARK_LENGTH)}
        roster.record(connection, office, actor, "leave_add", (roster.PERSON, absence.person), lines, personal=personal)
        book.put_note(connection, BookTable.LEAVE, lines[0].number, personal["note"])
        return lines[0].number


def checked(
    connection: Transaction, office: Office, absence: Absence, *, approved_by: int | None, number: int | None = None,
    also: Sequence[Line] = (),
) -> list[Line]:  # fmt: skip
    """Return the lines of a leave, or refuse it as :func:`take` does.

    Args:
        also: leaves that are going to be written before it.
    """
    person = _known(connection, office, absence.person)
    if absence.last.day < absence.first.day or str(absence.last) < str(absence.first):
        raise LeaveReversed(first=half_text(absence.first), last=half_text(absence.last))
    if not _serves_throughout(connection, absence.person, absence.first, absence.last):
        raise NoEmployment(warden=person.name)
    leaves = _Leaves(connection, also)
    for row in leaves.of(absence.person):
        if _meets(row, absence.first, absence.last):
            raise LeaveOverlaps(
                warden=person.name, first=half_text(Half.read(row["first_half"])), last=half_text(Half.read(row["last_half"]))
            )
    _check_deputies(connection, office, absence, person.name, leaves)
    row = rules.leave_row(
        absence.person, absence.kind.value, absence.first, absence.last, deputy=absence.deputy, approved_by=approved_by
    )
    lines = [Line(BookTable.LEAVE, number if number is not None else book.next_number(connection, BookTable.LEAVE), row)]
    if absence.deputy is None:
        whole = rules.uncovered_span(row, leaves.of(absence.person))
        if rules.days_away(*whole) > rules.LONGEST_UNCOVERED:
            work = leaving.left_work(connection, office, absence.person)
            who = leaving.Person(absence.person, person.name, person.code)
            leaving.check(connection, office, who, [*also, *lines], work, advice="leave")
    return lines


class _Leaves:
    """Leaves in the book, and those that are going to be written."""

    def __init__(self, connection: Transaction, also: Sequence[Line]) -> None:
        self._connection = connection
        self._also = [line.row for line in also if line.row is not None]

    def of(self, person: int) -> list[Mapping[str, Any]]:
        """Return the leaves of a person."""
        stored = (row for _, row in book.of_person(self._connection, BookTable.LEAVE, person))
        return [*stored, *(row for row in self._also if row["person_id"] == person)]

    def deputised_by(self, person: int) -> list[Mapping[str, Any]]:
        """Return the leaves in which a person stands in."""
        return [*book.deputised_by(self._connection, person), *(row for row in self._also if row["deputy_id"] == person)]


def _check_deputies(connection: Transaction, office: Office, absence: Absence, name: str, leaves: _Leaves) -> None:
    for row in leaves.deputised_by(absence.person):
        if _meets(row, absence.first, absence.last):
            without = book.person_name(connection, row["person_id"])
            raise DeputyUnfit(warden=without, why=DeputyFlaw.DEPUTISES, person=name, advice=DeputyFlaw.DEPUTISES.value)
    if absence.deputy is None:
        return
    deputy = _known(connection, office, absence.deputy)
    if absence.deputy == absence.person:
        raise DeputyUnfit(warden=name, why=DeputyFlaw.SELF)
    if not _serves_throughout(connection, absence.deputy, absence.first, absence.last):
        raise DeputyUnfit(warden=deputy.name, why=DeputyFlaw.NOT_IN_SERVICE)
    if any(_meets(row, absence.first, absence.last) for row in leaves.of(absence.deputy)):
        raise DeputyUnfit(warden=deputy.name, why=DeputyFlaw.AWAY)


def end(office: Office, actor: Actor, person: int, first_back: Half | None = None) -> None:
    """End a person's leave (销假): the present one, or else the next one, which is withdrawn if it has not begun.

    Args:
        first_back: first half day on which the person is back; None: this one.

    Raises:
        NotPermitted: the operator does not keep the roster.
        NoLeave: there is no leave from then on.
    """
    rights.check(office, actor, "roster", roster.MAY_EDIT)
    back = first_back or office.half_day()
    with office.database.writing() as connection:
        found = sorted(book.of_person(connection, BookTable.LEAVE, person), key=lambda one: str(one[1]["first_half"]))
        number, row = next(((number, row) for number, row in found if row["last_half"] >= str(back)), (0, None))
        if row is None:
            raise NoLeave(warden=_known(connection, office, person).name)
        new = {**row, "last_half": str(rules.half_before(back))} if row["first_half"] < str(back) else None
        roster.record(connection, office, actor, "leave_end", (roster.PERSON, person), [Line(BookTable.LEAVE, number, new)])


def half_text(half: Half) -> str:
    """Return a half day for a sentence: its day, with the half of it."""
    return f"{half.day} {t('half.afternoon' if half.is_afternoon else 'half.morning')}"


def _known(connection: Transaction, office: Office, person: int) -> people.WardenRow:
    found = people.warden(connection, person, office.today())
    if found is None:
        raise UnknownWarden(word=str(person), near=[])
    return found


def _meets(row: Mapping[str, Any], first: Half, last: Half) -> bool:
    return bool(row["first_half"] <= str(last) and row["last_half"] >= str(first))


def _serves_throughout(connection: Transaction, person: int, first: Half, last: Half) -> bool:
    spans: Iterable[tuple[Any, Any]] = (rules.span_of(row) for _, row in book.of_person(connection, BookTable.EMPLOYMENT, person))
    return any((start is None or start <= first.day) and (stop is None or stop > last.day) for start, stop in spans)
