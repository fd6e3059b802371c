"""Hand-written SQL only becomes less: what is not yet an expression on the tables is counted, module by module."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import gridconsole

ROOT = Path(gridconsole.__file__).parent
VERBS = re.compile(r"\s*\(?(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|PRAGMA|CREATE|DROP)\b")
IN_SQLITES_OWN_WORDS = {
    "store/dialect/",
    "store/text_index.py",
    "store/migrations/",
    "store/engine.py",
    "store/triggers.py",
    "store/schema.py",
}
"""Modules about what only SQLite has: pragmas, triggers, the text index, the schema's history."""
MOST = {
    "store/searching.py": 12,
}
"""Texts left, by module. Lower a number with every text that becomes an expression."""


def texts_of(path: Path) -> int:
    """The SQL texts of a module, docstrings apart."""
    found = 0
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node) if part is not node
    }
    for node in ast.walk(tree):
        if id(node) in inner:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += VERBS.match(node.value) is not None
        elif isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
            found += VERBS.match(str(node.values[0].value)) is not None
    return found


def test_no_module_has_more_hand_written_sql_than_is_known() -> None:
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not any(name.startswith(own) for own in IN_SQLITES_OWN_WORDS) and (count := texts_of(path)):
            found[name] = count
    assert found == MOST
