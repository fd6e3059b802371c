"""Many acts in one process: ``incident act --from FILE`` reads JSON lines or csv, and answers each with one line."""

from __future__ import annotations

import csv
import itertools
import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from gridconsole.cli import act_options, state, streams, text_files
from gridconsole.cli.status import EXIT_NOTHING, EXIT_REJECTED
from gridconsole.domain.errors import BadValue, Family, GridConsoleError
from gridconsole.domain.text import mask_text, printable
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.casework import Receipt
    from gridconsole.services.office import Office

CHECK_SECONDS = 5.0
"""Seconds after which the log-in and the roles are checked again: standard input may stay open for a day."""
LONGEST = 100_000
"""Most characters of a line: more than any act has."""
_NAMES = {"案件号": "number", "动作": "action", "with": "helpers", "photo": "photos", "version": "expected"}
"""Names of fields besides those of the options: Chinese headings, and the names of flags that differ."""
_LISTS, _FLAGS, _NUMBERS = frozenset({"helpers", "photos"}), frozenset({"reached", "unreached"}), frozenset({"rule", "expected"})


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file of acts: its number, counted from one, and its fields; or what is wrong with it."""

    number: int
    fields: Mapping[str, object]
    error: GridConsoleError | None = None


def carry_out(source: str, *, as_json: bool) -> None:
    """Carry out the acts of a file, or of standard input for ``-``, in order; a refused one does not stop the others.

    Each act is one transaction: a run that was broken off goes on where request ids say what is done.

    Raises:
        Unreadable: the file cannot be read.
        Refused: nobody is logged in, or no longer; the acts before stay.
        typer.Exit: 3 if some acts were refused, 4 if all were.
    """
    done = refused = 0
    with state.open_office(sweep=True) as office:
        actor, checked = state.operator(office), time.monotonic()
        for line in read(text_files.lines(source)):
            if time.monotonic() - checked >= CHECK_SECONDS:
                actor, checked = state.operator(office), time.monotonic()
            try:
                receipt = _act(office, actor, line)
            except GridConsoleError as error:
                if error.family is Family.DATABASE:
                    raise
                refused += 1
                _answer_error(line, error, as_json)
            else:
                done += 1
                _answer(office, line, receipt, as_json)
    print(t("cli.incident.acts_done", done=done, refused=refused), file=sys.stderr)
    if refused:
        raise typer.Exit(EXIT_REJECTED if done else EXIT_NOTHING)


def read(lines: Iterable[str | None]) -> Iterator[Line]:
    """Parse lines of JSON objects, or of csv with a heading; which of the two the first line says. Empty lines are skipped.

    Args:
        lines: None for a line that is no text; it is an error of its own.
    """
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line is None or line.strip())
    first = next(numbered, None)
    if first is None:
        return
    every = itertools.chain([first], numbered)
    yield from _csv_lines(every) if first[1] is not None and not first[1].lstrip().startswith("{") else _json_lines(every)


def _json_lines(lines: Iterator[tuple[int, str | None]]) -> Iterator[Line]:
    for number, text in lines:
        try:
            fields = json.loads(text, object_pairs_hook=_fields) if text is not None and len(text) <= LONGEST else None
        except BadValue as error:
            yield Line(number, {}, error)
            continue
        except (ValueError, RecursionError):
            fields = None
        yield Line(number, fields) if isinstance(fields, dict) else Line(number, {}, _wrong(text or "?", "act_line"))


def _csv_lines(lines: Iterator[tuple[int, str | None]]) -> Iterator[Line]:
    names: list[str] | None = None
    for number, text in lines:
        try:
            # A line is a row: acts have no texts of several lines, and one wrong quotation mark must not swallow the acts after it.
            (cells,) = csv.reader([text or ""], strict=True)
        except (csv.Error, ValueError):
            cells = []
        if names is None:
            names = cells
        elif text is None or len(text) > LONGEST or not 0 < len(cells) <= len(names):
            yield Line(number, {}, _wrong(text or "?", "act_line"))
        else:
            try:
                fields = _fields((name, cell) for name, cell in zip(names, cells, strict=False) if cell)
            except BadValue as error:
                yield Line(number, {}, error)
            else:
                yield Line(number, fields)


def _fields(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    """Return the fields of a line.

    Raises:
        BadValue: a name stands twice: one of the two values would be lost.
    """
    fields: dict[str, object] = {}
    for name, value in pairs:
        if name in fields:
            raise _wrong(name, "act_field_once")
        fields[name] = value
    return fields


def _act(office: Office, actor: Actor, line: Line) -> Receipt:
    from gridconsole.domain.actions import Action
    from gridconsole.services import case_queries, casework

    if line.error is not None:
        raise line.error
    words: dict[str, Any] = {name: default for name, (_, default) in act_options.OPTIONS.items()}
    named: dict[str, object] = {}
    for name, value in line.fields.items():
        plain_name = name.strip().removeprefix("--").replace("-", "_")
        field = _NAMES.get(plain_name, plain_name)
        if field in named:
            raise _wrong(name, "act_field_once")  # one of the two values would be lost
        named[field] = value
    number, action = (_text_of(named.pop(name, None)) for name in ("number", "action"))
    if not (number and action):
        raise _wrong(number or action or "?", "act_line")
    for name, value in named.items():
        if name not in words:
            raise _wrong(name, "act_field")
        if value is not None:
            words[name] = _value(name, value)
    request_id = words["request_id"]
    if request_id is not None and printable(str(request_id)) != request_id:
        raise _wrong(str(request_id), "act_line")
    given = act_options.Given(state.parse_word(Action, action, "action"), words)
    plain = act_options.plain_fields(given)
    full = case_queries.find_number(office, number)
    return casework.act_on(office, actor, full, act_options.wish(office, full, given, plain), request_id)


def _value(name: str, value: object) -> object:
    """Return a field as its option would give it.

    Raises:
        BadValue: it has the wrong form.
    """
    if name in _LISTS:
        return [_text_of(item) for item in value] if isinstance(value, list) else _text_of(value).replace("；", ";").split(";")
    if name in _FLAGS:
        if isinstance(value, bool):
            return value
        if (said := _text_of(value).strip().lower()) in ("true", "1", "yes", "是", "false", "0", "no", "否"):
            return said in ("true", "1", "yes", "是")
        raise _wrong(f"{name}: {value}", "act_line")
    if name in _NUMBERS:
        if (said := _text_of(value).strip()).isascii() and said.isdecimal() and len(said) < 10:
            return int(said)
        raise _wrong(f"{name}: {value}", "act_line")
    return _text_of(value)


def _text_of(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _wrong(str(value), "act_line")
    return str(value)


def _wrong(value: str, expected: str) -> BadValue:
    shown = mask_text(value[:40])
    return BadValue(what=expected, value=shown if len(value) <= 40 else f"{shown}…", expected=expected)


def _answer(office: Office, line: Line, receipt: Receipt, as_json: bool) -> None:
    done = {"line": line.number, "number": receipt.number, "state": receipt.state.value, "version": receipt.version,
            "due_at": state.iso(receipt.due_at, office)}  # fmt: skip
    _say(done if as_json else t("cli.incident.acts_line", line=line.number, number=receipt.number, state=receipt.state))


def _answer_error(line: Line, error: GridConsoleError, as_json: bool) -> None:
    said = state.error_of(error)
    _say({"line": line.number, "error": said} if as_json else t("cli.incident.acts_refused", line=line.number, **said))


def _say(answer: dict[str, object] | str) -> None:
    """Print an answer at once: a program may wait for it before it sends the next act. A reader that left stops no act."""
    try:
        print(answer) if isinstance(answer, str) else state.print_json(answer)
        sys.stdout.flush()
    except BrokenPipeError:
        streams.discard()
