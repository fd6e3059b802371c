"""Complete the payload of an act inside its transaction, with the data as it is now, not as the operator saw it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gridconsole.domain.actions import Act, Assignment, Check, Feedback, Filing, Lead, Merge, Payload, Verification
from gridconsole.domain.catalogue import strictest
from gridconsole.domain.codes import AssigneeKind
from gridconsole.domain.errors import UnknownAssignee
from gridconsole.domain.text import clean_line, clean_text
from gridconsole.services import case_queries, tasks
from gridconsole.store import cases, catalogue

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

MOST_INSTEAD = 4
"""Most names of other inspectors that a refusal to assign one suggests."""


def prepared(connection: Transaction, office: Office, loaded: cases.LoadedCase, act: Act) -> Act:
    """Return an act with clean texts and with the present data of the case or person that it names.

    Raises:
        UnknownAssignee: the person to inspect does not exist any more.
        UnknownIncident: the case to merge into does not exist.
    """
    act = with_clean_texts(act)
    prepare = _PREPARERS.get(type(act.payload)) if act.payload is not None else None
    return act if prepare is None else replace(act, payload=prepare(connection, office, loaded, act.payload))


def with_clean_texts(act: Act) -> Act:
    """Return an act with its texts as the ledger stores them."""
    waiver = replace(act.waiver, reason=clean_text(act.waiver.reason)) if act.waiver is not None else None
    return replace(act, note=clean_text(act.note), reason=clean_text(act.reason), waiver=waiver)


def _filing(connection: Transaction, office: Office, loaded: cases.LoadedCase, filing: Filing) -> Filing:  # noqa: ARG001  as all of them
    """Use the category's strictest filing rule if none was chosen, so that a resident never waits longer because of that."""
    case = loaded.case
    category = filing.category_id or case.category_id
    is_kept = case.rule is not None and case.rule.category_id == category
    if filing.rule is not None or category is None or is_kept:
        return filing
    return replace(filing, rule=strictest(catalogue.rules(connection, category)))


def _merge(connection: Transaction, office: Office, loaded: cases.LoadedCase, merge: Merge) -> Merge:
    number = merge.into.number if merge.into is not None else loaded.case.merged_into
    if number is None:
        return merge
    lead = case_queries.load_case(connection, office, number).case
    return replace(merge, into=Lead(lead.number, lead.merged_into, lead.state))


def _assignment(connection: Transaction, office: Office, loaded: cases.LoadedCase, sent: Assignment) -> Assignment:
    if sent.assignee is None:
        return sent
    who = sent.assignee.who
    everybody = tasks.judged(connection, office, loaded, also=who.id if who.kind is AssigneeKind.WARDEN else None)
    found = next((one for one, _ in everybody if one.who.is_same(who)), None)
    if found is None:
        raise UnknownAssignee(word=who.name, near=[])
    instead = [one.who.name for one, flaw in everybody if flaw is None and tasks.is_near(one, flaw)]
    return replace(sent, assignee=replace(found, instead=tuple(instead[:MOST_INSTEAD])))


def _inspection(
    connection: Transaction,  # noqa: ARG001  as all of them
    office: Office,  # noqa: ARG001
    loaded: cases.LoadedCase,  # noqa: ARG001
    found: Verification | Check | Feedback,
) -> Verification | Check | Feedback:
    if found.look is None:
        return found
    names = dict.fromkeys(clean_line(name) for name in found.look.photos)
    return replace(found, look=replace(found.look, photos=tuple(names)))


_PREPARERS: Mapping[type[Payload], Callable[..., Any]] = {
    Filing: _filing,
    Merge: _merge,
    Assignment: _assignment,
    Verification: _inspection,
    Check: _inspection,
    Feedback: _inspection,
}
