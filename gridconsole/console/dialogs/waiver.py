"""Waiver dialog: a second person agrees, by their own password, that one operator acts on both sides of a case."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input, OptionList, Static

from gridconsole.console.dialogs.passwords import Gate
from gridconsole.console.keys import bind
from gridconsole.console.text import safe
from gridconsole.domain.actions import Waiver
from gridconsole.domain.errors import ApproverWaivable, AxisWaivable
from gridconsole.domain.parties import Actor
from gridconsole.domain.text import is_reason
from gridconsole.language import t
from gridconsole.services import sessions
from gridconsole.services.office import Office


class WaiverDialog(Gate[Actor]):
    """Ask for the witness, the reason and the witness's password; in a demo without a password."""

    nobody = "console.waiver.nobody"
    BINDINGS: ClassVar[list[BindingType]] = [bind("escape", "dismiss(None)", "waiver.cancel")]
    DEFAULT_CSS = "WaiverDialog .label { color: $foreground 70%; } WaiverDialog .warning { color: $error; }"

    def __init__(self, office: Office, actors: Sequence[Actor], refusal: AxisWaivable | ApproverWaivable) -> None:
        heading = t("console.waiver", action=refusal.params["action"])
        super().__init__(heading, t("console.waiver.keys"), actors, partial(sessions.witness, office))
        self._refusal = refusal

    def more_fields(self) -> ComposeResult:
        """Lay out what is waived and the reason."""
        key = "console.waiver.own" if isinstance(self._refusal, ApproverWaivable) else "console.waiver.why"
        yield Static(safe(t(key, **self._refusal.params)), classes="warning")
        yield Static(t("console.waiver.reason"), classes="label", markup=False)
        yield Input(id="reason", compact=True, max_length=500)

    def on_mount(self) -> None:
        """Focus the names if there are several, otherwise the reason; the password comes last."""
        super().on_mount()
        self.query_one("#names" if len(self._actors) > 1 else "#reason").focus()

    @property
    def reason(self) -> str:
        """Reason for which there is no other way."""
        return self.query_one("#reason", Input).value.strip()

    @on(OptionList.OptionSelected)
    def _named(self, event: OptionList.OptionSelected) -> None:
        event.prevent_default()
        self.query_one("#reason").focus()

    @on(Input.Submitted, "#reason")
    def _explained(self) -> None:
        self.query_one("#password").focus()

    def refuses(self) -> tuple[str, str] | None:
        """Return a complaint if the reason is missing."""
        return None if is_reason(self.reason) else (t("console.waiver.no_reason"), "#reason")

    def waiver(self, witness: Actor) -> Waiver:
        """Return the waiver the second person agreed to."""
        return Waiver(witness, self.reason)
