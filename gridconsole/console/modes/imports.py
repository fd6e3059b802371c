"""导入: preview a file cell by cell, correct rejected cells, import the file, undo an import."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Select, Static
from textual.worker import get_current_worker

from gridconsole.console.dialogs.importing import CellDialog, HistoryDialog, Reading, ReadingForm, UndoDialog
from gridconsole.console.import_lines import PlanLine, line_columns, lines_of, summary
from gridconsole.console.keys import bind
from gridconsole.console.messages import Changed, LoadFailed
from gridconsole.console.modes.base import OfficeScreen, TopBar
from gridconsole.console.text import bar
from gridconsole.console.widgets.key_bar import KeyBar
from gridconsole.console.widgets.table import Column, RowTable
from gridconsole.domain.errors import GridConsoleError, HistoryUnclear
from gridconsole.domain.parties import Actor
from gridconsole.importing.engine import ImportOutcome, run
from gridconsole.importing.headway import Abandoned, Headway
from gridconsole.importing.kinds import KINDS
from gridconsole.importing.options import AUTO, Options
from gridconsole.importing.undo import Undone, undo
from gridconsole.language import short_time, t
from gridconsole.language.durations import headway_text
from gridconsole.store import batches
from gridconsole.store.batches import BatchRow

BATCHES_SHOWN = 100


class Checked(Message):
    """A file was previewed, or imported."""

    def __init__(self, outcome: ImportOutcome) -> None:
        super().__init__()
        self.outcome = outcome


class Progressed(Message):
    """An import reports its progress."""

    def __init__(self, headway: Headway, writing: bool) -> None:
        super().__init__()
        self.headway, self.writing = headway, writing


class Stopped(Message):
    """An import was abandoned; nothing of it is kept."""


def path_of(text: str) -> Path:
    """Return the path that was typed."""
    try:
        return Path(text).expanduser()
    except RuntimeError:  # ~name without such a user: a name like any other
        return Path(text)


class Undoable(Message):
    """Preview of undoing an import."""

    def __init__(self, undone: Undone) -> None:
        super().__init__()
        self.undone = undone


class NotUndoable(Message):
    """A batch cannot be undone."""

    def __init__(self, error: GridConsoleError) -> None:
        super().__init__()
        self.error = error


class PathSuggester(Suggester):
    """Completes a path with files that exist."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return the path completed with the first file or folder that matches."""
        if not value:
            return None
        given = path_of(value)
        folder, stem = (given, "") if value.endswith("/") else (given.parent, given.name)
        try:
            names = sorted(item.name + ("/" if item.is_dir() else "") for item in folder.iterdir() if item.name.startswith(stem))
        except (OSError, ValueError):
            return None
        found = next((name for name in names if not name.startswith((".", "~$"))), None)
        return None if found is None else value[: len(value) - len(stem)] + found


