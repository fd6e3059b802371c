"""Dispatch dialog: ranked candidates and excluded handlers, each with the reasons."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input, Static

from gridconsole.console.dialogs.candidates import CandidatesForm
from gridconsole.console.keys import bind
from gridconsole.console.messages import Operation
from gridconsole.console.widgets.table import Column, RowTable
from gridconsole.domain.actions import Act, Action
from gridconsole.domain.catalogue import Limit
from gridconsole.domain.parties import Actor, Handler
from gridconsole.domain.ranking import Excluded, HandlerCandidate, Ranking
from gridconsole.domain.text import is_reason
from gridconsole.language import listed, t, word
from gridconsole.language.due import moment_text
from gridconsole.language.durations import limit_text
from gridconsole.services import casework, foresight, handlers
from gridconsole.services.case_queries import CaseView

if TYPE_CHECKING:
    from gridconsole.services.casework import Receipt
    from gridconsole.services.office import Office


@dataclass(frozen=True, slots=True)
class HandlerLine:
    """A candidate or an excluded handler as a row."""

    position: int
    """From 1; 0 for one who cannot be chosen."""
    handler: Handler
    why: str
    now: str
    load: str
    rate: str
    blocked: bool
    """Cannot be chosen even with a reason."""
    is_recommended: bool = False
    is_present: bool = False
    """Handles the case now, and cannot be chosen for a redispatch."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Ranking of the handlers, and when the case would be due after the dispatch."""

    ranking: Ranking
    due_at: datetime | None
    limit: Limit | None


def columns() -> tuple[Column[HandlerLine], ...]:
    """Return the columns of the list."""

    def style(line: HandlerLine) -> str:
        return "dim" if line.blocked or not line.position else ""

    return (
        Column("", 2, lambda line: str(line.position) if line.position else "x", right=True),
        Column(t("column.candidate"), 0, lambda line: line.handler.name, style, weight=4),
        Column(t("column.why"), 0, lambda line: line.why, style, weight=3),
        Column(
            t("column.now"),
            6,
            lambda line: line.now,
            lambda line: "soon" if line.position and line.now == t("console.dispatch.off_shift") else style(line),
        ),
        Column(t("column.in_hand"), 4, lambda line: line.load, right=True),
        Column(t("column.on_time"), 6, lambda line: line.rate, right=True),
    )


