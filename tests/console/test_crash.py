"""A crash says where, and nothing of what the program was holding in its hands."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable

import pytest
from console_driver import console_on
from rich.console import Console as Terminal
from small_office import StaffedOffice

from gridconsole.console.app import GridConsoleApp
from gridconsole.console.modes.desk import DeskScreen
from gridconsole.console.widgets.table import RowTable
from gridconsole.services.office import Office

CANARY = "13899998888"
NAME = "秘密的姓名"


class Fault(RuntimeError):
    """Something nobody thought of."""


def broken(*_: object, **__: object) -> None:
    """A handler that fails with personal data in its hands, in its arguments and in its message."""
    phone, person = CANARY, {"name": NAME, "phone": CANARY}
    raise Fault(f"cannot parse {phone} of {person}")


async def crash(opened: Office, provoke: Callable[[GridConsoleApp], None], key: str) -> str:
    """Break a running console and press a key; returns everything it left on the terminal."""
    paper = io.StringIO()
    app: GridConsoleApp | None = None
    with pytest.raises(Fault):
        async with console_on(opened, "受理员") as console:
            app = console.app
            app.error_console = Terminal(file=paper, markup=False, highlight=False, width=200)
            provoke(app)
            await console.pilot.press(key)
            # Not by the pilot, which draws for itself: the crash is to be the program's own.
            for _ in range(1_000):
                if console.app.return_code is not None:
                    break
                await asyncio.sleep(0.005)
    assert app is not None
    assert app.return_code == 1
    return paper.getvalue()


Break = Callable[[pytest.MonkeyPatch, GridConsoleApp], None]
WAYS: dict[str, tuple[str, Break]] = {
    "action": ("f5", lambda patch, _: patch.setattr(DeskScreen, "action_sort", broken)),
    "message": ("down", lambda patch, _: patch.setitem(DeskScreen._decorated_handlers, RowTable.Highlighted, [(broken, {})])),
    "drawing": ("down", lambda patch, _: patch.setattr(RowTable, "render_line", broken)),
}


@pytest.mark.parametrize("way", WAYS)
async def test_a_crash_prints_where_but_no_values(
    office: StaffedOffice,
    open_another: Callable[[], Office],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    way: str,
) -> None:
    for _ in range(2):
        office.report(text=f"{NAME} {CANARY}", reporter_name=NAME, reporter_phone=CANARY)
    key, breaking = WAYS[way]
    left = await crash(open_another(), lambda app: breaking(monkeypatch, app), key)
    said = left + "".join(capfd.readouterr())
    assert CANARY not in said
    assert NAME not in said
    assert "locals" not in said
    assert left.startswith("程序出错，已退出")
    assert "Fault test_crash.py:" in left
    assert len(left.splitlines()) == 1


async def test_a_crash_while_drawing_the_first_screen_is_reported_the_same_way(
    office: StaffedOffice, open_another: Callable[[], Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = io.StringIO()
    monkeypatch.setattr(DeskScreen, "compose", broken)
    app = GridConsoleApp(open_another(), "受理员")
    app.error_console = Terminal(file=paper, markup=False, highlight=False, width=200)
    with pytest.raises(Fault):
        async with app.run_test():
            pass
    assert CANARY not in paper.getvalue()
    assert "程序出错，已退出" in paper.getvalue()
