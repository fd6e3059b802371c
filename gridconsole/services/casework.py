"""The only module that changes cases."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from gridconsole.domain.actions import ASKING, LINKING, NOTING, Act, Action, Dispatch, Need, Placement, Waiver
from gridconsole.domain.case import Case, Decision, Step
from gridconsole.domain.codes import AlarmKind, Display
from gridconsole.domain.errors import GuardRefused, HandlerExcluded, MissingField, Refused, UnknownHandler
from gridconsole.domain.escalation import TAKES
from gridconsole.domain.incident import decide, report
from gridconsole.domain.ledger import BATCH, IMPORT_ORIGIN
from gridconsole.domain.parties import PROGRAM, Actor
from gridconsole.domain.replay import report_body
from gridconsole.domain.states import STAGE_OF, Grade, Role, Source, Stage, State
from gridconsole.domain.text import clean_line, clean_text, is_reason, summary_of
from gridconsole.domain.timekeeping import DOUBTED
from gridconsole.domain.transitions import Guard
from gridconsole.language import t
from gridconsole.services import case_queries, escalation, handlers, lookup, preparing, recording, repeats, rights, timekeeping
from gridconsole.services.office import AXIS_WAIVER, SYSTEM_ORIGIN
from gridconsole.store import (
    alarms,
    case_rest,
    cases,
    duplicates,
    grid_versions,
    incidents,
    ledger,
    offices,
    orders,
    pending,
    people,
    queue,
    turns,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction


FROM_ROSTER = frozenset({Source.WARDEN, Source.INSPECTOR})
"""Sources whose reporters stand on the roster."""


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report as keyed in; :func:`intake` cleans its texts."""

    text: str
    source: Source
    grade: Grade = Grade.ORDINARY
    grid_id: int | None = None
    area_id: int | None = None
    category_id: int | None = None
    address: str = ""
    reporter_name: str = ""
    reporter_phone: str = ""
    source_ref: str = ""
    reporter_id: int | None = None
    """Key of the person on the roster who reports; None for residents."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Result of an act."""

    number: str
    state: State
    version: int
    due_at: datetime | None
    """End of the running clock, UTC."""
    waiting: tuple[str, ...] = ()
    """Numbers of cases merged into it that are still open although it is over: each must be finished separately."""
    closed_with: tuple[str, ...] = ()
    """Numbers of cases merged into it that were closed with it."""
    released: tuple[str, ...] = ()
    """Numbers of cases that go on by themselves, because it was declined or voided."""


def intake(office: Office, actor: Actor, new: NewReport, request_id: str | None = None) -> Receipt:
    """上报: record a report as a new case.

    Raises:
        RoleForbidden: the operator has no role on cases, as an administrator or an auditor.
        MissingField: the report has no text.
        SerialExhausted: the day's numbers are used up.
    """
    with rights.recording_denials(office, actor), office.database.writing() as connection:
        return intake_in(connection, office, actor, new, request_id)


def intake_then(office: Office, actor: Actor, new: NewReport, act: Act, request_id: str | None = None) -> Receipt:
    """Record a report, and act on the new case at once: accept it, or merge it as one more report of another case.

    Both or neither: one transaction.

    Raises:
        The errors of :func:`intake` and :func:`act_on`.
    """
    with rights.recording_denials(office, actor), office.database.writing() as connection:
        number = intake_in(connection, office, actor, new, request_id).number
        second = hashlib.sha256(f"{request_id} {act.action}".encode()).hexdigest()[:32] if request_id is not None else None
        return act_in(connection, office, actor=actor, number=number, act=act, request_id=second)


