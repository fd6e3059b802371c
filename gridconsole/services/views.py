"""Named views of an operator: saving, listing, removing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.errors import BadValue
from gridconsole.domain.text import clean_line
from gridconsole.store import views as stored
from gridconsole.store.views import NamedView

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office

LONGEST, MOST = 20, 50


def save(office: Office, actor: Actor, name: str, pane: str, words: str, sorting: str) -> NamedView:
    """Keep a view under a name; one of the same name is replaced.

    Raises:
        BadValue: the name is empty or too long, or the operator has too many views.
    """
    said = clean_line(name, LONGEST + 1)
    if not 1 <= len(said) <= LONGEST:
        raise BadValue(what="view", value=said or name, expected="view_name")
    view = NamedView(said, pane, clean_line(words, 200), sorting)
    with office.database.writing() as connection:
        kept = stored.views(connection, actor.id)
        if len(kept) >= MOST and said not in {one.name for one in kept}:
            raise BadValue(what="view", value=str(len(kept)), expected="view_count")
        stored.save(connection, actor.id, view)
    return view


def of_operator(office: Office, actor: Actor) -> tuple[NamedView, ...]:
    """Return the views of an operator, by name."""
    with office.database.reading() as connection:
        return stored.views(connection, actor.id)


def delete(office: Office, actor: Actor, name: str) -> None:
    """Remove a view."""
    with office.database.writing() as connection:
        stored.delete(connection, actor.id, name)
