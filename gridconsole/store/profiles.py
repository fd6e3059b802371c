"""Saved meanings of somebody's headings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.ledger import canonical
from gridconsole.store.types import decoded


@dataclass(frozen=True, slots=True)
class Profile:
    """Which heading of a sheet is which field."""

    name: str
    kind: str
    fingerprint: str
    """Of the sheet's headings; a sheet with the same ones is recognised by itself."""
    mapping: Mapping[str, str]


_SAVE = sa.text(
    "INSERT INTO mapping_profile (name, kind, fingerprint, mapping) VALUES (:name, :kind, :fingerprint, :mapping)"
    " ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, fingerprint = excluded.fingerprint, mapping = excluded.mapping"
)
_ALL = sa.text("SELECT name, kind, fingerprint, mapping FROM mapping_profile ORDER BY name")
_DELETE = sa.text("DELETE FROM mapping_profile WHERE name = :name RETURNING name")


def save(connection: sa.Connection, profile: Profile) -> None:
    """Keep a profile, in place of one of the same name."""
    values = {
        "name": profile.name,
        "kind": profile.kind,
        "fingerprint": profile.fingerprint,
        "mapping": canonical(profile.mapping),
    }
    connection.execute(_SAVE, values)


def profiles(connection: sa.Connection) -> tuple[Profile, ...]:
    """Every profile, by name."""
    return tuple(map(_profile, connection.execute(_ALL)))


def _profile(row: Any) -> Profile:
    return Profile(row.name, row.kind, row.fingerprint, decoded(row.mapping, "import_profile.mapping"))


def delete(connection: sa.Connection, name: str) -> bool:
    """Forget a profile; False if there was none."""
    return connection.execute(_DELETE, {"name": name}).first() is not None
