"""The operator's session: logging in, the lock, handing the terminal over. A login ended elsewhere locks the screen."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from textual import events
from textual.await_complete import AwaitComplete
from textual.message import Message

from gridconsole.console.dialogs.operator import OperatorDialog
from gridconsole.console.dialogs.passwords import HandOverDialog, LockScreen, LoginScreen, PasswordDialog
from gridconsole.console.host import OfficeApp
from gridconsole.console.messages import Changed
from gridconsole.domain.errors import GridConsoleError, NobodyMayLogIn, NotLoggedIn, SessionEnded
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Role
from gridconsole.language import t
from gridconsole.language.accounts import account_change
from gridconsole.language.wording import Surface, error_sentence
from gridconsole.services import desk as desks
from gridconsole.services import sessions
from gridconsole.store import turns

if TYPE_CHECKING:
    from gridconsole.services.desk import Desk
    from gridconsole.services.sessions import ActiveSession

CHANGES_SHOWN = 120.0
"""Seconds what others changed of an account stays on the screen, or until it is clicked away."""
SESSION_CHECK = timedelta(seconds=30)
"""How often a console looks whether its log-in still holds though nothing was written anywhere; it may also just run out."""


class SessionApp(OfficeApp):
    """An application that shows nothing and does nothing before somebody is known to sit at it."""

    def __init__(self, desk: Desk, operator: str | None = None) -> None:
        super().__init__()
        self.desk = desk
        self.session: ActiveSession | None = None
        """The log-in of who sits here; None in a demo, and while nobody does."""
        self.actor: Actor | None = None
        self._wanted = operator
        self._logged_in_here = False
        self._lock_screen: LockScreen | None = None
        self.is_handing_over = False
        self._last_input = self._session_checked = desk.now()
        self._take_over(operator)

    def _take_over(self, operator: str | None) -> None:
        """Use a login that this terminal already has; in a demo use the operator who is named."""
        if self.desk.is_demo:
            self.actor = desks.find_operator(self.desk, operator) if operator else None
        else:
            with contextlib.suppress(NotLoggedIn, NobodyMayLogIn):
                self.session = sessions.who(self.desk, operator)
                self.actor = self.session.actor
        if self.actor is not None:
            self.desk.database.turns.name_writer(self.actor.name, self.desk.origin)

    # --- who ---

    def ask_who(self) -> None:
        """Let somebody sit down, if nobody does yet."""
        if self.actor is None and self.desk.is_demo:
            self.action_operator()
        elif self.actor is None:
            self._log_in()

    def _log_in(self) -> None:
        proof = partial(sessions.log_in, self.desk)
        actors = sessions.may_log_in(self.desk)
        heading = f"{t('console.login')}  {self.desk.office.name}"
        self.push_screen(LoginScreen(heading, t("console.login.keys"), actors, proof, self._wanted), self._came_in)

    def _came_in(self, session: ActiveSession | None) -> None:
        self._logged_in_here = session is not None
        self._use_session(session)

    def action_operator(self) -> None:
        """Hand the terminal over to somebody else, who gives the own password; in a demo choose anybody."""
        if self.desk.is_demo:
            self.push_screen(OperatorDialog(desks.operators(self.desk)), self._signed_in_as)
            return
        others = [actor for actor in sessions.may_log_in(self.desk) if self.actor is None or actor.id != self.actor.id]
        heading = t("console.hand_over", name=self.actor.name if self.actor else "-")
        proof = partial(sessions.hand_over, self.desk, self.session)
        self.push_screen(HandOverDialog(heading, t("console.hand_over.keys"), others, proof), self._handed_over)

    def _handed_over(self, session: ActiveSession | None) -> None:
        self.is_handing_over = False
        if session is not None:
            self._use_session(session)

    def _use_session(self, session: ActiveSession | None) -> None:
        self.session = session
        self._signed_in_as(session.actor if session is not None else None)
        if session is not None:
            self._show_changes(session)

    def _show_changes(self, session: ActiveSession) -> None:
        """Say what others changed of the account; until it is read, as nothing else on the screen says it."""
        if session.changes and not self.is_locked:
            lines = "\n".join([t("account.changes"), *map(account_change, session.changes)])
            self.notify(lines, severity="warning", markup=False, timeout=CHANGES_SHOWN)

    def _signed_in_as(self, actor: Actor | None) -> None:
        if actor is not None:
            self.actor = actor
        elif self.actor is None:
            self.exit()
            return
        self._last_input = self.desk.now()
        if self.actor is not None:
            self.desk.database.turns.name_writer(self.actor.name, self.desk.origin)
        self.signed_in()
        self.notify_screens(Changed())
        self.person_changed()

    def person_changed(self) -> None:
        """Somebody sits down, or has other roles now."""

    def signed_in(self) -> None:
        """Somebody may have sat down, or still sits."""

    def signing_out(self) -> None:
        """Called before the operator leaves or the terminal is locked."""

    def action_change_password(self) -> None:
        """One's own password."""
        if self.session is None:
            self.say(t("console.who.demo"))
            return
        self.push_screen(PasswordDialog(self.session.actor.name, self.session.session_id))

    # --- the lock ---

    @property
    def is_locked(self) -> bool:
        """Nothing shows and nothing can be done."""
        return self._lock_screen is not None

    def action_lock(self) -> None:
        """Blank the terminal until a password opens it; dialogs with what is typed in them stay beneath."""
        if self.desk.is_demo:
            self.say(t("console.lock.demo"))
        elif self.session is not None and not self.is_locked:
            with contextlib.suppress(GridConsoleError), turns.in_background():
                sessions.lock(self.desk)
            self._cover(t("console.lock", name=self.session.actor.name))

    def _cover(self, heading: str) -> None:
        if self.session is None or self.is_locked:
            return
        locked = self.session.actor
        self.signing_out()
        leaders = [actor for actor in sessions.may_log_in(self.desk) if actor.id == locked.id or Role.SHIFT_LEADER in actor.roles]
        leaders.sort(key=lambda actor: actor.id != locked.id)
        # A toast may name a case, and would lie on top of everything.
        self.clear_notifications()
        proof = partial(sessions.unlock, self.desk, locked)
        self._lock_screen = LockScreen(heading, t("console.lock.keys"), leaders, proof, locked.name)
        self.push_screen(self._lock_screen)

    def unlocked(self, session: ActiveSession) -> None:
        """The password was right: show again what was there."""
        self._lock_screen = None
        self.pop_screen()
        self._logged_in_here = True
        self._use_session(session)

    def pop_screen(self) -> AwaitComplete:
        """Take the top screen away, but never the lock: whatever ends beneath it waits."""
        if self._lock_screen is not None and self.screen is self._lock_screen:
            return AwaitComplete()
        return super().pop_screen()

    async def on_event(self, event: events.Event) -> None:
        """Remember when there last was a hand at the keys."""
        if isinstance(event, events.InputEvent | events.Paste):
            self._last_input = self.desk.now()
        await super().on_event(event)

    def lock_if_left(self) -> None:
        """Lock when there was no hand at the keys for as long as the office says."""
        if self.session is not None and self.desk.now() - self._last_input >= sessions.lock_after(self.desk):
            self.action_lock()

    def check_session(self, *, changed: bool) -> None:
        """Cover the screen where the log-in was ended elsewhere, and follow roles that changed."""
        session, now = self.session, self.desk.now()
        if (
            session is None
            or self.is_locked
            or self.is_handing_over
            or not (changed or abs(now - self._session_checked) >= SESSION_CHECK)
        ):
            return
        try:
            renewed = sessions.renewed(self.desk, session, used=self._last_input > self._session_checked)
        except SessionEnded as error:
            self._cover(error_sentence(error, Surface.CONSOLE)[0])
            return
        except GridConsoleError:
            return  # the file's trouble: the screen says so already
        self._session_checked = now
        if renewed.actor != session.actor:
            self._use_session(renewed)

    def renew_session(self) -> None:
        """Refuse to write for somebody who is not logged in any more.

        Raises:
            SessionEnded: the log-in ended meanwhile.
        """
        if self.session is not None:
            sessions.renewed(self.desk, self.session)

    def sign_out(self) -> None:
        """End the log-in if it was made here: who came in through the console leaves with it."""
        if not self.is_locked:
            self.signing_out()
        if self.session is not None and self._logged_in_here and not self.is_locked:
            with contextlib.suppress(GridConsoleError):
                sessions.leave(self.desk, [self.session], "logout")

    # --- telling ---

    def notify_screens(self, message: Message) -> None:
        """Let every screen know."""
        for screen in self.screen_stack:
            screen.post_message(type(message)())

    def say(self, text: str, *, error: bool = False) -> None:
        """A toast; never markup, and never on a locked terminal."""
        if self.is_locked:
            return
        self.notify(text, severity="error" if error else "information", markup=False, timeout=6)
