"""交接班: the handover sheet on the screen, handing over, taking over, and writing the sheet to a file for printing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Select, Static, TextArea

from gridconsole.console.dialogs.form import Form
from gridconsole.console.dialogs.passwords import Gate, Proof
from gridconsole.console.dialogs.print_form import PrintForm
from gridconsole.console.draft_lines import HAND_OVER
from gridconsole.console.keys import bind
from gridconsole.console.messages import Changed, LoadFailed, Operation, without_receipt
from gridconsole.console.modes.base import OfficeScreen, TopBar
from gridconsole.console.text import line_of, safe
from gridconsole.console.widgets.key_bar import KeyBar
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.handover import HandoverSheet
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import OFFICE
from gridconsole.language import t, word
from gridconsole.reporting import handover as reports
from gridconsole.reporting.model import Report
from gridconsole.reporting.writers import as_table
from gridconsole.services import actors, handover, sessions
from gridconsole.services.handover import HandoverView
from gridconsole.services.office import Office
from gridconsole.services.sessions import ActiveSession
from gridconsole.store.handovers import HandoverRecord

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class HandoverFacts:
    """Content of the screen: the open handover, the one just taken over, or a preview of the sheet."""

    waiting: HandoverView | None
    taken: HandoverView | None = None
    sheet: HandoverSheet | None = None


class HandoverLoaded(Message):
    """The sheet was loaded."""

    def __init__(self, facts: HandoverFacts) -> None:
        super().__init__()
        self.facts = facts


class HandoverScreen(OfficeScreen):
    """Shows the sheet of an open handover, or of the one just taken over; without one, a preview of the sheet as of now."""

    DEFAULT_CSS = """
    HandoverScreen VerticalScroll { padding: 0 1; }
    HandoverScreen #sheet { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,ctrl+o", "leave", "handover.back", key_display="Esc"),
        bind("f2", "next_step", "handover.next", key_display="F2"),
        bind("f3", "print", "handover.print", key_display="F3"),
        bind("f4", "withdraw", "handover.withdraw", key_display="F4"),
        bind("f5", "reload", "handover.reload", key_display="F5"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.facts: HandoverFacts | None = None

    def compose(self) -> ComposeResult:
        """Lay out the status, the sheet and the keys."""
        yield TopBar("handover")
        yield Static("", id="step", classes="bar", markup=False)
        with VerticalScroll():
            yield Static("", id="sheet", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Load the sheet."""
        self.query_one(VerticalScroll).focus()
        self.action_reload()

    @on(Changed)
    def _changed(self) -> None:
        # A handover that was taken over stays on the screen until it is reloaded: it is what was confirmed.
        shown = (self.facts.waiting or self.facts.taken) if self.facts is not None else None
        self._read(shown.made.id if shown is not None else 0)

    def action_reload(self) -> None:
        """Reload the sheet and the possible steps."""
        self._read(0)

    @work(thread=True, exclusive=True, group="handover", exit_on_error=False)
    def _read(self, number: int) -> None:
        office = self.console_app.office
        try:
            facts = HandoverFacts(handover.waiting(office))
            if facts.waiting is None and number and (taken := handover.shown(office, number)).made.taken_at is not None:
                facts = HandoverFacts(None, taken)
            elif facts.waiting is None:
                facts = HandoverFacts(None, None, handover.sheet(office))
        except GridConsoleError as error:
            self.post_message(LoadFailed(error))
        else:
            self.post_message(HandoverLoaded(facts))

    @on(LoadFailed)
    def _failed(self, event: LoadFailed) -> None:
        self.console_app.say_error(event.error)

    @on(HandoverLoaded)
    def _loaded(self, event: HandoverLoaded) -> None:
        self.facts = event.facts
        self.query_one("#sheet", Static).update(as_table(self._report(event.facts)))
        self.query_one("#step", Static).update(safe(self._step(event.facts)))

    def _report(self, facts: HandoverFacts) -> Report:
        office = self.console_app.office
        view = facts.waiting or facts.taken
        if view is not None:
            return reports.of_handover(office, view)
        assert facts.sheet is not None  # noqa: S101  one of the three
        return reports.preview(office, facts.sheet)

    def _step(self, facts: HandoverFacts) -> str:
        actor = self.console_app.actor
        if facts.taken is not None:
            return t("console.handover.over", standing=reports.standing(facts.taken.made))
        if facts.waiting is None:
            return t("console.handover.hand_over")
        made = facts.waiting.made
        if actor is not None and actor.id == made.made_by:
            return t("console.handover.own_for", name=made.to_name) if made.to_name else t("console.handover.own")
        return t("console.handover.take_over", name=made.made_name)

    def action_next_step(self) -> None:
        """Open the form that hands over, or takes over what was handed over."""
        app, facts = self.console_app, self.facts
        if facts is None or app.actor is None:
            return
        if not app.actor.roles & OFFICE:
            app.say(t("console.handover.not_yours"), error=True)
        elif facts.taken is not None:
            self.action_reload()
        elif facts.waiting is None:
            app.push_screen(HandoverForm(_others(app.office, app.actor)))
        elif facts.waiting.made.made_by != app.actor.id:
            app.push_screen(TakeOverForm(facts.waiting))
        else:
            made = facts.waiting.made
            coming = handover.may_take_over(made, _others(app.office, app.actor))
            proof = partial(app.session.take_handover, made.id)
            app.push_screen(TakeOverDialog(coming, proof, made), app.session.handover_taken)

    def action_withdraw(self) -> None:
        """Withdraw the operator's own handover."""
        app, facts = self.console_app, self.facts
        if facts is None or facts.waiting is None or app.actor is None:
            return
        if facts.waiting.made.made_by != app.actor.id:
            app.say(t("console.handover.withdraw_theirs", name=facts.waiting.made.made_name), error=True)
            return
        app.push_screen(WithdrawForm(facts.waiting))

    def action_print(self) -> None:
        """Open the form that writes what is shown to a file."""
        if self.facts is not None:
            shown = self.facts.waiting or self.facts.taken
            report = self._report(self.facts)
            day = f"{report.made_at:%Y%m%d}"
            name = t("console.handover.file_preview", day=day)
            if shown is not None:
                name = t("console.handover.file", day=day, number=shown.made.id)
            self.app.push_screen(PrintForm(report, name, t("console.handover.print.heading")))

    def action_leave(self) -> None:
        """Go back."""
        self.app.pop_screen()


def _others(office: Office, actor: Actor) -> tuple[Actor, ...]:
    """Return the other operators who can take over: those with a password, in a demo all."""
    there = actors.operators(office) if office.is_demo else sessions.may_log_in(office)
    return tuple(other for other in there if other.id != actor.id and other.roles & OFFICE)


class HandoverForm(Form):
    """Form of a handover: remarks that no case contains, and the operator who takes over."""

    keys = "console.form.keys_of_text"
    draft_kind = HAND_OVER

    def __init__(self, others: Sequence[Actor]) -> None:
        super().__init__()
        self._others = {str(actor.id): actor for actor in others}
        self.heading = t("console.handover.hand_over.heading")

    def fields(self) -> ComposeResult:
        """Lay out the remarks first: only the operator who leaves knows them."""
        yield Static(t("console.handover.remarks"), classes="label", markup=False)
        yield TextArea(id="remarks", soft_wrap=True, tab_behavior="focus")
        yield Static(t("console.handover.to"), classes="label", markup=False)
        choices = [(safe(line_of(f"{actor.name}  {word(sorted(actor.roles))}")), key) for key, actor in self._others.items()]
        yield Select(choices, prompt=t("console.handover.anybody"), compact=True, id="to")

    def on_mount(self) -> None:
        """Focus the remarks."""
        self.query_one("#remarks").focus()

    def operation(self) -> Operation | None:
        """Return the handover."""
        app, chosen = self.console_app, self.query_one("#to", Select).value
        if app.actor is None:
            return None
        to = self._others.get(chosen) if isinstance(chosen, str) else None
        return without_receipt(
            partial(handover.hand_over, app.office, app.actor, self.query_one("#remarks", TextArea).text, to, self.request_id)
        )

    def finished(self) -> None:
        """Show what comes next."""
        self.console_app.say(t("console.handover.handed"))


class TakeOverForm(Form):
    """Confirm a handover as the operator who is signed in and did not make it."""

    BINDINGS: ClassVar[list[BindingType]] = [bind("enter", "submit", "take_over.enter", show=False)]

    def __init__(self, waiting: HandoverView) -> None:
        super().__init__()
        self._waiting = waiting
        self.heading = t("console.handover.take_over.heading", name=waiting.made.made_name)

    def fields(self) -> ComposeResult:
        """Lay out the handover that is confirmed."""
        for text in (t("console.handover.confirm"), *reports.notices_of(self._waiting)):
            yield Static(safe(text), markup=False)

    def operation(self) -> Operation | None:
        """Return the takeover."""
        app = self.console_app
        if app.actor is None:
            return None
        return without_receipt(partial(handover.take_over, app.office, app.actor, self._waiting.made.id))

    def finished(self) -> None:
        """Show that the handover was taken over."""
        self.console_app.say(t("console.handover.taken"))


class WithdrawForm(Form):
    """Form that withdraws the operator's own handover, before it is taken over."""

    BINDINGS: ClassVar[list[BindingType]] = [bind("enter", "submit", "withdraw.enter", show=False)]

    def __init__(self, waiting: HandoverView) -> None:
        super().__init__()
        self._waiting = waiting
        self.heading = t("console.handover.withdraw.heading", name=waiting.made.made_name)

    def fields(self) -> ComposeResult:
        """Lay out the consequences of withdrawing."""
        yield Static(t("console.handover.withdraw.text"), markup=False)

    def operation(self) -> Operation | None:
        """Return the withdrawal."""
        app = self.console_app
        if app.actor is None:
            return None
        return without_receipt(partial(handover.withdraw, app.office, app.actor, self._waiting.made.id))

    def finished(self) -> None:
        """Show that the handover was withdrawn."""
        self.console_app.say(t("console.handover.withdrawn"))


class TakeOverDialog(Gate[ActiveSession | Actor]):
    """Dialog of a takeover on the terminal of the operator who leaves.

    The next operator confirms with their own password, and has the terminal from then on.
    """

    nobody = "console.hand_over.nobody"
    hands_over = True
    BINDINGS: ClassVar[list[BindingType]] = [bind("escape", "dismiss(None)", "take_over.cancel")]

    def __init__(self, actors: Sequence[Actor], proof: Proof[ActiveSession | Actor], made: HandoverRecord) -> None:
        heading = t("console.handover.take_over.heading", name=made.made_name)
        super().__init__(heading, t("console.hand_over.keys"), actors, proof, made.to_name or None)

    def more_fields(self) -> ComposeResult:
        """Lay out the handover that is confirmed."""
        yield Static(t("console.handover.confirm_here"), classes="muted", markup=False)
