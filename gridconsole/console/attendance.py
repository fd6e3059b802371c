"""Operator activity: the last key, the lock, and locking when the session has ended."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from textual.screen import Screen

from gridconsole.domain.errors import GridConsoleError, SessionEnded
from gridconsole.domain.states import Role
from gridconsole.language import t
from gridconsole.language.error_sentences import Surface, error_sentence
from gridconsole.services import sessions
from gridconsole.store import turns

if TYPE_CHECKING:
    from gridconsole.console.dialogs.lock import LockScreen
    from gridconsole.console.host import OfficeApp
    from gridconsole.console.session import Session
    from gridconsole.services.sessions import ActiveSession

ATTENDED = timedelta(minutes=2)
"""Time since the last key up to which the operator counts as having seen what came in."""
SESSION_CHECK = timedelta(seconds=30)
"""Time between two checks of the session while nothing is written: it may also simply expire."""


class Attendance:
    """Idle time and lock of this console. The application has one."""

    def __init__(self, app: OfficeApp, session: Session, on_locking: Callable[[], None]) -> None:
        self._app, self._session = app, session
        self._on_locking = on_locking
        """Called before the lock covers the screen."""
        self._lock_screen: LockScreen | None = None
        self.last_input = app.office.now()
        """Time of the last key, click or paste."""
        self.session_checked = self.last_input
        """Time of the last check of the log-in."""

    @property
    def is_locked(self) -> bool:
        """Return whether the terminal is locked: nothing shows, and nothing can be done."""
        return self._lock_screen is not None

    @property
    def is_attended(self) -> bool:
        """Return whether the operator can be assumed to have seen what is on the screen."""
        return not self.is_locked and self._app.office.now() - self.last_input < ATTENDED

    def touch(self) -> None:
        """Record a key, a click or a paste as activity."""
        self.last_input = self._app.office.now()

    # --- the lock ---

    def lock(self) -> None:
        """Cover the terminal until a password opens it; dialogs stay beneath, with the text typed in them."""
        login = self._session.login
        if self._app.office.is_demo:
            self._app.say(t("console.lock.demo"))
        elif login is not None and not self.is_locked:
            with contextlib.suppress(GridConsoleError), turns.in_background():
                sessions.lock(self._app.office)
            self._cover(login, t("console.lock", name=login.actor.name))

    def lock_if_idle(self) -> None:
        """Lock the terminal after as many minutes without a key as the office has set."""
        if self._session.login is not None and self._app.office.now() - self.last_input >= sessions.lock_after(self._app.office):
            self.lock()

    def _cover(self, login: ActiveSession, heading: str) -> None:
        office, locked = self._app.office, login.actor
        self._on_locking()
        openers = [actor for actor in sessions.may_log_in(office) if actor.id == locked.id or Role.SHIFT_LEADER in actor.roles]
        openers.sort(key=lambda actor: actor.id != locked.id)
        # A toast may name a case, and would lie on top of everything.
        self._app.clear_notifications()
        proof = partial(sessions.unlock, office, locked)
        from gridconsole.console.dialogs.lock import Locked, LockScreen

        now = office.now()
        facts = Locked(locked, now, now - self.last_input, self._app.drafts.kept())
        self._lock_screen = LockScreen(heading, openers, proof, facts)
        self._app.push_screen(self._lock_screen)

    def covers(self, screen: Screen[object]) -> bool:
        """Return whether a screen is the lock, which nothing but a password takes away."""
        return screen is self._lock_screen

    def unlocked(self, login: ActiveSession) -> None:
        """Remove the lock after a correct password, and continue with the session it started."""
        self._lock_screen = None
        self._app.pop_screen()
        self._session.is_login_made_here = True
        self._session.use(login)

    # --- the log-in ---

    def check_session(self, *, changed: bool) -> None:
        """Lock the terminal if the session was ended elsewhere, and follow roles that changed.

        Asks the database at once if something ``changed``, and otherwise every ``SESSION_CHECK``.
        """
        login, now = self._session.login, self._app.office.now()
        is_due = changed or abs(now - self.session_checked) >= SESSION_CHECK
        if login is None or self.is_locked or self._session.is_handing_over or not is_due:
            return
        try:
            renewed = sessions.renewed(self._app.office, login, used=self.last_input > self.session_checked)
        except SessionEnded as error:
            self._cover(login, error_sentence(error, Surface.CONSOLE)[0])
            return
        except GridConsoleError:
            return  # the screen already reports the database problem
        self.session_checked = now
        if renewed.actor != login.actor:
            self._session.use(renewed)
