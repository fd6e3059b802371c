"""Encodings of text files: that of the whole file, or, if a few lines are in none, each line in its own."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridconsole.domain.errors import EncodingUnknown, FileKindUnknown

if TYPE_CHECKING:
    from gridconsole.importing.sources import SourceFile

UNREADABLE = "\ufdd0"
"""Stands for bytes of a line that are in no encoding; no text contains it, because Unicode keeps it for programs."""
SAMPLE = 1 << 20
"""Bytes decoded at a time."""
_PADDING = re.compile(rb"\0+(?=[,;\t|\"\r\n]|\Z)")
"""NULs that fill a field up to its width."""
_FILLER = b"\0\x1a"
_EURO = 0x80
"""The euro sign of code page 936, which GBK and GB18030 lack."""
_MARK = "gridconsole-mark"


def _marked(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return ("€" if error.object[error.start] == _EURO else UNREADABLE), error.start + 1


codecs.register_error(_MARK, _marked)


@dataclass(frozen=True, slots=True)
class Text:
    """A text file whose encoding is known."""

    raw: bytes
    encoding: str
    """Encoding of ``raw``."""
    found: str
    """Encoding of the file, for messages."""
    others: tuple[int, ...] = ()
    """Numbers of lines that were in another encoding and were read in it, from 1."""


def of(source: SourceFile, encoding: str | None) -> Text:
    """Return the text of a file: BOM, UTF-16 by its NULs, UTF-8, GB18030. No guessing: detectors take GBK for Korean.

    A file of which some lines are in another encoding, or a few in none, is read line by line; bytes in none become :data:`UNREADABLE`.

    Raises:
        EncodingUnknown: more lines are in none of the encodings; names the first bad line and byte.
        FileKindUnknown: there are NULs that do not fill up fields.
    """
    raw = _without_end(source.raw, encoding)
    raw = _PADDING.sub(b"", raw) if _may_be_padded(raw, encoding) else raw
    try:
        found = encoding_of(source, encoding, raw)
    except EncodingUnknown:
        by_line = _by_line(raw, encoding)
        if by_line is None:
            raise
        return by_line
    if found == "gb18030" and any(map(_is_utf_8_among_gb, raw.split(b"\n"))):
        # Most UTF-8 decodes as GB18030, to rare characters.
        return _by_line(raw, found) or Text(raw, found, found)
    return Text(raw, found, found)


def encoding_of(source: SourceFile, encoding: str | None, raw: bytes | None = None) -> str:
    """Return the encoding of a whole file. It is decoded in pieces, because text takes several times the room of its bytes.

    Raises:
        EncodingUnknown, FileKindUnknown: as of :func:`of`.
    """
    content = source.raw if raw is None else raw
    ladder = _ladder(content, encoding)
    for candidate in ladder:
        with suppress(UnicodeError, LookupError):
            decoder = codecs.getincrementaldecoder(candidate)()
            if any("\0" in decoder.decode(piece, final) for piece, final in _pieces(content)):
                raise FileKindUnknown(file=source.name, kind="binary")
            return candidate
    position = 0
    for candidate in ladder:
        try:
            content.decode(candidate)
        except UnicodeDecodeError as error:
            # The encoding that decoded the most is the file's own, apart from its bad byte.
            position = max(position, error.start)
        except (UnicodeError, LookupError):
            continue
    raise EncodingUnknown(file=source.name, line=content.count(b"\n", 0, position) + 1, byte=position + 1)


def _without_end(raw: bytes, encoding: str | None) -> bytes:
    """Return a file without what fills up its last block: NULs, and the byte by which DOS programs end a text."""
    text = raw.rstrip(_FILLER)
    return raw if not text or _ladder(text, encoding)[0].startswith("utf-16") else text


def _may_be_padded(raw: bytes, encoding: str | None) -> bool:
    """Return whether NULs are few, and the file is not in an encoding that has NULs in every letter."""
    return 0 < raw.count(b"\0") * 4 < len(raw) and not _ladder(raw, encoding)[0].startswith("utf-16")


def _pieces(raw: bytes) -> Iterator[tuple[memoryview, bool]]:
    """Yield a file's bytes in pieces, each with whether it is the last."""
    view = memoryview(raw)
    for start in range(0, len(raw), SAMPLE):
        yield view[start : start + SAMPLE], start + SAMPLE >= len(raw)


def _ladder(raw: bytes, encoding: str | None) -> tuple[str, ...]:
    """The encodings to try, in order."""
    if encoding:
        return (encoding,)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    if raw.startswith(b"\xef\xbb\xbf"):
        return ("utf-8-sig",)
    for first, wide in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(raw) >= 4 and raw[first:400:2].count(0) > len(raw[first:400:2]) * 0.3:
            return (wide,)
    return ("utf-8", "gb18030")


# --- line by line -----------------------------------------------------------------------------------------------


def _by_line(raw: bytes, encoding: str | None) -> Text | None:
    """Return the file as UTF-8, read line by line; None if more than a few lines are in none of its encodings."""
    ladder = _ladder(raw, encoding)
    if ladder[0].startswith(("utf-16", "utf-32")) or b"\0" in raw:
        return None
    lines = raw.removeprefix(codecs.BOM_UTF8).split(b"\n")
    bad = {candidate: _bad_lines(lines, candidate) for candidate in ladder}
    main = min(bad, key=lambda candidate: len(bad[candidate]))
    own = {at: _in_another(lines[at], main) for at in bad[main]}
    others = tuple(at + 1 for at, text in own.items() if text is not None)
    if len(own) - len(others) > max(1, len(lines) // 4):
        return None
    for at, text in own.items():
        lines[at] = (text if text is not None else lines[at].decode(main, _MARK)).encode()
    good = set(range(len(lines))).difference(bad[main])
    for at in good:
        lines[at] = lines[at].decode(main).encode()
    return Text(b"\n".join(lines), "utf-8", main, others)


def _bad_lines(lines: list[bytes], encoding: str) -> list[int]:
    bad = []
    for at, line in enumerate(lines):
        try:
            line.decode(encoding)
        except UnicodeError:
            bad.append(at)
        else:
            if encoding == "gb18030" and _is_utf_8_among_gb(line):
                bad.append(at)
    return bad


def _is_utf_8_among_gb(line: bytes) -> bool:
    """Return whether a line is UTF-8 although it decodes as GB18030: only to characters that nobody writes."""
    if line.isascii():
        return False
    with suppress(UnicodeError):
        text = line.decode("utf-8")
        return sum(not char.isascii() for char in text) > 1 and not _is_everyday(line.decode("gb18030", "replace"))
    return False


def _is_everyday(text: str) -> bool:
    """Return whether a text has only characters of GB 2312, the 6,763 usual ones and their punctuation."""
    with suppress(UnicodeError):
        text.encode("gb2312")
        return True
    return False


def _in_another(line: bytes, main: str) -> str | None:
    """Return a line in another encoding; None if it is in none. Random bytes make rare characters of GB18030."""
    for other in ("utf-8", "gb18030"):
        if other == main.removesuffix("-sig"):
            continue
        with suppress(UnicodeError):
            text = line.decode(other)
            # That bytes are UTF-8 is no accident; that they are GB18030 may be one.
            if other == "utf-8" or _is_everyday(text):
                return text
    return None
