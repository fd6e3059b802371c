"""Leaving, and coming back to what was typed: drafts are offered to who typed them, and F10 asks before text is left behind."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, cast

from textual import work
from textual.message import Message

from gridconsole.console.attending import Arrived, AttendanceApp
from gridconsole.console.dialogs import leave
from gridconsole.console.dialogs.choice import ChoiceDialog
from gridconsole.console.dialogs.drafted import DraftedForm
from gridconsole.console.dialogs.drafts import DraftsDialog, Offer
from gridconsole.console.draft_keeper import DraftKeeper
from gridconsole.console.modes.base import OfficeScreen
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.states import OFFICE
from gridconsole.language import t
from gridconsole.services import case_queries, drafts

if TYPE_CHECKING:
    from rich.console import RenderableType

    from gridconsole.domain.parties import Actor
    from gridconsole.services.desk import Desk

PRUNE_SECONDS = 3600.0


class DraftsFound(Message):
    """Drafts that an operator left behind were read."""

    def __init__(self, actor: Actor, offers: tuple[Offer, ...], *, asked: bool) -> None:
        super().__init__()
        self.actor, self.offers, self.asked = actor, offers, asked


class LeaveDialog(ChoiceDialog):
    """F10 with text that was not sent."""


class DraftingApp(AttendanceApp):
    """An application that loses no text: not by leaving, not by a dropped line, not by a crash."""

    def __init__(self, desk: Desk, operator: str | None = None) -> None:
        super().__init__(desk, operator)
        self.drafts = DraftKeeper(self, drafts.identity(desk))
        self._offers: tuple[Offer, ...] = ()
        """Waiting for the end of what the operator is in the middle of."""
        self._offered: set[str] = set()

    # --- keeping ---

    @property
    def forms(self) -> tuple[DraftedForm, ...]:
        """Every form that is open, the one on top first."""
        return tuple(screen for screen in reversed(self._every_screen()) if isinstance(screen, DraftedForm))

    @property
    def open_drafts(self) -> set[str]:
        """Drafts of the forms that are open."""
        return {form.draft_id for form in self.forms}

    def _every_screen(self) -> list[object]:
        return [screen for stack in self._screen_stacks.values() for screen in stack]

    def keep_drafts(self) -> None:
        """Put what is typed on the disk at once."""
        for form in self.forms:
            if form.is_mounted:
                form.keep_draft()

    def exit(self, result: object | None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Leave; what is typed stays on the disk."""
        self.keep_drafts()
        super().exit(result, return_code, message)

    def begin_drafts(self) -> None:
        """Take old drafts away, now and every hour."""
        self._take_old_away()
        self.set_interval(PRUNE_SECONDS, self._take_old_away)

    @work(thread=True, exclusive=True, exit_on_error=False, group="drafts")
    def _take_old_away(self) -> None:
        drafts.prune(self.desk.now())

    def _cover(self, heading: str) -> None:
        self.keep_drafts()
        super()._cover(heading)

    # --- offering ---

    def on_arrived(self, event: Arrived) -> None:
        """Look for what this operator left behind."""
        if self.actor is not None and self.actor.id == event.actor.id:
            self._find_drafts(event.actor, asked=False)

    def action_drafts(self) -> None:
        """Show drafts that were not sent; called from the palette."""
        if self.actor is not None and not self.is_locked:
            self._find_drafts(self.actor, asked=True)

    @work(thread=True, exclusive=True, exit_on_error=False, group="left_behind")
    def _find_drafts(self, actor: Actor, *, asked: bool) -> None:
        # What was folded here a moment ago is known; what another console left behind is not.
        found = self.drafts.left_behind() if asked else self.drafts.of_earlier_sessions()
        offers = []
        for draft in found:
            version = 0
            if draft.case:
                with contextlib.suppress(GridConsoleError):
                    version = case_queries.version_of(self.desk, draft.case)
            offers.append(Offer(draft, version))
        self.post_message(DraftsFound(actor, tuple(offers), asked=asked))

    def on_drafts_found(self, event: DraftsFound) -> None:
        """Offer them, each once without being asked."""
        if self.actor is None or self.actor.id != event.actor.id or self.is_locked:
            return
        fresh = [offer for offer in event.offers if offer.draft.id not in self._offered]
        self._offered |= {offer.draft.id for offer in event.offers}
        if event.asked and not event.offers:
            self.say(t("console.drafts.none"))
        elif event.asked or fresh:
            self._offers = event.offers
            self.show_missed()

    def show_missed(self) -> None:
        """Show missed events first, then drafts that were not sent."""
        super().show_missed()
        if self._offers and not self.is_locked and isinstance(self.screen, OfficeScreen):
            offers, self._offers = self._offers, ()
            is_open = {form.draft_id for form in self.forms}
            offers = tuple(offer for offer in offers if offer.draft.id not in is_open)
            if offers:
                self.push_screen(DraftsDialog(offers))

    def person_changed(self) -> None:
        """Drop the offers that wait: they belong to the operator before."""
        self._offers = tuple(offer for offer in self._offers if self.actor is not None and offer.draft.operator == self.actor.id)
        super().person_changed()

    # --- leaving ---

    async def action_quit(self) -> None:
        """Leave; asks once where something was typed and not sent."""
        actor = self.actor
        is_asked = any(isinstance(screen, LeaveDialog) for screen in self._every_screen())
        if self.is_locked or actor is None or is_asked:
            self.exit()
            return
        forms = [form for form in self.forms if form.typed]
        on_disk = [form.keep_draft() for form in forms]
        kept = self.drafts.of_this_session()
        if not forms and not kept:
            self.exit()
            return
        question = leave.leave_question(
            forms, kept, self.desk, can_keep=all(on_disk), can_lock=self.session is not None,
            ends_login=self._logged_in_here,
            can_hand_over=bool(actor.roles & OFFICE) and all(on_disk),
        )  # fmt: skip
        self.push_screen(LeaveDialog(*question), self._leave_answered)

    def _leave_answered(self, answer: str | None) -> None:
        if answer == leave.QUIT:
            self.exit()
        elif answer == leave.LOCK:
            self.action_lock()
        elif answer in (leave.TO_DESK, leave.HAND_OVER):
            self._fold_forms()
            if answer == leave.HAND_OVER:
                self.call_later(self.action_handover)
        elif answer == leave.BACK and not any(form.typed for form in self.forms):
            self.action_drafts()

    def _fold_forms(self) -> None:
        """Back to the screen beneath the forms; their drafts stay."""
        while isinstance(self.screen, DraftedForm | ChoiceDialog):
            cast("DraftedForm", self.screen).dismiss(None)
