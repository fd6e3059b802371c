"""Acting on several marked cases: which of them allow it, what stands against the others, and the result of each."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from textual import on, work
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Input, Static

from gridconsole.console.contents import contents_of
from gridconsole.console.dialogs.form import Form
from gridconsole.console.messages import LoadFailed, Operation
from gridconsole.console.widgets.key_bar import KeyBar, Offer
from gridconsole.console.widgets.table import Column, RowTable
from gridconsole.domain.actions import SPECS, Action, Need
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.parties import Actor
from gridconsole.domain.text import is_reason
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import t, word
from gridconsole.language.error_sentences import Surface, error_sentence
from gridconsole.language.reasons import reason_words
from gridconsole.services import many
from gridconsole.services.many import Intended, Outcome
from gridconsole.services.office import Office


class Prepared(Message):
    """It is known which cases allow the act."""

    def __init__(self, found: tuple[Intended, ...]) -> None:
        super().__init__()
        self.found = found


@dataclass(frozen=True, slots=True)
class MarkedLine:
    """A marked case as a row of the dialog."""

    row: QueueRow
    intended: Intended
    result: str = ""
    """Reason of the refusal; empty before the act."""


def _about(line: MarkedLine) -> str:
    """Word what would be done with a case, or what stands against it."""
    if line.result:
        return line.result
    if line.intended.refusal is not None:
        return reason_words(line.intended.refusal)
    if line.intended.hindrance is not None:
        return t(f"console.many.{line.intended.hindrance.value}")
    if line.intended.handler is not None:
        duty = "" if line.intended.is_recommended else t("console.many.off_duty")
        return f"{line.intended.handler.name} {duty}".rstrip()
    return ""


def _act_on_each(
    office: Office, actor: Actor, action: Action, intended: Sequence[Intended], words: str, lead: str | None, outcomes: list[Outcome]
) -> None:  # fmt: skip
    """Act on each case in a worker thread."""
    outcomes += many.act_on_each(office, actor, action, intended, words, lead)


class MarkedDialog(Form):
    """One act on all marked cases that allow it, with the same words; Enter or F2 carries it out."""

    is_drawer = True
    DEFAULT_CSS = "MarkedDialog RowTable { height: auto; max-height: 14; min-height: 4; }"

    def __init__(self, action: Action, rows: Sequence[QueueRow], taken: Callable[[Sequence[int]], None]) -> None:
        """Args:
        taken: called with the keys of the cases on which the act was done.
        """
        super().__init__()
        self._action, self._rows, self._taken = action, {row.number: row for row in rows}, taken
        self._lead = min(self._rows) if action is Action.MERGE else None
        """The first reported case, into which the others are merged."""
        self._intended = tuple(Intended(row.number, row.version, uuid.uuid4().hex) for row in rows)
        self._is_ready = False
        self._outcomes: list[Outcome] = []
        """Results of the last time, filled by the worker that acts and read once it is done."""
        self.draft_kind = action.value
        self.heading = t("console.many.heading", action=action, count=len(rows))

    def fields(self) -> ComposeResult:
        """Lay out the cases and the words for all of them."""
        columns: tuple[Column[MarkedLine], ...] = (
            Column(t("column.number_short"), 5, lambda line: line.row.number[8:]),
            Column(t("column.category"), 16, lambda line: line.row.category),
            Column("", 0, _about, lambda line: "soon" if line.result or line.intended.hindrance else ""),
        )
        yield RowTable[MarkedLine](columns, lambda line: line.row.number, id="cases")
        yield Static("", id="sum", classes="label", markup=False)
        yield Static(t("console.many.words"), classes="label", markup=False)
        yield Input(id="words", compact=True, max_length=2000)

    def on_mount(self) -> None:
        """Find out which cases allow the act."""
        self.query_one("#words").focus()
        plate, fold = t("console.marked", count=len(self._rows)), Offer("escape", "Esc", (t("key.form.cancel"),))
        self.query_one(KeyBar).offer(plate, [Offer("f2", "F2", (word(self._action),)), fold])
        self._draw()
        self._prepare()

    @work(thread=True, exclusive=True, group="intended", exit_on_error=False)
    def _prepare(self) -> None:
        app = self.console_app
        try:
            if app.actor is not None:
                self.post_message(Prepared(many.intend(app.office, app.actor, self._action, self._intended, self._lead)))
        except GridConsoleError as error:
            self.post_message(LoadFailed(error))

    @on(Prepared)
    def _prepared(self, event: Prepared) -> None:
        self._intended, self._is_ready = event.found, True
        self._draw()

    @on(LoadFailed)
    def _failed(self, event: LoadFailed) -> None:
        self.console_app.say_error(event.error)

    def _draw(self) -> None:
        refused = {
            outcome.number: error_sentence(outcome.error, Surface.CONSOLE)[0] for outcome in self._outcomes if outcome.error
        }
        done = {outcome.number for outcome in self._outcomes if outcome.receipt is not None}
        lines = [
            MarkedLine(self._rows[one.number], one, refused.get(one.number, ""))
            for one in self._intended
            if one.number not in done
        ]
        self.query_one("#cases", RowTable).show(
            sorted(lines, key=lambda line: (not line.result, line.intended.hindrance is not None))
        )
        able = sum(1 for line in lines if line.intended.hindrance is None)
        lead = t("console.many.into", number=self._lead[8:]) if self._lead is not None else ""
        self.query_one("#sum", Static).update(f"{t('console.many.sum', able=able, others=len(lines) - able)}  {lead}".rstrip())

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_submit()

    @property
    def _must_say(self) -> bool:
        """Return whether the act needs words: by its rule, or because a handler is not on duty."""
        needs = set(SPECS[self._action].needs)
        off_duty = any(one.handler is not None and not one.is_recommended for one in self._intended)
        return bool(needs & {Need.NOTE, Need.REASON}) or off_duty

    def operation(self) -> Operation | None:
        """Return the acts on the cases that allow them; missing words are reported here."""
        app, words = self.console_app, self.query_one("#words", Input).value.strip()
        if app.actor is None or not self._is_ready:
            return None
        if not any(one.hindrance is None for one in self._intended):
            self.complain(t("console.many.none"))
            return None
        if self._must_say and not is_reason(words):
            self.complain(t("console.many.say"), "#words")
            return None
        self._outcomes = []
        return partial(
            _act_on_each, app.office, app.actor, self._action, self._intended, words, self._lead, self._outcomes
        )  # fmt: skip

    @property
    def acts_on(self) -> Mapping[str, Action]:
        """The act on each of the cases that allow it."""
        return {one.number: self._action for one in self._intended if one.hindrance is None}

    def begin_drafting(self) -> None:
        """Remember the blank form: the question before leaving needs it. No draft is kept, as it would be about no one case."""
        self._blank = contents_of(self)

    def keep_draft(self) -> bool:
        """Keep nothing."""
        return False

    def finished(self) -> None:
        """Say how many were done; the others stay marked."""
        done = [self._rows[outcome.number].id for outcome in self._outcomes if outcome.receipt is not None]
        if self._lead is not None and done:
            done.append(self._rows[self._lead].id)
        self._taken(done)
        self.console_app.say(
            t("console.many.done", action=word(self._action), count=sum(one.receipt is not None for one in self._outcomes))
        )

    @property
    def is_over(self) -> bool:
        """Return whether nothing was refused: otherwise the dialog stays and names each refusal."""
        if not any(outcome.error is not None for outcome in self._outcomes):
            return True
        done = {outcome.number for outcome in self._outcomes if outcome.receipt is not None}
        self._intended = tuple(one for one in self._intended if one.number not in done)
        self.complain(t("console.many.refused", count=sum(one.error is not None for one in self._outcomes)))
        self._draw()
        return False
