"""A case as lines of text: what it is, why it is due then, what happened to it, and what can be done."""

from __future__ import annotations

import re
from dataclasses import replace

from rich.cells import cell_len
from textual.content import Content

from gridconsole.console.text import line_of, masked, safe
from gridconsole.console.widgets.key_bar import Offer
from gridconsole.console.widgets.queue_columns import due_spans, due_widths, outer_due, step_word, street
from gridconsole.domain.actions import Action
from gridconsole.domain.ranking import HandlerFacts
from gridconsole.domain.states import Grade, State
from gridconsole.domain.text import printable
from gridconsole.domain.views.ledger import TimelineEntry
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import t, word
from gridconsole.language.acts import act_name, operator_name
from gridconsole.language.due import day_text, moment_text
from gridconsole.language.durations import limit_text, local_text, time_left
from gridconsole.language.escalation import order_line
from gridconsole.language.tasks import task_line
from gridconsole.language.wording import (
    act_words,
    clock_lines,
    column_lines,
    link_lines,
    offered,
    or_more,
    provenance_words,
    request_line,
)
from gridconsole.services.case_queries import CALLS_READ, CaseView
from gridconsole.services.office import Office

_BLANKS = re.compile(r" {2,}")
OFFERED = 3
"""Actions named beside F3: the line has room for so many at 80 columns."""
EARLIER_SHOWN = 5
"""Earlier cases of a phone that the history names."""
_TOKENS = {"late": "bold $late", "soon": "bold $soon", "dim": "$dim", "late-plate": "bold $late-plate-text on $late-plate"}


def title(view: CaseView) -> str:
    """Return the title of a case's panel: number and state."""
    return t("console.case.title", number=view.detail.row.number, state=view.detail.row.state)


def hint(view: CaseView) -> str:
    """Return the text in the bottom border of a case's panel: the key of the derivation, and the version."""
    version = t("console.case.version", version=view.detail.row.version)
    return version if view.detail.row.closed_at is not None else f"Ctrl+Y {t('console.case.why')}   {version}"


def facts(office: Office, view: CaseView, *, whole: bool = False) -> Content:
    """Return the case itself: what, where, from whom, with whom it is, the text, and when it is due.

    Args:
        whole: include ended tasks, for which the panel beside the queue has no room.
    """
    row, detail = view.detail.row, view.detail
    lines = [
        _labelled("matter", _matter(view)),
        *_place(view),
        _labelled(
            "reporter", safe(f"{detail.reporter} {detail.phone}".strip() or "-") + Content(_times(office, view) + _source(view))
        ),
    ]
    if view.wardens:
        lines.append(_labelled("warden", safe("  ".join(_warden(one) for one in view.wardens))))
    if detail.reported_by:
        lines.append(_labelled("reported_by", safe(detail.reported_by)))
    if row.handler:
        lines.append(_labelled("handler", safe(row.handler)))
    lines += [Content(""), safe(detail.text)]
    lines += [Content(""), _labelled("due", _due(office, view))]
    if row.outer_due_at is not None:
        lines.append(_labelled("outer", _outer(office, row)))
    if view.suspended_until is not None:
        lines.append(safe(t("console.suspended", day=view.suspended_until)))
    lines.append(_labelled("reported", safe(local_text(row.reported_at, office.calendar))))
    lines += [safe(line) for line in link_lines(view.merged_into, view.merged, view.links, office.calendar)]
    if row.call_back is not None:
        lines.append(safe(f"{t('column.standing')} {word(row.call_back)}"))
    lines += [safe(request_line(line, office.calendar, masked=view.is_masked)) for line in view.requests]
    lines += [safe(task_line(task, office.now())) for task in view.tasks if whole or not task.ended]
    lines += [safe(order_line(order, office.now())) for order in view.orders]
    # Last, because a list may bring many: what is due stays in sight.
    if further := column_lines(detail.extra, detail.list_says):
        lines += [Content(""), *map(safe, further)]
    return Content("\n").join(lines)


_AFTER_FEEDBACK = (State.TO_CHECK, State.TO_CLOSE, State.CLOSED)
"""States in which what the handler fed back is judged."""


