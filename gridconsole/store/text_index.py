"""Index of the texts of cases (SQLite's FTS5): kept with every change, filled step by step, and built anew.

Each document has the key of its case, shifted, as its row number: the case's own texts come first, then one document for each act
with a note or a reason. The index stores no text, so a document is removed by giving its words again; they follow from the texts as
they were before.

Temporary triggers of the writing connection note which texts a transaction changes, as in :mod:`.attest`. So no code can forget a
text, and the words are written in the transaction that writes the text.

Measured with 100,000 cases and 2.4 documents each: 340 bytes and 22 µs for a case; a note costs an act 0.1 ms; removing a document
from the pages at once 0.15 ms. Many documents are removed in 14 µs each, and the index is written anew afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.search_words import WORDS_VERSION, CaseTexts, IndexedWords, case_words, note_words, public
from gridconsole.language.pinyin import spell_person, spell_place
from gridconsole.store.dialect.direct import Direct
from gridconsole.store.types import as_it_lies, driver_of

SHIFT = 20
"""Bits of a document's row number after the key of its case: the number of the ledger entry, modulo."""
_ENTRIES = (1 << SHIFT) - 1
BULK = 2_000
"""Documents from which removing them one by one from the pages takes longer than writing the index anew."""
SLICE = 500
"""Cases indexed in one transaction while an existing file is filled: about 30 ms."""
NOT_NOTES = frozenset({"photos", "reporter", "phone", "address", "text", "summary"})
"""Personal fields of an entry that are no words of its operator, or are texts of the case itself."""
INSTALLED = "text_index"
"""Key in ``connection.info`` of a connection that notes changed texts."""
_RENEWED = "text_index_renewed"
"""Key in ``connection.info`` of a connection whose transaction creates the index anew."""
_CREATE = (
    "CREATE VIRTUAL TABLE case_text USING fts5(words, places, keys, people, content='', columnsize=0,"
    " tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* Co Cn' tokenchars '_'\")"
)
_STATE = (
    "CREATE TABLE IF NOT EXISTS main.text_index (id INTEGER NOT NULL, position INTEGER NOT NULL, version INTEGER NOT NULL,"
    " CONSTRAINT pk_text_index PRIMARY KEY (id), CONSTRAINT ck_text_index_id CHECK (id = 1)) STRICT"
)
_SECURE = "INSERT INTO case_text(case_text, rank) VALUES ('secure-delete', ?)"
_OPTIMIZE = "INSERT INTO case_text(case_text) VALUES ('optimize')"
_EMPTY = "INSERT INTO case_text(case_text) VALUES ('delete-all')"
_CHECK = "INSERT INTO case_text(case_text, rank) VALUES ('integrity-check', 0)"
_ADD = "INSERT INTO case_text(rowid, words, places, keys, people) VALUES (?, ?, ?, ?, ?)"
_REMOVE = "INSERT INTO case_text(case_text, rowid, words, places, keys, people) VALUES ('delete', ?, ?, ?, ?, ?)"
_OWN_TEXTS = ("text", "address", "summary", "source_ref", "reporter_name", "reporter_phone")
_OLD = ", ".join(f"OLD.{column}" for column in _OWN_TEXTS)
_DIFFER = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in _OWN_TEXTS)
_NOTE_OF = (
    " INSERT INTO case_text_noted SELECT l.subject_id, {row}.seq, {was} FROM main.ledger l WHERE l.office_id = {row}.office_id"
    " AND l.seq = {row}.seq AND l.subject_kind = 'incident' AND l.action <> 'report';"
)
_TRIGGERS = (
    # ``seq`` is NULL for a case's own texts; ``was`` is NULL for what did not exist before.
    "CREATE TEMP TABLE case_text_noted (incident_id INTEGER, seq INTEGER, was TEXT)",
    "CREATE TEMP TRIGGER case_text_insert AFTER INSERT ON main.incident"
    " BEGIN INSERT INTO case_text_noted VALUES (NEW.id, NULL, NULL); END",
    f"CREATE TEMP TRIGGER case_text_update AFTER UPDATE OF {', '.join(_OWN_TEXTS)} ON main.incident WHEN {_DIFFER}"
    f" BEGIN INSERT INTO case_text_noted VALUES (OLD.id, NULL, json_array({_OLD})); END",
    "CREATE TEMP TRIGGER case_note_insert AFTER INSERT ON main.ledger_personal WHEN NEW.body IS NOT NULL"
    f" BEGIN{_NOTE_OF.format(row='NEW', was='NULL')} END",
    "CREATE TEMP TRIGGER case_note_update AFTER UPDATE OF body ON main.ledger_personal WHEN OLD.body IS NOT NULL"
    f" BEGIN{_NOTE_OF.format(row='OLD', was='OLD.body')} END",
    "CREATE TEMP TRIGGER case_note_delete BEFORE DELETE ON main.ledger_personal WHEN OLD.body IS NOT NULL"
    f" BEGIN{_NOTE_OF.format(row='OLD', was='OLD.body')} END",
)


