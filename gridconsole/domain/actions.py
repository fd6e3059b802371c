"""Actions on a case as data: what each is called, what it needs and fills, and the payload it carries.

An :class:`Act` is what an operator asks for: an action, words, and the payload of the action. :meth:`Act.of` makes one of the fields
that a form or a command line gave. Who may act, and where that leads, says :mod:`.transitions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from gridconsole.domain.catalogue import FilingRule, Limit
from gridconsole.domain.parties import Actor, Handler
from gridconsole.domain.states import Grade, Outcome, RequestKind, Result, Satisfaction, Solved, Source, State
from gridconsole.domain.task import AssigneeCandidate, Look


class Action(StrEnum):
    """Everything that can be done to a case."""

    REPORT = "report"
    ACCEPT = "accept"
    SETTLE = "settle"
    DECLINE = "decline"
    VERIFY = "verify"
    FILE = "file"
    SEND_BACK = "send_back"
    DISPATCH = "dispatch"
    REDISPATCH = "redispatch"
    RETURN = "return"
    EXTEND = "extend"
    SUSPEND = "suspend"
    RETYPE = "retype"
    VOID = "void"
    APPEAL = "appeal"
    FIRST_OPINION = "opine"
    GRANT = "grant"
    REFUSE = "refuse"
    RECALL = "recall"
    RESUME = "resume"
    FEEDBACK = "feedback"
    CHECK = "check"
    CLOSE = "close"
    CALL_BACK = "call_back"
    REOPEN = "reopen"
    KEEP_CLOSED = "keep_closed"
    NOTE = "note"
    SEND = "send"
    """派核实 or 派核查, by the state."""
    WITHDRAW = "withdraw"
    ARCHIVE = "archive"
    MERGE = "merge"
    UNMERGE = "unmerge"
    SUPERVISION_ORDER = "urge"
    REPLY = "reply"
    RECOMPUTE = "recompute"
    """Deadlines follow a changed calendar; done by changing the calendar, never by itself."""
    REVERT_RESUME = "revert_resume"
    """Suspended again: the program had resumed it by a wrong time."""


class Need(StrEnum):
    """A field an act cannot do without."""

    TEXT = "text"
    SOURCE = "source"
    NOTE = "note"
    REASON = "reason"
    RESULT = "result"
    HANDLER = "handler"
    GRID = "grid"
    CATEGORY = "category"
    RULE = "rule"
    UNTIL = "until"
    INTO = "into"
    CALL_BACK = "call_back"
    SOLVED = "solved"
    SATISFACTION = "satisfaction"
    ASSIGNEE = "assignee"
    REPLY_BY = "reply_by"


class Fill(StrEnum):
    """A column of the case that an act may set."""

    HANDLER = "handler"
    HELPERS = "helpers"
    GRID = "grid"
    CATEGORY = "category"
    RULE = "rule"
    GRADE = "grade"
    OUTCOME = "outcome"
    AMOUNT = "amount"
    UNTIL = "until"
    INTO = "into"
    CALL_BACK = "call_back"
    ASSIGNEE = "assignee"
    LOOK = "look"
    """When it was looked at on site, and the photos."""
    REPLY_BY = "reply_by"


class WaiverFlaw(StrEnum):
    """Why a waiver does not hold."""

    NOT_HERE = "not_here"
    """The office does not know any."""
    SAME_PERSON = "same_person"
    OUTSIDER = "outsider"
    """The second person has nothing to do with cases."""
    HANDLER = "handler"
    """The second person is the one who handled it."""
    NO_REASON = "no_reason"
    NEEDLESS = "needless"
    """The operator acts on one side only."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A second person's word that one operator acts on both sides of a case, this once (小办公室豁免).

    Whether it is that person's word is proved by the password before; the rules judge only whether it may be given.
    """

    witness: Actor
    reason: str


@dataclass(frozen=True, slots=True)
class Lead:
    """A case that another is to be merged into, as it stands."""

    number: str
    merged_into: str | None = None
    state: State = State.REPORTED


# --- payloads ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Payload:
    """Fields of an action beside its words. A field that was not given is None, or empty."""

    def given(self) -> Iterator[tuple[Fill, object]]:
        """Yield every field that sets something on the case and was given."""
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name in FILL_OF and value not in (None, ()):
                yield FILL_OF[item.name], value


P = TypeVar("P", bound=Payload)


@dataclass(frozen=True, slots=True)
class Report(Payload):
    """A report: of a new case, or of one that was over before it came."""

    text: str = ""
    source: Source | None = None
    grade: Grade | None = None
    grid_id: int | None = None
    category_id: int | None = None
    rule: FilingRule | None = None


@dataclass(frozen=True, slots=True)
class Placement(Payload):
    """Grid, category and grade of a matter."""

    grid_id: int | None = None
    category_id: int | None = None
    grade: Grade | None = None


@dataclass(frozen=True, slots=True)
class Filing(Placement):
    """A placement with the condition the case is filed by."""

    rule: FilingRule | None = None


@dataclass(frozen=True, slots=True)
class Verification(Placement):
    """Findings of an inspection before filing (核实)."""

    result: Result | None = None
    look: Look | None = None


@dataclass(frozen=True, slots=True)
class Check(Payload):
    """Findings of an inspection after handling (核查)."""

    result: Result | None = None
    look: Look | None = None


@dataclass(frozen=True, slots=True)
class Assignment(Payload):
    """The person sent to inspect; objections are looked up in the transaction of the act."""

    assignee: AssigneeCandidate | None = None


@dataclass(frozen=True, slots=True)
class Dispatch(Payload):
    """The handler of a case, and the helpers."""

    handler: Handler | None = None
    cooperating: tuple[Handler, ...] = ()


@dataclass(frozen=True, slots=True)
class Extension(Payload):
    """Additional time asked for; None asks for the whole limit once more."""

    amount: Limit | None = None


@dataclass(frozen=True, slots=True)
class Suspension(Payload):
    """The office's day on which the case goes on."""

    until: date | None = None


