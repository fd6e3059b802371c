"""No import of the console goes round in a circle, not even one that only the type checker follows."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import gridconsole.console

ROOT = Path(gridconsole.console.__file__).parent
PREFIX = "gridconsole.console"


def modules() -> dict[str, Path]:
    """Every module of the console by its dotted name; packages are left out, they import nothing."""
    return {
        ".".join((PREFIX, *path.relative_to(ROOT).with_suffix("").parts)): path
        for path in ROOT.rglob("*.py")
        if path.name != "__init__.py"
    }


def imports() -> dict[str, set[str]]:
    """Modules of the console that each imports, wherever in the file that stands."""
    known = modules()
    found: dict[str, set[str]] = {}
    for name, path in known.items():
        nodes = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)]
        named = {f"{node.module}.{alias.name}" for node in nodes for alias in node.names} | {str(node.module) for node in nodes}
        found[name] = named & known.keys()
    return found


def test_no_import_goes_round_in_a_circle() -> None:
    graph = imports()
    assert sum(map(len, graph.values())) > 100
    TopologicalSorter(graph).prepare()


def test_a_circle_would_be_found() -> None:
    graph = imports()
    graph["gridconsole.console.host"] = {"gridconsole.console.app"}
    with pytest.raises(CycleError):
        TopologicalSorter(graph).prepare()
