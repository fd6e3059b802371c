"""Categories and filing rules."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.catalogue import Category, CategoryKind, FilingRule, Limit, Milestone
from gridconsole.store.types import coded, decoded, rows_query

_CATEGORY = "c.id, c.standard, c.kind, c.major_code, c.major_name, c.minor_code, c.minor_name, c.is_local"
_CATEGORIES = sa.text(f"SELECT {_CATEGORY}, c.initials FROM category c ORDER BY c.standard, c.kind, c.major_code, c.minor_code")
_ONE_CATEGORY = sa.text(f"SELECT {_CATEGORY} FROM category c WHERE c.id = :id")
RULE_COLUMNS = "r.id, r.category_id, r.condition, r.milestones, r.close_condition, c.standard"
"""Columns of ``filing_rule r`` and ``category c`` in the order of :func:`rule_of`."""
_RULE_NAMES = "id category_id condition milestones close_condition standard"
_RULES = rows_query(
    f"SELECT {RULE_COLUMNS} FROM filing_rule r JOIN category c ON c.id = r.category_id"
    " WHERE r.category_id = :category AND r.active = 1 ORDER BY r.id",
    _RULE_NAMES,
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
    return tuple(rule_of(*row) for row in connection.execute(_RULES, {"category": category_id}))


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
