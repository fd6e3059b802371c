"""Make a new office from a preset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from gridconsole.domain.clock import OfficeHours, standard_week
from gridconsole.domain.errors import BadValue, UnknownWord
from gridconsole.domain.states import Role
from gridconsole.domain.text import clean_line
from gridconsole.domain.timekeeping import DAYS_SETTING, USUAL_DAYS
from gridconsole.language import word
from gridconsole.resources import presets, read_toml
from gridconsole.services import office as offices
from gridconsole.services import passwords
from gridconsole.services.office import ADMIN_CASES, AXIS_WAIVER, ZONE, Office, utc_now
from gridconsole.store import access, duties, ledger, schema
from gridconsole.store import offices as office_rows

_WORK_DAYS = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """First administrator of a new office."""

    name: str
    password: str = field(repr=False)


def check_new(path: Path, name: str, model: str) -> str:
    """Check that an office can be made, before a password is asked for; returns the office's name as it is stored.

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
) -> Office:  # fmt: skip
    """Make a new office from a preset: settings, hours, calendar, and one operator for each role, named after it.

    Only the administrator has a password. The other operators cannot log in until one is set.

    Args:
        is_demo: mark the data as invented. Any user may act as any operator, and only such a database may be overwritten by a demo.
        admin: the first administrator; None: ``operator first-admin`` makes it later.
        time_doubt_days: working days without an entry after which the machine's time is doubted; 0: never.

    Raises:
        UnknownWord: no such preset or policy.
        PasswordWeak: the administrator's password does not satisfy the policy.
        DatabaseUnusable: the file cannot be created there.
    """
    from gridconsole.services import notices  # needed only to make an office: not imported at every start

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
            office_id = office_rows.insert_office(
                connection,
                title,
                model=model,
                timezone=ZONE,
                at=now(),
                settings={**_settings(preset), "demo": is_demo, "password_policy": rules.name, DAYS_SETTING: time_doubt_days},
            )
            for hours in _hours(preset):
                office_rows.put_hours(connection, hours)
            duties.put(connection, preset.get("duties", ()), model)
            office_rows.put_days(connection, notices.installed_days(), notices.PACKAGE)
            for role, called in people_there.items():
                key = office_rows.add_operator(connection, office_id, called, [role])
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
    return offices.open_office(path, origin, now)


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
