"""Work that a test would repeat and that is not what it tries: done once in a process, or cheaply."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pyrage
import pytest
import sqlalchemy as sa

from gridconsole.importing import sources
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
            # A dialect learns the version at the first connection of its engine, which may come later than that of another.
            made.dialect.server_version_info = engine.driver.sqlite_version_info
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


# --- readers of workbooks ---------------------------------------------------------------------------------------


class ReaderServer:
    """A process that has read the modules a reader needs, and makes one by forking instead of by starting Python anew.

    A reader takes 3 ms instead of 55 ms, and lives under the same limits; four hundred of them are started by these tests.
    """

    CODE = """
import os, socket, sys
from gridconsole.importing import child
import python_calamine
asked = socket.socket(fileno=int(sys.argv[1]))
while True:
    message, fds, _, _ = socket.recv_fds(asked, 4096, 2)
    if not message:
        break
    kind, *words = message.decode().split("\\0")
    if kind == "wait":
        asked.send(str(os.waitstatus_to_exitcode(os.waitpid(int(words[0]), 0)[1])).encode())
        continue
    pid = os.fork()
    if pid == 0:
        asked.close()
        os.dup2(fds[0], 0)
        os.dup2(fds[1], 1)
        os.closerange(3, 64)
        sys.stdin, sys.stdout = open(0), open(1, "w")
        sys.argv = ["child", *words]
        child.main()
        os._exit(0)
    for fd in fds:
        os.close(fd)
    asked.send(str(pid).encode())
"""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-c", self.CODE, str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stderr=subprocess.DEVNULL)
        theirs.close()

    def ask(self, *words: str, fds: Sequence[int] = ()) -> int:
        """Send a request, and return the number that answers it."""
        with self._one_at_a_time:
            socket.send_fds(self._socket, ["\0".join(words).encode()], fds)
            return int(self._socket.recv(4096))

    def close(self) -> None:
        """Let the server end."""
        self._socket.close()
        self._process.wait()


class ForkedReader:
    """A reader, as far as :mod:`gridconsole.importing.sources` uses a process."""

    def __init__(self, server: ReaderServer, command: Sequence[str]) -> None:
        self._server = server
        self._status: int | None = None
        (theirs_in, ours_in), (ours_out, theirs_out) = os.pipe(), os.pipe()
        self._pid = server.ask("read", *command[command.index("gridconsole.importing.child") + 1 :], fds=[theirs_in, theirs_out])
        os.close(theirs_in)
        os.close(theirs_out)
        self.stdin, self.stdout = os.fdopen(ours_in, "wb"), os.fdopen(ours_out, "rb")

    def kill(self) -> None:
        """End it, if it has not ended."""
        if self._status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait for its end; returns its exit status."""
        if self._status is None:
            self._status = self._server.ask("wait", str(self._pid))
        return self._status


def fork_readers(patch: pytest.MonkeyPatch) -> ReaderServer | None:
    """Let readers of workbooks be forked, where the system can."""
    if not hasattr(socket, "send_fds") or sys.platform != "linux":
        return None
    server = ReaderServer()
    started = SimpleNamespace(**vars(subprocess) | {"Popen": lambda command, **_: ForkedReader(server, command)})
    patch.setattr(sources, "subprocess", started)
    return server
