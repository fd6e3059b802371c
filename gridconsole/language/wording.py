"""Sentences made of facts: derivations, links, requests, lines of the ledger and of histories."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from gridconsole.domain.actions import Action
from gridconsole.domain.clock import WorkCalendar
from gridconsole.domain.codes import PairVerdict
from gridconsole.domain.derivation import Derivation, DerivationStep
from gridconsole.domain.duplicates import Clue, Sign
from gridconsole.domain.ledger import BATCH, UNDONE
from gridconsole.domain.states import Result, Stage
from gridconsole.domain.text import mask_text, printable
from gridconsole.domain.transitions import deciders
from gridconsole.domain.views.cases import ClockReading, Follower, Link
from gridconsole.domain.views.ledger import LedgerLine, TimelineEntry
from gridconsole.domain.views.queue import QueueRow
from gridconsole.domain.views.requests import RequestLine
from gridconsole.language import (
    OFFICE_ZONE,
    has,
    in_brackets,
    labelled,
    short_day,
    short_time,
    t,
    translated,
    weekday,
    word,
)
from gridconsole.language.acts import act_name, operator_name
from gridconsole.language.calendars import day_note, entry_words, recompute_words
from gridconsole.language.durations import duration_text, limit_text, local_text
from gridconsole.language.escalation import escalation_words
from gridconsole.language.tasks import look_words

MOST_NUMBERS = 5
"""Most numbers of cases that one sentence names."""


STATE_HEADING = "办理状态"
"""Heading under which the state of a list is kept with its case."""


def derivation_lines(derivation: Derivation) -> list[str]:
    """Word the derivation of a deadline, one step per line; long runs of days share a line."""
    lines: list[str] = []
    for group in _runs(derivation.steps):
        first, last = group[0], group[-1]
        if len(group) > 3:
            lines.append(f"{_step(first)} …… {_step(last)}".replace("……", ".."))
        else:
            lines.extend(_step(step) for step in group)
    return lines


def _runs(steps: Iterable[DerivationStep]) -> Iterable[list[DerivationStep]]:
    """Group consecutive steps: rest or skipped days with the same note are one group."""
    run: list[DerivationStep] = []
    for step in steps:
        if run and (step.kind is not run[-1].kind or step.kind.value not in ("rest", "skipped") or step.note != run[-1].note):
            yield run
            run = []
        run.append(step)
    if run:
        yield run


def _step(step: DerivationStep) -> str:
    def moment(at: datetime | None) -> str:
        return "" if at is None else f"{short_day(at.date())} {weekday(at)} {at:%H:%M}"

    day = "" if step.day is None else f"{short_day(step.day)} {weekday(step.day)}"
    note = in_brackets("", day_note(step.note)) if step.note else ""
    return t(f"step.{step.kind.value}", at=moment(step.at), until=moment(step.until), day=day, count=step.count,
             took=duration_text(step.took), note=note)  # fmt: skip


def clock_lines(readings: Sequence[ClockReading], row: QueueRow, condition: str, standard: str) -> list[str]:
    """Word the derivation of a case's deadlines, clock by clock."""
    lines: list[str] = []
    for reading in readings:
        clock = reading.clock
        lines.append(t("derive.limit", stage=clock.stage, limit=limit_text(clock.limit)))
        for number, extension in enumerate(clock.extensions, 1):
            lines.append(t("derive.extension", number=number, amount=limit_text(extension)))
        if clock.stage is Stage.HANDLE and condition:
            lines.append(t("derive.rule", category=row.category, standard=standard, condition=condition))
        lines.extend(f"  {line}" for line in derivation_lines(reading.derivation))
        if clock.due_at != reading.derivation.due_at:
            lines.append("  " + t("derive.as_judged", at=f"{clock.due_at.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}"))
        if clock.halted_at is not None:
            lines.append("  " + t("derive.halted", at=short_time(clock.halted_at)))
    return lines


_TIMES_OF_ACTS = (("dispatched_at", Action.DISPATCH), ("handled_at", Action.FEEDBACK), ("closed_at", Action.CLOSE))
"""Times in the first entry of an imported closed case, for the steps that were not taken here."""


_OWNERS_NAMED = 3
"""Most runs of days that a line of the ledger names."""


def _owner_words(facts: Mapping[str, Any]) -> list[str]:
    """Return on which past days an act on the roster changed who was responsible, and for which grid."""
    runs = facts.get("owners_changed")
    said = [run for run in runs if isinstance(run, list) and len(run) == 3] if isinstance(runs, list) else []
    words = [t("ledger.owners_changed", grid=grid, first=first, last=last) for grid, first, last in said[:_OWNERS_NAMED]]
    return words + ([t("ledger.owners_changed.more", count=len(said))] if len(said) > _OWNERS_NAMED else [])