class DispatchDialog(CandidatesForm[Judgement]):
    """Enter or F2 dispatches to the row under the cursor; handlers who are not responsible are folded into a line."""

    place = "dispatch"
    DEFAULT_CSS = "DispatchDialog RowTable { height: 8; }"
    BINDINGS: ClassVar[list[BindingType]] = [bind("f3", "excluded", "dispatch.excluded", key_display="F3", priority=True)]

    def __init__(self, view: CaseView, action: Action) -> None:
        super().__init__(view, action)
        self._nobody_on_duty = False
        self._judgement: Judgement | None = None
        self._shows_excluded = False

    def fields(self) -> ComposeResult:
        """Lay out the list, then what follows from the dispatch, helpers and the reason."""
        yield RowTable[HandlerLine](columns(), lambda line: (line.handler.kind, line.handler.id), id="candidates")
        yield Static("", id="folded", classes="label", markup=False)
        yield Static("", id="after", markup=False)
        yield Static(t("console.dispatch.helpers"), classes="label", markup=False)
        yield Input(id="helpers", compact=True, max_length=200)
        yield Static(t("console.dispatch.reason"), classes="label", markup=False)
        yield Input(id="words", compact=True, max_length=500)

    def judged(self) -> Judgement:
        """Return the ranking of the handlers, and the deadline that would result."""
        app, number = self.console_app, self._view.detail.row.number
        ranking = handlers.ranking_for(app.office, number)
        due = foresight.clock_after(app.office, app.actor, number, self._action, ranking) if app.actor is not None else None
        return Judgement(ranking, due.due_at if due is not None else None, due.allowed if due is not None else None)

    def lines_of(self, found: Judgement) -> tuple[list[HandlerLine], str]:
        """Return candidates in order, then those only off duty, then the excluded ones if they are unfolded."""
        self._judgement, ranking = found, found.ranking
        self._draw_after()
        present = self._view.detail.row.parties
        lines: list[HandlerLine] = []
        for item in ranking.candidates:
            is_present = (item.handler.kind.value, item.handler.id) == (present.handler_kind, present.handler_id)
            barred = is_present and self._action is Action.REDISPATCH
            position = 0 if barred else 1 + sum(1 for line in lines if line.position)
            lines.append(
                HandlerLine(
                    position=position,
                    handler=item.handler,
                    why=t("console.dispatch.present") if barred else _reasons(item),
                    now=t("console.dispatch.on_shift" if item.on_shift else "console.dispatch.off_shift"),
                    load=str(item.open_load),
                    rate="-" if item.on_time_rate is None else f"{item.on_time_rate:.0%}",
                    blocked=barred,
                    is_recommended=position == 1,
                    is_present=barred,
                )
            )
        resting = [item for item in ranking.excluded if item.tier is not None]
        for rested in resting:
            lines.append(
                HandlerLine(
                    1 + sum(1 for line in lines if line.position),
                    rested.handler,
                    word(rested.tier),
                    t("console.dispatch.off_shift"),
                    "",
                    "",
                    blocked=False,
                )
            )
        others = [item for item in ranking.excluded if item.tier is None]
        # Nobody is responsible: one of the others may be chosen with a reason.
        self._shows_excluded = self._shows_excluded or not lines
        if self._shows_excluded:
            lines += [HandlerLine(0, item.handler, word(item.reason), "", "", "", blocked=True) for item in others]
        self._fold(others)
        if ranking.candidates:
            return lines, ""
        self._nobody_on_duty = bool(ranking.off_duty)
        if ranking.off_duty:
            return lines, t("console.dispatch.off_duty", count=len(ranking.off_duty))
        return lines, t("console.dispatch.nobody")

    def _fold(self, others: Sequence[Excluded]) -> None:
        """Show how many handlers cannot be chosen, by reason."""
        counts = Counter(word(item.reason) for item in others)
        reasons = listed(f"{reason} {count}" for reason, count in counts.most_common())
        key = "console.dispatch.unfolded" if self._shows_excluded else "console.dispatch.folded"
        self.query_one("#folded", Static).update(t(key, count=len(others), reasons=reasons) if others else "")

    def _draw_after(self) -> None:
        """Show when the case would be due."""
        found, office = self._judgement, self.console_app.office
        if found is None or found.due_at is None or found.limit is None:
            return
        moment = moment_text(found.due_at, office.now(), office.calendar).strip()
        text = t("console.dispatch.after", moment=moment, limit=limit_text(found.limit))
        reply_by = self._view.detail.row.reply_by
        if reply_by is not None:
            text += "  " + t("console.dispatch.reply_first", moment=moment_text(reply_by, office.now(), office.calendar).strip())
        outer = self._view.detail.row.outer_due_at
        if outer is not None:
            moment = moment_text(outer, office.now(), office.calendar).strip()
            text += "  " + t("console.dispatch.outer", moment=moment)
        self.query_one("#after", Static).update(text)

    @property
    def handlers_shown(self) -> Collection[Handler]:
        """Return the handlers that can be chosen: their phones are shown too."""
        return [line.handler for line in self.candidates.rows if line.position]

    @property
    def act_label(self) -> str:
        """The act with the handler under the cursor."""
        line: HandlerLine | None = self.candidates.current if self.is_judged else None
        if line is None or not line.position:
            return super().act_label
        return t("console.dispatch.to", name=line.handler.name)

    @on(RowTable.Highlighted, "#candidates")
    def _moved(self) -> None:
        self.offer()

    def action_excluded(self) -> None:
        """Unfold the handlers who cannot be chosen, each with the reason, or fold them again."""
        if self._judgement is not None:
            self._shows_excluded = not self._shows_excluded
            lines, _ = self.lines_of(self._judgement)
            self.candidates.show(lines)

    def operation(self) -> Operation | None:
        """Dispatch to the row under the cursor; any row but the recommended one, and any redispatch, needs a reason."""
        app = self.console_app
        line: HandlerLine | None = self.candidates.current
        words, helpers = (self.query_one(f"#{name}", Input).value.strip() for name in ("words", "helpers"))
        if line is None:
            self.complain(t("console.dispatch.nobody" if self.is_judged else "console.candidates.unread"), "#candidates")
            return None
        if line.is_present:
            self.complain(t("console.dispatch.not_present"), "#candidates")
            return None
        if (not line.is_recommended or self._action is Action.REDISPATCH) and not is_reason(words):
            self.complain(t("console.dispatch.whom" if self._nobody_on_duty else "console.dispatch.why"), "#words")
            return None
        if not helpers or app.actor is None:
            return self.carrying_out(reason=words, handler=line.handler)
        act, number = self.act_with(reason=words, handler=line.handler), self._view.detail.row.number
        return partial(_dispatch, app.office, app.actor, number, act, helpers, self.request_id)


def _dispatch(office: Office, actor: Actor, number: str, act: Act, helpers: str, request_id: str) -> Receipt:
    """Find the helpers by what was typed, and dispatch; both run in a worker thread."""
    named = tuple(handlers.find_handler(office, one, number) for one in _BETWEEN.split(helpers) if one)
    return casework.act_on(office, actor, number, act.changed(cooperating=named), request_id)


_BETWEEN = re.compile(r"[、，,;；\s]+")
"""Separators between the names of helpers."""


def _reasons(item: HandlerCandidate) -> str:
    parts = [word(item.tier)]
    if item.stands_in_for:
        parts.append(t("roster.stands_in_for", name=item.stands_in_for))
    if item.is_territorial and parts != [t("console.dispatch.territorial")]:
        parts.append(t("console.dispatch.territorial"))
    if item.exact:
        parts.append(t("console.dispatch.exact"))
    return listed(parts)
