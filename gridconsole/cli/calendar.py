"""calendar show, list, check, load, day, hours."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import state
from gridconsole.cli.options import Json, command
from gridconsole.language import t, weekday

if TYPE_CHECKING:
    from gridconsole.services.calendars import CalendarOutcome, DayKind, NoticeFile
    from gridconsole.services.office import Office

FIRST_YEAR, LAST_YEAR = 1990, 2100
MOST_BYTES = 1_000_000
"""Longest notice, bytes; a real one has some three thousand characters."""
SHOWN = 50
Year = Annotated[int, typer.Argument(metavar=t("cli.meta.year"), min=FIRST_YEAR, max=LAST_YEAR, help=t("cli.calendar.year"))]
Yes = Annotated[bool, typer.Option("--yes", help=t("cli.calendar.yes"))]


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(**command("show", "calendar.show"))(show)
    app.command(**command("list", "calendar.list"))(list_)
    app.command(**command("check", "calendar.check"))(check)
    app.command(**command("load", "calendar.load"))(load)
    app.command(**command("day", "calendar.day"))(day)
    app.command(**command("hours", "calendar.hours"))(hours)


# --- looking ----------------------------------------------------------------------------------------------------


def show(year: Year, as_json: Json = False) -> None:
    from gridconsole.language.calendars import day_note
    from gridconsole.services import calendar_views

    with state.open_office() as office:
        days = calendar_views.calendar_year(office, year)
    if as_json:
        state.print_json(
            [
                {"date": one.day.isoformat(), "workday": one.is_workday, "note": one.note, "provisional": one.is_provisional}
                for one in days
            ]
        )
        return
    work = sum(one.is_workday for one in days)
    print(t("cli.calendar.count", year=year, work=work, rest=len(days) - work))
    for one in days:
        if one.note:
            mark = t("cli.calendar.provisional") if one.is_provisional else ""
            print(f"{_day_text(one.day)} {t('word.workday' if one.is_workday else 'word.rest')} {day_note(one.note)}{mark}")
    if days[0].is_provisional:
        print(t("cli.calendar.unknown", year=year))


def list_(as_json: Json = False) -> None:
    from gridconsole.domain.text import printable
    from gridconsole.language.calendars import hours_text, source_text
    from gridconsole.services import calendar_views

    with state.open_office() as office:
        found = calendar_views.overview(office)
    if as_json:
        state.print_json(_overview_json(found))
        return
    for year in found.years:
        sources = [source_text(name) for name in year.sources]
        print(t("cli.calendar.loaded_year", year=year.year, off=year.days_off, worked=year.days_worked, sources=sources))
    for item in found.overrides:
        kind = t("word.workday" if item.day.is_workday else "word.rest")
        print(printable(t("cli.calendar.own_day", day=_day_text(item.day.day), kind=kind, note=item.day.note, name=item.source)))
    for row in found.hours:
        print(t("cli.calendar.hours_from", day=row.valid_from, hours=hours_text(row)))


def _overview_json(found: Any) -> dict[str, Any]:
    from gridconsole.language.calendars import span_texts

    return {
        "years": [
            {"year": one.year, "sources": list(one.sources), "days_off": one.days_off, "days_worked": one.days_worked}
            for one in found.years
        ],
        "overrides": [
            {"date": one.day.day.isoformat(), "workday": one.day.is_workday, "note": one.day.note, "follows": one.day.follows,
             "by": one.source}
            for one in found.overrides
        ],
        "hours": [{"from": row.valid_from.isoformat(), "week": [span_texts(spans) for spans in row.week]} for row in found.hours],
    }  # fmt: skip


def check(as_json: Json = False) -> None:
    """Check that this year's notice, and late in the year the next one, is loaded and agrees with the installed one."""
    from gridconsole.cli.status import EXIT_NOTHING
    from gridconsole.services.calendar_views import NEAR
    from gridconsole.services.notices import installed_days, installed_notice

    with state.open_office() as office:
        today = office.today()
        calendar = office.calendar
    known = calendar.noticed_years
    differing = [one.day for one in installed_days() if one.day.year in known and calendar.is_workday(one.day) != one.is_workday]
    horizon = max(known, default=0)
    needed = (today + NEAR).year
    # A notice that has already been issued can be loaded, however early.
    waiting = [year for year in range(today.year, today.year + 2) if year not in known and installed_notice(year)]
    ok = horizon >= needed and not differing and not waiting
    if as_json:
        state.print_json({"ok": ok, "last_year": horizon, "days_left": (date(horizon + 1, 1, 1) - today).days if horizon else 0,
                          "differing": [one.isoformat() for one in differing], "waiting": waiting})  # fmt: skip
    else:
        _say_checked(differing, horizon, needed, waiting, ok=ok)
    if not ok:
        raise typer.Exit(EXIT_NOTHING)


