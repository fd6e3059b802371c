"""roster show, who, gaps, history: the roster of a day, who was responsible, where nobody is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

import typer

from gridconsole.cli import state
from gridconsole.cli.listing import Column, fixed, print_list
from gridconsole.cli.options import Json, command
from gridconsole.language import t

Day = Annotated[str | None, typer.Option("--on", help=t("cli.roster.on"), show_default=False)]
Entry = Annotated[int | None, typer.Option("--as-recorded", min=0, help=t("cli.roster.as_recorded"), show_default=False)]
AHEAD = 14
"""Days from today in which gaps are listed by default."""


def add(app: typer.Typer) -> None:
    """Add the commands."""
    for name, function in _commands().items():
        app.command(**command(name, f"roster.{name}"))(function)


def _commands() -> dict[str, Callable[..., None]]:
    return {"show": show, "who": who, "unit": unit, "gaps": gaps, "history": history}


def show(
    day: Day = None,
    entry: Entry = None,
    find: Annotated[str, typer.Option("--find", help=t("cli.roster.find"), show_default=False)] = "",
    as_json: Json = False,
) -> None:
    from gridconsole.services import roster_views

    with state.look_into_office() as office:
        roster_views.check_entry(office, entry)
        on = state.parse_day(day, office) or office.today()
        found = roster_views.on_day(office, on, entry, find)
        if as_json:
            state.print_json([
                {"grid": line.grid_code, "grid_name": line.grid, "community": line.community, "rank": line.rank, "number": line.code,
                 "name": line.person, "form": line.form or None, "duty": line.duty or None, "since": line.since.isoformat(),
                 "until": line.until.isoformat() if line.until else None, "in_service": line.is_employed, "away": line.is_away,
                 "deputy": line.deputy or None}
                for line in found
            ])  # fmt: skip
            return
        if not found:
            print(t("cli.roster.none_found" if find else "cli.roster.none"), file=sys.stderr)
            return
        print(t("cli.roster.of", day=on, count=len(found)), file=sys.stderr)
        print_list(
            (*fixed("grid_code"), Column("grid"), *fixed("rank", "staff_number"), Column("name"), *fixed("since"), Column("duty_state")),
            (
                (line.grid_code, line.grid, line.rank, line.code, line.person, line.since.isoformat(), roster_views.state_of(line))
                for line in found
            ),
        )  # fmt: skip


def who(
    place: Annotated[str, typer.Argument(metavar=t("cli.meta.place"), help=t("cli.roster.place"))],
    day: Day = None,
    entry: Entry = None,
    as_json: Json = False,
) -> None:
    from gridconsole.services import roster_views

    with state.look_into_office() as office:
        roster_views.check_entry(office, entry)
        on = state.parse_day(day, office)
        found = roster_views.responsible_for(office, place, on, entry)
        if as_json:
            state.print_json([
                {"grid": one.grid_code, "grid_name": one.grid, "date": one.day.isoformat(),
                 "responsible": [
                     {"number": person.code, "name": person.name, "rank": person.rank, "stands_in_for": person.stands_in_for or None}
                     for person in one.people
                 ]}
                for one in found
            ])  # fmt: skip
            return
        print_list(
            (*fixed("grid_code"), Column("grid"), *fixed("date"), Column("responsible", 12)),
            ((one.grid_code, one.grid, one.day.isoformat(), roster_views.named(one)) for one in found),
        )
        if len(found) >= roster_views.MOST_PLACES:
            print(t("cli.roster.more_places", count=len(found)), file=sys.stderr)


def unit(
    category: Annotated[str, typer.Argument(metavar=t("cli.meta.category"), help=t("cli.roster.category"))],
    place: Annotated[str, typer.Option("--grid", help=t("cli.post.grid"), show_default=False)] = "",
    day: Day = None,
    entry: Entry = None,
    as_json: Json = False,
) -> None:
    from gridconsole.services import roster_views

    with state.look_into_office() as office:
        roster_views.check_entry(office, entry)
        found = roster_views.unit_for(office, category, place, state.parse_day(day, office), entry)
        if as_json:
            state.print_json([
                {"code": one.code, "name": one.name, "primary": one.is_primary, "exact": one.is_exact} for one in found
            ])  # fmt: skip
            return
        if not found:
            print(t("cli.roster.no_unit"), file=sys.stderr)
            return
        print_list(
            (*fixed("code"), Column("name"), *fixed("rank")),
            ((one.code, one.name, t("unit.primary" if one.is_primary else "unit.backup")) for one in found),
        )


def gaps(
    first: Annotated[str | None, typer.Option("--from", help=t("cli.roster.from"), show_default=False)] = None,
    last: Annotated[str | None, typer.Option("--to", help=t("cli.roster.to"), show_default=False)] = None,
    without: Annotated[str | None, typer.Option("--without", help=t("cli.roster.without"), show_default=False)] = None,
    entry: Entry = None,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.errors import BadValue
    from gridconsole.services import roster_views

    with state.look_into_office() as office:
        roster_views.check_entry(office, entry)
        start = state.parse_day(first, office) or office.today()
        end = state.parse_day(last, office) or start + timedelta(days=AHEAD - 1)
        if end < start:
            raise BadValue(what="date", value=f"{start} - {end}", expected="span")
        if without is not None:
            from gridconsole.services.lookup import find_person

            found = roster_views.gaps_without(office, find_person(office, without), start, end)
        else:
            found = roster_views.gaps(office, start, end, entry)
        if as_json:
            state.print_json([
                {"grid": gap.grid_code, "grid_name": gap.grid, "first": gap.first.isoformat(), "last": gap.last.isoformat(),
                 "open_cases": gap.open_cases}
                for gap in found
            ])  # fmt: skip
            return
        if not found:
            print(t("cli.roster.no_gaps", first=start, last=end), file=sys.stderr)
            return
        print_list(
            (*fixed("grid_code"), Column("grid"), *fixed("first_day", "last_day", "open_cases")),
            ((gap.grid_code, gap.grid, gap.first.isoformat(), gap.last.isoformat(), str(gap.open_cases)) for gap in found),
        )


def history(
    place: Annotated[str, typer.Argument(metavar=t("cli.meta.grid_or_person"), help=t("cli.roster.whose"))],
    as_json: Json = False,
) -> None:
    from gridconsole.cli.wardens import history_json, print_history
    from gridconsole.language.grid_changes import turn_text
    from gridconsole.language.roster import why_ended
    from gridconsole.services import roster_views

    with state.look_into_office() as office:
        person, grid = roster_views.person_or_grid(office, place)
        if person is not None:
            found = roster_views.history_of(office, person)
            if as_json:
                state.print_json(history_json(found))
            else:
                print_history(found)
            return
        lines, turns = roster_views.grid_history(office, grid), roster_views.grid_turns(office, grid)
        if as_json:
            state.print_json([
                {"kind": "post", "rank": line.rank, "number": line.code, "name": line.person, "first": line.first.isoformat(),
                 "until": line.until.isoformat() if line.until else None, "why_ended": line.why_ended or None, "entry": line.entry}
                for line in lines
            ] + [
                {"kind": turn.kind or "data", "on": turn.on.isoformat(), "entry": turn.entry, "from": list(turn.old), "to": list(turn.new),
                 "changes": [{"what": name, "old": old, "new": new} for name, old, new in turn.changes]}
                for turn in turns
            ])  # fmt: skip
            return
        print_list(
            (*fixed("rank", "staff_number"), Column("name"), *fixed("first_day", "until_day"), Column("why_ended")),
            (
                (line.rank, line.code, line.person, line.first.isoformat(), line.until.isoformat() if line.until else "", why_ended(line.why_ended))
                for line in lines
            ),
        )  # fmt: skip
        for turn in turns:
            print(turn_text(turn))
