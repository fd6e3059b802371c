"""Reports that are written to files: their names, and the entry of an export of case lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole import files
from gridconsole.domain.views.case_lists import EXTRA
from gridconsole.language import t, text_in
from gridconsole.store import ledger

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.reporting.model import Report
    from gridconsole.reporting.registry import Kind
    from gridconsole.reporting.request import Request
    from gridconsole.services.office import Office

_LONGEST = 80


def file_name(made: Report, asked: Request, ending: str) -> str:
    """Return a name for the file of a report that has no kind, such as the list of a figure's cases."""
    name = made.title.removeprefix(made.office).strip(" :：_") or made.key
    return _name(made.office, name, asked.period.code, _filter_words(asked), ending)


def proposed_name(office: Office, kind: Kind, asked: Request, ending: str) -> str:
    """Return a name for the file of a kind of report: ``X区网格化指挥中心_运行月报_2026-11.docx``; the same in every language.

    A filtered one has its filter in its name: it is not the report of the whole.
    """
    name = f"report.periodic.{kind.period}" if kind.is_periodic else f"report_name.{kind.code}"
    return _name(office.name, text_in("zh_CN", name).replace("{office}", ""), asked.period.code, _filter_words(asked), ending)


def _filter_words(asked: Request) -> str:
    return asked.where.words.replace("；", "_")


def _name(*parts: str) -> str:
    *words, ending = parts
    cleaned = (files.FORBIDDEN.sub("", word.replace("..", "至").replace("\\", "")).strip(" .")[:_LONGEST] for word in words)
    name = "_".join(word for word in cleaned if word)
    return f"{'_' if files.is_reserved(name) else ''}{name}{ending}"


def record(office: Office, actor: Actor | None, made: Report, asked: Request | None = None) -> None:
    """Write into the ledger that a report with cases was written to a file; it is masked, so no reason is needed.

    Args:
        actor: None if nobody is logged in, as in a demo: then nothing is recorded.
        asked: period and filter; None: only the period in words is known.
    """
    count = sum(_cases_in(made))
    if actor is None or not count:
        return
    facts = {
        "report": made.key,
        "period": made.period if asked is None else asked.period.code,
        # What a list kept may name people: of such a filter only the number of values is on record.
        "where": {
            ",".join(names): len(values) if names[0].startswith(EXTRA) else list(map(list, values))
            for names, values in (() if asked is None else asked.where.rows)
        },
        "count": count,
    }
    with office.database.writing() as connection:
        ledger.append(connection, office.id, [office.entry(actor, "export", facts, {})])


def _cases_in(made: Report) -> list[int]:
    """Return the number of lines about cases in each table: registers give the number as a text under its heading."""
    from gridconsole.reporting.model import Code

    number = t("column.number")
    return [
        sum(1 for row in table.rows if number in table.columns or any(isinstance(cell, Code) and cell.is_case for cell in row))
        for table in made.tables
    ]
