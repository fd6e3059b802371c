"""The one error tree. Rules raise, the edge words it: an error carries a stable code and parameters, never a sentence.

The sentences live in the message catalogue under the same code; the command line maps a family to an exit status.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Family(StrEnum):
    """What an error means for the caller; the command line turns it into an exit status."""

    USAGE = "usage"
    """The words given cannot be right whatever the database holds."""
    REFUSED = "refused"
    """A rule or the data says no; nothing was written."""
    UNREADABLE = "unreadable"
    """A file given by the user cannot be read."""
    DATABASE = "database"
    """The database is busy, missing, foreign or broken."""
    INTERNAL = "internal"
    """A fault of the program."""


class GridConsoleError(Exception):
    """Base of every error the program raises on purpose."""

    code: ClassVar[str] = "X000"
    family: ClassVar[Family] = Family.INTERNAL

    def __init__(self, **params: object) -> None:
        super().__init__(self.code)
        self.params = params

    def __str__(self) -> str:
        return f"{self.code} {type(self).__name__}"


# --- usage ------------------------------------------------------------------------------------------------------


class UsageRefused(GridConsoleError):
    """Base of errors in the words the user gave; by itself, a command line that makes no command."""

    family = Family.USAGE
    code = "U000"


class UnknownWord(UsageRefused):
    """A word that is not in a fixed list; params: what, word, choices."""

    code = "U001"


class BadValue(UsageRefused):
    """A value that does not parse; params: what, value, expected."""

    code = "U002"


class MissingField(UsageRefused):
    """An act lacks something it needs; params: action, need."""

    code = "U003"


class FieldNotTaken(UsageRefused):
    """An act brings something this step cannot set; params: action, fill."""

    code = "U005"


class TerminalNeeded(UsageRefused):
    """The console was started where there is no terminal."""

    code = "U004"


class PasswordNeeded(UsageRefused):
    """A password is wanted where there is neither a terminal to type it at nor ``--password-stdin``."""

    code = "U006"


class PasswordsDiffer(UsageRefused):
    """A new password was typed twice and was not the same."""

    code = "U007"


class AnswerWithoutCall(UsageRefused):
    """Answers of a resident whom the call did not reach; params: action."""

    code = "U008"


class PhotoRefused(UsageRefused):
    """What should be a photo's file name is none, or there are too many; params: value, reason, limit."""

    code = "U011"


# --- rules and data ---------------------------------------------------------------------------------------------


class Refused(GridConsoleError):
    """Base of refusals by a rule or by the data; nothing was written."""

    family = Family.REFUSED


class UnknownOperator(Refused):
    """params: name, names."""

    code = "C101"


class OperatorMissing(UsageRefused):
    """No operator was named; params: names."""

    code = "C102"


class UnknownIncident(Refused):
    """params: number."""

    code = "C103"


class AmbiguousIncident(UnknownIncident):
    """More than one case number ends so; params: number, numbers."""

    code = "C109"


class UnknownCategory(Refused):
    """params: word, near."""

    code = "C104"


class UnknownGrid(Refused):
    """params: word, near."""

    code = "C105"


class UnknownHandler(Refused):
    """params: word, near."""

    code = "C106"


class DraftsUnavailable(Refused):
    """The folder for drafts cannot be used: nothing typed is kept beyond the form; params: file, why."""

    code = "C224"


class NobodyOnDuty(UnknownHandler):
    """Handlers are responsible, but all of them are off duty and the case is urgent; params: names, number, count."""

    code = "C221"


class NoHandler(UnknownHandler):
    """There is no responsible handler to recommend; params: number."""

    code = "C222"


class UnknownWarden(Refused):
    """params: word, near."""

    code = "C107"


class UnknownAssignee(Refused):
    """Nobody of this name can be sent to look at a case; params: word, near."""

    code = "C108"


class NoAssignee(UnknownAssignee):
    """There is no inspector or warden to recommend for looking at a case; params: number."""

    code = "C223"


