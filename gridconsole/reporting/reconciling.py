"""对账: the differences between other systems' lists and this office, as a report of four short lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.views.reconciling import Difference, Disagreement
from gridconsole.language import in_brackets, listed, t, word
from gridconsole.language.acts import act_name
from gridconsole.language.durations import local_text
from gridconsole.reporting.model import Cell, Metric, Report, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridconsole.services.office import Office
    from gridconsole.services.reconciling import Reconciliation

_COLUMNS = ("number", "ref", "state", "said", "done_at", "result", "handler", "category", "address", "next_step")


def report(office: Office, found: Reconciliation) -> Report:
    """Return the four lists, each with its count; the last column is the next step, of the operator or of others."""
    return Report(
        key="reconcile",
        title=t("report.reconcile", office=office.name),
        office=office.name,
        period=office.today().isoformat(),
        made_at=office.now(),
        metrics=tuple(
            Metric(difference.value, t(f"Difference.{difference}"), len(found.found[difference]), t("metric.unit"))
            for difference in Difference
        ),
        tables=tuple(_table(office, difference, found.found[difference]) for difference in Difference),
    )


def _table(office: Office, difference: Difference, found: Sequence[Disagreement]) -> Table:
    return Table(
        difference.value,
        t(f"Difference.{difference}"),
        tuple(t(f"column.{name}") for name in _COLUMNS),
        tuple(_line(office, one) for one in found),
    )


def _line(office: Office, one: Disagreement) -> tuple[Cell, ...]:
    row, mark = one.row, one.mark
    done = "" if mark is None or mark.done_at is None else f"{mark.done_at:%Y-%m-%d %H:%M}"
    closed = local_text(row.closed_at, office.calendar) if row.closed_at is not None else ""
    return (
        row.number, one.source_ref, f"{word(row.state)} {closed}".strip(), mark.said if mark is not None else "", done,
        mark.result if mark is not None else "", row.handler, row.category, row.address,
        next_step(one),
    )  # fmt: skip


def next_step(one: Disagreement) -> str:
    """Word the next step of a case: the operator's own, or that of others with their roles."""
    if one.step is not None:
        return act_name(one.step.value)
    if one.waits_for is None:
        return ""
    action, roles = one.waits_for
    step = in_brackets(act_name(action.value), listed(word(role) for role in roles))
    return step if one.unknown_unit is None else f"{step} {unit_words(one.unknown_unit)}"


def unit_words(name: str) -> str:
    """Say that a list names no unit of this office, so that the case is dispatched by hand."""
    return t("reconcile.unit", name=name) if name else t("reconcile.no_unit")
