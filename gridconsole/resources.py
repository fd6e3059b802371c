"""The facts shipped with the program (catalogues, presets, demo workbooks), found alike in a wheel and in an editable install."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent


def data_path(*parts: str) -> Path:
    """Return the path of a shipped file; inside the package in a wheel, beside it in a source tree."""
    packaged = _HERE / "data"
    return (packaged if packaged.is_dir() else _HERE.parent / "data").joinpath(*parts)


def read_toml(*parts: str) -> dict[str, Any]:
    """Return a shipped TOML file, parsed."""
    with data_path(*parts).open("rb") as file:
        return tomllib.load(file)


def presets() -> tuple[str, ...]:
    """Return the names of the governance-model presets."""
    return tuple(sorted(path.stem for path in data_path("models").glob("*.toml")))
