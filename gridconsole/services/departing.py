"""People who come and go: an employment begins, and ends with every post."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from gridconsole.domain import roster as rules
from gridconsole.domain.errors import DayImpossible, DeputyFlaw, DeputyUnfit, NoEmployment, PersonExists, UnknownWarden
from gridconsole.domain.roster import BookTable, Form, Line, PersonKind, WhyLeft
from gridconsole.domain.text import name_key
from gridconsole.language.pinyin import initials
from gridconsole.services import leaving, rights, roster
from gridconsole.services.given import given_line
from gridconsole.store import people
from gridconsole.store import roster as book

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

NAME_LENGTH, CODE_LENGTH, PHONE_LENGTH = 60, 40, 40


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person who comes to the roster."""

    code: str
    name: str
    phone: str = ""
    form: Form = Form.FULL_TIME
    joined_on: date | None = None
    """None: today."""
    kinds: tuple[PersonKind, ...] = ()
    """Empty: a warden; for somebody who comes back, the kinds known."""


def add(office: Office, actor: Actor, new: NewPerson) -> int:
    """Add a person with an employment; return the key.

    Somebody who had left and comes back under the same number and name gets another employment; phone and kinds change if given.

    Raises:
        NotPermitted: the operator does not keep the roster.
        PersonExists: the staff number is that of another person, or of somebody in service.
        DayImpossible: the day is before the person left.
        BadValue: number or name is blank, or something is too long.
    """
    rights.check(office, actor, "roster", roster.MAY_EDIT)
    code, name = given_line(new.code, CODE_LENGTH, "staff_number"), given_line(new.name, NAME_LENGTH, "full_name")
    phone = given_line(new.phone, PHONE_LENGTH, "phone", is_needed=False)
    with office.database.writing() as connection:
        holder, joined_on = book.holder_of(connection, code), new.joined_on or office.today()
        kinds = ",".join(kind.value for kind in new.kinds)
        if holder is None:
            action, key = "person_add", book.next_person(connection)
            known = {"phone": phone, "kinds": kinds or PersonKind.WARDEN.value}
            book.put_person(connection, key, code=code, name=name, initials=initials(name), **known)
        else:
            action, key = "rejoin", holder.id
            _check_return(connection, holder, name, joined_on)
            book.change_person(connection, key, phone=phone, kinds=kinds)
        row = rules.employment_row(key, new.form.value, joined_on)
        lines = [Line(BookTable.EMPLOYMENT, book.next_number(connection, BookTable.EMPLOYMENT), row)]
        roster.record(connection, office, actor, action, (roster.PERSON, key), lines, {"code": code}, {"name": name})
        return key


def _check_return(connection: Transaction, holder: book.Holder, name: str, joined_on: date) -> None:
    """Refuse to bring back somebody who has not left, is somebody else, or was still there on the day."""
    ends = [rules.span_of(row)[1] for _, row in book.of_person(connection, BookTable.EMPLOYMENT, holder.id)]
    left = [day for day in ends if day is not None]
    if name_key(holder.name) != name_key(name) or len(left) < len(ends):
        raise PersonExists(number=holder.code, warden=holder.name)
    if left and joined_on < max(left):
        raise DayImpossible(warden=holder.name, day=joined_on, first=max(left), advice="left")


def depart(office: Office, actor: Actor, person: int, on: date, why: WhyLeft = WhyLeft.OTHER) -> None:
    """End a person's employment and posts as of a day, the first on which they are gone.

    Raises:
        NotPermitted: the operator does not keep the roster.
        UnknownWarden, NoEmployment: no such person, or not in service.
        DayImpossible: the day is before the employment began, or the person had a case in hand on it or later.
        DeputyUnfit: the person stands in for somebody on leave on that day or later.
        StillHolds: the person has work in hand, or a grid would be without anybody.
    """
    rights.check(office, actor, "roster", roster.MAY_EDIT)
    with office.database.writing() as connection:
        found = people.warden(connection, person, office.today())
        if found is None:
            raise UnknownWarden(word=str(person), near=[])
        lines = departure_lines(connection, office, found, on, why)
        check_deputising(connection, found, on)
        whom = leaving.Person(person, found.name, found.code)
        leaving.check(connection, office, whom, lines, leaving.left_work(connection, office, person))
        check_day(connection, office, found, on)
        write_departure(connection, office, actor, found, lines, on, why)


