"""Find grids, categories, handlers and wardens by a typed word: a code, a name or pinyin initials."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from gridconsole.domain.catalogue import Category
from gridconsole.domain.errors import GridClosed, UnknownCategory, UnknownGrid, UnknownHandler, UnknownWarden, UnknownWord
from gridconsole.domain.search_words import folded
from gridconsole.domain.text import clean_line, fold_width
from gridconsole.language.pinyin import spell_person, spell_place
from gridconsole.store import catalogue, grid_versions, people, places

if TYPE_CHECKING:
    from datetime import date

    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

T = TypeVar("T")


MOST_NEAR = 5
"""Most names that a refusal suggests."""


def near(word: str, names: Iterable[str], most: int = 3) -> list[str]:
    """Return the names most similar to a word: those that contain it, then those spelt alike."""
    distinct = list(dict.fromkeys(names))
    containing = [name for name in distinct if word and word in name]
    alike = difflib.get_close_matches(word, distinct, n=most, cutoff=0.5)
    return list(dict.fromkeys([*containing, *alike]))[:most]


def contains(query: str, *fields: str) -> bool:
    """Return whether the fields contain every word of a query; width, case, and the kinds of dots in names are equal."""
    haystack = folded("\n".join(fields))
    return all(word in haystack for word in folded(query).split())


def matches(query: str, *fields: str) -> bool:
    """Return whether the fields (names, codes) contain every word of a query, as they are or in pinyin: whole or as initials.

    The one matcher of every list and chooser of names. Texts of cases are searched by the index, which knows the same words.
    """
    if not query:
        return True
    haystack = folded("\n".join(fields))
    left = [word for word in folded(query).split() if word not in haystack]
    if not left:
        return True
    if not all(word.isascii() and word.isalnum() for word in left):
        return False
    spelt = "\n".join(spellings(field) for field in fields if not field.isascii())
    return all(word in spelt for word in left)


@lru_cache(16_384)
def spellings(name: str) -> str:
    """Return a name in pinyin, whole and as initials, in each of its readings, one on a line."""
    readings = [*spell_place(name), *spell_person(name)]
    return "\n".join(
        dict.fromkeys(text.lower() for one in readings for text in ("".join(one), "".join(part[:1] for part in one)))
    )


def spelt_as(word: str, fields: Iterable[str]) -> tuple[str, str] | None:
    """Return the first field that a word of letters spells, and how: ``initials`` or ``pinyin``; None if it spells none."""
    for field in fields:
        if not field.isascii() and word in spellings(field):
            readings = (*spell_place(field), *spell_person(field))
            initials = {"".join(part[:1] for part in reading).lower() for reading in readings}
            return field, "initials" if any(word in one for one in initials) else "pinyin"
    return None


def match_handler(word: str, known: Sequence[tuple[str, str, T]]) -> T:
    """Find a handler by code, by name, or by a part of a name, or its pinyin, that only one handler has.

    Raises:
        UnknownHandler: no handler fits the word, or several do.
    """
    exact = [handler for code, name, handler in known if word in (code, name)]
    if len(exact) == 1:
        return exact[0]
    partial = [handler for _, name, handler in known if word and word in name]
    if not exact and len(partial) == 1:
        return partial[0]
    spelt = [handler for _, name, handler in known if word.isascii() and matches(word, name)]
    if not exact and not partial and len(spelt) == 1:
        return spelt[0]
    found = exact or ((*partial, *spelt) if word else ())
    likely = [name for _, name, handler in known if handler in found][:MOST_NEAR]
    raise UnknownHandler(word=word, near=likely or near(word, [name for _, name, _ in known]))


def find_grid(office: Office, word: str) -> places.GridChoice:
    """Find a grid by code or name; the name of the subdistrict may stand in front.

    Raises:
        UnknownGrid: no such grid.
        UnknownWord: several grids of different subdistricts have the name.
        GridClosed: it is no more.
    """
    wanted = fold_width(clean_line(word))
    with office.database.reading() as connection:
        known = places.grid_choices(connection)
        found = [choice for choice in known if choice.code == wanted] or [choice for choice in known if choice.name == wanted]
        if len(found) != 1:
            areas = {area.id: area for area in places.areas(connection)}
            full = {choice.id: _full_name(choice, areas) for choice in found or known}
            if found:
                raise UnknownWord(what="grid", word=wanted, choices=[f"{choice.code}({full[choice.id]})" for choice in found])
            found = [choice for choice in known if full[choice.id] == wanted]
        if found:
            return found[0]
        for gone in grid_versions.closed_grids(connection):
            if wanted in (gone.code, gone.name):
                raise grid_closed(connection, gone.id, gone.name, gone.ended_on)
    raise UnknownGrid(word=wanted, near=near(wanted, [choice.name for choice in known]))


def _full_name(choice: places.GridChoice, areas: Mapping[int, places.AreaRow]) -> str:
    """Return the name of a grid behind that of the area above its community."""
    above = areas[choice.area_id].parent_id
    return f"{areas[above].name if above is not None else ''}{choice.name}"


def find_area(office: Office, word: str) -> int:
    """Find a division by code or name; returns its key.

    Raises:
        UnknownWord: there is none, or more than one.
    """
    said = fold_width(clean_line(word, 60))
    with office.database.reading() as connection:
        areas = places.areas(connection)
    found = [area for area in areas if said in (area.code, area.name)]
    if len(found) == 1:
        return found[0].id
    likely = [f"{area.code}({area.name})" for area in found] or near(said, [area.name for area in areas])
    raise UnknownWord(what="area", word=said, choices=likely)


def find_unit(office: Office, word: str) -> int:
    """Find a unit by code or name; returns its key.

    Raises:
        UnknownHandler: no unit fits the word, or several do.
    """
    with office.database.reading() as connection:
        units = people.units(connection)
    return match_handler(fold_width(clean_line(word, 60)), [(unit.code, unit.name, unit.id) for unit in units])


def grid_closed(connection: Transaction, key: int, name: str, day: date) -> GridClosed:
    """Return the refusal of a grid that is no more, with what it became."""
    into = [one for one in grid_versions.successors(connection, key) if one != key]
    return GridClosed(grid=name, day=day, names=places.names_of(connection, into))


def find_person(office: Office, word: str, grid_id: int | None = None) -> int:
    """Find a person on the roster by number or name; of several of one name the one posted on a grid. Returns the key.

    Raises:
        UnknownWord: several are left, or there is none but some are called similarly.
        UnknownWarden: there is none.
    """
    said = fold_width(clean_line(word, 60))
    with office.database.reading() as connection:
        found = people.person_called(connection, said, grid_id, office.today())
        if found is not None:
            return found
        roster = people.wardens(connection, office.today())
    of_name = [f"{person.code}({person.name})" for person in roster if person.name == said]
    called = {word: f"{person.code}({person.name})" for person in roster for word in (person.name, person.code)}
    likely = of_name or list(dict.fromkeys(called[word] for word in near(said, called)))
    if not likely:
        raise UnknownWarden(word=said, near=[])
    raise UnknownWord(what="warden", word=said, choices=likely)


_CODE = re.compile(r"(部件|事件|component|event)?[-_ ]?(\d{2})-?(\d{2,3})")


def categories_by_code(word: str, known: Iterable[Category]) -> list[Category]:
    """Return the categories with a code (``部件01-01``, ``event-01-10``, ``0101``).

    There are several if both kinds, or two standards, have the code.
    """
    code = _CODE.fullmatch(word)
    if code is None:
        return []
    kind = {"部件": "component", "事件": "event"}.get(code[1] or "", code[1])
    return [
        item for item in known if (item.major_code, item.minor_code) == (code[2], code[3]) and kind in (None, item.kind.value)
    ]


def find_category(office: Office, word: str) -> Category:
    """Find a category by name, or by code (``部件01-01``, ``event-01-10``).

    Raises:
        UnknownCategory: no category fits the word, or several do.
    """
    wanted = fold_width(clean_line(word))
    with office.database.reading() as connection:
        known = [choice.category for choice in catalogue.categories(connection)]
    found = [category for category in known if category.minor_name == wanted] or categories_by_code(wanted, known)
    if len(found) == 1:
        return found[0]
    words = [f"{item.minor_name}({item.kind.value}-{item.code})" for item in found]
    raise UnknownCategory(word=wanted, near=words or near(wanted, [item.minor_name for item in known]))