class ImportScreen(OfficeScreen):
    """Import of one file at a time, previewed before it is written."""

    DEFAULT_CSS = """
    ImportScreen #bar { height: 1; }
    ImportScreen #path { width: 1fr; }
    ImportScreen #kind { width: 22; }
    ImportScreen #summary { height: auto; max-height: 4; padding: 0 1; color: $foreground; }
    ImportScreen #body { height: 1fr; }
    ImportScreen #lines { width: 3fr; }
    ImportScreen #history { width: 2fr; border-left: solid $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("f2", "commit", "imports.commit", key_display="F2"),
        bind("f3", "edit", "imports.edit", key_display="F3"),
        bind("f4", "undo", "imports.undo", key_display="F4"),
        bind("f5", "check", "imports.check", key_display="F5"),
        bind("f7", "read", "imports.read", key_display="F7"),
        bind("escape", "stop", "imports.stop", show=False),
        bind("ctrl+f,slash,／", "find", "imports.path", key_display="^f"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.outcome: ImportOutcome | None = None
        self._corrections: dict[tuple[str, str], str] = {}
        self._checked_path = ""
        self._history: bool | None = None
        """True if cases of the file that may be over or open are history, False if open; None until the clerk says."""
        self._reading = Reading()
        """Settings of the clerk for reading the file."""
        self._under_way = False
        self._wanted_kind = ""
        """Kind of list that another screen asks for."""
        self._stop = threading.Event()

    def compose(self) -> ComposeResult:
        """Lay out file and kind, the summary, the lines of the preview, and the history."""
        yield TopBar("imports")
        with Horizontal(id="bar"):
            yield Input(placeholder=t("console.import.path"), id="path", compact=True, max_length=400, suggester=PathSuggester())
            yield Select([(t(f"kind.{kind}"), kind) for kind in KINDS], prompt=t("console.import.auto"), compact=True, id="kind")
        yield Static("", id="summary", markup=False)
        with Horizontal(id="body"):
            yield RowTable[PlanLine](line_columns(), lambda line: line.position, id="lines")
            with Vertical(id="history"):
                yield Static(t("console.import.batches"), classes="title", markup=False)
                yield RowTable[BatchRow](self._batch_columns(), lambda batch: batch.id, id="batches")
        yield KeyBar()

    def _batch_columns(self) -> tuple[Column[BatchRow], ...]:
        calendar = self.console_app.office.calendar

        def counts(batch: BatchRow) -> str:
            count_of = {"inserted": 0, "updated": 0, "rejected": 0, **batch.counts}
            return f"+{count_of['inserted']} ~{count_of['updated']} x{count_of['rejected']}"

        return (
            Column("", 3, lambda batch: str(batch.id), right=True),
            Column(t("column.time"), 11, lambda batch: short_time(batch.at, calendar.zone), narrowest=44),
            Column(t("column.kind"), 6, lambda batch: t(f"kind.{batch.kind}")),
            Column(t("column.file"), 0, lambda batch: batch.file_name, lambda batch: "dim" if batch.undone_at else "", weight=2),
            Column("", 13, counts, right=True),
            Column("", 2, lambda batch: t("console.import.undone_mark") if batch.undone_at else ""),
        )

    def on_mount(self) -> None:
        """Focus the path."""
        self._show_wanted()
        self._show_history()

    def choose_kind(self, kind: str) -> None:
        """Await a file of a kind of list."""
        self._wanted_kind = kind
        if self.is_mounted:
            self._show_wanted()

    def _show_wanted(self) -> None:
        kind, self._wanted_kind = self._wanted_kind, ""
        if kind:
            self.query_one("#kind", Select).value = kind
        self.query_one("#path").focus()

    @on(Changed)
    def _changed(self) -> None:
        self._show_history()

    def _show_history(self) -> None:
        with self.console_app.office.database.reading() as connection:
            self.query_one("#batches", RowTable).show(list(batches.batches(connection, BATCHES_SHOWN)))

    # --- previewing and writing ---

    @on(Input.Submitted, "#path")
    def _entered(self) -> None:
        self._forget()
        self.action_check()

    def _forget(self) -> None:
        """Forget what was said of another file."""
        self._corrections.clear()
        self._history, self._reading = None, Reading()

    @on(Input.Changed, "#path")
    @on(Select.Changed, "#kind")
    def _other_file(self) -> None:
        """Remove the preview of another file or kind: F2 must not write it."""
        path = self.query_one("#path", Input).value.strip()
        kind = self._kind()
        if self.outcome is None or self._under_way or (path == self._checked_path and kind in (AUTO, self.outcome.kind)):
            return
        self.outcome = None
        self.query_one("#summary", Static).update("")
        self.query_one("#lines", RowTable).show([])

    def action_check(self) -> None:
        """Preview the file without writing."""
        path = self.query_one("#path", Input).value.strip()
        if path and not self._is_busy():
            if path != self._checked_path:
                self._forget()
            self._checked_path = path
            self._run(path, self._kind(), self._options(dry_run=True))

    def action_commit(self) -> None:
        """Import the file as it was previewed."""
        outcome = self.outcome
        if self._is_busy():
            return
        if outcome is None or not outcome.dry_run:
            self.console_app.say(t("console.import.nothing"), error=True)
            return
        self._run(self._checked_path, outcome.kind, self._options(seen=outcome.sha256))

    def _options(self, *, dry_run: bool = False, seen: str | None = None) -> Options:
        read = self._reading
        return Options(
            dry_run=dry_run, seen=seen, corrections=dict(self._corrections), history=self._history,
            source_list=read.source_list or None, mapping=read.mapping, header_row=read.header_row, year=read.year,
            skip_hidden=read.skip_hidden,
        )  # fmt: skip

    def action_read(self) -> None:
        """Ask how the file is read, and check it again."""
        if self._is_busy():
            return
        dialog = ReadingForm(self._reading)
        self.app.push_screen(dialog, lambda _: self._reading_said(dialog.given))

    def _reading_said(self, reading: Reading | None) -> None:
        if reading is not None:
            path = self.query_one("#path", Input).value.strip()
            self._checked_path, self._reading = path, reading
            self.action_check()

    def action_stop(self) -> None:
        """Abandon the running import."""
        self._stop.set()

    def _is_busy(self) -> bool:
        """Return whether a file is being read or written; shows a message if so."""
        if self._under_way:
            self.console_app.say(t("console.import.busy"))
        return self._under_way

    def _kind(self) -> str:
        value = self.query_one("#kind", Select).value
        return value if isinstance(value, str) else AUTO

    def _run(self, path: str, kind: str, options: Options) -> None:
        actor = self.console_app.actor
        if actor is not None:
            self._under_way = True
            self._stop.clear()
            self._take(path, kind, options, actor)

    @work(thread=True, group="import", exit_on_error=False)
    def _take(self, path: str, kind: str, options: Options, actor: Actor) -> None:
        worker, office = get_current_worker(), self.console_app.office

        def progress(headway: Headway) -> None:
            # Leaving the program stops it as well: its result would not be seen.
            if not headway.is_settled and (self._stop.is_set() or worker.is_cancelled):
                raise Abandoned
            self.post_message(Progressed(headway, not options.dry_run))

        try:
            self.post_message(Checked(run(office, actor, kind, path_of(path), options, progress=progress)))
        except Abandoned:
            self.post_message(Stopped())
        except GridConsoleError as error:
            self.post_message(LoadFailed(error))

    @on(Progressed)
    def _progressed(self, event: Progressed) -> None:
        key = "console.import.writing" if event.writing else "console.import.checking"
        come = event.headway
        words = headway_text(come.rows, come.seconds_left, is_settled=come.is_settled)
        stop = t("console.import.settled" if come.is_settled else "console.import.stop")
        text = f"{t(key)} {bar(come.share)} {words}  {stop}"
        self.query_one("#summary", Static).update(text)

    @on(Stopped)
    def _stopped(self) -> None:
        self._under_way = False
        self.query_one("#summary", Static).update(t("console.import.stopped"))

    @on(Checked)
    def _checked(self, event: Checked) -> None:
        self._under_way = False
        outcome = self.outcome = event.outcome
        self.query_one("#summary", Static).update(summary(outcome))
        self.query_one("#lines", RowTable).show(list(lines_of(outcome)))
        self.query_one("#lines").focus()
        self._other_file()
        if not outcome.dry_run:
            self._corrections.clear()
            self._show_history()
            if outcome.batch is not None:
                # F4 right after F2 undoes what was just written, nothing else.
                self.query_one("#batches", RowTable).move_to(outcome.batch)

    @on(LoadFailed)
    def _failed(self, event: LoadFailed) -> None:
        self._under_way = False
        self.outcome = None
        self.query_one("#summary", Static).update("")
        self.query_one("#lines", RowTable).show([])
        if isinstance(event.error, HistoryUnclear):
            dialog = HistoryDialog(event.error)
            self.app.push_screen(dialog, lambda _: self._history_said(dialog.history))
            return
        self.console_app.say_error(event.error)

    def _history_said(self, history: bool | None) -> None:
        if history is not None:
            self._history = history
            self.action_check()

    # --- correcting and undoing ---

    @on(RowTable.Chosen, "#lines")
    def _chosen(self) -> None:
        self.action_edit()

    def action_edit(self) -> None:
        """Open the dialog for new content of the cell under the cursor."""
        line: PlanLine | None = self.query_one("#lines", RowTable).current
        outcome = self.outcome
        if line is None or outcome is None or not outcome.dry_run:
            return
        if not line.cell:
            self.console_app.say(t("console.import.no_cell"), error=True)
            return
        dialog = CellDialog(line, self._corrections.get((line.sheet, line.cell), ""))
        self.app.push_screen(dialog, lambda _: self._corrected(line, dialog.given))

    def _corrected(self, line: PlanLine, text: str | None) -> None:
        if text is not None:
            self._corrections[line.sheet, line.cell] = text
            self.action_check()

    @on(RowTable.Chosen, "#batches")
    def _batch_chosen(self) -> None:
        self.action_undo()

    def action_undo(self) -> None:
        """Show what undoing the batch under the cursor would do, and ask before doing it."""
        batch: BatchRow | None = self.query_one("#batches", RowTable).current
        actor = self.console_app.actor
        if batch is not None and actor is not None and not self._is_busy():
            self._under_way = True
            self._look_at_undoing(batch.id, actor)

    @work(thread=True, group="import", exit_on_error=False)
    def _look_at_undoing(self, number: int, actor: Actor) -> None:
        """Compute the preview in a worker thread; many cases take a while."""
        try:
            self.post_message(Undoable(undo(self.console_app.office, actor, number, dry_run=True)))
        except GridConsoleError as error:
            self.post_message(NotUndoable(error))

    @on(Undoable)
    def _undoable(self, event: Undoable) -> None:
        self._under_way = False
        self.console_app.push_screen(UndoDialog(event.undone))

    @on(NotUndoable)
    def _not_undoable(self, event: NotUndoable) -> None:
        self._under_way = False
        self.console_app.say_error(event.error)

    def action_find(self) -> None:
        """Focus the path."""
        self.query_one("#path").focus()
