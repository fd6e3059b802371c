"""incident new, list, show, act: the scriptable door."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import pairs, state
from gridconsole.cli.options import Json, Unmask, WhyUnmask, check_unmask, command
from gridconsole.cli.typed import line_or
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.domain.case import Act, CallBack, Waiver
    from gridconsole.domain.catalogue import FilingRule, Limit
    from gridconsole.domain.workflow import Action
    from gridconsole.services.case_queries import CaseView
    from gridconsole.services.casework import Receipt
    from gridconsole.services.desk import Desk
    from gridconsole.store.queue import QueueRow
    from gridconsole.store.requests import Line
    from gridconsole.store.tasks import Line as Task

SHOWN_ROWS, ALL_ROWS = 200, 10_000_000
"""How many cases a list shows a person, and a program, that set no limit."""


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(**command("new", "incident.new"))(new)
    app.command(**command("list", "incident.list"))(list_)
    app.command(**command("show", "incident.show"))(show)
    app.command(**command("act", "incident.act"))(act)
    pairs.add(app)


def new(
    text: Annotated[str, typer.Option("--text", help=t("cli.incident.text"))],
    category: Annotated[str | None, typer.Option("--category", help=t("cli.incident.category"), show_default=False)] = None,
    grid: Annotated[str | None, typer.Option("--grid", help=t("cli.incident.grid"), show_default=False)] = None,
    address: Annotated[str, typer.Option("--address", help=t("cli.incident.address"), show_default=False)] = "",
    source: Annotated[str, typer.Option("--source", help=t("cli.incident.source"))] = "public",
    grade: Annotated[str, typer.Option("--grade", help=t("cli.incident.grade"))] = "ordinary",
    reporter: Annotated[str, typer.Option("--reporter", help=t("cli.incident.reporter"), show_default=False)] = "",
    phone: Annotated[str, typer.Option("--phone", help=t("cli.incident.phone"), show_default=False)] = "",
    request_id: Annotated[str | None, typer.Option("--request-id", help=t("cli.incident.request_id"), show_default=False)] = None,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.workflow import Action, Grade, Source
    from gridconsole.services import casework, lookup

    known_source = state.parse_word(Source, source, "source")
    known_grade = state.parse_word(Grade, grade, "grade")
    # The text last: it may have many lines, and takes what is left of standard input.
    name, caller = line_or(reporter, "reporter", Action.REPORT), line_or(phone, "phone", Action.REPORT)
    said = sys.stdin.read() if text == "-" else text
    with state.open_office(sweep=True) as desk:
        actor = state.operator(desk)
        place = lookup.find_grid(desk, grid) if grid else None
        kind = lookup.find_category(desk, category) if category else None
        report = casework.NewReport(
            said, known_source, known_grade, place.id if place else None, place.area_id if place else None,
            kind.id if kind else None, address, name, caller,
        )  # fmt: skip
        _print_receipt(desk, casework.intake(desk, actor, report, request_id), Action.REPORT, as_json)


def list_(
    states: Annotated[list[str] | None, typer.Option("--state", help=t("cli.incident.state"), show_default=False)] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help=t("cli.incident.overdue"))] = False,
    everything: Annotated[bool, typer.Option("--all", help=t("cli.incident.all"))] = False,
    search: Annotated[str, typer.Option("--search", help=t("cli.incident.search"), show_default=False)] = "",
    limit: Annotated[int | None, typer.Option("--limit", min=1, help=t("cli.incident.limit"), show_default=False)] = None,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.workflow import State
    from gridconsole.store import queue

    wanted = tuple(state.parse_word(State, word, "state") for word in states or ())
    with state.look_into_office(sweep=True) as desk:
        now = desk.now()
        conditions = queue.Search(wanted, search, now if overdue else None, open_only=not everything and not wanted)
        with desk.database.reading() as connection:
            rows = queue.search(connection, desk.office.id, conditions, limit or (ALL_ROWS if as_json else SHOWN_ROWS))
        if as_json:
            state.print_json([_line(desk, row) for row in rows])
            return
        _print_rows(desk, rows)
        if limit is None and len(rows) == SHOWN_ROWS:
            print(t("cli.incident.first", count=SHOWN_ROWS), file=sys.stderr)


def show(
    number: Annotated[str, typer.Argument(metavar=t("cli.meta.number"), help=t("cli.incident.number"))],
    unmask: Unmask = False,
    reason: WhyUnmask = "",
    as_json: Json = False,
) -> None:
    from gridconsole.services import case_queries, privacy

    check_unmask(unmask, reason)
    with state.open_office(sweep=True) as desk:
        # Who looks is asked first: nobody who is not logged in learns which cases there are.
        if unmask:
            caller = state.operator(desk, default="acceptor")
            view = privacy.unmask(desk, caller, case_queries.find_number(desk, number), reason)
            print(t("cli.unmasked"), file=sys.stderr)
        else:
            looker = state.operator_or_none(desk)
            view = case_queries.view(desk, case_queries.find_number(desk, number), looker)
        if as_json:
            state.print_json(_case(desk, view))
            return
        _print_case(desk, view)


def act(
    number: Annotated[str, typer.Argument(metavar=t("cli.meta.number"), help=t("cli.incident.number"))],
    action: Annotated[str, typer.Argument(metavar=t("cli.meta.action"), help=t("cli.incident.action"))],
    to: Annotated[str | None, typer.Option("--to", help=t("cli.incident.to"), show_default=False)] = None,
    note: Annotated[str, typer.Option("--note", help=t("cli.incident.note"), show_default=False)] = "",
    reason: Annotated[str, typer.Option("--reason", help=t("cli.incident.reason"), show_default=False)] = "",
    result: Annotated[str | None, typer.Option("--result", help=t("cli.incident.result"), show_default=False)] = None,
    outcome: Annotated[str | None, typer.Option("--outcome", help=t("cli.incident.outcome"), show_default=False)] = None,
    grid: Annotated[str | None, typer.Option("--grid", help=t("cli.incident.grid"), show_default=False)] = None,
    category: Annotated[str | None, typer.Option("--category", help=t("cli.incident.category"), show_default=False)] = None,
    rule: Annotated[int | None, typer.Option("--rule", min=1, help=t("cli.incident.rule"), show_default=False)] = None,
    grade: Annotated[str | None, typer.Option("--grade", help=t("cli.incident.grade"), show_default=False)] = None,
    amount: Annotated[str | None, typer.Option("--amount", help=t("cli.incident.amount"), show_default=False)] = None,
    until: Annotated[str | None, typer.Option("--until", help=t("cli.incident.until"), show_default=False)] = None,
    into: Annotated[str | None, typer.Option("--into", help=t("cli.incident.into"), show_default=False)] = None,
    reached: Annotated[bool, typer.Option("--reached", help=t("cli.incident.reached"))] = False,
    unreached: Annotated[bool, typer.Option("--unreached", help=t("cli.incident.unreached"))] = False,
    solved: Annotated[str | None, typer.Option("--solved", help=t("cli.incident.solved"), show_default=False)] = None,
    satisfaction: Annotated[
        str | None, typer.Option("--satisfaction", help=t("cli.incident.satisfaction"), show_default=False)
    ] = None,
    looked_at: Annotated[str | None, typer.Option("--looked-at", help=t("cli.incident.looked_at"), show_default=False)] = None,
    photos: Annotated[list[str] | None, typer.Option("--photo", help=t("cli.incident.photo"), show_default=False)] = None,
    reply_by: Annotated[str | None, typer.Option("--reply-by", help=t("cli.incident.reply_by"), show_default=False)] = None,
    helpers: Annotated[list[str] | None, typer.Option("--with", help=t("cli.incident.with"), show_default=False)] = None,
    waiver_by: Annotated[str | None, typer.Option("--waiver-by", help=t("cli.incident.waiver_by"), show_default=False)] = None,
    waiver_reason: Annotated[str, typer.Option("--waiver-reason", help=t("cli.incident.waiver_reason"), show_default=False)] = "",
    expected: Annotated[int | None, typer.Option("--version", help=t("cli.incident.version"), show_default=False)] = None,
    request_id: Annotated[str | None, typer.Option("--request-id", help=t("cli.incident.request_id"), show_default=False)] = None,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.case import Act, Lead
    from gridconsole.domain.workflow import Action, Grade, Outcome
    from gridconsole.services import case_queries, casework, handlers, lookup, tasks

    known = _action(action)
    is_task = known is Action.SEND
    found_result = _result(known, result)
    found_outcome = state.parse_word(Outcome, outcome, "outcome") if outcome else None
    found_grade = state.parse_word(Grade, grade, "grade") if grade else None
    call = _call_back(reached, unreached, solved, satisfaction)
    with state.open_office(sweep=True) as desk:
        actor = state.operator(desk)
        full = case_queries.find_number(desk, number)
        place = lookup.find_grid(desk, grid) if grid else None
        kind = lookup.find_category(desk, category) if category else None
        wish = Act(
            known, note, reason, found_result, found_outcome, handlers.find_handler(desk, to, full) if to and not is_task else None,
            tuple(handlers.find_handler(desk, word, full) for word in helpers or ()), place.id if place else None,
            kind.id if kind else None, _rule(desk, full, kind.id if kind else None, rule), found_grade,
            amount=_amount(amount), until=state.parse_day(until, desk), into=Lead(case_queries.find_number(desk, into)) if into else None, call_back=call,
            assignee=tasks.find_assignee(desk, to, full) if to and is_task else None,
            look=tasks.look_of(state.parse_moment(looked_at, desk), photos or ()),
            reply_by=state.parse_moment(reply_by, desk, to_the_hour=True), waiver=_waiver(desk, waiver_by, waiver_reason), expected_version=expected,
        )  # fmt: skip
        if known is Action.RETYPE and wish.rule is None:
            _print_rules(desk, full, wish.category_id)
        receipt = casework.act_on(desk, actor, full, wish, request_id)
        _print_default_rule(desk, full, wish)
        _print_receipt(desk, receipt, known, as_json)


def _waiver(desk: Desk, name: str | None, reason: str) -> Waiver | None:
    """A second person's word, by the own password: typed unseen, or in the file a script names."""
    from gridconsole.cli.secrets import Asked, password_in
    from gridconsole.domain.case import Waiver
    from gridconsole.services import sessions

    if name is None:
        return None
    if desk.is_demo:
        return Waiver(sessions.witness(desk, name, ""), reason)
    file = os.environ.get("GRIDCONSOLE_WAIVER_PASSWORD_FILE")
    password = password_in(Path(file)) if file else Asked(from_stdin=False).present(name)
    return Waiver(sessions.witness(desk, name, password), reason)


