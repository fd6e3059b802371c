"""Personal data of a person, and erasing it by law, with the ledger's chain still sound.

Whoever turns to the office may ask what is kept and have it erased (PIPL 45, 47). Its own people are another matter: names and phones
in the registers, and who did what, stand for as long as the office must answer for its acts; those are listed and left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridconsole.archive.retiring import files_with_texts
from gridconsole.domain.access import PERSON_ERASERS, PERSON_REPORTERS
from gridconsole.domain.erasure import ENTRY, counted
from gridconsole.domain.errors import BadValue, PersonNotFound
from gridconsole.domain.ledger import ERASE
from gridconsole.domain.person import NOBODY, Person, Terms, name_terms, person, terms_of
from gridconsole.domain.text import mask_name, mask_text
from gridconsole.services import arrivals, daily_backup, drafts, rights
from gridconsole.services.privacy import reason_of
from gridconsole.store import attest, ledger, personal
from gridconsole.store.personal import Found

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.drafts import Draft
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

_REGISTERS = frozenset({"warden", "unit", "grid", "area", "component"})


@dataclass(frozen=True, slots=True)
class PersonReport:
    """Everything the office keeps of a person, by place; nothing of it in clear."""

    masked: str
    found: tuple[Found, ...]
    files: tuple[str, ...] = ()
    """Files of years that were taken out of the ledger with their personal texts: nobody here can look through them."""


def report(office: Office, actor: Actor, word: str) -> PersonReport:
    """Return where a person's data stands; the ledger says that somebody asked, for whom under a mask.

    Raises:
        NotPermitted: neither a shift leader nor an auditor.
        BadValue: too short for a number or a name.
        DatabaseBusy: an import is being written and does not come to its end.
    """
    rights.check(office, actor, "person_report", PERSON_REPORTERS)
    whom = _person(word)
    unsent = _found_drafts(office, whom)
    arrivals.finish_others(office)  # what is not yet written of an import cannot be looked through
    with office.database.writing() as connection:
        found = (*personal.find(connection, whom.terms), *unsent)
        entry = office.entry(actor, "person_report", {"found": len(found)}, {"person": whom.masked})  # fmt: skip
        ledger.append(connection, office.id, [entry])
        files = files_with_texts(connection, office)
    return PersonReport(whom.masked, found, files)


def _found_drafts(office: Office, whom: Person) -> tuple[Found, ...]:
    """Drafts on this machine, of this user of the system, as places that speak of a person."""
    found = ((draft, drafts.fields_naming(draft, whom.terms)) for draft in drafts.all_of(office))
    return tuple(
        Found(place="draft", key=0, label=draft.operator_name, case=draft.case, fields=fields, erasable=True)
        for draft, fields in found
        if fields
    )


def _person(word: str) -> Person:
    whom = person(word)
    if whom is None:
        # Whatever it is, it may be somebody's.
        raise BadValue(what="person", value=mask_name(mask_text(word)), expected="person")
    return whom


@dataclass(frozen=True, slots=True)
class Erasure:
    """Result of erasing a person, or a preview of it."""

    masked: str
    cases: tuple[str, ...]
    """Numbers of the cases whose texts lose the person."""
    entries: tuple[int, ...]
    """Numbers of the ledger entries that lose their personal text."""
    requests: int
    calls: int
    """Call-backs whose words lose the person."""
    tasks: int
    """Tasks whose notes or photos' names do."""
    orders: int
    """Orders whose requirement or answer does."""
    remarks: int
    """Hand-overs between shifts whose remarks do."""
    rejects: int
    """Rows put aside by imports."""
    images: int
    """Records of what imports changed."""
    kept: tuple[Found, ...]
    """What speaks of the person and stays: the registers of the office's own people, and who did what."""
    dry_run: bool
    files: tuple[str, ...] = ()
    """Files of years that were taken out of the ledger with their personal texts: nobody here can look through them."""
    drafts: int = 0
    """Texts on this machine that were typed and not sent; taken away whole."""
    backups: tuple[str, ...] = ()
    """Backups of this office beside the database and in the second place that still hold the person."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Rows by place and key, each with what has to go from it, and the cases that lose their reporter."""

    rows: dict[tuple[str, int], Terms]
    cases: tuple[str, ...]
    reported: tuple[str, ...]
    terms: dict[str, Terms]
    """What the person is recognised by in each case."""


def erase(
    office: Office, actor: Actor, word: str, numbers: Sequence[str] | None, reason: str, *, dry_run: bool = False
) -> Erasure:  # fmt: skip
    """Erase a person from cases, requests, ledger entries, and what imports put aside and remember, in one transaction.

    Where the person reported a case, name and phone go from all that belongs to it, whichever of them was given. Backups made
    before still hold them.

    Args:
        numbers: only these cases: a name may be several people's. What belongs to no case is then erased for numbers alone.
            None: everything.

    Raises:
        NotPermitted: no administrator; who works on cases, leads or inspects must not take their traces away.
        ReasonNeeded: no reason is given.
        BadValue: too short for a number or a name.
        PersonNotFound: there is nothing, or one of the cases does not speak of the person.
        DatabaseBusy: an import is being written and does not come to its end.
    """
    rights.check(office, actor, "person_erase", PERSON_ERASERS)
    words, whom = reason_of(reason, "person_erase"), _person(word)
    unsent = drafts.all_of(office)
    arrivals.finish_others(office)  # what is not yet written of an import would come after the erasure
    if dry_run:
        with office.database.reading() as connection:
            return _carry_out(
                connection, office, actor=actor, whom=whom, numbers=numbers, reason=words, unsent=unsent, dry_run=True
            )[0]
    with office.database.writing() as connection:
        erased, doomed = _carry_out(
            connection, office, actor=actor, whom=whom, numbers=numbers, reason=words, unsent=unsent, dry_run=False
        )
    for draft in doomed:
        drafts.remove(draft.id)
    # Until then the old pages stand in the log beside the file.
    office.database.empty_log()
    return erased