class IndexFlaw(StrEnum):
    """Faults of the index."""

    MISSING = "missing"
    """There is none that this library and program can use."""
    DAMAGED = "damaged"
    STALE = "stale"
    """A case is not found by its own words."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the index."""

    key: int
    words: IndexedWords


def create(raw: Any) -> None:
    """Create an empty index; every case that exists is indexed later, by :func:`fill`. A library without FTS5 creates none."""
    raw.execute(_STATE)
    raw.execute("DELETE FROM main.text_index")
    raw.execute("INSERT INTO main.text_index SELECT 1, coalesce(max(id), 0), ? FROM main.incident", (WORDS_VERSION,))
    try:
        raw.execute(_CREATE)
    except Exception as error:
        if "no such module" not in str(error):
            raise
        return
    _delete_securely(raw, secure=True)


def _delete_securely(raw: Any, *, secure: bool) -> None:
    """Have words removed from the pages at once. Libraries before 3.42 cannot; there the index is written anew after each removal."""
    try:
        raw.execute(_SECURE, (int(secure),))
    except Exception as error:
        if "SQL logic error" not in str(error):
            raise


def is_usable(raw: Any) -> bool:
    """Return whether a file has an index that this library can read."""
    try:
        raw.execute("SELECT rowid FROM main.case_text WHERE case_text MATCH '_' LIMIT 1").fetchone()
        return bool(raw.execute("SELECT version FROM main.text_index").fetchone() == (WORDS_VERSION,))
    except Exception as error:
        if not is_fault_of_index(error):
            raise
        return False


def install(raw: Any) -> bool:
    """Make a new writing connection note the texts it changes; return False if the file has no usable index."""
    if not is_usable(raw):
        return False
    for statement in _TRIGGERS:
        raw.execute(statement)
    return True


# --- with every transaction -------------------------------------------------------------------------------------


def write_noted(connection: sa.Connection) -> None:
    """Write the words of the texts that the transaction changed. Called at its end."""
    raw = driver_of(connection)
    if not connection.info.get(INSTALLED):
        if not connection.info.pop(_RENEWED, False):
            _distrust(raw)
        return
    with as_it_lies(connection):
        noted = raw.execute("SELECT incident_id, seq, was FROM temp.case_text_noted ORDER BY rowid").fetchall()
        if not noted:
            return
        raw.execute("DELETE FROM temp.case_text_noted")
        position = _position(raw)
        change = _Change(raw, [row for row in noted if row[0] > position])
        raw.execute("SAVEPOINT case_text")
        try:
            change.write()
            raw.execute("SAVEPOINT case_text_written")  # has the library write what it holds back until the commit
        except Exception as error:
            if not is_fault_of_index(error):
                raise
            raw.execute("ROLLBACK TO case_text")
            _distrust(raw)
        raw.execute("RELEASE case_text")


