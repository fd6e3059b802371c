"""Saved mapping profiles: the field that each heading of an imported sheet means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, select

from gridconsole.domain.ledger import canonical
from gridconsole.store.models import MappingProfile
from gridconsole.store.tables.imports import mapping_profile
from gridconsole.store.types import decoded


@dataclass(frozen=True, slots=True)
class Profile:
    """A mapping of a sheet's headings to fields."""

    name: str
    kind: str
    fingerprint: str
    """Fingerprint of the sheet's headings; a sheet with the same headings is recognised automatically."""
    mapping: Mapping[str, str]


def save(connection: sa.Connection, profile: Profile) -> None:
    """Store a profile; one of the same name is replaced."""
    mapping = canonical(profile.mapping)
    with Session(bind=connection) as session:
        session.merge(MappingProfile(name=profile.name, kind=profile.kind, fingerprint=profile.fingerprint, mapping=mapping))
        session.flush()


def profiles(connection: sa.Connection) -> tuple[Profile, ...]:
    """Return every profile, by name."""
    with Session(bind=connection) as session:
        return tuple(map(_profile, session.exec(select(MappingProfile).order_by(mapping_profile.c.name))))


def _profile(row: MappingProfile) -> Profile:
    return Profile(row.name, row.kind, row.fingerprint, decoded(row.mapping, "import_profile.mapping"))


def delete(connection: sa.Connection, name: str) -> bool:
    """Delete a profile; return False if there was none."""
    with Session(bind=connection) as session:
        found = session.get(MappingProfile, name)
        if found is not None:
            session.delete(found)
            session.flush()
        return found is not None