def intake_in(connection: Transaction, office: Office, actor: Actor, new: NewReport, request_id: str | None = None) -> Receipt:
    """Run :func:`intake` inside the caller's transaction."""
    new = _cleaned(new)
    once = _once(actor, new, request_id)
    if (done := repeats.carried_out(connection, once)) is not None:
        return _receipt_of(connection, done)
    text = new.text
    if not text:
        raise MissingField(action=Action.REPORT, need=Need.TEXT)
    _check_grid(connection, new.grid_id)
    at = office.circumstances()
    if new.reporter_id is None and new.source in FROM_ROSTER:
        # A number or a name of the roster in the reporter's field is that person.
        found = people.person_called(connection, new.reporter_name, new.grid_id, office.today())
        new = replace(new, reporter_id=found)
    # Decided under a placeholder first: a refused report takes no number.
    act = Act.of(Action.REPORT, text=text, source=new.source, grade=new.grade, grid_id=new.grid_id, category_id=new.category_id,
                 reporter_id=new.reporter_id)  # fmt: skip
    decision = report("", act, at, actor=actor)
    day = f"{office.calendar.local_day(at.now):%Y%m%d}"
    (number,) = incidents.take_numbers(connection, office.id, day, 1)
    decision = replace(decision, case=replace(decision.case, number=number))
    row = incidents.NewIncident(
        decision=decision,
        reported_at=at.now,
        recorded_at=at.now,
        text=text,
        summary=summary_of(text),
        address=new.address,
        area_id=new.area_id,
        reporter_name=new.reporter_name,
        reporter_phone=new.reporter_phone,
        source_ref=new.source_ref,
    )
    insert(connection, office, actor=actor, rows=[row], origin=office.origin, once=once)
    return _receipt(decision.case)


def _cleaned(new: NewReport) -> NewReport:
    """Return a report with its texts as they are stored."""
    return replace(
        new, text=clean_text(new.text), address=clean_line(new.address), reporter_name=clean_line(new.reporter_name, 60),
        reporter_phone=clean_line(new.reporter_phone, 40), source_ref=clean_line(new.source_ref, 60),
    )  # fmt: skip


def _once(actor: Actor, new: NewReport, request_id: str | None) -> repeats.Once | None:
    if request_id is None:
        return None
    content = {
        "source": new.source, "grade": new.grade, "grid": new.grid_id, "area": new.area_id, "category": new.category_id,
        "source_ref": new.source_ref,
    }  # fmt: skip
    # Only if given: the digest of a request of an earlier program stays the same.
    content |= {"reporter": new.reporter_id} if new.reporter_id is not None else {}
    texts = report_body(new.text, summary_of(new.text), new.address, new.reporter_name, new.reporter_phone)
    return repeats.Once(request_id, actor, "incident", Action.REPORT.value, content=content, texts=texts)


@dataclass(frozen=True, slots=True)
class PreparedCase:
    """A decided case with the contents of its first ledger entry, except the number; all values fit into JSON."""

    row: incidents.PreparedRow
    at: datetime
    """Time of recording, UTC."""
    action: str
    facts: Mapping[str, object]
    personal: Mapping[str, str]


def prepare(new: incidents.NewIncident) -> PreparedCase:
    """Turn a decided case into the rows to write; needs no write lock."""
    facts: dict[str, object] = dict(new.decision.facts)
    if new.source_ref:
        facts["source_ref"] = new.source_ref
    personal = report_body(new.text, new.summary, new.address, new.reporter_name, new.reporter_phone)
    return PreparedCase(incidents.prepare(new), new.recorded_at, new.decision.transition.action.value, facts, personal)


def insert(
    connection: Transaction, office: Office, actor: Actor, rows: Sequence[incidents.NewIncident], origin: str, once: repeats.Once | None = None
) -> list[int]:  # fmt: skip
    """Write new cases, each with its first ledger entry; returns their keys in order."""
    numbered = [(row.decision.case.number, prepare(row)) for row in rows]
    return insert_prepared(connection, office, actor=actor, rows=numbered, batch=None, origin=origin, once=once)


