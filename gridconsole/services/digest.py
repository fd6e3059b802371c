"""上次离开后: count what others did while an operator was away, and list the cases that most concern this operator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from gridconsole.domain.actions import Action
from gridconsole.domain.states import Result, Role, State
from gridconsole.domain.transitions import TRANSITIONS
from gridconsole.domain.views.digest import Digest, DigestLine, News
from gridconsole.domain.views.queue import QueueRow
from gridconsole.services import presence
from gridconsole.store import changes, queue
from gridconsole.store.presence import seq_before

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.services.presence import Arrival
    from gridconsole.store.engine import Transaction

MOST = 5_000
"""Most acts that are read, the newest ones: after the import of a long list the operator must not wait."""
LISTED = 60
"""Most cases in the list."""


def since_left(office: Office, actor: Actor, arrival: Arrival) -> Digest:
    """Return what other operators changed since an operator left."""
    with office.database.reading() as connection:
        return _digest(connection, office, actor, arrival.since, arrival.left_at)


def since_moment(office: Office, actor: Actor, at: datetime) -> Digest:
    """Return what other operators changed since a moment."""
    with office.database.reading() as connection:
        return _digest(connection, office, actor, seq_before(connection, office.id, at), at)


def latest(office: Office, actor: Actor) -> Digest:
    """Return what others changed since an operator was last present, as far as that is known; writes nothing."""
    with office.database.reading() as connection:
        found = presence.last_presence(connection, office, actor)
        return _digest(connection, office, actor, found.since, found.left_at)


def _digest(connection: Transaction, office: Office, actor: Actor, since: int, left_at: datetime | None) -> Digest:
    now = office.now()
    if left_at is None:
        return Digest(since=None, until=now, acts=0, cases=0, is_capped=False, counts={}, lines=())
    found = changes.by_others(connection, office.id, actor.id, since, MOST + 1)
    acts, is_capped = found[:MOST], len(found) > MOST
    by_case: dict[int, list[changes.CaseChange]] = {}
    for act in acts:
        by_case.setdefault(act.incident, []).append(act)
    news: dict[News, list[int]] = {kind: [] for kind in News}
    for key, done in by_case.items():
        for kind in {kind for act in done for kind in _news_of(act)}:
            news[kind].append(key)
    decided = [key for key, done in by_case.items() if any(act.action in (Action.GRANT, Action.REFUSE) for act in done)]
    news[News.DECIDED] = list(dict.fromkeys(a.incident for a in changes.answers(connection, actor.id, decided, left_at)))
    mine = changes.dispatched_by(connection, actor.id, news[News.REDISPATCHED])
    news[News.REDISPATCHED] = [key for key in news[News.REDISPATCHED] if key in mine]
    own_orders = changes.answered_to(connection, actor.id, news[News.REPLIED], left_at)
    news[News.REPLIED] = [key for key in news[News.REPLIED] if key in own_orders]
    news[News.OVERDUE] = list(changes.became_late(connection, office.id, left_at, now, MOST))
    lines = _lines(connection, actor, by_case, news)
    return Digest(
        since=left_at,
        until=now,
        acts=len(acts),
        cases=len(by_case),
        is_capped=is_capped,
        counts={kind: len(keys) for kind, keys in news.items()},
        lines=lines,
    )


def _news_of(act: changes.CaseChange) -> Sequence[News]:
    match act.action:
        case Action.REPORT:
            return (News.REPORTED,)
        case Action.REDISPATCH:
            return (News.REDISPATCHED,)
        case Action.SUPERVISION_ORDER:
            return (News.ORDERED,)
        case Action.REPLY:
            return (News.REPLIED,)
        case Action.SEND_BACK:
            return (News.RETURNED,)
        case Action.REOPEN:
            return (News.REOPENED,)
        case Action.GRANT if act.target == State.TO_DISPATCH and act.origin != act.target:
            return (News.RETURNED,)
        case Action.CHECK if act.result == Result.FAIL:
            return (News.FAILED,)
    # A case that was closed already when it was imported has an entry without an origin state: no news.
    return (News.CLOSED,) if act.target == State.CLOSED and act.origin not in ("", act.target) else ()


def _lines(
    connection: Transaction, actor: Actor, by_case: Mapping[int, Sequence[changes.CaseChange]], news: Mapping[News, Sequence[int]]
) -> tuple[DigestLine, ...]:  # fmt: skip
    of_case: dict[int, list[News]] = {}
    for kind in News:
        for key in news[kind]:
            of_case.setdefault(key, []).append(kind)
    touched = list(dict.fromkeys([*of_case, *by_case]))
    waiting = _waited_for(actor.roles)
    order = list(News)
    # Of more than MOST cases, those with news of a particular kind are read first, then the most recently changed.
    rows = [
        row
        for start in range(0, min(len(touched), MOST), 500)
        for row in queue.rows_by_id(connection, touched[start : start + 500])
    ]

    def rank(row: QueueRow) -> tuple[bool, bool, int, int]:
        kinds, last = of_case.get(row.id, []), by_case.get(row.id)
        own = bool({News.DECIDED, News.REPLIED, News.REDISPATCHED} & set(kinds))
        return (not own, row.state not in waiting, order.index(kinds[0]) if kinds else len(order), -(last[0].seq if last else 0))

    lines: list[DigestLine] = []
    for row in sorted(rows, key=rank)[:LISTED]:
        last = by_case.get(row.id)
        lines.append(
            DigestLine(
                row=row,
                news=tuple(of_case.get(row.id, ())),
                concerns=row.state in waiting,
                action=last[0].action if last else "",
                operator=last[0].operator if last else "",
                at=last[0].at if last else None,
            )
        )
    return tuple(lines)


def _waited_for(roles: frozenset[Role]) -> frozenset[State]:
    """Return the states in which a case waits for these roles to move it forward."""
    return frozenset(
        row.source
        for row in TRANSITIONS
        if row.source is not None and not row.source.is_final and row.target is not None and row.roles & roles
        and row.request is None and not row.by_itself and row.action is not Action.SEND_BACK
    )  # fmt: skip
