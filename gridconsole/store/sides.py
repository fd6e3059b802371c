"""Sides of cases on which an operator has acted, for lists: the dual axis closes the other side to them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection

import sqlalchemy as sa

from gridconsole.domain.states import Axis
from gridconsole.store.dialect.sqlite import listed
from gridconsole.store.tables.columns import word
from gridconsole.store.tables.ledger import ledger
from gridconsole.store.types import coded

_SIDES = (
    sa.select(ledger.c.subject_id, ledger.c.axis)
    .where(
        ledger.c.subject_kind == word("incident"),
        ledger.c.subject_id.in_(listed("keys")),
        ledger.c.operator_id == sa.bindparam("operator", type_=sa.BigInteger),
        ledger.c.axis.in_([word(axis.value) for axis in Axis]),
    )
    .distinct()
)


def sides_of(connection: sa.Connection, operator: int, cases: Collection[int]) -> dict[int, frozenset[Axis]]:
    """Return the sides on which an operator acted, by key of the case; a case they took no part in is left out.

    Acts of archived years do not count: only closed cases have them.
    """
    found: defaultdict[int, set[Axis]] = defaultdict(set)
    if cases:
        for case, axis in connection.execute(_SIDES, {"keys": json.dumps(sorted(cases)), "operator": operator}):
            found[case].add(coded(Axis, axis, "ledger.axis"))
    return {case: frozenset(sides) for case, sides in found.items()}
