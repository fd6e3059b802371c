"""单位: whom to ring, what each unit is responsible for, and what it has in hand."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from gridconsole.console.keys import bind
from gridconsole.console.modes.register import RegisterScreen
from gridconsole.console.text import safe
from gridconsole.console.widgets.queue_columns import due_spans
from gridconsole.console.widgets.table import Column, RowTable
from gridconsole.domain.codes import HandlerKind
from gridconsole.language import labelled, listed, t, word
from gridconsole.services import phones
from gridconsole.services.lookup import matches
from gridconsole.services.phones import Register
from gridconsole.store import queue, units
from gridconsole.store.units import UnitLine

CASES_SHOWN, DUTIES_SHOWN = 30, 40
CONTRACT_SOON, CONTRACT_LATE = 60, 14
"""Days before the end of a contract from which it is coloured."""


class UnitsScreen(RegisterScreen[UnitLine]):
    """All active units; Enter shows the cases of one on the desk."""

    mode: ClassVar[str] = "units"
    phones_of = Register.UNIT
    BINDINGS: ClassVar[list[BindingType]] = [bind("f8", "phones", "units.phones", key_display="F8")]

    def columns(self) -> tuple[Column[UnitLine], ...]:
        """Return the columns: name, kind, hours, contact, phone, open and late cases."""
        return (
            Column(t("column.unit"), 0, lambda row: row.name, weight=3),
            Column(t("column.kind"), 8, lambda row: t(f"unit_kind.{row.kind}"), lambda _: "mut", narrowest=60),
            Column(t("column.hours"), 6, self._hours, narrowest=50),
            Column(t("column.contact"), 8, lambda row: row.contact),
            Column(t("column.phone"), 13, lambda row: phones.public_phone(row.phone)),
            Column(
                t("column.in_hand"), 4, lambda row: str(row.open_cases), lambda row: "" if row.open_cases else "dim", right=True
            ),
            Column(t("column.late_short"), 4, lambda row: str(row.late), lambda row: "late" if row.late else "dim", right=True),
        )

    def _hours(self, row: UnitLine) -> str:
        return t("unit.always" if row.all_day else "unit.office_hours")

    def read(self) -> tuple[UnitLine, ...]:
        """Return every active unit: those with late cases first, then by what they have in hand."""
        office = self.console_app.office
        with office.database.reading() as connection:
            found = units.lines(connection, office.id, office.now())
        return tuple(sorted(found, key=lambda row: (-row.late, -row.open_cases, row.code)))

    def key_of(self, row: UnitLine) -> int:
        """Return the key of a unit."""
        return row.id

    def fits(self, row: UnitLine, typed: str) -> bool:
        """Return whether a unit matches the search: name, code, initials, kind or contact."""
        return matches(typed, row.name, row.code, row.initials, t(f"unit_kind.{row.kind}"), row.contact)

    def draw_card(self, row: UnitLine) -> None:
        """Show contact, responsibilities, areas and open cases."""
        office = self.console_app.office
        with office.database.reading() as connection:
            duties, areas = units.duties(connection, row.id, self.shown_day), units.areas(connection, row.id)
            cases = queue.open_of_handler(connection, HandlerKind.UNIT.value, row.id, CASES_SHOWN)
        lines = [Content.styled(safe(f"{row.name}  {row.code}").plain, "bold")]
        lines += [
            safe(labelled(name, value or t("word.unknown")))
            for name, value in (
                (t("column.kind"), t(f"unit_kind.{row.kind}")), (t("column.hours"), self._hours(row)), (t("column.head"), row.head), (t("column.contact"), row.contact),
                (t("column.phone"), phones.public_phone(row.phone)), (t("unit.areas"), listed(areas) or t("unit.whole_district")),
            )
        ]  # fmt: skip
        if row.parent:
            lines.append(safe(labelled(t("column.parent"), row.parent)))
        lines += self._contract(row)
        first = [name for name, is_first in duties if is_first]
        others = [name for name, is_first in duties if not is_first]
        for key, names in (("unit.first", first), ("unit.others", others)):
            if names:
                more = t("unit.and_more", count=len(names) - DUTIES_SHOWN) if len(names) > DUTIES_SHOWN else ""
                lines += [
                    Content(""),
                    Content.styled(t(key, count=len(names)), "bold"),
                    safe(listed(names[:DUTIES_SHOWN]) + more),
                ]
        lines += [Content(""), Content.styled(t("grid.cases", count=row.open_cases), "bold")]
        for case in cases:
            due = "".join(text for text, _ in due_spans(office, case))
            lines.append(safe(f"{due:<16} {case.number[8:]} {word(case.state)} {case.category}"))
        self.query_one("#card", Static).update(Content("\n").join(lines))

    def _contract(self, row: UnitLine) -> list[Content]:
        """Return the line about the end of a contractor's contract, in another colour when the audit would name it."""
        if row.contract_ends_on is None:
            return []
        left = (row.contract_ends_on - self.shown_day).days
        text = safe(t("unit.contract" if left >= 0 else "unit.contract_over", day=row.contract_ends_on, count=abs(left))).plain
        return [Content.styled(text, "$late" if left <= CONTRACT_LATE else "$soon" if left <= CONTRACT_SOON else "")]

    def code_of(self, row: UnitLine) -> str:
        """Return the code of a unit."""
        return row.code

    @on(RowTable.Chosen, "#rows")
    def _chosen(self) -> None:
        """Lead on to the unit's cases on the desk; nothing is changed by Enter."""
        if self.table.current is not None:
            self.console_app.show_cases_of(self.table.current.name)
