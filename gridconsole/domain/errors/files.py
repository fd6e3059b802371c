"""Files that a user named and that cannot be read or written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.errors.base import Family, GridConsoleError, error

if TYPE_CHECKING:
    from collections.abc import Sequence


@error
class Unreadable(GridConsoleError):
    """Base of errors about a file the user named."""

    family = Family.UNREADABLE
    code = "E100"


@error
class FileMissing(Unreadable):
    """There is no file of a name."""

    code = "E101"
    file: str


@error
class NotAFile(Unreadable):
    """The path is a folder or a device."""

    code = "E102"
    file: str


@error
class FileEmpty(Unreadable):
    """The file is empty."""

    code = "E103"
    file: str


@error
class FileKindUnknown(Unreadable):
    """The bytes are no known table."""

    code = "E104"
    file: str
    kind: object


@error
class FileEncrypted(Unreadable):
    """The file is protected by a password."""

    code = "E105"
    file: str


@error
class FileDamaged(Unreadable):
    """The file is damaged."""

    code = "E106"
    file: str


@error
class FileTooLarge(Unreadable):
    """The file, or what it holds, is larger than anything meant."""

    code = "E107"
    file: str
    limit: object


@error
class EncodingUnknown(Unreadable):
    """A text file is in no known encoding."""

    code = "E108"
    byte: object
    file: str
    line: int


@error
class HeaderMissing(Unreadable):
    """No row looks like the header."""

    code = "E109"
    file: str
    found: object
    wanted: object


@error
class HeaderMisspelt(Unreadable):
    """A row looks like the header, but for the spelling of what the kind cannot do without."""

    code = "E115"
    file: str
    likely: str
    wanted: object


@error
class FolderGone(Unreadable):
    """A watched folder is not there any more."""

    code = "E116"
    file: str


@error
class OnlyHidden(Unreadable):
    """Only a hidden sheet has the header."""

    code = "E114"
    file: str
    name: str


@error
class TooManyRejected(Unreadable):
    """So many rows are wrong that the list cannot be meant."""

    code = "E117"
    file: str
    limit: object


@error
class LineTooLong(Unreadable):
    """A line of a text file is longer than any that is meant."""

    code = "E118"
    file: str
    limit: object
    line: int


@error
class SheetMissing(Unreadable):
    """The file has no sheet of a name."""

    code = "E119"
    file: str
    name: str
    names: Sequence[object]


@error
class QuoteUnclosed(Unreadable):
    """A quotation mark is never closed."""

    code = "E110"
    file: str
    line: int


@error
class FileDenied(Unreadable):
    """The file cannot be read for lack of a right."""

    code = "E111"
    file: str


@error
class OutputRefused(Unreadable):
    """An output file cannot be written."""

    code = "E112"
    file: str
    why: object
    """An :class:`~gridconsole.domain.outputs.OutputFault`."""
    endings: Sequence[str] | None = None
    free: int | None = None
    """Bytes."""


@error
class FileChanged(Unreadable):
    """Not the file any more that was looked at."""

    code = "E113"
    file: str


@error
class PasswordFileUnsafe(Unreadable):
    """The file a script's password is read from is missing, or others can read it."""

    code = "E120"
    advice: str | None = None
    file: str | None = None


@error
class TokenFolderUnsafe(Unreadable):
    """The folder for log-ins cannot be used, or belongs to somebody else."""

    code = "E121"
    file: str


@error
class YearFileForeign(Unreadable):
    """No file that ``ledger retire`` wrote."""

    code = "E122"
    file: str


@error
class BackupForeign(Unreadable):
    """No file that ``gridconsole backup`` wrote."""

    code = "E123"
    file: str


@error
class BackupDamaged(Unreadable):
    """A backup that is cut short, changed, or whose database does not hold."""

    code = "E124"
    file: str
    why: object
    """``manifest``, ``content`` or ``database``."""


@error
class BackupLocked(Unreadable):
    """A backup that opens with a passphrase only, and none was given."""

    code = "E125"
    file: str


@error
class PassphraseWrong(Unreadable):
    """A backup does not open with this passphrase, or the part that holds its key is damaged."""

    code = "E126"
    file: str


@error
class BackupTooCostly(Unreadable):
    """This machine is too slow, or too busy, to try the passphrase of a backup."""

    code = "E129"
    file: str


@error
class BackupOfAnotherOffice(Unreadable):
    """A backup belongs to another office than the file that is in use."""

    code = "E128"
    file: str
    name: str


@error
class BackupNewer(Unreadable):
    """A backup made by a later program."""

    code = "E127"
    file: str
    found: object
    known: object


@error
class NoticeForeign(Unreadable):
    """No notice of the State Council about days off, neither as text nor as JSON."""

    code = "E131"
    file: str


@error
class NoticeFormat(Unreadable):
    """A notice in a format of documents or pages instead of plain text."""

    code = "E132"
    file: str
    kind: object


@error
class NoticeTraditional(Unreadable):
    """A notice in traditional characters, which the State Council does not issue."""

    code = "E133"
    file: str


@error
class NoticeUnclear(Unreadable):
    """A sentence with dates that is not understood."""

    code = "E134"
    file: str
    value: object


@error
class NoticeWrong(Unreadable):
    """A sentence that contradicts the calendar or itself."""

    code = "E135"
    expected: object
    file: str
    found: object
    value: object
    why: object
