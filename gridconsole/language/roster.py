"""Sentences about people on the roster: the card with its time line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.grid_change import GONE
from gridconsole.domain.roster import Form, LeaveKind, WhyLeft
from gridconsole.language import has, labelled, t, word

if TYPE_CHECKING:
    from gridconsole.domain.roster_audit import Finding
    from gridconsole.domain.views.roster import PersonHistory, Step


def audit_sentence(finding: Finding) -> str:
    """Return a finding of the audit in words: what it is about, and the value beside the limit."""
    name = (
        f"{finding.subject.name} ({finding.subject.code})"
        if finding.subject.code != finding.subject.name
        else finding.subject.name
    )
    return f"{name}  {value_text(finding)}".rstrip()


def remedy_on_screen(code: str) -> str:
    """Return what to do about a finding, in the words of the console."""
    key = f"audit.{code}.remedy.console"
    return t(key if has(key) else f"audit.{code}.remedy")


def value_text(finding: Finding) -> str:
    """Return the value of a finding beside its limit; empty if it has none."""
    key = f"audit.{finding.check.code}.value"
    return t(key, value=finding.value, limit=f"{finding.check.limit:g}") if finding.value and has(key) else finding.value


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
    return "  ".join(part for part in (f"{first} - {until}", what(step), why(step)) if part)


def why(step: Step) -> str:
    """Return who stood in, or why something ended; empty for neither."""
    if step.deputy:
        return t("roster.deputy", name=step.deputy)
    return why_ended(step.why_ended)


def why_ended(code: str) -> str:
    """Return why an employment or a post ended, in words; empty for none."""
    if code == GONE:
        return t("roster.grid_gone")
    return word(WhyLeft(code)) if code in set(WhyLeft) else ""


def what(step: Step) -> str:
    """Return what a step is: a form of employment, a kind of leave, or a rank on a grid."""
    if step.form in set(Form):
        said = word(Form(step.form))
        return t("roster.employed", form=f"{said} {step.place}" if step.place else said)
    if step.kind in set(LeaveKind):
        return word(LeaveKind(step.kind))
    return f"{step.rank} {step.place}"
