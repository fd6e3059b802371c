"""Changes of an operator's account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class AccountChange:
    """A change of an operator's account by another operator."""

    at: datetime
    operator: str
    action: str
    facts: Mapping[str, Any]
