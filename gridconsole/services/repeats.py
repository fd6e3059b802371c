"""Carry out a repeated request only once: a commit that reported an error may have succeeded, so the same request may come again.

A request id is bound to operator, act, subject and content. The entry's facts hold a digest of the codes, numbers and dates. Texts
are compared with those in the entry instead, because a digest of a phone number would remain after its erasure.
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
"""Key of the digest of the request in the facts of an entry."""
_TEXTS = ("note", "reason", "text")
_CONTENT = (
    "result", "outcome", "handler", "cooperating", "grid_id", "category_id", "rule", "grade", "source", "amount", "until", "call_back",
    "assignee", "reply_by", "undoes", "calendar_change", "repairs", "into",
)  # fmt: skip
"""Fields of payloads in the digest. Every digest includes all of them, so digests written by earlier versions stay valid."""
_EMPTY: Mapping[str, object] = {"cooperating": (), "calendar_change": ""}


@dataclass(frozen=True, slots=True)
class Once:
    """A request with its id, as received."""

    id: str
    actor: Actor
    kind: str
    """Subject of its entry: incident, link, shift."""
    action: str
    subject: int | None = None
    """Key of the subject; None if the request creates it."""
    content: Mapping[str, object] = field(default_factory=dict)
    """Contents of the request except texts; nothing personal."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Texts as the entry stores them; an empty text counts as missing."""

    @property
    def digest(self) -> str:
        """Return a digest of the content: 128 bits, hexadecimal."""
        text = json.dumps(self.content, sort_keys=True, ensure_ascii=False, default=_plain)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def of_act(request_id: str | None, actor: Actor, incident: int, act: Act) -> Once | None:
    """Return the request for an act on a case; None without an id.

    Args:
        act: the act with clean texts, as the entry stores them.
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
    """Return a value of an act for JSON: the fields of a record, the text of anything else."""
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else str(value)


def with_digest(facts: Mapping[str, object], once: Once | None) -> dict[str, object]:
    """Return the facts of an entry with the digest of its request, if any."""
    return {**facts, CONTENT: once.digest} if once is not None else dict(facts)


def id_of(once: Once | None) -> str | None:
    """Return the id of a request for its ledger entry; None without a request."""
    return once.id if once is not None else None


def carried_out(connection: Transaction, once: Once | None) -> int | None:
    """Return the key of the subject if a request was carried out before; None if it was not.

    Raises:
        RequestReused: the id was used for another request.
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
        # Written by an earlier version, which stored no digest.
        return True
    texts = {name: value for name, value in once.texts.items() if value}
    return bool(past.facts[CONTENT] == once.digest) and (past.texts is None or past.texts == texts)


def _label(connection: Transaction, past: ledger.PastRequest) -> str:
    rows = queue.rows_by_id(connection, [past.subject_id]) if past.subject_kind == "incident" else ()
    return rows[0].number if rows else f"{past.subject_kind}:{past.subject_id}"
