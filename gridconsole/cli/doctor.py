"""doctor: problems of the office's file and its surroundings, and what to do about them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import progress, state
from gridconsole.cli.options import Json, command
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.services.doctor import Finding


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command(**command("doctor", "doctor"))(doctor)


def doctor(
    quick: Annotated[bool, typer.Option("--quick", help=t("cli.doctor.quick"))] = False,
    repair: Annotated[bool, typer.Option("--repair", help=t("cli.doctor.repair"))] = False,
    as_json: Json = False,
) -> None:
    from gridconsole.cli.status import EXIT_DATABASE, EXIT_NOTHING
    from gridconsole.services import doctor as services
    from gridconsole.services.doctor import FindingLevel
    from gridconsole.services.office import open_office

    found = list(_terminal())
    if not as_json:
        for finding in found:
            _say(finding)
    with progress.stages() as watch:
        for finding in services.examine(state.database_path(), open_office, quick=quick, repair=repair, watch=watch):
            found.append(finding)
            if not as_json:
                _say(finding)
    levels = {finding.level for finding in found}
    worst = next((level for level in (FindingLevel.BROKEN, FindingLevel.ACT) if level in levels), None)
    if as_json:
        state.print_json({"ok": worst is None, "findings": [_as_json(finding) for finding in found]})
    else:
        print(t(f"cli.doctor.end.{worst.value if worst else 'good'}"), file=sys.stderr)
    if worst is not None:
        raise typer.Exit(EXIT_DATABASE if worst is FindingLevel.BROKEN else EXIT_NOTHING)


def _terminal() -> list[Finding]:
    """Check the encoding of the terminal and the width in which it draws Chinese."""
    from gridconsole.cli.terminal_width import width_of_chinese
    from gridconsole.services.doctor import Finding, FindingLevel

    encoding = (sys.stdout.encoding or "").lower()
    is_fit = encoding.replace("-", "").startswith(("utf", "gb"))
    names = {"encoding": encoding or "-", "locale": os.environ.get("LC_ALL") or os.environ.get("LANG") or "-"}
    found = [Finding("locale", FindingLevel.GOOD if is_fit else FindingLevel.ACT, names)]
    width = width_of_chinese()
    if width is not None:
        found.append(Finding("width", FindingLevel.GOOD if width == 2 else FindingLevel.ACT, {"width": width}))
    return found


def _say(finding: Finding) -> None:
    from gridconsole.domain.text import printable

    sentence, remedy = _words(finding)
    print(printable(f"{t(f'doctor.level.{finding.level}')} {sentence}"))
    for problem in finding.facts.get("problems", ()):
        print(printable(f"     {problem}"))
    if remedy:
        print(printable(f"     {t('cli.hint', hint=remedy)}"))


def _words(finding: Finding) -> tuple[str, str]:
    from gridconsole.domain.errors import GridConsoleError
    from gridconsole.language import Sentence, has
    from gridconsole.language.error_sentences import error_sentence

    error = finding.facts.get("error")
    if isinstance(error, GridConsoleError):
        message, hint = error_sentence(error)
        own_hint = f"hint.{error.code}.doctor"
        hint = t(own_hint) if has(own_hint) else hint
        return f"{message} [{error.code}]", Sentence(hint)
    bad = finding.level in ("act", "broken")
    own = f"doctor.{finding.key}.bad"
    key = own if bad and has(own) else f"doctor.{finding.key}"
    facts = {name: Sentence(_shown(name, value)) for name, value in finding.facts.items()}
    remedy = f"doctor.{finding.key}.do"
    return t(key, **facts), Sentence(t(remedy, **facts)) if bad and has(remedy) else ""


def _shown(name: str, value: Any) -> str:
    from datetime import datetime

    from gridconsole.language import OFFICE_ZONE, word
    from gridconsole.language.durations import age_text, size_text

    if isinstance(value, datetime):
        return f"{value.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}"
    if name in ("free", "size") and isinstance(value, int):
        return size_text(value)
    if name == "age" and isinstance(value, int):
        return age_text(value)
    return word(value) if value is not None else t("word.none")


def _as_json(finding: Finding) -> dict[str, Any]:
    from datetime import datetime

    from gridconsole.domain.errors import GridConsoleError

    facts = {
        name: value.code if isinstance(value, GridConsoleError) else value.isoformat() if isinstance(value, datetime)
        else value if isinstance(value, int | float | bool | list | None) else str(value)
        for name, value in finding.facts.items()
    }  # fmt: skip
    sentence, remedy = _words(finding)
    return {"key": finding.key, "level": finding.level.value, "message": sentence, "remedy": remedy or None, "facts": facts}