def _distrust(raw: Any) -> None:
    """Mark the index as one that misses changes: it must be built anew. A file of an earlier schema has none."""
    if raw.execute("SELECT 1 FROM main.sqlite_master WHERE name = 'text_index'").fetchone():
        raw.execute("UPDATE main.text_index SET version = 0 WHERE version <> 0")


def is_fault_of_index(error: Exception) -> bool:
    """Return whether an error of the library may come from a missing or damaged index, which no act and no search needs."""
    return any(
        words in str(error)
        for words in ("no such", "invalid fts5", "vtable constructor", "malformed", "corrupt", "constraint failed")
    )


def _position(raw: Any) -> int:
    return int(raw.execute("SELECT position FROM main.text_index").fetchone()[0])


class _Change:
    """Changed texts of one transaction: how they were before it, and how they are now."""

    def __init__(self, raw: Any, noted: Iterable[tuple[int, int | None, str | None]]) -> None:
        self._raw = raw
        self._own_before: dict[int, CaseTexts | None] = {}
        self._notes_before: dict[tuple[int, int], str | None] = {}
        for case, seq, was in noted:
            # Only the first change of a text shows how it was before the transaction.
            if seq is None:
                self._own_before.setdefault(case, _case_texts(json.loads(was)) if was is not None else None)
            else:
                self._notes_before.setdefault((case, seq), was)

    def write(self) -> None:
        """Remove the words of earlier texts, and add those of present ones."""
        now = dict(_own_texts(self._raw, {*self._own_before, *(case for case, _ in self._notes_before)}))
        before = {case: self._own_before.get(case, texts) or texts for case, texts in now.items()}
        self._add_renamed({case for case, texts in now.items() if before[case].reporter != texts.reporter})
        notes_now = dict(_notes(self._raw, [seq for _, seq in self._notes_before]))
        removed = [
            *(_own_document(case, texts) for case, texts in self._own_before.items() if texts is not None),
            *_note_documents(before, self._notes_before),
        ]
        added = [
            *(_own_document(case, now[case]) for case in self._own_before),
            *_note_documents(now, {key: notes_now.get(key[1]) for key in self._notes_before}),
        ]
        _remove(self._raw, removed)
        _add(self._raw, added)

    def _add_renamed(self, cases: Collection[int]) -> None:
        """Add the notes of cases whose reporter changed: the name is hidden in them."""
        for case, seq, body in _notes_of(self._raw, cases):
            self._notes_before.setdefault((case, seq), body)


def _case_texts(values: Iterable[str | None]) -> CaseTexts:
    return CaseTexts(*(value or "" for value in values))


_SELECT_OWN = f"SELECT id, {', '.join(_OWN_TEXTS)} FROM main.incident WHERE id IN (SELECT value FROM json_each(?))"
_SELECT_NOTES = (
    "SELECT p.seq, p.body FROM main.ledger_personal p JOIN main.ledger l ON l.office_id = p.office_id AND l.seq = p.seq"
    " WHERE p.seq IN (SELECT value FROM json_each(?)) AND p.office_id IN (SELECT id FROM main.office)"
)
_SELECT_NOTES_OF = (
    "SELECT l.subject_id, l.seq, p.body FROM json_each(?) j CROSS JOIN main.ledger l ON l.subject_kind = 'incident'"
    " AND l.subject_id = j.value AND l.action <> 'report' JOIN main.ledger_personal p ON p.office_id = l.office_id AND p.seq = l.seq"
    " WHERE p.body IS NOT NULL"
)


def _own_texts(raw: Any, cases: Collection[int]) -> Iterator[tuple[int, CaseTexts]]:
    for case, *values in raw.execute(_SELECT_OWN, (json.dumps(sorted(cases)),)):
        yield case, _case_texts(values)


def _notes(raw: Any, entries: Collection[int]) -> Iterator[tuple[int, str | None]]:
    if entries:
        yield from raw.execute(_SELECT_NOTES, (json.dumps(list(entries)),))


def _notes_of(raw: Any, cases: Collection[int]) -> Iterator[tuple[int, int, str]]:
    if cases:
        yield from raw.execute(_SELECT_NOTES_OF, (json.dumps(sorted(cases)),)).fetchall()


