"""岗位交接: plan the handover of a person's posts and work, choose successors, and confirm it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Input, Static

from gridconsole.console.dialogs.form import Form
from gridconsole.console.dialogs.roster import RosterDialog, day_in, person_choices
from gridconsole.console.keys import bind
from gridconsole.console.messages import Operation
from gridconsole.console.widgets.chooser import Chooser
from gridconsole.console.widgets.pick import Pick
from gridconsole.console.widgets.table import Column, RowTable
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.post_handover import HandoverWhy, Item, ItemKind, PostHandover
from gridconsole.domain.roster import WhyLeft
from gridconsole.language import t, word
from gridconsole.services import post_handover
from gridconsole.store.people import WardenRow

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor

_OCCASIONS = (HandoverWhy.DEPARTURE, HandoverWhy.LEAVE)


class PlanDialog(RosterDialog):
    """The occasion of a handover; then the plan is shown."""

    about = "warden.hand_over"

    def __init__(self, warden: WardenRow) -> None:
        super().__init__(warden)
        self._planned: PostHandover | None = None

    def fields(self) -> ComposeResult:
        """Lay out the first day, the occasion, and why somebody departs."""
        yield Static(t("console.roster.gone_from"), classes="label", markup=False)
        yield Input((self.console_app.office.today() + timedelta(days=1)).isoformat(), id="day", compact=True, max_length=20)
        yield Pick([word(why) for why in _OCCASIONS], id="occasion")
        yield Static(t("console.handover.why"), classes="label", markup=False)
        yield Pick([word(why) for why in WhyLeft], id="why")

    def operation(self) -> Operation | None:
        """Return the planning."""
        app, day = self.console_app, day_in(self, "#day")
        if app.actor is None or day is None:
            return None
        occasion = _OCCASIONS[self.query_one("#occasion", Pick).index]
        why = tuple(WhyLeft)[self.query_one("#why", Pick).index]

        actor = app.actor

        def plan() -> None:
            self._planned = post_handover.plan(app.office, actor, self.warden.id, day, occasion, why_ended=why)

        return plan

    def finished(self) -> None:
        """Show the plan."""
        if self._planned is not None:
            self.app.call_later(self.app.push_screen, HandoverDialog(self._planned, self.warden))


class Decided(Message):
    """The chosen successors are kept with the plan."""

    def __init__(self, planned: PostHandover) -> None:
        super().__init__()
        self.planned = planned


class NotDecided(Message):
    """Chosen successors were refused; the plan is as before."""

    def __init__(self, error: GridConsoleError, labels: Collection[str]) -> None:
        super().__init__()
        self.error, self.labels = error, labels


class HandoverDialog(Form):
    """A plan: its items with their successors; the one under the cursor may be given to somebody else.

    Choices are kept with the plan at once: who plans it need not be who confirms it.
    """

    DEFAULT_CSS = """
    HandoverDialog RowTable { height: 9; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [bind("f4", "again", "handover.again", key_display="F4", priority=True, show=False)]
    keys: ClassVar[str] = "console.handover.plan_keys"

    def __init__(self, planned: PostHandover, warden: WardenRow) -> None:
        super().__init__()
        self._planned, self._warden = planned, warden
        self._chosen: dict[str, str] = {}
        """Staff number of whom was chosen here, by the label of the item."""
        self.heading = t(
            "console.handover.plan", number=planned.number, name=planned.person, day=planned.on, count=len(planned.items)
        )

    def fields(self) -> ComposeResult:
        """Lay out the items, the successor of the one under the cursor, and the signed sheet."""
        yield RowTable[Item](self._columns(), lambda item: (item.kind, item.subject), id="items")
        yield Static(t("console.handover.give"), classes="label", markup=False)
        yield Chooser(
            person_choices(self.console_app.office, self._planned.person_id), t("console.roster.person_hint"), id="taker"
        )
        yield Static(t("console.handover.sheet"), classes="label", markup=False)
        yield Input(id="sheet", compact=True, max_length=60)
        yield Input(placeholder=t("console.handover.no_sheet"), id="no_sheet", compact=True, max_length=200)

    def on_mount(self) -> None:
        """Show the items."""
        self._table.show(list(self._planned.items))
        self._table.focus()
        super().on_mount()

    @property
    def _table(self) -> RowTable[Item]:
        return self.query_one("#items", RowTable)

    def _columns(self) -> tuple[Column[Item], ...]:
        return (
            Column(t("column.kind"), 8, lambda item: word(item.kind)),
            Column(t("column.handover_item"), 0, lambda item: item.label, weight=2),
            Column(t("column.place"), 0, lambda item: item.place or item.rank, narrowest=60, weight=3),
            Column(
                t("column.successor"),
                0,
                self._successor,
                lambda item: "" if self._successor(item) else "late",
                weight=2,
                runs=True,
            ),
        )

    def _successor(self, item: Item) -> str:
        return item.successor.name if item.successor is not None else t("handover.nobody")

    def action_again(self) -> None:
        """Plan anew: what the person has in hand may have changed."""
        if not self._is_sending:
            self.dismiss(None)
            self.app.push_screen(PlanDialog(self._warden))

    @on(Chooser.Picked, "#taker")
    def _taken(self, event: Chooser.Picked) -> None:
        item, actor = self._table.current, self.console_app.actor
        if item is None or event.key is None or actor is None:
            return
        with self.console_app.office.database.reading() as connection:
            code, _ = post_handover.person_words(connection, self.console_app.office, event.key)
        given = {}
        for one in self._planned.items:
            # A grid takes its cases with it, as long as nobody chose for them.
            follows = item.kind is ItemKind.GRID and one.kind is not ItemKind.GRID and one.label not in self._chosen
            if one is item or (follows and len(self._planned.of(ItemKind.GRID)) == 1):
                given[one.label] = code
        self._chosen |= given
        self.run_worker(partial(self._keep, actor, given), thread=True, group="writing", exit_on_error=False)

    def _keep(self, actor: Actor, given: Mapping[str, str]) -> None:
        try:
            self.post_message(Decided(post_handover.decide(self.console_app.office, actor, self._planned.number, given)))
        except GridConsoleError as error:
            self.post_message(NotDecided(error, given.keys()))

    @on(NotDecided)
    def _not_kept(self, event: NotDecided) -> None:
        for label in event.labels:
            self._chosen.pop(label, None)
        self.refused(event.error)

    @on(Decided)
    def _kept(self, event: Decided) -> None:
        self._planned = event.planned
        self._table.show(list(self._planned.items))
        self._table.refresh()

    def operation(self) -> Operation | None:
        """Return the handover; a missing sheet is complained about here."""
        app = self.console_app
        sheet, none = (self.query_one(f"#{name}", Input).value.strip() for name in ("sheet", "no_sheet"))
        if app.actor is None:
            return None
        if not (sheet or none):
            self.complain(t("console.handover.sheet_missing"), "#sheet")
            return None
        actor, number, chosen = app.actor, self._planned.number, dict(self._chosen)

        def hand_over() -> None:
            if chosen:
                # What was picked a moment ago may not be kept yet.
                post_handover.decide(app.office, actor, number, chosen)
            post_handover.do(app.office, actor, number, sheet=sheet, no_sheet=none)

        return hand_over
