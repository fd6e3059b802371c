"""Work that a test would repeat and that is not what it tries: done once in a process, or cheaply."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyrage
import pytest
import sqlalchemy as sa

from gridconsole.services import daily_backup, passwords
from gridconsole.store import engine

ENCRYPT, DECRYPT = pyrage.passphrase.encrypt, pyrage.passphrase.decrypt
_new_engine = engine._engine
_FIRST: list[sa.Engine] = []


def hash_cheaply(patch: pytest.MonkeyPatch) -> None:
    """Let hashing a password cost next to nothing."""
    patch.setattr(passwords, "COST", {"time_cost": 1, "memory_cost": 8, "parallelism": 1})
    patch.setattr(passwords, "DUMMY", passwords.hash_of("nobody's"))


def stay_in_the_foreground(patch: pytest.MonkeyPatch) -> None:
    """Let nothing run on behind a test."""
    patch.setattr(daily_backup, "start", lambda _: None)


# --- statements -------------------------------------------------------------------------------------------------


def compile_once(patch: pytest.MonkeyPatch) -> None:
    """Let every office of this process share its compiled statements: each keeps its own otherwise, as a program opens one."""

    def shared(path: Path, *, reader: bool) -> sa.Engine:
        made = _new_engine(path, reader=reader)
        if _FIRST:
            made.dialect, made._compiled_cache = _FIRST[0].dialect, _FIRST[0]._compiled_cache
        else:
            _FIRST.append(made)
        return made

    patch.setattr(engine, "_engine", shared)


# --- passphrases of backups -------------------------------------------------------------------------------------


def stretch_cheaply(patch: pytest.MonkeyPatch) -> None:
    """Put what costs nothing in the place of stretching, which takes a second and more; a wrong passphrase is refused as before."""
    patch.setattr(pyrage.passphrase, "encrypt", _encrypt)
    patch.setattr(pyrage.passphrase, "decrypt", _decrypt)


def stretch_as_always(patch: pytest.MonkeyPatch) -> None:
    """For the test that goes the whole way."""
    patch.setattr(pyrage.passphrase, "encrypt", ENCRYPT)
    patch.setattr(pyrage.passphrase, "decrypt", DECRYPT)


def _mark(passphrase: str) -> bytes:
    return hashlib.sha256(passphrase.encode()).digest()


def _encrypt(plain: bytes, passphrase: str) -> bytes:
    return _mark(passphrase) + plain


def _decrypt(secret: bytes, passphrase: str) -> bytes:
    if not secret.startswith(_mark(passphrase)):
        raise pyrage.DecryptError("Decryption failed")
    return secret[32:]
