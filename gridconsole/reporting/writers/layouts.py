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
        if not _fits(value, shipped.get(name)):
            raise BadValue(what="layout", value=f"{path}: {name} = {value}", expected="layout")
    return dict(said)


def _fits(value: Any, wanted: Any) -> bool:
    """Return whether a value has the type of the shipped one; a length or a size is not negative."""
    if isinstance(wanted, bool) or isinstance(value, bool):
        return isinstance(wanted, bool) and isinstance(value, bool)
    if isinstance(wanted, int | float):
        return isinstance(value, int | float) and value >= 0
    return isinstance(value, str) and isinstance(wanted, str)
