"""incident new, list, show, act: the interface for scripts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import click
import typer

from gridconsole.cli import act_options, case_lists, pairs, state
from gridconsole.cli.listing import fixed, flexible, print_list
from gridconsole.cli.options import Json, Overwrite, Unmask, WhyUnmask, check_unmask, command
from gridconsole.cli.typed import line_or
from gridconsole.domain.views.queue import QueueRow
from gridconsole.domain.views.requests import RequestLine
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.domain.actions import Act, Action
    from gridconsole.domain.catalogue import FilingRule
    from gridconsole.domain.parties import Actor
    from gridconsole.domain.views.tasks import TaskLine as Task
    from gridconsole.services.case_queries import CaseView
    from gridconsole.services.casework import Receipt
    from gridconsole.services.office import Office

SHOWN_ROWS, ALL_ROWS = 200, 10_000_000
"""Most cases in a list without a limit: for a person, and for a program."""


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
    source: Annotated[str | None, typer.Option("--source", help=t("cli.incident.source"), show_default="public")] = None,
    grade: Annotated[str, typer.Option("--grade", help=t("cli.incident.grade"))] = "ordinary",
    reporter: Annotated[str, typer.Option("--reporter", help=t("cli.incident.reporter"), show_default=False)] = "",
    phone: Annotated[str, typer.Option("--phone", help=t("cli.incident.phone"), show_default=False)] = "",
    by: Annotated[str | None, typer.Option("--by", help=t("cli.incident.by"), show_default=False)] = None,
    request_id: Annotated[str | None, typer.Option("--request-id", help=t("cli.incident.request_id"), show_default=False)] = None,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.actions import Action
    from gridconsole.domain.states import Grade, Source
    from gridconsole.services import casework, lookup

    known_source = state.parse_word(Source, source or ("warden" if by else "public"), "source")
    known_grade = state.parse_word(Grade, grade, "grade")
    # The text last: it may have many lines, and takes the rest of standard input.
    name, caller = line_or(reporter, "reporter", Action.REPORT), line_or(phone, "phone", Action.REPORT)
    said = sys.stdin.read() if text == "-" else text
    with state.open_office(sweep=True) as office:
        actor = state.operator(office)
        place = lookup.find_grid(office, grid) if grid else None
        kind = lookup.find_category(office, category) if category else None
        person = lookup.find_person(office, by, place.id if place else None) if by else None
        report = casework.NewReport(
            text=said,
            source=known_source,
            grade=known_grade,
            grid_id=place.id if place else None,
            area_id=place.area_id if place else None,
            category_id=kind.id if kind else None,
            address=address,
            reporter_name=name,
            reporter_phone=caller,
            reporter_id=person,
        )
        _print_receipt(office, casework.intake(office, actor, report, request_id), Action.REPORT, as_json)


def list_(
    states: Annotated[list[str] | None, typer.Option("--state", help=t("cli.incident.state"), show_default=False)] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help=t("cli.incident.overdue"))] = False,
    everything: Annotated[bool, typer.Option("--all", help=t("cli.incident.all"))] = False,
    search: Annotated[str, typer.Option("--search", help=t("cli.incident.search"), show_default=False)] = "",
    first: case_lists.First = None,
    last: case_lists.Last = None,
    sources: case_lists.Sources = None,
    areas: case_lists.Areas = None,
    units: case_lists.Units = None,
    categories: case_lists.Categories = None,
    where: case_lists.Where = None,
    columns: case_lists.Columns = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help=t("cli.incident.limit"), show_default=False)] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help=t("cli.case_list.output"), show_default=False)] = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.errors import BadValue

    if (columns or overwrite) and output is None:
        raise BadValue(what="option", value="--columns" if columns else "--overwrite", expected="an_output")
    words = {"first": first, "last": last, "sources": sources, "areas": areas, "units": units, "categories": categories,
             "where": where, "states": states, "overdue": overdue, "open_only": not everything and not states}  # fmt: skip
    if output is not None:
        from gridconsole.reporting import case_lists as writers

        writers.check(output, overwrite=overwrite)
    with state.open_office(sweep=True) if output is not None else state.look_into_office(sweep=True) as office:
        actor = state.operator(office, default="clerk") if output is not None else None
        rows = _rows(office, words, search, limit or (ALL_ROWS if as_json or output else SHOWN_ROWS))
        if output is not None and actor is not None:
            wanted = case_lists.wanted_of(office, {"keys": {row.id for row in rows}})
            case_lists.put(office, actor, wanted, columns, output, overwrite=overwrite, unmask=False, reason="")
            return
        _print_found(office, rows, as_json, is_cut=limit is None and len(rows) == SHOWN_ROWS)


def _print_found(office: Office, rows: tuple[QueueRow, ...], as_json: bool, *, is_cut: bool) -> None:
    if as_json:
        state.print_json([_line(office, row) for row in rows])
        return
    _print_rows(office, rows)
    if is_cut:
        print(t("cli.incident.first", count=SHOWN_ROWS), file=sys.stderr)


def look_for(office: Office, words: str, as_json: bool) -> None:
    """Print the open cases that words find, as ``incident list --search`` does."""
    rows = _rows(office, {"open_only": True}, words, ALL_ROWS if as_json else SHOWN_ROWS)
    _print_found(office, rows, as_json, is_cut=not as_json and len(rows) == SHOWN_ROWS)


def _rows(office: Office, words: dict[str, Any], search: str, limit: int) -> tuple[QueueRow, ...]:
    """Return the cases that a search and the conditions of a case list have in common."""
    from gridconsole.services import aliases, privacy
    from gridconsole.services import case_lists as lists
    from gridconsole.store import searching

    wanted = case_lists.wanted_of(office, words)
    names, among = privacy.may_unmask(office, state.operator_or_none(office)), lists.conditions(office, wanted)
    with office.database.reading() as connection:
        said = aliases.synonyms(connection) if search else {}
        conditions = searching.Search(words=search, names=names, among=among, synonyms=said)
        rows = searching.search(connection, office.id, conditions, ALL_ROWS if wanted.where else limit)
    if not wanted.where:
        return rows
    keys = lists.holding(office, {row.id for row in rows}, wanted.where)
    return tuple(row for row in rows if row.id in keys)[:limit]


def show(
    number: Annotated[str, typer.Argument(metavar=t("cli.meta.number"), help=t("cli.incident.number"))],
    unmask: Unmask = False,
    reason: WhyUnmask = "",
    as_json: Json = False,
) -> None:
    from gridconsole.services import case_queries, unmasking

    check_unmask(unmask, reason)
    with state.open_office(sweep=True) as office:
        # The operator is checked first: without a log-in, the command does not reveal which cases there are.
        if unmask:
            caller = state.operator(office, default="acceptor")
            view = unmasking.unmask(office, caller, case_queries.find_number(office, number), reason)
            print(t("cli.unmasked"), file=sys.stderr)
        else:
            looker = state.operator_or_none(office)
            view = case_queries.view(office, case_queries.find_number(office, number), looker)
        if as_json:
            state.print_json(_case(office, view))
            return
        _print_case(office, view)


@act_options.with_options
def act(
    words: dict[str, Any],
    number: Annotated[str | None, typer.Argument(metavar=t("cli.meta.number"), help=t("cli.incident.number"))] = None,
    action: Annotated[str | None, typer.Argument(metavar=t("cli.meta.action"), help=t("cli.incident.action"))] = None,
    source: Annotated[
        str | None, typer.Option("--from", metavar=t("cli.meta.file"), help=t("cli.incident.acts_from"), show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    if source is not None:
        _check_alone(number, words)
        from gridconsole.cli import act_batches

        act_batches.carry_out(source, as_json=as_json)
        return
    if number is None or action is None:
        missing = "number" if number is None else "action"
        raise click.MissingParameter(param_hint=t(f"cli.meta.{missing}"), param_type="argument")
    _act(number, action, words, as_json=as_json)


def _check_alone(number: str | None, words: dict[str, Any]) -> None:
    """Refuse an act beside a file of acts: it would not be carried out.

    Raises:
        BadValue: a number or an option is given too.
    """
    given = [f"--{name.replace('_', '-')}" for name, (_, default) in act_options.OPTIONS.items() if words[name] != default]
    if number is not None or given:
        from gridconsole.domain.errors import BadValue

        raise BadValue(what="option", value=" ".join(("--from", *([number] if number else ()), *given)), expected="acts_alone")


def _act(number: str, action: str, words: dict[str, Any], *, as_json: bool) -> None:
    from gridconsole.domain.actions import Action
    from gridconsole.services import case_queries, casework

    given = act_options.Given(state.parse_word(Action, action, "action"), words)
    plain = act_options.plain_fields(given)
    with state.open_office(sweep=True) as office:
        actor = state.operator(office)
        full = case_queries.find_number(office, number)
        wish = act_options.wish(office, full, given, plain)
        if given.action is Action.RETYPE and wish.field("rule") is None:
            _print_rules(office, full, wish.field("category_id"))
        receipt = casework.act_on(office, actor, full, wish, words["request_id"])
        _print_default_rule(office, full, wish)
        _print_receipt(office, receipt, given.action, as_json)
        _print_lonely(office, actor, given.action)


def _print_rules(office: Office, number: str, category_id: int | None) -> None:
    """Print the conditions to choose from, with the numbers that choose them."""
    from gridconsole.domain.text import printable
    from gridconsole.language.durations import limit_text
    from gridconsole.services import case_queries

    category = category_id or case_queries.category_of(office, number)
    for position, rule in enumerate(case_queries.rules_of(office, category) if category else (), 1):
        condition = printable(rule.condition).replace("\n", " ")
        print(f"  --rule {position}  {condition}  {limit_text(rule.limit)}", file=sys.stderr)


def _print_default_rule(office: Office, number: str, wish: Act) -> None:
    """Print the rule that filing takes if no condition is chosen, the strictest, so that its clock is no surprise."""
    from gridconsole.domain.actions import Action
    from gridconsole.domain.catalogue import strictest
    from gridconsole.language.durations import limit_text
    from gridconsole.services import case_queries

    if wish.action is not Action.FILE or wish.field("rule") is not None:
        return
    category = wish.field("category_id") or case_queries.category_of(office, number)
    rules = tuple(case_queries.rules_of(office, category)) if category else ()
    rule = strictest(rules)
    if rule is not None and len(rules) > 1:
        print(t("cli.incident.default_rule", condition=rule.condition, limit=limit_text(rule.limit)), file=sys.stderr)


def _print_lonely(office: Office, actor: Actor, action: Action) -> None:
    """Say that nobody else can speak on this operator's request, and who could have keyed it."""
    from gridconsole.domain.actions import SPECS

    if SPECS[action].request is None:
        return
    from gridconsole.services import requests

    found = requests.lonely(office, actor, action)
    if found is not None:
        key = "console.request.lonely" if found.instead else "console.request.lonely_only"
        print(t(key, step=found.step, names=found.instead), file=sys.stderr)


