"""Categories and filing rules."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.catalogue import Category, FilingRule, Limit, Milestone
from gridconsole.domain.codes import CategoryKind
from gridconsole.store.tables.columns import some
from gridconsole.store.tables.registers import category as category_table
from gridconsole.store.tables.registers import filing_rule
from gridconsole.store.types import coded, decoded

_CATEGORY = tuple(
    category_table.c[name]
    for name in ("id", "standard", "kind", "major_code", "major_name", "minor_code", "minor_name", "is_local")
)
_CATEGORIES = sa.select(*_CATEGORY, category_table.c.initials).order_by(
    category_table.c.standard, category_table.c.kind, category_table.c.major_code, category_table.c.minor_code
)
_ONE_CATEGORY = sa.select(*_CATEGORY).where(category_table.c.id == sa.bindparam("id"))
RULE_COLUMNS = (*some(filing_rule, "id category_id condition milestones close_condition"), category_table.c.standard)
"""Columns of a rule and its category, in the order of :func:`rule_of`."""
_RULES = (
    sa.select(*RULE_COLUMNS)
    .join_from(filing_rule, category_table, category_table.c.id == filing_rule.c.category_id)
    .where(filing_rule.c.category_id == sa.bindparam("category"), filing_rule.c.active == sa.literal_column("1"))
    .order_by(filing_rule.c.id)
)


@dataclass(frozen=True, slots=True)
class CategoryChoice:
    """A category with the fields that type-ahead needs."""

    category: Category
    initials: str
    """Initials of the name's pinyin."""


def categories(connection: sa.Connection) -> tuple[CategoryChoice, ...]:
    """Return the whole catalogue."""
    return tuple(CategoryChoice(_category(row), row.initials) for row in connection.execute(_CATEGORIES))


def category(connection: sa.Connection, key: int) -> Category | None:
    """Return a category; None if there is none with this key."""
    row = connection.execute(_ONE_CATEGORY, {"id": key}).first()
    return None if row is None else _category(row)


def rules(connection: sa.Connection, category_id: int) -> tuple[FilingRule, ...]:
    """Return the active rules of a category."""
    return tuple(rule_of(*tuple(row)) for row in connection.execute(_RULES, {"category": category_id}))


def _category(row: Any) -> Category:
    return Category(
        id=row.id,
        standard=row.standard,
        kind=coded(CategoryKind, row.kind, "category.kind"),
        major_code=row.major_code,
        major_name=row.major_name,
        minor_code=row.minor_code,
        minor_name=row.minor_name,
        is_local=bool(row.is_local),
    )


def rule_of(key: int, category: int, condition: str, milestones: str, close_condition: str, standard: str) -> FilingRule:
    """Return a filing rule from its stored values, also an inactive one: a case keeps the rule it was filed under."""
    return FilingRule(
        id=key,
        category_id=category,
        condition=condition,
        milestones=decode_milestones(milestones),
        close_condition=close_condition,
        standard=standard,
    )


def encode_milestones(milestones: Sequence[Milestone]) -> str:
    """Return the stored form of a rule's limits."""
    return json.dumps([[item.limit.encode(), item.label] for item in milestones], ensure_ascii=False)


def decode_milestones(text: str) -> tuple[Milestone, ...]:
    """Read limits back from the text of :func:`encode_milestones`."""
    return tuple(Milestone(Limit.decode(limit), label) for limit, label in decoded(text, "filing_rule.milestones"))
