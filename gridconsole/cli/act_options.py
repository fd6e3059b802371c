"""Options of ``incident act``: the field that each fills, and how its text is parsed. A new field of an action is one line here."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import state
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.domain.actions import Act, Action, CallBack, Lead, Waiver
    from gridconsole.domain.catalogue import FilingRule, Limit
    from gridconsole.domain.parties import Handler
    from gridconsole.domain.states import Result
    from gridconsole.domain.task import AssigneeCandidate, Look
    from gridconsole.services.office import Office


@dataclass(frozen=True, slots=True)
class Given:
    """Options of a command line about an act."""

    action: Action
    words: Mapping[str, Any]
    """By the name of the option's parameter."""

    def __getitem__(self, name: str) -> Any:
        return self.words[name]


def _text(flag: str, key: str) -> tuple[Any, Any]:
    return Annotated[str, typer.Option(flag, help=t(f"cli.incident.{key}"), show_default=False)], ""


def _word(flag: str, key: str, *more: str) -> tuple[Any, Any]:
    return Annotated[str | None, typer.Option(flag, *more, help=t(f"cli.incident.{key}"), show_default=False)], None


def _words(flag: str, key: str) -> tuple[Any, Any]:
    return Annotated[list[str] | None, typer.Option(flag, help=t(f"cli.incident.{key}"), show_default=False)], None


def _flag(flag: str, key: str) -> tuple[Any, Any]:
    return Annotated[bool, typer.Option(flag, help=t(f"cli.incident.{key}"))], False


def _number(flag: str, key: str, **limits: Any) -> tuple[Any, Any]:
    return Annotated[int | None, typer.Option(flag, help=t(f"cli.incident.{key}"), show_default=False, **limits)], None


OPTIONS: Mapping[str, tuple[Any, Any]] = {
    "to": _word("--to", "to"),
    "note": _text("--note", "note"),
    "reason": _text("--reason", "reason"),
    "result": _word("--result", "result"),
    "outcome": _word("--outcome", "outcome"),
    "grid": _word("--grid", "grid"),
    "category": _word("--category", "category"),
    "rule": _number("--rule", "rule", min=1),
    "grade": _word("--grade", "grade"),
    "amount": _word("--amount", "amount"),
    "until": _word("--until", "until"),
    "into": _word("--into", "into"),
    "reached": _flag("--reached", "reached"),
    "unreached": _flag("--unreached", "unreached"),
    "solved": _word("--solved", "solved"),
    "satisfaction": _word("--satisfaction", "satisfaction"),
    "looked_at": _word("--looked-at", "looked_at", "--done-at"),
    "photos": _words("--photo", "photo"),
    "reply_by": _word("--reply-by", "reply_by"),
    "helpers": _words("--with", "with"),
    "waiver_by": _word("--waiver-by", "waiver_by"),
    "waiver_reason": _text("--waiver-reason", "waiver_reason"),
    "expected": _number("--version", "version"),
    "request_id": _word("--request-id", "request_id"),
}
"""Type and default of each option, in the order of the help."""


