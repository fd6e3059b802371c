"""Sentences about people on the roster: the card with its time line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.roster import Form, LeaveKind, WhyLeft
from gridconsole.language import labelled, t, word

if TYPE_CHECKING:
    from gridconsole.domain.views.roster import PersonHistory, Step


def card(found: PersonHistory) -> list[str]:
    """Return a person's card as lines: who they are, then the time line, newest first."""
    base = [
        (t("column.employment"), t(f"employment.{found.form}") if found.form else ""),
        (t("warden.phone"), found.phone),
        (t("warden.joined"), str(found.joined_on or "")),
        (t("roster.left"), str(found.left_on or "")),
        (t("column.handling"), str(found.open_cases)),
    ]
    return [
        f"{found.name}  {found.number}",
        *(labelled(name, value) for name, value in base if value),
        *map(step_text, found.steps),
    ]


def step_text(step: Step) -> str:
    """Return a step of a time line: its days, what it was, why it ended."""
    first = str(step.first) if step.first is not None else t("roster.before")
    until = str(step.until) if step.until is not None else t("roster.until_now")
    parts = [f"{first} - {until}", _what(step)]
    if step.deputy:
        parts.append(t("roster.deputy", name=step.deputy))
    if step.why_ended in set(WhyLeft):
        parts.append(word(WhyLeft(step.why_ended)))
    return "  ".join(part for part in parts if part)


def _what(step: Step) -> str:
    if step.form in set(Form):
        return t("roster.employed", form=word(Form(step.form)))
    if step.kind in set(LeaveKind):
        return word(LeaveKind(step.kind))
    return f"{step.rank} {step.place}"
