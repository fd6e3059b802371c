"""The hash chain of an office's ledger: tamper-evident (可发现篡改), never tamper-proof.

An entry's hash covers its own fields and the hash before it. Free text and personal data enter only as a salted digest, so a
value can be erased by law, salt and all, without breaking the chain.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

GENESIS = bytes(32)
"""What the first entry's ``prev`` holds."""
IMPORT_DOOR = "import"
"""The door of entries that a list made and no hand."""
_TAG = b"gridconsole-ledger-1\0"
_PERSONAL_TAG = b"gridconsole-personal-1\0"


@dataclass(frozen=True, slots=True)
class Entry:
    """One ledger entry, as far as its hash goes."""

    seq: int
    at: str
    """UTC, ``2026-11-23T06:03:00.000000Z``; order is ``seq``, never the time."""
    actor: str
    """Canonical JSON of who acted, on which axis, through which door, by which request."""
    subject: str
    """``incident:2026112300012``, ``post:17``, ``batch:3``, ``office:1``."""
    action: str
    facts: str
    """Canonical JSON without personal data."""
    digest: bytes | None
    """Salted digest of the free text and personal values; None where there are none."""
    prev: bytes


_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def canonical(facts: Mapping[str, object]) -> str:
    """The one JSON text of some facts: sorted keys, no spaces, characters as they are."""
    return _encode(facts)


def personal_digest(salt: bytes, body: str) -> bytes:
    """Commitment to a personal text; worthless for guessing once the salt is gone."""
    return hashlib.sha256(_PERSONAL_TAG + salt + body.encode()).digest()


def entry_hash(entry: Entry) -> bytes:
    """SHA-256 over length-prefixed fields, so no two entries can run into the same bytes."""
    parts = [_TAG]
    for value in (str(entry.seq), entry.at, entry.actor, entry.subject, entry.action, entry.facts, entry.digest, entry.prev):
        if value is None:
            parts.append(b"\0")
            continue
        raw = value if isinstance(value, bytes) else value.encode()
        parts.append(b"\1" + len(raw).to_bytes(4, "big") + raw)
    return hashlib.sha256(b"".join(parts)).digest()


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as found in the database, with what the chain is checked against."""

    entry: Entry
    hash: bytes
    salt: bytes | None
    body: str | None
    """The personal text; None where none was written or it was erased."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of a verification."""

    ok: bool
    entries: int
    head: str
    """Hash of the last good entry, hexadecimal; empty for an empty ledger."""
    first_broken: int | None
    """Number of the first entry that does not hold."""


def verify_chain(stored: Iterable[StoredEntry]) -> Verdict:
    """Walk a chain in order: no gap, every link, every hash, every personal text against its digest."""
    previous, count = GENESIS, 0
    for item in stored:
        entry = item.entry
        intact = entry.seq == count + 1 and entry.prev == previous and entry_hash(entry) == item.hash and _personal_intact(item)
        if not intact:
            return Verdict(False, count, previous.hex() if count else "", count + 1 if entry.seq > count + 1 else entry.seq)
        previous, count = item.hash, count + 1
    return Verdict(True, count, previous.hex() if count else "", None)


def _personal_intact(item: StoredEntry) -> bool:
    if item.body is None:
        return True
    return item.salt is not None and item.entry.digest == personal_digest(item.salt, item.body)