def ledger_line(line: LedgerLine, calendar: WorkCalendar) -> str:
    """Word any ledger entry on one line: time, subject, action, operator, facts, and its text, masked."""
    at = f"{line.at.astimezone(calendar.zone):%Y-%m-%d %H:%M:%S}" if line.at is not None else "?"
    parts = [at, line.subject, act_name(line.action), operator_name(line.operator)]
    if "result" in line.facts:
        parts.append(t(f"Result.{line.facts['result']}"))
    if "handler" in line.facts:
        parts.append(f"-> {line.facts['handler']}")
    if line.action in ("denied", "waive"):
        parts.append(t(f"ledger.{line.action}", what=_reached_for(line.facts), **_said(line.facts, "code", "operator")))
    if "waived_by" in line.facts:
        parts.append(t("timeline.waived", operator=line.facts["waived_by"], action=act_name(str(line.facts.get("waived", "")))))
    if line.facts.get("merged_into"):
        parts.append(f"-> {line.facts['merged_into']}")
    if "parted_from" in line.facts:
        parts.append(f"x {line.facts['parted_from']}")
    if "leader" in line.facts:
        parts.append(f"-> {line.facts['leader']}")
    if "verdict" in line.facts:
        verdict = f"PairVerdict.{line.facts['verdict']}"
        parts.append(f"{line.facts.get('first')} {line.facts.get('second')} {t(verdict) if has(verdict) else ''}".rstrip())
    parts += call_words(line.facts) + look_words(line.facts) + recompute_words(line.facts) + doubt_words(line.facts)
    parts += _owner_words(line.facts)
    if line.action.startswith("calendar_"):
        parts += entry_words(line.facts)
    if line.action in ("escalate", "acknowledge"):
        parts += escalation_words(line.facts)
    words = line.personal.get("note") or line.personal.get("reason") or line.personal.get("file") or ""
    if words:
        parts.append(mask_text(" ".join(words.split()))[:200])
    parts.append(t(f"door.{line.origin}") if has(f"door.{line.origin}") else line.origin)
    return "  ".join(printable(str(part)) for part in parts)


def _reached_for(facts: Mapping[str, Any]) -> str:
    """Word what an operator was denied, or allowed."""
    if "action" in facts:
        return act_name(str(facts["action"]))
    return t(f"what.{facts.get('what', '')}")


def _said(facts: Mapping[str, Any], *names: str) -> dict[str, str]:
    return {name: str(facts.get(name, "")) for name in names}


def link_marks(verdict: PairVerdict | None, merged_into: str | None, leads: bool) -> list[str]:
    """Word the known facts of a candidate and a case: earlier verdicts, and which of them follows which."""
    marks = [word(verdict)] if verdict else []
    marks += [t("link.merged_into", number=merged_into)] if merged_into else []
    return marks + ([t("link.leads")] if leads else [])


def clue_texts(clues: Iterable[Clue]) -> list[str]:
    """Word the evidence that two cases are one matter, a few words for each sign that brought points."""
    return [_clue_text(clue) for clue in clues if clue.points]


def _clue_text(clue: Clue) -> str:
    match clue.sign:
        case Sign.TIME:
            return t("clue.time", hours=clue.value)
        case Sign.PHONE:
            return t("clue.phone")
        case Sign.BUILDING:
            return t("clue.building", value=clue.value)
        case Sign.TEXT:
            return t("clue.text", value=clue.value)
        case _:
            return word(clue.value)


def follower_lines(waiting: Sequence[str], closed_with: Sequence[str], released: Sequence[str]) -> list[str]:
    """Word what became of the cases merged into one that is over: which closed with it, which go on by themselves."""
    found = {"link.closed_with": closed_with, "link.released": released, "link.waiting": waiting}
    return [
        t(key, count=len(numbers), numbers=list(numbers[:MOST_NUMBERS]) + (["..."] if len(numbers) > MOST_NUMBERS else []))
        for key, numbers in found.items() if numbers
    ]  # fmt: skip


def link_lines(merged_into: str | None, merged: Sequence[Follower], links: Sequence[Link], calendar: WorkCalendar) -> list[str]:
    """Word the links of a case: which case leads it, which follow it with their reporters, and the judgements of pairs."""
    lines = [t("link.merged_into", number=merged_into)] if merged_into else []
    if merged:
        lines.append(t("link.merged", count=len(merged)))
        lines += [
            "  " + t("link.follower", number=case.number, state=case.state, who=" ".join(filter(None, (case.reporter, case.phone))),
                     at=local_text(case.reported_at, calendar))
            for case in merged
        ]  # fmt: skip
    lines += [
        t("link.judged", number=link.number, verdict=link.verdict, operator=link.operator, at=local_text(link.at, calendar))
        for link in links
    ]
    return lines


