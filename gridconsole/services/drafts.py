"""Drafts: what was typed into a form and not sent, kept for a week in the user's own folder, for the operator who typed it alone.

A draft survives the process that typed it (a dropped line, a kill, a crash), not a power cut: it is not forced to the disk. It holds
personal text: the folder is 0700, each file 0600, symbolic links and files of other users are never read or written, and nothing of
it is ever logged. Sessions are known to run by a lock on a file of theirs, which the system lets go however a process ends.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import stat
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from gridconsole.domain.errors import DraftsUnavailable
from gridconsole.store import offices

if TYPE_CHECKING:
    from gridconsole.domain.person import Terms
    from gridconsole.services.office import Office

KEPT = timedelta(days=7)
"""A draft is gone after this, sent or not."""
FORMAT = 1
MOST_BYTES = 1_000_000
"""A larger file is none of ours: forms hold some thousand characters."""
LEFT_OVER = 24 * 3600.0
"""Seconds after which a half-written file or the lock of an ended session is cleared away."""
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Draft:
    """The contents of one form."""

    id: str
    """32 hexadecimal digits; the name of its file."""
    office: str
    """See :func:`identity`."""
    operator: int
    operator_name: str
    kind: str
    """What the form does: an action of the case table, or hand_over."""
    case: str
    """Number of the case; empty for none."""
    version: int
    """Version of the case that was seen; 0 for none."""
    saved_at: datetime
    request_id: str
    """Id of the intention: sent again after an unknown outcome, it is done once."""
    session: str
    """Id of the session that typed it."""
    fields: Mapping[str, str]
    """Contents by field."""
    texts: tuple[str, ...]
    """Names of the fields that are free text, in the form's order."""

    @property
    def text(self) -> str:
        """Return the typed text, field by field."""
        return "\n".join(value for name in self.texts if (value := self.fields.get(name, "").strip()))


def new_id() -> str:
    """An id for a draft or a session."""
    return secrets.token_hex(16)


def identity(office: Office) -> str:
    """Names an office independently of the file's inode: a restored backup is the same office, a copy elsewhere is another."""
    with office.database.reading() as connection:
        founded = offices.founded_at(connection, office.id)
    return hashlib.sha256(f"{office.database.path.resolve()}\n{office.id}\n{founded}".encode()).hexdigest()[:32]


# --- the folder -------------------------------------------------------------------------------------------------


def folder() -> Path:
    """Return the folder for drafts, which need not exist."""
    from platformdirs import user_state_path

    return user_state_path("gridconsole", appauthor=False) / "drafts"


def _is_ours(facts: os.stat_result, *, is_folder: bool) -> bool:
    kind = stat.S_ISDIR(facts.st_mode) if is_folder else stat.S_ISREG(facts.st_mode)
    return kind and (sys.platform == "win32" or (facts.st_uid == os.getuid() and not facts.st_mode & 0o077))


def _made_folder() -> Path:
    """The folder, made if need be.

    Raises:
        DraftsUnavailable: it cannot be made, is a link, or other users can look into it.
    """
    place = folder()
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            place.mkdir(mode=0o700)
        facts = place.lstat()
    except OSError as error:
        raise DraftsUnavailable(file=str(place), why=error.strerror or "") from error
    if not _is_ours(facts, is_folder=True):
        raise DraftsUnavailable(file=str(place), why="drafts_folder")
    return place


def _safe_folder() -> Path | None:
    """The folder where it is there and ours alone."""
    place = folder()
    with contextlib.suppress(OSError):
        if _is_ours(place.lstat(), is_folder=True):
            return place
    return None


# --- files ------------------------------------------------------------------------------------------------------


def save(draft: Draft) -> None:
    """Write a draft beside its earlier version and put it in its place: no reader ever sees half of one.

    Raises:
        DraftsUnavailable: it cannot be written.
    """
    place = _made_folder()
    content = {"format": FORMAT, **asdict(draft), "saved_at": draft.saved_at.astimezone(UTC).isoformat()}
    part = place / f"{_checked(draft.id)}.{secrets.token_hex(4)}.part"
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False)
        part.replace(_file(place, draft.id))
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise DraftsUnavailable(file=str(place), why=error.strerror or "") from error


def remove(draft: str) -> None:
    """Take a draft away; none is as good."""
    place = _safe_folder()
    if place is not None:
        with contextlib.suppress(OSError):
            _file(place, draft).unlink(missing_ok=True)


