"""Actions on a case from any screen: the dialog that each action needs, and opening it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from textual.screen import Screen

from gridconsole.domain.actions import Action
from gridconsole.language import t
from gridconsole.services.case_queries import CaseView

if TYPE_CHECKING:
    from gridconsole.console.host import OfficeApp
    from gridconsole.console.modes.base import OfficeScreen


def open_dialog(screen: OfficeScreen, view: CaseView, action: Action, *, is_next: bool = False) -> None:
    """Open the dialog of an action on the case as it was last read.

    Args:
        is_next: it opens by itself after another one: answers of a draft are not restored, as nobody has looked at this case yet.
    """
    app = cast("OfficeApp", screen.app)
    if (sent := app.sending.get(view.detail.row.number)) is not None:
        app.say(t("console.on_its_way", action=sent, number=view.detail.row.number[8:]))
        return
    if action not in view.actions:
        app.say(t("console.cannot"), error=True)
        return
    dialog = DIALOGS.get(action, _act)(view, action)
    from gridconsole.console.dialogs.case_form import CaseForm  # the dialog has brought it

    if isinstance(dialog, CaseForm):
        dialog.line = screen.line_after(view.detail.row.id, action)
        dialog.restores_choices = not is_next
    open_drawer(screen, dialog)


def open_drawer(screen: OfficeScreen, dialog: Screen[Any]) -> None:
    """Open a dialog; a drawer gets room beside what the screen shows."""
    open_at_once(screen, dialog, screen.make_room if getattr(dialog, "is_drawer", False) else None)


def open_at_once(screen: Screen[None], other: Screen[Any], make_room: Callable[[], None] | None = None) -> None:
    """Open a screen, drawn once it is complete: its parts one by one would draw the whole terminal several times.

    Keys that follow at once wait for it: a practised hand types ``F2 1 F2`` faster than a form has fields.

    Args:
        make_room: lets the screen beneath make room for it, until it is in front again.
    """
    app = cast("OfficeApp", screen.app)
    with contextlib.ExitStack() as opening:
        opening.enter_context(app.batch_update())
        if make_room is not None:
            make_room()
        mounted = app.push_screen(other)
        # From here on it is opened: what follows must let the keys go again.
        app.hold_keys()
        drawn_at_once = opening.pop_all()

    async def complete() -> None:
        try:
            with drawn_at_once:
                await mounted
        finally:
            await app.release_keys()

    app.call_later(complete)


# Dialogs are imported when they are opened.


def _act(view: CaseView, action: Action) -> Screen[Any]:
    from gridconsole.console.dialogs.act import ActDialog

    return ActDialog(view, action)


def _dispatch(view: CaseView, action: Action) -> Screen[Any]:
    from gridconsole.console.dialogs.dispatch import DispatchDialog

    return DispatchDialog(view, action)


def _file(view: CaseView, _: Action) -> Screen[Any]:
    from gridconsole.console.dialogs.file import FileDialog

    return FileDialog(view)


def _request(view: CaseView, action: Action) -> Screen[Any]:
    from gridconsole.console.dialogs.request import RequestDialog

    return RequestDialog(view, action)


def _merge(view: CaseView, _: Action) -> Screen[Any]:
    from gridconsole.console.dialogs.merge import MergeDialog

    return MergeDialog(view.detail.row)


def _supervise(view: CaseView, _: Action) -> Screen[Any]:
    from gridconsole.console.dialogs.supervise import SupervisionOrderDialog

    return SupervisionOrderDialog(view)


def _call_back(view: CaseView, _: Action) -> Screen[Any]:
    from gridconsole.console.dialogs.call_back import CallBackDialog

    return CallBackDialog(view)


def _assign(view: CaseView, _: Action) -> Screen[Any]:
    from gridconsole.console.dialogs.assign import AssignmentDialog

    return AssignmentDialog(view)


def _inspect(view: CaseView, action: Action) -> Screen[Any]:
    from gridconsole.console.dialogs.inspect import InspectionDialog

    return InspectionDialog(view, action)


def _feedback(view: CaseView, action: Action) -> Screen[Any]:
    from gridconsole.console.dialogs.inspect import FeedbackDialog

    return FeedbackDialog(view, action)


DIALOGS: Mapping[Action, Callable[[CaseView, Action], Screen[Any]]] = {
    Action.DISPATCH: _dispatch,
    Action.REDISPATCH: _dispatch,
    Action.FILE: _file,
    Action.EXTEND: _request,
    Action.SUSPEND: _request,
    Action.RETYPE: _request,
    Action.MERGE: _merge,
    Action.SUPERVISION_ORDER: _supervise,
    Action.CALL_BACK: _call_back,
    Action.SEND: _assign,
    Action.VERIFY: _inspect,
    Action.CHECK: _inspect,
    Action.FEEDBACK: _feedback,
}
"""Dialog of each action; an action that needs only text, or a result, uses the general one."""


def primary_action(screen: OfficeScreen, view: CaseView | None) -> None:
    """Open the dialog of the action this case most likely needs from this operator (F2)."""
    if view is None:
        _say_loading(screen)
    elif view.step is not None:
        open_dialog(screen, view, view.step)
    else:
        cast("OfficeApp", screen.app).say(t("console.no_action"))


def _say_loading(screen: Screen[None]) -> None:
    """Show that the case under the cursor is still being read, so its actions are not known yet."""
    cast("OfficeApp", screen.app).say(t("console.reading"))


def open_menu(screen: OfficeScreen, view: CaseView | None) -> None:
    """Open the menu of everything this operator may do now (F3)."""
    if view is None:
        _say_loading(screen)
        return

    from gridconsole.console.dialogs.menu import ActionMenu

    def picked(action: Action | None) -> None:
        if action is not None:
            open_dialog(screen, view, action)

    cast("OfficeApp", screen.app).push_screen(ActionMenu(view), picked)


def open_note(screen: OfficeScreen, view: CaseView | None) -> None:
    """Open the dialog for a note (F4)."""
    if view is None:
        _say_loading(screen)
    else:
        open_dialog(screen, view, Action.NOTE)
