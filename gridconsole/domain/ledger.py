"""The hash chain of an office's ledger: tamper-evident (可发现篡改), never tamper-proof.

An entry's hash covers its own fields and the hash of the entry before it. Free text and personal data enter only as a salted
digest. So a value can be erased by law, together with its salt, without breaking the chain.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

GENESIS = bytes(32)
"""``prev`` of the first entry."""
IMPORT_ORIGIN = "import"
"""Origin of entries that come from an imported list instead of a person."""
BATCH = "batch"
"""Fact of a note that an imported list added: number of the batch."""
UNDONE = "undone"
"""Fact of an entry, for display only: its import was undone."""
_TAG = b"gridconsole-ledger-1\0"
_PERSONAL_TAG = b"gridconsole-personal-1\0"


class Entry(NamedTuple):
    """A ledger entry with the fields that its hash covers."""

    seq: int
    at: str
    """UTC, ``2026-11-23T06:03:00.000000Z``; entries are ordered by ``seq``, never by time."""
    actor: str
    """Canonical JSON: who acted, on which axis, with which origin, by which request."""
    subject: str
    """``incident:2026112300012``, ``post:17``, ``batch:3``, ``office:1``."""
    action: str
    facts: str
    """Canonical JSON without personal data."""
    digest: bytes | None
    """Salted digest of the free text and personal values; None if the entry has none."""
    prev: bytes


_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False).encode


def canonical(facts: Mapping[str, object]) -> str:
    """Return the canonical JSON text of facts: sorted keys, no spaces, non-ASCII characters unescaped."""
    return _encode(facts)


def personal_digest(salt: bytes, body: str) -> bytes:
    """Return the salted digest of a personal text; once the salt is gone, guesses cannot be checked against it."""
    return hashlib.sha256(_PERSONAL_TAG + salt + bytes_of(body)).digest()


def entry_hash(entry: Entry) -> bytes:
    """Return the SHA-256 over length-prefixed fields, so that different entries never give the same bytes."""
    seq, at, actor, subject, action, facts, digest, prev = entry
    texts = (str(seq), at, actor, subject, action, facts)
    try:
        raw = [text.encode() for text in texts]
    except UnicodeEncodeError:
        raw = list(map(bytes_of, texts))
    parts = [_TAG]
    for value in raw:
        parts += (_length(len(value)), value)
    parts += (b"\0",) if digest is None else (_length(len(digest)), digest)
    parts += (_length(len(prev)), prev)
    return hashlib.sha256(b"".join(parts)).digest()


@lru_cache(4096)
def _length(count: int) -> bytes:
    return b"\1" + count.to_bytes(4, "big")


def bytes_of(text: str) -> bytes:
    """Return the bytes of a text as they are stored."""
    # A forger can write bytes that are not UTF-8. They are read as surrogates, so that verification reports them instead of
    # failing.
    return text.encode("utf-8", "surrogateescape")


class StoredEntry(NamedTuple):
    """An entry as stored in the database, with the values that the chain is checked against."""

    entry: Entry
    hash: bytes
    salt: bytes | None
    body: str | None
    """The personal text; None if there was none or it was erased."""


ERASE = "erase"
"""Action of the entry whose ``entries`` list the numbers of the entries whose personal text was erased by law."""