def of_office(office: str) -> tuple[Draft, ...]:
    """Drafts of all operators of an office, newest first; unreadable files are passed over."""
    place = _safe_folder()
    found = (_read(path) for path in place.glob("*.json")) if place is not None else ()
    return tuple(
        sorted(
            (draft for draft in found if draft is not None and draft.office == office), key=lambda it: it.saved_at, reverse=True
        )
    )


def _checked(name: str) -> str:
    if not _ID.fullmatch(name):
        raise ValueError("not an id")
    return name


def _file(place: Path, draft: str) -> Path:
    return place / f"{_checked(draft)}.json"


def _read(path: Path) -> Draft | None:
    """A draft as it is kept; None if the file is not one, or not ours alone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, encoding="utf-8") as file:
            facts = os.fstat(descriptor)
            if not _is_ours(facts, is_folder=False) or facts.st_size > MOST_BYTES:
                return None
            return _parsed(json.load(file), path.stem)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _parsed(content: Any, name: str) -> Draft | None:
    if content["format"] != FORMAT or content["id"] != _checked(name):
        return None
    return Draft(
        id=name,
        office=str(content["office"]),
        operator=int(content["operator"]),
        operator_name=str(content["operator_name"]),
        kind=str(content["kind"]),
        case=str(content["case"]),
        version=int(content["version"]),
        saved_at=datetime.fromisoformat(content["saved_at"]).astimezone(UTC),
        request_id=str(content["request_id"]),
        session=_checked(content["session"]),
        fields={str(field): str(value) for field, value in content["fields"].items()},
        texts=tuple(str(field) for field in content["texts"]),
    )


def prune(now: datetime) -> None:
    """Take away drafts of any office that are older than a week, and what ended processes left behind."""
    place = _safe_folder()
    if place is None:
        return
    for path in list(place.iterdir()):
        if _is_over(path, now):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def _is_over(path: Path, now: datetime) -> bool:
    try:
        written = path.lstat().st_mtime
    except OSError:
        return False
    if path.suffix == ".json":
        draft = _read(path)
        saved_at = draft.saved_at if draft is not None else datetime.fromtimestamp(written, UTC)
        return now - saved_at > KEPT
    is_left_over = time.time() - written > LEFT_OVER
    return is_left_over and (path.suffix == ".part" or (path.suffix == ".lock" and not is_running(path.stem)))


# --- sessions ---------------------------------------------------------------------------------------------------


class Session:
    """A running console, as others find out: it holds the lock on a file of its own until it ends, however it ends."""

    def __init__(self) -> None:
        self.id = new_id()
        self._file: IO[bytes] | None = None

    def begin(self) -> None:
        """Hold the lock; holding it already is as good.

        Raises:
            DraftsUnavailable: the file cannot be made.
        """
        if self._file is not None:
            return
        import portalocker

        path = _made_folder() / f"{self.id}.lock"
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
            self._file = os.fdopen(descriptor, "r+b")
            portalocker.lock(self._file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
        except (OSError, portalocker.exceptions.LockException) as error:
            raise DraftsUnavailable(file=str(path.parent), why=getattr(error, "strerror", None) or "") from error

    def end(self) -> None:
        """Let go."""
        if self._file is None:
            return
        self._file.close()
        self._file = None
        with contextlib.suppress(OSError):
            (folder() / f"{self.id}.lock").unlink(missing_ok=True)


def is_running(session: str) -> bool:
    """Return whether the console of a session is running."""
    import portalocker

    place = _safe_folder()
    if place is None or not _ID.fullmatch(session):
        return False
    try:
        descriptor = os.open(place / f"{session}.lock", os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return False
    with os.fdopen(descriptor, "r+b") as file:
        try:
            portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
        except portalocker.exceptions.LockException:
            return True
        portalocker.unlock(file)
    return False


def left_behind(office: str, operator: int, session: str) -> tuple[Draft, ...]:
    """An operator's drafts that no other running console has open, newest first.

    Args:
        session: the caller's own, whose drafts are among them.
    """
    own = [draft for draft in of_office(office) if draft.operator == operator]
    running = {name for name in {draft.session for draft in own} if name != session and is_running(name)}
    return tuple(draft for draft in own if draft.session not in running)


# --- persons ----------------------------------------------------------------------------------------------------


def all_of(office: Office) -> tuple[Draft, ...]:
    """Drafts of all operators of an open office, on this machine and of this user of the system."""
    return of_office(identity(office))


def fields_naming(draft: Draft, terms: Terms) -> tuple[str, ...]:
    """Names of the fields that speak of a person."""
    return tuple(name for name, value in draft.fields.items() if terms.are_in(value))
