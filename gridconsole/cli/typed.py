"""Personal data that is typed instead of given as an argument, which a list of processes and a history would keep.

An option whose value is ``-`` is asked for at the terminal, with the question on standard error, or read from standard input, one
line each, in the order in which the command names them.
"""

from __future__ import annotations

import sys

from gridconsole.domain.errors import MissingField
from gridconsole.language import t

ASKED = "-"


def line_or(value: str, what: str, action: str) -> str:
    """Return the value itself; if it is ``-``, the next line.

    Args:
        what: key of the question after ``cli.ask.``, and of its subject after ``cli.asked.``.
        action: what it is needed for, as the ledger calls it.

    Raises:
        MissingField: standard input has no more lines.
    """
    if value != ASKED:
        return value
    if sys.stdin.isatty():
        print(t(f"cli.ask.{what}"), end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise MissingField(action=action, need=t(f"cli.asked.{what}"))
    return line.strip()
