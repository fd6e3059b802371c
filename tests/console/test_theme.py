"""Contrast of every pair of colours that text is drawn in (WCAG 2.2, 1.4.3: 4.5 for text of usual size)."""

from __future__ import annotations

import pytest
from console_driver import console_on
from small_office import StaffedOffice
from textual.color import Color

from gridconsole.console.queue_model import PANES
from gridconsole.console.theme import DAY, NIGHT, SELECTED, SIXTEEN

LEAST = 4.5
PLATES = ("late-plate", "urgent-plate", "tab-plate")


def contrast(one: str, other: str) -> float:
    """Ratio of the relative luminances of two colours, from 1 to 21."""
    light, dark = sorted((_luminance(Color.parse(colour)) for colour in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Color) -> float:
    parts = [part / 255 for part in (colour.r, colour.g, colour.b)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [NIGHT, DAY], ids=lambda theme: str(theme.name))
def test_every_text_stands_out_from_what_it_stands_on(theme: object) -> None:
    colours: dict[str, str] = theme.variables  # type: ignore[attr-defined]
    pairs = [(token, surface) for token in SELECTED for surface in ("bg", "raised")]
    pairs += [(token, "field") for token in ("fg", "mut")] + [(token, "sel2") for token in ("fg", "mut", "late", "soon")]
    pairs += [(f"{token}-sel", "sel") for token in SELECTED]
    pairs += [(f"{plate}-text", plate) for plate in PLATES]
    pairs += [("fg", f"tile{step}") for step in range(1, 5)]
    weak = {pair: round(ratio, 2) for pair in pairs if (ratio := contrast(*(colours[name] for name in pair))) < LEAST}
    assert weak == {}
    assert contrast("#000000", "#ffffff") == 21


def test_sixteen_colours_have_a_table_of_their_own_and_every_token() -> None:
    assert set(NIGHT.variables) == set(DAY.variables) <= set(SIXTEEN.variables)
    assert all(value.startswith("ansi_") for value in SIXTEEN.variables.values())
    assert SIXTEEN.ansi


async def test_alt_and_a_digit_opens_a_pane_at_once(office: StaffedOffice) -> None:
    office.report()
    async with console_on(office.opened, "派遣员") as console:
        for pane in PANES:
            if pane.sign.isdecimal():
                await console.press(f"alt+{pane.sign}")
                assert console.desk_screen.model.filter.pane == pane.key
