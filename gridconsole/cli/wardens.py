"""warden add, leave, stay, away, back, show: people who come, go and are away."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import state
from gridconsole.cli.options import Json, command
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.domain.views.roster import PersonHistory
    from gridconsole.services.office import Office

Who = Annotated[str, typer.Argument(metavar=t("cli.meta.warden"), help=t("cli.warden.who"))]
Day = Annotated[str | None, typer.Option("--on", help=t("cli.roster.on"), show_default=False)]


def add(app: typer.Typer) -> None:
    """Add the commands."""
    for name, function in _commands().items():
        app.command(**command(name, f"warden.{name}"))(function)


def _commands() -> dict[str, Callable[..., None]]:
    return {"add": add_, "leave": leave, "stay": stay, "away": away, "back": back, "show": show}


def add_(
    number: Annotated[str, typer.Argument(metavar=t("cli.meta.staff_number"), help=t("cli.warden.number"))],
    name: Annotated[str, typer.Argument(metavar=t("cli.meta.name"), help=t("cli.warden.name"))],
    phone: Annotated[str, typer.Option("--phone", help=t("cli.warden.phone"), show_default=False)] = "",
    form: Annotated[str, typer.Option("--form", help=t("cli.warden.form"))] = t("Form.full_time"),
    joined: Annotated[str | None, typer.Option("--joined", help=t("cli.warden.joined"), show_default=False)] = None,
    kinds: Annotated[list[str] | None, typer.Option("--as", help=t("cli.warden.kinds"), show_default=False)] = None,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.roster import Form, PersonKind
    from gridconsole.services import departing

    with state.open_office() as office:
        new = departing.NewPerson(
            number, name, phone, state.parse_word(Form, form, "form"), state.parse_day(joined, office),
            tuple(state.parse_word(PersonKind, kind, "person_kind") for kind in kinds or ()),
        )  # fmt: skip
        key = departing.add(office, state.operator(office, default="clerk"), new)
        answer(office, key, as_json, t("cli.warden.added", number=number, name=name))


def leave(
    who: Who,
    day: Annotated[str | None, typer.Option("--on", help=t("cli.warden.leave.on"), show_default=False)] = None,
    why: Annotated[str, typer.Option("--why", help=t("cli.warden.leave.why"))] = t("WhyLeft.other"),
    as_json: Json = False,
) -> None:
    from gridconsole.domain.roster import WhyLeft
    from gridconsole.services import departing
    from gridconsole.services.lookup import find_person

    with state.open_office() as office:
        actor = state.operator(office, default="clerk")
        reason = state.parse_word(WhyLeft, why, "why_left")
        key, on = find_person(office, who), state.parse_day(day, office) or office.today()
        departing.depart(office, actor, key, on, reason)
        answer(office, key, as_json, t("cli.warden.left", day=on))


def stay(who: Who, as_json: Json = False) -> None:
    from gridconsole.services import departing
    from gridconsole.services.lookup import find_person

    with state.open_office() as office:
        actor, key = state.operator(office, default="clerk"), find_person(office, who)
        departing.stay(office, actor, key)
        answer(office, key, as_json, t("cli.warden.stays"))


def away(
    who: Who,
    first: Annotated[str, typer.Option("--from", help=t("cli.warden.away.from"), show_default=False)],
    last: Annotated[str, typer.Option("--to", help=t("cli.warden.away.to"), show_default=False)],
    kind: Annotated[str, typer.Option("--kind", help=t("cli.warden.away.kind"))] = t("LeaveKind.annual"),
    deputy: Annotated[str | None, typer.Option("--deputy", help=t("cli.warden.away.deputy"), show_default=False)] = None,
    remark: Annotated[str, typer.Option("--remark", help=t("cli.warden.away.remark"), show_default=False)] = "",
    as_json: Json = False,
) -> None:
    from gridconsole.cli.roster_words import parse_half
    from gridconsole.domain.roster import LeaveKind
    from gridconsole.services import absence
    from gridconsole.services.lookup import find_person

    with state.open_office() as office:
        actor = state.operator(office, default="clerk")
        said = absence.Absence(
            person=find_person(office, who), kind=state.parse_word(LeaveKind, kind, "leave_kind"),
            first=parse_half(first, office, is_last=False), last=parse_half(last, office, is_last=True),
            deputy=find_person(office, deputy) if deputy else None, remark=remark,
        )  # fmt: skip
        absence.take(office, actor, said)
        key = said.person
        answer(office, key, as_json, t("cli.warden.away", first=absence.half_text(said.first), last=absence.half_text(said.last)))


def back(
    who: Who,
    day: Annotated[str | None, typer.Option("--on", help=t("cli.warden.back.on"), show_default=False)] = None,
    as_json: Json = False,
) -> None:
    from gridconsole.cli.roster_words import parse_half
    from gridconsole.services import absence, post_handover
    from gridconsole.services.lookup import find_person

    with state.open_office() as office:
        actor, key = state.operator(office, default="clerk"), find_person(office, who)
        first = parse_half(day, office, is_last=False) if day else office.half_day()
        returned = post_handover.come_back(office, actor, key, first)
        answer(office, key, as_json, t("cli.warden.back", first=absence.half_text(first)))
    if returned.given_back:
        print(t("cli.warden.given_back", count=returned.given_back), file=sys.stderr)
    for number in returned.waiting:
        print(t("cli.hint", hint=t("cli.warden.lent", number=number)), file=sys.stderr)


def show(who: Who, as_json: Json = False) -> None:
    from gridconsole.services.lookup import find_person

    with state.look_into_office() as office:
        answer(office, find_person(office, who), as_json, "")


def answer(office: Office, key: int, as_json: bool, said: str) -> None:
    """Print the person as the roster has them now; what was done goes to standard error."""
    from gridconsole.services import roster_views

    found = roster_views.history_of(office, key)
    if as_json:
        state.print_json(history_json(found))
        return
    if said:
        from gridconsole.domain.text import printable

        print(printable(said), file=sys.stderr)
    print_history(found)


def print_history(found: PersonHistory) -> None:
    """Print a person's card with the time line."""
    from gridconsole.domain.text import printable
    from gridconsole.language import roster as wording

    for line in wording.card(found):
        print(printable(line))


def history_json(found: PersonHistory) -> dict[str, Any]:
    """Return a person and the time line as programs read it."""
    return {
        "number": found.number, "name": found.name, "phone": found.phone or None, "form": found.form or None,
        "joined": _iso(found.joined_on), "left": _iso(found.left_on), "open_cases": found.open_cases,
        "timeline": [
            {"what": step.what.value, "first": _iso(step.first), "until": _iso(step.until), "place": step.place or None,
             "rank": step.rank or None, "form": step.form or None, "kind": step.kind or None, "deputy": step.deputy or None,
             "why_ended": step.why_ended or None, "entry": step.entry}
            for step in found.steps
        ],
    }  # fmt: skip


def _iso(day: object) -> str | None:
    return None if day is None else str(day)
