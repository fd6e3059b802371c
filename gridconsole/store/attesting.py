"""Add attestations to the entries being appended: digests of the deciding rows that the transaction changed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from gridconsole.domain.attest import ACTION, BASELINE, ROWS, SUBJECT, Attestations, is_text, parts, row_digest
from gridconsole.domain.ledger import ERASE
from gridconsole.store import attest
from gridconsole.store.dialect import touched
from gridconsole.store.entries import NewEntry

SALT_LENGTH = 16
MOST_IN_AN_ACT = 400
"""Most digests in the facts of the act's own entry, some 20 KB; more are written in separate entries before it."""
MOST_ROWS, MOST_TEXTS = 1000, 200
"""Most digests in such an entry. Erasing a text removes the salt of all texts of its entry, so fewer texts are put together."""
SYSTEM = "system"
"""Name and origin of the program itself as operator."""
INIT = "init"
"""Action of an office's first entry."""


def prepared(connection: sa.Connection, office: int, entries: Sequence[NewEntry]) -> Sequence[NewEntry]:
    """Return the entries with the digests of what the transaction changed; the last entry carries them.

    If the office's chain does not attest some registers yet, this act begins it with every row of them.
    """
    if not entries or not connection.info.get(touched.INSTALLED):
        return entries
    added = attest.not_begun(connection, office)
    keys = touched.touched(connection)
    if not (added or keys):
        return entries
    texts = attest.texts_of(connection, keys)
    touched.forget_touched(connection)
    if not added:
        return _with_rows(entries, office, texts)
    touched.begin(connection)
    whole = {**texts, **attest.registered(connection, added)}
    before = attest.highest(connection, added)
    if entries[-1].action == INIT:
        return _with_rows([*entries[:-1], replace(entries[-1], facts={**entries[-1].facts, BASELINE: before})], office, whole)
    first = NewEntry(
        at=entries[0].at,
        operator_id=None,
        operator=SYSTEM,
        origin=SYSTEM,
        subject_kind=SUBJECT,
        subject_id=office,
        action=ACTION,
        facts={BASELINE: before},
    )
    registers = {key: text for key, text in whole.items() if key not in texts}
    return _with_rows([*of_their_own(first, office, digests(registers)), *entries], office, texts)


def _with_rows(entries: Sequence[NewEntry], office: int, texts: Mapping[str, str | None]) -> Sequence[NewEntry]:
    if not texts:
        return entries
    *others, last = entries
    if len(texts) > MOST_IN_AN_ACT:
        return [
            *of_their_own(replace(last, facts={}), office, digests(rows_among(texts))),
            *_salted(last, office, texts),
            *entries,
        ]
    if last.action == ERASE:
        # A later erasure removes the salt; the reason of this erasure must not be lost with it.
        last = replace(last, facts={**last.facts, ROWS: digests(rows_among(texts))})
        return [*others, *_salted(last, office, texts), last]
    salt = secrets.token_bytes(SALT_LENGTH) if any(is_text(key) and text is not None for key, text in texts.items()) else None
    return [*others, replace(last, facts={**last.facts, ROWS: digests(texts, salt or b"")}, salt=salt)]


def rows_among(texts: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return the rows without the texts; rows need no salt."""
    return {key: text for key, text in texts.items() if not is_text(key)}


def digests(texts: Mapping[str, str | None], salt: bytes = b"") -> dict[str, str | None]:
    """Return the digests by key."""
    return {key: None if text is None else row_digest(text, salt if is_text(key) else b"") for key, text in sorted(texts.items())}


def of_their_own(like: NewEntry, office: int, rows: Mapping[str, str | None]) -> list[NewEntry]:
    """Return entries by the same operator that only attest rows; the facts of ``like`` go into the first."""
    portions = parts(rows, MOST_ROWS) or [{}]
    return [_attesting(like, office, {**(like.facts if at == 0 else {}), ROWS: rows}) for at, rows in enumerate(portions)]


def _salted(like: NewEntry, office: int, texts: Mapping[str, str | None]) -> list[NewEntry]:
    """Return entries that only attest texts, each with its own salt."""
    found = []
    for portion in parts({key: text for key, text in texts.items() if is_text(key)}, MOST_TEXTS):
        salt = secrets.token_bytes(SALT_LENGTH)
        found.append(_attesting(like, office, {ROWS: digests(portion, salt)}, salt))
    return found


def _attesting(like: NewEntry, office: int, facts: dict[str, object], salt: bytes | None = None) -> NewEntry:
    return NewEntry(
        at=like.at,
        operator_id=like.operator_id,
        operator=like.operator,
        origin=like.origin,
        subject_kind=SUBJECT,
        subject_id=office,
        action=ACTION,
        facts=facts,
        salt=salt,
    )


def left_over(office: int, at: datetime) -> list[NewEntry]:
    """Return an entry for changes that no entry of the transaction attests."""
    return [
        NewEntry(at=at, operator_id=None, operator=SYSTEM, origin=SYSTEM, subject_kind=SUBJECT, subject_id=office, action=ACTION)
    ]


# --- archived years ---------------------------------------------------------------------------------------------

_LAST_POSSIBLE = (1 << 63) - 1
_UNFIT = "0" * 32
"""Digest that fits no row: a text that differs from its attested digest must still differ after its year is archived."""


def carried(connection: sa.Connection, office: int, first: int, last: int, like: NewEntry) -> list[NewEntry]:
    """Return entries that repeat what a range of entries was the last to attest, before the range is archived."""
    gone, later = Attestations(), Attestations()
    for found, (begin, end) in ((gone, (first, last)), (later, (last + 1, _LAST_POSSIBLE))):
        for entry in attest.attesting(connection, office, begin, end):
            found.take(*entry)
    mine = {key: known for key, known in gone.rows.items() if key not in later.rows}
    rows = {key: known.digest for key, known in mine.items() if not is_text(key)}
    before = {table: key for table, key in gone.before.items() if table not in later.before}
    facts: dict[str, object] = {BASELINE: before} if before else {}
    entries = of_their_own(replace(like, facts=facts), office, rows) if rows or facts else []
    texts = attest.texts_of(connection, [key for key in mine if is_text(key)])
    for portion in parts(texts, MOST_TEXTS):
        salt = secrets.token_bytes(SALT_LENGTH)
        said = {
            key: (None if text is None else row_digest(text, salt)) if mine[key].fits(key, text) else _UNFIT
            for key, text in portion.items()
        }
        entries.append(_attesting(like, office, {ROWS: said}, salt))
    return entries