def with_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add this table's options to a command, between its arguments and its last parameter.

    The command gets their values as ``words``.
    """
    own = list(inspect.signature(function, eval_str=True).parameters.values())
    first, last = [item for item in own if item.name not in ("words", "as_json")], own[-1]
    options = [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation)
        for name, (annotation, default) in OPTIONS.items()
    ]

    @functools.wraps(function)
    def command(**values: Any) -> None:
        words = {name: values.pop(name) for name in OPTIONS}
        function(**values, words=words)

    shown = [*first, *options, last]
    command.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    command.__annotations__ = {item.name: item.annotation for item in shown}
    return command


# --- reading the words ------------------------------------------------------------------------------------------


def result(given: Given) -> Result | None:
    """Return a result by its code or name; yes and no are accepted for an action with two results."""
    from gridconsole.domain.transitions import results_of
    from gridconsole.language import vocabulary

    if given["result"] is None:
        return None
    choices = results_of(given.action)
    agreed = vocabulary.AGREED.get(vocabulary.plain(given["result"]))
    found = vocabulary.find(choices, given["result"])
    if found is None and agreed is not None and len(choices) == 2:
        return choices[0] if agreed else choices[1]
    return found or vocabulary.parse(choices, given["result"], "result")


def call_back(given: Given) -> CallBack | None:
    """Return the result of a call-back. Answers without --reached or --unreached count as a call that reached the resident."""
    from gridconsole.domain.actions import CallBack
    from gridconsole.domain.errors import BadValue
    from gridconsole.domain.states import Satisfaction, Solved

    if given["reached"] and given["unreached"]:
        raise BadValue(what="option", value="--reached --unreached", expected="reached_or_not")
    if not (given["reached"] or given["unreached"] or given["solved"] or given["satisfaction"]):
        return None
    return CallBack(
        not given["unreached"],
        state.parse_word(Solved, given["solved"], "solved") if given["solved"] else None,
        state.parse_word(Satisfaction, given["satisfaction"], "satisfaction") if given["satisfaction"] else None,
    )


def plain_fields(given: Given) -> dict[str, object]:
    """Parse what needs no office, so that a mistake in it is reported before the file is opened."""
    from gridconsole.domain.states import Grade, Outcome

    return {
        "result": result(given),
        "outcome": state.parse_word(Outcome, given["outcome"], "outcome") if given["outcome"] else None,
        "grade": state.parse_word(Grade, given["grade"], "grade") if given["grade"] else None,
        "call_back": call_back(given),
    }


def wish(office: Office, number: str, given: Given, plain: Mapping[str, Any]) -> Act:
    """Return the act that the options describe.

    Args:
        plain: what :func:`plain_fields` made of them.
    """
    from gridconsole.domain.actions import Act

    fields = {**plain, **office_fields(office, number, given)}
    witness = waiver(office, given)
    return Act.of(given.action, given["note"], given["reason"], waiver=witness, expected_version=given["expected"], **fields)


def office_fields(office: Office, number: str, given: Given) -> dict[str, object]:
    """Parse what needs the office: places, categories, handlers, people, days and times."""
    from gridconsole.domain.actions import Action
    from gridconsole.services import handlers, lookup, tasks

    is_assignment = given.action is Action.SEND
    place = lookup.find_grid(office, given["grid"]) if given["grid"] else None
    category = lookup.find_category(office, given["category"]) if given["category"] else None
    category_id = category.id if category else None
    handler: Handler | None = handlers.find_handler(office, given["to"], number) if given["to"] and not is_assignment else None
    helpers = tuple(handlers.find_handler(office, word, number) for word in given["helpers"] or ())
    rule = _rule(office, number, category_id, given["rule"])
    amount = _amount(given["amount"])
    until = state.parse_day(given["until"], office)
    into = _lead(office, given["into"])
    assignee: AssigneeCandidate | None = (
        tasks.find_assignee(office, given["to"], number) if given["to"] and is_assignment else None
    )
    look: Look | None = tasks.look_of(state.parse_moment(given["looked_at"], office), given["photos"] or ())
    return {
        "grid_id": place.id if place else None,
        "category_id": category_id,
        "handler": handler,
        "cooperating": helpers,
        "rule": rule,
        "amount": amount,
        "until": until,
        "into": into,
        "assignee": assignee,
        "look": look,
        "reply_by": state.parse_moment(given["reply_by"], office, to_the_hour=True),
    }


def waiver(office: Office, given: Given) -> Waiver | None:
    """Return the waiver of a second person, who proves it by their own password.

    The password is typed unseen, or read from the file that a script names.
    """
    from gridconsole.cli.secrets import Asked, password_in
    from gridconsole.domain.actions import Waiver
    from gridconsole.services import sessions

    name, reason = given["waiver_by"], given["waiver_reason"]
    if name is None:
        return None
    if office.is_demo:
        return Waiver(sessions.witness(office, name, ""), reason)
    file = os.environ.get("GRIDCONSOLE_WAIVER_PASSWORD_FILE")
    password = password_in(Path(file)) if file else Asked(from_stdin=False).present(name)
    return Waiver(sessions.witness(office, name, password), reason)


def _amount(text: str | None) -> Limit | None:
    """Parse an amount of time as an office writes it: ``4工作时``, ``3 workdays``."""
    from gridconsole.domain.errors import BadValue
    from gridconsole.domain.spoken import ValueProblem, one_limit

    if text is None:
        return None
    try:
        return one_limit(text)
    except ValueProblem as problem:
        raise BadValue(what="amount", value=text, expected="amount") from problem


def _lead(office: Office, number: str | None) -> Lead | None:
    from gridconsole.domain.actions import Lead
    from gridconsole.services import case_queries

    return Lead(case_queries.find_number(office, number)) if number else None


def _rule(office: Office, number: str, category_id: int | None, position: int | None) -> FilingRule | None:
    from gridconsole.domain.errors import BadValue
    from gridconsole.services import case_queries

    if position is None:
        return None
    category = category_id or case_queries.category_of(office, number)
    rules = case_queries.rules_of(office, category) if category else ()
    if not 1 <= position <= len(rules):
        raise BadValue(what="rule", value=position, expected="rule")
    return rules[position - 1]
