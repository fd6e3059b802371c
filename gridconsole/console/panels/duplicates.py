"""查重: the cases that may be the same matter, and a comparison of the case with the one under the cursor."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from gridconsole.console.dialogs.merge import JudgeDialog, MergeDialog
from gridconsole.console.keys import bind
from gridconsole.console.messages import Changed, LoadFailed
from gridconsole.console.modes.base import OfficeScreen, TopBar
from gridconsole.console.text import fit, line_of, safe
from gridconsole.console.widgets.key_bar import KeyBar
from gridconsole.console.widgets.table import Column, RowTable
from gridconsole.domain.errors import GridConsoleError
from gridconsole.language import listed, t, word
from gridconsole.language.durations import local_text
from gridconsole.language.wording import clue_texts, link_marks
from gridconsole.services import case_queries, duplicates
from gridconsole.services.case_queries import CaseView
from gridconsole.services.duplicates import Comparison, DuplicateCandidate, Value


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


class DuplicatesScreen(OfficeScreen):
    """Candidates above, the two cases below; nothing is merged without a dialog that says which case goes into which."""

    DEFAULT_CSS = """
    DuplicatesScreen #rows { height: 8; }
    DuplicatesScreen #pair { height: 1fr; }
    DuplicatesScreen #sides { height: auto; }
    DuplicatesScreen #sides Static { width: 1fr; height: auto; padding: 0 1; }
    DuplicatesScreen #clues { height: auto; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "leave", "duplicates.back"),
        bind("f2", "follow", "duplicates.follow", key_display="F2"),
        bind("f3", "judge", "duplicates.judge", key_display="F3"),
        bind("f4", "lead", "duplicates.lead", key_display="F4"),
    ]

    def __init__(self, number: str) -> None:
        super().__init__()
        self._number = number
        self.view: CaseView | None = None
        self._comparison: Comparison | None = None

    def compose(self) -> ComposeResult:
        """Lay out heading, candidates, reasons, the two sides and keys."""
        yield TopBar("desk")
        yield Static(t("console.duplicates.heading", number=self._number), classes="bar", markup=False)
        yield RowTable[DuplicateCandidate](
            self._columns(), lambda candidate: candidate.row.number, empty=t("cli.incident.no_candidates"), id="rows"
        )
        yield Static("", id="clues", markup=False)
        with VerticalScroll(id="pair", can_focus=False), Horizontal(id="sides"):
            yield Static("", id="left", markup=False)
            yield Static("", id="right", markup=False)
        yield KeyBar()

    def _columns(self) -> tuple[Column[DuplicateCandidate], ...]:
        calendar = self.console_app.office.calendar
        return (
            Column(t("column.score"), 4, lambda item: str(item.score), right=True),
            Column(t("column.number"), 13, lambda item: item.row.number),
            Column(t("column.state"), 8, lambda item: word(item.row.state)),
            Column(t("column.reported_at"), 21, lambda item: local_text(item.row.reported_at, calendar), narrowest=70),
            Column(t("column.verdict"), 20, _mark),
            Column(t("column.clues"), 0, lambda item: listed(clue_texts(item.clues)), narrowest=100),
        )

    @property
    def table(self) -> RowTable[DuplicateCandidate]:
        """The candidates."""
        return self.query_one("#rows", RowTable)

    def on_mount(self) -> None:
        """Load the case and its candidates."""
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
        self.view = event.view
        self.table.show(event.candidates)
        if not event.candidates:
            self._comparison = None
            for name in ("#clues", "#left", "#right"):
                self.query_one(name, Static).update("")
        else:
            self._look()

    @on(RowTable.Highlighted, "#rows")
    def _highlighted(self) -> None:
        self._look()

    def _look(self) -> None:
        if self.table.current is not None:
            self._compare(self.table.current.row.number)

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
        current = self.table.current
        # The cursor may have moved on while this was read.
        if current is not None and current.row.number == event.comparison.right:
            self._comparison = event.comparison
            self._draw()

    def _draw(self) -> None:
        found = self._comparison
        if found is None:
            return
        self.query_one("#clues", Static).update(safe(t("cli.incident.score", score=found.score, clues=clue_texts(found.clues))))
        width = max(self.size.width // 2 - 3, 20)
        for side in ("left", "right"):
            lines = [Content.styled(safe(getattr(found, side)).plain, "bold")]
            for item in found.differences:
                said = f"{' ' if item.same else '*'} {t(f'column.{item.field}')} {self._shown(getattr(item, side))}"
                # Only the text may take several lines: everything above it has the same height on both sides.
                whole = safe(said) if item.field == "text" else safe(fit(line_of(said), width))
                lines.append(whole if item.same else Content.styled(whole.plain, "bold"))
            self.query_one(f"#{side}", Static).update(Content("\n").join(lines))

    def _shown(self, value: Value) -> str:
        if isinstance(value, datetime):
            return local_text(value, self.console_app.office.calendar)
        return word(value) if isinstance(value, StrEnum) else value

    def on_resize(self, _event: events.Resize) -> None:
        """Cut the lines to the new width."""
        self._draw()

    @on(LoadFailed)
    def _failed(self, event: LoadFailed) -> None:
        self.console_app.say_error(event.error)

    def action_leave(self) -> None:
        """Go back to the case."""
        self.app.pop_screen()

    def action_follow(self) -> None:
        """Open the dialog that merges the case into the one under the cursor."""
        if self.view is not None and self.table.current is not None:
            self.app.push_screen(MergeDialog(self.view.detail.row, self.table.current.row.number))

    def action_lead(self) -> None:
        """Open the dialog that merges the one under the cursor into the case."""
        if self.table.current is not None:
            self.app.push_screen(MergeDialog(self.table.current.row, self._number))

    def action_judge(self) -> None:
        """Open the dialog for a verdict on the pair."""
        if self.table.current is not None:
            self.app.push_screen(JudgeDialog(self._number, self.table.current.row, self.table.current.verdict))


def _mark(candidate: DuplicateCandidate) -> str:
    into = candidate.merged_into
    return " ".join(link_marks(candidate.verdict, into[-5:] if into else None, candidate.leads))
