"""All tables, for what needs the whole schema: migrations, and tests."""

from gridconsole.store.tables import cases, facts, imports, ledger, office, people, registers, roster
from gridconsole.store.tables.columns import METADATA

__all__ = ["METADATA", "cases", "facts", "imports", "ledger", "office", "people", "registers", "roster"]