def extract(office: Office, view: CaseView) -> Content:
    """Return the case in four lines, for a small terminal; beside a form only the first three have room.

    Matter and place, the text, then what a decision needs: what was fed back once that is judged, else the people and the last step.
    """
    row, detail = view.detail.row, view.detail
    place = safe(street(row)) if not view.is_masked else masked(street(row))
    acts = [entry for entry in reversed(view.timeline) if not _is_reminder(entry)]
    fed_back = next((entry for entry in acts if entry.action == Action.FEEDBACK), None) if row.state in _AFTER_FEEDBACK else None
    outer = outer_due(office, row) if row.is_open else None
    city = f"{t('case.label.outer')} {outer.moment.strip()}" if outer is not None else ""
    people = safe(
        "  ".join(part for part in (f"{detail.reporter} {detail.phone}".strip(), row.handler, detail.source_ref, city) if part)
    )
    newest = _step(office, acts[0], 0) if acts else Content("")
    lines = [_matter(view) + Content("  ") + place.stylize("bold"), safe(" ".join(detail.text.split()))]
    if fed_back is not None:
        lines += [_step(office, fed_back, 0), people, *([newest] if acts[0] is not fed_back else [])]
    else:
        lines.append(people + Content("  ") + newest if people.plain and newest.plain else people + newest)
    return Content("\n").join(line for line in lines if line.plain)


def _labelled(name: str, value: Content) -> Content:
    label = t(f"case.label.{name}")
    width = max(
        cell_len(t(f"case.label.{one}")) for one in ("matter", "place", "reporter", "handler", "warden", "due", "reported")
    )
    return Content.styled(label + " " * (width - cell_len(label)), "$mut") + Content("  ") + value


def _matter(view: CaseView) -> Content:
    row = view.detail.row
    grade = Content("")
    if row.grade is Grade.URGENT:
        grade = Content.styled(t("grade.urgent"), "bold $urgent-plate-text on $urgent-plate") + Content(" ")
    elif row.grade is Grade.MAJOR:
        grade = Content.styled(t("grade.major"), "bold underline") + Content(" ")
    name = Content.styled(printable(row.category or t("word.unknown")), "bold")
    code = Content.styled(f"  {printable(row.category_code)}", "$mut") if row.category_code else Content("")
    ordered = Content.styled(f"   {t('console.case.ordered')}", "$soon") if row.reply_by is not None else Content("")
    return grade + name + code + ordered


def _place(view: CaseView) -> list[Content]:
    row = view.detail.row
    grid = "  ".join(part for part in (row.grid_name or row.area_name, row.grid_code) if part)
    address = masked(row.address) if view.is_masked else safe(row.address)
    lines = [_labelled("place", safe(grid))] if grid else []
    if row.address:
        lines.append(_labelled("place" if not grid else "none", address.stylize("bold")))
    return lines


def _source(view: CaseView) -> str:
    detail = view.detail
    return "  " + line_of(t("console.case.source", source=detail.row.source, ref=detail.source_ref)).rstrip()


def due_content(office: Office, row: QueueRow) -> Content:
    """Return the time cell of a case, as wide as in the queue."""
    cell = Content("").join(Content.styled(text, _TOKENS.get(token, "")) for text, token in due_spans(office, row))
    return cell + Content(" " * max(sum(due_widths()) + 1 - cell.cell_length, 0))


def _due(office: Office, view: CaseView) -> Content:
    row = view.detail.row
    if row.closed_at is not None:
        return Content(t("console.case.closed", moment=moment_text(row.closed_at, office.now(), office.calendar)))
    # The cell's blanks keep columns apart in the queue; here one is enough.
    cell = Content("").join(
        Content.styled(_BLANKS.sub(" ", text), _TOKENS.get(token, "bold"))
        for text, token in due_spans(office, replace(row, outer_due_at=None))
    )
    clock = next((reading.clock for reading in view.clocks if reading.clock.is_running), None)
    if clock is None:
        return cell
    why = t("console.case.limit", stage=clock.stage, limit=limit_text(clock.allowed))
    return cell + Content(f"  {why}")


def _outer(office: Office, row: QueueRow) -> Content:
    """Return the deadline that another system sets, and for a case that is over whether it was met."""
    due = outer_due(office, row)
    if due is None:
        return Content("")
    if row.closed_at is not None:
        met = t("case.outer_late" if row.is_outer_late(office.now()) else "case.outer_met")
        return Content(f"{due.moment.strip()}  {met}")
    said = Content(f"{due.moment.strip()} ") + Content.styled(due.rest, "$late" if due.is_late else "bold")
    return said + Content.styled(f"  {t('case.outer_wanted', source=row.source)}", "$mut")


def why(office: Office, view: CaseView) -> Content:
    """Return the lines that explain the deadline (为什么是这个时限)."""
    row = view.detail.row
    left = time_left(office.now(), row.due_at, row.due_unit, office.calendar) if row.due_at else "-"
    lines = [Content.styled(f"{t('console.why')}  {left}", "bold")]
    if view.suspended_until is not None:
        lines.append(safe(t("console.suspended", day=view.suspended_until)))
    lines += [safe(line) for line in clock_lines(view.clocks, row, view.detail.condition, view.detail.standard)]
    return Content("\n").join(lines)


# --- what happened ------------------------------------------------------------------------------------------------