def _action(text: str) -> Action:
    """An action by its code or name; 延期 is as good as 申请延期, and 申诉 as 超时申诉."""
    from gridconsole.domain.workflow import Action

    return state.parse_word(Action, text, "action")


def _amount(text: str | None) -> Limit | None:
    """A stretch of time as an office writes it: ``4工作时``, ``3个工作日``."""
    from gridconsole.domain.errors import BadValue
    from gridconsole.domain.spoken import ValueProblem, one_limit

    if text is None:
        return None
    try:
        return one_limit(text)
    except ValueProblem as problem:
        raise BadValue(what="amount", value=text, expected="amount") from problem


def _result(action: Any, text: str | None) -> Any:
    """A result by its code or name; yes and no mean the action's own two."""
    from gridconsole.domain.workflow import results_of
    from gridconsole.language import vocabulary

    if text is None:
        return None
    choices = results_of(action)
    agreed = vocabulary.AGREED.get(vocabulary.plain(text))
    found = vocabulary.find(choices, text)
    if found is None and agreed is not None and len(choices) == 2:
        return choices[0] if agreed else choices[1]
    return found or vocabulary.parse(choices, text, "result")


def _call_back(reached: bool, unreached: bool, solved: str | None, satisfaction: str | None) -> CallBack | None:
    """What a call came to; answers without saying whether anybody was reached are of a call that reached somebody."""
    from gridconsole.domain.case import CallBack
    from gridconsole.domain.errors import BadValue
    from gridconsole.domain.workflow import Satisfaction, Solved

    if reached and unreached:
        raise BadValue(what="option", value="--reached --unreached", expected="reached_or_not")
    if not (reached or unreached or solved or satisfaction):
        return None
    return CallBack(
        not unreached,
        state.parse_word(Solved, solved, "solved") if solved else None,
        state.parse_word(Satisfaction, satisfaction, "satisfaction") if satisfaction else None,
    )


