"""Drafts: form contents that were typed and not sent, kept for a week in the user's folder, only for the operator who typed them.

A draft survives the end of its process (a dropped line, a kill, a crash), but not a power cut: it is not forced to the disk.
It holds personal text: the folder has mode 0700 and each file 0600. Symbolic links and files of other users are never read or
written, and no part of a draft is ever logged. A running session holds a lock on its file; the system releases the lock however
the process ends.
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
"""Age after which a draft is deleted."""
FORMAT = 1
MOST_BYTES = 1_000_000
"""Largest size of a draft file. Forms hold some thousand characters, so a larger file is no draft and is ignored."""
LEFT_OVER = 24 * 3600.0
"""Seconds after which a half-written file or the lock of an ended session is deleted."""
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
    """Action of the form: an action of the case table, or hand_over."""
    case: str
    """Number of the case; empty if the form is about no case."""
    version: int
    """Version of the case that the operator saw; 0 if the form is about no case."""
    saved_at: datetime
    request_id: str
    """Id of the request: if it is sent again after an unknown outcome, it is still carried out only once."""
    session: str
    """Id of the session in which it was typed."""
    fields: Mapping[str, str]
    """Contents by field."""
    texts: tuple[str, ...]
    """Names of the fields that are free text, in the form's order."""

    @property
    def text(self) -> str:
        """Return the typed text, field by field."""
        return "\n".join(value for name in self.texts if (value := self.fields.get(name, "").strip()))


def new_id() -> str:
    """Return a new id for a draft or a session."""
    return secrets.token_hex(16)


def identity(office: Office) -> str:
    """Return an id of an office: 32 hexadecimal digits from path, key and time of foundation.

    It does not depend on the inode: a restored backup is the same office, and a copy at another path is another office.
    """
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
    """Return the folder for drafts; make it if it is missing.

    Raises:
        DraftsUnavailable: the folder cannot be made, is a link, belongs to another user, or is open to other users.
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
    """Return the folder for drafts if it exists and only this user has access; else None."""
    place = folder()
    with contextlib.suppress(OSError):
        if _is_ours(place.lstat(), is_folder=True):
            return place
    return None


# --- files ------------------------------------------------------------------------------------------------------


def save(draft: Draft) -> None:
    """Write a draft to a new file, which then replaces its earlier version: no reader sees a half-written draft.

    Raises:
        DraftsUnavailable: the draft cannot be written.
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
    """Delete a draft; does nothing if it does not exist."""
    place = _safe_folder()
    if place is not None:
        with contextlib.suppress(OSError):
            _file(place, draft).unlink(missing_ok=True)


def of_office(office: str) -> tuple[Draft, ...]:
    """Return the drafts of all operators of an office, newest first; unreadable files are skipped."""
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
    """Read a draft; None if the file is no draft, belongs to another user, or is open to other users."""
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
    """Delete drafts of any office that are older than a week, and the remains of ended processes."""
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


class DraftSession:
    """A running console. It holds a lock on its own file until it ends, so that other processes can see whether it runs."""

    def __init__(self) -> None:
        self.id = new_id()
        self._file: IO[bytes] | None = None

    def begin(self) -> None:
        """Take the lock; does nothing if this session holds it already.

        Raises:
            DraftsUnavailable: the lock file cannot be made or locked.
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
        """Release the lock and delete its file."""
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
    """Return an operator's drafts that no other running console has open, newest first.

    Args:
        session: id of the caller's own session, whose drafts are included.
    """
    own = [draft for draft in of_office(office) if draft.operator == operator]
    running = {name for name in {draft.session for draft in own} if name != session and is_running(name)}
    return tuple(draft for draft in own if draft.session not in running)


# --- persons ----------------------------------------------------------------------------------------------------


def all_of(office: Office) -> tuple[Draft, ...]:
    """Return the drafts of all operators of an open office, on this machine and of this operating-system user."""
    return of_office(identity(office))


def fields_naming(draft: Draft, terms: Terms) -> tuple[str, ...]:
    """Return the names of the fields that mention a person."""
    return tuple(name for name, value in draft.fields.items() if terms.are_in(value))