def _print_receipt(office: Office, receipt: Receipt, done: Action, as_json: bool) -> None:
    from gridconsole.language.durations import local_text
    from gridconsole.language.wording import follower_lines

    for line in follower_lines(receipt.waiting, receipt.closed_with, receipt.released):
        print(line, file=sys.stderr)
    if as_json:
        state.print_json({"number": receipt.number, "state": receipt.state.value, "version": receipt.version,
                          "due_at": state.iso(receipt.due_at, office)})  # fmt: skip
        return
    due = f" {t('cli.due', at=local_text(receipt.due_at, office.calendar))}" if receipt.due_at else ""
    print(f"{t('cli.done', number=receipt.number, action=done, state=receipt.state)}{due}")


def _line(office: Office, row: QueueRow, *, masked: bool = True) -> dict[str, Any]:
    now = office.now()
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
        "reported_at": state.iso(row.reported_at, office),
        "due_at": state.iso(row.due_at, office),
        "due_stage": row.due_stage.value if row.due_stage else None,
        "provisional": row.provisional,
        "overdue": row.is_overdue(now),
        "outer_due_at": state.iso(row.outer_due_at, office),
        "outer_late": row.is_outer_late(now),
        "closed_at": state.iso(row.closed_at, office),
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


def _case(office: Office, view: CaseView) -> dict[str, Any]:
    detail = view.detail
    return {
        **_line(office, detail.row, masked=view.is_masked),
        "text": detail.text,
        "source_ref": detail.source_ref or None,
        "extra": dict(detail.extra),
        "list_says": detail.list_says or None,
        "reporter": detail.reporter,
        "reported_by": detail.reported_by or None,
        "phone": detail.phone,
        "standard": detail.standard or None,
        "condition": detail.condition or None,
        "timeline": [
            {"at": state.iso(entry.at, office), "operator": entry.operator, "action": entry.action, "from": entry.facts.get("from"),
             "to": entry.facts.get("to") or entry.facts.get("state"),
             "note": entry.personal.get("note") or entry.personal.get("reason") or "",
             "result": entry.facts.get("result"), "waived_by": entry.facts.get("waived_by"), "handler": entry.facts.get("handler"),
             "into": entry.facts.get("merged_into"), "door": entry.origin}
            for entry in view.timeline
        ],
        "requests": [_request(office, line, masked=view.is_masked) for line in view.requests],
        "calls": [
            {"at": state.iso(call.at, office), "by": call.called_by, "reached": call.reached,
             "solved": call.solved.value if call.solved else None,
             "satisfaction": call.satisfaction.value if call.satisfaction else None, "reason": call.reason}
            for call in view.calls
        ],
        "tasks": [task_of(office, task) for task in view.tasks],
        "orders": [
            {"requirement": order.requirement, "by": order.ordered_by, "at": state.iso(order.ordered_at, office),
             "reply_by": state.iso(order.reply_by, office), "reply": order.reply or None, "replied_by": order.replied_by or None,
             "replied_at": state.iso(order.replied_at, office)}
            for order in view.orders
        ],
        "suspended_until": view.suspended_until.isoformat() if view.suspended_until else None,
        "merged_into": view.merged_into,
        "merged": [
            {"number": case.number, "state": case.state.value, "reporter": case.reporter, "phone": case.phone,
             "reported_at": state.iso(case.reported_at, office)}
            for case in view.merged
        ],
        "links": [
            {"number": link.number, "verdict": link.verdict.value, "operator": link.operator, "at": state.iso(link.at, office)}
            for link in view.links
        ],
        "retired": list(view.retired),
        "derivation": derivation_of(view),
        "actions": [action.value for action in view.actions],
        "need_waiver": [action.value for action in view.waivable],
        "rules": [rule.condition for rule in _rules_shown(office, view)],
    }  # fmt: skip


