"""Sentences made of facts: derivations, limits, remaining time, ledger lines, import issues, errors."""

from __future__ import annotations

import errno
import math
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from gridconsole.domain.actions import Action
from gridconsole.domain.catalogue import Limit, Unit
from gridconsole.domain.clock import Remaining, WorkCalendar, remaining
from gridconsole.domain.derivation import Derivation, DerivationStep
from gridconsole.domain.duplicates import Clue, PairVerdict, Sign
from gridconsole.domain.errors import DatabaseBusy, GridConsoleError, GuardRefused, MissingField, OutputRefused, UnknownWord
from gridconsole.domain.parties import PROGRAM
from gridconsole.domain.states import Result, Stage
from gridconsole.domain.text import mask_id, mask_phone, mask_text, printable
from gridconsole.domain.transitions import Guard
from gridconsole.domain.views.cases import ClockReading, Follower, Link
from gridconsole.domain.views.imports import Issue
from gridconsole.domain.views.ledger import LedgerLine, TimelineEntry
from gridconsole.domain.views.office import OfficeNotice
from gridconsole.domain.views.queue import QueueRow
from gridconsole.domain.views.requests import RequestLine
from gridconsole.language import (
    DETAILS,
    OFFICE_ZONE,
    Sentence,
    error_texts,
    has,
    in_brackets,
    keys_of,
    short_day,
    short_time,
    t,
    unit_name,
    weekday,
    word,
)
from gridconsole.language.calendars import day_note, entry_words, recompute_words
from gridconsole.language.escalation import escalation_words
from gridconsole.language.tasks import look_words
from gridconsole.language.turns import busy_texts


def limit_text(limit: Limit) -> str:
    """Word a limit: ``4 工作时``; fractions of an hour in minutes."""
    if not limit.unit.is_days and limit.amount != limit.amount.to_integral_value():
        return in_brackets(t("time.minutes", count=int(limit.amount * 60)), unit_name(limit))
    return word(limit)