@dataclass(frozen=True, slots=True)
class Retype(Payload):
    """The filing rule that is to take the place of the present one."""

    category_id: int | None = None
    rule: FilingRule | None = None


@dataclass(frozen=True, slots=True)
class Opinion(Payload):
    """Result of a first opinion."""

    result: Result | None = None


@dataclass(frozen=True, slots=True)
class Closing(Payload):
    """Outcome of a closed case; None: resolved."""

    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class CallBack(Payload):
    """A call to the resident who brought a case; the reason of a dissatisfied one is the act's."""

    reached: bool
    solved: Solved | None = None
    """None where nobody was reached, as the next."""
    satisfaction: Satisfaction | None = None

    @property
    def is_dissatisfied(self) -> bool:
        """Return whether the shift leader has to decide on reopening."""
        return self.satisfaction is Satisfaction.DISSATISFIED or self.solved is Solved.NO

    def facts(self) -> dict[str, str | bool]:
        """Return the answers as the ledger keeps them."""
        answers = {"solved": self.solved, "satisfaction": self.satisfaction}
        return {"reached": self.reached, **{name: answer.value for name, answer in answers.items() if answer is not None}}


@dataclass(frozen=True, slots=True)
class Merge(Payload):
    """The case to merge into; how it stands is looked up in the transaction of the act."""

    into: Lead | None = None


@dataclass(frozen=True, slots=True)
class SupervisionOrder(Payload):
    """A supervision order (督办) and the time it must be answered by, UTC."""

    reply_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class ImportUndo(Payload):
    """The import that is undone."""

    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class CalendarChange(Payload):
    """The change of the calendar that deadlines follow, such as ``load 2027``."""

    calendar_change: str = ""


@dataclass(frozen=True, slots=True)
class TimeRepair(Payload):
    """Repair of a wrong time: the day until which the case was suspended, and the number of the entry that resumed it."""

    until: date | None = None
    repairs: int | None = None


FILL_OF: Mapping[str, Fill] = {
    "handler": Fill.HANDLER,
    "cooperating": Fill.HELPERS,
    "grid_id": Fill.GRID,
    "category_id": Fill.CATEGORY,
    "rule": Fill.RULE,
    "grade": Fill.GRADE,
    "outcome": Fill.OUTCOME,
    "amount": Fill.AMOUNT,
    "until": Fill.UNTIL,
    "into": Fill.INTO,
    "call_back": Fill.CALL_BACK,
    "assignee": Fill.ASSIGNEE,
    "look": Fill.LOOK,
    "reply_by": Fill.REPLY_BY,
}
"""The case's field that each field of a payload sets."""


