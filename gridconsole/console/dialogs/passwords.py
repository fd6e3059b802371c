"""Password dialogs: logging in, unlocking a terminal, handing it over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from gridconsole.console.dialogs.form import Form
from gridconsole.console.keys import bind
from gridconsole.console.messages import Operation, WriteWaits
from gridconsole.console.text import line_of, safe
from gridconsole.domain.errors import GridConsoleError, PasswordRunOut
from gridconsole.domain.parties import Actor
from gridconsole.language import sentences, t, word
from gridconsole.language.error_sentences import Surface, error_sentence
from gridconsole.language.turns import waiting_text
from gridconsole.services import operators
from gridconsole.services.sessions import ActiveSession

if TYPE_CHECKING:
    from gridconsole.console.host import OfficeApp

FEW_LINES = 20
"""Lines of a terminal below which a password dialog shows only what it needs."""
T = TypeVar("T")
Proof = Callable[[str, str], T]
"""Function from name and password to what they open; it raises a refusal."""


class Opened(Message):
    """The password was correct."""

    def __init__(self, opened: Any) -> None:
        super().__init__()
        self.opened = opened


class Shut(Message):
    """The password was wrong, or may not be checked yet."""

    def __init__(self, error: GridConsoleError) -> None:
        super().__init__()
        self.error = error


class Gate(ModalScreen[T | None]):
    """Password dialog: a list of names and a field that hides what is typed."""

    DEFAULT_CSS = """
    Gate { align: center middle; }
    Gate > Vertical { width: 64; max-width: 96%; height: auto; max-height: 96%; background: $surface; border: round $primary;
        padding: 0 1; }
    Gate Static { height: auto; }
    Gate OptionList, Gate OptionList:focus { height: auto; max-height: 10; border: none; background: $panel; }
    Gate OptionList.empty { display: none; }
    Gate.low OptionList, Gate.low OptionList:focus { max-height: 2; }
    Gate.low .muted { display: none; }
    """

    nobody: ClassVar[str] = "console.login.nobody"
    """Text shown if there is no name to choose."""
    hands_over: ClassVar[bool] = False
    """The password ends the session of the previous operator, which is no reason to lock the screen meanwhile."""

    def __init__(self, heading: str, keys: str, actors: Sequence[Actor], proof: Proof[T], preferred: str | None = None) -> None:
        super().__init__()
        self._heading, self._keys, self._actors, self._proof = heading, keys, tuple(actors), proof
        self._preferred = preferred
        self._asking = False

    @property
    def console_app(self) -> OfficeApp:
        """The application, by its own type."""
        return cast("OfficeApp", self.app)

    def compose(self) -> ComposeResult:
        """Lay out heading, names, password, error line and keys."""
        yield from self.above()
        with Vertical():
            yield Static(safe(self._heading), classes="title", markup=False)
            yield OptionList(
                *(Option(safe(line_of(f"{actor.name}  {word(sorted(actor.roles))}"))) for actor in self._actors),
                markup=False,
                id="names",
                classes="" if self._actors else "empty",
            )
            yield from self.more_fields()
            yield Input(password=True, placeholder=t("console.password"), id="password", compact=True, max_length=200)
            yield Static("" if self._actors else t(self.nobody), id="error", classes="error", markup=False)
            yield from self.below_password()
            yield Static(self._keys, classes="muted", markup=False)

    def above(self) -> ComposeResult:
        """Lay out what stands above the dialog; nothing by default."""
        yield from ()

    def below_password(self) -> ComposeResult:
        """Lay out what stands below the password; nothing by default."""
        yield from ()

    def more_fields(self) -> ComposeResult:
        """Lay out further fields; none by default."""
        yield from ()

    def refuses(self) -> tuple[str, str] | None:
        """Return what must be corrected before the password is checked, with the selector of its field; None if nothing."""
        return None

    def on_resize(self, event: events.Resize) -> None:
        """Keep the password in sight on a terminal of a few lines: fewer names, no explanations."""
        self.set_class(event.size.height < FEW_LINES, "low")

    def on_mount(self) -> None:
        """Focus the password if the name is known, otherwise the names."""
        names = [actor.name for actor in self._actors]
        options = self.query_one("#names", OptionList)
        if names:
            options.highlighted = names.index(self._preferred) if self._preferred in names else 0
        self.query_one("#password" if self._preferred in names or len(names) == 1 else "#names").focus()

    @property
    def chosen(self) -> Actor | None:
        """Return the operator whose password is asked for."""
        number = self.query_one("#names", OptionList).highlighted
        return self._actors[number] if number is not None and number < len(self._actors) else None

    @on(OptionList.OptionSelected)
    def _picked(self) -> None:
        self.query_one("#password").focus()

    @on(Input.Submitted, "#password")
    def _submitted(self, event: Input.Submitted) -> None:
        actor = self.chosen
        if actor is None or self._asking:
            return
        if (complaint := self.refuses()) is not None:
            text, field = complaint
            self._say(text)
            self.query_one(field).focus()
            return
        self._asking = True
        self.console_app.session.is_handing_over = self.hands_over
        self._say(t("console.checking"))
        password, event.input.value = event.value, ""
        self._ask(actor.name, password)

    @work(thread=True, exit_on_error=False, group="gate")
    def _ask(self, name: str, password: str) -> None:
        try:
            opened = self._proof(name, password)
        except GridConsoleError as error:
            self.post_message(Shut(error))
        else:
            self.post_message(Opened(opened))

    @on(WriteWaits)
    def _waits(self, event: WriteWaits) -> None:
        if self._asking:
            self._say(waiting_text(event.waiting) if event.waiting is not None else t("console.checking"))

    @on(Opened)
    def _opened(self, event: Opened) -> None:
        self.let_in(event.opened)

    def let_in(self, opened: T) -> None:
        """Close the dialog."""
        self.dismiss(opened)

    @on(Shut)
    def _shut(self, event: Shut) -> None:
        self._asking = self.console_app.session.is_handing_over = False
        message, hint = error_sentence(event.error, Surface.CONSOLE)
        self._say(sentences(message, hint))
        self.query_one("#password").focus()
        if isinstance(event.error, PasswordRunOut):
            self.change_password()

    def change_password(self) -> None:
        """Open the dialog that gives the chosen operator a new password, confirmed by the old one."""
        if self.chosen is not None:
            self.app.push_screen(PasswordDialog(self.chosen.name))

    def _say(self, text: str) -> None:
        self.query_one("#error", Static).update(text)


class LoginScreen(Gate[ActiveSession]):
    """Log-in screen: nothing else is shown before an operator is known."""

    DEFAULT_CSS = "LoginScreen { background: $background; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "dismiss(None)", "login.leave"),
        bind("f2", "change_password", "login.password", key_display="F2"),
    ]

    def action_change_password(self) -> None:
        """Change a password before logging in."""
        self.change_password()


class HandOverDialog(Gate[ActiveSession]):
    """Dialog in which another operator takes over the running terminal."""

    nobody = "console.hand_over.nobody"
    hands_over = True
    BINDINGS: ClassVar[list[BindingType]] = [bind("escape", "dismiss(None)", "hand_over.cancel")]


class PasswordDialog(Form):
    """Dialog that changes an operator's own password, confirmed by the old one."""

    def __init__(self, name: str, kept: int = 0) -> None:
        super().__init__()
        self._whose, self._kept = name, kept
        self.heading = t("console.change_password.heading", name=name)

    def fields(self) -> ComposeResult:
        """Lay out the old password, the new one, and the new one again."""
        for key in ("old", "new", "again"):
            yield Static(t(f"console.change_password.{key}"), classes="label", markup=False)
            yield Input(password=True, id=key, compact=True, max_length=200)

    def on_mount(self) -> None:
        """Focus the old password."""
        self.query_one("#old").focus()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        if event.input.id == "again":
            self.action_submit()
        else:
            self.focus_next()

    def operation(self) -> Operation | None:
        """Return the change; two new passwords that differ are reported here."""
        old, new, again = (self.query_one(f"#{key}", Input).value for key in ("old", "new", "again"))
        if new != again:
            self.complain(t("error.U007"), "#again")
            return None
        office = self.console_app.office

        def change() -> None:
            operators.change_password(office, self._whose, old, new, kept=self._kept)

        return change

    def finished(self) -> None:
        """Show that the password was changed; there is no receipt."""
        self.console_app.say(t("console.change_password.done"))