class ActionNotInState(Refused):
    """The table has no such step from this state; params: number, state, action, actions."""

    code = "C111"


class Denied(Refused):
    """Base of refusals for lack of a right, whatever the state of the data: each is told to the ledger."""


class RoleForbidden(Denied):
    """params: action, role, roles."""

    code = "C112"


class AxisConflict(Denied):
    """The operator acted on the other axis of this case; params: operator, past_action, action, roles."""

    code = "C113"


class AxisWaivable(AxisConflict):
    """As above, where the office lets a second person waive it for this once; params as above."""

    code = "C120"


class WaiverRefused(Denied):
    """A waiver of the dual axis does not hold; params: action, why, a :class:`~gridconsole.domain.case.WaiverFlaw`."""

    code = "C119"


class HandlerMayNotJudge(Denied):
    """The one who handled may not check; params: operator, action, roles."""

    code = "C114"


class GuardRefused(Refused):
    """A condition of the step does not hold; params: guard, action."""

    code = "C115"


class GuardDenied(GuardRefused, Denied):
    """A condition about who acts does not hold: it is another's to do; params: guard, action."""


class AssigneeExcluded(Refused):
    """Who is to look at a case may not judge it; params: name, reason, names, of those who could."""

    code = "C161"


class TaskOfAnother(GuardDenied):
    """The task was sent to another inspector, who reports what was found; params: guard, action, name."""

    code = "C162"


class LookOutOfReach(Refused):
    """A time at which nobody can have looked at it; params: action, value, first, last."""

    code = "C163"


class AskedTooMuch(Refused):
    """A request goes beyond what may be granted; params: action, value, limit."""

    code = "C116"


class DayOutOfReach(Refused):
    """A request names a day that cannot be granted; params: action, value, first, last."""

    code = "C118"


class ReplyByPast(Refused):
    """An order wants its answer at a time that is over, or more than a year away; params: action, value."""

    code = "C125"


class UnknownAlarm(Refused):
    """params: value."""

    code = "C126"


class MergedAlready(Refused):
    """Two merged cases are one matter, and nobody says otherwise before they are parted; params: number, other, which leads."""

    code = "C128"


class AlarmOver(Refused):
    """Somebody has heard an alarm, or there is nothing left to do about it; params: number, operator, at."""

    code = "C127"


class ApproverAsked(Denied):
    """Who asked, or gave the first opinion, decides; params: operator, action, roles."""

    code = "C117"


class StaleVersion(Refused):
    """The case changed since it was read; params: number, expected, actual, operator, action, at."""

    code = "C121"


class AlreadyDispatched(StaleVersion):
    """Somebody else dispatched first; params: number, handler, operator, at."""

    code = "C122"


class HandlerExcluded(Refused):
    """params: handler, reason."""

    code = "C123"


class SerialExhausted(Refused):
    """All five-digit serials of a day are used; params: day."""

    code = "C124"


class PostExists(Refused):
    """params: warden, grid."""

    code = "C131"


class PostMissing(Refused):
    """params: warden, grid."""

    code = "C132"


class NotPermitted(Denied):
    """An act outside the case table is not this role's; params: what, role, roles."""

    code = "C133"


class WardenLeft(Refused):
    """params: warden, day."""

    code = "C134"


class CalendarEmpty(Refused):
    """The calendar has no working time near a date; params: day."""

    code = "C141"


class NoHandover(Refused):
    """No hand-over waits to be taken over."""

    code = "C184"


class HandoverOpen(Refused):
    """A hand-over waits to be taken over, so there cannot be another; params: number, operator, at."""

    code = "C185"


class TakenOverFromSelf(Denied):
    """Who hands over never takes over: it takes two people; params: operator, what."""

    code = "C186"


class NotTheirHandover(Denied):
    """A hand-over is withdrawn by who made it; params: number, operator, what."""

    code = "C187"


class UnknownHandover(Refused):
    """params: number."""

    code = "C188"


