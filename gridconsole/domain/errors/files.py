"""Errors about files that a user named and that cannot be read or written."""

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
    """No file has this name."""

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
    """The content is not a known kind of table."""

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
    """The file or its content is larger than any valid one."""

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
    """No row looks like a header."""

    code = "E109"
    file: str
    found: object
    wanted: object


@error
class HeaderLacking(Unreadable):
    """A row looks like the header of a kind, but lacks required headings."""

    code = "E137"
    file: str
    kind: str
    wanted: object
    word: str
    """The first heading that is lacking."""


@error
class KindOther(Unreadable):
    """The header is that of another kind."""

    code = "E142"
    file: str
    kind: str
    likely: str
    word: str
    """Code of the likely kind."""


@error
class HeaderMisspelt(Unreadable):
    """A row looks like a header, but a required column is misspelt."""

    code = "E115"
    file: str
    likely: str
    """Options for the likely meanings."""
    known: str
    """The same meanings, for a form."""
    wanted: object


@error
class FolderGone(Unreadable):
    """A watched folder no longer exists."""

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
    """So many rows are wrong that the file is probably another list."""

    code = "E117"
    file: str
    limit: object


@error
class LineTooLong(Unreadable):
    """A line of a text file is longer than any valid one."""

    code = "E118"
    file: str
    limit: object
    line: int


@error
class SheetMissing(Unreadable):
    """The file has no sheet of this name."""

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
    """The user has no right to read the file."""

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
    """The file changed since it was inspected."""

    code = "E113"
    file: str


@error
class PasswordFileUnsafe(Unreadable):
    """The file with a script's password is missing, or other users can read it."""

    code = "E120"
    advice: str | None = None
    file: str | None = None


@error
class TokenFolderUnsafe(Unreadable):
    """The folder for log-ins cannot be used, or belongs to another user."""

    code = "E121"
    file: str


@error
class YearFileForeign(Unreadable):
    """The file was not written by ``ledger retire``."""

    code = "E122"
    file: str


@error
class BackupForeign(Unreadable):
    """The file was not written by ``gridconsole backup``."""

    code = "E123"
    file: str


@error
class BackupDamaged(Unreadable):
    """A backup is truncated or changed, or its database is damaged."""

    code = "E124"
    file: str
    why: object
    """``manifest``, ``content`` or ``database``."""


@error
class BackupLocked(Unreadable):
    """A backup needs a passphrase, and none was given."""

    code = "E125"
    file: str


@error
class PassphraseWrong(Unreadable):
    """The passphrase does not open the backup, or the part with its key is damaged."""

    code = "E126"
    file: str


@error
class BackupTooCostly(Unreadable):
    """This machine is too slow, or too busy, to try the passphrase of a backup."""

    code = "E129"
    file: str


@error
class BackupOfAnotherOffice(Unreadable):
    """A backup belongs to another office than the present file."""

    code = "E128"
    file: str
    name: str


@error
class BackupNewer(Unreadable):
    """A backup was made by a later version of the program."""

    code = "E127"
    file: str
    found: object
    known: object


@error
class NoticeForeign(Unreadable):
    """The file is not a State Council notice about days off, neither as text nor as JSON."""

    code = "E131"
    file: str


@error
class NoticeFormat(Unreadable):
    """A notice is a document or web page instead of plain text."""

    code = "E132"
    file: str
    kind: object


@error
class HistoryUnclear(Unreadable):
    """A list has cases that may be over or open."""

    code = "E136"
    count: int
    days: int
    file: str
    old: int
    results: int


@error
class SecondTable(Unreadable):
    """Another table begins below the first one."""

    code = "E138"
    file: str
    found: object
    line: int


@error
class HeadingTwice(Unreadable):
    """A known heading stands twice: nobody can tell which column is meant."""

    code = "E139"
    file: str
    first: str
    """Letter of the column, as of ``last``."""
    last: str
    word: str


@error
class TablesBeside(Unreadable):
    """Another table begins beside the first one."""

    code = "E140"
    file: str
    last: str
    """Letter of the column in which it begins."""
    word: str


@error
class LabelTwice(Unreadable):
    """A form has a label twice, with different values."""

    code = "E144"
    file: str = ""
    found: str
    line: int


@error
class OwnPaper(Unreadable):
    """The file is a report or a sheet that this program printed."""

    code = "E143"
    file: str


@error
class FolderEmpty(Unreadable):
    """A folder has no file that can be imported."""

    code = "E141"
    file: str


@error
class NoticeTraditional(Unreadable):
    """A notice is in traditional characters, which the State Council does not use."""

    code = "E133"
    file: str


@error
class NoticeUnclear(Unreadable):
    """A sentence with dates cannot be interpreted."""

    code = "E134"
    file: str
    value: object


@error
class NoticeWrong(Unreadable):
    """A sentence contradicts the calendar or itself."""

    code = "E135"
    expected: object
    file: str
    found: object
    value: object
    why: object
