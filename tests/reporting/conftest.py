"""Fixtures of the report tests."""

from __future__ import annotations

from importing.command_line import (
    _surroundings,
    blank_office,
    blank_template,
    demo_office,
    demo_template,
    office_clock,
    office_of,
    small_office,
    small_template,
)

__all__ = [
    "_surroundings",
    "blank_office",
    "blank_template",
    "demo_office",
    "demo_template",
    "office_clock",
    "office_of",
    "small_office",
    "small_template",
]
