"""An empty workbook to fill in: headings, drop-downs, an example row, and a sheet that explains each column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gridconsole.files import Rules, check
from gridconsole.importing.kinds import KINDS, kind_named
from gridconsole.importing.outputs import WORKBOOK_ENDINGS, save_workbook
from gridconsole.importing.plan import Plan
from gridconsole.importing.rows import Column
from gridconsole.importing.values import EXAMPLE_MARK
from gridconsole.language import listed, t

_HEAD_FILL, _NEEDED_FILL, _EXAMPLE_COLOUR = "FFD9E1F2", "FFFCE4D6", "FF808080"
ROWS = 5_000
"""Last row that has drop-downs."""


def write(kind: str, target: Path, *, overwrite: bool = False) -> None:
    """Write the template of a kind.

    Raises:
        UnknownWord: no such kind.
        OutputRefused: the target exists already, has another ending, or cannot be written.
    """
    import openpyxl

    kind = kind_named(kind)
    rules = Rules(WORKBOOK_ENDINGS, overwrite)
    check(target, rules)
    plan, book = KINDS[kind], openpyxl.Workbook()
    columns = [column for column in plan.columns if column.titles]
    _fill_sheet(book.active, kind, plan, columns)
    _help_sheet(book.create_sheet(t("template.help_sheet")), plan, columns)
    save_workbook(book, target, rules)


def _fill_sheet(sheet: Any, kind: str, plan: type[Plan], columns: list[Column]) -> None:
    from openpyxl.styles import Font, PatternFill
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet.title = t(f"kind.{kind}")
    sheet.freeze_panes = "A2"
    for position, column in enumerate(columns, 1):
        head = sheet.cell(1, position, column.titles[0])
        head.font = Font(bold=True)
        head.fill = PatternFill("solid", start_color=_NEEDED_FILL if column.needed or column.required else _HEAD_FILL)
        letter = head.column_letter
        sheet.column_dimensions[letter].width = max(12, 2 * len(column.titles[0]) + 4)
        # Codes and phone numbers keep their digits only as text.
        for number in range(2, 200):
            sheet.cell(number, position).number_format = "@"
        example = sheet.cell(2, position, plan.example.get(column.name, ""))
        example.font = Font(italic=True, color=_EXAMPLE_COLOUR)
        if column.name in plan.choices:
            words = ",".join(plan.choices[column.name])
            validation = DataValidation(type="list", formula1=f'"{words}"', allow_blank=True, showErrorMessage=False)
            sheet.add_data_validation(validation)
            validation.add(f"{letter}2:{letter}{ROWS}")
    first = sheet.cell(2, 1)
    first.value = f"{EXAMPLE_MARK}{first.value or ''}"


def _help_sheet(sheet: Any, plan: type[Plan], columns: list[Column]) -> None:
    from openpyxl.styles import Font

    for position, title in enumerate(
        ("template.column", "template.needed", "template.also", "template.choices", "template.example"), 1
    ):
        sheet.cell(1, position, t(title)).font = Font(bold=True)
        sheet.column_dimensions[sheet.cell(1, position).column_letter].width = (16, 8, 50, 40, 24)[position - 1]
    for number, column in enumerate(columns, 2):
        needed = t("template.yes") if column.needed else ""
        choices = listed(plan.choices.get(column.name, ()))
        line = (column.titles[0], needed, listed(column.titles[1:]), choices, plan.example.get(column.name, ""))
        for position, text in enumerate(line, 1):
            sheet.cell(number, position, text)
    note = sheet.cell(len(columns) + 3, 1, t("template.note"))
    note.font = Font(italic=True)
