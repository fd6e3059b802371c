"""A screen is drawn once for everything that is due, and never for a picture that nobody sees."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual._compositor import Compositor
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from gridconsole.console.dialogs.form import Form
from gridconsole.console.drawing import DrawnOnce
from gridconsole.console.modes.base import OfficeScreen


class Drawn(DrawnOnce[None]):
    """A screen with something on it."""

    def compose(self) -> ComposeResult:
        """Lay out a line."""
        yield Static("一行")


class Textuals(Screen[None]):
    """The same by Textual alone."""

    compose = Drawn.compose


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The pictures that were drawn, whole ones and parts."""
    found: list[str] = []
    for name in ("render_full_update", "render_partial_update"):
        was = getattr(Compositor, name)

        def counted(compositor: Compositor, *args: Any, name: str = name, was: Any = was, **more: Any) -> Any:
            found.append(name)
            return was(compositor, *args, **more)

        monkeypatch.setattr(Compositor, name, counted)
    return found


@asynccontextmanager
async def showing(kind: type[Screen[None]], drawn: list[str]) -> AsyncIterator[tuple[Pilot[None], Screen[Any]]]:
    """An application with a screen of a kind, all of it drawn."""
    async with App[None]().run_test() as pilot:
        await pilot.app.push_screen(kind())
        await pilot.pause()
        drawn.clear()
        yield pilot, pilot.app.screen


@pytest.mark.parametrize(("kind", "times"), [(Drawn, 1), (Textuals, 2)])
async def test_what_has_a_new_layout_and_is_drawn_anew_is_drawn_once(
    drawn: list[str], kind: type[Screen[None]], times: int
) -> None:
    async with showing(kind, drawn) as (_, screen):
        screen.refresh(layout=True)
        screen._repaint_required = True
        screen._on_timer_update()
        assert (len(drawn), drawn[-1]) == (times, "render_full_update")


@pytest.mark.parametrize(("kind", "times"), [(Drawn, 0), (Textuals, 1)])
async def test_nothing_is_drawn_while_changes_go_on_and_everything_afterwards(
    drawn: list[str], kind: type[Screen[None]], times: int
) -> None:
    async with showing(kind, drawn) as (pilot, screen):
        with pilot.app.batch_update():
            screen.query_one(Static).update("两行\n两行")
            screen._refresh_layout()
            screen._compositor_refresh()
            assert len(drawn) == times
        await pilot.pause()
        assert drawn[times:], "what changed is shown"


def test_screens_and_forms_of_the_console_are_drawn_so() -> None:
    assert issubclass(OfficeScreen, DrawnOnce)
    assert issubclass(Form, DrawnOnce)
    assert issubclass(Form, ModalScreen)