def insert_prepared(
    connection: Transaction, office: Office, actor: Actor, rows: Sequence[tuple[str, PreparedCase]], batch: int | None, origin: str,
    once: repeats.Once | None = None,
) -> list[int]:  # fmt: skip
    """Write prepared cases, each with its number, as :func:`insert` does; returns their keys in order."""
    keys = incidents.insert(connection, office.id, [(number, batch, row.row) for number, row in rows])
    rests = case_rest.digests(connection, keys)
    # Dated when they are written: other programs may have written since a long list was decided.
    at = office.now()
    entries = [
        ledger.NewEntry(
            at=max(row.at, at),
            operator_id=actor.id,
            operator=actor.name,
            origin=origin,
            subject_kind="incident",
            subject_id=key,
            action=row.action,
            facts=repeats.with_digest({**row.facts, "number": number, **rest}, once),
            personal=row.personal,
            request_id=repeats.id_of(once),
        )
        for key, (number, row), rest in zip(keys, rows, rests, strict=True)
    ]
    ledger.append(connection, office.id, entries)
    return keys


def act_on(office: Office, actor: Actor, number: str, act: Act, request_id: str | None = None) -> Receipt:
    """Perform an action of the workflow table on a case. An action without the right to it is refused and recorded in the ledger.

    Raises:
        UnknownIncident: no such number.
        Refused: the workflow table, the version, or the handler does not allow it.
    """
    with rights.recording_denials(office, actor, number), office.database.writing() as connection:
        return act_in(connection, office, actor=actor, number=number, act=act, request_id=request_id)


def act_in(
    connection: Transaction, office: Office, actor: Actor, number: str, act: Act, request_id: str | None = None
) -> Receipt:
    """Run :func:`act_on` inside the caller's transaction."""
    loaded = case_queries.load_case(connection, office, number)
    act = preparing.with_clean_texts(act)
    once = repeats.of_act(request_id, actor, loaded.id, act)
    if (done := repeats.carried_out(connection, once)) is not None:
        return _receipt_of(connection, done)
    case = perform(connection, office, actor=actor, loaded=loaded, act=act, once=once)
    receipt = _receipt(case)
    if not (case.followers and case.state.is_final):
        return receipt
    awake = duplicates.followers(connection, office.id, number)
    waiting = tuple(follower.number for follower in awake if not follower.state.is_final)
    return _with_followers(replace(receipt, waiting=waiting), loaded.case)


def _with_followers(receipt: Receipt, before: Case) -> Receipt:
    """Return the receipt of a case that is over, with what became of those that rested in it."""
    if receipt.state is State.CLOSED:
        return replace(receipt, closed_with=before.resting_followers)
    return replace(receipt, released=before.resting_followers)


def perform(
    connection: Transaction, office: Office, actor: Actor, loaded: cases.LoadedCase, act: Act, once: repeats.Once | None = None,
    *, origin: str | None = None,
) -> Case:  # fmt: skip
    """Perform an action on a case that this transaction has loaded; returns the case as it is now."""
    case, entry = _carry_out(connection, office, actor=actor, loaded=loaded, act=act, once=once, origin=origin)
    waived = [waiver_entry(office, entry, loaded, act.waiver)] if act.waiver is not None else []
    followed = _carry_out_on_followers(connection, office, loaded.case, case, act.action)
    ledger.append(connection, office.id, [*waived, entry, *followed])
    return case


def _carry_out_on_followers(
    connection: Transaction, office: Office, before: Case, case: Case, action: Action
) -> list[ledger.NewEntry]:
    """Do what follows from an act for the cases merged into its case; returns the entries to append.

    Resting cases close with it, or go on by themselves once it was declined or voided. A decision on reopening is one on theirs too.
    """
    number = case.number
    steps: dict[str, Act] = {}
    if case.state.is_final and not before.state.is_final:
        if case.state is State.CLOSED:
            steps = dict.fromkeys(before.resting_followers, Act.of(Action.CLOSE_FOLLOWER, outcome=case.outcome))
        else:
            # Closed ones too: what their residents answer cannot be decided on a case that is no more.
            gone = Act.of(Action.UNMERGE, reason=t("word.leader_gone", number=number, state=case.state))
            steps = dict.fromkeys(before.followers, gone)
    elif action in (Action.REOPEN, Action.KEEP_CLOSED):
        decided = Act.of(Action.KEEP_CLOSED, reason=t("word.decided_on_leader", number=number))
        steps = dict.fromkeys(before.unhappy_followers, decided)
    return [
        _carry_out(
            connection, office, actor=PROGRAM, loaded=case_queries.load_case(connection, office, follower), act=act, once=None,
            origin=SYSTEM_ORIGIN,
        )[1]
        for follower, act in steps.items()
    ]  # fmt: skip