def _say_checked(differing: list[date], horizon: int, needed: int, waiting: list[int], *, ok: bool) -> None:
    print(t("cli.calendar.horizon", year=horizon))
    for one in differing[:20]:
        print(t("cli.calendar.differs", day=one))
    for year in waiting:
        print(t("cli.calendar.waiting", year=year))
    if horizon < needed and needed not in waiting:
        print(t("cli.calendar.bad", year=needed))
        print(t("cli.calendar.get", year=needed))
    if ok:
        print(t("cli.calendar.good"))


# --- changing ---------------------------------------------------------------------------------------------------


def load(
    year: Year,
    source: Annotated[str, typer.Option("--from", help=t("cli.calendar.from"), show_default=False)] = "",
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    from gridconsole.services import calendars

    with state.open_office() as office:
        actor = state.operator(office, default="shift_leader")
        done = calendars.load_notice(office, actor, year, _notice_file(source) if source else None, dry_run=not yes)
        _answer(office, done, as_json)


def _notice_file(word: str) -> NoticeFile:
    """Return the bytes of a file, or of standard input.

    Raises:
        FileMissing, FileDenied: it cannot be read.
        NoticeForeign: it is a folder, empty, or far too long for a notice.
    """
    from gridconsole.domain.errors import FileDenied, FileMissing, NoticeForeign
    from gridconsole.services.calendars import NoticeFile

    path = Path(word)
    if word != "-" and path.exists() and not path.is_file():  # a pipe would be waited for
        raise NoticeForeign(file=path.name or word)
    try:
        if word == "-":
            raw = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with path.open("rb") as file:
                raw = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise FileMissing(file=path.name) from error
    except PermissionError as error:
        raise FileDenied(file=path.name) from error
    except OSError as error:  # a folder, a name that is too long
        raise NoticeForeign(file=path.name or word) from error
    if not raw.strip() or len(raw) > MOST_BYTES:
        raise NoticeForeign(file=path.name or word)
    return NoticeFile(path.name, raw)


def day(
    when: Annotated[str, typer.Argument(metavar=t("cli.meta.day"), help=t("cli.calendar.day.when"))],
    what: Annotated[str, typer.Argument(metavar=t("cli.meta.rest_or_work"), help=t("cli.calendar.day.what"))],
    reason: Annotated[str, typer.Option("--reason", help=t("cli.calendar.day.reason"), show_default=False)] = "",
    follows: Annotated[str, typer.Option("--as", help=t("cli.calendar.day.as"), show_default=False)] = "",
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.errors import BadValue
    from gridconsole.domain.hours import parse_weekdays
    from gridconsole.services import calendars

    kind = _kind_of(what)
    weekdays = sorted(parse_weekdays(follows)) if follows else [None]
    if len(weekdays) != 1:
        raise BadValue(what="weekdays", value=follows, expected="one_weekday")
    with state.open_office() as office:
        actor = state.operator(office, default="shift_leader")
        chosen = state.parse_day(when, office)
        if chosen is None or not FIRST_YEAR <= chosen.year <= LAST_YEAR:
            raise BadValue(what="date", value=when, expected="date")
        done = calendars.set_day(office, actor, chosen, kind, reason, follows=weekdays[0], dry_run=not yes)
        _answer(office, done, as_json)


def _kind_of(word: str) -> DayKind:
    from gridconsole.domain.errors import UnknownWord
    from gridconsole.domain.text import clean_line
    from gridconsole.language import vocabulary
    from gridconsole.services.calendars import DayKind

    wanted = vocabulary.plain(clean_line(word, 20))
    for code, names in vocabulary.DAY_KINDS.items():
        if wanted in names:
            return DayKind(code)
    choices = [f"{code}({t(f'day_kind.{code}')})" for code in vocabulary.DAY_KINDS]
    raise UnknownWord(what="day_kind", word=word, choices=choices)


def hours(
    first: Annotated[str, typer.Option("--from", help=t("cli.calendar.hours.from"), show_default=False)] = "",
    last: Annotated[str, typer.Option("--to", help=t("cli.calendar.hours.to"), show_default=False)] = "",
    spans: Annotated[list[str] | None, typer.Option("--span", help=t("cli.calendar.hours.span"), show_default=False)] = None,
    weekdays: Annotated[str, typer.Option("--days", help=t("cli.calendar.hours.days"), show_default=False)] = "",
    drop: Annotated[str, typer.Option("--drop", help=t("cli.calendar.hours.drop"), show_default=False)] = "",
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.errors import BadValue
    from gridconsole.domain.hours import parse_spans, parse_weekdays
    from gridconsole.services import calendars

    given = bool(first or last or spans or weekdays)
    if not (given or drop):
        _list_hours(as_json=as_json)
        return
    if (given and drop) or (given and not (first and spans)):
        raise BadValue(what="option", value="--from --span --drop", expected="hours_options")
    parsed, chosen = parse_spans(spans or ()) if given else (), parse_weekdays(weekdays) if weekdays else frozenset[int]()
    with state.open_office() as office:
        actor = state.operator(office, default="shift_leader")
        begin = state.parse_day(drop or first, office)
        end = state.parse_day(last, office) if last else None
        if begin is None:
            raise BadValue(what="date", value=drop or first, expected="date")
        if drop:
            done = calendars.drop_hours(office, actor, begin, dry_run=not yes)
        else:
            done = calendars.set_hours(office, actor, first=begin, last=end, spans=parsed, weekdays=chosen, dry_run=not yes)
        _answer(office, done, as_json)


def _list_hours(*, as_json: bool) -> None:
    from gridconsole.language.calendars import hours_text
    from gridconsole.services import calendar_views

    with state.open_office() as office:
        found = calendar_views.overview(office)
    if as_json:
        state.print_json(_overview_json(found)["hours"])
        return
    for row in found.hours:
        print(t("cli.calendar.hours_from", day=row.valid_from, hours=hours_text(row)))


# --- answering --------------------------------------------------------------------------------------------------


def _day_text(at: date) -> str:
    return f"{at} {weekday(at)}"


def _answer(office: Office, done: CalendarOutcome, as_json: bool) -> None:
    """Print what a change of the calendar does, or would do; data for programs goes to standard output."""
    from gridconsole.language.calendars import change_line, changed_day_lines, moved_line

    if as_json:
        state.print_json(_as_json(office, done))
        return
    print(change_line(done.facts))
    if done.unsummed:
        print(t("cli.calendar.unsummed", names=done.unsummed), file=sys.stderr)
    if done.unchanged:
        print(t("cli.calendar.unchanged"), file=sys.stderr)
        return
    for line in changed_day_lines(done.days):
        print(f"  {line}")
    firm = sum(one.becomes_firm for one in done.moved)
    key = "would_move" if done.dry_run else "moved"
    print(t(f"cli.calendar.{key}" if done.moved else "cli.calendar.none_move", cases=done.facts["moved"], firm=firm))
    for moved in done.moved[:SHOWN]:
        print(f"  {moved_line(moved)}")
    if len(done.moved) > SHOWN:
        print(t("cli.calendar.more", count=len(done.moved) - SHOWN))
    if done.closed:
        print(t("cli.calendar.closed", count=done.closed))
    print(t("cli.calendar.confirm" if done.dry_run else "cli.calendar.done"), file=sys.stderr)


def _as_json(office: Office, done: CalendarOutcome) -> dict[str, Any]:
    from gridconsole.language.calendars import span_texts

    return {
        "dry_run": done.dry_run, "unchanged": done.unchanged, "unsummed": list(done.unsummed), **done.facts,
        "changed": [
            {"date": one.day.isoformat(), "before": span_texts(one.before), "after": span_texts(one.after)} for one in done.days
        ],
        "moved": [
            {"number": one.number, "stage": one.stage.value, "before": state.iso(one.before, office), "after": state.iso(one.after, office),
             "minutes": int((one.after - one.before).total_seconds() // 60), "provisional": one.is_provisional,
             "extensions": [extension.encode() for extension in one.extensions]}
            for one in done.moved
        ],
    }  # fmt: skip
