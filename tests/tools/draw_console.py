"""Draws the picture in the README from the running program: a demo district at a fixed moment, one SVG.

    python tests/tools/draw_console.py --out console.svg

Textual counts an SVG's ``textLength`` in characters, which squeezes Chinese; here it is recomputed in terminal cells.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.cells import cell_len

from gridconsole.console.app import GridConsoleApp
from gridconsole.demo.build import build
from gridconsole.services.office import open_office

MOMENT = datetime(2026, 11, 23, 6, 3, tzinfo=UTC)
CELL_WIDTH = 12.2
_TEXT = re.compile(r'<text([^>]*)textLength="[^"]*"([^>]*)>([^<]*)</text>')


def main() -> None:
    """Build, open, draw."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    out: Path = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "demo.db"
        build(database, seed=20261123, days=30, now=MOMENT)
        out.write_text(widened(asyncio.run(screenshot(database))), encoding="utf-8")


async def screenshot(database: Path) -> str:
    """The dispatcher's desk with a case under the cursor."""
    opened = open_office(database, "console", lambda: MOMENT)
    app = GridConsoleApp(opened, "王芳")
    async with app.run_test(size=(120, 40)) as pilot:
        for _ in range(20):
            await pilot.pause(0.05)
        await pilot.press("f7", "5", "down", "down")
        for _ in range(10):
            await pilot.pause(0.05)
        picture = app.export_screenshot(title="GridConsole")
    opened.close()
    return picture


def widened(svg: str) -> str:
    """The same picture with every run as wide as a terminal shows it."""

    def fix(match: re.Match[str]) -> str:
        width = cell_len(html.unescape(match[3])) * CELL_WIDTH
        return f'<text xml:space="preserve"{match[1]}textLength="{width:.1f}"{match[2]}>{match[3]}</text>'

    svg = re.sub(r"@font-face\s*\{.*?\}", "", _TEXT.sub(fix, svg), flags=re.DOTALL)
    return svg.replace("font-family: Fira Code", "font-family: 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC'")


if __name__ == "__main__":
    main()