def rehearse(connection: Transaction, office: Office, actor: Actor, loaded: cases.LoadedCase, act: Act) -> Decision:
    """Decide an action as :func:`perform` would; writes nothing.

    Raises:
        Refused, UsageRefused: the workflow table forbids it.
    """
    return decide(loaded.case, preparing.prepared(connection, office, loaded, act), actor, office.circumstances())


WAIVER, WAIVE = "waiver", "waive"
"""Subject and action of the entry of a second person."""


def waiver_entry(office: Office, entry: ledger.NewEntry, loaded: cases.LoadedCase, waiver: Waiver) -> ledger.NewEntry:
    """Return the second person's own entry, which comes before that of the act: two entries by two people."""
    facts = {
        "number": loaded.case.number,
        "action": entry.action,
        "operator": entry.operator,
        "past_action": entry.facts["waived"],
    }
    return office.entry(waiver.witness, WAIVE, facts, {"reason": waiver.reason}, about=(WAIVER, loaded.id), at=entry.at)


def _carry_out(
    connection: Transaction,
    office: Office,
    actor: Actor,
    loaded: cases.LoadedCase,
    act: Act,
    once: repeats.Once | None,
    origin: str | None,
    moment: datetime | None = None,
) -> tuple[Case, ledger.NewEntry]:
    """Carry out an action except for its ledger entry, which the caller appends in the same transaction.

    Args:
        moment: when the action takes effect, if not now; the entry is dated when it is written.
    """
    step = _decided(connection, office, actor=actor, loaded=loaded, act=act, moment=moment)
    incidents.save(connection, [step])
    _record(connection, office, step, has_alarms=loaded.has_alarms)
    if step.decision.clocks:
        alarms.show_percent(connection, [step.incident])
    if act.action is Action.RECOMPUTE or any(clock.stage is Stage.HANDLE and clock.is_running for clock in step.decision.clocks):
        escalation.plan_in(connection, office, step.incident)
    (rest,) = case_rest.digests(connection, [step.incident])
    return step.decision.case, _entry_of(connection, office, step=step, rest=rest, once=once, origin=origin, moment=moment)


def _decided(
    connection: Transaction, office: Office, actor: Actor, loaded: cases.LoadedCase, act: Act, moment: datetime | None = None
) -> Step:
    """Decide an action, and check the handlers it names; writes nothing.

    Raises:
        Refused, UsageRefused: the workflow table or a handler forbids it.
    """
    at = office.circumstances(moment)
    act = preparing.prepared(connection, office, loaded, act)
    if act.waiver is not None:
        # Read here: an administrator may have switched waivers off on another terminal a moment ago.
        at = replace(at, waiver_allowed=bool(offices.office(connection).settings.get(AXIS_WAIVER, False)))
    decision = decide(loaded.case, act, actor, at)
    _check_handlers(connection, office, loaded, act)
    placement = act.get(Placement)
    _check_grid(connection, placement.grid_id if placement is not None else None)
    return Step(incident=loaded.id, before=loaded.case, decision=decision, act=act, actor=actor, at=at.now)


def _record(connection: Transaction, office: Office, step: Step, *, has_alarms: bool) -> None:
    """Write what a step changes besides the case and its clocks."""
    for record in recording.RECORDERS:
        record(connection, step)
    _update_alarms(connection, office, step, has_alarms=has_alarms)


