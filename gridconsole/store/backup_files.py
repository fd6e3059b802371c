"""The file of a backup: a line with the format, a line with the manifest, then the database, compressed and optionally encrypted.

Compression is zstandard with its own checksum. Encryption is the age format (pyrage): the content is encrypted with a key made for
this file. That key, encrypted with the passphrase, is in the second line. The manifest is written twice, before and inside the
compressed part, so that a changed manifest is found.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from gridconsole.domain.backups import Manifest, manifest_of
from gridconsole.domain.errors import (
    BackupDamaged,
    BackupForeign,
    BackupLocked,
    BackupTooCostly,
    FileDenied,
    FileMissing,
    NotAFile,
    PassphraseWrong,
)

MAGIC = b"GridConsole backup 1\n"
_HEAD = {"manifest", "key", "packed", "digest"}
"""Keys of the second line."""
_LONGEST_LINE = 1 << 20
_CHUNK = 1 << 20
_LEVEL = 3
"""Level of zstandard: some 300 MB a second, and a quarter of the size."""


@dataclass(frozen=True, slots=True)
class BackupHeader:
    """The readable part of a backup."""

    manifest: Manifest
    key: str
    """Key of the content, encrypted with the passphrase (age, base64); empty if the content is not encrypted."""
    length: int
    """Bytes before the content."""
    packed: int
    """Bytes of the compressed content, before it was encrypted."""
    digest: str = ""
    """SHA-256 of the content as stored in the file, hexadecimal; empty in files of earlier versions."""

    @property
    def is_encrypted(self) -> bool:
        """Return whether the content is encrypted."""
        return bool(self.key)


def write(file: IO[bytes], manifest: Manifest, database: Path, work: Path, passphrase: str | None) -> None:
    """Write a backup.

    Args:
        file: empty, open for writing and reading.
        work: private folder for intermediate files; encrypted content passes through a file there.
    """
    identity, key = _new_key(passphrase) if passphrase is not None else (None, "")
    packed, sealed = work / "packed", work / "sealed"
    with packed.open("w+b") as content:
        _compress(manifest.to_json().encode() + b"\n", database, content)
        size = content.tell()
    if identity is not None:
        import pyrage

        with packed.open("rb") as content, sealed.open("wb") as target:
            pyrage.encrypt_io(content, target, [identity.to_public()])
        sealed.replace(packed)
    with packed.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        head = {"manifest": json.loads(manifest.to_json()), "key": key, "packed": size, "digest": digest}
        file.write(MAGIC + json.dumps(head, ensure_ascii=False).encode() + b"\n")
        content.seek(0)
        shutil.copyfileobj(content, file, _CHUNK)
    packed.unlink()


def is_intact(path: Path, header: BackupHeader) -> bool | None:
    """Return whether the content is unchanged since it was written, encrypted or not; None if the file has no digest.

    Reads the file once, without unpacking it.
    """
    if not header.digest:
        return None
    try:
        with path.open("rb") as file:
            file.seek(header.length)
            return hashlib.file_digest(file, "sha256").hexdigest() == header.digest
    except OSError:
        return False


def _new_key(passphrase: str) -> tuple[Any, str]:
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    return identity, base64.b64encode(pyrage.passphrase.encrypt(str(identity).encode(), passphrase)).decode()


def _compress(line: bytes, database: Path, target: IO[bytes]) -> None:
    import zstandard

    compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
    with compressor.stream_writer(target, closefd=False) as stream, database.open("rb") as source:
        stream.write(line)
        while chunk := source.read(_CHUNK):
            stream.write(chunk)


def read_header(path: Path) -> BackupHeader:
    """Read the header of a backup, without reading its content.

    Raises:
        FileMissing, NotAFile, FileDenied: the file does not exist or cannot be read.
        BackupForeign: the file is not a backup.
        BackupDamaged: its manifest cannot be read, or its length differs from the one stated there.
    """
    if path.is_dir() or (path.exists() and not path.is_file()):
        raise NotAFile(file=path.name)
    try:
        with path.open("rb") as file:
            magic = file.read(len(MAGIC))
            line = file.readline(_LONGEST_LINE)
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError as error:
        raise FileMissing(file=path.name) from error
    except (OSError, ValueError) as error:
        raise FileDenied(file=path.name) from error
    if magic != MAGIC:
        raise BackupForeign(file=path.name)
    try:
        said = json.loads(line)
        if not said.keys() <= _HEAD:
            raise BackupDamaged(file=path.name, why="manifest")
        header = BackupHeader(
            manifest=manifest_of(json.dumps(said["manifest"])),
            key=str(said["key"]),
            length=len(magic) + len(line),
            packed=int(said["packed"]),
            digest=str(said.get("digest", "")),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BackupDamaged(file=path.name, why="manifest") from error
    if size < header.length + header.packed or (not header.is_encrypted and size > header.length + header.packed):
        raise BackupDamaged(file=path.name, why="content")
    return header


def unpack(
    path: Path, header: BackupHeader, target: IO[bytes], work: Path, passphrase: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> None:  # fmt: skip
    """Write the database of a backup to a file, and verify that it matches the manifest.

    Args:
        work: private folder for decrypted content that is not unpacked yet.
        progress: called with the number of bytes written so far.

    Raises:
        BackupLocked: it is encrypted, and no passphrase is given.
        PassphraseWrong: it does not open with this passphrase.
        BackupDamaged: it is truncated or changed.
    """
    import zstandard

    if is_intact(path, header) is False:
        raise BackupDamaged(file=path.name, why="content")
    try:
        with path.open("rb") as file:
            # If only the last byte of a checksum is missing, nothing but the length shows it. Encrypted content has its own end
            # mark.
            whole = file.seek(0, os.SEEK_END) == header.length + header.packed
            if not whole and not header.is_encrypted:
                raise BackupDamaged(file=path.name, why="content")
            file.seek(header.length)
            if header.is_encrypted:
                _unpack_encrypted(path, header, file=file, target=target, work=work, passphrase=passphrase, progress=progress)
            else:
                _decompress(path, header, file, target, progress)
    except zstandard.ZstdError as error:
        raise BackupDamaged(file=path.name, why="content") from error
    except OSError as error:
        if error.filename is None:
            raise  # an error of the target's disk
        raise FileDenied(file=path.name) from error


def _unpack_encrypted(
    path: Path, header: BackupHeader, file: IO[bytes], target: IO[bytes], work: Path, passphrase: str | None,
    progress: Callable[[int], None] | None,
) -> None:  # fmt: skip
    import tempfile

    import pyrage

    if passphrase is None:
        raise BackupLocked(file=path.name)
    try:
        identity = pyrage.x25519.Identity.from_str(_opened(path, base64.b64decode(header.key, validate=True), passphrase))
    except (pyrage.DecryptError, pyrage.IdentityError, ValueError) as error:
        raise PassphraseWrong(file=path.name) from error
    with tempfile.TemporaryFile(dir=work) as packed:
        try:
            pyrage.decrypt_io(file, packed, [identity])
        except (pyrage.DecryptError, OSError, ValueError) as error:
            raise BackupDamaged(file=path.name, why="content") from error
        packed.seek(0)
        _decompress(path, header, packed, target, progress)


_TRIES, _PAUSE = 20, 0.5


def _opened(path: Path, key: bytes, passphrase: str) -> str:
    """Decrypt the content's key.

    Stretching a passphrase takes a second on the machine that made the backup. The library first measures this machine, and
    refuses if it would take much longer here. This also happens on a machine that is only busy at the moment, so the call is
    repeated.

    Raises:
        BackupTooCostly: the machine is too slow, or busy for long.
        pyrage.DecryptError: the passphrase is wrong.
    """
    import pyrage

    for _ in range(_TRIES):
        try:
            return str(pyrage.passphrase.decrypt(key, passphrase).decode())
        except pyrage.DecryptError as error:
            if "xcessive work" not in str(error):
                raise
        time.sleep(_PAUSE)
    raise BackupTooCostly(file=path.name)


def _decompress(
    path: Path, header: BackupHeader, packed: IO[bytes], target: IO[bytes], progress: Callable[[int], None] | None
) -> None:  # fmt: skip
    import zstandard

    line = header.manifest.to_json().encode() + b"\n"
    digest, size = hashlib.sha256(), 0
    with zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=False) as stream:
        if _exactly(stream, len(line)) != line:
            raise BackupDamaged(file=path.name, why="manifest")
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > header.manifest.size:
                raise BackupDamaged(file=path.name, why="content")
            digest.update(chunk)
            target.write(chunk)
            if progress is not None:
                progress(size)
    if (size, digest.hexdigest()) != (header.manifest.size, header.manifest.sha256):
        raise BackupDamaged(file=path.name, why="content")


def _exactly(stream: Any, length: int) -> bytes:
    parts: list[bytes] = []
    while length > 0 and (part := stream.read(length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
