"""Actions on a case as data: the name of each, the fields it needs and sets, and the payload it carries.

An :class:`Act` is what an operator asks for: an action, words, and the payload of the action. :meth:`Act.of` builds one from the
fields of a form or a command line. :mod:`.transitions` defines who may act and which state follows.
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
    REST = "rest"
    """A case that was merged by an earlier version, and is still worked on by itself, rests from now on."""
    CLOSE_FOLLOWER = "close_follower"
    """The case closes with the case it was merged into."""
    SUPERVISION_ORDER = "urge"
    REPLY = "reply"
    RECOMPUTE = "recompute"
    """Deadlines follow a changed calendar; done together with the change of the calendar, never separately."""
    HAND_ON = "hand_on"
    """The case goes to the successor of a handler who leaves a post; done with the handover of posts, never separately."""
    MOVE_GRID = "move_grid"
    """The case lies in another grid because its grid was split, merged or transferred; done with that, never separately."""
    REVERT_RESUME = "revert_resume"
    """Suspended again: the program had resumed the case because of a wrong machine time."""


class Need(StrEnum):
    """A field that an act requires."""

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
    """Time of the inspection on site, or of the work, and its photos."""
    REPLY_BY = "reply_by"


class WaiverFlaw(StrEnum):
    """Reasons why a waiver is not valid."""

    NOT_HERE = "not_here"
    """The office does not allow waivers."""
    SAME_PERSON = "same_person"
    OUTSIDER = "outsider"
    """The second person has no role on cases."""
    HANDLER = "handler"
    """The second person handled the case."""
    NO_REASON = "no_reason"
    NEEDLESS = "needless"
    """The operator acts on one side only."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A second person's permission that an operator acts on both sides of a case, for one act (小办公室豁免).

    The second person's password is checked before; the rules only decide whether the waiver is allowed.
    """

    witness: Actor
    reason: str


@dataclass(frozen=True, slots=True)
class Lead:
    """The case to merge another into, as stored now."""

    number: str
    merged_into: str | None = None
    state: State = State.REPORTED


# --- payloads ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Payload:
    """Fields of an action besides its words. A field that was not given is None or empty."""

    def given(self) -> Iterator[tuple[Fill, object]]:
        """Yield every given field that sets a column of the case."""
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name in FILL_OF and value not in (None, ()):
                yield FILL_OF[item.name], value


P = TypeVar("P", bound=Payload)


@dataclass(frozen=True, slots=True)
class Report(Payload):
    """A report: of a new case, or of one that was finished before it was imported."""

    text: str = ""
    source: Source | None = None
    grade: Grade | None = None
    grid_id: int | None = None
    category_id: int | None = None
    rule: FilingRule | None = None
    outer_due_at: datetime | None = None
    """Deadline that the system sets from which the report comes."""
    reporter_id: int | None = None
    """Key of the person on the roster who reports."""


@dataclass(frozen=True, slots=True)
class Placement(Payload):
    """Grid, category and grade of a matter."""

    grid_id: int | None = None
    category_id: int | None = None
    grade: Grade | None = None


@dataclass(frozen=True, slots=True)
class GridMove(Placement):
    """The grid that a case lies in after its own was changed, and the number of that change."""

    grid_change: int | None = None


@dataclass(frozen=True, slots=True)
class Filing(Placement):
    """A placement with the filing rule (condition) of the case."""

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
class Feedback(Payload):
    """A handler's feedback: when the matter was done on site, if not now, and photos."""

    look: Look | None = None


@dataclass(frozen=True, slots=True)
class Assignment(Payload):
    """The person to send; reasons that exclude them are read in the transaction of the act."""

    assignee: AssigneeCandidate | None = None


@dataclass(frozen=True, slots=True)
class Dispatch(Payload):
    """The handler of a case, and the helpers."""

    handler: Handler | None = None
    cooperating: tuple[Handler, ...] = ()


@dataclass(frozen=True, slots=True)
class HandOn(Dispatch):
    """The successor of a handler who leaves a post, and the number of the handover of posts."""

    handover: int | None = None


@dataclass(frozen=True, slots=True)
class Extension(Payload):
    """Additional time requested; None requests the whole limit once more."""

    amount: Limit | None = None


@dataclass(frozen=True, slots=True)
class Suspension(Payload):
    """The office's day on which the case resumes."""

    until: date | None = None


@dataclass(frozen=True, slots=True)
class Retype(Payload):
    """The filing rule that is to replace the present one."""

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
    """A call to the resident who reported a case; the reason for dissatisfaction is the act's ``reason``."""

    reached: bool
    solved: Solved | None = None
    """None if the resident was not reached; the same holds for ``satisfaction``."""
    satisfaction: Satisfaction | None = None

    @property
    def is_dissatisfied(self) -> bool:
        """Return whether the shift leader has to decide on reopening."""
        return self.satisfaction is Satisfaction.DISSATISFIED or self.solved is Solved.NO

    def facts(self) -> dict[str, str | bool]:
        """Return the answers as the ledger stores them."""
        answers = {"solved": self.solved, "satisfaction": self.satisfaction}
        return {"reached": self.reached, **{name: answer.value for name, answer in answers.items() if answer is not None}}


@dataclass(frozen=True, slots=True)
class Merge(Payload):
    """The case to merge into; its state is read in the transaction of the act."""

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
class ListNote(Payload):
    """News of an imported list about a case besides the text of the note."""

    outer_due_at: datetime | None = None
    """Deadline that the list's system sets; None: as before."""
    takes_back: bool = False
    """True if the deadline is the one before an import that is undone; None is then none."""


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
"""The column of the case that each payload field sets."""


