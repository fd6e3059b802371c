"""Doing something to a case from any screen: which dialog an action needs, and opening it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gridconsole.console.screens.act import ActDialog
from gridconsole.console.screens.call_back import CallBackDialog
from gridconsole.console.screens.dispatch import DispatchDialog
from gridconsole.console.screens.file import FileDialog
from gridconsole.console.screens.look import LookDialog
from gridconsole.console.screens.menu import ActionMenu
from gridconsole.console.screens.merge import MergeDialog
from gridconsole.console.screens.request import RequestDialog
from gridconsole.console.screens.send import SendDialog
from gridconsole.console.screens.urge import SupervisionOrderDialog
from gridconsole.domain.workflow import Action, next_steps
from gridconsole.language import t
from gridconsole.services.case_queries import CaseView

if TYPE_CHECKING:
    from textual.screen import Screen

    from gridconsole.console.host import OfficeApp


def open_dialog(screen: Screen[None], view: CaseView, action: Action) -> None:
    """Open the dialog of an action on the case as it was seen."""
    app = cast("OfficeApp", screen.app)
    if action not in view.actions:
        app.say(t("console.cannot"), error=True)
        return
    if action in (Action.DISPATCH, Action.REDISPATCH):
        app.push_screen(DispatchDialog(view, action))
    elif action is Action.FILE:
        app.push_screen(FileDialog(view))
    elif action in (Action.EXTEND, Action.SUSPEND, Action.RETYPE):
        app.push_screen(RequestDialog(view, action))
    elif action is Action.MERGE:
        app.push_screen(MergeDialog(view.detail.row))
    elif action is Action.SUPERVISION_ORDER:
        app.push_screen(SupervisionOrderDialog(view))
    elif action is Action.CALL_BACK:
        app.push_screen(CallBackDialog(view))
    elif action is Action.SEND:
        app.push_screen(SendDialog(view))
    elif action in (Action.VERIFY, Action.CHECK):
        app.push_screen(LookDialog(view, action))
    else:
        app.push_screen(ActDialog(view, action))


def primary_action(screen: Screen[None], view: CaseView | None) -> None:
    """F2: what this case most likely needs from this operator."""
    acts = next_steps(view.actions) if view else []
    if view is None:
        _say_loading(screen)
    elif acts:
        open_dialog(screen, view, acts[0])
    else:
        cast("OfficeApp", screen.app).say(t("console.no_action"))


def _say_loading(screen: Screen[None]) -> None:
    """Say that the case under the cursor is still being read: nothing is known of what may be done to it."""
    cast("OfficeApp", screen.app).say(t("console.reading"))


def open_menu(screen: Screen[None], view: CaseView | None) -> None:
    """F3: everything this operator may do now."""
    if view is None:
        _say_loading(screen)
        return

    def picked(action: Action | None) -> None:
        if action is not None:
            open_dialog(screen, view, action)

    cast("OfficeApp", screen.app).push_screen(ActionMenu(view), picked)


def open_note(screen: Screen[None], view: CaseView | None) -> None:
    """F4: a remark."""
    if view is None:
        _say_loading(screen)
    else:
        open_dialog(screen, view, Action.NOTE)
