"""Texts that were not sent: drafts are offered to the operator who typed them, and leaving asks first."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.message import Message

from gridconsole.console.dialogs import leave
from gridconsole.console.dialogs.choice import ChoiceDialog
from gridconsole.console.dialogs.drafted import DraftedForm
from gridconsole.console.draft_keeper import DraftKeeper
from gridconsole.console.modes.base import OfficeScreen
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.states import OFFICE
from gridconsole.language import t
from gridconsole.services import case_queries, drafts

if TYPE_CHECKING:
    from textual.screen import Screen

    from gridconsole.console.dialogs.drafts import Offer
    from gridconsole.console.host import OfficeApp
    from gridconsole.console.session import Session
    from gridconsole.domain.parties import Actor

PRUNE_SECONDS = 3600.0
"""Seconds between two searches for drafts that are too old to keep."""


class DraftsFound(Message):
    """Drafts that an operator left behind were read."""

    def __init__(self, actor: Actor, offers: tuple[Offer, ...], *, asked: bool) -> None:
        super().__init__()
        self.actor, self.offers, self.asked = actor, offers, asked


class LeaveDialog(ChoiceDialog):
    """The question on F10 while there is text that was not sent."""


class Drafting:
    """Drafts of the operator at this console: no text is lost by leaving, a dropped line or a crash. The application has one."""

    def __init__(self, app: OfficeApp, session: Session, screens: Callable[[], list[Screen[object]]]) -> None:
        self._app, self._session = app, session
        self._screens = screens
        """Returns every screen of every mode, bottom first."""
        self.keeper = DraftKeeper(app, drafts.identity(app.office))
        self._offers: tuple[Offer, ...] = ()
        """Drafts to offer once the operator has closed the open dialog."""
        self._offered: set[str] = set()
        """Drafts that were already offered."""

    # --- keeping ---

    @property
    def forms(self) -> tuple[DraftedForm, ...]:
        """Open forms, the one on top first."""
        return tuple(screen for screen in reversed(self._screens()) if isinstance(screen, DraftedForm))

    def keep(self) -> None:
        """Save what is typed at once."""
        for form in self.forms:
            if form.is_mounted:
                form.keep_draft()

    def start_pruning(self) -> None:
        """Remove drafts that are too old, now and every hour."""
        self._prune()
        self._app.set_interval(PRUNE_SECONDS, self._prune)

    def _prune(self) -> None:
        job = partial(drafts.prune, self._app.office.now())
        self._app.run_worker(job, thread=True, group="drafts", exclusive=True, exit_on_error=False)

    # --- offering ---

    def find(self, actor: Actor, *, asked: bool) -> None:
        """Look for drafts that an operator left; the result goes to ``found``."""
        job = partial(self._find, actor, asked=asked)
        self._app.run_worker(job, thread=True, group="left_behind", exclusive=True, exit_on_error=False)

    def _find(self, actor: Actor, *, asked: bool) -> None:
        # The operator knows what was closed here a moment ago, but not what another console left behind.
        from gridconsole.console.dialogs.drafts import Offer

        found = self.keeper.left_behind() if asked else self.keeper.of_earlier_sessions()
        offers = []
        for draft in found:
            version = 0
            if draft.case:
                with contextlib.suppress(GridConsoleError):
                    version = case_queries.version_of(self._app.office, draft.case)
            offers.append(Offer(draft, version))
        self._app.post_message(DraftsFound(actor, tuple(offers), asked=asked))

    def found(self, event: DraftsFound) -> None:
        """Offer the drafts, each only once unless the operator asked."""
        actor = self._session.actor
        if actor is None or actor.id != event.actor.id or self._app.is_locked:
            return
        fresh = [offer for offer in event.offers if offer.draft.id not in self._offered]
        self._offered |= {offer.draft.id for offer in event.offers}
        if event.asked and not event.offers:
            self._app.say(t("console.drafts.none"))
        elif event.asked or fresh:
            self._offers = event.offers
            self._app.show_missed()

    def show_offers(self) -> None:
        """Show the drafts to offer; while a dialog is open, they wait."""
        if self._offers and not self._app.is_locked and isinstance(self._app.screen, OfficeScreen):
            offers, self._offers = self._offers, ()
            is_open = {form.draft_id for form in self.forms}
            offers = tuple(offer for offer in offers if offer.draft.id not in is_open)
            if offers:
                from gridconsole.console.dialogs.drafts import DraftsDialog

                self._app.push_screen(DraftsDialog(offers))

    def drop_offers_of_others(self) -> None:
        """Forget the waiting offers, except those of the operator signed in."""
        actor = self._session.actor
        self._offers = tuple(offer for offer in self._offers if actor is not None and offer.draft.operator == actor.id)

    # --- leaving ---

    def leave(self) -> None:
        """End the console; asks once if there is text that was not sent."""
        actor = self._session.actor
        is_asked = any(isinstance(screen, LeaveDialog) for screen in self._screens())
        if self._app.is_locked or actor is None or is_asked:
            self._app.exit()
            return
        forms = [form for form in self.forms if form.typed]
        on_disk = [form.keep_draft() for form in forms]
        kept = self.keeper.of_this_session()
        if not forms and not kept:
            self._app.exit()
            return
        question = leave.leave_question(
            forms,
            kept,
            self._app.office,
            can_keep=all(on_disk),
            can_lock=self._session.login is not None,
            ends_login=self._session.is_login_made_here,
            can_hand_over=bool(actor.roles & OFFICE) and all(on_disk),
        )
        self._app.push_screen(LeaveDialog(*question), self._leave_answered)

    def _leave_answered(self, answer: str | None) -> None:
        app = self._app
        if answer == leave.QUIT:
            app.exit()
        elif answer == leave.LOCK:
            app.action_lock()
        elif answer in (leave.TO_DESK, leave.HAND_OVER):
            self._fold_forms()
            if answer == leave.HAND_OVER:
                app.call_later(app.action_handover)
        elif answer == leave.BACK and not any(form.typed for form in self.forms):
            app.action_drafts()

    def _fold_forms(self) -> None:
        """Close the forms down to the screen beneath; their drafts stay."""
        while isinstance(self._app.screen, DraftedForm | ChoiceDialog):
            cast("DraftedForm", self._app.screen).dismiss(None)
