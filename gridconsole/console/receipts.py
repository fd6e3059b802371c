"""Results of acts, in the words of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.language import t, word
from gridconsole.language.durations import local_text
from gridconsole.language.wording import follower_lines

if TYPE_CHECKING:
    from gridconsole.services.casework import Receipt
    from gridconsole.services.office import Office


def receipt_text(office: Office, receipt: Receipt) -> str:
    """Return the case with its state and deadline, and what became of the cases merged into it."""
    due = t("cli.due", at=local_text(receipt.due_at, office.calendar)) if receipt.due_at else ""
    followers = follower_lines(receipt.waiting, receipt.closed_with, receipt.released)
    return "\n".join((f"{receipt.number} {word(receipt.state)} {due}".rstrip(), *followers))
