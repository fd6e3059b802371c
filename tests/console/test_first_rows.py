"""The first rows of the queue come before everything else that a console reads when it starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from console_driver import console_on
from small_office import StaffedOffice

from gridconsole.console.modes import desk
from gridconsole.domain.errors import DatabaseBusy
from gridconsole.services import digest, escalation, upkeep


async def test_sweep_reminders_digest_and_whole_queue_wait_for_the_first_rows(
    office: StaffedOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        office.report()
    order: list[str] = []

    def noted(module: object, name: str) -> None:
        done: Callable[..., Any] = getattr(module, name)

        def doing(*given: Any, **how: Any) -> Any:
            order.append(name)
            return done(*given, **how)

        monkeypatch.setattr(module, name, doing)

    for module, name in ((upkeep, "catch_up"), (escalation, "mine"), (digest, "since_left"), (desk, "load_queue")):
        noted(module, name)
    show = desk.DeskScreen._first_rows_shown
    monkeypatch.setattr(desk.DeskScreen, "_first_rows_shown", lambda screen: order.append("rows") or show(screen))
    async with console_on(office.opened, "值班长") as console:
        await console.until(lambda: {"catch_up", "mine", "since_left"} <= set(order), "all that waited")
        await console.until(lambda: order.count("load_queue") >= 2, "the whole queue")
    assert order[:2] == ["load_queue", "rows"]


async def test_what_waits_for_the_first_rows_is_done_if_they_cannot_be_read(
    office: StaffedOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def busy(*_: object) -> None:
        raise DatabaseBusy(path=office.opened.database.path)

    async with console_on(office.opened, "值班长") as console:
        app = console.app
        monkeypatch.setattr(desk, "load_queue", busy)
        monkeypatch.setattr(app, "_waiting_for_rows", [])
        console.desk_screen.seen = None
        app.after_first_rows(lambda: done.append("sweep"))
        assert done == []
        console.desk_screen._load()
        await console.until(lambda: done == ["sweep"], "what waited")
