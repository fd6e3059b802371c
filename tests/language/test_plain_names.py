"""Names use the words that every engineer knows: the private words of the first year stay out of identifiers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import gridconsole

ROOT = Path(gridconsole.__file__).parent
EVERYWHERE = frozenset(
    [
        "told",
        "tells",
        "hear",
        "heard",
        "hears",
        "unheard",
        "hearing",
        "rung",
        "rungs",
        "climb",
        "climbs",
        "climbed",
        "hangers",
        "curtain",
        "seat",
        "seats",
        "seated",
        "door",
        "doors",
        "opine",
        "opined",
        "opining",
        "urging",
        "shifts",
    ]
)
"""Unmistakable: never part of a name."""
IN_MODULES = {
    "console/actions.py": "begin acting",
    "console/read_marks.py": "look looked looks news gathered reader reading marks_taken",
    "console/bell.py": "tell told",
    "domain/escalation.py": "share manner turn stands fired",
    "services/escalation.py": "share manner turn stands fired ladder ladders tell look looked",
    "store/alarms.py": "manner turn stands fired ladder tell look looked",
    "services/handover.py": "shift",
    "store/handovers.py": "shift",
    "cli/handovers.py": "shift",
    "console/panels/handover.py": "shift",
    "importing/plan.py": "aside stated differ",
    "services/restoring.py": "aside",
    "store/replacing.py": "aside",
}
"""Ambiguous: not where they stood for something that has a better word."""
AT_HOME = {"desk": "console/"}
"""By word the only folder in whose names it may stand: the desk is a screen; the open office is an Office."""
STORED = frozenset({"rung", "door", "opined_at", "opined_by", "opined_name", "opined_words"})
"""Columns, which keep the spelling that databases and ledgers have; they stand in ``store/tables/`` alone."""


def words(name: str) -> set[str]:
    """The words of an identifier, lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def identifiers(path: Path) -> Iterator[tuple[str, int]]:
    """Names that a module defines: modules, classes, functions, arguments, variables, attributes."""
    yield path.stem, 1
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno


def retired_in(relative: str, path: Path) -> list[str]:
    """Names of a module that hold a retired word."""
    retired = EVERYWHERE | set(IN_MODULES.get(relative, "").split())
    retired |= {word for word, home in AT_HOME.items() if not relative.startswith(home)}
    return [
        f"{relative}:{line} {name}"
        for name, line in identifiers(path)
        if words(name) & retired and not (relative.startswith("store/tables/") and name in STORED)
    ]


def test_retired_words_stay_out_of_names() -> None:
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        if "migrations" not in path.parts:
            found += retired_in(path.relative_to(ROOT).as_posix(), path)
    assert found == []


def test_the_modules_that_ambiguous_words_are_kept_out_of_are_there() -> None:
    assert [name for name in IN_MODULES if not (ROOT / name).is_file()] == []


def test_a_retired_word_would_be_found(tmp_path: Path) -> None:
    module = tmp_path / "bell.py"
    module.write_text("def heard_by(somebody):\n    self.rung = 1\n", encoding="utf-8")
    assert retired_in("console/bell.py", module) == ["console/bell.py:1 heard_by", "console/bell.py:2 rung"]


def test_no_docstring_opens_with_a_question_word() -> None:
    riddle = re.compile(r"(Who|Whom|Whose|Whoever|What|Whatever|Whether|How|Where|When)\b")
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                said = ast.get_docstring(node) or ""
                if riddle.match(said):
                    found.append(f"{path.relative_to(ROOT)}: {said[:60]}")
    assert found == []