class HandoverEnded(Refused):
    """Taken over or withdrawn meanwhile; params: number, operator, at, what."""

    code = "C189"


class NotLoggedIn(Refused):
    """Nobody, or not the one named, is logged in on this terminal; params: name."""

    code = "C171"


class LoginFailed(Refused):
    """A wrong password, or a name that is nobody's: never said which."""

    code = "C172"


class LoginPaused(Refused):
    """Too many wrong passwords for this name; params: limit, how long until the next try is looked at."""

    code = "C173"


class PasswordWeak(Refused):
    """A new password is not what the office asks for; params: reason, limit."""

    code = "C174"


class PasswordRunOut(Refused):
    """Right, but it must be changed before it opens anything; params: name."""

    code = "C175"


class AdminAndAuditor(Denied):
    """Who keeps the operators never inspects them; params: what, name."""

    code = "C176"


class OwnRoles(Denied):
    """Nobody changes their own roles; params: what, name."""

    code = "C232"


class AdminWithCaseRole(Denied):
    """Who keeps the operators holds no role on cases, unless the office allows it; params: what, name."""

    code = "C233"


class WitnessNeeded(Refused):
    """The auditor's password and role are given before a witness; params: name, names (who may be), roles."""

    code = "C234"


class WitnessUnfit(Refused):
    """Not one who can witness it; params: name, roles."""

    code = "C235"


class AccountTaken(Refused):
    """The first administrator would be made of an account that another person uses; params: name."""

    code = "C236"


class LastAdministrator(Refused):
    """Without this one nobody could keep the operators any more; params: name."""

    code = "C177"


class AdministratorThere(Refused):
    """A first administrator is made once; params: names."""

    code = "C178"


class NobodyMayLogIn(Refused):
    """No administrator has a password yet, so nobody can have one."""

    code = "C179"


class NotTheirLock(Refused):
    """A locked terminal is opened by who locked it or taken over by a shift leader; params: operator, role."""

    code = "C180"


class SessionEnded(Refused):
    """The log-in ended meanwhile: the account was closed, its password changed, or nobody was there for too long; params: name."""

    code = "C181"


class RequestReused(Refused):
    """A request id was used for something else; params: value (the id), operator, at, number, action."""

    code = "C231"


class ReasonNeeded(Refused):
    """Personal data is shown, handed out or erased for a reason only; params: what."""

    code = "C182"


class PersonNotFound(Refused):
    """Nothing the office keeps names this person, or nothing of it that can be erased; params: word, masked."""

    code = "C183"


class YearNotOver(Refused):
    """A year of the ledger is sealed when it is over; params: year."""

    code = "C191"


class YearEmpty(Refused):
    """A year in which nothing was entered after the last seal; params: year."""

    code = "C199"


class YearSealed(Refused):
    """A year is sealed once; params: year."""

    code = "C192"


class YearOutOfTurn(Refused):
    """Years are sealed, and taken out, in order; params: what, year, wanted."""

    code = "C193"


class YearNotSealed(Refused):
    """Only a sealed year is taken out; params: year."""

    code = "C194"


class YearTooYoung(Refused):
    """A year is not kept long enough yet; params: year, limit (days), day from which it may go."""

    code = "C195"


class YearHasOpenCases(Refused):
    """Cases with entries in the year are not over: who works on them must see those; params: year, count, numbers."""

    code = "C196"


class YearRetired(Refused):
    """A year was taken out already; params: year, file."""

    code = "C197"


class LedgerUnsound(Refused):
    """An entry of the year does not hold: nobody seals or takes out what was changed; params: number."""

    code = "C198"


class NothingImported(Refused):
    """A file without a data row; params: file."""

    code = "C151"


class UnknownBatch(Refused):
    """params: number."""

    code = "C152"


class BatchUndone(Refused):
    """params: number, operator, at."""

    code = "C153"


class NotUndoable(Refused):
    """A batch that moved cases on; params: number."""

    code = "C155"