# --- acts -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Act:
    """An action that an operator asks for; built by :meth:`of`."""

    action: Action
    note: str = ""
    reason: str = ""
    payload: Payload | None = None
    """An instance of the type given in the action's :class:`ActionSpec`; None if the action has none."""
    untaken: tuple[Fill, ...] = ()
    """Given fields that the action does not accept. They cause the whole act to be refused."""
    waiver: Waiver | None = None
    """Used only if no other operator is available to act on the other side."""
    expected_version: int | None = None
    """The version that the operator saw; None accepts any version."""

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
        """Build an act from the fields of a form or a command line; None and empty values count as not given.

        Fields that the action does not accept go to ``untaken``. The act is refused for them later, after more important checks.

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
        """Return the payload if it has the given type, otherwise None."""
        return self.payload if isinstance(self.payload, kind) else None

    def field(self, name: str) -> Any:
        """Return a field of the payload; None if there is no such field."""
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
        """Return the result of an inspection or a first opinion; None if the action has none."""
        found = self.field("result")
        return found if isinstance(found, Result) else None

    def fills(self) -> Iterator[Fill]:
        """Yield the columns of the case that the act sets, including those it may not set."""
        yield from self.untaken
        if isinstance(self.payload, CallBack):
            yield Fill.CALL_BACK
        elif self.payload is not None:
            yield from (fill for fill, _ in self.payload.given())


# --- the actions ------------------------------------------------------------------------------------------------


class Group(StrEnum):
    """Kind of an action, independent of the step it takes."""

    CREATING = "creating"
    """The first entry of a case."""
    STEP = "step"
    """Moves the case forward."""
    ASKING = "asking"
    """Makes a request that others decide; the state stays."""
    JUDGING = "judging"
    """A step on a request."""
    LINKING = "linking"
    """Records which cases are one matter: never the next step of a case, and the state stays."""
    ORDERING = "ordering"
    """Orders others to act: never the next step of a case."""
    NOTING = "noting"
    """Adds words and nothing else: never the next step of a case, and it answers no alarm."""
    FOLLOWING = "following"
    """Results from something else (an undone import, another calendar, a repaired time) and is never chosen by itself."""


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """Properties of an action that hold wherever it is used."""

    group: Group
    needs: tuple[Need, ...] = ()
    """Required fields, in the order in which missing ones are reported."""
    payload: type[Payload] | None = None
    request: RequestKind | None = None
    """Kind of request it makes."""

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
    Action.FEEDBACK: ActionSpec(Group.STEP, (Need.NOTE,), Feedback),
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
    Action.NOTE: ActionSpec(Group.NOTING, (Need.NOTE,), ListNote),
    Action.MERGE: ActionSpec(Group.LINKING, (Need.INTO,), Merge),
    Action.UNMERGE: ActionSpec(Group.LINKING, _REASON),
    Action.REST: ActionSpec(Group.LINKING, (), Merge),
    Action.CLOSE_FOLLOWER: ActionSpec(Group.FOLLOWING, (), Closing),
    Action.SUPERVISION_ORDER: ActionSpec(Group.ORDERING, (Need.NOTE, Need.REPLY_BY), SupervisionOrder),
    Action.REPLY: ActionSpec(Group.STEP, (Need.NOTE,)),
    Action.WITHDRAW: ActionSpec(Group.FOLLOWING, _REASON, ImportUndo),
    Action.RECOMPUTE: ActionSpec(Group.FOLLOWING, (), CalendarChange),
    Action.HAND_ON: ActionSpec(Group.FOLLOWING, (Need.HANDLER, Need.REASON), HandOn),
    Action.MOVE_GRID: ActionSpec(Group.FOLLOWING, (Need.GRID, Need.REASON), GridMove),
    Action.REVERT_RESUME: ActionSpec(Group.FOLLOWING, (), TimeRepair),
}
"""All actions."""


def _in_group(group: Group) -> frozenset[Action]:
    return frozenset(action for action, spec in SPECS.items() if spec.group is group)


JUDGING = _in_group(Group.JUDGING)
"""Steps on a request."""
ASKING = _in_group(Group.ASKING) | {Action.RECALL}
"""Steps that make a request or withdraw it: never the next step of a case."""
LINKING = _in_group(Group.LINKING)
"""Steps that record which cases are one matter: never the next step of a case, and the state stays."""
ORDERING = _in_group(Group.ORDERING)
"""Steps that order others to act: never the next step of a case."""
NOTING = _in_group(Group.NOTING)
"""Steps that add words and nothing else: never the next step of a case, and they answer no alarm."""


TOGETHER = (
    Action.ACCEPT,
    Action.FILE,
    Action.DISPATCH,
    Action.CLOSE,
    Action.FIRST_OPINION,
    Action.GRANT,
    Action.REPLY,
    Action.NOTE,
    Action.MERGE,
    Action.REST,
)
"""Acts that may be done on several cases: no judgement of what was seen on site, and no call, which belong to one case each."""


def next_steps(actions: Iterable[Action]) -> tuple[Action, ...]:
    """Return those of an operator's actions that move the case forward: no notes, links, requests or orders."""
    return tuple(action for action in actions if action not in ASKING | LINKING | ORDERING | NOTING)