def _rule(desk: Desk, number: str, category_id: int | None, position: int | None) -> FilingRule | None:
    from gridconsole.domain.errors import BadValue
    from gridconsole.services import case_queries

    if position is None:
        return None
    category = category_id or case_queries.category_of(desk, number)
    rules = case_queries.rules_of(desk, category) if category else ()
    if position > len(rules):
        raise BadValue(what="rule", value=position, expected="rule")
    return rules[position - 1]


def _print_rules(desk: Desk, number: str, category_id: int | None) -> None:
    """The conditions one may choose among, with the numbers to choose them by."""
    from gridconsole.domain.text import printable
    from gridconsole.language.wording import limit_text
    from gridconsole.services import case_queries

    category = category_id or case_queries.category_of(desk, number)
    for position, rule in enumerate(case_queries.rules_of(desk, category) if category else (), 1):
        condition = printable(rule.condition).replace("\n", " ")
        print(f"  --rule {position}  {condition}  {limit_text(rule.limit)}", file=sys.stderr)


def _print_default_rule(desk: Desk, number: str, wish: Act) -> None:
    """Filing without a chosen condition takes the strictest; say which, so nobody is surprised by the clock."""
    from gridconsole.domain.catalogue import strictest
    from gridconsole.domain.workflow import Action
    from gridconsole.language.wording import limit_text
    from gridconsole.services import case_queries

    if wish.action is not Action.FILE or wish.rule is not None:
        return
    category = wish.category_id or case_queries.category_of(desk, number)
    rules = tuple(case_queries.rules_of(desk, category)) if category else ()
    rule = strictest(rules)
    if rule is not None and len(rules) > 1:
        print(t("cli.incident.default_rule", condition=rule.condition, limit=limit_text(rule.limit)), file=sys.stderr)


