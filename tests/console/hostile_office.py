"""Writes hostile text into an office below the gate, as an old import, a restored backup or a hand with sqlite3 would have."""

from __future__ import annotations

import json

import sqlalchemy as sa
from small_office import StaffedOffice

from gridconsole.services import actors
from gridconsole.store import ledger

MARKUP = "[/]幸福路[b栋]3号[@click=app.quit]x[/]"
"""A closing tag first: whoever reads it as markup fails at once, or loses the middle, or makes a link of it."""
TERMINAL = "甲\x1b[2J\x1b]52;c;aGFja2Vk\x07\x1b[?1049h乙\u202e丙\u2066\x9b31m丁\x00\x85\r\t\x08"
"""Clear the screen, set the clipboard, change to the other screen, turn the text around, C1 controls, a NUL."""
TERMINAL_SHOWN = "甲乙丙丁"
LONG = "楼道堆满杂物[/][b]，" + "夜间施工噪音扰民，" * 776 + "终"
"""About 7,000 characters."""

_CASE = sa.text(
    "UPDATE incident SET address = :text, summary = :text, text = :text, reporter_name = :text || '名', source_ref = :text, extra = :extra,"
    " handler_name = CASE WHEN handler_kind IS NULL THEN '' ELSE :text END, standard = :text WHERE number = :number"
)
_REGISTER = (
    "UPDATE area SET name = :text",
    "UPDATE grid SET name = :text, boundary = :text, party_group = :text, workstation = :text",
    "UPDATE category SET minor_name = :text, major_name = :text",
    "UPDATE filing_rule SET condition = :text || id, close_condition = :text",
    "UPDATE unit SET name = :text || id",
    "UPDATE roster_person SET name = :text, workstation = :text, duty = :text, phone = :text",
    "DROP TRIGGER IF EXISTS post_no_update",
    "UPDATE post SET duty = :text",
    "UPDATE office SET name = :text",
    "UPDATE operator SET name = :text || id WHERE name = '领导'",
)


def poison_case(office: StaffedOffice, number: str, text: str) -> None:
    """Every free text of a case, and a remark in its ledger by a person with such a name."""
    opened = office.opened
    with opened.database.writing() as connection:
        connection.execute(_CASE, {"text": text, "extra": json.dumps({text: text}), "number": number})
        key = int(connection.execute(sa.text("SELECT id FROM incident WHERE number = :number"), {"number": number}).scalar_one())
        entry = ledger.NewEntry(
            opened.now(),
            None,
            text[:100],
            "import",
            "incident",
            key,
            "note",
            {"handler": text[:200]},
            {"note": text, "reason": text},
        )
        ledger.append(connection, opened.id, [entry])


def poison_register(office: StaffedOffice, text: str) -> str:
    """Every name and remark of the registers; returns the name of an operator called so."""
    with office.opened.database.writing() as connection:
        for statement in _REGISTER:
            connection.execute(sa.text(statement), {"text": text})
    return next(actor.name for actor in actors.operators(office.opened) if actor.name.startswith(text))
