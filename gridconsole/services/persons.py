"""Find the personal data of a person, and erase it as the law requires, so that the ledger's hash chain stays valid.

A resident may ask which data the office stores, and may have it erased (PIPL 45, 47). The data of the
office's own staff is listed but not erased: names and phones in the registers, and the record of their acts. It is kept as long
as the office must account for its acts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridconsole.archive.retiring import files_with_texts
from gridconsole.domain.access import PERSON_ERASERS, PERSON_REPORTERS
from gridconsole.domain.erasure import ENTRY, REFS, REPORTS, SHORTEST_REF, case_digest, counted, ref_digest, report_digests
from gridconsole.domain.errors import BadValue, PersonNotFound
from gridconsole.domain.ledger import ERASE
from gridconsole.domain.person import NOBODY, Person, Terms, name_terms, person, phones_kept, terms_kept, terms_of
from gridconsole.domain.text import mask_name, mask_text, names_kept
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
    """All places where the office stores data of a person; nothing of it is unmasked."""

    masked: str
    found: tuple[Found, ...]
    files: tuple[str, ...] = ()
    """Files of retired years that hold personal texts. They lie outside the database and are not searched."""


def report(office: Office, actor: Actor, word: str, progress: personal.Progress = personal.silent) -> PersonReport:
    """Return the places that hold a person's data. A ledger entry records the query, with the person masked.

    Reading every text takes a while in a large office; others write meanwhile.

    Raises:
        NotPermitted: the operator is neither a shift leader nor an auditor.
        BadValue: the word is too short for a number or a name.
        DatabaseBusy: an import is still being written after a minute.
    """
    rights.check(office, actor, "person_report", PERSON_REPORTERS)
    whom = _person(word)
    unsent = _found_drafts(office, whom)
    arrivals.finish_others(office)  # the unwritten part of an import cannot be searched
    with office.database.reading() as connection:
        found = (*personal.find(connection, whom.terms, progress=progress), *unsent)
        files = files_with_texts(connection, office)
    with office.database.writing() as connection:
        ledger.append(
            connection, office.id, [office.entry(actor, "person_report", {"found": len(found)}, {"person": whom.masked})]
        )
    return PersonReport(whom.masked, found, files)


def _found_drafts(office: Office, whom: Person) -> tuple[Found, ...]:
    """Return the drafts of this machine and operating-system user that mention a person, as found places."""
    found = ((draft, drafts.fields_naming(draft, whom.terms)) for draft in drafts.all_of(office))
    return tuple(
        Found(place="draft", key=0, label=draft.operator_name, case=draft.case, fields=fields, erasable=True)
        for draft, fields in found
        if fields
    )


def _person(word: str) -> Person:
    whom = person(word)
    if whom is None:
        # Masked: the word may be personal data even if it is neither a number nor a name.
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
    """Call-backs whose texts lose the person."""
    tasks: int
    """Tasks whose notes or names of photos lose the person."""
    orders: int
    """Orders whose requirement or answer loses the person."""
    remarks: int
    """Handovers whose remarks lose the person."""
    rejects: int
    """Rejected rows of imports that lose the person."""
    images: int
    """Records of changes by imports that lose the person."""
    kept: tuple[Found, ...]
    """Places that mention the person and are not erased: the registers of the office's staff, and the record of their acts."""
    dry_run: bool
    files: tuple[str, ...] = ()
    """Files of retired years that hold personal texts. They lie outside the database and are not searched."""
    drafts: int = 0
    """Drafts on this machine that mention the person; they are deleted as a whole."""
    backups: tuple[str, ...] = ()
    """Names of backups beside the database and in the second place, and of replaced files, that may still hold the person."""


_NUMBERED = re.compile("编号$|单号$|任务号$|^号$")
"""Headings of numbers that a list gives its reports."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Rows to change by place and key, each with the terms to remove, and the cases that lose their reporter."""

    rows: dict[tuple[str, int], Terms]
    cases: tuple[str, ...]
    reported: tuple[str, ...]
    terms: dict[str, Terms]
    """Terms that identify the person, by case."""
    refs: frozenset[str] = frozenset()
    """Numbers of the person's reports in their lists."""
    reports: frozenset[str] = frozenset()
    """Digests of the person with what was reported."""