def _request(office: Office, line: RequestLine, *, masked: bool = True) -> dict[str, Any]:
    return {"kind": line.kind.value, "handler": line.handler, "asked_at": state.iso(line.asked_at, office), "asked_by": line.asked_by,
            "reason": _masked(line.reason) if masked else line.reason, "amount": line.amount.encode() if line.amount else None,
            "until": line.until.isoformat() if line.until else None, "condition": line.condition or None,
            "opinion": line.opinion.value if line.opinion else None, "opined_by": line.first_opinion_by or None,
            "decision": line.decision or None, "decided_at": state.iso(line.decided_at, office), "decided_by": line.decided_by or None,
            "due_before": state.iso(line.due_before, office), "due_after": state.iso(line.due_after, office)}  # fmt: skip


def task_of(office: Office, task: Task) -> dict[str, Any]:
    """Return a task as programs read it."""
    return {"kind": task.kind.value, "assignee_kind": task.assignee.kind.value, "assignee": task.assignee.name,
            "handler": task.handler_name or None, "sent_at": state.iso(task.sent_at, office), "sent_by": task.sent_by or None,
            "due_at": state.iso(task.due_at, office), "late": task.is_late(office.now()), "ended": task.ended or None,
            "ended_at": state.iso(task.ended_at, office), "keyed_by": task.keyed_by or None,
            "looked_at": state.iso(task.looked_at, office), "result": task.result.value if task.result else None,
            "in_time": task.in_time, "note": task.note, "photos": list(task.photos)}  # fmt: skip