def _print_receipt(desk: Desk, receipt: Receipt, done: Action, as_json: bool) -> None:
    from gridconsole.language.wording import local_text

    if receipt.waiting:
        print(t("link.waiting", count=len(receipt.waiting), numbers=receipt.waiting), file=sys.stderr)
    if as_json:
        state.print_json({"number": receipt.number, "state": receipt.state.value, "version": receipt.version,
                          "due_at": state.iso(receipt.due_at, desk)})  # fmt: skip
        return
    due = f" {t('cli.due', at=local_text(receipt.due_at, desk.calendar))}" if receipt.due_at else ""
    print(f"{t('cli.done', number=receipt.number, action=done, state=receipt.state)}{due}")


def _line(desk: Desk, row: QueueRow, *, masked: bool = True) -> dict[str, Any]:
    now = desk.now()
    return {
        "number": row.number,
        "state": row.state.value,
        "category": row.category or None,
        "category_code": row.category_code or None,
        "grid": row.grid_code or None,
        "grid_name": row.grid_name or None,
        "area": row.area_name or None,
        "handler": row.handler or None,
        "source": row.source.value,
        "grade": row.grade.value,
        "address": _masked(row.address) if masked else row.address,
        "summary": _masked(row.summary) if masked else row.summary,
        "reported_at": state.iso(row.reported_at, desk),
        "due_at": state.iso(row.due_at, desk),
        "due_stage": row.due_stage.value if row.due_stage else None,
        "provisional": row.provisional,
        "overdue": row.is_overdue(now),
        "closed_at": state.iso(row.closed_at, desk),
        "outcome": row.outcome.value if row.outcome else None,
        "version": row.version,
        "rework": row.rework_total,
        "redispatched": row.redispatch_count,
        "returned": row.return_count,
        "reopened": row.reopen_count,
        "call_back": row.call_back.value if row.call_back else None,
    }


