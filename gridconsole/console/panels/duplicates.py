"""查重: the cases that may be the same matter, marked for merging; a comparison with the one under the cursor; and what would follow."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from gridconsole.console.dialogs.merge import JudgeDialog
from gridconsole.console.keys import bind
from gridconsole.console.messages import Changed, LoadFailed
from gridconsole.console.modes.base import OfficeScreen, TopBar
from gridconsole.console.sizes import LOW, SMALL
from gridconsole.console.text import fit, line_of, safe
from gridconsole.console.widgets.key_bar import KeyBar, Offer
from gridconsole.console.widgets.panel import Panel, ScrollPanel
from gridconsole.console.widgets.table import Column, RowTable
from gridconsole.domain.actions import Action
from gridconsole.domain.codes import PairVerdict
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.states import LINKERS
from gridconsole.domain.text import mask_text
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import sentences, t, word
from gridconsole.language.acts import operator_name
from gridconsole.language.due import moment_text
from gridconsole.language.durations import local_text
from gridconsole.language.error_sentences import Surface, error_sentence
from gridconsole.language.wording import clue_texts, link_marks
from gridconsole.services import case_queries, duplicates, many
from gridconsole.services.case_queries import CaseView
from gridconsole.services.duplicates import Comparison, DuplicateCandidate, Value
from gridconsole.services.many import Intended, Outcome


class CandidatesLoaded(Message):
    """A case and its possible duplicates were loaded."""

    def __init__(self, view: CaseView, candidates: tuple[DuplicateCandidate, ...]) -> None:
        super().__init__()
        self.view, self.candidates = view, candidates


class Compared(Message):
    """A comparison of two cases was loaded."""

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self.comparison = comparison


class MergesDone(Message):
    """The marked cases were merged, or refused."""

    def __init__(self, outcomes: tuple[Outcome, ...]) -> None:
        super().__init__()
        self.outcomes = outcomes


@dataclass(frozen=True, slots=True)
class Likeness:
    """A case of the group as a line: the inspected one, or a candidate."""

    row: QueueRow
    who: str
    candidate: DuplicateCandidate | None = None
    """None for the inspected case."""


class DuplicatesScreen(OfficeScreen):
    """The group above, leading case first; F2 merges all marked ones into it. Below, two cases field by field, and what would follow."""

    DEFAULT_CSS = """
    DuplicatesScreen #group { height: 1fr; }
    DuplicatesScreen #below { height: 16; }
    DuplicatesScreen.small #below { height: 10; }
    DuplicatesScreen #pair { width: 3fr; height: 100%; }
    DuplicatesScreen #after { width: 2fr; height: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "leave", "duplicates.back", show=False),
        bind("f2", "merge", "duplicates.merge", key_display="F2", show=False),
        bind("space", "mark", "duplicates.mark", show=False),
        bind("f3", "lead", "duplicates.lead", key_display="F3", show=False),
        bind("f4", "judge", "duplicates.judge", key_display="F4", show=False),
    ]

    def __init__(self, number: str) -> None:
        super().__init__()
        self._number = number
        self.view: CaseView | None = None
        self.marked: set[str] = set()
        """Numbers of the cases to merge."""
        self.lead = number
        """Number of the case that they would be merged into."""
        self._comparison: Comparison | None = None
        self._refusals: dict[str, str] = {}
        self._is_merging = False

    def compose(self) -> ComposeResult:
        """Lay out the group, the comparison, what would follow, and keys."""
        yield TopBar("desk")
        with Panel(id="group"):
            yield RowTable[Likeness](
                self._columns(), lambda one: one.row.number, empty=t("cli.incident.no_candidates"), gutter=self._gutter, id="rows"
            )
        with Horizontal(id="below"):
            with ScrollPanel(id="pair"):
                yield Static("", id="sides", markup=False)
            with ScrollPanel(id="after"):
                yield Static("", id="effects", markup=False)
        yield KeyBar()

    def _columns(self) -> tuple[Column[Likeness], ...]:
        office = self.console_app.office

        def when(one: Likeness) -> str:
            return moment_text(one.row.reported_at, office.now(), office.calendar)

        return (
            Column(t("column.score_short"), 3, self._score, right=True),
            Column(t("column.reported_short"), 9, when),
            Column(t("column.source"), 8, lambda one: word(one.row.source), narrowest=70),
            Column(t("column.number_short"), 5, lambda one: one.row.number[8:]),
            Column(t("column.state"), 6, lambda one: word(one.row.state)),
            Column(t("column.address"), 0, lambda one: mask_text(one.row.address), weight=2),
            Column(t("column.reporter"), 20, lambda one: one.who, lambda _: "mut", narrowest=90),
            Column(t("column.summary"), 0, self._said, self._said_style, weight=3),
        )

    def _gutter(self, one: Likeness) -> str:
        return f" {'*' if one.row.number in self.marked else ' '}"

    def _score(self, one: Likeness) -> str:
        if one.row.number == self.lead:
            return t("duplicates.lead")
        return "-" if one.candidate is None else str(one.candidate.score)

    def _said(self, one: Likeness) -> str:
        if one.row.number in self._refusals:
            return self._refusals[one.row.number]
        if one.candidate is None:
            return mask_text(one.row.summary)
        into = one.candidate.merged_into
        marks = link_marks(one.candidate.verdict, into[-5:] if into else None, one.candidate.leads)
        return " ".join((*marks, mask_text(one.row.summary)))

    def _said_style(self, one: Likeness) -> str:
        return "soon" if one.row.number in self._refusals else ""

    @property
    def table(self) -> RowTable[Likeness]:
        """The group."""
        return self.query_one("#rows", RowTable)

    @property
    def _current(self) -> Likeness | None:
        found = self.table.current
        return found if isinstance(found, Likeness) else None

    def on_mount(self) -> None:
        """Load the case and its candidates."""
        self.query_one("#after", ScrollPanel).entitle(t("duplicates.after.title"))
        self.table.focus()
        self._load()

    @on(Changed)
    def _changed(self) -> None:
        self._load()

    @work(thread=True, exclusive=True, group="candidates", exit_on_error=False)
    def _load(self) -> None:
        worker, app = get_current_worker(), self.console_app
        try:
            view = case_queries.view(app.office, self._number, app.actor)
            found = duplicates.candidates(app.office, self._number)
        except GridConsoleError as error:
            self.post_message(LoadFailed(error))
            return
        if not worker.is_cancelled:
            self.post_message(CandidatesLoaded(view, found))

    @on(CandidatesLoaded)
    def _show(self, event: CandidatesLoaded) -> None:
        first, self.view = self.view is None, event.view
        detail, found = event.view.detail, event.candidates
        every = {one.row.number: one for one in (Likeness(one.row, one.who, one) for one in found)}
        if found:
            every[detail.row.number] = Likeness(detail.row, f"{detail.reporter} {detail.phone}".strip())
        if first or self.lead not in every or not every[self.lead].row.is_open:
            former, self.lead = self.lead, duplicates.leading(detail.row, found)
            if not first and former != self.lead:
                self._say_who_leads_now(former, every)
        if first:
            alike = {one.row.number for one in found if one.score >= duplicates.ALIKE and one.verdict is not PairVerdict.RELATED}
            self.marked = alike | ({self._number} if self._number != self.lead and alike else set())
        self.marked = {number for number in self.marked if number in every and self._may_follow(every[number])}
        self.table.show(sorted(every.values(), key=lambda one: (one.row.number != self.lead, -self._rank(one))))
        self._look()
        self._draw()

    def _say_who_leads_now(self, former: str, every: Mapping[str, Likeness]) -> None:
        """Say that the leading case was taken out of the group meanwhile, and which one leads instead."""
        state = word(every[former].row.state) if former in every else t("duplicates.gone")
        steps = self.view.timeline if self.view is not None and former == self._number else ()
        # Notes and reminders that came after it say nothing of who took it out.
        last = next((step for step in reversed(steps) if step.facts.get("to") != step.facts.get("from")), None)
        by = t("duplicates.by", name=line_of(operator_name(last.operator))) if last is not None else ""
        text = t("duplicates.lead_gone", number=former[8:], state=state, lead=self.lead[8:])
        self.console_app.say(sentences(text, by), error=True)

    def _rank(self, one: Likeness) -> int:
        return 100 if one.candidate is None else one.candidate.score

    def _may_follow(self, one: Likeness) -> bool:
        return duplicates.may_follow(one.row, self.lead)

    @on(RowTable.Highlighted, "#rows")
    def _highlighted(self) -> None:
        self._look()

    def _look(self) -> None:
        """Compare the case with the one under the cursor; on its own line with the one below."""
        current = self._current
        others = [one.row.number for one in self.table.rows if one.row.number != self._number]
        if current is not None and others:
            self._compare(others[0] if current.candidate is None else current.row.number)
        else:
            self._comparison = None
            self.query_one("#sides", Static).update("")

    @work(thread=True, exclusive=True, group="comparison", exit_on_error=False)
    def _compare(self, other: str) -> None:
        worker = get_current_worker()
        try:
            found = duplicates.compare(self.console_app.office, self._number, other)
        except GridConsoleError as error:
            self.post_message(LoadFailed(error))
            return
        if not worker.is_cancelled:
            self.post_message(Compared(found))

    @on(Compared)
    def _compared(self, event: Compared) -> None:
        self._comparison = event.comparison
        self._draw_pair()

    # --- drawing ---

    def _draw(self) -> None:
        """Draw titles, what would follow, and keys; the marks are drawn with the table."""
        count, lead = len(self.marked), self.lead[8:]
        group = self.query_one("#group", Panel)
        category = self.view.detail.row.category if self.view is not None else ""
        group.entitle(
            t(
                "duplicates.title",
                number=f"{self._number[4:8]} {self._number[8:]}",
                category=category,
                count=len(self.table.rows),
            ),
            t("duplicates.hint", score=duplicates.ALIKE, count=count) if self.table.rows else "",
        )
        self.query_one("#effects", Static).update("\n".join(self._effects()))
        offers = [Offer("escape", "Esc", (t("key.duplicates.back"),))]
        actor = self.console_app.actor
        if self.table.rows and actor is not None and actor.roles & LINKERS:
            merge = [Offer("f2", "F2", (t("duplicates.merge", number=lead, count=count),))] if count else []
            marks = [Offer("space", t("key.space"), (t("key.duplicates.mark"),))]
            rest = [Offer("f3", "F3", (t("key.duplicates.lead"),)), Offer("f4", "F4", (t("key.duplicates.judge"),))]
            offers = [*merge, *marks, *rest, *offers]
        self.query_one(KeyBar).offer(t("console.marked", count=count) if count else "", offers)
        self.table.refresh()

    def _effects(self) -> list[str]:
        marked = [one for one in self.table.rows if one.row.number in self.marked]
        others = sum(1 for one in self.table.rows if self._may_follow(one)) - len(marked)
        lines = []
        if marked:
            lead, count = self.lead[8:], len(marked)
            residents = sum(one.row.source.is_resident for one in marked)
            lines = [t("duplicates.after.rest", count=count), t("duplicates.after.follow", number=lead)]
            if residents:
                lines += [t("duplicates.after.call", count=residents), t("duplicates.after.dissatisfied", number=lead)]
            lines += [t("duplicates.after.apart"), ""]
        return [*lines, t("duplicates.after.unmarked", count=others)] if others else lines

    def _draw_pair(self) -> None:
        found = self._comparison
        if found is None:
            return
        title = t("duplicates.pair.title", left=found.left[8:], right=found.right[8:], score=found.score)
        self.query_one("#pair", ScrollPanel).entitle(title)
        width = max((self.query_one("#sides", Static).size.width - 16) // 2, 10)
        lines = [line_of("  ".join(clue_texts(found.clues)))]
        for item in found.differences:
            if item.left == item.right == "":
                continue
            left, right = (fit(line_of(self._shown(getattr(item, side))), width) for side in ("left", "right"))
            mark = t("duplicates.same") if item.same else t("duplicates.other")
            lines.append(f"{fit(t(f'column.{item.field}'), 8)} {left} {right} {mark}")
        self.query_one("#sides", Static).update(Content("\n").join(map(safe, lines)))

    def _shown(self, value: Value) -> str:
        if isinstance(value, datetime):
            return local_text(value, self.console_app.office.calendar)
        return word(value) if isinstance(value, StrEnum) else value

    def on_resize(self, event: events.Resize) -> None:
        """Cut the lines to the new width, and leave the frames out on a small terminal."""
        self.set_class(event.size.width < SMALL or event.size.height < LOW, "small")
        self.call_after_refresh(self._draw_pair)

    @on(LoadFailed)
    def _failed(self, event: LoadFailed) -> None:
        self._is_merging = False
        self.console_app.say_error(event.error)

    # --- keys ---

    def on_key(self, event: events.Key) -> None:
        """Take the full-width space for the space that marks."""
        if event.character == "\N{IDEOGRAPHIC SPACE}":
            event.stop()
            self.action_mark()

    def action_leave(self) -> None:
        """Go back to the case."""
        self.app.pop_screen()

    def action_mark(self) -> None:
        """Mark the case under the cursor, or take its mark away."""
        current = self._current
        if current is None:
            return
        if not self._may_follow(current):
            self.console_app.say(t("duplicates.not_markable"))
            return
        self.marked ^= {current.row.number}
        self.table.action_move(1)
        self._draw()

    def action_lead(self) -> None:
        """Let the others be merged into the case under the cursor; the former leading case is marked in its place."""
        current, former = self._current, self.lead
        if current is None or current.row.number == former:
            return
        if not self._may_follow(current):
            self.console_app.say(t("duplicates.not_leading"))
            return
        self.lead = current.row.number
        was = next((one for one in self.table.rows if one.row.number == former), None)
        self.marked.discard(self.lead)
        if was is not None and self._may_follow(was):
            self.marked.add(former)
        self._draw()

    def action_judge(self) -> None:
        """Open the dialog for a verdict on the pair."""
        current = self._current
        if current is not None and current.candidate is not None:
            self.app.push_screen(JudgeDialog(self._number, current.row, current.candidate.verdict))

    def action_merge(self) -> None:
        """Merge every marked case into the leading one; what is refused stays marked, with the reason."""
        marked = [one.row for one in self.table.rows if one.row.number in self.marked]
        if not marked:
            self.console_app.say(t("duplicates.none_marked"))
        elif not self._is_merging:
            self._is_merging = True
            self._merge([Intended(row.number, row.version, uuid.uuid4().hex) for row in marked], self.lead)

    @work(thread=True, group="merge", exit_on_error=False)
    def _merge(self, wanted: list[Intended], lead: str) -> None:
        app = self.console_app
        try:
            if app.actor is not None:
                app.session.confirm()
                self.post_message(MergesDone(many.act_on_each(app.office, app.actor, Action.MERGE, wanted, "", lead)))
        except GridConsoleError as error:
            self.post_message(LoadFailed(error))

    @on(MergesDone)
    def _merged(self, event: MergesDone) -> None:
        self._is_merging = False
        self._refusals = {
            one.number: error_sentence(one.error, Surface.CONSOLE)[0] for one in event.outcomes if one.error is not None
        }
        done = {one.number for one in event.outcomes if one.receipt is not None}
        self.marked -= done
        said = [t("duplicates.merged", count=len(done), number=self.lead[8:])] if done else []
        said += [t("console.many.refused", count=len(self._refusals))] if self._refusals else []
        self.console_app.say("  ".join(said), error=bool(self._refusals))
        self.console_app.notify_screens(Changed())
