"""Messages with which workers hand their results to the application and its screens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from textual.message import Message

from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.views.queue import QueueRow
from gridconsole.services import aliases, own_work, privacy
from gridconsole.store import changes, ledger, presence, queue, searching
from gridconsole.store.case_conditions import Conditions

if TYPE_CHECKING:
    from gridconsole.domain.actions import Action
    from gridconsole.domain.parties import Actor
    from gridconsole.domain.ranking import Ranking
    from gridconsole.domain.turns import Waiting
    from gridconsole.services import case_queries, casework
    from gridconsole.services.escalation import Reminder
    from gridconsole.services.first_steps import FirstSteps
    from gridconsole.services.office import Office
    from gridconsole.services.situation import Situation

QUEUE_LIMIT = 5_000
"""Most pressing open cases held on screen; the counters count all of them."""
FIRST_LIMIT = 100
"""Cases that the first frame shows at once; the rest follows when it is read."""
DONE_LIMIT = 500
CALLS_LIMIT = 500
"""Call-backs held on screen, those closed first; the counter counts all of them."""
FOUND_LIMIT = 500
"""Most cases that a search of the queue asks the index for."""
DELTA_LIMIT = 300
"""Changed cases up to which only changes are loaded; with more (an import), everything is."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """The operator for whom changes count as unread."""

    operator: int
    since: int
    """Ledger number up to which this operator was present before signing in."""


@dataclass(frozen=True, slots=True)
class QueueRequest:
    """Input of a worker that loads the queue, captured on the screen's thread."""

    since: int | None
    """Ledger number the screen has seen; None loads everything."""
    closed_since: datetime
    limit: int = QUEUE_LIMIT
    viewer: Viewer | None = None
    actor: Actor | None = None
    """The operator for whom the next steps are looked for."""


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """Result of a worker that loads the queue."""

    rows: tuple[QueueRow, ...]
    whole: bool
    """True for all rows, False for changed rows only."""
    seen: int
    counters: queue.Counters
    at: datetime
    viewer: Viewer | None = None
    unread: frozenset[int] = frozenset()
    """Keys of open cases that are unread for the viewer: among all, or among those that changed."""
    actor: Actor | None = None
    steps: Mapping[int, Action] = field(default_factory=dict)
    """The step that each case waits for from the actor, by key; among all rows, or among those that changed."""


def load_queue(office: Office, request: QueueRequest) -> QueueFacts:
    """Return the queue, or its changes, from one snapshot."""
    now, viewer, actor = office.now(), request.viewer, request.actor

    def steps(rows: tuple[QueueRow, ...]) -> dict[int, Action]:
        return own_work.own_steps(connection, office, actor, rows) if actor is not None else {}

    with office.database.reading() as connection:
        seen = ledger.last_seq(connection, office.id)
        counters = queue.counters(connection, office.id, now, office.midnight())
        if request.since is not None:
            changed = changes.changed_incidents(connection, office.id, request.since, DELTA_LIMIT + 1)
            if len(changed) <= DELTA_LIMIT:
                theirs = presence.changed_by_others(connection, viewer.operator, changed) if viewer else frozenset()
                rows = queue.rows_by_id(connection, changed)
                return QueueFacts(
                    rows=rows,
                    whole=False,
                    seen=seen,
                    counters=counters,
                    at=now,
                    viewer=viewer,
                    unread=theirs,
                    actor=actor,
                    steps=steps(rows),
                )
        is_first = request.limit < QUEUE_LIMIT
        # The first frame shows what is the operator's to do; the rest follows.
        states = own_work.own_states(actor) if actor is not None and is_first else ()
        rows = queue.open_queue(connection, office.id, request.limit, states)
        unread = presence.unread(connection, office.id, viewer.operator, viewer.since) if viewer else frozenset()
        if is_first:
            return QueueFacts(
                rows=rows, whole=True, seen=seen, counters=counters, at=now, viewer=viewer, unread=unread, actor=actor,
                steps=steps(rows),
            )  # fmt: skip
        done = queue.recently_closed(connection, office.id, request.closed_since, DONE_LIMIT)
        calls = queue.to_call(connection, office.id, CALLS_LIMIT)
        rows = (*rows, *queue.owed(connection, office.id, CALLS_LIMIT), *calls, *done)
        return QueueFacts(
            rows=rows,
            whole=True,
            seen=seen,
            counters=counters,
            at=now,
            viewer=viewer,
            unread=unread,
            actor=actor,
            steps=steps(rows),
        )


