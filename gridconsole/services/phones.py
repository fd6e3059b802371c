"""Show whom to ring about a case: the reporter, its handlers, the wardens of its grid; the ledger records who saw them and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from gridconsole.domain.access import UNMASK_SECONDS
from gridconsole.domain.codes import HandlerKind
from gridconsole.domain.parties import Handler
from gridconsole.domain.text import mask_name, mask_phone
from gridconsole.language import t
from gridconsole.services import privacy, rights
from gridconsole.services.case_queries import load_case
from gridconsole.services.unmasking import SUBJECT
from gridconsole.store import ledger, phones

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction


class Place(StrEnum):
    """Places of the console from which phones are shown; each has a fixed reason, ``phones.reason.NAME``."""

    CASE = "case"
    DISPATCH = "dispatch"
    TASK = "task"
    CALL_BACK = "call_back"


class Whose(StrEnum):
    """Parties with a phone."""

    REPORTER = "reporter"
    UNIT = "unit"
    WARDEN = "warden"


@dataclass(frozen=True, slots=True)
class Contact:
    """A phone with whose it is."""

    whose: Whose
    name: str
    phone: str
    contact: str = ""
    """Name of a unit's contact."""
    note: str = ""
    """Rank of a warden's post on the grid."""
    stands_in_for: str = ""
    """Name of the warden on leave whose deputy this is."""
    is_always_there: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """Phones around a case."""

    contacts: tuple[Contact, ...]
    seconds: int
    """Seconds for which they may be shown; 0 if those of people are masked and may stay."""


def show(office: Office, actor: Actor, number: str, place: Place, handlers: Collection[Handler] = ()) -> Shown:
    """Return the phones around a case: those of people unmasked for roles that may see them, which the ledger records.

    Other roles see the duty phones of units, and those of people masked; nothing is recorded.

    Args:
        place: where they are asked for, which gives the reason.
        handlers: handlers that are being chosen from, besides the present one.

    Raises:
        UnknownIncident: no such number.
    """
    if not privacy.may_unmask(office, actor):
        with office.database.reading() as connection:
            contacts = _contacts(connection, office, number, handlers)
        return Shown(tuple(map(_masked, contacts)), 0)
    with office.database.writing() as connection:
        privacy.check_may_unmask(connection, actor)
        case = load_case(connection, office, number)
        contacts = _contacts(connection, office, number, handlers)
        facts: dict[str, object] = {"number": number, "seconds": UNMASK_SECONDS, "place": place.value}
        said = {"reason": t(f"phones.reason.{place.value}")}
        ledger.append(connection, office.id, [office.entry(actor, "unmask", facts, said, about=(SUBJECT, case.id))])
    return Shown(contacts, UNMASK_SECONDS)


def public_phone(phone: str) -> str:
    """Return the phone of a unit as everybody may see it: a fixed line whole, a mobile phone masked."""
    is_mobile = mask_phone(phone) != phone and phone.startswith("1")
    return mask_phone(phone) if is_mobile else phone


def of_handlers(connection: Transaction, handlers: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Return the phones of units and people as everybody may see them, by the kind and the key of each."""
    found = phones.by_handler(connection, handlers)
    return {key: public_phone(phone) if key[0] == HandlerKind.UNIT.value else mask_phone(phone) for key, phone in found.items()}


class Register(StrEnum):
    """Registers whose rows have a phone, or people with one; each has a fixed reason, ``phones.reason.NAME``."""

    UNIT = "unit"
    WARDEN = "warden"
    GRID = "grid"


def show_of(office: Office, actor: Actor, register: Register, key: int, code: str) -> Shown:
    """Return the whole phones of a unit, of a person, or of those responsible for a grid, which the ledger records.

    Args:
        code: name of the row for the ledger: the code of a unit or a grid, the number of a person.

    Raises:
        NotPermitted: none of the operator's roles may unmask.
    """
    with rights.recording_denials(office, actor), office.database.writing() as connection:
        privacy.check_may_unmask(connection, actor)
        contacts = tuple(_READERS[register](connection, office, key))
        said = {"reason": t(f"phones.reason.{register.value}")}
        facts: dict[str, object] = {register.value: code, "seconds": UNMASK_SECONDS}
        ledger.append(connection, office.id, [office.entry(actor, "unmask", facts, said)])
    return Shown(contacts, UNMASK_SECONDS)


def _of_register(connection: Transaction, _: Office, key: int) -> list[Contact]:
    return [_of_unit(one) for one in phones.of_units(connection, [key])]


def _of_person(connection: Transaction, _: Office, key: int) -> list[Contact]:
    return [Contact(Whose.WARDEN, one.name, one.phone) for one in phones.of_wardens(connection, [key])]


def _of_grid(connection: Transaction, office: Office, key: int) -> list[Contact]:
    found = phones.of_grid(connection, key, office.half_day())
    return [Contact(Whose.WARDEN, one.name, one.phone, note=one.note, stands_in_for=one.stands_in_for) for one in found]


_READERS: Mapping[Register, Callable[[Transaction, Office, int], list[Contact]]] = {
    Register.UNIT: _of_register,
    Register.WARDEN: _of_person,
    Register.GRID: _of_grid,
}


def _of_unit(one: phones.Numbers) -> Contact:
    return Contact(Whose.UNIT, one.name, one.phone, one.contact, is_always_there=one.is_always_there)


def _contacts(connection: Transaction, office: Office, number: str, handlers: Collection[Handler]) -> tuple[Contact, ...]:
    loaded = load_case(connection, office, number)
    present = (loaded.case.handler,) if loaded.case.handler is not None else ()
    every = {(handler.kind, handler.id) for handler in (*present, *handlers)}
    units = phones.of_units(connection, [key for kind, key in every if kind is HandlerKind.UNIT])
    wardens = phones.of_wardens(connection, [key for kind, key in every if kind is HandlerKind.WARDEN])
    reporter, grid = phones.reporter_of(connection, loaded.id)
    of_grid = _of_grid(connection, office, grid) if grid is not None else []
    named = {one.name for one in of_grid}
    found = [
        *map(_of_unit, units),
        *(Contact(Whose.WARDEN, one.name, one.phone) for one in wardens if one.name not in named),
        *of_grid,
    ]
    if reporter.phone or reporter.name:
        found.insert(0, Contact(Whose.REPORTER, reporter.name, reporter.phone))
    return tuple(found)


def _masked(contact: Contact) -> Contact:
    """Mask a person's phone; the fixed line of a unit is for everybody."""
    if contact.whose is Whose.UNIT:
        return replace(contact, phone=public_phone(contact.phone))
    name = mask_name(contact.name) if contact.whose is Whose.REPORTER else contact.name
    return replace(contact, name=name, phone=mask_phone(contact.phone))