def derivation_of(view: CaseView) -> list[str]:
    """Return the derivation of every unfinished clock, which explains the deadline."""
    from gridconsole.language.wording import clock_lines

    return clock_lines(view.clocks, view.detail.row, view.detail.condition, view.detail.standard)


def _rules_shown(office: Office, view: CaseView) -> tuple[FilingRule, ...]:
    from gridconsole.services import case_queries

    category = case_queries.category_of(office, view.detail.row.number)
    return tuple(case_queries.rules_of(office, category)) if category else ()


def _print_rows(office: Office, rows: tuple[QueueRow, ...]) -> None:
    from gridconsole.language import word
    from gridconsole.language.durations import time_left

    if not rows:
        print(t("cli.incident.none"), file=sys.stderr)
        return
    now = office.now()
    print_list(
        (*fixed("left", "number", "state"), *flexible("category", "area", "handler", "address")),
        (
            (time_left(now, row.due_at, row.due_unit, office.calendar) if row.due_at else "", row.number, word(row.state),
             row.category, row.area_name, row.handler, _masked(row.address or row.summary))
            for row in rows
        ),
    )  # fmt: skip


def _outer_line(office: Office, row: QueueRow) -> str:
    """Return the deadline that another system sets, and whether it was missed."""
    from gridconsole.language.durations import deadline_text

    assert row.outer_due_at is not None  # noqa: S101  the caller asked
    late = f"  {t('case.outer_late')}" if row.is_outer_late(office.now()) else ""
    return f"{t('case.label.outer')} {deadline_text(row.outer_due_at, office.calendar)}{late}"