def what_is_asked(line: RequestLine) -> str:
    """Word a request: ``延期 4 工作时``, ``挂账 至 2026-12-01``."""
    parts = [word(line.kind)]
    if line.amount is not None:
        parts.append(limit_text(line.amount))
    if line.until is not None:
        parts.append(t("request.until", day=line.until))
    if line.condition:
        parts.append(line.condition)
    return " ".join(parts)


def request_line(line: RequestLine, calendar: WorkCalendar, *, masked: bool = True) -> str:
    """Word a request on one line: its content, operator and reason, and how far it has come."""
    reason = " ".join(line.reason.split())
    said = t("request.asked", what=what_is_asked(line), operator=line.asked_by, at=local_text(line.asked_at, calendar),
             reason=mask_text(reason) if masked else reason)  # fmt: skip
    if line.opinion is not None:
        said += t("request.opined", operator=line.first_opinion_by, opinion=line.opinion)
    if line.decision:
        return said + t(f"request.{line.decision}", operator=line.decided_by)
    if line.kind.has_opinion and line.opinion is None:
        return said + t("request.unopined", roles=deciders(line.kind, Action.FIRST_OPINION))
    return said + t("request.waiting", roles=deciders(line.kind, Action.GRANT))


def column_lines(columns: Mapping[str, str], list_says: str) -> list[str]:
    """Return the further columns that a list gave a case, and its newest state if that is another one."""
    lines = [labelled(translated("heading.", heading), value) for heading, value in columns.items()]
    if list_says and list_says != columns.get(STATE_HEADING):
        lines.append(labelled(t("case.list_says"), list_says))
    return lines


def offered(actions: Sequence[Action], waivable: Collection[Action]) -> list[str]:
    """Word the actions of an operator, with those that need a waiver."""
    return [t("action.by_waiver", action=action) if action in waivable else word(action) for action in actions]


def doubt_words(facts: Mapping[str, Any]) -> list[str]:
    """Word a deadline that was judged by a doubtful time; empty for any other entry."""
    return [t("time.judged_in_doubt")] if facts.get("time_doubt") else []


def call_words(facts: Mapping[str, Any]) -> list[str]:
    """Word the call-back of an entry: ``接通 已解决 非常满意``; empty for any other entry."""
    if "reached" not in facts:
        return []
    words = [t("call.reached" if facts["reached"] else "call.unreached")]
    words += [t(f"Solved.{facts['solved']}")] if "solved" in facts else []
    words += [t(f"Satisfaction.{facts['satisfaction']}")] if "satisfaction" in facts else []
    return words


def timeline_line(entry: TimelineEntry, calendar: WorkCalendar) -> str:
    """Word an act on one line: time, action, result, its text, and the operator."""
    parts = [short_time(entry.at, calendar.zone), act_name(entry.action), *act_words(entry, calendar)]
    parts.append(printable(operator_name(entry.operator)))
    return " ".join((*parts, *provenance_words(entry)))


def provenance_words(entry: TimelineEntry) -> list[str]:
    """Word how an act came about: by a waiver of the dual axis, or from an imported list."""
    facts, parts = entry.facts, []
    if "waived_by" in facts:
        parts.append(t("timeline.waived", operator=facts["waived_by"], action=Action(str(facts["waived"]))))
    if entry.origin == "import":
        parts.append(t("door.import"))
    return parts


def act_words(entry: TimelineEntry, calendar: WorkCalendar) -> list[str]:
    """Word what an act said besides its name: result, handler, times, and its text."""
    facts, parts = entry.facts, []
    if "result" in facts:
        parts.append(word(Result(str(facts["result"]))))
    if "handler" in facts:
        parts.append("-> " + printable(str(facts["handler"])))
    if facts.get("merged_into"):
        parts.append("-> " + printable(str(facts["merged_into"])))
    if "parted_from" in facts:
        parts.append("x " + printable(str(facts["parted_from"])))
    if "leader" in facts:
        parts.append("-> " + printable(str(facts["leader"])))
    parts += call_words(facts) + look_words(facts) + recompute_words(facts) + doubt_words(facts)
    for name, action in _TIMES_OF_ACTS:
        if name in facts:
            at = datetime.fromisoformat(str(facts[name])).astimezone(calendar.zone)
            parts.append(f"{word(action)} {at:%Y-%m-%d %H:%M}")
    if entry.action in ("escalate", "acknowledge"):
        parts += escalation_words(facts)
    if entry.action == Action.SUPERVISION_ORDER.value and facts.get("reply_by"):
        at = datetime.fromisoformat(str(facts["reply_by"]))
        parts.append(t("timeline.reply_by", at=at))
    words = entry.personal.get("note") or entry.personal.get("reason") or ""
    if words:
        parts.append(printable(" ".join(words.split())))
    if facts.get(UNDONE):
        parts.append(t("timeline.undone", number=facts.get(BATCH, "")))
    return parts


def or_more(count: int, limit: int) -> str:
    """Return the sign of a count that stopped at a limit; empty below it."""
    return t("word.or_more") if count >= limit else ""