def _masked(text: str) -> str:
    from gridconsole.domain.text import mask_text

    return mask_text(text)


def _case(desk: Desk, view: CaseView) -> dict[str, Any]:
    detail = view.detail
    return {
        **_line(desk, detail.row, masked=view.is_masked),
        "text": detail.text,
        "reporter": detail.reporter,
        "phone": detail.phone,
        "standard": detail.standard or None,
        "condition": detail.condition or None,
        "timeline": [
            {"at": state.iso(entry.at, desk), "operator": entry.operator, "action": entry.action, "from": entry.facts.get("from"),
             "to": entry.facts.get("to") or entry.facts.get("state"),
             "note": entry.personal.get("note") or entry.personal.get("reason") or "",
             "result": entry.facts.get("result"), "waived_by": entry.facts.get("waived_by"), "handler": entry.facts.get("handler"),
             "into": entry.facts.get("merged_into"), "door": entry.origin}
            for entry in view.timeline
        ],
        "requests": [_request(desk, line, masked=view.is_masked) for line in view.requests],
        "calls": [
            {"at": state.iso(call.at, desk), "by": call.called_by, "reached": call.reached,
             "solved": call.solved.value if call.solved else None,
             "satisfaction": call.satisfaction.value if call.satisfaction else None, "reason": call.reason}
            for call in view.calls
        ],
        "tasks": [task_of(desk, task) for task in view.tasks],
        "orders": [
            {"requirement": order.requirement, "by": order.ordered_by, "at": state.iso(order.ordered_at, desk),
             "reply_by": state.iso(order.reply_by, desk), "reply": order.reply or None, "replied_by": order.replied_by or None,
             "replied_at": state.iso(order.replied_at, desk)}
            for order in view.orders
        ],
        "suspended_until": view.suspended_until.isoformat() if view.suspended_until else None,
        "merged_into": view.merged_into,
        "merged": [
            {"number": case.number, "state": case.state.value, "reporter": case.reporter, "phone": case.phone,
             "reported_at": state.iso(case.reported_at, desk)}
            for case in view.merged
        ],
        "links": [
            {"number": link.number, "verdict": link.verdict.value, "operator": link.operator, "at": state.iso(link.at, desk)}
            for link in view.links
        ],
        "retired": list(view.retired),
        "derivation": derivation_of(view),
        "actions": [action.value for action in view.actions],
        "need_waiver": [action.value for action in view.waivable],
        "rules": [rule.condition for rule in _rules_shown(desk, view)],
    }  # fmt: skip


def _request(desk: Desk, line: Line, *, masked: bool = True) -> dict[str, Any]:
    return {"kind": line.kind.value, "handler": line.handler, "asked_at": state.iso(line.asked_at, desk), "asked_by": line.asked_by,
            "reason": _masked(line.reason) if masked else line.reason, "amount": line.amount.encode() if line.amount else None,
            "until": line.until.isoformat() if line.until else None, "condition": line.condition or None,
            "opinion": line.opinion.value if line.opinion else None, "opined_by": line.first_opinion_by or None,
            "decision": line.decision or None, "decided_at": state.iso(line.decided_at, desk), "decided_by": line.decided_by or None,
            "due_before": state.iso(line.due_before, desk), "due_after": state.iso(line.due_after, desk)}  # fmt: skip


