"""Profiles: the meaning of a sheet's headings, saved once and recognised in later imports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gridconsole.domain.errors import BadValue, HeaderMissing, UnknownWord
from gridconsole.domain.text import clean_line
from gridconsole.importing import sources
from gridconsole.importing.header_search import check_fields, wanted_of
from gridconsole.importing.kinds import KINDS, kind_named
from gridconsole.importing.options import Options
from gridconsole.importing.plan import Plan
from gridconsole.importing.rows import HEADER_ROWS, find_header, top_of
from gridconsole.services import rights
from gridconsole.store import ledger, profiles
from gridconsole.store.profiles import Profile

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office


def learn(office: Office, actor: Actor, name: str, kind: str, path: Path, options: Options) -> Profile:
    """Save the meaning of a file's headings: those the program knows and those the clerk gives.

    Raises:
        UnknownWord: no such kind, or a field it does not have.
        BadValue: the name is empty.
        HeaderMissing: no sheet has the kind's header, even with the clerk's mapping.
        Unreadable: the file is no table.
    """
    rights.check(office, actor, "columns", Plan.may_import)
    title = clean_line(name, 40)
    if not title:
        raise BadValue(what="name", value=name, expected="text")
    kind = kind_named(kind)
    columns = KINDS[kind].columns
    check_fields(kind, options.mapping.values())
    source = sources.load(path)
    for sheet in sources.sheets(source, options.encoding):
        top = top_of(sheet, max(HEADER_ROWS, options.header_row or 0))
        header = find_header(top, columns, merged=sheet.merged, header_row=options.header_row, mapping=options.mapping)
        if header is None or (options.sheet is not None and sheet.name != options.sheet):
            continue
        mapping = {header.written[position]: column.name for position, column in header.columns.items()}
        profile = Profile(title, kind, header.fingerprint, mapping)
        with office.database.writing() as connection:
            profiles.save(connection, profile)
            facts = {"name": title, "kind": kind, "mapping": mapping}
            entry = office.entry(actor, "profile_save", facts, about=("profile", 0))
            ledger.append(connection, office.id, [entry])
        return profile
    raise HeaderMissing(file=source.name, wanted=wanted_of(kind), found="")


def named(office: Office, name: str) -> Profile:
    """Return a profile by its name.

    Raises:
        UnknownWord: there is none.
    """
    with office.database.reading() as connection:
        known = profiles.profiles(connection)
    for profile in known:
        if profile.name == name:
            return profile
    raise UnknownWord(what="profile", word=name, choices=[profile.name for profile in known])


def forget(office: Office, actor: Actor, name: str) -> None:
    """Delete a profile.

    Raises:
        UnknownWord: there is none.
    """
    rights.check(office, actor, "columns", Plan.may_import)
    named(office, name)
    with office.database.writing() as connection:
        profiles.delete(connection, name)
        entry = office.entry(actor, "profile_delete", {"name": name}, about=("profile", 0))
        ledger.append(connection, office.id, [entry])
