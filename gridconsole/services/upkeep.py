"""Do what has fallen due: any program does it when it opens the office, as no console may be open to do it.

Most often nothing has. So each question is asked first, and what does the work is loaded only then: it takes a third of the start of
a command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.store import pending, text_index, turns

if TYPE_CHECKING:
    from gridconsole.services.office import Office


def finish_imports(office: Office) -> None:
    """Finish an import that another program staged and did not complete: no operator may see half of it.

    Raises:
        DatabaseUnusable: the database cannot be written now.
    """
    with office.database.reading() as connection:
        if not pending.is_import_staged(connection):
            return
    from gridconsole.services import arrivals

    arrivals.resume(office)


def catch_up(office: Office, batches: int | None = None) -> None:
    """Resume suspended cases whose day has come, give lent cases back after a leave, and notify of clocks that run out.

    Args:
        batches: most transactions with notifications; the rest is left for the next program. None: all.

    Raises:
        DatabaseUnusable: another program is writing, or as SQLite reports.
    """
    with office.database.reading() as connection:
        is_back = bool(pending.due_back(connection, office.id, office.today()))
        is_lent_back = bool(pending.lent_back(connection, office.id, office.half_day()))
        is_due = pending.any_due(connection, office.now())
    with turns.in_background():
        if is_back:
            from gridconsole.services.casework import resume_due

            resume_due(office)
        if is_lent_back:
            from gridconsole.services.post_handover import give_back_due

            give_back_due(office)
        if is_due:
            from gridconsole.services import escalation

            escalation.sweep(office, batches)


def index(office: Office, slices: int | None = None) -> None:
    """Index cases that are not indexed yet, and write the facts of those that wait for them.

    Args:
        slices: most slices, each a transaction; None: all.

    Raises:
        DatabaseUnusable: another program is writing, or as SQLite reports.
    """
    with office.database.reading() as connection:
        is_index_behind = bool(text_index.left_to_fill(connection) or text_index.is_outdated(connection))
        are_facts_waiting = pending.facts_wait(connection)
    with turns.in_background():
        if is_index_behind:
            from gridconsole.services import indexing

            indexing.fill(office, slices=slices)
        if are_facts_waiting:
            from gridconsole.services import fact_keeping

            fact_keeping.complete(office, slices=slices, pause=fact_keeping.PAUSE_SECONDS)
