"""Input of passwords: typed unseen, or a line of standard input, or a script's own file. Never an argument."""

from __future__ import annotations

import os
import stat
import sys
from collections import deque
from pathlib import Path

from gridconsole.domain.errors import BadValue, PasswordFileUnsafe, PasswordNeeded, PasswordsDiffer
from gridconsole.language import t

LONGEST_FILE = 4_096
"""Most bytes of a password file, which holds one line."""


class Asked:
    """Passwords of a command: asked for on the terminal, or read from standard input, one per line in the order they are needed."""

    def __init__(self, *, from_stdin: bool) -> None:
        self._lines: deque[str] | None = deque(sys.stdin.read().splitlines()) if from_stdin else None
        if self._lines is None and not sys.stdin.isatty():
            raise PasswordNeeded

    @property
    def has_more(self) -> bool:
        """Return whether another password can still be asked for: at a terminal, or as long as there are lines."""
        return self._lines is None or bool(self._lines)

    def present(self, name: str) -> str:
        """Ask for the present password of an account."""
        return self._ask(t("cli.password.ask", name=name))

    def new(self, name: str) -> str:
        """Ask for a new password; on a terminal twice, because typing is not shown.

        Raises:
            PasswordsDiffer: the two were not the same.
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
    """Ask on the terminal for the name of the operator who logs in.

    Raises:
        PasswordNeeded: there is no terminal.
    """
    if not sys.stdin.isatty():
        raise PasswordNeeded
    print(t("cli.login.who"), end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


SHORTEST_PASSPHRASE = 8
"""Characters; the finder of a lost stick can try as many passphrases as they like."""


def passphrase_in(path: Path) -> str:
    """Read the passphrase of backups: the first line of a file that only its owner can read.

    Raises:
        PasswordFileUnsafe: it is missing, belongs to another user, or others can read it.
        BadValue: the line is too short.
    """
    try:
        found = password_in(path)
    except PasswordFileUnsafe as error:
        raise PasswordFileUnsafe(file=error.file, advice="passphrase") from error
    if len(found) < SHORTEST_PASSPHRASE:
        raise BadValue(what="passphrase", value=path.name, expected="passphrase", advice="passphrase")
    return found


def password_in(path: Path) -> str:
    """Return the first line of a file that only its owner can read.

    Raises:
        PasswordFileUnsafe: it is missing or empty, belongs to another user, or others can read it.
    """
    try:
        # NONBLOCK: opening a pipe would wait, and a pipe is refused right after.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as file:
            facts = os.fstat(file.fileno())
            mine = sys.platform == "win32" or (facts.st_uid == os.getuid() and not facts.st_mode & 0o077)
            if not stat.S_ISREG(facts.st_mode) or not mine:
                raise PasswordFileUnsafe(file=str(path))
            # Notepad puts a byte order mark in front of UTF-8.
            lines = file.read(LONGEST_FILE).decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PasswordFileUnsafe(file=str(path)) from error
    if not lines:
        raise PasswordFileUnsafe(file=str(path))
    return lines[0]
