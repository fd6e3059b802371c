"""Base of every dialog that acts on a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input, Static

from gridconsole.console.case_lines import verb
from gridconsole.console.dialogs.form import Form
from gridconsole.console.dialogs.next_in_line import MOVES_ON, Line, NextInLine
from gridconsole.console.dialogs.phrases import Phrase, PhraseWheel, phrases
from gridconsole.console.dialogs.waiver import WaiverDialog
from gridconsole.console.keys import bind
from gridconsole.console.messages import Operation
from gridconsole.console.phone_box import PhoneBox, ShowsPhones, phone_lines
from gridconsole.console.text import cut, safe
from gridconsole.console.widgets.key_bar import KeyBar, Offer
from gridconsole.domain.actions import Act, Action, Waiver
from gridconsole.domain.errors import ApproverWaivable, AxisWaivable, GridConsoleError, WaiverRefused
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import OFFICE, Result
from gridconsole.domain.text import printable
from gridconsole.domain.transitions import rows_for
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import listed, t, word
from gridconsole.services import actors, casework, sessions
from gridconsole.services.case_queries import CaseView

PHRASE_CELLS = 24
"""Cells of the first words in the line that offers them."""
MOST_OTHERS = 3
"""Most further words that the line names."""


class CaseForm(ShowsPhones, Form):
    """Form for one action on one case, on the version seen when it opened.

    If a second person may waive the dual axis, it asks for one. It opens as a drawer: the case stays in sight.
    """

    is_drawer = True
    place: ClassVar[str] = "case"
    """Place from which phones are shown."""
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("f8", "phones", "form.phones", key_display="F8", priority=True),
        bind("ctrl+k,y,ｙ", "copy", "form.copy", show=False),
        bind("f5", "fill", "form.fill", key_display="F5", priority=True, show=False),
    ]

    def __init__(self, view: CaseView, action: Action) -> None:
        super().__init__()
        self._view, self._action = view, action
        self._waiver: Waiver | None = None
        self.line: Line | None = None
        """The cases that wait for the same act after this one."""
        self._wheel = PhraseWheel()
        self.phones = PhoneBox(self, self.place)
        row = view.detail.row
        self.draft_kind, self.draft_case, self.draft_version = action.value, row.number, row.version
        self.heading = t("console.act.heading", action=action, number=row.number[8:], category=row.category)
        self.subheading = t("console.act.seen", state=row.state, version=row.version)

    def on_mount(self) -> None:
        """Name the act in the bottom line."""
        self.offer()

    @property
    def picked_result(self) -> Result | None:
        """The result that is chosen now; None in a form without one, or before it is chosen."""
        return None

    @property
    def act_label(self) -> str:
        """The act as F2 would carry it out now."""
        result = self.picked_result
        return word(self._action) if result is None else t("console.act.as", action=self._action, result=result)

    @property
    def offered_phrases(self) -> tuple[Phrase, ...]:
        """The words that F5 fills in."""
        return phrases(self._view, self._action, self.picked_result)

    def offer(self) -> None:
        """Show the keys that work now, and the words that F5 fills in."""
        offered = self.offered_phrases
        keys = {"f2": verb(self.act_label), "f5": t("key.form.fill") if offered else "", "escape": t("key.form.fold")}
        names = {"escape": "Esc"}
        bar = [Offer(key, names.get(key, key.upper()), (label,)) for key, label in keys.items() if label]
        self.query_one(KeyBar).offer(self._view.detail.row.number[8:], bar)
        for line in self.query("#phrases").results(Static):
            line.update(_phrase_line(offered))

    def below_field(self, name: str) -> ComposeResult:
        """Lay out the words that F5 fills in, below the field for words; the line is there before there are any."""
        if name == "words":
            yield Static("", id="phrases", classes="muted", markup=False)

    def action_fill(self) -> None:
        """Fill in the next of the offered words."""
        offered, field = self.offered_phrases, next(iter(self.query("#words").results(Input)), None)
        if offered and field is not None:
            filled = self._wheel.next(field.value, offered)
            if field.max_length is not None and len(filled) > field.max_length:
                self.complain(t("phrases.full", most=field.max_length), "#words")
                return
            field.value = filled
            field.focus()
            field.cursor_position = len(field.value)

    def after_fields(self) -> ComposeResult:
        """Lay out whether the operator acts on one axis only, and the phones, which a key shows."""
        rows = rows_for(self._view.detail.row.state, self._action)
        if any(row.axis is not None for row in rows):
            is_waived = self._action in self._view.waivable
            key = "console.axes.waived" if is_waived else "console.axes.clear"
            yield Static(t(key, action=self._action), id="axes", classes="warning" if is_waived else "label", markup=False)
        yield phone_lines()

    def beside_fields(self) -> ComposeResult:
        """Lay out the next cases in line."""
        actor = self.console_app.actor
        if self.line is not None and self.line.rows and actor is not None:
            yield NextInLine(self.console_app.office, actor, self._action, self.line.rows)

    def finished(self) -> None:
        """Go on to the next case in line, if the act is one that needs an answer each time."""
        if self._action in MOVES_ON and self.line is not None and self.line.rows:
            self.line.go_on(self.line, self._action)

    @property
    def phones_of(self) -> QueueRow | None:
        """The case that the form is about."""
        return self._view.detail.row

    def lonely_line(self) -> ComposeResult:
        """Say before asking that nobody else could speak on this operator's request, and who could key it instead."""
        from gridconsole.services import requests  # asked by requests alone

        app = self.console_app
        found = requests.lonely(app.office, app.actor, self._action) if app.actor is not None else None
        if found is not None:
            key = "console.request.lonely" if found.instead else "console.request.lonely_only"
            yield Static(safe(t(key, step=found.step, names=found.instead)), classes="warning")

    @property
    def acts_on(self) -> Mapping[str, Action]:
        """The act of this form."""
        return {self._view.detail.row.number: self._action}

    def act_with(self, **fields: object) -> Act:
        """Return the action with these fields, on the version that was seen."""
        return Act.of(self._action, waiver=self._waiver, expected_version=self._view.detail.row.version, **fields)  # type: ignore[arg-type]

    def carrying_out(self, **fields: object) -> Operation | None:
        """Return the action with these fields, on the version that was seen; None while no operator is signed in."""
        app, row = self.console_app, self._view.detail.row
        if app.actor is None:
            return None
        return partial(casework.act_on, app.office, app.actor, row.number, self.act_with(**fields), self.request_id)

    def refused(self, error: GridConsoleError) -> None:
        """Show the refusal; if a second person may waive it, ask for one."""
        super().refused(error)
        if isinstance(error, WaiverRefused):
            self._waiver = None
        if isinstance(error, AxisWaivable | ApproverWaivable):
            dialog = WaiverDialog(self.console_app.office, self._witnesses(), error)

            def answered(witness: Actor | None) -> None:
                if witness is not None:
                    self._waiver = dialog.waiver(witness)
                    self.action_submit()

            self.app.push_screen(dialog, answered)

    def _witnesses(self) -> list[Actor]:
        app = self.console_app
        everybody = actors.operators(app.office) if app.office.is_demo else sessions.may_log_in(app.office)
        return [actor for actor in everybody if actor.roles & OFFICE and actor != app.actor]


def _phrase_line(offered: Sequence[Phrase]) -> str:
    """Return the line that says what F5 fills in."""
    if not offered:
        return ""
    first, *others = offered
    key = "phrases.line.said" if first.whose else "phrases.line"
    line = t(key, first=cut(first.words, PHRASE_CELLS), whose=first.whose)
    more = t("phrases.line.more", others=listed(one.words for one in others[:MOST_OTHERS])) if others else ""
    return printable("   ".join(part for part in (line, more) if part))
