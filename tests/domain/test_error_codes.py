"""Codes, families and exit statuses are promises to scripts: none changes by accident."""

from __future__ import annotations

from collections.abc import Iterator

from gridconsole.cli.status import status_of
from gridconsole.domain import errors
from gridconsole.domain.errors import Family, GridConsoleError

PROMISED = """
DatabaseUnusable D600 database 6
DatabaseMissing D601 database 6
DatabaseExists D602 database 6
DatabaseForeign D603 database 6
DatabaseNewer D604 database 6
DatabaseCorrupt D605 database 6
DatabaseBusy D606 database 6
DatabaseReadOnly D607 database 6
DatabaseOnNetwork D608 database 6
DiskFull D609 database 6
DiskFault D610 database 6
FolderUnusable D611 database 6
DatabaseInUse D612 database 6
DatabaseReplaced D613 database 6
DatabaseHardLinked D614 database 6
DeliveryInterrupted D631 database 6
GridConsoleError X000 internal 1
UnknownOperator C101 refused 4
UnknownIncident C103 refused 4
UnknownCategory C104 refused 4
UnknownGrid C105 refused 4
UnknownHandler C106 refused 4
UnknownWarden C107 refused 4
UnknownAssignee C108 refused 4
AmbiguousIncident C109 refused 4
ActionNotInState C111 refused 4
RoleForbidden C112 refused 4
AxisConflict C113 refused 4
HandlerMayNotJudge C114 refused 4
GuardDenied C115 refused 4
GuardRefused C115 refused 4
AskedTooMuch C116 refused 4
ApproverAsked C117 refused 4
DayOutOfReach C118 refused 4
WaiverRefused C119 refused 4
AxisWaivable C120 refused 4
StaleVersion C121 refused 4
AlreadyDispatched C122 refused 4
HandlerExcluded C123 refused 4
SerialExhausted C124 refused 4
ReplyByPast C125 refused 4
UnknownAlarm C126 refused 4
AlarmOver C127 refused 4
MergedAlready C128 refused 4
PostExists C131 refused 4
PostMissing C132 refused 4
NotPermitted C133 refused 4
WardenLeft C134 refused 4
CalendarEmpty C141 refused 4
NothingImported C151 refused 4
UnknownBatch C152 refused 4
BatchUndone C153 refused 4
KindUnclear C154 refused 4
NotUndoable C155 refused 4
NothingWaits C156 refused 4
AssigneeExcluded C161 refused 4
TaskOfAnother C162 refused 4
LookOutOfReach C163 refused 4
NotLoggedIn C171 refused 4
LoginFailed C172 refused 4
LoginPaused C173 refused 4
PasswordWeak C174 refused 4
PasswordRunOut C175 refused 4
AdminAndAuditor C176 refused 4
LastAdministrator C177 refused 4
AdministratorThere C178 refused 4
NobodyMayLogIn C179 refused 4
NotTheirLock C180 refused 4
SessionEnded C181 refused 4
ReasonNeeded C182 refused 4
PersonNotFound C183 refused 4
NoHandover C184 refused 4
HandoverOpen C185 refused 4
TakenOverFromSelf C186 refused 4
NotTheirHandover C187 refused 4
UnknownHandover C188 refused 4
HandoverEnded C189 refused 4
YearNotOver C191 refused 4
YearSealed C192 refused 4
YearOutOfTurn C193 refused 4
YearNotSealed C194 refused 4
YearTooYoung C195 refused 4
YearHasOpenCases C196 refused 4
YearRetired C197 refused 4
LedgerUnsound C198 refused 4
YearEmpty C199 refused 4
TimeBehind C201 refused 4
TimeDoubtful C202 refused 4
TimeCertain C203 refused 4
EntryMissing C204 refused 4
NoticeOtherYear C211 refused 4
NoticeIncomplete C212 refused 4
NoticeNotInstalled C213 refused 4
HoursRefused C214 refused 4
NoWorkingHours C215 refused 4
NoOverride C216 refused 4
NobodyOnDuty C221 refused 4
NoHandler C222 refused 4
NoAssignee C223 refused 4
DraftsUnavailable C224 refused 4
RequestReused C231 refused 4
OwnRoles C232 refused 4
AdminWithCaseRole C233 refused 4
WitnessNeeded C234 refused 4
WitnessUnfit C235 refused 4
AccountTaken C236 refused 4
Denied X000 refused 4
Refused X000 refused 4
Unreadable E100 unreadable 5
FileMissing E101 unreadable 5
NotAFile E102 unreadable 5
FileEmpty E103 unreadable 5
FileKindUnknown E104 unreadable 5
FileEncrypted E105 unreadable 5
FileDamaged E106 unreadable 5
FileTooLarge E107 unreadable 5
EncodingUnknown E108 unreadable 5
HeaderMissing E109 unreadable 5
QuoteUnclosed E110 unreadable 5
FileDenied E111 unreadable 5
OutputRefused E112 unreadable 5
FileChanged E113 unreadable 5
OnlyHidden E114 unreadable 5
HeaderMisspelt E115 unreadable 5
FolderGone E116 unreadable 5
TooManyRejected E117 unreadable 5
LineTooLong E118 unreadable 5
SheetMissing E119 unreadable 5
PasswordFileUnsafe E120 unreadable 5
TokenFolderUnsafe E121 unreadable 5
YearFileForeign E122 unreadable 5
BackupForeign E123 unreadable 5
BackupDamaged E124 unreadable 5
BackupLocked E125 unreadable 5
PassphraseWrong E126 unreadable 5
BackupNewer E127 unreadable 5
BackupOfAnotherOffice E128 unreadable 5
BackupTooCostly E129 unreadable 5
NoticeForeign E131 unreadable 5
NoticeFormat E132 unreadable 5
NoticeTraditional E133 unreadable 5
NoticeUnclear E134 unreadable 5
NoticeWrong E135 unreadable 5
OperatorMissing C102 usage 2
UsageRefused U000 usage 2
UnknownWord U001 usage 2
BadValue U002 usage 2
MissingField U003 usage 2
TerminalNeeded U004 usage 2
FieldNotTaken U005 usage 2
PasswordNeeded U006 usage 2
PasswordsDiffer U007 usage 2
AnswerWithoutCall U008 usage 2
PhotoRefused U011 usage 2
"""
"""Class, code, family, exit status."""


def classes(base: type[GridConsoleError] = GridConsoleError) -> Iterator[type[GridConsoleError]]:
    """Every class of errors."""
    yield base
    for child in base.__subclasses__():
        yield from classes(child)


def bare(kind: type[GridConsoleError]) -> GridConsoleError:
    """An error without its fields."""
    return kind.__new__(kind)


def test_no_code_family_or_exit_status_changes() -> None:
    promised = {line.split()[0]: line for line in PROMISED.split("\n") if line}
    found = {kind.__name__: f"{kind.__name__} {kind.code} {kind.family} {status_of(bare(kind))}" for kind in set(classes())}
    assert {name: line for name, line in promised.items() if found.get(name) != line} == {}


def test_every_error_can_be_imported_from_one_place() -> None:
    names = {kind.__name__ for kind in classes() if kind.__module__.startswith("gridconsole.domain.errors")}
    assert names <= set(errors.__all__)


def test_fields_are_given_by_name_and_only_those_given_are_reported() -> None:
    error = errors.BadValue(what="date", value="x", expected="date")
    assert error.params == {"what": "date", "value": "x", "expected": "date"}
    assert (str(error), error.family) == ("U002 BadValue", Family.USAGE)
    assert "13912345678" not in repr(errors.PersonNotFound(word="13912345678"))
