"""Requests that are carried out once: a commit that reported an error may still have happened, so the same request comes again.

A request id is bound to operator, act, subject and content. What is asked for in codes, numbers and dates is kept as a digest in the
entry's facts; texts are compared with those the entry keeps, for a digest of a phone number would outlive its erasing.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gridconsole.domain.actions import CallBack
from gridconsole.domain.errors import RequestReused
from gridconsole.store import ledger, queue

if TYPE_CHECKING:
    from gridconsole.domain.actions import Act
    from gridconsole.domain.parties import Actor
    from gridconsole.store.engine import Transaction

CONTENT = "request_digest"
"""The fact under which an entry has the digest of what was asked for."""
_TEXTS = ("note", "reason", "text")
_CONTENT = (
    "result", "outcome", "handler", "cooperating", "grid_id", "category_id", "rule", "grade", "source", "amount", "until", "call_back",
    "assignee", "reply_by", "undoes", "calendar_change", "repairs", "into",
)  # fmt: skip
"""Fields of payloads that tell one request from another. Every digest names all of them: one written by an earlier program holds."""
_EMPTY: Mapping[str, object] = {"cooperating": (), "calendar_change": ""}


@dataclass(frozen=True, slots=True)
class Once:
    """A request under an id, as it comes in."""

    id: str
    actor: Actor
    kind: str
    """Subject of its entry: incident, link, shift."""
    action: str
    subject: int | None = None
    """Key of what it is about; None for what it brings."""
    content: Mapping[str, object] = field(default_factory=dict)
    """Everything asked for but texts; nothing personal."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """As the entry keeps them; blanks count as missing."""

    @property
    def digest(self) -> str:
        """128 bits of the content, hexadecimal."""
        text = json.dumps(self.content, sort_keys=True, ensure_ascii=False, default=_plain)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def of_act(request_id: str | None, actor: Actor, incident: int, act: Act) -> Once | None:
    """The request for an act on a case; None without an id.

    Args:
        act: with its texts cleaned, as the entry keeps them.
    """
    if request_id is None:
        return None
    content = {name: act.field(name) or _EMPTY.get(name) for name in _CONTENT}
    content["call_back"], look = act.get(CallBack), act.field("look")
    content["waiver"] = act.waiver.witness.id if act.waiver else None
    content["looked_at"] = look.at if look else None
    texts = {"note": act.note, "reason": act.reason, "photos": "\n".join(look.photos) if look else ""}
    return Once(
        id=request_id, actor=actor, kind="incident", action=act.action.value, subject=incident, content=content, texts=texts
    )


def _plain(value: object) -> object:
    """A value of an act as JSON: records by their fields, everything else by its text."""
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else str(value)


def with_digest(facts: Mapping[str, object], once: Once | None) -> dict[str, object]:
    """The facts of an entry, with the digest of the request it carries out."""
    return {**facts, CONTENT: once.digest} if once is not None else dict(facts)


def id_of(once: Once | None) -> str | None:
    """The id an entry is written under."""
    return once.id if once is not None else None


def carried_out(connection: Transaction, once: Once | None) -> int | None:
    """Key of what a request was carried out on before; None if it was not yet.

    Raises:
        RequestReused: the id was used for something else.
    """
    past = ledger.past_request(connection, once.id) if once is not None else None
    if once is None or past is None:
        return None
    if not _is_the_same(past, once):
        raise RequestReused(
            value=once.id, operator=past.operator, at=past.at, number=_label(connection, past), action=past.action
        )
    return past.subject_id


def _is_the_same(past: ledger.PastRequest, once: Once) -> bool:
    if (past.operator_id, past.subject_kind, past.action) != (once.actor.id, once.kind, once.action):
        return False
    if once.subject is not None and past.subject_id != once.subject:
        return False
    if CONTENT not in past.facts:
        # Of an earlier program, which kept no digest.
        return True
    texts = {name: value for name, value in once.texts.items() if value}
    return bool(past.facts[CONTENT] == once.digest) and (past.texts is None or past.texts == texts)


def _label(connection: Transaction, past: ledger.PastRequest) -> str:
    rows = queue.rows_by_id(connection, [past.subject_id]) if past.subject_kind == "incident" else ()
    return rows[0].number if rows else f"{past.subject_kind}:{past.subject_id}"