def texts_of(raw: Any, case: int, *, names: bool) -> list[str]:
    """Return the texts of a case that are indexed: its own ones and its notes.

    Args:
        names: False to leave out the reporter's name and the numbers of people.
    """
    found = []
    for _, own in _own_texts(raw, [case]):
        notes = (text for _, _, body in _notes_of(raw, [case]) for text in _texts_in(body))
        found = [own.text, own.address, own.summary, own.reference, *notes]
        found = [*found, own.reporter, own.phone] if names else [public(text, own.reporter) for text in found]
    return found


def _own_document(case: int, texts: CaseTexts) -> Document:
    return Document(case << SHIFT, case_words(texts, spell_place, spell_person))


def _note_documents(
    cases: Mapping[int, CaseTexts], bodies: Mapping[tuple[int, int], str | None]
) -> Iterator[Document]:  # fmt: skip
    for (case, seq), body in bodies.items():
        texts = _texts_in(body or "{}")
        words = note_words(texts, cases[case].reporter) if texts and case in cases else None
        if words is not None and any(words):
            yield Document((case << SHIFT) + seq % _ENTRIES + 1, words)


def _texts_in(body: str) -> list[str]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return []  # written by a forger, never by this program
    return [str(value) for field, value in said.items() if field not in NOT_NOTES] if isinstance(said, dict) else []


def _add(raw: Any, documents: Iterable[Document]) -> None:
    raw.executemany(_ADD, [(document.key, *document.words) for document in documents])


def _remove(raw: Any, documents: Collection[Document]) -> None:
    rows = [(document.key, *document.words) for document in documents]
    if not rows:
        return
    is_bulk = len(rows) >= BULK or not _can_delete_securely(raw)
    if is_bulk:
        _delete_securely(raw, secure=False)
    raw.executemany(_REMOVE, rows)
    if is_bulk:
        # Writes what remains to new pages; freed ones are overwritten (PRAGMA secure_delete).
        raw.execute(_OPTIMIZE)
        _delete_securely(raw, secure=True)


def _can_delete_securely(raw: Any) -> bool:
    return bool(raw.execute("SELECT v FROM main.case_text_config WHERE k = 'secure-delete'").fetchone())


# --- filling and building anew ----------------------------------------------------------------------------------


# --- looking up -------------------------------------------------------------------------------------------------

_INDEX = sa.table("case_text", sa.column("rowid", sa.BigInteger), sa.column("case_text", sa.Text))
_QUERY: sa.BindParameter[str] = sa.bindparam("query", type_=sa.Text)
_FOUND = sa.select(_INDEX.c.rowid.label("row")).where(_INDEX.c.case_text.op("MATCH")(_QUERY))
documents = (
    _FOUND.where(_INDEX.c.rowid < sa.bindparam("before", type_=sa.BigInteger))
    .order_by(_INDEX.c.rowid.desc())
    .limit(sa.bindparam("page", type_=sa.BigInteger))
    .subquery("document")
)
"""The newest documents (``row``) with what ``query`` asks for, at most ``page`` of those before ``before``."""
case_of_document = documents.c.row.op(">>", return_type=sa.BigInteger())(sa.literal_column(str(SHIFT)))
LAST_DOCUMENT = sa.select(sa.func.min(documents.c.row), sa.func.count()).select_from(documents)
_HAS = Direct(_FOUND.where(_INDEX.c.rowid.between(sa.bindparam("first"), sa.bindparam("last"))).limit(sa.literal_column("1")))


def has(raw: Any, query: str, case: int) -> bool:
    """Return whether a document of a case has what a query asks for, whole words only.

    Beginnings of words are left out: looking those up in one document takes as long as in all.
    """
    first = case << SHIFT
    return _HAS.on(raw, query=query.replace('" *', '"'), first=first, last=first + _ENTRIES).fetchone() is not None