def task_of(desk: Desk, task: Task) -> dict[str, Any]:
    """A task as programs read it."""
    return {"kind": task.kind.value, "assignee_kind": task.assignee.kind.value, "assignee": task.assignee.name,
            "handler": task.handler_name or None, "sent_at": state.iso(task.sent_at, desk), "sent_by": task.sent_by or None,
            "due_at": state.iso(task.due_at, desk), "late": task.is_late(desk.now()), "ended": task.ended or None,
            "ended_at": state.iso(task.ended_at, desk), "keyed_by": task.keyed_by or None,
            "looked_at": state.iso(task.looked_at, desk), "result": task.result.value if task.result else None,
            "in_time": task.in_time, "note": task.note, "photos": list(task.photos)}  # fmt: skip


def derivation_of(view: CaseView) -> list[str]:
    """Why this deadline: the sum of every unfinished clock."""
    from gridconsole.language.wording import clock_lines

    return clock_lines(view.clocks, view.detail.row, view.detail.condition, view.detail.standard)


def _rules_shown(desk: Desk, view: CaseView) -> tuple[FilingRule, ...]:
    from gridconsole.services import case_queries

    category = case_queries.category_of(desk, view.detail.row.number)
    return tuple(case_queries.rules_of(desk, category)) if category else ()


def _print_rows(desk: Desk, rows: tuple[QueueRow, ...]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text as RichText

    from gridconsole.domain.text import printable
    from gridconsole.language import word
    from gridconsole.language.wording import time_left

    now = desk.now()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for key in ("left", "number", "state", "category", "area", "handler", "address"):
        table.add_column(RichText(t(f"column.{key}")), no_wrap=key in ("left", "number", "state"), overflow="ellipsis")
    for row in rows:
        cells = (time_left(now, row.due_at, row.due_unit, desk.calendar) if row.due_at else "", row.number, word(row.state),
                 row.category, row.area_name, row.handler, _masked(row.address or row.summary))  # fmt: skip
        table.add_row(*(RichText(printable(cell)) for cell in cells))
    Console().print(table) if rows else print(t("cli.incident.none"), file=sys.stderr)


def _print_case(desk: Desk, view: CaseView) -> None:
    from gridconsole.domain.text import printable
    from gridconsole.language import word
    from gridconsole.language.escalation import order_line
    from gridconsole.language.tasks import task_line
    from gridconsole.language.wording import link_lines, local_text, offered, request_line, timeline_line

    row = view.detail.row
    lines = [
        f"{t('column.number')} {row.number}  {word(row.state)}  {word(row.grade)}  {row.category}",
        f"{row.area_name} {row.grid_name}  {_masked(row.address) if view.is_masked else row.address}".strip(),
        f"{t('column.source')} {word(row.source)}  {view.detail.reporter} {view.detail.phone}  {local_text(row.reported_at, desk.calendar)}",
        *([f"{t('column.standing')} {word(row.call_back)}"] if row.call_back else []),
        "",
        view.detail.text,
        "",
        *link_lines(view.merged_into, view.merged, view.links, desk.calendar),
        *derivation_of(view),
        *(request_line(line, desk.calendar, masked=view.is_masked) for line in view.requests),
        *(task_line(task, desk.now()) for task in view.tasks),
        *(order_line(order, desk.now()) for order in view.orders),
        "",
        *([t("timeline.retired", files=view.retired)] if view.retired else []),
        *(timeline_line(entry, desk.calendar) for entry in view.timeline),
    ]
    if view.actions:
        lines += ["", t("cli.incident.can", actions=offered(view.actions, view.waivable))]
    print("\n".join(printable(part) for line in lines for part in line.split("\n")))