def _entry_of(
    connection: Transaction, office: Office, step: Step, rest: Mapping[str, str], once: repeats.Once | None, origin: str | None,
    moment: datetime | None,
) -> ledger.NewEntry:  # fmt: skip
    facts = repeats.with_digest(recording.facts_of(step), once)
    if _judges(step.before, step.decision) and (doubted := timekeeping.doubted_today(connection, office)) is not None:
        facts[DOUBTED] = doubted
    if moment is not None:
        facts["effective_at"] = moment.isoformat()
    facts |= rest
    axis, actor = step.decision.transition.axis, step.actor
    return ledger.NewEntry(
        at=office.now() if moment is not None else step.at,
        operator_id=actor.id or None,
        operator=actor.name,
        origin=origin or office.origin,
        subject_kind="incident",
        subject_id=step.incident,
        action=step.act.action.value,
        facts=facts,
        personal=recording.personal_of(step),
        axis=axis.value if axis else "",
        request_id=repeats.id_of(once),
    )


def _judges(before: Case, decision: Decision) -> bool:
    """Return whether an act decides for the first time whether a clock was late."""
    was = {clock.stage: clock.late for clock in before.clocks}
    return any(clock.late is not None and was.get(clock.stage) is None for clock in decision.clocks)


def recompute_in(connection: Transaction, office: Office, actor: Actor, number: str, change: str) -> ledger.NewEntry:
    """Compute the deadlines of a case by a changed calendar, inside the transaction that changes it; returns the entry to append.

    Args:
        office: the office with its new calendar.
        change: name of the change, such as ``load 2027``.
    """
    act = Act.of(Action.RECOMPUTE, calendar_change=change)
    _, entry = _carry_out(
        connection,
        office,
        actor=actor,
        loaded=case_queries.load_case(connection, office, number),
        act=act,
        once=None,
        origin=None,
    )
    return entry


def revert_resume_in(
    connection: Transaction, office: Office, actor: Actor, number: str, until: date, repairs: int
) -> ledger.NewEntry:  # fmt: skip
    """Suspend a case again that the program resumed under a wrong time; returns the entry to append.

    Args:
        until: the day on which the case is to be resumed.
        repairs: number of the ledger entry of the wrong resumption.
    """
    act = Act.of(Action.REVERT_RESUME, until=until, repairs=repairs)
    _, entry = _carry_out(
        connection,
        office,
        actor=actor,
        loaded=case_queries.load_case(connection, office, number),
        act=act,
        once=None,
        origin=None,
    )
    return entry


_TAKES_NOTHING_ON = ASKING | LINKING | NOTING | {Action.RECOMPUTE, Action.REVERT_RESUME, Action.HAND_ON, Action.MOVE_GRID}
"""Acts that do not move a case forward, so they acknowledge no alarm."""


def _answerers(connection: Transaction, office: Office, case: Case, orderer: Actor) -> frozenset[Role]:
    """Return the roles an order notifies: the dispatcher, and the role of the case's next step.

    If no operator but the one who orders is a dispatcher, clerks and acceptors are added, who may key in the answer too.
    """
    stage = STAGE_OF.get(case.state)
    recipients = {Role.DISPATCHER, *([TAKES[stage]] if stage in TAKES else [])}
    held = escalation.roles_held(connection, office, besides=orderer)
    if Role.DISPATCHER not in held:
        recipients |= {Role.CLERK, Role.ACCEPTOR}
    return escalation.with_fallback(recipients, held)


def _update_alarms(connection: Transaction, office: Office, step: Step, *, has_alarms: bool) -> None:
    """Update the alarms of a case after a step: an order raises one, its answer ends it, and the actor acknowledges the others.

    Acts of :data:`_TAKES_NOTHING_ON`, such as a remark, acknowledge nothing.

    Args:
        has_alarms: whether an alarm of the case was pending before the step.
    """
    incident, case, act, actor, now = step.incident, step.before, step.act, step.actor, step.at
    order = orders.record(connection, step)
    if act.action is Action.REOPEN:
        alarms.stand_again(connection, incident)
        # The recipients of these alarms may have left since the case was closed.
        escalation.reassign_notifications_in(connection, office)
    if act.action in (Action.SUPERVISION_ORDER, Action.REPLY):
        alarms.end_orders(connection, incident, now)
    has_alarms = has_alarms or act.action is Action.REOPEN  # which revives them
    if has_alarms and act.action not in _TAKES_NOTHING_ON and not actor.is_program:
        alarms.answered_by(connection, incident, by=actor.id, name=actor.name, roles=actor.roles, at=now)
    if order is not None:
        alarm = alarms.NewAlarm(
            incident=incident,
            kind=AlarmKind.ORDER,
            occurrence=order,
            display=Display.ALARM,
            audience=_answerers(connection, office, case, actor),
            reached_at=now,
        )
        alarms.fire(connection, alarm, now)
    if has_alarms:
        alarms.end_of_stopped(connection, incident, now)
    if act.action is Action.RECOMPUTE:
        alarms.evaluate_case_again(connection, incident, now)