def left_to_fill(connection: sa.Connection) -> int:
    """Return the key up to which cases are not indexed yet; 0 if all are. Without a usable index, it is the greatest key."""
    raw = driver_of(connection)
    if not is_usable(raw):
        return int(raw.execute("SELECT coalesce(max(id), 0) FROM incident").fetchone()[0])
    return _position(raw)


def is_outdated(connection: sa.Connection) -> bool:
    """Return whether the words of the index are those of another version, or texts were changed without it."""
    raw = driver_of(connection)
    has_index = raw.execute("SELECT 1 FROM main.sqlite_master WHERE name = 'case_text'").fetchone()
    return bool(has_index) and raw.execute("SELECT version FROM main.text_index").fetchone() != (WORDS_VERSION,)


def fill(connection: sa.Connection, most: int = SLICE) -> int:
    """Index the newest cases that are not indexed yet; return the key up to which cases remain. Does nothing without an index."""
    raw = driver_of(connection)
    if not connection.info.get(INSTALLED):
        return 0
    position = _position(raw)
    if not position:
        return 0
    with as_it_lies(connection):
        row = raw.execute(
            "SELECT id FROM main.incident WHERE id <= ? ORDER BY id DESC LIMIT 1 OFFSET ?", (position, most)
        ).fetchone()
        after = row[0] if row else 0
        cases = [case for (case,) in raw.execute("SELECT id FROM main.incident WHERE id > ? AND id <= ?", (after, position))]
        texts = dict(_own_texts(raw, cases))
        _add(raw, (_own_document(case, own) for case, own in texts.items()))
        _add(raw, _note_documents(texts, {(case, seq): body for case, seq, body in _notes_of(raw, cases)}))
        raw.execute("UPDATE main.text_index SET position = ?", (after,))
    return int(after)


def drop(connection: sa.Connection) -> None:
    """Remove the index, whatever state it is in, and create an empty one. Connections opened before do not write to it."""
    raw = driver_of(connection)
    try:
        raw.execute("DROP TABLE IF EXISTS main.case_text")
    except Exception:  # noqa: BLE001  a damaged index cannot be dropped as a virtual table
        raw.execute("PRAGMA writable_schema = ON")
        raw.execute("DELETE FROM main.sqlite_master WHERE name = 'case_text'")
        raw.execute("PRAGMA writable_schema = RESET")
    for part in ("data", "idx", "content", "docsize", "config"):
        raw.execute(f"DROP TABLE IF EXISTS main.case_text_{part}")
    create(raw)
    connection.info[_RENEWED] = True


SAMPLE = 1_000
"""Cases that an examination looks up by their own words."""


def flaw(connection: sa.Connection, sample: int = SAMPLE, *, whole: bool = True) -> IndexFlaw | None:
    """Return what is wrong with the index; None if it is good as far as examined.

    Args:
        sample: cases that are looked up by their own words, the newest and as many others.
        whole: have the library check the structure of the whole index.
    """
    raw = driver_of(connection)
    if not is_usable(raw):
        return IndexFlaw.MISSING
    try:
        if whole:
            raw.execute(_CHECK)
    except Exception:  # noqa: BLE001  whatever the library reports, the index must be built anew
        return IndexFlaw.DAMAGED
    position = _position(raw)
    cases = {
        case
        for query in (
            "SELECT id FROM main.incident WHERE id > ? ORDER BY id DESC LIMIT ?",
            "SELECT id FROM main.incident WHERE id > ? AND id % 97 = 0 LIMIT ?",
        )
        for (case,) in raw.execute(query, (position, sample))
    }
    for case, texts in _own_texts(raw, cases):
        words = case_words(texts, spell_place, spell_person).words.split()
        phrase = " ".join(words[:20])
        if (
            phrase
            and not raw.execute(
                "SELECT 1 FROM main.case_text WHERE case_text MATCH ? AND rowid = ?", (f'{{words}} : "{phrase}"', case << SHIFT)
            ).fetchone()
        ):
            return IndexFlaw.STALE
    return None
