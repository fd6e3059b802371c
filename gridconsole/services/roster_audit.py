"""体检: run the checks of ``data/audit`` on an office."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from gridconsole import resources
from gridconsole.domain import roster_audit as rules
from gridconsole.domain.roster_audit import Check, Finding, Goto, Severity
from gridconsole.domain.teams import TeamKind, kinds_of
from gridconsole.language import NAMES, text_in, vocabulary
from gridconsole.store import roster_audit

if TYPE_CHECKING:
    from gridconsole.services.office import Office


def checks(model: str) -> tuple[Check, ...]:
    """Return the checks of a governance model, with its limits."""
    said = resources.read_toml("audit", "roster.toml")["check"]
    return tuple(
        Check(one["code"], Severity(one["severity"]), Goto(one["goto"]), one.get("limits", {}).get(model, one.get("limit", 0)))
        for one in said
        if not one.get("models") or model in one["models"]
    )


def codes_named(word: str) -> tuple[str, ...]:
    """Return the codes of the checks that a word names: a code, a title in any language, or a group such as 四定; none if unknown."""

    def key(text: str) -> str:
        return vocabulary.plain(text).replace(" ", "")

    found = []
    for one in resources.read_toml("audit", "roster.toml")["check"]:
        titles = [text_in(language, f"audit.{one['code']}") for language in NAMES]
        short = [_IN_BRACKETS.sub("", title) for title in titles]
        if key(word) in map(key, (one["code"], *titles, *short, *one.get("groups", ()))):
            found.append(one["code"])
    return tuple(found)


_IN_BRACKETS = re.compile(r"\s*[(（].*[)）]")


def team_kinds(model: str) -> tuple[TeamKind, ...]:
    """Return the kinds of teams of a governance model."""
    return kinds_of(resources.read_toml("models", f"{model}.toml").get("team", ()))


def run(office: Office, model: str | None = None, only: Iterable[str] = ()) -> tuple[Finding, ...]:
    """Return the findings, most serious first, then in the order of the checks.

    Args:
        model: governance model whose checks and limits are used; None: the office's own.
        only: codes of the checks to run; none: all.
    """
    wanted = frozenset(only)
    chosen = [check for check in checks(model or office.row.model) if not wanted or check.code in wanted]
    with office.database.reading() as connection:
        facts = roster_audit.read(connection, office.id, office.today(), office.midnight(), team_kinds(model or office.row.model))
    found = rules.run(facts, chosen)
    order = tuple(Severity)
    return tuple(sorted(found, key=lambda one: order.index(one.check.severity)))