def history_title(view: CaseView) -> str:
    """Return the title of the history's panel."""
    return t("console.history.title", count=sum(not _is_reminder(entry) for entry in view.timeline))


def history(office: Office, view: CaseView, *, with_earlier: bool = True) -> Content:
    """Return the history (经过), newest step first, one line each; reminders are folded into one dim line.

    Args:
        with_earlier: add what was reported from the same phone before; False where that stands elsewhere.
    """
    steps = [entry for entry in reversed(view.timeline) if not _is_reminder(entry)]
    reminders = [entry for entry in view.timeline if _is_reminder(entry)]
    width = max((cell_len(_moment(office, entry)) for entry in steps), default=0)
    lines = [_step(office, entry, width) for entry in steps]
    if with_earlier and (earlier := earlier_lines(office, view)):
        lines += [Content(""), *earlier]
    if reminders:
        last = reminders[-1]
        folded = t("console.history.reminders", count=len(reminders), last=" ".join(act_words(last, office.calendar)))
        lines.append(Content.styled(printable(folded), "$dim"))
    if view.retired:
        lines.append(safe(t("timeline.retired", files=view.retired)))
    return Content("\n").join(lines)


def earlier_lines(office: Office, view: CaseView) -> list[Content]:
    """Return what was reported from the same phone before, if anything: the caller will speak of it."""
    if not view.earlier:
        return []
    said = t("console.history.of_phone", count=len(view.earlier), more=or_more(len(view.earlier), CALLS_READ))
    lines = [Content.styled(said, "bold $mut")]
    for row in view.earlier[:EARLIER_SHOWN]:
        day = day_text(row.reported_at.astimezone(office.calendar.zone).date(), office.today())
        said = f"{day} {row.number[8:]} {row.category or t('word.unknown')} {word(row.state)}"
        if row.call_back is not None and row.call_back.value in ("done", "dissatisfied", "kept"):
            said += f" {word(row.call_back)}"
        lines.append(safe(f"{said}  {row.handler}".rstrip()))
    return lines


def _times(office: Office, view: CaseView) -> str:
    """Return how often the phone called this month, if more than once."""

    def month(row: QueueRow) -> str:
        return f"{row.reported_at.astimezone(office.calendar.zone):%Y-%m}"

    this = month(view.detail.row)
    count = 1 + sum(month(row) == this and row.id < view.detail.row.id for row in view.earlier)
    # Newer ones may fill what is read; then nothing certain can be said.
    is_known = len(view.earlier) < CALLS_READ or month(view.earlier[-1]) != this
    return f"  {t('console.case.times', count=count)}" if count > 1 and is_known else ""


def _warden(facts: HandlerFacts) -> str:
    rank = facts.posts[0].rank if facts.posts else ""
    return f"{facts.handler.name} {rank} {t('warden.on_leave' if facts.on_leave else 'warden.on_duty')}".strip()


def _is_reminder(entry: TimelineEntry) -> bool:
    return entry.action in ("escalate", "acknowledge")


def _moment(office: Office, entry: TimelineEntry) -> str:
    local, today = entry.at.astimezone(office.calendar.zone), office.today()
    return f"{local:%H:%M}" if local.date() == today else f"{day_text(local.date(), today)} {local:%H:%M}"


def _step(office: Office, entry: TimelineEntry, width: int) -> Content:
    """Return the line of an act; one for which the dual axis was waived is highlighted."""
    moment = _moment(office, entry)
    who = printable(operator_name(entry.operator))
    rest = " ".join((*act_words(entry, office.calendar), *provenance_words(entry)))
    line = (
        Content.styled(f"{moment:<{max(width, len(moment))}} ", "$mut")
        + Content.styled(act_name(entry.action), "bold")
        + Content.styled(f" {who}", "$mut")
        + Content(f"  {printable(rest)}" if rest else "")
    )
    return line.stylize("$late") if "waived_by" in entry.facts else line


# --- what can be done ---------------------------------------------------------------------------------------------


def offers(view: CaseView) -> list[Offer]:
    """Return the keys that work on this case now, with what they do."""
    step, waivable = view.step, view.waivable
    rest = offered([action for action in view.actions if action not in (Action.NOTE, step)], waivable)
    found = []
    if step is not None:
        name = offered([step], waivable)[0]
        found.append(Offer("f2", "F2", (verb(step_word(view.detail.row, step) if step not in waivable else name),)))
    if rest:
        found.append(Offer("f3", "F3", tuple(map(verb, rest[:OFFERED])), "menu"))
    if Action.NOTE in view.actions:
        found.append(Offer("f4", "F4", (verb(word(Action.NOTE)),), "note"))
    return found


def verb(text: str) -> str:
    """Return a verb as a key's label: with a capital, where a language has them."""
    return text[:1].upper() + text[1:]
