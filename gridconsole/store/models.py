"""Models of registers whose rows are read, changed and removed one at a time, over the declared tables (SQLModel).

Importing SQLModel takes 0.2 s, so only commands that keep such a register import this module.
"""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from gridconsole.store.tables.imports import mapping_profile


class MappingProfile(SQLModel, table=True):
    """A saved mapping of a sheet's headings to fields."""

    __table__ = mapping_profile
    name: str = Field(sa_column=mapping_profile.c.name)
    kind: str = Field(sa_column=mapping_profile.c.kind)
    fingerprint: str = Field(sa_column=mapping_profile.c.fingerprint)
    mapping: str = Field(sa_column=mapping_profile.c.mapping)
    """JSON, field by heading."""
