"""setup: what a new office needs, in the order of dependence, how far each is, and the command for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from gridconsole.cli import state
from gridconsole.cli.options import Json, command
from gridconsole.language import listed, t

if TYPE_CHECKING:
    from gridconsole.services.first_steps import Standing
    from gridconsole.services.office import Office


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command(**command("setup", "setup"))(setup)


def setup(as_json: Json = False) -> None:
    from gridconsole.services import first_steps

    with state.look_into_office() as office:
        found = first_steps.read(office)
        if as_json:
            state.print_json([_answer(office, one) for one in found.steps])
            return
        print(t("cli.setup.title", office=office.name, ready=found.ready, count=len(found.steps)))
        for place, one in enumerate(found.steps, 1):
            print(f"{place} {'✓' if one.is_ready else ' '} {t(f'first.{one.step}')}  {_standing(one)}")
            if not one.is_ready:
                print(f"    {t(f'first.{one.step}.use')}")
                for line in () if one.waits_for else (*_commands(office, one), _who(one)):
                    print(f"    {line}")
        upcoming = found.next
        print(t("cli.setup.next", name=t(f"first.{upcoming.step}")) if upcoming is not None else t("first.all_ready"))


def _standing(one: Standing) -> str:
    from gridconsole.language import has

    if one.waits_for:
        return t("first.waits", steps=listed(t(f"first.{step}") for step in one.waits_for))
    key = f"first.{one.step}.count"
    return t(key if has(key) else "first.count", count=one.count) if one.count else t("first.none")


def _commands(office: Office, one: Standing) -> list[str]:
    """Return the plain commands of a step."""
    from gridconsole.services.first_steps import KIND_OF, Step

    kind = KIND_OF.get(one.step)
    if kind is not None:
        name = t(f"kind.{kind}")
        return [f"gridconsole import {kind} {t('cli.setup.your_file')}", f"gridconsole template {kind} -o {name}.xlsx"]
    if one.step is Step.CALENDAR:
        return [f"gridconsole calendar load {office.today().year}"]
    return ["gridconsole operator list", f"gridconsole operator passwd {t('cli.setup.operator')}"]


def _who(one: Standing) -> str:
    """Return who may take a step: the commands are for them."""
    from gridconsole.domain.states import CALENDAR_KEEPERS, Role
    from gridconsole.importing.kinds import KINDS
    from gridconsole.language import word
    from gridconsole.services.first_steps import KIND_OF, Step

    kind = KIND_OF.get(one.step)
    others = CALENDAR_KEEPERS if one.step is Step.CALENDAR else frozenset({Role.ADMIN})
    roles = KINDS[kind].may_import if kind is not None else others
    return t("cli.setup.who", roles=listed(word(role) for role in Role if role in roles))


def _answer(office: Office, one: Standing) -> dict[str, Any]:
    return {
        "step": one.step.value, "count": one.count, "ready": one.is_ready, "waits_for": [step.value for step in one.waits_for],
        "commands": [] if one.is_ready or one.waits_for else _commands(office, one),
    }  # fmt: skip
