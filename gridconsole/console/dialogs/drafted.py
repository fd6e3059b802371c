"""A form whose text is not lost: saved within two seconds of typing, kept when it is left, filled in again next time."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from gridconsole.console.contents import Contents, contents_of, fill_in
from gridconsole.console.dialogs.choice import ChoiceDialog
from gridconsole.console.dialogs.leave import FOLD_KEEP, FOLD_THROW, fold_question
from gridconsole.console.draft_lines import restored_line
from gridconsole.console.drawing import DrawnOnce
from gridconsole.domain.errors import DraftsUnavailable
from gridconsole.language.error_sentences import Surface, error_sentence
from gridconsole.services import drafts
from gridconsole.services.drafts import Draft

if TYPE_CHECKING:
    from gridconsole.console.host import OfficeApp

KEEP_SECONDS = 1.0
"""Seconds between two saves while text changes: it is on disk within two seconds of typing, without a write for each key."""


class DraftedForm(DrawnOnce[None], ModalScreen[None]):
    """A form whose fields are kept as a draft. A form without a kind keeps nothing (passwords, reasons for unmasking)."""

    draft_kind: str = ""
    """Action of the form; empty for a form that keeps nothing."""
    draft_case: str = ""
    draft_version: int = 0
    restores_choices = True
    """Answers of a draft are filled in too, if the case is still as it was."""

    def __init__(self) -> None:
        super().__init__()
        # One id for one intention: pressing twice, or again after an unknown outcome, acts only once.
        self.request_id = uuid.uuid4().hex
        self.draft_id = drafts.new_id()
        self._blank = Contents({}, {})
        """Contents of the fields before anything was typed."""
        self._restored: Draft | None = None
        self._on_disk: Contents | None = None
        """Contents that are saved on disk."""
        self._owner = 0
        """Operator whose draft this is. A shift leader who takes over the locked terminal types on in a separate draft."""
        self._former: list[str] = []
        """Drafts of operators who typed here before."""
        self._is_sending = False
        self._is_discarded = False
        """The operator threw the text away: no tick of the timer saves it again while the form closes."""
        self._is_asking = False

    @property
    def console_app(self) -> OfficeApp:
        """The application, by its own type."""
        return cast("OfficeApp", self.app)

    def draft_line(self) -> ComposeResult:
        """Lay out the line that says what was restored, or that nothing can be kept."""
        line = Static("", id="draft", classes="muted", markup=False)
        line.display = False
        yield line

    def begin_drafting(self) -> None:
        """Remember the contents of the blank form, fill in a draft that was left, and save what is typed from now on."""
        self._blank = contents_of(self)
        for field in self.query(Input):
            # A suggestion is replaced by what is typed; a text that somebody typed goes on at its end.
            field.select_on_focus = bool(field.value)
        if not self.draft_kind:
            return
        keeper = self.console_app.drafts
        self._restored = found = keeper.left_of(self.draft_kind, self.draft_case)
        if found is not None:
            self.draft_id, self.request_id = found.id, found.request_id
            fill_in(self, found.fields, choices=self.restores_choices and found.version == self.draft_version)
            self._say_about_draft(restored_line(found, self.draft_version, self.console_app.office))
        self.call_after_refresh(self.keep_draft)
        self.set_interval(KEEP_SECONDS, self.keep_draft)

    def _say_about_draft(self, text: str) -> None:
        line = self.query_one("#draft", Static)
        line.update(text)
        line.display = bool(text)

    @property
    def typed(self) -> dict[str, str]:
        """Texts that were typed here, or restored; empty for a form that keeps nothing."""
        return contents_of(self).typed_since(self._blank) if self.draft_kind else {}

    def keep_draft(self) -> bool:
        """Save what is typed, if it is not saved yet. Returns whether it is on disk now."""
        if not self.draft_kind or self._is_sending or self._is_discarded or not self.is_attached:
            return self._on_disk is not None
        now = contents_of(self)
        if now == self._on_disk:
            return True
        if not now.typed_since(self._blank):
            self.drop_draft()
            return False
        try:
            self.console_app.drafts.save(self._draft(now))
        except DraftsUnavailable as error:
            self._on_disk = None
            self._say_about_draft(error_sentence(error, Surface.CONSOLE)[0])
            return False
        self._on_disk = now
        return True

    def _draft(self, now: Contents) -> Draft:
        app, old = self.console_app, self._restored
        owner = app.actor.id if app.actor is not None else 0
        if self._owner not in (0, owner):
            self._former.append(self.draft_id)
            self.draft_id = drafts.new_id()
        self._owner = owner
        fields = {**now.choices, **now.texts}
        # Opening a draft again does not make it younger.
        saved_at = old.saved_at if old is not None and old.fields == fields else app.office.now()
        return app.drafts.draft(
            id=self.draft_id, kind=self.draft_kind, case=self.draft_case, version=self.draft_version, saved_at=saved_at,
            request_id=self.request_id, fields=fields, texts=tuple(now.texts),
        )  # fmt: skip

    def drop_draft(self) -> None:
        """Remove the draft from disk: it was sent, discarded, or emptied."""
        if self._on_disk is not None or self._restored is not None:
            self.console_app.drafts.remove(self.draft_id)
        self._on_disk = self._restored = None

    @property
    def sent_drafts(self) -> tuple[str, ...]:
        """Drafts to remove once this form is sent."""
        return (self.draft_id, *self._former) if self.draft_kind else ()

    def action_leave(self) -> None:
        """Leave at once if nothing was typed; otherwise ask once if the text is to be kept."""
        if self._is_asking:
            return
        if self._is_sending or not self.typed:
            self.keep_draft()
            self.dismiss(None)
            return
        self._is_asking = True
        can_keep = self.keep_draft()
        self.app.push_screen(ChoiceDialog(*fold_question(self, can_keep=can_keep)), self._answered)

    def _answered(self, answer: str | None) -> None:
        self._is_asking = False
        if answer == FOLD_THROW:
            self._is_discarded = True
            self.drop_draft()
        if answer in (FOLD_THROW, FOLD_KEEP):
            self.fold()

    def fold(self) -> None:
        """Leave without asking; a saved draft stays."""
        self.dismiss(None)