def duration_text(amount: timedelta) -> str:
    """Word a duration: ``3时30分``."""
    minutes, seconds = divmod(int(amount.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return t("time.h", hours=hours, minutes=minutes)
    return t("time.m", minutes=minutes) if minutes or not seconds else t("time.s", seconds=seconds)


def headway_text(rows: int, seconds_left: float | None, *, is_settled: bool = False) -> str:
    """Word the progress of an import: ``已读 12,000 行 约剩 2分``, or ``已写`` once the rows are being written."""
    parts = [t("progress.written" if is_settled else "progress.rows", count=f"{rows:,}")]
    if seconds_left is not None:
        parts.append(t("progress.left", left=wait_text(timedelta(seconds=seconds_left))))
    return " ".join(parts)


def wait_text(left: timedelta) -> str:
    """Word a wait, rounded up: whole seconds below a minute, then whole minutes."""
    seconds = math.ceil(left.total_seconds())
    return duration_text(timedelta(seconds=seconds if seconds < 60 else math.ceil(seconds / 60) * 60))


def remaining_text(left: Remaining, unit: Unit) -> str:
    """Word the time left: ``1工作日 4时``, ``0时12分``, ``超 2时15分``."""
    hours, minutes = divmod(left.minutes, 60)
    if left.late and not left.days and not left.minutes:
        return t("time.just_late")
    if left.days:
        day_word = t("time.workday" if unit.is_work_time and left.days < 100 else "time.day")
        amount = t("time.dh", days=left.days, day_word=day_word, hours=hours)
    else:
        amount = t("time.h", hours=hours, minutes=minutes) if hours else t("time.m", minutes=minutes)
    return t("time.late", amount=amount) if left.late else amount


def time_left(now: datetime, due_at: datetime | None, unit: Unit | None, calendar: WorkCalendar) -> str:
    """Word the time left on a running clock, in its unit."""
    if due_at is None or unit is None:
        return t("time.none")
    return remaining_text(remaining(now, due_at, unit, calendar), unit)


def local_text(at: datetime, calendar: WorkCalendar) -> str:
    """Word a time in the office's zone: ``2026-11-23 周一 14:03``."""
    local = at.astimezone(calendar.zone)
    return f"{local:%Y-%m-%d} {weekday(local)} {local:%H:%M}"


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


class Surface(StrEnum):
    """Place where a sentence is read; the next step has another name in each place."""

    COMMAND_LINE = "cli"
    CONSOLE = "console"
    SHEET = "sheet"
    """A cell of an annotated workbook."""


def error_sentence(error: GridConsoleError, surface: Surface = Surface.COMMAND_LINE) -> tuple[str, str]:
    """Word an error and its advice for a surface: only the command line names options."""
    if isinstance(error, DatabaseBusy) and (texts := busy_texts(error)) is not None:
        return texts
    params = {name: _named(name, value) for name, value in error.params.items()}
    if isinstance(error, OutputRefused):
        return _output_sentence(error, params)
    if surface is Surface.COMMAND_LINE:
        params |= {name: _with_option(value) for name, value in params.items() if name in ("need", "fill")}
    message, hint = error_texts(error.code, params, surface)
    if isinstance(error, GuardRefused) and has(key := f"Advice.{error.params.get('guard')}"):
        hint = t(key)
    message, hint = _by_advice(error, params, message, hint)
    if isinstance(error, MissingField) and surface is Surface.CONSOLE:
        hint = _what_for(error) or hint
    if "near" in params and not params["near"]:
        hint = t("hint.no_guess")
    elif "choices" in params and not params["choices"]:
        hint = t("hint.no_choice")
    return message, hint


def _output_sentence(error: OutputRefused, params: dict[str, object]) -> tuple[str, str]:
    """Return why a file could not be written, and what to do about that."""
    fault, free = error.params.get("why"), error.params.get("free")
    shown = {"endings": error.params.get("endings"), "free": size_text(free) if isinstance(free, int) else t("size.unknown")}
    why = t(f"{type(fault).__name__}.{fault}", **shown) if isinstance(fault, StrEnum) else params.get("why")
    message, hint = error_texts(error.code, {**params, "why": why})
    own = f"hint.{error.code}.{fault}"
    return message, t(own) if has(own) else hint


def notice_text(notice: OfficeNotice) -> str:
    """Return the sentence of a notice, times with their year."""
    facts = {name: _named(name, value) for name, value in notice.facts.items()}
    return t(f"NoticeKind.{notice.kind}", **facts)


_AGES = ((86_400, "age.days"), (3_600, "age.hours"), (60, "age.minutes"))


def age_text(seconds: int) -> str:
    """Return how long ago something was, in the largest unit that fits: ``3天前``."""
    for length, key in _AGES:
        if abs(seconds) >= length:
            return t(key if seconds >= 0 else f"{key}_ahead", count=abs(seconds) // length)
    return t("age.now")


_KIB, _MIB, _GIB = 1 << 10, 1 << 20, 1 << 30


def size_text(size: int) -> str:
    """Return a number of bytes as people read it: ``3.2 GB``."""
    for unit, name in ((_GIB, "GB"), (_MIB, "MB"), (_KIB, "KB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} B"


def _what_for(error: MissingField) -> str:
    """Return what an empty field is for and who reads it; empty if the field's name says enough."""
    action, need = error.params.get("action"), error.params.get("need")
    if not isinstance(action, StrEnum) or not isinstance(need, StrEnum):
        return ""
    return t(key) if has(key := f"missing.{action.value}.{need.value}") else ""


def _with_option(value: object) -> object:
    """Return a field with the option that gives it in brackets."""
    if not isinstance(value, StrEnum) or not has(key := f"option.{type(value).__name__}.{value.value}"):
        return value
    return in_brackets(word(value), t(key))


def _by_advice(error: GridConsoleError, params: dict[str, object], message: str, hint: str) -> tuple[str, str]:
    """Return the texts of the variety that an error names, if the catalogue has them."""
    kind = f"{error.code}.{error.params.get('advice')}"
    varied = (
        t(f"{part}.{kind}", **params) if has(f"{part}.{kind}") else usual for part, usual in (("error", message), ("hint", hint))
    )
    first, second = varied
    return first, second


_REASONS = {
    os.strerror(code): f"why.{errno.errorcode[code]}"
    for code in (
        errno.ENOENT,
        errno.EACCES,
        errno.EPERM,
        errno.ENOSPC,
        errno.EROFS,
        errno.ENAMETOOLONG,
        errno.ENOTDIR,
        errno.EISDIR,
    )
}
"""Keys of the catalogue for a system's reasons why a file cannot be written."""


def _named(name: str, value: object) -> object:
    if name == "action" and type(value) is str:
        # As the ledger names it, which has more than the actions on cases.
        return act_name(value)
    if name == "why" and value in _REASONS:
        return t(_REASONS[str(value)])
    if name in ("what", "expected", "why", "how") and isinstance(value, str) and has(f"{name}.{value}"):
        return t(f"{name}.{value}")
    if name in ("now", "newest") and isinstance(value, datetime):
        # A time in doubt is shown with its year.
        return Sentence(f"{value.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}")
    if name == "file":
        # Lists are often called after the person they came from.
        return mask_text(str(value).replace("\n", "\\n"))
    if isinstance(value, timedelta):
        return wait_text(value)
    return value


def issue_text(code: str, column: str, value: str, suggestion: str) -> tuple[str, str]:
    """Return message and suggestion of an import issue; numbers in foreign values are masked."""
    # A mistyped number may not look like one: cells of such a column are masked in any case.
    mask = {"E215": mask_id, "R901": mask_phone}.get(code, mask_text)
    params = {"column": column, "value": mask(value)[:60], "suggestion": suggestion}
    advice = t(f"suggest.{code}", **params) if has(f"suggest.{code}") and not (code in _NEEDS_NAMES and not suggestion) else ""
    return t(f"issue.{code}", **params), advice


def issue_line(file: str, issue: Issue) -> str:
    """Word an import issue on one line: ``名册.xlsx!Sheet1 E7 处置时限：… [E203] 建议：…``."""
    message, advice = issue_text(issue.code, issue.column, issue.value, issue.suggestion)
    sheet = f"!{issue.sheet}" if issue.sheet else ""
    place = issue.cell or t("import.row", row=issue.row)
    advice_shown = f" {t('cli.import.advice', advice=advice)}" if advice else ""
    return f"  {t(f'severity.{issue.severity}')} {file}{sheet} {place} {message} [{issue.code}]{advice_shown}"


def explained(code: str) -> tuple[str, str, str]:
    """Explain a code: its meaning, the advice, and its family.

    Raises:
        UnknownWord: no such code.
    """
    if has(f"issue.{code}"):
        message, advice = issue_text(code, t("import.some_column"), "…", "…")
        return message, advice, t("family.repaired" if code[0] in "WR" else "family.cell")
    for kind in _classes():
        if kind.code == code and has(f"error.{code}"):
            message, advice = error_texts(code, _Dots())
            if code == GuardRefused.code:
                advice = "\n".join((t("cli.explain.guards"), *(f"  {word(guard)}" for guard in Guard)))
            return message, advice, t(f"family.{kind.family.value}")
    raise UnknownWord(what="code", word=code, choices=sorted(_codes()))


def _classes() -> Iterable[type[GridConsoleError]]:
    yield GridConsoleError
    yield from _subclasses(GridConsoleError)


def _subclasses(kind: type[GridConsoleError]) -> Iterable[type[GridConsoleError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _subclasses(child)


def _codes() -> set[str]:
    return {kind.code for kind in _classes() if has(f"error.{kind.code}")} | {
        key.removeprefix("issue.") for key in keys_of("issue.") if re.fullmatch(r"issue\.[A-Z]\d+", key)
    }


class _Dots(dict[str, Any]):
    """An ellipsis for every detail."""

    def __init__(self) -> None:
        super().__init__(dict.fromkeys(DETAILS, "…"))


_NEEDS_NAMES = {"E401", "E501", "W908", "W909", "W911", "W913", "E208"}


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
    if "verdict" in line.facts:
        verdict = f"PairVerdict.{line.facts['verdict']}"
        parts.append(f"{line.facts.get('first')} {line.facts.get('second')} {t(verdict) if has(verdict) else ''}".rstrip())
    parts += call_words(line.facts) + look_words(line.facts) + recompute_words(line.facts) + doubt_words(line.facts)
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
    return said + t("request.waiting")


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
    facts = entry.facts
    parts = [short_time(entry.at, calendar.zone), act_name(entry.action)]
    if "result" in facts:
        parts.append(word(Result(str(facts["result"]))))
    if "handler" in facts:
        parts.append("-> " + printable(str(facts["handler"])))
    if facts.get("merged_into"):
        parts.append("-> " + printable(str(facts["merged_into"])))
    if "parted_from" in facts:
        parts.append("x " + printable(str(facts["parted_from"])))
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
    parts.append(printable(operator_name(entry.operator)))
    if "waived_by" in facts:
        parts.append(t("timeline.waived", operator=facts["waived_by"], action=Action(str(facts["waived"]))))
    if entry.origin == "import":
        parts.append(t("door.import"))
    return " ".join(parts)
