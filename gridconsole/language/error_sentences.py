"""Sentences about errors, notices of the office, and issues of imported lists, each with what to do."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from gridconsole.domain.errors import (
    DatabaseBusy,
    GridConsoleError,
    GuardRefused,
    HistoryUnclear,
    MissingField,
    OutputRefused,
    StillHolds,
    UnknownWord,
)
from gridconsole.domain.text import mask_id, mask_phone, mask_text
from gridconsole.domain.transitions import Guard
from gridconsole.domain.views.imports import Issue
from gridconsole.domain.views.office import OfficeNotice
from gridconsole.language import (
    DETAILS,
    OFFICE_ZONE,
    Sentence,
    error_texts,
    has,
    in_brackets,
    keys_of,
    listed,
    t,
    word,
)
from gridconsole.language.acts import act_name
from gridconsole.language.durations import size_text, wait_text
from gridconsole.language.turns import busy_texts


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
    if isinstance(error, HistoryUnclear):
        reasons = {"results": error.results, "old": error.old}
        params["why"] = listed(t(f"unclear.{name}", n=count, days=error.days) for name, count in reasons.items() if count)
    if isinstance(error, StillHolds):
        params["why"] = held_text(error)
    if isinstance(error, OutputRefused):
        return _output_sentence(error, params, surface)
    if surface is Surface.COMMAND_LINE:
        params |= {name: _with_option(value) for name, value in params.items() if name in ("need", "fill")}
    message, hint = error_texts(error.code, params, surface)
    if isinstance(error, GuardRefused) and has(key := f"Advice.{error.params.get('guard')}"):
        hint = t(key)
    # A text may end with a value that is empty.
    message, hint = _by_advice(error, params, message.rstrip(), hint, surface)
    if isinstance(error, MissingField) and surface is Surface.CONSOLE:
        hint = _what_for(error) or hint
    if "near" in params and not params["near"]:
        hint = t("hint.no_guess")
    elif "choices" in params and not params["choices"]:
        hint = t("hint.no_choice")
    return message, hint


_NAMED_GRIDS = 5
"""Most grids that a sentence names."""


def held_text(error: StillHolds) -> str:
    """Return what a person would leave behind, with the counts."""
    counts = {"cases": error.cases, "tasks": error.tasks, "orders": error.orders}
    parts = [t(f"held.{name}", count=count) for name, count in counts.items() if count]
    if error.grids:
        parts.append(t("held.grids", count=len(error.grids), names=listed(error.grids[:_NAMED_GRIDS])))
    return listed(parts)


def _output_sentence(error: OutputRefused, params: dict[str, object], surface: Surface) -> tuple[str, str]:
    """Return why a file could not be written, and what to do about that."""
    fault, free = error.params.get("why"), error.params.get("free")
    shown = {"endings": error.params.get("endings"), "free": size_text(free) if isinstance(free, int) else t("size.unknown")}
    why = t(f"{type(fault).__name__}.{fault}", **shown) if isinstance(fault, StrEnum) else params.get("why")
    message, hint = error_texts(error.code, {**params, "why": why})
    own = f"hint.{error.code}.{fault}"
    hints = (f"{own}.console", own) if surface is Surface.CONSOLE else (own,)
    return message, next((t(key) for key in hints if has(key)), hint)


def notice_text(notice: OfficeNotice) -> str:
    """Return the sentence of a notice, times with their year."""
    facts = {name: _named(name, value) for name, value in notice.facts.items()}
    return t(f"NoticeKind.{notice.kind}", **facts)


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


def _by_advice(error: GridConsoleError, params: dict[str, object], message: str, hint: str, surface: Surface) -> tuple[str, str]:
    """Return the texts of the variety that an error names, if the catalogue has them; the hint may have one for the console."""
    kind = f"{error.code}.{error.params.get('advice')}"
    hints = [f"hint.{kind}.console"] if surface is Surface.CONSOLE else []
    said = t(key, **params) if has(key := f"error.{kind}") else message
    advised = next((t(key, **params) for key in (*hints, f"hint.{kind}") if has(key)), hint)
    return said, advised


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


def issue_text(code: str, column: str, value: str, suggestion: str, surface: Surface = Surface.COMMAND_LINE) -> tuple[str, str]:
    """Return message and suggestion of an import issue; numbers in foreign values are masked.

    Args:
        surface: where the suggestion is read; ``suggest.CODE.SURFACE`` replaces ``suggest.CODE`` there.
    """
    # A mistyped number may not look like one: cells of such a column are masked in any case.
    mask = {"E215": mask_id, "R901": mask_phone}.get(code, mask_text)
    params = {"column": column, "value": mask(value)[:60], "suggestion": suggestion}
    keys = (f"suggest.{code}.{surface}", f"suggest.{code}")
    key = None if code in _NEEDS_NAMES and not suggestion else next(filter(has, keys), None)
    advice = t(key, **params) if key is not None else ""
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
