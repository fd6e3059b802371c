"""Saved mapping profiles: the field that each heading of an imported sheet means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.ledger import canonical
from gridconsole.store.types import decoded


@dataclass(frozen=True, slots=True)
class Profile:
    """A mapping of a sheet's headings to fields."""

    name: str
    kind: str
    fingerprint: str
    """Fingerprint of the sheet's headings; a sheet with the same headings is recognised automatically."""
    mapping: Mapping[str, str]


_SAVE = sa.text(
    "INSERT INTO mapping_profile (name, kind, fingerprint, mapping) VALUES (:name, :kind, :fingerprint, :mapping)"
    " ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, fingerprint = excluded.fingerprint, mapping = excluded.mapping"
)
_ALL = sa.text("SELECT name, kind, fingerprint, mapping FROM mapping_profile ORDER BY name")
_DELETE = sa.text("DELETE FROM mapping_profile WHERE name = :name RETURNING name")


def save(connection: sa.Connection, profile: Profile) -> None:
    """Store a profile; one of the same name is replaced."""
    values = {
        "name": profile.name,
        "kind": profile.kind,
        "fingerprint": profile.fingerprint,
        "mapping": canonical(profile.mapping),
    }
    connection.execute(_SAVE, values)


def profiles(connection: sa.Connection) -> tuple[Profile, ...]:
    """Return every profile, by name."""
    return tuple(map(_profile, connection.execute(_ALL)))


def _profile(row: Any) -> Profile:
    return Profile(row.name, row.kind, row.fingerprint, decoded(row.mapping, "import_profile.mapping"))


def delete(connection: sa.Connection, name: str) -> bool:
    """Delete a profile; return False if there was none."""
    return connection.execute(_DELETE, {"name": name}).first() is not None
