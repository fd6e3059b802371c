"""派核实, 派核查: the people who can be sent to a case, wardens of its own grid first, and those who cannot, with the reason."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.widgets import Input, Static

from gridconsole.console.dialogs.candidates import CandidatesForm
from gridconsole.console.messages import Operation
from gridconsole.console.text import masked, safe
from gridconsole.console.widgets.table import Column, RowTable
from gridconsole.domain.actions import Action
from gridconsole.domain.task import TASK_IN, AssigneeCandidate, AssigneeFlaw
from gridconsole.language import t, word
from gridconsole.services import tasks
from gridconsole.services.case_queries import CaseView


@dataclass(frozen=True, slots=True)
class AssigneeLine:
    """A candidate for an inspection as a row, possible or excluded."""

    position: int
    """From 1; 0 for a candidate who cannot be sent."""
    candidate: AssigneeCandidate
    flaw: AssigneeFlaw | None

    @property
    def why(self) -> str:
        """Return the person's post on this grid, or the reason against sending them."""
        if self.flaw is not None:
            return word(self.flaw)
        if self.candidate.rank:
            return t("console.send.of_grid", rank=self.candidate.rank)
        return word(self.candidate.who.kind)


def _dim(line: AssigneeLine) -> str:
    return "dim" if line.flaw is not None else ""


def columns() -> tuple[Column[AssigneeLine], ...]:
    """Return the columns of the list."""
    return (
        Column("", 2, lambda line: str(line.position) if line.position else "x", right=True),
        Column(t("column.sent_to"), 12, lambda line: line.candidate.who.name, _dim),
        Column(t("column.remark"), 0, lambda line: line.why, _dim),
        Column(t("column.open_tasks"), 4, lambda line: str(line.candidate.open_tasks), right=True),
    )


class AssignmentDialog(CandidatesForm[list[tasks.Judged]]):
    """Dialog that sends a person to a case; Enter sends the person under the cursor."""

    place = "task"

    def __init__(self, view: CaseView) -> None:
        super().__init__(view, Action.SEND)

    def fields(self) -> ComposeResult:
        """Lay out the matter and its present assignee, a remark, then the people."""
        row = self._view.detail.row
        yield Static(masked(f"{row.category} {row.area_name} {row.grid_name} {row.address}"), classes="label")
        kind = TASK_IN.get(row.state)
        if kind is not None:
            yield Static(t("console.send.heading", kind=kind), classes="label", markup=False)
        sent = [task for task in self._view.tasks if not task.ended]
        if sent:
            yield Static(safe(t("console.send.out", name=sent[-1].assignee.name)), classes="label")
        yield Static(t("console.send.words"), classes="label", markup=False)
        yield Input(id="words", compact=True, max_length=500)
        yield RowTable[AssigneeLine](columns(), lambda line: (line.candidate.who.kind, line.candidate.who.id), id="candidates")

    def judged(self) -> list[tasks.Judged]:
        """Return all candidates: those who can be sent, and those who cannot."""
        return tasks.candidates(self.console_app.office, self._view.detail.row.number)

    def lines_of(self, found: list[tasks.Judged]) -> tuple[list[AssigneeLine], str]:
        """Return the rows, with possible candidates numbered, and a complaint if there are none."""
        lines = [
            AssigneeLine(0 if flaw is not None else number, candidate, flaw) for number, (candidate, flaw) in enumerate(found, 1)
        ]
        return lines, "" if any(line.position for line in lines) else t("console.send.nobody")

    def operation(self) -> Operation | None:
        """Send the person under the cursor; an excluded person is refused here, with the reason."""
        line: AssigneeLine | None = self.candidates.current
        if line is None:
            self.complain(t("console.send.nobody" if self.is_judged else "console.candidates.unread"), "#candidates")
            return None
        if line.flaw is not None:
            self.complain(t("console.send.excluded", reason=line.flaw), "#candidates")
            return None
        return self.carrying_out(note=self.query_one("#words", Input).value.strip(), assignee=line.candidate)