# --- acts -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Act:
    """An action an operator asks for. :meth:`of` makes one."""

    action: Action
    note: str = ""
    reason: str = ""
    payload: Payload | None = None
    """Of the type that the action's :class:`ActionSpec` names; None where the action has none."""
    untaken: tuple[Fill, ...] = ()
    """The fields given that the action does not take. The whole act is then refused."""
    waiver: Waiver | None = None
    """Brought only where nobody else is there to act on the other side."""
    expected_version: int | None = None
    """The version the operator saw; None accepts whatever is there."""

    @classmethod
    def of(
        cls,
        action: Action,
        note: str = "",
        reason: str = "",
        *,
        waiver: Waiver | None = None,
        expected_version: int | None = None,
        **given: object,
    ) -> Act:
        """Make an act of the fields that a form or a command line gave; None and empty ones were not given.

        Fields that the action does not take are kept apart and refused when the act is decided, after everything that matters more.

        Raises:
            TypeError: no action has a field of that name.
        """
        kind = SPECS[action].payload
        known = {item.name for item in fields(kind)} if kind is not None else set()
        taken: dict[str, Any] = {}
        untaken: list[Fill] = []
        payload: Payload | None = None
        for name, value in given.items():
            if value is None or value in ("", ()):
                continue
            if kind is not None and isinstance(value, kind):
                payload = value
            elif name in known:
                taken[name] = value
            elif name in FILL_OF:
                untaken.append(FILL_OF[name])
            else:
                raise TypeError(f"{action} takes no {name}")
        if payload is None and kind is not None and kind is not CallBack:
            payload = kind(**taken)
        return cls(action, note, reason, payload, tuple(untaken), waiver, expected_version)

    def get(self, kind: type[P]) -> P | None:
        """Return the payload if it is of a type."""
        return self.payload if isinstance(self.payload, kind) else None

    def field(self, name: str) -> Any:
        """Return a field of the payload; None where it has none of that name."""
        return getattr(self.payload, name, None)

    def changed(self, **changes: object) -> Act:
        """Return the act with some fields of its payload changed.

        Raises:
            TypeError: the payload has no such field.
        """
        if self.payload is None:
            raise TypeError(f"{self.action} has no payload")
        return replace(self, payload=replace(self.payload, **changes))

    @property
    def result(self) -> Result | None:
        """The result of an inspection or a first opinion; None where the action has none."""
        found = self.field("result")
        return found if isinstance(found, Result) else None

    def fills(self) -> Iterator[Fill]:
        """Yield what the act sets on the case."""
        yield from self.untaken
        if isinstance(self.payload, CallBack):
            yield Fill.CALL_BACK
        elif self.payload is not None:
            yield from (fill for fill, _ in self.payload.given())


# --- the actions ------------------------------------------------------------------------------------------------


class Group(StrEnum):
    """Kind of an action, apart from the step it takes."""

    CREATING = "creating"
    """The first entry of a case."""
    STEP = "step"
    """Takes the case on."""
    ASKING = "asking"
    """Asks for something that others decide: moves nothing."""
    JUDGING = "judging"
    """A step on a request that was made."""
    LINKING = "linking"
    """Says which cases are one matter: no case needs it next, and none moves by it."""
    ORDERING = "ordering"
    """Presses others to act: never what a case needs next."""
    NOTING = "noting"
    FOLLOWING = "following"
    """Follows from something else (an undone import, another calendar, a repaired time) and is never taken by itself."""


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """Facts of an action, wherever it is offered, keyed in or carried out."""

    group: Group
    needs: tuple[Need, ...] = ()
    """In the order in which missing ones are named."""
    payload: type[Payload] | None = None
    request: RequestKind | None = None
    """What it asks for."""

    @property
    def fills(self) -> frozenset[Fill]:
        """Return the fields the action may set on the case."""
        if self.payload is CallBack:
            return frozenset({Fill.CALL_BACK})
        return (
            frozenset(FILL_OF[item.name] for item in fields(self.payload) if item.name in FILL_OF)
            if self.payload
            else frozenset()
        )