def _doomed(unsent: Sequence[Draft], plan: _Plan, whom: Person, numbers: Sequence[str] | None) -> tuple[Draft, ...]:
    """Drafts to take away: of the cases that are meant; those of no case for numbers alone, unless everything is meant."""
    return tuple(
        draft
        for draft in unsent
        if (numbers is None or (draft.case in numbers if draft.case else whom.is_number))
        and drafts.fields_naming(draft, plan.terms.get(draft.case, whom.terms))
    )


def _carry_out(
    connection: Transaction, office: Office, actor: Actor, whom: Person, numbers: Sequence[str] | None, reason: str,
    unsent: Sequence[Draft], *, dry_run: bool,
) -> tuple[Erasure, tuple[Draft, ...]]:  # fmt: skip
    found = personal.find(connection, whom.terms)
    in_drafts = {draft.case for draft in unsent if drafts.fields_naming(draft, whom.terms)}
    plan = _plan(connection, office, whom=whom, numbers=numbers, found=found, in_drafts=in_drafts)
    doomed = _doomed(unsent, plan, whom, numbers)
    if not (plan.rows or doomed):
        raise PersonNotFound(word=whom.masked)
    entries = tuple(sorted(personal.entry_number(connection, key) for place, key in plan.rows if place == "entry"))
    rows = Counter(place for place, _ in plan.rows)
    erased = Erasure(
        masked=whom.masked,
        cases=plan.cases,
        entries=entries,
        requests=rows["request"],
        calls=rows["call"],
        tasks=rows["task"],
        orders=rows["order"],
        remarks=rows["shift"],
        rejects=rows["reject"],
        images=rows["image"],
        kept=tuple(item for item in found if not item.erasable),
        dry_run=dry_run,
        files=files_with_texts(connection, office),
        drafts=len(doomed),
        backups=daily_backup.holding_since(office, min(entries, default=1)),
    )
    if dry_run:
        return erased, doomed
    for (place, key), terms in plan.rows.items():
        personal.take_out(connection, place, [key], terms)
    for number in plan.reported:
        personal.blank_reporter(connection, office.id, number)
    named = sorted({*entries, *attest.reattest(connection, office.id, entries)})
    covers = {**rows, ENTRY: len(named)} if named else dict(rows)
    facts = {
        **counted(covers), "cases": list(plan.cases), "entries": named, "requests": erased.requests, "calls": erased.calls, "tasks": erased.tasks,
        "orders": erased.orders, "remarks": erased.remarks, "rejects": erased.rejects, "images": erased.images, "drafts": erased.drafts,
    }  # fmt: skip
    everything = sum(plan.rows.values(), whom.terms)
    entry = office.entry(actor, ERASE, facts, {"reason": everything.removed_from(reason), "person": whom.masked})  # fmt: skip
    ledger.append(connection, office.id, [entry])
    return erased, doomed


def _plan(
    connection: Transaction, office: Office, whom: Person, numbers: Sequence[str] | None, found: Iterable[Found], in_drafts: Collection[str]
) -> _Plan:  # fmt: skip
    hits = [item for item in found if item.erasable]
    known = tuple(dict.fromkeys(item.case for item in hits if item.case))
    for number in numbers or ():
        if number not in known and number not in in_drafts:
            raise PersonNotFound(word=f"{whom.masked} {number}")
    cases = known if numbers is None else tuple(number for number in dict.fromkeys(numbers) if number in known)
    rows: dict[tuple[str, int], Terms] = {}
    reported: list[str] = []
    by_case: dict[str, Terms] = {}
    phones, names = NOBODY, NOBODY
    for number in cases:
        name, phone = personal.reporter(connection, office.id, number)
        terms = whom.terms
        if terms.are_in(name) or terms.are_in(phone):
            terms += terms_of(name, phone)
            phones, names = phones + terms_of("", phone), names + name_terms(name)
            reported.append(number)
        by_case[number] = terms
        for item in personal.find(connection, terms, case=number, erasable_only=True):
            rows[item.place, item.key] = terms
    # What belongs to no case: by numbers, which are one person's; by name only if all of that name is meant.
    strong = phones + (whom.terms if whom.is_number or numbers is None else NOBODY)
    kept = {(item.place, item.key) for item in found if item.place in _REGISTERS}
    for item in personal.find(connection, strong, erasable_only=True):
        if item.case or (item.place == "image" and personal.record_of_image(connection, item.key) in kept):
            # Of a case that was not named; or of a register, which stays, and whose import can then be taken back as before.
            continue
        rows[item.place, item.key] = strong + whom.terms + names
    return _Plan(rows, cases, tuple(reported), by_case)
