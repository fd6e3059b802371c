"""The cases that an operator marked on the desk, and acting on all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from gridconsole.console import actions
from gridconsole.console.widgets.key_bar import Offer
from gridconsole.domain.actions import TOGETHER, Action
from gridconsole.domain.errors import GridConsoleError
from gridconsole.language import t, word

if TYPE_CHECKING:
    from gridconsole.console.host import OfficeApp
    from gridconsole.console.modes.base import OfficeScreen
    from gridconsole.console.queue_model import QueueModel


class Marking:
    """Marks of the operator at this console. The desk has one."""

    def __init__(self, screen: OfficeScreen, model: QueueModel, unmark: Callable[[Sequence[int]], None]) -> None:
        """Args:
        unmark: called with the keys of cases whose mark goes.
        """
        self._screen, self._model, self._unmark = screen, model, unmark

    @property
    def step(self) -> Action | None:
        """Return the step that most of the marked cases wait for and that may be taken together."""
        steps = Counter(self._model.steps.get(key) for key in self._model.marked)
        return next((step for step, _ in steps.most_common() if step in TOGETHER), None)

    def offers(self) -> list[Offer]:
        """Return the keys that work on the marked cases."""
        step, count = self.step, len(self._model.marked)
        labels = {
            "f2": t("console.many.label", action=step, count=count) if step is not None else "",
            "f3": t("key.desk.menu"),
            "f4": t("console.many.note"),
        }
        found = [Offer(key, key.upper(), (label,)) for key, label in labels.items() if label]
        return [*found, Offer("escape", "Esc", (t("console.many.unmark"),))]

    def act(self, name: str) -> None:
        """Act on the marked cases (F2, F3, F4)."""
        step = {"primary": self.step, "note": Action.NOTE, "menu": None}[name]
        if name == "menu":
            self._choose()
        elif step is None:
            cast("OfficeApp", self._screen.app).say(t("console.many.one_by_one"))
        else:
            self._open(step)

    def _open(self, action: Action) -> None:
        from gridconsole.console.dialogs.marked import MarkedDialog

        model = self._model
        hidden = sorted(model.marked - set(model.order))
        rows = [model.rows[key] for key in (*model.order, *hidden) if key in model.marked and key in model.rows]
        actions.open_drawer(self._screen, MarkedDialog(action, rows, self._unmark))

    def _choose(self) -> None:
        from gridconsole.console.dialogs.menu import VerbMenu
        from gridconsole.services import many

        app = cast("OfficeApp", self._screen.app)
        if app.actor is None:
            return
        try:
            found = many.possible(app.office, app.actor, self._model.marked)
        except GridConsoleError as error:
            app.say_error(error)
            return
        options = [(action, word(action), t("console.many.cases", count=count)) for action, count in found.items()]

        def picked(action: Action | None) -> None:
            if action is not None:
                self._open(action)

        app.push_screen(VerbMenu(t("console.marked", count=len(self._model.marked)), options), picked)
