"""Typed commands in the palette: what a line would do, as something to choose, and doing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from gridconsole.domain.errors import GridConsoleError, LineFlaw, LineWrong, UnknownHandler
from gridconsole.language import sentences, t, typed_line
from gridconsole.language.error_sentences import Surface, error_sentence
from gridconsole.language.planning import planned_line
from gridconsole.language.typed_line import Other, TypedLine
from gridconsole.services import typed_acts
from gridconsole.services.casework import Receipt
from gridconsole.services.typed_acts import Plan

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office

MOST_OFFERED = 5
"""Most ways to complete a line that are offered."""
_NO_COMMAND = frozenset({LineFlaw.EMPTY, LineFlaw.NO_VERB, LineFlaw.UNKNOWN_VERB})
"""Flaws of texts that are no commands at all, but words to look for."""


@dataclass(frozen=True, slots=True)
class TypedHit:
    """A typed line as something to choose."""

    label: str
    plan: Plan | None = None
    """Effects of the line; None if it cannot be carried out."""
    words: str = ""
    """Words to look for on the desk."""


def parsed(said: str) -> TypedLine | None:
    """Return a typed line; None for words that are no command, and for a bare number, which the palette finds anyway.

    Raises:
        LineWrong: it is a command, and something is wrong with it.
    """
    try:
        line = typed_line.parse(said)
    except LineWrong as error:
        if error.why in _NO_COMMAND:
            return None
        raise
    return None if line.verb.does is Other.GO else line


def destination(said: str) -> str:
    """Return where a typed line leads to, ``待核查`` in ``去 待核查`` or a case's number; empty for every other line."""
    try:
        line = typed_line.parse(said)
    except LineWrong:
        return ""
    return (line.text or "".join(line.cases)) if line.verb.does is Other.GO else ""


def hits(office: Office, actor: Actor, said: str, here: str | None, marked: tuple[str, ...]) -> list[TypedHit]:
    """Return what a typed line would do, or what is wrong with it; reads the database.

    Args:
        here: number of the case under the cursor.
        marked: numbers of the marked cases.
    """
    try:
        line = parsed(said)
        if line is None:
            return []
        if line.verb.does is Other.SEARCH:
            return [TypedHit(t("console.typed.search", words=line.text), words=line.text)] if line.text else []
        return [_hit(office, typed_acts.plan(office, actor, line, here, marked))]
    except UnknownHandler as error:
        return [*_completed(office, actor, typed_line.parse(said), error, here, marked), _wrong(error)]
    except GridConsoleError as error:
        return [_wrong(error)]


def _hit(office: Office, plan: Plan) -> TypedHit:
    if plan.refusal is not None:
        return _wrong(plan.refusal)
    first = plan.acts[0]
    label = planned_line(first.row, first.act, first.after, first.due_at, office.now(), office.calendar)
    if len(plan.acts) > 1:
        label = t("console.typed.more", first=label, count=len(plan.acts))
    return TypedHit(label, plan)


def _wrong(error: GridConsoleError) -> TypedHit:
    return TypedHit(sentences(*error_sentence(error, Surface.CONSOLE)))


def _completed(
    office: Office, actor: Actor, line: TypedLine, error: UnknownHandler, here: str | None, marked: tuple[str, ...]
) -> list[TypedHit]:  # fmt: skip
    """Return the line with each of the names that are near the one nobody has."""
    found = []
    for name in (error.near or ())[:MOST_OFFERED]:
        try:
            with_name = replace(line, who=tuple(name if one == error.word else one for one in line.who))
            found.append(_hit(office, typed_acts.plan(office, actor, with_name, here, marked)))
        except GridConsoleError:
            continue
    return [one for one in found if one.plan is not None]


def operation(office: Office, actor: Actor, plan: Plan) -> Callable[[], Receipt]:
    """Return the acts of a plan as an operation, whose receipt is that of the last case."""
    return partial(_carried_out, office, actor, plan)


def _carried_out(office: Office, actor: Actor, plan: Plan) -> Receipt:
    return typed_acts.carry_out(office, actor, plan)[-1]
