"""Dispatch dialog: ranked candidates and excluded handlers, each with the reasons."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.widgets import Input, Static

from gridconsole.console.dialogs.candidates import CandidatesForm
from gridconsole.console.messages import Operation
from gridconsole.console.text import masked
from gridconsole.console.widgets.table import Column, RowTable
from gridconsole.domain.actions import Action
from gridconsole.domain.parties import Handler
from gridconsole.domain.ranking import Excluded, Ranking
from gridconsole.domain.text import is_reason
from gridconsole.language import listed, t, word
from gridconsole.services import handlers
from gridconsole.services.case_queries import CaseView


@dataclass(frozen=True, slots=True)
class HandlerLine:
    """A candidate or an excluded handler as a row."""

    position: int
    """From 1; 0 for an excluded one."""
    handler: Handler
    why: str
    load: str
    rate: str
    blocked: bool


def columns() -> tuple[Column[HandlerLine], ...]:
    """Return the columns of the list."""

    def style(line: HandlerLine) -> str:
        return "dim" if line.blocked else ""

    return (
        Column("", 2, lambda line: str(line.position) if line.position else "x", right=True),
        Column(t("column.candidate"), 0, lambda line: line.handler.name, style, weight=3),
        Column(t("column.why"), 0, lambda line: line.why, style, weight=4),
        Column(t("column.in_hand"), 4, lambda line: line.load, right=True),
        Column(t("column.on_time"), 6, lambda line: line.rate, right=True),
    )


class DispatchDialog(CandidatesForm[Ranking]):
    """Enter dispatches to the row under the cursor."""

    def __init__(self, view: CaseView, action: Action) -> None:
        super().__init__(view, action)
        self._nobody_on_duty = False
        self.first = "#words" if action is Action.REDISPATCH else "#candidates"

    def fields(self) -> ComposeResult:
        """Lay out the reason on top (input methods open below the field), then the list."""
        row = self._view.detail.row
        yield Static(masked(f"{row.category} {row.area_name} {row.grid_name} {row.address}"), classes="label")
        yield Static(t("console.dispatch.reason"), classes="label", markup=False)
        yield Input(id="words", compact=True, max_length=500)
        yield RowTable[HandlerLine](columns(), lambda line: (line.handler.kind, line.handler.id), id="candidates")

    def judged(self) -> Ranking:
        """Return the ranking of the handlers."""
        return handlers.ranking_for(self.console_app.office, self._view.detail.row.number)

    def lines_of(self, found: Ranking) -> tuple[list[HandlerLine], str]:
        """Return candidates in order, then excluded handlers, and a complaint if there is no candidate."""
        lines = [
            HandlerLine(
                position=index,
                handler=item.handler,
                why=_reasons(item.tier, item.is_territorial, item.exact, item.on_shift),
                load=str(item.open_load),
                rate="-" if item.on_time_rate is None else f"{item.on_time_rate:.0%}",
                blocked=False,
            )
            for index, item in enumerate(found.candidates, 1)
        ]
        lines += [
            HandlerLine(position=0, handler=item.handler, why=_reason_against(item), load="", rate="", blocked=item.tier is None)
            for item in found.excluded
        ]
        if found.candidates:
            return lines, ""
        self._nobody_on_duty = bool(found.off_duty)
        if found.off_duty:
            return lines, t("console.dispatch.off_duty", count=len(found.off_duty))
        return lines, t("console.dispatch.nobody")

    def operation(self) -> Operation | None:
        """Dispatch to the row under the cursor; any row but the first, and any redispatch, needs a reason."""
        line: HandlerLine | None = self.candidates.current
        words = self.query_one("#words", Input).value.strip()
        if line is None:
            self.complain(t("console.dispatch.nobody" if self.is_judged else "console.candidates.unread"), "#candidates")
            return None
        if (line.position != 1 or self._action is Action.REDISPATCH) and not is_reason(words):
            self.complain(t("console.dispatch.whom" if self._nobody_on_duty else "console.dispatch.why"), "#words")
            return None
        return self.carrying_out(reason=words, handler=line.handler)


def _reason_against(item: Excluded) -> str:
    return word(item.reason) if item.tier is None else listed((word(item.tier), word(item.reason)))


def _reasons(tier: object, territorial: bool, exact: bool, on_shift: bool) -> str:
    parts = [word(tier)]
    if territorial:
        parts.append(t("console.dispatch.territorial"))
    if exact:
        parts.append(t("console.dispatch.exact"))
    parts.append(t("console.dispatch.on_shift" if on_shift else "console.dispatch.off_shift"))
    return listed(parts)
