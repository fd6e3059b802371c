"""Ask SQLite for the query plan of a statement of the store."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def plan_of(connection: sa.Connection, statement: Any, **values: Any) -> list[str]:
    """The lines of a statement's plan; values are those of its parameters, others may be given too."""
    compiled = statement.compile(connection)
    known = compiled.construct_params(values, _check=False)
    wanted = tuple(known[name] for name in compiled.positiontup or ())
    return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", wanted)]