def resume_due(office: Office) -> tuple[str, ...]:
    """Resume every suspended case whose day has come, effective from the beginning of that day; returns their numbers.

    Idempotent: any terminal may call it at any time. Nothing is resumed while the time is doubtful.
    """
    with office.database.reading() as connection:
        waiting = pending.due_back(connection, office.id, office.today())
        if not waiting or timekeeping.is_doubtful_in(connection, office):
            return ()
    resumed: list[str] = []
    with turns.in_background(), office.database.writing() as connection:
        for number in pending.due_back(connection, office.id, office.today()):
            loaded = case_queries.load_case(connection, office, number)
            day = loaded.case.suspended_until or office.today()
            act = Act.of(Action.RESUME, reason=t("word.suspension_over"))
            _, entry = _carry_out(
                connection,
                office,
                actor=PROGRAM,
                loaded=loaded,
                act=act,
                once=None,
                origin=SYSTEM_ORIGIN,
                moment=office.midnight(day),
            )
            ledger.append(connection, office.id, [entry])
            resumed.append(number)
    return tuple(resumed)


@dataclass(frozen=True, slots=True)
class Addition:
    """News of an imported list about a known case."""

    number: str
    key: str
    """Import key of the case from now on."""
    text: str
    batch: int
    outer_due_at: datetime | None = None
    """Deadline that the list's system sets, if it changed."""


def record_correction(
    connection: Transaction, office: Office, actor: Actor, addition: Addition
) -> tuple[int, datetime | None]:  # fmt: skip
    """Record new information from an imported list about a known case, as a note: the report itself is never rewritten.

    Returns the key of the case, and the deadline that its list had set before.
    """
    loaded = case_queries.load_case(connection, office, addition.number)
    act = Act.of(Action.NOTE, note=addition.text, outer_due_at=addition.outer_due_at)
    _, entry = _carry_out(connection, office, actor=actor, loaded=loaded, act=act, once=None, origin=IMPORT_ORIGIN)
    ledger.append(connection, office.id, [replace(entry, facts={**entry.facts, BATCH: addition.batch})])
    incidents.set_import_keys(connection, {loaded.id: addition.key})
    return loaded.id, loaded.case.outer_due_at


def restore_outer_deadline(
    connection: Transaction, office: Office, actor: Actor, *, key: int, due: datetime | None, batch: int, origin: str
) -> None:
    """Give a case the deadline back that its list had set before an import that is undone; None: it had set none."""
    loaded = cases.load_all(connection, office.id, [key])[key]
    act = Act.of(Action.NOTE, note=t("word.batch_undone", number=batch), outer_due_at=due, takes_back=True)
    _, entry = _carry_out(connection, office, actor=actor, loaded=loaded, act=act, once=None, origin=origin)
    ledger.append(connection, office.id, [entry])


LOADED_AT_ONCE = 500
"""Cases that are loaded by one statement where many are examined."""


