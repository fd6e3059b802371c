"""All statements of the store that are made when its modules are imported."""

from __future__ import annotations

import importlib
import pkgutil

import sqlalchemy as sa

import gridconsole.store
from gridconsole.store.dialect.direct import Direct


def statements() -> dict[str, sa.Executable]:
    """The statements of the store that are expressions, by module and name."""
    found: dict[str, sa.Executable] = {}
    modules = [module.name for module in pkgutil.walk_packages(gridconsole.store.__path__, "gridconsole.store.")]
    for module in (*modules, "gridconsole.archive.rows"):
        if ".migrations" in module or module.endswith(".text_index"):  # the index of words is a table that only SQLite has
            continue
        for name, value in vars(importlib.import_module(module)).items():
            of_each = value if isinstance(value, dict) else {"": value}
            for key, given in of_each.items():
                statement = given.statement if isinstance(given, Direct) else given
                if isinstance(statement, sa.Select | sa.CompoundSelect | sa.Insert | sa.Update | sa.Delete):
                    found[f"{module.removeprefix('gridconsole.store.')}.{name}{key and f'[{key}]'}"] = statement
    return found