def departure_lines(connection: Transaction, office: Office, person: people.WardenRow, on: date, why: WhyLeft) -> list[Line]:
    """Return the lines that end an employment, its posts and what is left of its leave.

    A departure that is planned already moves to the day: posts that end with it do too, unless somebody else has them by then.

    Raises:
        NoEmployment: the person is not in service today or later.
        DayImpossible: the day is before the employment began.
    """
    number, row = _employment_now(connection, office, person)
    start, planned = rules.span_of(row)
    if start is not None and on < start:
        raise DayImpossible(warden=person.name, day=on, first=start, advice="start")
    lines = [Line(BookTable.EMPLOYMENT, number, rules.ended(row, on, why.value))]
    lines += rules.posts_over(book.of_person(connection, BookTable.POST, person.id), on, why.value)
    if planned is not None and planned < on:
        lines += _posts_again(connection, person.id, planned, on, why.value)
    for leave, away in book.of_person(connection, BookTable.LEAVE, person.id):
        if away["first_half"] >= on.isoformat():
            lines.append(Line(BookTable.LEAVE, leave, None))
    return lines


def stay(office: Office, actor: Actor, person: int) -> None:
    """Cancel a departure that is planned: the employment and the posts that would end with it go on.

    A post that somebody else has got by a handover stays theirs.

    Raises:
        NotPermitted: the operator does not keep the roster.
        UnknownWarden: no such person.
        NoEmployment: no departure is planned.
    """
    rights.check(office, actor, "roster", roster.MAY_EDIT)
    with office.database.writing() as connection:
        found = people.warden(connection, person, office.today())
        if found is None:
            raise UnknownWarden(word=str(person), near=[])
        number, row = _employment_now(connection, office, found)
        planned = rules.span_of(row)[1]
        if planned is None:
            raise NoEmployment(warden=found.name, advice="stays")
        goes_on = {**row, "ends_on": None, "why_ended": ""}
        lines = [Line(BookTable.EMPLOYMENT, number, goes_on), *_posts_again(connection, person, planned, None, "")]
        facts: dict[str, object] = {"code": found.code, "planned": planned.isoformat()}
        roster.record(connection, office, actor, "stay", (roster.PERSON, person), lines, facts, {"name": found.name})


def _employment_now(connection: Transaction, office: Office, person: people.WardenRow) -> tuple[int, dict[str, Any]]:
    """Return number and content of the employment that is not over yet.

    Raises:
        NoEmployment: there is none.
    """
    rows = book.of_person(connection, BookTable.EMPLOYMENT, person.id)
    found = [one for one in rows if rules.outlasts(one[1], office.today())]
    if not found:
        raise NoEmployment(warden=person.name)
    return found[-1]


def _posts_again(connection: Transaction, person: int, planned: date, until: date | None, why: str) -> list[Line]:
    """Return the lines by which posts that end with a planned departure go on, where the grid is there and the rank is free."""
    lines = []
    for number, row in book.of_person(connection, BookTable.POST, person):
        if row["ends_on"] != planned.isoformat() or row["starts_on"] >= row["ends_on"]:
            continue
        longer = {**row, "ends_on": until.isoformat() if until is not None else None, "why_ended": why}
        if row["grid_id"] is None or roster.is_free(connection, number, longer):
            lines.append(Line(BookTable.POST, number, longer))
    return lines


def check_day(
    connection: Transaction, office: Office, person: people.WardenRow, on: date, *, has_cases: bool = False
) -> None:  # fmt: skip
    """Refuse a day on which the person, or later, had a case in hand.

    Args:
        has_cases: the person has cases in hand today, and is to hand them over.

    Raises:
        DayImpossible: the day is too early.
    """
    days = [leaving.first_day_gone(connection, office, person.id), office.today() + timedelta(days=1) if has_cases else None]
    first = max((day for day in days if day is not None), default=on)
    if on < first:
        raise DayImpossible(warden=person.name, day=on, first=first, advice="held")


def check_deputising(connection: Transaction, person: people.WardenRow, on: date) -> None:
    """Refuse a day after which the person still stands in for somebody on leave.

    Raises:
        DeputyUnfit: with the name of who would be without a deputy.
    """
    for without, _ in book.deputised_from(connection, person.id, on):
        raise DeputyUnfit(warden=without, why=DeputyFlaw.DEPUTISES, person=person.name, advice="goes")


def write_departure(
    connection: Transaction, office: Office, actor: Actor, person: people.WardenRow, lines: Sequence[Line], on: date, why: WhyLeft
) -> None:  # fmt: skip
    """Write a departure: one entry for the person, and one for each post that ends with it."""
    posts = [line for line in lines if line.table is BookTable.POST]
    others = [line for line in lines if line.table is not BookTable.POST]
    facts: dict[str, object] = {"code": person.code, "on": on.isoformat(), "why": why.value}
    roster.record(connection, office, actor, "depart", (roster.PERSON, person.id), others, facts, {"name": person.name})
    for line in posts:
        said = {"warden_id": person.id, "grid_id": (line.row or {}).get("grid_id")}
        roster.record(connection, office, actor, "post_end", (roster.POST, line.number), [line], said)