class NothingWaits(Refused):
    """No row of a batch is put aside; params: number."""

    code = "C156"


class KindUnclear(Refused):
    """The header fits several kinds, or none; params: file, choices."""

    code = "C154"


class TimeBehind(Refused):
    """An act lies before the newest entry of the office; params: now, newest."""

    code = "C201"


class TimeDoubtful(Refused):
    """An act lies so long after the newest entry that a person must confirm the time first; params: now, newest."""

    code = "C202"


class EntryMissing(Refused):
    """The ledger has no entry of this number; params: number."""

    code = "C204"


class TimeCertain(Refused):
    """There is no doubt about the time that anybody would have to answer."""

    code = "C203"


class NoticeOtherYear(Refused):
    """A notice is about another year than the one asked for; params: file, found, wanted."""

    code = "C211"


class NoticeIncomplete(Refused):
    """A notice lacks holidays that every year has; params: file, names."""

    code = "C212"


class NoticeNotInstalled(Refused):
    """The installed package does not have a year's notice, and no file was given; params: year."""

    code = "C213"


class HoursRefused(Refused):
    """Working hours that cannot be; params: value, why."""

    code = "C214"


class NoWorkingHours(Refused):
    """A change would leave the calendar without any working hours."""

    code = "C215"


class NoOverride(Refused):
    """There is nothing of the office's own to take back; params: day."""

    code = "C216"


# --- files ------------------------------------------------------------------------------------------------------


class Unreadable(GridConsoleError):
    """Base of errors about a file the user named; params: file and what the sentence needs."""

    family = Family.UNREADABLE
    code = "E100"


class FileMissing(Unreadable):
    """params: file."""

    code = "E101"


class NotAFile(Unreadable):
    """params: file."""

    code = "E102"


class FileEmpty(Unreadable):
    """params: file."""

    code = "E103"


class FileKindUnknown(Unreadable):
    """The bytes are no known table; params: file, kind."""

    code = "E104"


class FileEncrypted(Unreadable):
    """params: file."""

    code = "E105"


class FileDamaged(Unreadable):
    """params: file."""

    code = "E106"


class FileTooLarge(Unreadable):
    """params: file, limit."""

    code = "E107"


class EncodingUnknown(Unreadable):
    """params: file, line, byte."""

    code = "E108"


class HeaderMissing(Unreadable):
    """No row looks like the header; params: file, wanted, found."""

    code = "E109"


class HeaderMisspelt(Unreadable):
    """A row looks like the header, but for the spelling of what the kind cannot do without; params: file, wanted, likely."""

    code = "E115"


class FolderGone(Unreadable):
    """params: file."""

    code = "E116"


class OnlyHidden(Unreadable):
    """Only a hidden sheet has the header; params: file, name."""

    code = "E114"


class TooManyRejected(Unreadable):
    """So many rows are wrong that the list cannot be meant; params: file, limit."""

    code = "E117"


class LineTooLong(Unreadable):
    """params: file, line, limit."""

    code = "E118"


class SheetMissing(Unreadable):
    """params: file, name, names."""

    code = "E119"


class QuoteUnclosed(Unreadable):
    """params: file, line."""

    code = "E110"


class FileDenied(Unreadable):
    """params: file."""

    code = "E111"


class OutputRefused(Unreadable):
    """An output file cannot be written; params: file, why (an OutputFault), endings, free (bytes)."""

    code = "E112"


class FileChanged(Unreadable):
    """Not the file any more that was looked at; params: file."""

    code = "E113"


class PasswordFileUnsafe(Unreadable):
    """The file a script's password is read from is missing, or others can read it; params: file."""

    code = "E120"


class TokenFolderUnsafe(Unreadable):
    """The folder for log-ins cannot be used, or belongs to somebody else; params: file."""

    code = "E121"


class YearFileForeign(Unreadable):
    """No file that ``ledger retire`` wrote; params: file."""

    code = "E122"