def withdraw_imported(
    connection: Transaction, office: Office, actor: Actor, batch: int, keys: Sequence[int], origin: str
) -> tuple[int, list[str]]:
    """Withdraw the cases of an import on which no operator has acted and that no later import has corrected; the others stay.

    All are loaded, saved and digested together: one by one, undoing a list took four times as long as importing it.

    Returns the number of withdrawn cases, and the numbers of those that stay.
    """
    kept: list[str] = []
    steps: list[Step] = []
    corrected = incidents.corrected_since(connection, batch)
    every = cases.load_all(connection, office.id, keys)
    for loaded in (every[key] for key in keys):
        try:
            _check_uncorrected(loaded, corrected)
            steps.append(_decided(connection, office, actor=actor, loaded=loaded, act=_withdrawal(batch)))
        except Refused:
            kept.append(loaded.case.number)
    incidents.save(connection, steps)
    for step in steps:
        _record(connection, office, step, has_alarms=every[step.incident].has_alarms)
    done = [step.incident for step in steps]
    alarms.show_percent(connection, done)
    entries = [
        _entry_of(connection, office, step=step, rest=rest, once=None, origin=origin, moment=None)
        for step, rest in zip(steps, case_rest.digests(connection, done), strict=True)
    ]
    ledger.append(connection, office.id, entries)
    # Withdrawn cases lose their import key, so that the same rows count as new when they are imported again.
    incidents.set_import_keys(connection, dict.fromkeys(done))
    return len(entries), kept


def staying(connection: Transaction, office: Office, actor: Actor, batch: int, keys: Sequence[int]) -> list[str]:
    """Return the cases that :func:`withdraw_imported` would keep; writes nothing."""
    kept = []
    corrected = incidents.corrected_since(connection, batch)
    for first in range(0, len(keys), LOADED_AT_ONCE):
        every = cases.load_all(connection, office.id, keys[first : first + LOADED_AT_ONCE])
        for loaded in (every[key] for key in keys[first : first + LOADED_AT_ONCE]):
            try:
                _check_uncorrected(loaded, corrected)
                rehearse(connection, office, actor, loaded, _withdrawal(batch))
            except Refused:
                kept.append(loaded.case.number)
    return kept


def _withdrawal(batch: int) -> Act:
    return Act.of(Action.WITHDRAW, reason=t("word.batch_undone", number=batch), undoes=batch)


def _check_uncorrected(loaded: cases.LoadedCase, corrected: frozenset[int]) -> None:
    if loaded.id in corrected:
        raise GuardRefused(guard=Guard.UNDOING, action=Action.WITHDRAW)


def _check_handlers(connection: Transaction, office: Office, loaded: cases.LoadedCase, act: Act) -> None:
    """Refuse a handler who is no candidate, unless the operator's reason outweighs a soft ground for the exclusion.

    The reason outweighs only for the main handler, not for cooperating ones.

    Raises:
        UnknownHandler: the handler is neither a candidate nor excluded.
        HandlerExcluded: the ground is hard, or no reason is given.
    """
    dispatch = act.get(Dispatch)
    if dispatch is None or dispatch.handler is None:
        return
    for handler in (dispatch.handler, *dispatch.cooperating):
        ranking = handlers.rank_in(connection, office, loaded, only=handler)
        if not ranking.candidates and not ranking.excluded:
            raise UnknownHandler(word=handler.name, near=[])
        for item in ranking.excluded:
            outweighed = handler is not dispatch.handler or is_reason(act.note) or is_reason(act.reason)
            if item.reason.is_hard or not outweighed:
                raise HandlerExcluded(handler=item.handler.name, reason=item.reason, hard=item.reason.is_hard)


def _check_grid(connection: Transaction, grid: int | None) -> None:
    """Refuse a grid that is no more: a form may have been open while it was split.

    Raises:
        GridClosed: with what it became.
    """
    closed = grid_versions.closed(connection, grid) if grid is not None else None
    if closed is not None:
        raise lookup.grid_closed(connection, closed.id, closed.name, closed.ended_on)


def _receipt(case: Case) -> Receipt:
    due = case.due_clock
    return Receipt(case.number, case.state, case.version, due.due_at if due else None)


def _receipt_of(connection: Transaction, key: int) -> Receipt:
    (row,) = queue.rows_by_id(connection, [key])
    return Receipt(row.number, row.state, row.version, row.due_at)
