"""The operator signed in at this console: logging in, and handing the terminal over."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from gridconsole.domain.errors import GridConsoleError, NobodyMayLogIn, NotLoggedIn
from gridconsole.language import t
from gridconsole.language.accounts import account_change
from gridconsole.services import actors, handover, sessions
from gridconsole.services.sessions import ActiveSession

if TYPE_CHECKING:
    from gridconsole.console.host import OfficeApp
    from gridconsole.domain.parties import Actor

CHANGES_SHOWN = 120.0
"""Seconds for which changes that others made to the account stay on the screen; a click ends them sooner."""


class Session:
    """The operator at this console and their log-in. The application has one; nothing is shown before an operator is known."""

    def __init__(self, app: OfficeApp, operator: str | None, on_signed_in: Callable[[], None]) -> None:
        self._app = app
        self._wanted = operator
        self._on_signed_in = on_signed_in
        """Called after an operator signed in, took over, came back or got other roles."""
        self.actor: Actor | None = None
        """None while no operator is signed in."""
        self.login: ActiveSession | None = None
        """None in a demo, and while no operator is signed in."""
        self.is_login_made_here = False
        """The log-in was made in this console, and ends with it."""
        self.is_handing_over = False
        """A handover is ending the session of the previous operator."""
        self._take_existing_login()

    def _take_existing_login(self) -> None:
        """Use a log-in that this terminal already has; in a demo use the operator who is named."""
        office = self._app.office
        if office.is_demo:
            self.actor = actors.find_operator(office, self._wanted) if self._wanted else None
        else:
            with contextlib.suppress(NotLoggedIn, NobodyMayLogIn):
                self.login = sessions.who(office, self._wanted)
                self.actor = self.login.actor
        self._name_writer()

    def _name_writer(self) -> None:
        """Let other terminals see the name of the operator who writes here."""
        if self.actor is not None:
            self._app.office.database.turns.name_writer(self.actor.name, self._app.office.origin)

    # --- signing in ---

    def ask_who(self) -> None:
        """Open the log-in, or in a demo the list of operators, while no operator is signed in."""
        if self.actor is None and self._app.office.is_demo:
            self.choose_operator()
        elif self.actor is None:
            self._open_login()

    def _open_login(self) -> None:
        office = self._app.office
        heading = f"{t('console.login')}  {office.name}"
        proof = partial(sessions.log_in, office)
        from gridconsole.console.dialogs.passwords import LoginScreen

        screen = LoginScreen(heading, t("console.login.keys"), sessions.may_log_in(office), proof, self._wanted)
        self._app.push_screen(screen, self._logged_in)

    def _logged_in(self, login: ActiveSession | None) -> None:
        self.is_login_made_here = login is not None
        self.use(login)

    def choose_operator(self) -> None:
        """Give the terminal to another operator, by that operator's password; in a demo to any operator."""
        office, actor = self._app.office, self.actor
        if office.is_demo:
            from gridconsole.console.dialogs.operator import OperatorDialog

            self._app.push_screen(OperatorDialog(actors.operators(office)), self.sign_in)
            return
        others = [other for other in sessions.may_log_in(office) if actor is None or other.id != actor.id]
        heading = t("console.hand_over", name=actor.name if actor else "-")
        proof = partial(sessions.hand_over, office, self.login)
        from gridconsole.console.dialogs.passwords import HandOverDialog

        self._app.push_screen(HandOverDialog(heading, t("console.hand_over.keys"), others, proof), self._handed_over)

    def _handed_over(self, login: ActiveSession | None) -> None:
        self.is_handing_over = False
        if login is not None:
            self.use(login)

    def use(self, login: ActiveSession | None) -> None:
        """Continue with a session, and show what others changed of the account.

        Without a session, the console ends unless an operator is signed in.
        """
        self.login = login
        self.sign_in(login.actor if login is not None else None)
        if login is not None and login.changes and not self._app.is_locked:
            # Nothing else on the screen shows these changes.
            lines = "\n".join([t("account.changes"), *map(account_change, login.changes)])
            self._app.notify(lines, severity="warning", markup=False, timeout=CHANGES_SHOWN)

    def sign_in(self, actor: Actor | None) -> None:
        """Make an operator the one at this console. None keeps the current operator, and ends the console if there is none."""
        if actor is not None:
            self.actor = actor
        elif self.actor is None:
            self._app.exit()
            return
        self._name_writer()
        self._on_signed_in()

    def change_password(self) -> None:
        """Open the dialog for changing the operator's password; a demo has none."""
        if self.login is None:
            self._app.say(t("console.who.demo"))
        else:
            from gridconsole.console.dialogs.passwords import PasswordDialog

            self._app.push_screen(PasswordDialog(self.login.actor.name, self.login.session_id))

    # --- the handover to the next shift ---

    def take_handover(self, number: int, name: str, password: str) -> ActiveSession | Actor:
        """Confirm a handover with the password of the operator who takes it; runs in a worker thread.

        Returns the session of that operator; in a demo the operator, who has none.

        Raises:
            LoginFailed, LoginPaused, PasswordRunOut, NobodyMayLogIn: as for logging in.
            Refused: the handover cannot be taken over, at all or by this operator.
        """
        office, former = self._app.office, self.login
        actor = sessions.witness(office, name, password)
        handover.take_over(office, actor, number)
        return actor if office.is_demo else sessions.pass_on(office, former, actor)

    def handover_taken(self, taken: ActiveSession | Actor | None) -> None:
        """Give the terminal to the operator who took the handover; None if it was not taken."""
        if isinstance(taken, ActiveSession):
            self._handed_over(taken)
            return
        self.is_handing_over = False
        if taken is not None:
            self.sign_in(taken)

    # --- the log-in ---

    def confirm(self) -> None:
        """Refuse to write for an operator whose session has ended; may be called from a worker thread.

        Raises:
            SessionEnded: the session has ended.
        """
        if self.login is not None:
            sessions.renewed(self._app.office, self.login)

    def end(self) -> None:
        """End the log-in if it was made here."""
        if self.login is not None and self.is_login_made_here:
            with contextlib.suppress(GridConsoleError):
                sessions.leave(self._app.office, [self.login], "logout")
