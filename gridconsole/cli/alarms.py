"""alarm list, ack, ladder: notifications of operators as time runs out, and their acknowledgement."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import state
from gridconsole.cli.listing import Column, print_list
from gridconsole.cli.options import Json, command
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.domain.escalation import EscalationStep, Policy
    from gridconsole.services.escalation import Reminder
    from gridconsole.services.office import Office


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(**command("list", "alarm.list"))(list_)
    app.command(**command("ack", "alarm.ack"))(ack)
    app.command(**command("ladder", "alarm.ladder"))(policy)


def list_(as_json: Json = False) -> None:
    from gridconsole.services import escalation

    with state.open_office(sweep=True) as office:
        found = escalation.mine(office, state.operator(office))
        if as_json:
            state.print_json([_as_json(office, reminder) for reminder in found])
            return
        _print(found)


def ack(
    keys: Annotated[
        list[int] | None, typer.Argument(min=1, max=2**63 - 1, metavar=t("column.id"), help=t("cli.alarm.ack.key"))
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help=t("cli.alarm.ack.all"))] = False,
    as_json: Json = False,
) -> None:
    import click

    from gridconsole.services import escalation

    if bool(keys) is everything:
        raise click.UsageError(t("cli.alarm.ack.which"), click.get_current_context())
    with state.open_office(sweep=True) as office:
        actor = state.operator(office)
        acknowledged = tuple(keys or (reminder.alarm.id for reminder in escalation.mine(office, actor)))
        count = escalation.acknowledge(office, actor, *acknowledged)
    if as_json:
        state.print_json({"acknowledged": count})
        return
    print(t("cli.alarm.acked", count=count), file=sys.stderr)


def policy(
    changed: Annotated[list[str] | None, typer.Option("--set", help=t("cli.alarm.ladder.set"), show_default=False)] = None,
    dropped: Annotated[list[int] | None, typer.Option("--drop", help=t("cli.alarm.ladder.drop"), show_default=False)] = None,
    stages: Annotated[bool, typer.Option("--stages", help=t("cli.alarm.ladder.stages"))] = False,
    usual: Annotated[bool, typer.Option("--default", help=t("cli.alarm.ladder.usual"))] = False,
    as_json: Json = False,
) -> None:
    from gridconsole.domain import escalation as rules
    from gridconsole.services import escalation

    new = [_step(text) for text in changed or ()]
    with state.open_office() as office:
        actor = state.operator(office, default="admin")
        now = escalation.policies(office)
        if new or dropped or usual:
            if stages:
                base = rules.STAGE_POLICY if usual else now.stages
                now = escalation.set_policy(office, actor, stages=_with(base, new, dropped or ()))
            else:
                base = rules.HANDLING_POLICY if usual else now.handling
                now = escalation.set_policy(office, actor, handling=_with(base, new, dropped or ()))
    if as_json:
        state.print_json({"handling": rules.encode(now.handling), "stages": rules.encode(now.stages)})
        return
    for key, steps in (("handling", now.handling), ("stages", now.stages)):
        print(t(f"cli.alarm.{key}"))
        for step in steps:
            print(f"  {_step_line(step)}")


def _step(text: str) -> EscalationStep:
    """Parse a step as it is typed: ``90:alarm:dispatcher``, ``90:横幅提醒:派遣员、值班长``."""
    from gridconsole.domain.codes import Display
    from gridconsole.domain.errors import BadValue
    from gridconsole.domain.escalation import EscalationStep
    from gridconsole.domain.states import Role
    from gridconsole.domain.text import fold_width

    percent, _, rest = fold_width(text).strip().partition(":")
    display, _, roles = rest.partition(":")
    if not percent.rstrip("%").isdecimal() or len(percent) > 5 or not 0 < int(percent.rstrip("%")) <= 1000:
        raise BadValue(what="ladder", value=text, expected="ladder")
    names = [name for name in roles.replace("、", ",").split(",") if name.strip()]
    notified = tuple(dict.fromkeys(state.parse_word(Role, name, "role") for name in names))
    return EscalationStep(int(percent.rstrip("%")), state.parse_word(Display, display, "ladder"), notified)


def _with(base: Policy, new: list[EscalationStep], dropped: list[int] | tuple[()]) -> Policy:
    from gridconsole.domain.errors import BadValue

    steps = {step.percent: step for step in base} | {step.percent: step for step in new}
    for percent in dropped:
        if steps.pop(percent, None) is None:
            raise BadValue(what="ladder", value=percent, expected="ladder_known")
    return tuple(step for _, step in sorted(steps.items()))


def _step_line(step: EscalationStep) -> str:
    from gridconsole.language import word

    notified = word(step.audience) if step.audience else t("alarm.taker") if step.display.notifies else ""
    return f"{step.percent:>4}%  {word(step.display)}  {notified}".rstrip()


def _as_json(office: Office, reminder: Reminder) -> dict[str, Any]:
    alarm, row = reminder.alarm, reminder.row
    return {"id": alarm.id, "number": alarm.number, "kind": alarm.kind.value, "stage": alarm.stage.value if alarm.stage else None,
            "rung": alarm.percent, "manner": alarm.display.value, "reached_at": state.iso(alarm.reached_at, office),
            "fired_at": state.iso(alarm.notified_at, office), "due_at": state.iso(alarm.due_at, office), "state": row.state.value,
            "category": row.category or None, "area": row.area_name or None, "handler": row.handler or None,
            "actions": [action.value for action in reminder.actions]}  # fmt: skip


def _print(found: tuple[Reminder, ...]) -> None:
    from gridconsole.language import word
    from gridconsole.language.escalation import alarm_text

    if not found:
        print(t("cli.alarm.none"), file=sys.stderr)
        return
    columns = (("id", 4), ("alarm", 19), ("number", 13), ("due", 11), ("do", 8), ("handler", 4))
    print_list(
        [Column(key, least) for key, least in columns],
        (
            (str(alarm.id), alarm_text(alarm), alarm.number, word(alarm.due_at) if alarm.due_at else "",
             word(reminder.actions[:3]), reminder.row.handler)
            for reminder in found
            for alarm in (reminder.alarm,)
        ),
    )  # fmt: skip