_REASON = (Need.REASON,)
SPECS: Mapping[Action, ActionSpec] = {
    Action.REPORT: ActionSpec(Group.CREATING, (Need.TEXT, Need.SOURCE), Report),
    Action.ARCHIVE: ActionSpec(Group.CREATING, (Need.TEXT, Need.SOURCE), Report),
    Action.ACCEPT: ActionSpec(Group.STEP, (), Placement),
    Action.SETTLE: ActionSpec(Group.STEP, (Need.NOTE,), Placement),
    Action.DECLINE: ActionSpec(Group.STEP, _REASON),
    Action.VERIFY: ActionSpec(Group.STEP, (Need.RESULT,), Verification),
    Action.FILE: ActionSpec(Group.STEP, (Need.GRID, Need.CATEGORY, Need.RULE), Filing),
    Action.SEND_BACK: ActionSpec(Group.STEP, _REASON),
    Action.SEND: ActionSpec(Group.STEP, (Need.ASSIGNEE,), Assignment),
    Action.DISPATCH: ActionSpec(Group.STEP, (Need.HANDLER,), Dispatch),
    Action.REDISPATCH: ActionSpec(Group.STEP, (Need.HANDLER, Need.REASON), Dispatch),
    Action.FEEDBACK: ActionSpec(Group.STEP, (Need.NOTE,)),
    Action.RETURN: ActionSpec(Group.ASKING, _REASON, None, RequestKind.RETURN),
    Action.EXTEND: ActionSpec(Group.ASKING, _REASON, Extension, RequestKind.EXTENSION),
    Action.SUSPEND: ActionSpec(Group.ASKING, (Need.REASON, Need.UNTIL), Suspension, RequestKind.SUSPENSION),
    Action.RETYPE: ActionSpec(Group.ASKING, (Need.REASON, Need.RULE), Retype, RequestKind.RETYPE),
    Action.VOID: ActionSpec(Group.ASKING, _REASON, None, RequestKind.VOID),
    Action.APPEAL: ActionSpec(Group.ASKING, _REASON, None, RequestKind.APPEAL),
    Action.FIRST_OPINION: ActionSpec(Group.JUDGING, (Need.RESULT,), Opinion),
    Action.GRANT: ActionSpec(Group.JUDGING),
    Action.REFUSE: ActionSpec(Group.JUDGING, _REASON),
    Action.RECALL: ActionSpec(Group.JUDGING, _REASON),
    Action.RESUME: ActionSpec(Group.STEP, _REASON),
    Action.CHECK: ActionSpec(Group.STEP, (Need.RESULT,), Check),
    Action.CLOSE: ActionSpec(Group.STEP, (), Closing),
    Action.CALL_BACK: ActionSpec(Group.STEP, (Need.CALL_BACK,), CallBack),
    Action.REOPEN: ActionSpec(Group.STEP, _REASON),
    Action.KEEP_CLOSED: ActionSpec(Group.STEP, _REASON),
    Action.NOTE: ActionSpec(Group.NOTING, (Need.NOTE,)),
    Action.MERGE: ActionSpec(Group.LINKING, (Need.INTO,), Merge),
    Action.UNMERGE: ActionSpec(Group.LINKING, _REASON),
    Action.SUPERVISION_ORDER: ActionSpec(Group.ORDERING, (Need.NOTE, Need.REPLY_BY), SupervisionOrder),
    Action.REPLY: ActionSpec(Group.STEP, (Need.NOTE,)),
    Action.WITHDRAW: ActionSpec(Group.FOLLOWING, _REASON, ImportUndo),
    Action.RECOMPUTE: ActionSpec(Group.FOLLOWING, (), CalendarChange),
    Action.REVERT_RESUME: ActionSpec(Group.FOLLOWING, (), TimeRepair),
}
"""Every action there is."""


def _in_group(group: Group) -> frozenset[Action]:
    return frozenset(action for action, spec in SPECS.items() if spec.group is group)


JUDGING = _in_group(Group.JUDGING)
"""Steps on a request that was made."""
ASKING = _in_group(Group.ASKING) | {Action.RECALL}
"""Steps that ask for something, or no longer do: never what a case needs next."""
LINKING = _in_group(Group.LINKING)
"""Steps that say which cases are one matter: no case needs them next, and none moves by them."""
ORDERING = _in_group(Group.ORDERING)
"""Steps that press others to act: never what a case needs next."""


def next_steps(actions: Iterable[Action]) -> tuple[Action, ...]:
    """Of what an operator may do, what takes the case on: neither a note nor a link, nothing to be asked for, and no order to others."""
    return tuple(action for action in actions if action is not Action.NOTE and action not in ASKING | LINKING | ORDERING)
