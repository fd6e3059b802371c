"""Actions on a case from any screen: the dialog that each action needs, and opening it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from textual.screen import Screen

from gridconsole.console.dialogs.act import ActDialog
from gridconsole.console.dialogs.assign import AssignmentDialog
from gridconsole.console.dialogs.call_back import CallBackDialog
from gridconsole.console.dialogs.dispatch import DispatchDialog
from gridconsole.console.dialogs.file import FileDialog
from gridconsole.console.dialogs.inspect import InspectionDialog
from gridconsole.console.dialogs.menu import ActionMenu
from gridconsole.console.dialogs.merge import MergeDialog
from gridconsole.console.dialogs.request import RequestDialog
from gridconsole.console.dialogs.supervise import SupervisionOrderDialog
from gridconsole.domain.actions import Action, next_steps
from gridconsole.language import t
from gridconsole.services.case_queries import CaseView

if TYPE_CHECKING:
    from gridconsole.console.host import OfficeApp


def open_dialog(screen: Screen[None], view: CaseView, action: Action) -> None:
    """Open the dialog of an action on the case as it was last read."""
    app = cast("OfficeApp", screen.app)
    if action not in view.actions:
        app.say(t("console.cannot"), error=True)
        return
    dialog = DIALOGS.get(action, ActDialog)
    app.push_screen(dialog(view, action))


DIALOGS: Mapping[Action, Callable[[CaseView, Action], Screen[Any]]] = {
    Action.DISPATCH: DispatchDialog,
    Action.REDISPATCH: DispatchDialog,
    Action.FILE: lambda view, _: FileDialog(view),
    Action.EXTEND: RequestDialog,
    Action.SUSPEND: RequestDialog,
    Action.RETYPE: RequestDialog,
    Action.MERGE: lambda view, _: MergeDialog(view.detail.row),
    Action.SUPERVISION_ORDER: lambda view, _: SupervisionOrderDialog(view),
    Action.CALL_BACK: lambda view, _: CallBackDialog(view),
    Action.SEND: lambda view, _: AssignmentDialog(view),
    Action.VERIFY: InspectionDialog,
    Action.CHECK: InspectionDialog,
}
"""Dialog of each action; an action that needs only text, or a result, uses :class:`ActDialog`."""


def primary_action(screen: Screen[None], view: CaseView | None) -> None:
    """Open the dialog of the action this case most likely needs from this operator (F2)."""
    acts = next_steps(view.actions) if view else []
    if view is None:
        _say_loading(screen)
    elif acts:
        open_dialog(screen, view, acts[0])
    else:
        cast("OfficeApp", screen.app).say(t("console.no_action"))


def _say_loading(screen: Screen[None]) -> None:
    """Show that the case under the cursor is still being read, so its actions are not known yet."""
    cast("OfficeApp", screen.app).say(t("console.reading"))


def open_menu(screen: Screen[None], view: CaseView | None) -> None:
    """Open the menu of everything this operator may do now (F3)."""
    if view is None:
        _say_loading(screen)
        return

    def picked(action: Action | None) -> None:
        if action is not None:
            open_dialog(screen, view, action)

    cast("OfficeApp", screen.app).push_screen(ActionMenu(view), picked)


def open_note(screen: Screen[None], view: CaseView | None) -> None:
    """Open the dialog for a note (F4)."""
    if view is None:
        _say_loading(screen)
    else:
        open_dialog(screen, view, Action.NOTE)
