"""Certificates and training of people, as lists say them under headings that the register has no column for."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from datetime import date

_CERTIFICATE = re.compile("(上岗证|资格证|证书|证件).{0,6}(有效期|到期|截止)")
_TRAINING = re.compile("(岗前|上岗|入职).{0,2}培训")
_NOT_DONE = re.compile("未|没|否|无|no|n|×|x", re.IGNORECASE)


def certificate_in(cells: Mapping[str, object]) -> date | None:
    """Return the end of a certificate that cells of a list say under a heading such as 上岗证有效期; None without one."""
    for heading, cell in cells.items():
        if _CERTIFICATE.search(heading):
            with contextlib.suppress(ValueError):
                return date.fromisoformat(str(cell)[:10].replace("/", "-"))
    return None


def induction_in(cells: Mapping[str, object]) -> bool | None:
    """Return whether cells of a list say, under a heading such as 岗前培训, that somebody was trained; None without the heading."""
    said = [str(cell).strip() for heading, cell in cells.items() if _TRAINING.search(heading)]
    return None if not said else not any(_NOT_DONE.match(cell) for cell in said)
