"""Options of case lists, shared by ``export incidents`` and ``incident list``, and the writing of the list."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import state
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.case_lists import Wanted
    from gridconsole.services.office import Office

First = Annotated[str | None, typer.Option("--from", help=t("cli.case_list.from"), show_default=False)]
Last = Annotated[str | None, typer.Option("--to", help=t("cli.case_list.to"), show_default=False)]
Sources = Annotated[list[str] | None, typer.Option("--source", help=t("cli.case_list.source"), show_default=False)]
Areas = Annotated[list[str] | None, typer.Option("--area", help=t("cli.case_list.area"), show_default=False)]
Units = Annotated[list[str] | None, typer.Option("--unit", help=t("cli.case_list.unit"), show_default=False)]
Categories = Annotated[list[str] | None, typer.Option("--category", help=t("cli.case_list.category"), show_default=False)]
Where = Annotated[list[str] | None, typer.Option("--where", help=t("cli.case_list.where"), show_default=False)]
Columns = Annotated[list[str] | None, typer.Option("--columns", help=t("cli.case_list.columns"), show_default=False)]


def wanted_of(office: Office, words: dict[str, Any]) -> Wanted:
    """Return the conditions that the options give.

    Args:
        words: values of the options by their names here: ``first``, ``last``, ``sources``, ``states`` and so on.
    """
    from gridconsole.domain.states import Source, State
    from gridconsole.services.case_lists import Wanted

    return Wanted(
        first=state.parse_day(words.get("first"), office),
        last=state.parse_day(words.get("last"), office),
        sources=tuple(state.parse_word(Source, word, "source") for word in words.get("sources") or ()),
        states=tuple(state.parse_word(State, word, "state") for word in words.get("states") or ()),
        areas=split(words.get("areas")),
        units=split(words.get("units")),
        categories=split(words.get("categories")),
        where=tuple(words.get("where") or ()),
        open_only=bool(words.get("open_only")),
        overdue=bool(words.get("overdue")),
        keys=words.get("keys"),
    )


def split(words: Sequence[str] | None) -> tuple[str, ...]:
    """Return the values of an option that may be repeated, or hold several values between commas."""
    from gridconsole.domain.text import fold_width

    parts = (part.strip() for word in words or () for part in fold_width(word).replace("、", ",").split(","))
    return tuple(part for part in parts if part)


def put(
    office: Office, actor: Actor, wanted: Wanted, columns: Sequence[str] | None, target: Path, *, overwrite: bool, unmask: bool,
    reason: str,
) -> int:  # fmt: skip
    """Write a case list to a file; returns the number of cases. The ledger records it."""
    from gridconsole.reporting import case_lists as writers
    from gridconsole.services import case_lists

    writers.check(target, overwrite=overwrite)
    chosen = case_lists.columns_of(split(columns))
    count = writers.export(
        office, actor, wanted, chosen, target, overwrite=overwrite, every_kept=not columns, unmask=unmask, reason=reason
    )
    print(t("cli.export.done", count=count, file=target), file=sys.stderr)
    return count
