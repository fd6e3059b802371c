"""Command palette: cases by number or words, grids, people, and actions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

from textual import on
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.widgets import Input
from textual.worker import Worker

from gridconsole.console.modes.base import OfficeScreen
from gridconsole.console.queue_model import PANE_BY_KEY, PANES
from gridconsole.console.text import line_of, safe
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.text import mask_text
from gridconsole.language import t, word
from gridconsole.services import aliases
from gridconsole.services.lookup import matches
from gridconsole.services.privacy import may_unmask
from gridconsole.store import people, places, queue, searching, views
from gridconsole.store.case_conditions import ALL, Conditions
from gridconsole.store.views import NamedView

if TYPE_CHECKING:
    from gridconsole.console import typed
    from gridconsole.console.host import OfficeApp
    from gridconsole.console.modes.desk import DeskScreen

FOUND = 12
Runner = Callable[[], object]


class OfficePalette(CommandPalette):
    """Palette in which Enter runs what was found for the typed text.

    While a search is running, Enter waits for it, and never runs an earlier result.
    """

    def __init__(self) -> None:
        super().__init__(placeholder=t("console.palette"))
        self._entered = False

    @property
    def _is_searching(self) -> bool:
        return any(worker.node is self and not worker.is_finished for worker in self.workers)

    @on(Input.Submitted)
    def _enter(self, event: Input.Submitted) -> None:
        if self._is_searching:
            event.stop()
            event.prevent_default()
            self._entered = True

    @on(Input.Changed)
    def _typed_on(self) -> None:
        self._entered = False

    @on(Worker.StateChanged)
    def _found(self) -> None:
        if self._entered and not self._is_searching:
            self._entered = False
            self._select_or_command()


class OfficeCommands(Provider):
    """Commands and records that the palette finds."""

    _views: tuple[NamedView, ...] = ()

    @property
    def _console(self) -> OfficeApp:
        return cast("OfficeApp", self.app)

    async def startup(self) -> None:
        """Read grids and people, once per palette."""
        office = self._console.office
        with office.database.reading() as connection:
            self._grids = places.grid_choices(connection)
            self._wardens = people.wardens(connection, office.today())
            actor = self._console.actor
            self._views = views.views(connection, actor.id) if actor is not None else ()

    def _actions(self) -> list[tuple[str, str, Runner]]:
        app = self._console
        return [
            (t("console.new_report"), t("console.new_report.help"), partial(self._on_desk, "new_report")),
            (t("console.mode.desk"), t("console.mode.desk.help"), partial(app.switch_mode, "desk")),
            (t("console.view"), t("console.view.help"), partial(self._on_desk, "save_view")),
            (t("console.export"), t("console.export.help"), partial(self._on_desk, "export")),
            *(
                (
                    t("console.view.show", name=view.name),
                    t(f"pane.{view.pane}") if view.pane in PANE_BY_KEY else "",
                    partial(self._show_view, view.name),
                )
                for view in self._views
            ),
            *(
                (t("console.view.drop", name=view.name), t("console.view.drop.help"), partial(self._drop_view, view.name))
                for view in self._views
            ),
            *(
                (t(f"pane.{pane.key}"), t(f"pane.{pane.key}.help"), partial(self._on_desk, f"show_pane('{pane.key}')"))
                for pane in PANES
            ),
            (t("console.alarms"), t("console.alarms.help"), app.action_alarms),
            (t("console.mode.overview"), t("console.mode.overview.help"), partial(app.switch_mode, "overview")),
            (t("console.mode.grids"), t("console.mode.grids.help"), partial(app.switch_mode, "grids")),
            (t("console.mode.wardens"), t("console.mode.wardens.help"), partial(app.switch_mode, "wardens")),
            (t("console.mode.teams"), t("console.mode.teams.help"), partial(app.switch_mode, "teams")),
            (t("console.mode.units"), t("console.mode.units.help"), partial(app.switch_mode, "units")),
            (t("console.mode.reports"), t("console.mode.reports.help"), partial(app.switch_mode, "reports")),
            (t("console.mode.imports"), t("console.mode.imports.help"), partial(app.switch_mode, "imports")),
            (t("first"), t("first.help"), app.action_first_steps),
            (t("console.theme"), t("console.theme.help"), app.action_theme),
            (t("console.operator"), t("console.operator.help"), app.action_operator),
            (t("console.handover"), t("console.handover.help"), app.action_handover),
            (t("reconcile.title"), t("cli.reconcile.help"), app.action_reconcile),
            (t("audit.title"), t("audit.help"), app.action_audit),
            (t("console.digest"), t("console.digest.help"), app.action_digest),
            (t("console.drafts"), t("console.drafts.help"), app.action_drafts),
            (t("console.time"), t("console.time.help"), app.action_confirm_time),
            (t("console.look_all"), t("console.look_all.help"), partial(self._on_desk, "look_at_all")),
            (t("console.lock_now"), t("console.lock.help"), app.action_lock),
            (t("console.change_password"), t("console.change_password.help"), app.action_change_password),
            (t("console.help"), t("console.help.help"), app.action_help),
            (t("console.quit"), t("console.quit.help"), app.action_quit),
        ]

    def _show_view(self, name: str) -> None:
        self._console.switch_mode("desk")
        self._console.call_later(lambda: self._console.screen.action_show_view(name))  # type: ignore[attr-defined]

    def _drop_view(self, name: str) -> None:
        from gridconsole.services import views as kept

        app = self._console
        if app.actor is not None:
            try:
                kept.delete(app.office, app.actor, name)
            except GridConsoleError as error:
                app.say_error(error)
            else:
                app.say(t("console.view.dropped", name=name))

    def _on_desk(self, action: str) -> None:
        self._console.switch_mode("desk")
        self._console.call_later(self._console.run_action, f"screen.{action}")

    async def discover(self) -> Hits:
        """Yield the commands offered before anything is typed."""
        for label, help_text, run in self._actions():
            yield DiscoveryHit(safe(label), run, text=line_of(label), help=help_text)

    async def search(self, query: str) -> Hits:
        """Yield the commands and cases that match the typed text, or a line saying that none does."""
        from gridconsole.console import typed  # not before the first rows

        found = False
        wanted = typed.destination(query) or query
        for hit in [
            *await asyncio.to_thread(self._line_hits, query.strip()),
            *self._action_hits(wanted),
            *await asyncio.to_thread(self._case_hits, wanted.strip()),
            *self._register_hits(wanted),
        ]:
            found = True
            yield hit
        if not found:
            yield Hit(0.1, Content(t("console.palette.nothing")), lambda: None, text=query)

    def _line_hits(self, said: str) -> list[Hit]:
        """Return what a typed command would do, and what is wrong with it; runs in a worker thread."""
        from gridconsole.console import typed  # not before the first rows

        app = self._console
        if app.actor is None or not said:
            return []
        desk = self._desk()
        here = desk.table.current.number if desk is not None and desk.table.current is not None else None
        marked = tuple(desk.model.rows[key].number for key in desk.model.marked) if desk is not None else ()
        found = typed.hits(app.office, app.actor, said, here, marked)
        return [Hit(2.0 - at / 10, safe(hit.label), partial(self._take, hit), text=hit.label) for at, hit in enumerate(found)]

    def _desk(self) -> DeskScreen | None:
        """Return the desk if it is in front, with its case under the cursor."""
        from gridconsole.console.modes.desk import DeskScreen

        under = self._console.screen_stack[-2] if len(self._console.screen_stack) > 1 else None
        return under if isinstance(under, DeskScreen) else None

    def _take(self, hit: typed.TypedHit) -> None:
        from gridconsole.console import typed
        from gridconsole.console.dialogs.planned import PlannedDialog

        app = self._console
        if hit.words:
            app.switch_mode("desk")
            app.call_later(lambda: app.screen.look_for(hit.words))  # type: ignore[attr-defined]
        elif hit.plan is not None and app.actor is not None:
            if hit.plan.needs_a_second_look:
                app.push_screen(PlannedDialog(hit.plan))
            else:
                if isinstance(app.screen, OfficeScreen):
                    app.screen.awaits_typed = True
                app.write(typed.operation(app.office, app.actor, hit.plan), app.screen)

    def _action_hits(self, query: str) -> list[Hit]:
        return [
            Hit(1.0, safe(label), run, text=line_of(label), help=help_text)
            for label, help_text, run in self._actions()
            if matches(query, label, help_text)
        ]

    def _case_hits(self, words: str) -> list[Hit]:
        """Return cases by their words, open ones first, and any case by its number; runs in a worker thread."""
        if not words or len(words) > searching.WORDS_LONGEST:
            return []
        office = self._console.office
        names, among = may_unmask(office, self._console.actor), Conditions(open_only=True)
        with office.database.reading() as connection:
            wanted = searching.Search(words, names=names, among=among, synonyms=aliases.synonyms(connection))
            rows = list(searching.search(connection, office.id, wanted, FOUND))
            if words.isdecimal() and len(words) >= 4:
                rows += queue.rows_by_number(connection, office.id, words)
            if len(rows) < FOUND:
                rows += searching.search(connection, office.id, replace(wanted, among=ALL), FOUND)
        rows = list({row.id: row for row in rows}.values())
        hits = []
        for row in rows[:FOUND]:
            label = line_of(f"{row.number} {word(row.state)} {row.category} {row.area_name} {mask_text(row.summary)}")
            hits.append(Hit(0.9, safe(label), partial(self._open_case, row.number), text=label))
        return hits

    def _register_hits(self, query: str) -> list[Hit]:
        hits = []
        for choice in [item for item in self._grids if matches(query, item.name, item.code, item.initials)][:FOUND]:
            label = line_of(f"{t('console.mode.grids')} {choice.name} {choice.code}")
            hits.append(Hit(0.8, safe(label), partial(self._open, "grids", choice.id), text=label))
        for person in [item for item in self._wardens if matches(query, item.name, item.code, item.initials)][:FOUND]:
            label = line_of(f"{t('console.mode.wardens')} {person.name} {person.code} {person.workstation}")
            hits.append(Hit(0.7, safe(label), partial(self._open, "wardens", person.id), text=label))
        return hits

    def _open_case(self, number: str) -> None:
        from gridconsole.console.panels.case import CaseScreen

        self._console.push_screen(CaseScreen(number))

    def _open(self, mode: str, key: int) -> None:
        self._console.switch_mode(mode)
        self._console.call_later(self._point, key)

    def _point(self, key: int) -> None:
        point = getattr(self._console.screen, "point_at", None)
        if point is not None:
            point(key)
