"""An open office: its database, its calendar, its settings, and the time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridconsole.domain.access import APART
from gridconsole.domain.case import CALL_BACK_TRIES, Circumstances, RequestLimits
from gridconsole.domain.clock import OfficeHours, WorkCalendar, standard_week
from gridconsole.domain.errors import AdminAndAuditor, BadValue, UnknownOperator, UnknownWord
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Role, Stage
from gridconsole.domain.text import clean_line
from gridconsole.domain.timekeeping import DAYS_SETTING, USUAL_DAYS
from gridconsole.language import vocabulary, word
from gridconsole.resources import presets, read_toml
from gridconsole.services import machine, passwords
from gridconsole.store import access, calendars, ledger, offices, people, schema
from gridconsole.store.engine import Database

if TYPE_CHECKING:
    from gridconsole.store.engine import Transaction
ZONE = "Asia/Shanghai"
AXIS_WAIVER = "axis_waiver"
"""The setting that lets a second person waive the dual axis; also in the presets."""
ADMIN_CASES = "admin_cases"
"""The setting that lets an administrator hold roles on cases as well; also in the presets."""
SYSTEM_ORIGIN = "system"
"""Where what the program does by itself comes through."""
_WORK_DAYS = (1, 2, 3, 4, 5)


def utc_now() -> datetime:
    """The time; the only place that asks the machine."""
    return datetime.now(UTC)


@dataclass
class Desk:
    """An open office. Not tied to an operator: whoever acts is named in each call."""

    database: Database
    office: offices.Office
    calendar: WorkCalendar
    origin: str
    """Where acts come through: console, cli, import or demo."""
    now: Callable[[], datetime] = utc_now
    uptime: Callable[[], machine.Uptime] = machine.uptime
    """Time since the machine was started, which nobody sets."""
    _unit_facts: people.UnitFacts | None = field(default=None, repr=False)
    _calendar_seq: int = field(default=0, repr=False)
    """Number of the ledger entry that last changed the calendar, as far as this desk has read it."""
    _calendar_lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @property
    def is_demo(self) -> bool:
        """Invented data: there are no passwords, and everybody may act as anybody."""
        return bool(self.office.settings.get("demo"))

    @property
    def stage_limits(self) -> Mapping[Stage, int]:
        """Minutes each stage may take."""
        minutes = self.office.settings["stage_limits_minutes"]
        return {Stage(name): int(value) for name, value in minutes.items()}

    def circumstances(self, at: datetime | None = None) -> Circumstances:
        """Return the inputs of a decision made now."""
        settings = self.office.settings
        return Circumstances(
            now=at or self.now(),
            calendar=self.calendar,
            stage_limits=self.stage_limits,
            dual_axis=bool(settings.get("dual_axis", True)),
            redispatch_restarts=bool(settings.get("redispatch_restarts", False)),
            limits=_request_limits(settings.get("requests", {})),
            waiver_allowed=bool(settings.get(AXIS_WAIVER, False)),
            call_back_tries=int(settings.get("call_back_tries", CALL_BACK_TRIES)),
        )

    def today(self) -> date:
        """The office's date."""
        return self.calendar.local_day(self.now())

    def midnight(self, day: date | None = None) -> datetime:
        """Start of a day of the office, UTC."""
        return datetime.combine(day or self.today(), time(), tzinfo=self.calendar.zone).astimezone(UTC)

    def midnight_after(self, day: date) -> datetime:
        """End of a day of the office, UTC."""
        return self.midnight(day + timedelta(days=1))

    def unit_facts(self, connection: Transaction) -> people.UnitFacts:
        """Units and duties, read once: the register changes by import, which :meth:`forget` follows."""
        if self._unit_facts is None:
            self._unit_facts = people.unit_facts(connection)
        return self._unit_facts

    def forget(self) -> None:
        """Drop what was read once."""
        self._unit_facts = None

    def follow_calendar(self, connection: Transaction) -> None:
        """Read the calendar again if an entry newer than the last one known changed it.

        Called at the head of every transaction: no decision is made by a calendar that another terminal has replaced. Only a newer
        entry counts, so that a thread with an older snapshot never brings back what it replaced.
        """
        newest = calendars.newest_entry(connection, self.office.id)
        if newest <= self._calendar_seq:
            return
        with self._calendar_lock:
            if newest > self._calendar_seq:
                self.calendar = offices.calendar(connection, self.office.zone)
                self._calendar_seq = newest

    def entry(
        self, actor: Actor, action: str, facts: Mapping[str, object] | None = None, personal: Mapping[str, str] | None = None, *,
        about: tuple[str, int] | None = None, at: datetime | None = None, request_id: str | None = None,
    ) -> ledger.NewEntry:  # fmt: skip
        """Build the ledger entry of what an operator does here.

        Args:
            action: what was done, as the ledger has it.
            facts: what is hashed; nothing personal.
            personal: texts and values that can be erased.
            about: kind and key of the subject; the office where nothing else is named.
            at: time of the entry; now, where another is not given.
        """
        kind, key = about or ("office", self.office.id)
        return ledger.NewEntry(
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


def open_desk(path: Path, origin: str, now: Callable[[], datetime] = utc_now) -> Desk:
    """Open an existing office.

    Raises:
        DatabaseUnusable: missing, foreign, newer, corrupt, busy, read-only, or on a network share.
    """
    database = schema.open_database(path, lambda: _back_up(path, now()))
    return _desk_of(database, origin, now)


def _desk_of(database: Database, origin: str, now: Callable[[], datetime]) -> Desk:
    try:
        with database.reading() as connection:
            office = offices.office(connection)
            calendar = offices.calendar(connection, office.zone)
            changed = calendars.newest_entry(connection, office.id)
    except BaseException:
        database.close()
        raise
    database.turns.name_writer("", origin)
    # A clock that is injected stands for the whole machine.
    uptime = machine.uptime if now is utc_now else lambda: machine.Uptime("", now().timestamp())
    desk = Desk(database=database, office=office, calendar=calendar, origin=origin, now=now, uptime=uptime, _calendar_seq=changed)
    database.at_begin.append(desk.follow_calendar)
    return desk


def open_copy(path: Path, origin: str) -> Desk:
    """Open a copy of an office that nobody else uses; an older one is migrated without a backup, it is one itself."""
    return _desk_of(schema.open_database(path, lambda: None), origin, utc_now)


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """First administrator of a new office."""

    name: str
    password: str = field(repr=False)


def check_new(path: Path, name: str, model: str) -> str:
    """Refuse what cannot become an office before anybody is asked for a password; returns the office's name as it is kept.

    Raises:
        UnknownWord: no such preset.
        BadValue: the name is empty.
        DatabaseUnusable: the file cannot be created there.
    """
    if model not in presets():
        raise UnknownWord(what="model", word=model, choices=presets())
    title = clean_line(name)
    if not title:
        raise BadValue(what="name", value=name, expected="text")
    schema.check_new(path)
    return title


def initialise(
    path: Path, name: str, model: str, origin: str, now: Callable[[], datetime] = utc_now, *,
    is_demo: bool = False, admin: FirstAdmin | None = None, policy: str = "plain", time_doubt_days: int = USUAL_DAYS,
) -> Desk:  # fmt: skip
    """A new office from a preset: settings, hours, calendar, and one operator for each role, named after it.

    None of them has a password but the administrator: nobody else can log in until one is set.

    Args:
        is_demo: mark it as invented: everybody may act as anybody, and a demo may be built anew over it and over nothing else.
        admin: the first administrator; without one ``operator first-admin`` makes it later.
        time_doubt_days: working days the office may lie still before its time is doubted; 0: never.

    Raises:
        UnknownWord: no such preset or policy.
        PasswordWeak: the administrator's password is not what the policy asks for.
        DatabaseUnusable: the file cannot be created there.
    """
    from gridconsole.services import notices  # an office is made once: no start reads the words of notices

    title = check_new(path, name, model)
    preset = read_toml("models", f"{model}.toml")
    rules = passwords.policy(policy)
    people_there = {role: word(role) for role in Role}
    hashed = ""
    if admin is not None:
        people_there[Role.ADMIN] = admin_name = clean_line(admin.name, 40)
        if not admin_name or list(people_there.values()).count(admin_name) > 1:
            raise BadValue(what="operator", value=admin_name, expected="new_name")
        hashed = passwords.hash_of(passwords.check(admin.password, rules, passwords.personal_words(admin_name)))
    database = schema.create(path)
    try:
        with database.writing() as connection:
            office_id = offices.insert_office(
                connection,
                title,
                model=model,
                timezone=ZONE,
                at=now(),
                settings={**_settings(preset), "demo": is_demo, "password_policy": rules.name, DAYS_SETTING: time_doubt_days},
            )
            for hours in _hours(preset):
                offices.put_hours(connection, hours)
            offices.put_days(connection, notices.installed_days(), notices.PACKAGE)
            for role, called in people_there.items():
                key = offices.add_operator(connection, office_id, called, [role])
                if hashed and role is Role.ADMIN:
                    access.put_credential(connection, key, hashed, now(), temporary=False)
            ledger.append(
                connection,
                office_id,
                [
                    ledger.NewEntry(
                        at=now(),
                        operator_id=None,
                        operator="system",
                        origin=origin,
                        subject_kind="office",
                        subject_id=office_id,
                        action="init",
                        facts={"name": title, "model": model},
                    )
                ],
            )
    except BaseException:
        database.close()
        schema.discard(path)
        raise
    database.close()
    return open_desk(path, origin, now)


def _request_limits(settings: Mapping[str, Any]) -> RequestLimits:
    """Return how much may be granted; what an office does not say is as usual."""
    usual = RequestLimits()
    return RequestLimits(
        int(settings.get("extensions", usual.extensions)),
        Decimal(str(settings.get("extension_share", usual.extension_share))),
        int(settings.get("suspensions", usual.suspensions)),
        int(settings.get("suspension_days", usual.suspension_days)),
    )


def _settings(preset: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "stage_limits_minutes": preset["stage_limits_minutes"],
        "dual_axis": True,
        AXIS_WAIVER: bool(preset.get(AXIS_WAIVER, False)),
        ADMIN_CASES: bool(preset.get(ADMIN_CASES, False)),
        "redispatch_restarts": False,
        "session_minutes": 30,
        "lock_minutes": 10,
        "grid": preset.get("grid", {}),
        "teams": preset.get("team", []),
        "duties": preset.get("duties", []),
        "levels": preset.get("levels", []),
    }


def _hours(preset: Mapping[str, Any]) -> list[OfficeHours]:
    return [
        OfficeHours(
            date.fromisoformat(period["valid_from"]),
            standard_week([_span(text) for text in period["spans"]], [day - 1 for day in period.get("weekdays", _WORK_DAYS)]),
        )
        for period in preset["work_hours"]["periods"]
    ]


def _span(text: str) -> tuple[time, time]:
    start, end = text.split("-")
    return time.fromisoformat(start), time.fromisoformat(end)


def operators(desk: Desk) -> tuple[Actor, ...]:
    """Everybody who may act."""
    with desk.database.reading() as connection:
        return offices.operators(connection, desk.office.id)


def find_operator(desk: Desk, word: str) -> Actor:
    """An operator by name, or by a role's name: the account named after it, or the one person who has it.

    Raises:
        UnknownOperator: nobody, or more than one.
    """
    return pick_operator(operators(desk), word)


def pick_operator(everybody: Sequence[Actor], said: str) -> Actor:
    """:func:`find_operator` among some.

    Raises:
        UnknownOperator: nobody, or more than one.
    """
    wanted = clean_line(said)
    for actor in everybody:
        if actor.name == wanted:
            return actor
    named = vocabulary.role_names()
    roles = {role for role, names in named.items() if vocabulary.plain(wanted) in names}
    holders = [actor for actor in everybody if actor.roles & roles]
    # The account named after the role speaks for it; a person is meant only where nobody else could be.
    for actor in holders:
        if any(vocabulary.plain(actor.name) in named[role] for role in roles):
            return actor
    if len(holders) == 1:
        return holders[0]
    raise UnknownOperator(name=wanted, names=[actor.name for actor in everybody])


def add_operator(desk: Desk, name: str, roles: Collection[Role], actor: Actor | None = None) -> str:
    """A new operator, without a password; returns the name as it is kept.

    Args:
        actor: who adds it; None is the program itself, for what it invents. Rights are :mod:`.operators`' to check.

    Raises:
        BadValue: the name is empty or taken, also by somebody who may not act any more.
        AdminAndAuditor: the roles cannot go together.
    """
    title = clean_line(name, 40)
    check_apart(title, roles)
    with desk.database.writing() as connection:
        if not title or any(account.actor.name == title for account in access.accounts(connection, desk.office.id)):
            raise BadValue(what="operator", value=title, expected="new_name")
        key = offices.add_operator(connection, desk.office.id, title, roles)
        ledger.append(
            connection,
            desk.office.id,
            [
                ledger.NewEntry(
                    at=desk.now(),
                    operator_id=actor.id if actor else None,
                    operator=actor.name if actor else "system",
                    origin=desk.origin,
                    subject_kind="operator",
                    subject_id=key,
                    action="operator_add",
                    facts={"name": title, "roles": sorted(role.value for role in roles)},
                )
            ],
        )
    return title


def check_apart(name: str, roles: Collection[Role]) -> None:
    """Refuse roles that one person must not hold together.

    Raises:
        AdminAndAuditor: they are among them.
    """
    if frozenset(roles) >= APART:
        raise AdminAndAuditor(what="apart", name=name)