class QueueLoaded(Message):
    """The queue arrived."""

    def __init__(self, facts: QueueFacts) -> None:
        super().__init__()
        self.facts = facts


def search_queue(office: Office, words: str, actor: Actor | None, *, open_only: bool = True) -> tuple[QueueRow, ...]:
    """Return the cases that the index finds by words, the newest :data:`FOUND_LIMIT`."""
    names, among = privacy.may_unmask(office, actor), Conditions(open_only=open_only)
    with office.database.reading() as connection:
        wanted = searching.Search(words, names=names, among=among, synonyms=aliases.synonyms(connection))
        return searching.search(connection, office.id, wanted, FOUND_LIMIT)


class QueueSearched(Message):
    """The index answered a search of the queue."""

    def __init__(self, words: str, rows: tuple[QueueRow, ...], closed: tuple[QueueRow, ...] = (), *, is_all: bool = True) -> None:
        """Args:
        closed: closed cases that the words find, newest first.
        is_all: the search did not stop at its limit.
        """
        super().__init__()
        self.words, self.rows, self.closed, self.is_all = words, rows, closed, is_all


class LoadFailed(Message):
    """Loading failed; what is on screen stays, marked stale."""

    def __init__(self, error: GridConsoleError) -> None:
        super().__init__()
        self.error = error


class CaseLoaded(Message):
    """A case arrived."""

    def __init__(self, number: str, view: case_queries.CaseView) -> None:
        super().__init__()
        self.number, self.view = number, view


class HandlersRanked(Message):
    """The handlers of a case were ranked."""

    def __init__(self, number: str, ranking: Ranking) -> None:
        super().__init__()
        self.number, self.ranking = number, ranking


class AlarmsRead(Message):
    """An operator's alarms were read."""

    def __init__(self, actor: Actor, reminders: tuple[Reminder, ...]) -> None:
        super().__init__()
        self.actor, self.reminders = actor, reminders


class AlarmsLoaded(Message):
    """The application has new alarms."""


class Written(Message):
    """An act was carried out."""

    def __init__(self, receipt: casework.Receipt | None) -> None:
        super().__init__()
        self.receipt = receipt


class NotWritten(Message):
    """An act was refused; nothing changed."""

    def __init__(self, error: GridConsoleError) -> None:
        super().__init__()
        self.error = error


class SendingChanged(Message):
    """Acts on cases are on their way to the database, or have arrived."""


class WriteEnded(Message):
    """A write has ended."""

    def __init__(self, about: Mapping[str, Action], unclaimed: Written | NotWritten | None) -> None:
        """Args:
        about: the act on each case, by number.
        unclaimed: the result, if the form that asked was left meanwhile.
        """
        super().__init__()
        self.about, self.unclaimed = about, unclaimed


class Changed(Message):
    """The database, or the operator at this console, has changed."""


class Swept(Message):
    """A sweep has done what had fallen due."""


class SignedIn(Message):
    """An operator is signed in, and their read marks are known."""


class UnreadKnown(Message):
    """The unread cases of an operator were read again: another terminal of the same operator may have opened some."""

    def __init__(self, viewer: Viewer, unread: frozenset[int], seen: int, kept: int | None = None) -> None:
        super().__init__()
        self.viewer, self.unread, self.seen = viewer, unread, seen
        self.kept = kept
        """Ledger entry up to which the operator's presence was stored; None if it was not."""


Operation = Callable[[], "casework.Receipt | None"]


class WriteWaits(Message, bubble=False):
    """A write waits for another terminal; None once it no longer waits. The application passes it to its screens."""

    def __init__(self, waiting: Waiting | None) -> None:
        super().__init__()
        self.waiting = waiting


class FirstStepsRead(Message):
    """It was read how far a new office is."""

    def __init__(self, found: FirstSteps) -> None:
        super().__init__()
        self.found = found


class NewOffice(Message):
    """The office has no case yet, and lacks lists that cases need."""


class SituationRead(Message):
    """The office as it is now was read."""

    def __init__(self, found: Situation) -> None:
        super().__init__()
        self.found = found


def without_receipt(act: Callable[[], object]) -> Operation:
    """Return a write that has no receipt."""

    def carry_out() -> None:
        act()

    return carry_out
