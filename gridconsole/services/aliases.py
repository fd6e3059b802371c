"""Aliases of categories: words that people say (暴露垃圾), shipped with the program and edited by the office."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gridconsole.domain.errors import BadValue, UnknownCategory, UnknownWord
from gridconsole.domain.states import Role
from gridconsole.domain.suggestion import Lexicon
from gridconsole.domain.text import clean_line, fold_width
from gridconsole.resources import data_path
from gridconsole.services import lookup, rights
from gridconsole.store import catalogue, ledger
from gridconsole.store import offices as office_rows

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

SETTING = "aliases"
"""Key in the office's settings: minor categories by word; an empty list takes a shipped alias away."""
KEEPERS = frozenset({Role.CLERK, Role.SHIFT_LEADER, Role.ACCEPTOR})
LONGEST, MOST = 20, 2_000


@lru_cache
def shipped() -> Mapping[str, tuple[str, ...]]:
    """Return the aliases that come with the program."""
    found: dict[str, list[str]] = {}
    with data_path("catalogues", "aliases.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["word"], []).append(row["minor"])
    return {word: tuple(minors) for word, minors in found.items()}


def in_force(settings: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the aliases of an office: the shipped ones with its own changes, without those taken away."""
    own = {word: tuple(minors) for word, minors in settings.get(SETTING, {}).items()}
    return {word: minors for word, minors in {**shipped(), **own}.items() if minors}


def synonyms(connection: Transaction) -> dict[str, tuple[str, ...]]:
    """Return the aliases in force, for a search: its words may be what people say."""
    return in_force(office_rows.office(connection).settings)


def lexicon(office: Office) -> Lexicon:
    """Return the words by which categories are suggested; read from the database."""
    with office.database.reading() as connection:
        settings = office_rows.office(connection).settings
        categories = [choice.category for choice in catalogue.categories(connection)]
    return Lexicon.of(categories, in_force(settings))


def words_of(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the aliases of each minor category, joined by blanks: a list of categories is also searched by them."""
    found: dict[str, list[str]] = {}
    for word, minors in in_force(settings).items():
        for minor in minors:
            found.setdefault(minor, []).append(word)
    return {minor: " ".join(words) for minor, words in found.items()}


def change(office: Office, actor: Actor, word: str, minors: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Set the minor categories that a word stands for, or take the word away; returns the aliases in force.

    Raises:
        NotPermitted: the operator keeps no aliases.
        BadValue: the word is empty or too long, or there are too many.
        UnknownCategory: no such minor category.
        UnknownWord: the word to take away is no alias.
    """
    rights.check(office, actor, "alias", KEEPERS)
    said = fold_width(clean_line(word, LONGEST + 1))
    if not 2 <= len(said) <= LONGEST:
        raise BadValue(what="alias", value=said or word, expected="alias")
    with office.database.reading() as connection:
        names = {choice.category.minor_name for choice in catalogue.categories(connection)}
    chosen = []
    for minor in minors:
        name = fold_width(clean_line(minor))
        if name not in names:
            raise UnknownCategory(word=name, near=lookup.near(name, sorted(names)))
        chosen.append(name)
    with office.database.writing() as connection:
        settings = dict(office_rows.office(connection).settings)
        if not chosen and said not in (present := in_force(settings)):
            raise UnknownWord(what="alias", word=said, choices=lookup.near(said, sorted(present)))
        own = {**settings.get(SETTING, {}), said: chosen}
        if not chosen and said not in shipped():
            own.pop(said)
        if len(own) > MOST:
            raise BadValue(what="alias", value=str(len(own)), expected=f"0-{MOST}")
        settings[SETTING] = own
        office_rows.put_settings(connection, office.id, settings)
        ledger.append(connection, office.id, [office.entry(actor, "alias_set", {"word": said, "minors": chosen})])
    return in_force(settings)
