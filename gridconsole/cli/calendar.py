"""calendar show, check."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import typer

from gridconsole.cli import state
from gridconsole.cli.options import Json, command
from gridconsole.language import t

FIRST_YEAR, LAST_YEAR = 1990, 2100


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(**command("show", "calendar.show"))(show)
    app.command(**command("check", "calendar.check"))(check)


def show(
    year: Annotated[int, typer.Argument(metavar=t("cli.meta.year"), min=FIRST_YEAR, max=LAST_YEAR, help=t("cli.calendar.year"))],
    as_json: Json = False,
) -> None:
    from gridconsole.services.desk import calendar_year

    with state.open_office() as desk:
        days = calendar_year(desk, year)
        known = year in desk.calendar.noticed_years
    if as_json:
        state.print_json([{"date": day.isoformat(), "workday": workday, "note": note} for day, workday, note in days])
        return
    print(t("cli.calendar.count", year=year, work=sum(workday for _, workday, _ in days), rest=sum(not item[1] for item in days)))
    for day, workday, note in days:
        if note:
            print(f"{day} 周{'一二三四五六日'[day.weekday()]} {t('word.workday' if workday else 'word.rest')} {note}")
    if not known:
        print(t("cli.calendar.unknown", year=year))


def check(as_json: Json = False) -> None:
    """Whether the notice of this year and, late in the year, the next is loaded, and agrees with the shipped one."""
    from gridconsole.cli.status import EXIT_NOTHING
    from gridconsole.services.desk import notice_days

    with state.open_office() as desk:
        today = desk.today()
        calendar = desk.calendar
    differing = [item.day for item in notice_days() if calendar.is_workday(item.day) != item.is_workday]
    horizon = max(calendar.noticed_years, default=0)
    needed = (today + timedelta(days=45)).year
    ok = horizon >= needed and not differing
    if as_json:
        state.print_json({"ok": ok, "last_year": horizon, "days_left": (date(horizon + 1, 1, 1) - today).days if horizon else 0,
                          "differing": [day.isoformat() for day in differing]})  # fmt: skip
    else:
        print(t("cli.calendar.horizon", year=horizon))
        for day in differing[:20]:
            print(t("cli.calendar.differs", day=day))
        print(t("cli.calendar.good" if ok else "cli.calendar.bad", year=needed))
    if not ok:
        raise typer.Exit(EXIT_NOTHING)