def erase(
    office: Office, actor: Actor, word: str, numbers: Sequence[str] | None, reason: str, *, dry_run: bool = False
) -> Erasure:  # fmt: skip
    """Erase a person from cases, requests, ledger entries, and the rejects and change records of imports, in one transaction.

    If the person reported a case, both name and phone are erased from all that belongs to it, whichever of them was given. Drafts
    that mention the person are deleted afterwards. Earlier backups still hold the data.

    Args:
        numbers: erase only from these cases, because several people may have the same name. Data of no case is then erased only
            if the word is a number, or by the phone of a reporter. None: erase everywhere.

    Raises:
        NotPermitted: the operator is no administrator. Other roles could erase the traces of their own work.
        ReasonNeeded: no reason is given.
        BadValue: the word is too short for a number or a name.
        PersonNotFound: nothing was found, or one of the cases does not mention the person.
        DatabaseBusy: an import is still being written after a minute.
    """
    rights.check(office, actor, "person_erase", PERSON_ERASERS)
    words, whom = reason_of(reason, "person_erase"), _person(word)
    unsent = drafts.all_of(office)
    arrivals.finish_others(office)  # the unwritten part of an import would be added after the erasure
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
    # Until the log is emptied, it still holds the old pages.
    office.database.empty_log()
    return erased


def _doomed(unsent: Sequence[Draft], plan: _Plan, whom: Person, numbers: Sequence[str] | None) -> tuple[Draft, ...]:
    """Return the drafts to delete: those of the chosen cases; those of no case only if the word is a number or all is erased."""
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
    facts: dict[str, object] = {
        **counted(covers), "cases": list(plan.cases), "entries": named, "requests": erased.requests, "calls": erased.calls, "tasks": erased.tasks,
        "orders": erased.orders, "remarks": erased.remarks, "rejects": erased.rejects, "images": erased.images, "drafts": erased.drafts,
    }  # fmt: skip
    if plan.refs:
        facts[REFS] = sorted(map(ref_digest, plan.refs))
    if plan.reports:
        facts[REPORTS] = sorted(plan.reports)
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
    refs: set[str] = set()
    reports: frozenset[str] = frozenset()
    keys: dict[str, int] = {}
    for number in cases:
        said = personal.reporter(connection, office.id, number)
        keys[number], name, phone = said.key, said.name, said.phone
        by_case[number] = whom.terms
        if whom.terms.are_in(name) or whom.terms.are_in(phone):
            by_case[number] += terms_of(name, phone) + terms_kept(said.extra)
            phones, names = phones + terms_of("", phone), names + name_terms(name)
            reported.append(number)
            refs.add(said.source_ref)
            reports |= report_digests((name, phone), (said.text, number)) | case_digest(number)
    for number, key in keys.items():
        # Another's case that has the person's number may have the name beside it.
        by_case[number] += names
        for item in personal.find_in_case(connection, by_case[number], key):
            rows[item.place, item.key] = by_case[number]
    # Data of no case is found by numbers, which belong to one person, and by name only if everything with the name is erased.
    strong = phones + (whom.terms if whom.is_number or numbers is None else NOBODY)
    kept = {(item.place, item.key) for item in found if item.place in _REGISTERS}
    for item in personal.find(connection, strong, erasable_only=True):
        if item.case or personal.record_of(connection, item.place, item.key) in kept:
            # Skip data of other cases, and change records and entries of register rows: registers stay, and so does their history.
            continue
        terms = strong + whom.terms + names
        if item.place == "reject":
            # The row's own texts may name its reporter: they are masked as those of a case are.
            cells = personal.rejected_cells(connection, item.key)
            names_there, phones_there = names_kept(cells), phones_kept(cells)
            terms = sum(map(name_terms, names_there), terms) + terms_kept(cells)
            reports |= report_digests((*names_there, *phones_there), cells.values())
            refs |= {value for heading, value in cells.items() if _NUMBERED.search(heading)}
        rows[item.place, item.key] = terms
    return _Plan(rows, cases, tuple(reported), by_case, frozenset(ref for ref in refs if len(ref) >= SHORTEST_REF), reports)
