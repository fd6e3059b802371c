"""An open office: its database, its calendar, its settings, and the time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridconsole.domain.case import CALL_BACK_HOURS, CALL_BACK_TRIES, REOPEN_DAYS, Circumstances, RequestLimits
from gridconsole.domain.clock import WorkCalendar
from gridconsole.domain.parties import Actor
from gridconsole.domain.roster import Half
from gridconsole.domain.states import Stage
from gridconsole.services import machine
from gridconsole.store import offices, schema
from gridconsole.store.engine import Database
from gridconsole.store.entries import NewEntry

if TYPE_CHECKING:
    from gridconsole.store import people
    from gridconsole.store.engine import Transaction
ZONE = "Asia/Shanghai"
NOON = 12
"""Hour at which the second half of a day begins."""
AXIS_WAIVER = "axis_waiver"
"""Setting that lets a second person waive the dual axis; the presets have it too."""
ADMIN_CASES = "admin_cases"
"""Setting that lets an administrator hold roles on cases as well; the presets have it too."""
SYSTEM_ORIGIN = "system"
"""Origin of the entries about what the program does by itself."""
_WORK_DAYS = (1, 2, 3, 4, 5)


def utc_now() -> datetime:
    """Return the time, UTC. No other function reads the machine's clock for an office."""
    return datetime.now(UTC)


@dataclass
class Office:
    """An open office. It is not tied to an operator: each call names who acts."""

    database: Database
    row: offices.OfficeRow
    calendar: WorkCalendar
    origin: str
    """Origin of the acts: console, cli, import, demo or system."""
    now: Callable[[], datetime] = utc_now
    uptime: Callable[[], machine.Uptime] = machine.uptime
    """Reads the time since the machine was started, which no user can set."""
    _unit_facts: tuple[date, people.UnitFacts] | None = field(default=None, repr=False)
    _calendar_seq: int = field(default=0, repr=False)
    """Number of the ledger entry that last changed the calendar in use here."""
    _calendar_lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @property
    def id(self) -> int:
        """Key of the office in its file."""
        return self.row.id

    @property
    def name(self) -> str:
        """Name of the office."""
        return self.row.name

    @property
    def settings(self) -> Mapping[str, Any]:
        """Settings, as the administrator left them."""
        return self.row.settings

    @property
    def is_demo(self) -> bool:
        """True for invented data: there are no passwords, and any user may act as any operator."""
        return bool(self.settings.get("demo"))

    @property
    def stage_limits(self) -> Mapping[Stage, int]:
        """Minutes each stage may take."""
        minutes = self.settings["stage_limits_minutes"]
        return {Stage(name): int(value) for name, value in minutes.items()}

    def circumstances(self, at: datetime | None = None) -> Circumstances:
        """Return the inputs of a decision made now."""
        settings = self.settings
        return Circumstances(
            now=at or self.now(),
            calendar=self.calendar,
            stage_limits=self.stage_limits,
            dual_axis=bool(settings.get("dual_axis", True)),
            redispatch_restarts=bool(settings.get("redispatch_restarts", False)),
            limits=_request_limits(settings.get("requests", {})),
            waiver_allowed=bool(settings.get(AXIS_WAIVER, False)),
            call_back_tries=int(settings.get("call_back_tries", CALL_BACK_TRIES)),
            call_back_hours=int(settings.get("call_back_hours", CALL_BACK_HOURS)),
            reopen_days=int(settings.get("reopen_days", REOPEN_DAYS)),
        )

    def today(self) -> date:
        """Return today's date in the office's time zone."""
        return self.calendar.local_day(self.now())

    def half_day(self, at: datetime | None = None) -> Half:
        """Return the half of the office's day in which an instant lies, by default now; the afternoon begins at noon."""
        local = (at or self.now()).astimezone(self.calendar.zone)
        return Half(local.date(), is_afternoon=local.hour >= NOON)

    def midnight(self, day: date | None = None) -> datetime:
        """Start of a day of the office, UTC."""
        return datetime.combine(day or self.today(), time(), tzinfo=self.calendar.zone).astimezone(UTC)

    def midnight_after(self, day: date) -> datetime:
        """End of a day of the office, UTC."""
        return self.midnight(day + timedelta(days=1))

    def unit_facts(self, connection: Transaction) -> people.UnitFacts:
        """Return units and today's responsibilities, read once a day: they change by import, after which :meth:`forget` is called."""
        today = self.today()
        if self._unit_facts is None or self._unit_facts[0] != today:
            from gridconsole.store import people  # for those who dispatch

            self._unit_facts = (today, people.unit_facts(connection, today))
        return self._unit_facts[1]

    def forget(self) -> None:
        """Forget the units and duties that were read."""
        self._unit_facts = None

    def write_facts(self, connection: Transaction) -> None:
        """Write the facts of the cases that a transaction changed; reports count them."""
        from gridconsole.store import facts  # for those who write: a list does not

        facts.write_changed(connection, self.calendar)

    def follow_calendar(self, connection: Transaction) -> None:
        """Read the calendar again if an entry newer than the last one known changed it.

        Called at the beginning of every transaction: no decision is made by a calendar that another terminal has replaced. Only a
        newer entry counts, so that a thread with an older snapshot never brings the replaced calendar back.
        """
        newest = offices.newest_calendar_entry(connection, self.id)
        if newest <= self._calendar_seq:
            return
        with self._calendar_lock:
            if newest > self._calendar_seq:
                self.calendar = offices.calendar(connection, self.row.zone)
                self._calendar_seq = newest

    def entry(
        self, actor: Actor, action: str, facts: Mapping[str, object] | None = None, personal: Mapping[str, str] | None = None, *,
        about: tuple[str, int] | None = None, at: datetime | None = None, request_id: str | None = None,
    ) -> NewEntry:  # fmt: skip
        """Build the ledger entry of what an operator does here.

        Args:
            action: name of the action in the ledger.
            facts: hashed values; nothing personal.
            personal: texts and values that can be erased.
            about: kind and key of the subject; None: the office.
            at: time of the entry; None: now.
        """
        kind, key = about or ("office", self.id)
        return NewEntry(
            at=at or self.now(),
            operator_id=actor.id,
            operator=actor.name,
            origin=self.origin,
            subject_kind=kind,
            subject_id=key,
            action=action,
            facts=facts or {},
            personal=personal or {},
            request_id=request_id,
        )

    def close(self) -> None:
        """Close the database."""
        self.database.close()