def _print_case(office: Office, view: CaseView) -> None:
    from gridconsole.domain.text import printable
    from gridconsole.language import word
    from gridconsole.language.durations import local_text
    from gridconsole.language.escalation import order_line
    from gridconsole.language.tasks import task_line
    from gridconsole.language.wording import column_lines, link_lines, offered, request_line, timeline_line

    row = view.detail.row
    lines = [
        f"{t('column.number')} {row.number}  {word(row.state)}  {word(row.grade)}  {row.category}",
        f"{row.area_name} {row.grid_name}  {_masked(row.address) if view.is_masked else row.address}".strip(),
        f"{t('column.source')} {word(row.source)}  {view.detail.reporter} {view.detail.phone}  {local_text(row.reported_at, office.calendar)}",
        *([f"{t('case.label.reported_by')} {view.detail.reported_by}"] if view.detail.reported_by else []),
        *([f"{t('column.standing')} {word(row.call_back)}"] if row.call_back else []),
        *([_outer_line(office, row)] if row.outer_due_at else []),
        "",
        view.detail.text,
        "",
        *((*further, "") if (further := column_lines(view.detail.extra, view.detail.list_says)) else ()),
        *link_lines(view.merged_into, view.merged, view.links, office.calendar),
        *derivation_of(view),
        *(request_line(line, office.calendar, masked=view.is_masked) for line in view.requests),
        *(task_line(task, office.now()) for task in view.tasks),
        *(order_line(order, office.now()) for order in view.orders),
        "",
        *([t("timeline.retired", files=view.retired)] if view.retired else []),
        *(timeline_line(entry, office.calendar) for entry in view.timeline),
    ]
    if view.actions:
        lines += ["", t("cli.incident.can", actions=offered(view.actions, view.waivable))]
    print("\n".join(printable(part) for line in lines for part in line.split("\n")))
