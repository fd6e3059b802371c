"""Every key has a name, a Chinese label, and works with an input method on."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import unicodedata
from collections.abc import Iterator

import pytest
from catalogues import CHINESE
from console_driver import console_on
from small_office import StaffedOffice
from textual.binding import Binding
from textual.geometry import Offset
from textual.widgets import Input

import gridconsole.console
from gridconsole.console.panels.help import HelpScreen
from gridconsole.console.widgets.key_bar import KeyBar


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
    """A letter never arrives while a Chinese input method is on: it may only be a shortcut. ``/`` arrives as ``／``."""
    for where, binding in bindings():
        keys = binding.key.split(",")
        for letter in (key for key in keys if len(key) == 1 and key.isascii()):
            assert any(key.startswith(("ctrl+", "f")) for key in keys), (where, binding)
            assert chr(ord(letter) + 0xFEE0) in keys, (where, binding)
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


async def test_the_bottom_line_says_the_keys_that_work_now_and_a_click_presses_one(
    office: StaffedOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.report()
    drawn: list[KeyBar] = []
    render = KeyBar.render
    monkeypatch.setattr(KeyBar, "render", lambda bar: drawn.append(bar) or render(bar))
    async with console_on(office.opened, "受理员", (80, 24)) as console:
        desk = console.lines()[-1]
        assert desk.startswith("  00001   F2 受理  F3 自处理")
        drawn.clear()
        await console.press("down", "up", "down")
        assert drawn == [], "the same keys are not drawn again"
        # Chinese characters are two cells wide.
        before = desk[: desk.index("F1 帮助")]
        bar = console.screen.query_one(KeyBar)
        place = Offset(sum(1 + (unicodedata.east_asian_width(char) == "W") for char in before), 0)
        await console.pilot.hover(bar, offset=place)
        assert bar.tooltip == CHINESE["key.app.help.tip"]
        await console.pilot.click(bar, offset=place)
        await console.until(lambda: isinstance(console.screen, HelpScreen), "the help")
        assert console.lines()[-1] != desk
        await console.pilot.resize_terminal(40, 12)
        await console.press("escape")
        assert console.lines()[-1].startswith("  00001   F2 受理")


async def test_a_digit_after_f6_names_a_mode_and_the_tabs_show_it(office: StaffedOffice) -> None:
    async with console_on(office.opened, "派遣员") as console:
        await console.press("f6")
        await console.until(lambda: "5单位" in console.lines()[0], "digits in the tabs")
        await console.press("5")
        assert console.app.current_mode == "units"
        await console.until(lambda: "5单位" not in console.lines()[0], "the digits go")
        await console.press("1")
        assert console.app.current_mode == "units", "a digit by itself is no mode"
        await console.press("f6", "１")
        assert console.app.current_mode == "desk", "full width too"


async def test_a_digit_typed_into_the_field_where_a_walk_through_the_modes_ends_is_text(office: StaffedOffice) -> None:
    async with console_on(office.opened, "派遣员") as console:
        await console.press(*["f6"] * 7)
        assert console.app.current_mode == "imports"
        await console.key_in("2026.csv")
        assert console.app.current_mode == "imports"
        assert console.get("#path", Input).value == "2026.csv"