class BackupForeign(Unreadable):
    """No file that ``gridconsole backup`` wrote; params: file."""

    code = "E123"


class BackupDamaged(Unreadable):
    """A backup that is cut short, changed, or whose database does not hold; params: file, why (manifest, content, database)."""

    code = "E124"


class BackupLocked(Unreadable):
    """A backup that opens with a passphrase only, and none was given; params: file."""

    code = "E125"


class PassphraseWrong(Unreadable):
    """A backup does not open with this passphrase, or the part that holds its key is damaged; params: file."""

    code = "E126"


class BackupTooCostly(Unreadable):
    """This machine is too slow, or too busy, to try the passphrase of a backup; params: file."""

    code = "E129"


class BackupOfAnotherOffice(Unreadable):
    """A backup belongs to another office than the file that is in use; params: file, name."""

    code = "E128"


class BackupNewer(Unreadable):
    """A backup made by a later program; params: file, found, known."""

    code = "E127"


class NoticeForeign(Unreadable):
    """No notice of the State Council about days off, neither as text nor as JSON; params: file."""

    code = "E131"


class NoticeFormat(Unreadable):
    """A notice in a format of documents or pages instead of plain text; params: file, kind."""

    code = "E132"


class NoticeTraditional(Unreadable):
    """A notice in traditional characters, which the State Council does not issue; params: file."""

    code = "E133"


class NoticeUnclear(Unreadable):
    """A sentence with dates that is not understood; params: file, value."""

    code = "E134"


class NoticeWrong(Unreadable):
    """A sentence that contradicts the calendar or itself; params: file, value, why, found, expected."""

    code = "E135"


# --- database ---------------------------------------------------------------------------------------------------


class DatabaseUnusable(GridConsoleError):
    """Base of errors about the database file; params: path and what the sentence needs.

    By itself, a file beside it cannot be used; params: file, advice (companion).
    """

    family = Family.DATABASE
    code = "D600"


class DatabaseMissing(DatabaseUnusable):
    """params: path."""

    code = "D601"


class DatabaseExists(DatabaseUnusable):
    """params: path."""

    code = "D602"


class DatabaseForeign(DatabaseUnusable):
    """params: path."""

    code = "D603"


class DatabaseNewer(DatabaseUnusable):
    """params: path, found, known."""

    code = "D604"


class DatabaseCorrupt(DatabaseUnusable):
    """params: path; where one value gives it away: advice (value), column, value."""

    code = "D605"


class DatabaseBusy(DatabaseUnusable):
    """params: path; of a write that waited for another one also holder (a ``Holder`` or None) and waited (seconds)."""

    code = "D606"


class DeliveryInterrupted(DatabaseUnusable):
    """An import that is decided could not be written to its end, and will be; params: number."""

    code = "D631"


class DatabaseReadOnly(DatabaseUnusable):
    """params: path; where it is another user's: advice (shared), owner, group, folder."""

    code = "D607"


class DatabaseOnNetwork(DatabaseUnusable):
    """params: path, filesystem."""

    code = "D608"


class DiskFull(DatabaseUnusable):
    """params: path, free (bytes); where it is no disk but a limit of the process: advice (file_limit), limit."""

    code = "D609"


class DiskFault(DatabaseUnusable):
    """The outcome of the last write is unknown; params: path."""

    code = "D610"


class FolderUnusable(DatabaseUnusable):
    """The database's folder is missing or not writable; params: path."""

    code = "D611"


class DatabaseInUse(DatabaseUnusable):
    """Another terminal has the database open, and what is asked needs it alone; params: path, names."""

    code = "D612"


class DatabaseReplaced(DatabaseUnusable):
    """The file under the name is not the one that was opened: gone, another, or an earlier state of it; params: path, how."""

    code = "D613"


class DatabaseHardLinked(DatabaseUnusable):
    """The file has a second name (hard link), under which another log and lock would be used; params: path."""

    code = "D614"
