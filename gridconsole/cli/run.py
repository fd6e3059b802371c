"""Run of a command line from argv to an exit status: language first, then the command, then one sentence for any error.

Exit status: 0 ok, 1 internal, 2 usage, 3 done with rejected rows, 4 nothing written, 5 unreadable file, 6 database busy or
unusable, 130 interrupted. An output that is closed, or whose reader has left, changes none of them (:mod:`.streams`).
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path

from gridconsole import language
from gridconsole.cli import error_log, streams
from gridconsole.cli.status import EXIT_FILE, EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE, status_of
from gridconsole.domain.errors import GridConsoleError

_GLOBAL = ("--db", "--operator", "--lang")


def run(argv: list[str]) -> int:
    """Run a command line; returns the exit status. Never raises, never prints a traceback."""
    streams.prepare()
    arguments = _hoist([_readable(word) for word in argv])
    _choose_language(arguments)
    wants_json = "--json" in arguments
    status = _carry_out(arguments, wants_json)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        streams.discard()
    except (OSError, ValueError) as error:
        return _lost(error)
    return status


def _carry_out(arguments: list[str], wants_json: bool) -> int:
    # Imported only now: Click and Typer take their texts from the message catalogue when they are loaded.
    import click

    from gridconsole.cli.app import build

    try:
        status = build()(args=arguments, prog_name="gridconsole", standalone_mode=False)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        _say(language.t("cli.interrupted"))
        return EXIT_INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        _say(error.format_message())
        return EXIT_USAGE
    except click.exceptions.UsageError as error:
        return _usage(error, wants_json)
    except click.exceptions.ClickException as error:
        _report("U000", error.format_message(), "", wants_json)
        return EXIT_USAGE
    except GridConsoleError as error:
        return _refused(error, wants_json)
    except BrokenPipeError:
        return _unread()
    except SystemExit as leave:
        return _unread() if streams.reader_left(leave) else int(leave.code or 0)
    except Exception as error:  # noqa: BLE001  last resort: one sentence, never a traceback
        return _broken(error, wants_json)
    if status == EXIT_INTERRUPTED:
        # Typer handles Ctrl-C by itself, without a message.
        _say(language.t("cli.interrupted"))
    return status if isinstance(status, int) else EXIT_OK


def _lost(error: Exception) -> int:
    """Report that the output was lost: the disk behind standard output is full, or it is gone."""
    from gridconsole.domain.outputs import OutputFault
    from gridconsole.files import fault_of
    from gridconsole.language import error_texts, t

    fault = fault_of(error)
    key = "cli.stdout_full" if fault is OutputFault.FULL else f"OutputFault.{fault}"
    message, _ = error_texts("E112", {"file": t("cli.stdout"), "why": t(key)})
    _report("E112", message, t("cli.stdout_hint"), False)
    streams.discard()
    return EXIT_FILE


def _broken(error: Exception, wants_json: bool) -> int:
    """Report a fault of the program, or of its output stream."""
    # Errors about files name their file; an error without a name is about the output stream.
    if (
        isinstance(error, OSError)
        and error.filename is None
        and error.errno in (errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EBADF)
    ):
        return _lost(error)
    if os.environ.get("GRIDCONSOLE_DEBUG"):
        raise error
    _report("X000", *language.error_texts("X000", {"path": error_log.write(error)}), wants_json)
    return EXIT_INTERNAL


def _readable(word: str) -> str:
    """Return an argument as text.

    Bytes of a GBK terminal that are not UTF-8 are read as GB18030, unless a file has that name.
    """
    if word.isprintable() or not any("\udc80" <= char <= "\udcff" for char in word) or Path(word).exists():
        return word
    return word.encode("utf-8", "surrogateescape").decode("gb18030", "replace")


def _unread() -> int:
    """Discard further output: its reader has left, and wants no more."""
    streams.discard()
    return EXIT_OK


def _refused(error: GridConsoleError, wants_json: bool) -> int:
    from gridconsole.language.error_sentences import error_sentence

    message, hint = error_sentence(error)
    _report(error.code, language.Sentence(message), language.Sentence(hint), wants_json)
    return status_of(error)


def _usage(error: object, wants_json: bool) -> int:
    import click

    assert isinstance(error, click.exceptions.UsageError)  # noqa: S101
    path = error.ctx.command_path if error.ctx is not None else "gridconsole"
    message = error.format_message().rstrip(".。")
    _report("U000", message, language.t("cli.see_help", command=f"{path} --help"), wants_json)
    return EXIT_USAGE


def _report(code: str, message: str, hint: str, wants_json: bool) -> None:
    if wants_json:
        import json

        with contextlib.suppress(BrokenPipeError):
            print(json.dumps({"error": {"code": code, "message": message, "hint": hint}}, ensure_ascii=False))
        return
    _say(language.t("cli.error", code=code, message=message))
    if hint:
        _say(language.t("cli.hint", hint=hint))


def _say(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr)


def _hoist(argv: list[str]) -> list[str]:
    """Move the global options to the front: ``incident list --db x`` becomes ``--db x incident list``."""
    front: list[str] = []
    rest: list[str] = []
    words = iter(argv)
    for word in words:
        if word == "--":
            rest.extend([word, *words])
            break
        name, mark, _ = word.partition("=")
        if word in _GLOBAL:
            value = next(words, None)
            if value is None:
                # Without its value, the option must not take the next word as one.
                rest.append(word)
            else:
                front.extend([word, value])
        elif mark and name in _GLOBAL:
            front.append(word)
        else:
            rest.append(word)
    return front + rest


def _choose_language(arguments: list[str]) -> None:
    wanted = next((arguments[index + 1] for index, word in enumerate(arguments[:-1]) if word == "--lang"), None)
    wanted = wanted or next((word.partition("=")[2] for word in arguments if word.startswith("--lang=")), None)
    language.choose(wanted)