def _back_up(path: Path, now: datetime) -> None:
    from gridconsole.services import backups  # an office is migrated once; reading the module takes 30 ms at every start

    backups.before_migration(path, open_copy, now)


def open_office(path: Path, origin: str, now: Callable[[], datetime] = utc_now) -> Office:
    """Open an existing office.

    Raises:
        DatabaseUnusable: missing, foreign, newer, corrupt, busy, read-only, or on a network share.
    """
    database = schema.open_database(path, lambda: _back_up(path, now()))
    return _office_of(database, origin, now)


def _office_of(database: Database, origin: str, now: Callable[[], datetime]) -> Office:
    try:
        with database.reading() as connection:
            row = offices.office(connection)
            calendar = offices.calendar(connection, row.zone)
            changed = offices.newest_calendar_entry(connection, row.id)
    except BaseException:
        database.close()
        raise
    database.turns.name_writer("", origin)
    # An injected clock replaces the machine's uptime too.
    uptime = machine.uptime if now is utc_now else lambda: machine.Uptime("", now().timestamp())
    office = Office(database=database, row=row, calendar=calendar, origin=origin, now=now, uptime=uptime, _calendar_seq=changed)
    database.at_begin.append(office.follow_calendar)
    database.at_end.append(office.write_facts)
    return office


def open_copy(path: Path, origin: str, now: Callable[[], datetime] = utc_now) -> Office:
    """Open a copy of an office that no other process uses. An older schema is migrated without a backup: the copy is one itself."""
    return _office_of(schema.open_database(path, lambda: None), origin, now)


def _request_limits(settings: Mapping[str, Any]) -> RequestLimits:
    """Return the limits of requests; a limit that the office does not set has its default."""
    usual = RequestLimits()
    return RequestLimits(
        int(settings.get("extensions", usual.extensions)),
        Decimal(str(settings.get("extension_share", usual.extension_share))),
        int(settings.get("suspensions", usual.suspensions)),
        int(settings.get("suspension_days", usual.suspension_days)),
    )
