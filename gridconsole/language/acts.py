"""Names of what operators do, as lists and histories show them."""

from __future__ import annotations

from gridconsole.domain.actions import Action
from gridconsole.domain.parties import PROGRAM
from gridconsole.domain.text import printable
from gridconsole.language import (
    has,
    keys_of,
    t,
    word,
)


def act_names() -> dict[str, str]:
    """Return the name of every act that can be in the ledger, by code."""
    return {action.value: word(action) for action in Action} | {key.partition(".")[2]: t(key) for key in keys_of("entry.")}


def act_name(action: str) -> str:
    """Return the name of an entry's action; its code if it has none."""
    for key in (f"Action.{action}", f"entry.{action}"):
        if has(key):
            return t(key)
    return printable(action)


def operator_name(name: str) -> str:
    """Return the displayed name of the operator who acted; the program itself has a name in each language."""
    return t("operator.program") if name == PROGRAM.name else name
