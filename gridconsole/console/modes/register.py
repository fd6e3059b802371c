"""Base of the registers (grids, wardens, units, teams): a table, a card beside it, a search field."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import ClassVar, Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Input, Static

from gridconsole.console.dialogs.choice import ChoiceDialog
from gridconsole.console.dialogs.print_form import PrintForm
from gridconsole.console.keys import bind
from gridconsole.console.messages import Changed
from gridconsole.console.modes.base import OfficeScreen, TopBar
from gridconsole.console.phone_box import PhoneBox, PhonesRead, phone_lines
from gridconsole.console.widgets.choices import Option
from gridconsole.console.widgets.key_bar import KeyBar
from gridconsole.console.widgets.links import CardLinks, Link
from gridconsole.console.widgets.queue_columns import due_spans
from gridconsole.console.widgets.table import Column, RowTable
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import t, word
from gridconsole.reporting.model import Report, Table
from gridconsole.services import phones
from gridconsole.services.phones import Register

R = TypeVar("R")
USUAL, AS_NOW = "usual", "as_now"
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def _order(text: str) -> tuple[bool, float, str]:
    """Return the key by which cells are sorted: numbers by value, words by code, blanks last."""
    return (not text, float(text), "") if _NUMBER.fullmatch(text) else (not text, float("inf"), text)


_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
"""A day in a search: the roster of that day is shown."""


class RegisterScreen(OfficeScreen, Generic[R]):
    """Rows on the left, the card of the row under the cursor on the right."""

    mode: ClassVar[str]
    DEFAULT_CSS = """
    RegisterScreen #body { height: 1fr; }
    RegisterScreen #rows { width: 3fr; }
    RegisterScreen #card-box { width: 2fr; border-left: solid $panel; padding: 0 1; }
    RegisterScreen #card { height: auto; }
    RegisterScreen #bar { height: 1; }
    RegisterScreen #bar Input { width: 1fr; }
    RegisterScreen.past #rows { background: $panel; }
    RegisterScreen.past #count { color: $soon; text-style: bold; }
    RegisterScreen #count { width: auto; padding: 0 1; color: $foreground 70%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("ctrl+f,slash,／", "find", "register.find", key_display="^f"),
        bind("escape", "to_rows", "register.rows", show=False),
        bind("f5", "reload", "register.reload", key_display="F5"),
        bind("ctrl+d", "pick_day", "register.day", key_display="^d", show=False),
        bind("space,ideographic_space", "mark", "register.mark", key_display="Space", show=False),
        bind("shift+f5,f17", "sort", "register.sort", key_display="Shift+F5", show=False),
        bind("ctrl+e", "export", "register.export", key_display="^e", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.all_rows: tuple[R, ...] = ()
        self._wanted: int | None = None
        self.marked: set[int] = set()
        """Keys of the rows that are marked, for acts on several and for export."""
        self._phones = PhoneBox(self)
        self._sorting: tuple[int, bool] | None = None
        """Position of the column by which rows are sorted, and whether the greatest comes first."""
        self._day: date | None = None
        """A day in the past or future whose roster is shown; None: today's."""
        self._read_in: tuple[int | None, str] | None = None
        """State of the data, and minute, in which the rows were read."""

    def columns(self) -> tuple[Column[R], ...]:
        """Return the table's columns."""
        raise NotImplementedError

    def read(self) -> tuple[R, ...]:
        """Return every row."""
        raise NotImplementedError

    def key_of(self, row: R) -> int:
        """Return the row's key."""
        raise NotImplementedError

    def fits(self, row: R, typed: str) -> bool:
        """Return whether a row is shown."""
        raise NotImplementedError

    def draw_card(self, row: R) -> None:
        """Show a row's card in ``#card``."""
        raise NotImplementedError

    def links_of(self, row: R) -> list[Link]:  # noqa: ARG002  a register without links has none
        """Return what a row's card leads to."""
        return []

    def side_panel(self) -> ComposeResult:
        """Lay out the part to the left of the table."""
        yield from ()

    def compose(self) -> ComposeResult:
        """Lay out search, rows, card and keys."""
        yield TopBar(self.mode)
        with Horizontal(id="bar"):
            yield Input(placeholder=t(f"console.{self.mode}.find"), id="find", compact=True, max_length=40)
            yield Static("", id="count", markup=False)
        with Horizontal(id="body"):
            yield from self.side_panel()
            yield RowTable[R](self.columns(), self.key_of, empty=t("console.no_row"), gutter=self._sign, id="rows")
            with VerticalScroll(id="card-box", can_focus=False):
                yield phone_lines()
                yield Static("", id="card", markup=False)
                yield CardLinks(id="links")
        yield KeyBar()

    # --- phones ---

    phones_of: ClassVar[Register | None] = None
    """Register whose phones F8 shows; None: its rows have none."""

    def action_phones(self) -> None:
        """Show the whole phones of the row under the cursor for a minute; the ledger records it."""
        row, register = self.table.current, self.phones_of
        if row is None or register is None:
            return
        office, key, code = self.console_app.office, self.key_of(row), self.code_of(row)
        self._phones.ask_by(code, lambda actor: phones.show_of(office, actor, register, key, code))

    def code_of(self, row: R) -> str:
        """Return the code or number of a row whose phones are shown."""
        raise NotImplementedError

    def on_phones_read(self, event: PhonesRead) -> None:
        """Show the phones, unless another row is under the cursor by now."""
        if self.table.current is not None and self.code_of(self.table.current) == event.about:
            self._phones.take(event)

    @on(RowTable.Highlighted, "#rows")
    def _moved(self) -> None:
        self._phones.clear()

    def on_screen_suspend(self) -> None:
        """Mask the phones when another screen covers this one: it may be the lock."""
        self._phones.clear()

    @property
    def shown_day(self) -> date:
        """The day whose roster is shown."""
        return self._day or self.console_app.office.today()

    @property
    def is_past(self) -> bool:
        """Return whether another day than today is shown."""
        return self._day is not None

    @property
    def table(self) -> RowTable[R]:
        """The rows."""
        return self.query_one("#rows", RowTable)

    def on_mount(self) -> None:
        """Focus the table and fill it."""
        self.table.focus()
        self._reload_if_changed()

    def on_screen_resume(self, _event: events.ScreenResume) -> None:
        """Reload what changed while another mode was shown."""
        if self.is_mounted:
            self._reload_if_changed()

    def _reload_if_changed(self) -> None:
        """Read the rows unless they were read in this minute and nothing was written since: a screen resumes several times at once."""
        if self._read_in is None or self._read_in != self._state():
            self.action_reload()

    def _state(self) -> tuple[int | None, str]:
        return self.console_app.data_version, f"{self.console_app.office.now():%Y%m%d%H%M}"

    @on(Changed)
    def _changed(self) -> None:
        if self.app.screen is self:
            self.action_reload()

    def action_reload(self) -> None:
        """Read all rows again; under a thousand rows this takes a few milliseconds."""
        self._read_in = self._state()
        self.all_rows = self.read()
        self.refilter()

    def refilter(self) -> None:
        """Show the rows that fit the search."""
        typed, day = self._read_day(self.query_one("#find", Input).value)
        if day != self._day:
            self._day = day
            self.set_class(day is not None, "past")
            self.all_rows = self.read()
        self.marked &= {self.key_of(row) for row in self.all_rows}
        rows = self._sorted([row for row in self.all_rows if self.fits(row, typed)])
        self.table.show(rows)
        count = t("console.count", shown=len(rows), total=len(self.all_rows))
        if self.marked:
            count = t("console.register.marked", count=len(self.marked), shown=count)
        self.query_one("#count", Static).update(t("console.register.day", day=day, count=count) if day is not None else count)
        if self._wanted is not None and self.table.move_to(self._wanted):
            self._wanted = None
        self._show_card()

    # --- marks, order, export ---------------------------------------------------------------------------------------

    def _sign(self, row: R) -> str:
        return " ●" if self.key_of(row) in self.marked else "  "

    def action_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away, and go on to the next row."""
        row = self.table.current
        if row is None:
            return
        self.marked ^= {self.key_of(row)}
        self.refilter()
        self.table.action_move(1)

    def marked_rows(self) -> tuple[R, ...]:
        """Return the marked rows, or else the one under the cursor."""
        found = tuple(row for row in self.all_rows if self.key_of(row) in self.marked)
        return found or (() if self.table.current is None else (self.table.current,))

    def _sorted(self, rows: list[R]) -> list[R]:
        if self._sorting is None:
            return rows
        place, is_backwards = self._sorting
        text = self.columns()[place].text
        return rows if text is None else sorted(rows, key=lambda row: _order(text(row)), reverse=is_backwards)

    def action_sort(self) -> None:
        """Ask for the column by which the rows are sorted; the same column once more turns the order around."""
        options = [Option(str(place), column.title) for place, column in enumerate(self.columns()) if column.text is not None]
        usual, as_now = Option(USUAL, t("console.register.usual_order")), Option(AS_NOW, t("console.register.same_order"))
        self.app.push_screen(ChoiceDialog(t("key.register.sort"), (), [*options, usual], as_now), self._sort_by)

    def _sort_by(self, place: str | None) -> None:
        if place is None or place == AS_NOW:
            return
        if place == USUAL:
            self._sorting = None
        else:
            column = int(place)
            self._sorting = (column, self._sorting == (column, False))
        self.refilter()

    def action_export(self) -> None:
        """Open the form that writes the shown rows, or the marked ones, to a file."""
        office, shown = self.console_app.office, list(self.table.rows)
        rows = [row for row in shown if self.key_of(row) in self.marked] or shown
        columns = [column for column in self.columns() if column.text is not None]
        title = t(f"console.mode.{self.mode}")
        report = Report(
            key=self.mode, title=f"{office.name} {title}", office=office.name, period=self.shown_day.isoformat(), made_at=office.now(),
            tables=(
                Table(
                    self.mode, title, tuple(column.title for column in columns),
                    tuple(tuple(column.text(row) for column in columns if column.text is not None) for row in rows),
                ),
            ),
        )  # fmt: skip
        self.app.push_screen(PrintForm(report, f"{title}{self.shown_day:%Y%m%d}.xlsx", t("key.register.export")))

    def _read_day(self, typed: str) -> tuple[str, date | None]:
        """Return the words of a search without a day in them, and the day, unless it is today."""
        found = _DAY.search(typed)
        if found is None:
            return typed, None
        try:
            day = date(*map(int, found.groups()))
        except ValueError:
            return typed, None
        rest = (typed[: found.start()] + typed[found.end() :]).strip()
        return rest, None if day == self.console_app.office.today() else day

    def action_pick_day(self) -> None:
        """Put today's date into the search, to be changed to another day; once more: back to today."""
        field = self.query_one("#find", Input)
        field.value = "" if self.is_past else self.console_app.office.today().isoformat()
        (self.table if self.is_past else field).focus()

    def _show_card(self) -> None:
        if self.table.current is not None:
            self.draw_card(self.table.current)
            self.query_one("#links", CardLinks).offer(self.links_of(self.table.current))
        else:
            self.query_one("#card", Static).update("")
            self.query_one("#links", CardLinks).offer(())

    @on(RowTable.Chosen, "#rows")
    def _opened(self) -> None:
        """Go into the card: Enter leads on, and never changes anything."""
        links = self.query_one("#links", CardLinks)
        if links.display:
            links.focus()
            links.highlighted = links.highlighted or 0

    def case_links(self, rows: Sequence[QueueRow]) -> list[Link]:
        """Return a link to each of some cases."""
        office = self.console_app.office
        return [
            Link(f"{''.join(text for text, _ in due_spans(office, row)):<16} {row.number[8:]} {word(row.state)} {row.category}",
                 partial(self._open_case, row.number))
            for row in rows
        ]  # fmt: skip

    def _open_case(self, number: str) -> None:
        from gridconsole.console.panels.case import CaseScreen

        self.app.push_screen(CaseScreen(number))

    def go_to(self, mode: str, key: int) -> None:
        """Go to a row of another register."""
        self.app.switch_mode(mode)
        self.app.call_later(lambda: self.app.screen.point_at(key))  # type: ignore[attr-defined]

    def point_at(self, key: int) -> None:
        """Clear the search, and put the cursor on a row."""
        self._wanted = key
        # A screen that is opened for this has no widgets yet; it looks for the row once it is filled.
        for field in self.query("#find").results(Input):
            field.value = ""
            self.refilter()

    @on(RowTable.Highlighted, "#rows")
    def _highlighted(self) -> None:
        self._show_card()

    @on(Input.Changed, "#find")
    def _typed(self) -> None:
        self.refilter()

    @on(Input.Submitted, "#find")
    def _done(self) -> None:
        self.table.focus()

    def action_find(self) -> None:
        """Focus the search field."""
        self.query_one("#find").focus()

    def action_to_rows(self) -> None:
        """Focus the rows, and go back to today's if another day's are shown."""
        if self.is_past and self.table.has_focus:
            self.query_one("#find", Input).value = ""
        self.table.focus()
