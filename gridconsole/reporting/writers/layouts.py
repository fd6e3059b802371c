"""Pages of documents: margins, fonts and sizes from a file, which an office may replace by its own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from gridconsole import resources
from gridconsole.domain.errors import BadValue

OFFICIAL, PLAIN = "gb9704", "plain"
"""Page of an official document (GB/T 9704-2012), and page of everything else."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A page; lengths in millimetres, sizes in points."""

    page: Mapping[str, Any]
    fonts: Mapping[str, str]
    sizes: Mapping[str, float]
    look: Mapping[str, Any]


def own_folder() -> Path:
    """Return the folder of an office's own layouts."""
    return Path(platformdirs.user_config_dir("gridconsole")) / "layouts"


def read(name: str) -> Layout:
    """Return a layout: the office's own file of this name, with the shipped one for what it leaves out.

    Raises:
        BadValue: the office's file is no TOML, or a value in it has another type than the shipped one.
    """
    shipped = resources.read_toml("layouts", f"{name}.toml")
    own = own_folder() / f"{name}.toml"
    said = _read_own(own) if own.is_file() else {}
    merged = {part: {**values, **_fitting(own, values, said.get(part, {}))} for part, values in shipped.items()}
    return Layout(**merged)


def _read_own(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadValue(what="layout", value=str(path), expected="layout") from error


def _fitting(path: Path, shipped: Mapping[str, Any], said: Any) -> dict[str, Any]:
    if not isinstance(said, Mapping):
        raise BadValue(what="layout", value=str(path), expected="layout")
    for name, value in said.items():
        wanted = shipped.get(name)
        is_fine = type(value) is type(wanted) or (
            isinstance(wanted, int | float) and isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        )
        if not is_fine or isinstance(wanted, bool) != isinstance(value, bool):
            raise BadValue(what="layout", value=f"{path}: {name} = {value}", expected="layout")
    return dict(said)
