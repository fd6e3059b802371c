"""A case as lines of text, for the detail pane and the full screen."""

from __future__ import annotations

from textual.content import Content

from gridconsole.console.text import masked, safe
from gridconsole.domain.actions import Action
from gridconsole.domain.views.ledger import TimelineEntry
from gridconsole.language import labelled, t, translated, word
from gridconsole.language.durations import local_text, time_left
from gridconsole.language.escalation import order_line
from gridconsole.language.tasks import task_line
from gridconsole.language.wording import clock_lines, link_lines, offered, request_line, timeline_line
from gridconsole.services.case_queries import CaseView
from gridconsole.services.office import Office

_BOLD = "bold"
OFFERED = 3
"""Actions named beside F3: the line has room for so many at 80 columns."""


def facts(office: Office, view: CaseView) -> Content:
    """Return the case itself: what it is, where, from whom, and the text."""
    row, detail = view.detail.row, view.detail
    calendar = office.calendar
    head = f"{t('console.case')} {row.number}  {word(row.state)}  {row.category or t('word.unknown')}  {row.category_code}"
    place = "  ".join(part for part in (row.area_name, row.grid_name, row.grid_code, row.address) if part)
    origin = f"{t('column.source')} {word(row.source)} {detail.source_ref}  {detail.reporter} {detail.phone}".rstrip()
    times = f"{t('console.reported_at')} {local_text(row.reported_at, calendar)}  {t('console.grade')} {word(row.grade)}"
    handler = f"{t('column.handler')} {row.handler}" if row.handler else ""
    lines = [Content.styled(_literal(head), _BOLD), masked(place) if view.is_masked else safe(place), safe(origin), safe(times)]
    if handler:
        lines.append(safe(handler))
    lines += [safe(line) for line in link_lines(view.merged_into, view.merged, view.links, calendar)]
    if row.call_back is not None:
        lines.append(safe(f"{t('column.standing')} {word(row.call_back)}"))
    lines += [Content(""), safe(detail.text)]
    if detail.extra:
        lines += [Content(""), *(safe(labelled(translated("heading.", name), value)) for name, value in detail.extra.items())]
    return Content("\n").join(lines)


def why(office: Office, view: CaseView, *, whole: bool = False) -> Content:
    """Return the lines that explain the deadline (为什么是这个时限), with requests, inspections and supervision orders.

    Args:
        whole: include ended tasks, for which the pane beside the queue has no room.
    """
    row = view.detail.row
    left = time_left(office.now(), row.due_at, row.due_unit, office.calendar) if row.due_at else "-"
    lines = [Content.styled(f"{t('console.why')}  {left}", _BOLD)]
    if view.suspended_until is not None:
        lines.append(safe(t("console.suspended", day=view.suspended_until)))
    lines += [safe(line) for line in clock_lines(view.clocks, row, view.detail.condition, view.detail.standard)]
    lines += [safe(request_line(line, office.calendar, masked=view.is_masked)) for line in view.requests]
    lines += [safe(task_line(task, office.now())) for task in view.tasks if whole or not task.ended]
    lines += [safe(order_line(order, office.now())) for order in view.orders]
    return Content("\n").join(lines)


def timeline(office: Office, view: CaseView) -> Content:
    """Return the timeline (流转), newest last."""
    lines = [
        Content.styled(t("console.timeline"), _BOLD),
        *([safe(t("timeline.retired", files=view.retired))] if view.retired else []),
        *(_act(office, entry) for entry in view.timeline),
    ]
    return Content("\n").join(lines)


def _act(office: Office, entry: TimelineEntry) -> Content:
    """Return the line of an act; one for which the dual axis was waived is highlighted."""
    line = safe(timeline_line(entry, office.calendar))
    return line.stylize("$error") if "waived_by" in entry.facts else line


def offers(view: CaseView) -> str:
    """Return the keys that work on this case now."""
    step, waivable = view.step, view.waivable
    rest = offered([action for action in view.actions if action not in (Action.NOTE, step)], waivable)
    if step is None and not rest:
        return t("console.no_action")
    shown = "/".join(rest[:OFFERED]) + (t("console.and_more", count=len(rest)) if len(rest) > OFFERED else "")
    more = f"  F3 {shown}" if rest else ""
    first = f"F2 {offered([step], waivable)[0]}" if step is not None else t("console.no_step")
    return f"{first}{more}  F4 {word(Action.NOTE)}"


def _literal(text: str) -> str:
    return safe(text).plain
