"""Statements are expressions on the tables; what only SQLite understands stands in the dialect."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.sql.visitors import iterate
from stored_statements import statements

import gridconsole
from gridconsole.store.personal import ERASABLE

ROOT = Path(gridconsole.__file__).parent
VERBS = re.compile(r"\s*\(?(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|PRAGMA|CREATE|DROP)\b")
IN_SQLITES_OWN_WORDS = (
    "store/dialect/",
    "store/text_index.py",
    "store/migrations/",
    "store/engine.py",
    "store/triggers.py",
    "store/schema.py",
)
"""Modules about what only SQLite has: pragmas, triggers, the text index, the schema's history."""


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


def modules() -> dict[str, Path]:
    """Modules that are not about SQLite itself, by their path in the package."""
    named = {path.relative_to(ROOT).as_posix(): path for path in sorted(ROOT.rglob("*.py"))}
    return {name: path for name, path in named.items() if not name.startswith(IN_SQLITES_OWN_WORDS)}


def test_no_module_has_hand_written_sql() -> None:
    assert {name: count for name, path in modules().items() if (count := texts_of(path))} == {}


def test_no_module_speaks_to_the_driver_or_in_a_dialect() -> None:
    words = re.compile(r"exec_driver_sql|sqlalchemy\.dialects|raw\.execute|\bimport sqlite3|PRAGMA ")
    assert {name: found for name, path in modules().items() if (found := words.findall(path.read_text(encoding="utf-8")))} == {}


def test_a_statement_written_by_hand_would_be_found(tmp_path: Path) -> None:
    for at, text in enumerate(('"SELECT 1 FROM x"', 'f"  UPDATE {x} SET y"', '"(SELECT 1)"', '"WITH a AS (SELECT 1)"')):
        written = tmp_path / f"{at}.py"
        written.write_text(f"X = {text}\n", encoding="utf-8")
        assert texts_of(written) == 1, text


def test_no_parameter_of_a_change_has_the_name_of_a_column() -> None:
    """A value that is given under a column's name would be written into that column too."""
    changes = {name: one for name, one in statements().items() if isinstance(one, sa.Update | sa.Delete)}
    changes |= {f"personal {place.name}": place.update() for place in ERASABLE}
    wrong = {}
    for name, change in changes.items():
        given = {part.key for part in iterate(change) if isinstance(part, sa.BindParameter) and part.required}
        if both := given & set(change.table.c.keys()):
            wrong[name] = both
    assert wrong == {}
    assert len(changes) > 40
