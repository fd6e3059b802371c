"""交接单: a handover sheet as a report that can be shown, written to a file and signed on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.handover import SheetPart
from gridconsole.domain.states import State
from gridconsole.language import short_time, t, word
from gridconsole.language.durations import local_text, time_left
from gridconsole.reporting.anchor import anchor_table
from gridconsole.reporting.model import Cell, Metric, Report, Table
from gridconsole.services.handover import CHANGES_COUNTED

if TYPE_CHECKING:
    from datetime import datetime

    from gridconsole.domain.handover import HandoverSheet, SheetLine
    from gridconsole.services.handover import HandoverView
    from gridconsole.services.office import Office
    from gridconsole.store.handovers import HandoverRecord

_METRICS = {
    SheetPart.OVERDUE: "overdue",
    SheetPart.DUE: "due",
    SheetPart.ORDERED: "ordered",
    SheetPart.ASKED: "waiting",
    SheetPart.BACK: "back",
    SheetPart.DISSATISFIED: "undecided",
}
_PRESSING = ("number", "state", "left", "due", "place", "category", "handler", "moved")
_COLUMNS = {
    SheetPart.OVERDUE: _PRESSING,
    SheetPart.DUE: _PRESSING,
    SheetPart.ORDERED: ("number", "ordered_by", "ordered_at", "reply_by", "place", "category", "handler", "moved"),
    SheetPart.ASKED: ("number", "what", "asked_by", "asked_at", "lacking", "left", "place", "category", "handler", "moved"),
    SheetPart.BACK: ("number", "resumes", "place", "category", "handler", "moved"),
    SheetPart.DISSATISFIED: ("number", "state", "place", "category", "handler", "moved"),
}


def of_handover(office: Office, view: HandoverView) -> Report:
    """Return a handover with the sheet as it was made, the changes since, and the lines to sign."""
    made = view.made
    period = t("report.shift.period", number=made.id, operator=made.made_name, at=local_text(made.made_at, office.calendar),
               standing=standing(made))  # fmt: skip
    notices = notices_of(view)
    tables = (
        *((_lines_table("notices", "report.shift.notices", notices),) if notices else ()),
        _lines_table("remarks", "report.shift.remarks", made.remarks.splitlines()),
        *_parts(office, view.sheet, view.moved),
        anchor_table(*view.head),
        _signatures(office, made),
    )
    return _report(office, view.sheet, period, tables)


def preview(office: Office, sheet: HandoverSheet) -> Report:
    """Return the sheet as it would be made now, without lines to sign."""
    return _report(office, sheet, t("report.shift.preview"), _parts(office, sheet, frozenset()))


def standing(made: HandoverRecord) -> str:
    """Return the state of a handover: ``待接班``, or the operator and time of taking over, or the time of withdrawal."""
    if made.taken_at is not None:
        return t("handover.taken", operator=made.taken_name, at=made.taken_at)
    if made.withdrawn_at is not None:
        return t("handover.withdrawn", at=made.withdrawn_at)
    return t("handover.open_for", name=made.to_name) if made.to_name else t("handover.open")


def notices_of(view: HandoverView) -> list[str]:
    """Return the notices about the sheet itself for the operator who takes over."""
    said = [] if view.is_as_made else [t("report.shift.not_as_made")]
    if view.is_capped:
        said.append(t("report.shift.changed_more", count=CHANGES_COUNTED))
    elif view.changed:
        said.append(t("report.shift.changed", count=view.changed))
    return said


def _report(office: Office, sheet: HandoverSheet, period: str, tables: tuple[Table, ...]) -> Report:
    metrics = (
        Metric("open", t("metric.open"), sheet.open_total, t("metric.unit")),
        *(Metric(key, t(f"metric.{key}"), sheet.totals.get(part, 0), t("metric.unit")) for part, key in _METRICS.items()),
    )
    return Report(
        key="shift",
        title=t("report.handover", office=office.name),
        office=office.name,
        period=period,
        made_at=sheet.at,
        metrics=metrics,
        tables=tables,
    )


def _parts(office: Office, sheet: HandoverSheet, moved: frozenset[str]) -> tuple[Table, ...]:
    states = Table(
        "states", t("report.shift.states"), (t("column.state"), t("column.waiting"), t("column.overdue")),
        tuple((word(state), sheet.waiting[state], sheet.overdue.get(state, 0)) for state in State if state in sheet.waiting),
    )  # fmt: skip
    return (states, *(_part(office, sheet, part, moved) for part in SheetPart))


def _part(office: Office, sheet: HandoverSheet, part: SheetPart, moved: frozenset[str]) -> Table:
    lines, title = sheet.of(part), word(part)
    if sheet.left_out(part) > 0:
        title = t("report.shift.left_out", part=part, shown=len(lines), total=sheet.totals[part])
    columns = _COLUMNS[part]
    cells = (_cells(office, sheet, line, line.number in moved) for line in lines)
    return Table(
        part.value,
        title,
        tuple(t(f"column.{name}") for name in columns),
        tuple(tuple(row[name] for name in columns) for row in cells),
    )


def _cells(office: Office, sheet: HandoverSheet, line: SheetLine, is_moved: bool) -> dict[str, Cell]:
    def at(moment: datetime | None) -> str:
        # Short enough for a terminal of 80 columns; the sheet's heading has the year.
        return short_time(moment, office.calendar.zone) if moment is not None else ""

    return {
        "number": line.number, "state": word(line.state), "left": time_left(sheet.at, line.due_at, line.unit, office.calendar),
        "due": at(line.due_at), "place": line.place, "category": line.category, "handler": line.handler,
        "moved": t("handover.moved_mark") if is_moved else "", "what": word(line.asked_for), "asked_by": line.asked_by,
        "ordered_by": line.asked_by, "ordered_at": at(line.asked_at), "reply_by": at(line.due_at),
        "asked_at": at(line.asked_at), "lacking": word(line.lacking), "resumes": word(line.day),
    }  # fmt: skip


def _lines_table(key: str, title: str, lines: list[str]) -> Table:
    return Table(key, t(title), (t("column.content"),), tuple((line,) for line in lines if line.strip()))


def _signatures(office: Office, made: HandoverRecord) -> Table:
    taken_at = local_text(made.taken_at, office.calendar) if made.taken_at is not None else ""
    return Table(
        "signatures", t("report.shift.signatures"),
        tuple(t(f"column.{name}") for name in ("role", "name", "signed_at", "signature")),
        (
            (t("handover.leaving"), made.made_name, local_text(made.made_at, office.calendar), " " * 16),
            (t("handover.coming"), made.taken_name or made.to_name, taken_at, " " * 16),
        ),
    )  # fmt: skip
