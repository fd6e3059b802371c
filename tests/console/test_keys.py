"""Every key has a name, a Chinese label, and works with an input method on."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import unicodedata
from collections.abc import Iterator

from catalogues import CHINESE
from textual.binding import Binding

import gridconsole.console


def bindings() -> Iterator[tuple[str, Binding]]:
    """Every binding the console declares, with its class."""
    seen: set[type] = set()
    for module in pkgutil.walk_packages(gridconsole.console.__path__, "gridconsole.console."):
        for name, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if found.__module__.startswith("gridconsole.console") and "BINDINGS" in vars(found) and found not in seen:
                seen.add(found)
                for binding in vars(found)["BINDINGS"]:
                    assert isinstance(binding, Binding)
                    yield name, binding


def test_every_binding_has_a_name_of_its_own_and_a_chinese_label() -> None:
    names = [binding.id for _, binding in bindings()]
    assert len(names) > 30
    assert None not in names
    assert len(set(names)) == len(names)
    for where, binding in bindings():
        assert all(unicodedata.name(char).startswith("CJK UNIFIED") for char in binding.description), (where, binding)


def test_no_act_hangs_on_a_letter_and_signs_have_their_full_width_twins() -> None:
    """A letter never arrives while a Chinese input method is on, and ``/`` arrives as ``／``."""
    for where, binding in bindings():
        keys = binding.key.split(",")
        assert not any(len(key) == 1 and key.isascii() for key in keys), (where, binding)
        assert ("slash" in keys) is ("／" in keys), (where, binding)
        assert ("question_mark" in keys) is ("？" in keys), (where, binding)


def test_words_of_lists_and_headings_have_one_width_on_every_terminal() -> None:
    lists = (
        "pane.",
        "column.",
        "grade.",
        "State.",
        "Action.",
        "Source.",
        "Grade.",
        "Role.",
        "Tier.",
        "Exclusion.",
        "time.",
        "step.",
    )
    texts = {key: text for key, text in CHINESE.items() if key.startswith(lists)}
    assert len(texts) > 80
    for key, text in texts.items():
        assert [char for char in text if unicodedata.east_asian_width(char) == "A"] == [], key
