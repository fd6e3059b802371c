"""Passwords on their way in: typed unseen, or a line of standard input, or a script's own file. Never an argument."""

from __future__ import annotations

import os
import stat
import sys
from collections import deque
from pathlib import Path

from gridconsole.domain.errors import BadValue, PasswordFileUnsafe, PasswordNeeded, PasswordsDiffer
from gridconsole.language import t

LONGEST_FILE = 4_096
"""Bytes; a password file holds a line."""


class Asked:
    """Passwords of a command, asked for on the terminal or read from standard input, a line each in the order they are needed."""

    def __init__(self, *, from_stdin: bool) -> None:
        self._lines: deque[str] | None = deque(sys.stdin.read().splitlines()) if from_stdin else None
        if self._lines is None and not sys.stdin.isatty():
            raise PasswordNeeded

    @property
    def has_more(self) -> bool:
        """Return whether another password can still be asked for: at a terminal, or as long as there are lines."""
        return self._lines is None or bool(self._lines)

    def present(self, name: str) -> str:
        """A password that is there already."""
        return self._ask(t("cli.password.ask", name=name))

    def new(self, name: str) -> str:
        """A new password, typed twice: nobody sees what is typed.

        Raises:
            PasswordsDiffer: it was not the same.
        """
        first = self._ask(t("cli.password.new", name=name))
        if self._lines is None and self._ask(t("cli.password.again")) != first:
            raise PasswordsDiffer
        return first

    def _ask(self, prompt: str) -> str:
        if self._lines is not None:
            if not self._lines:
                raise PasswordNeeded
            return self._lines.popleft()
        from getpass import getpass

        return getpass(prompt, sys.stderr)


def name_asked() -> str:
    """Ask on the terminal who logs in.

    Raises:
        PasswordNeeded: there is none.
    """
    if not sys.stdin.isatty():
        raise PasswordNeeded
    print(t("cli.login.who"), end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


SHORTEST_PASSPHRASE = 8
"""Characters; who finds a stick can try as many as they like."""


def passphrase_in(path: Path) -> str:
    """Read the passphrase of backups: the first line of a file only its owner can read.

    Raises:
        PasswordFileUnsafe: it is missing, somebody else's, others can read it, or the line is too short.
    """
    try:
        found = password_in(path)
    except PasswordFileUnsafe as error:
        raise PasswordFileUnsafe(file=error.file, advice="passphrase") from error
    if len(found) < SHORTEST_PASSPHRASE:
        raise BadValue(what="passphrase", value=path.name, expected="passphrase", advice="passphrase")
    return found


def password_in(path: Path) -> str:
    """The first line of a file only its owner can read.

    Raises:
        PasswordFileUnsafe: it is missing, somebody else's, or others can read it.
    """
    try:
        # NONBLOCK: a pipe would be waited for, and is refused the moment after.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as file:
            facts = os.fstat(file.fileno())
            mine = sys.platform == "win32" or (facts.st_uid == os.getuid() and not facts.st_mode & 0o077)
            if not stat.S_ISREG(facts.st_mode) or not mine:
                raise PasswordFileUnsafe(file=str(path))
            # Notepad puts a mark in front of UTF-8.
            lines = file.read(LONGEST_FILE).decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PasswordFileUnsafe(file=str(path)) from error
    if not lines:
        raise PasswordFileUnsafe(file=str(path))
    return lines[0]
