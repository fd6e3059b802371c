"""Base of every dialog that writes: a heading, an error line, one write at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from gridconsole.console.dialogs.drafted import DraftedForm
from gridconsole.console.dialogs.fields import fields_of
from gridconsole.console.keys import bind
from gridconsole.console.messages import NotWritten, Operation, WriteWaits, Written
from gridconsole.console.receipts import receipt_text
from gridconsole.console.sizes import LOW, SMALL, WIDE
from gridconsole.console.text import line_of
from gridconsole.console.widgets.chooser import Chooser
from gridconsole.console.widgets.key_bar import KeyBar
from gridconsole.console.widgets.pick import Pick
from gridconsole.domain.errors import GridConsoleError, TimeDoubtful
from gridconsole.language import sentences, t
from gridconsole.language.error_sentences import Surface, error_sentence
from gridconsole.language.turns import waiting_text

if TYPE_CHECKING:
    from gridconsole.console.draft_keeper import DraftKeeper
    from gridconsole.domain.actions import Action
    from gridconsole.services.casework import Receipt


FLAW = "flaw_"
"""Beginning of the id of the line below a field."""


class Form(DraftedForm):
    """A form that shows errors and keeps what was typed. Esc leaves without writing, and asks once if text was typed."""

    DEFAULT_CSS = """
    Form { align: center middle; background: $bg 60%; }
    Form > VerticalScroll { width: 92%; max-width: 100; height: auto; max-height: 96%; background: $bg; border: heavy $key;
        padding: 0 1; border-title-color: $tab-plate-text; border-title-background: $tab-plate; border-title-style: bold;
        border-subtitle-color: $mut; border-subtitle-background: $bg; }
    Form Static { height: auto; }
    Form .label { color: $mut; }
    Form .warning { color: $soon; }
    Form .flaw { height: auto; min-height: 1; color: $soon; text-style: bold; }
    Form.small .flaw, Form.small #axes { display: none; }
    Form.small .flaw.said { display: block; }
    Form TextArea, Form TextArea:focus { height: 4; border: none; background: $field; padding: 0 1; }
    Form OptionList, Form OptionList:focus { height: auto; max-height: 8; border: none; background: $field; }
    Form RowTable { height: 10; }
    Form.drawer { align: right top; background: transparent; }
    Form.drawer > VerticalScroll { width: 64; max-width: 64; height: 1fr; max-height: 100%; margin: 4 0 0 0; }
    Form.drawer.wide > VerticalScroll { width: 80; max-width: 80; margin: 21 0 0 0; }
    Form.drawer.small { align: left bottom; }
    Form.drawer.small > VerticalScroll { width: 100%; max-width: 100%; height: 14; max-height: 14; margin: 0; border: none;
        border-top: heavy $key; }
    Form.drawer.small RowTable { height: 5; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "leave", "form.cancel", priority=True, key_display="Esc", show=False),
        bind("ctrl+s,f2", "submit", "form.submit", priority=True, key_display="F2", show=False),
    ]
    heading: str = ""
    subheading: str = ""
    """Text in the bottom border."""
    is_drawer: ClassVar[bool] = False
    """Opens beside what it is about, which stays in sight: at the right, on a small terminal at the bottom."""
    keys: ClassVar[str] = "console.form.keys"
    usual_fields: ClassVar[tuple[str, ...]] = ()
    """Selectors of fields that get the cursor after an error that names no field."""

    def __init__(self) -> None:
        super().__init__()
        self.set_class(self.is_drawer, "drawer")
        self._is_done = self._was_shown = False
        self._last: Widget | None = None
        """Widget that had the cursor last; the terminal's window may lose it meanwhile."""
        self._placed: Widget | None = None
        """Widget into which an error put the cursor."""

    def compose(self) -> ComposeResult:
        """Lay out heading, fields, error line and keys."""
        self._fit(self.app.size)  # before there is anything whose style would change with it
        box = VerticalScroll(can_focus=False)
        box.border_title = Content(f" {line_of(self.heading)} ")
        if self.subheading:
            box.border_subtitle = Content(f" {line_of(self.subheading)} ")
        with box:
            # In a drawer beside the field that has the cursor: a small one scrolls.
            yield from () if self.is_drawer else self.draft_line()
            yield from self._fields_with_flaws()
            yield from self.after_fields()
            yield from self.draft_line() if self.is_drawer else ()
            yield Static("", id="error", classes="error", markup=False)
            if not self.is_drawer:
                yield Static(t(self.keys), classes="muted", markup=False)
        yield from self.beside_fields()
        if self.is_drawer:
            yield KeyBar()

    def on_resize(self, event: events.Resize) -> None:
        """Give a drawer the place that the screen beneath leaves it."""
        self._fit(event.size)

    def _fit(self, size: Size) -> None:
        self.set_class(size.width < SMALL or size.height < LOW, "small")
        self.set_class(size.width >= WIDE, "wide")

    def on_mount(self) -> None:
        """Start keeping what is typed; called after the subclass has filled and focused its fields."""
        self.begin_drafting()

    def fields(self) -> ComposeResult:
        """Lay out the dialog's own widgets."""
        raise NotImplementedError

    def _fields_with_flaws(self) -> ComposeResult:
        """Yield the fields, each with the line for what is wrong with it: the line is there from the start, so nothing moves."""
        for widget in self.fields():
            yield widget
            if widget.id is not None and isinstance(widget, Input | TextArea | Pick | Chooser):
                yield Static("", id=f"{FLAW}{widget.id}", classes="flaw", markup=False)
                yield from self.below_field(widget.id)

    def below_field(self, name: str) -> ComposeResult:  # noqa: ARG002  most fields have nothing
        """Lay out what stands below a field."""
        yield from ()

    def after_fields(self) -> ComposeResult:
        """Lay out what stands below the fields."""
        yield from ()

    def beside_fields(self) -> ComposeResult:
        """Lay out what stands below the frame of the fields."""
        yield from ()

    def operation(self) -> Operation | None:
        """Return the operation to carry out from what is filled in; None after complaining."""
        raise NotImplementedError

    @property
    def acts_on(self) -> Mapping[str, Action]:
        """The act on each case, by number; empty for a form about no case."""
        return {}

    def complain(self, text: str, *fields: str, usual: Sequence[str] = ()) -> None:
        """Show a complaint below the first of the fields that exists, or else above the keys; and put the cursor there.

        Args:
            fields: selectors of what the text is about, the likeliest first; none if it is about no field.
            usual: selectors of fields that get the cursor if the text is about no field.
        """
        found = next((selector for selector in fields if self._field(selector) is not None), None)
        self._say(text, found)
        for pick in self.query(Pick):
            pick.hold_digits()
        for selector in (found, *usual):
            if selector is not None and (field := self._field(selector)) is not None:
                self._placed = field
                field.focus()
                return

    def _say(self, text: str, about: str | None = None) -> None:
        """Show a text below a field, or else above the keys; what stood in the other places goes."""
        for line in self.query(".flaw").results(Static):
            line.update("")
            line.remove_class("said")
        flaws = list(self.query(f"#{FLAW}{about.removeprefix('#')}").results(Static)) if about is not None else []
        for line in flaws:
            line.update(f"! {text}")
            line.add_class("said")
        self.query_one("#error", Static).update("" if flaws else text)

    def _field(self, selector: str) -> Widget | None:
        """Return a field that can take the cursor; None if there is none."""
        found = next(iter(self.query(selector)), None)
        if isinstance(found, Chooser):
            found = found.query_one(Input)
        return found if found is not None and found.focusable else None

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Let digits choose in a choice that the user moves to.

        They do not count where an error put the cursor, nor in the same choice again.
        """
        if isinstance(event.widget, Pick) and event.widget not in (self._last, self._placed):
            event.widget.take_digits()
        self._last, self._placed = event.widget, None

    @on(Pick.Chosen)
    def _chosen_by_digit(self) -> None:
        """Move on to the next field: what follows a digit is most likely text."""
        self.focus_next()

    def action_submit(self) -> None:
        """Carry out the operation, once."""
        if self._is_sending:
            return
        operation = self.operation()
        if operation is not None:
            self.keep_draft()
            self._is_sending = True
            self._say(t("console.writing"))
            self.console_app.write(partial(_sent, operation, self.console_app.drafts, self.sent_drafts), self, self.acts_on)

    @on(Written)
    def _done(self, event: Written) -> None:
        self._is_sending = True  # what is in the fields is sent: no draft of it is kept
        self.drop_draft()
        if event.receipt is not None:
            self.console_app.say(self.done_text(event.receipt))
        self.finished()
        if not self.is_over:
            self._is_sending = False
            return
        # Dismissing removes the top screen: if the lock is on top of this one, that would open the terminal.
        if self.app.screen is self:
            self.dismiss(None)
        else:
            self._is_done = True

    def finished(self) -> None:
        """Do what follows once the operation is written."""

    @property
    def is_over(self) -> bool:
        """Return whether the form leaves after writing; one that acts on several cases stays if some were refused."""
        return True

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Leave now if the write ended while another screen was on top."""
        # What has just been mounted has its styles.
        event.refresh_styles, self._was_shown = self._was_shown, True
        if self._is_done:
            self._is_done = False
            self.dismiss(None)

    @on(WriteWaits)
    def _waits(self, event: WriteWaits) -> None:
        if self._is_sending:
            self.complain(waiting_text(event.waiting) if event.waiting is not None else t("console.writing"))

    @on(NotWritten)
    def _refused(self, event: NotWritten) -> None:
        self._is_sending = False
        self.keep_draft()
        self.refused(event.error)

    def refused(self, error: GridConsoleError) -> None:
        """Show in the dialog why nothing was written."""
        message, hint = error_sentence(error, Surface.CONSOLE)
        self.complain(sentences(message, hint), *fields_of(error), usual=self.usual_fields)
        if isinstance(error, TimeDoubtful):
            self.console_app.action_confirm_time()

    def done_text(self, receipt: Receipt) -> str:
        """Return the message shown after writing."""
        return receipt_text(self.console_app.office, receipt)


def _sent(operation: Operation, keeper: DraftKeeper, drafts: tuple[str, ...]) -> Receipt | None:
    """Carry out an operation and remove its drafts, even if its form was left meanwhile."""
    receipt = operation()
    for draft in drafts:
        keeper.remove(draft)
    return receipt
