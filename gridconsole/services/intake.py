"""Help at intake: what a text says, which category and place it may be, and what is known already of the phone and the place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from gridconsole.domain.duplicates import Likely, likely, matter
from gridconsole.domain.pasted import Recognised, recognise
from gridconsole.domain.suggestion import Lexicon, Suggestion, suggest
from gridconsole.domain.text import is_callable
from gridconsole.services import aliases, privacy
from gridconsole.services.duplicates import likeness, window
from gridconsole.store import cases, duplicates, places, queue, searching
from gridconsole.store.case_conditions import Conditions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridconsole.domain.parties import Actor
    from gridconsole.domain.views.queue import QueueRow
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

SHOWN = 3
"""Most earlier cases of each kind that are shown."""
COUNTED = 50
BACK = timedelta(days=90)
"""Period in which earlier cases of a place matter."""
LEAST_PLACE = 3
"""Shortest place, in characters, that earlier cases are looked for by."""
SAME_PLACE = 12
"""Earlier cases of a place that decide which grid it lies in."""


@dataclass(frozen=True, slots=True)
class Known:
    """Values recognised in a text, with the likeliest categories and its place."""

    said: Recognised
    suggestions: tuple[Suggestion, ...] = ()
    grid_id: int | None = None
    """Grid of the place, if it is beyond doubt."""
    area_id: int | None = None
    """Community of the place, if only that is known."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """Cases that a new report may belong to."""

    of_phone: tuple[QueueRow, ...] = ()
    phone_count: int = 0
    alike: tuple[tuple[QueueRow, Likely], ...] = ()
    leader: str = ""
    """Number of the open case that the likeliest of them is, or rests in; empty if there is none."""
    of_place: tuple[QueueRow, ...] = ()
    """Other cases of the place, closed ones too."""


class Reader:
    """Places and categories of an office, read once for a form."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._lexicon: Lexicon = aliases.lexicon(office)
        with office.database.reading() as connection:
            self._grids = places.grid_choices(connection)
            self._areas = places.areas(connection)
        self._grid_names = {grid.name: grid for grid in self._grids}
        self._names = [*self._grid_names, *(area.name for area in self._areas)]

    def read(self, text: str) -> Known:
        """Return what a text says, the likeliest categories, and the grid or community of its place."""
        said = recognise(text, self._names)
        about = said.matter.value if said.matter is not None else text
        suggestions = suggest(about, self._lexicon)
        if said.place is None:
            return Known(said, suggestions)
        place = said.place.value
        grids = [one for name, one in self._grid_names.items() if name in text]
        if grids:
            # Between two grids is in neither beyond doubt: their community is known, if it is one.
            areas = {one.area_id for one in grids}
            in_one, area_id = len(grids) == 1, areas.pop() if len(areas) == 1 else None
            return Known(said, suggestions, grid_id=grids[0].id if in_one else None, area_id=None if in_one else area_id)
        seen = self._grid_of_earlier(place)
        if seen is not None:
            return Known(said, suggestions, grid_id=seen)
        named = [area for area in self._areas if len(area.name) > 2 and area.name in text]
        area = max(named, key=lambda one: len(one.code), default=None)
        return Known(said, suggestions, area_id=area.id if area is not None else None)

    def area_of(self, grid_id: int | None) -> int | None:
        """Return the community of a grid; None if there is none."""
        return next((grid.area_id for grid in self._grids if grid.id == grid_id), None)

    def _grid_of_earlier(self, place: str) -> int | None:
        """Return the grid in which every earlier case of a place lies; None if there is none, or several."""
        if len(place) < LEAST_PLACE:
            return None
        with self._office.database.reading() as connection:
            rows = searching.search(connection, self._office.id, searching.Search(words=place, names=False), SAME_PLACE)
        codes = {row.grid_code for row in rows if place in row.address}
        found = [grid for grid in self._grids if grid.code in codes]
        return found[0].id if len(codes) == 1 and len(found) == 1 else None


def earlier(
    office: Office, actor: Actor | None, text: str, phone: str, place: str, *, grid_id: int | None, area_id: int | None,
    category_id: int | None,
) -> Earlier:  # fmt: skip
    """Return the cases that a report not written yet may belong to; reporters are left out, and names masked in the texts.

    Cases of a phone are for those who may see it: for others, typing a number would be a way to look somebody up.
    """
    now = office.now()
    digits = re.sub(r"[ \-]", "", phone) if privacy.may_unmask(office, actor) else ""
    phone = phone if digits else ""
    with office.database.reading() as connection:
        by_phone: Sequence[QueueRow] = (
            queue.of_phone(connection, office.id, {phone, digits}, COUNTED) if is_callable(digits) else ()
        )
        draft = matter("", now, text, place, digits, grid_id=grid_id, area_id=area_id, category_id=category_id)
        span = window(office)
        others = duplicates.block(connection, office.id, duplicates.Placed(0, draft, digits), span) if text.strip() else {}
        keys = {other.number: key for key, other in others.items()}
        pairs = likely(draft, others.values(), span, likeness)[:SHOWN]
        alike = {row.number: row for row in queue.rows_by_id(connection, [keys[pair.number] for pair in pairs])}
        of_place: Sequence[QueueRow] = ()
        if len(place) >= LEAST_PLACE:
            wanted = searching.Search(words=place, names=False, among=Conditions(reported_from=now - BACK))
            of_place = searching.search(connection, office.id, wanted, SHOWN + len(pairs))
        elif grid_id is not None:
            of_place = queue.open_in_grid(connection, grid_id, category_id, SHOWN + len(pairs))
        best = alike.get(pairs[0].number) if pairs else None
        leader = _leader_of(connection, office, best) if best is not None else ""
    return Earlier(
        of_phone=tuple(by_phone[:SHOWN]),
        phone_count=len(by_phone),
        leader=leader,
        alike=tuple((alike[pair.number], pair) for pair in pairs if pair.number in alike),
        of_place=tuple(row for row in of_place if row.number not in alike)[:SHOWN],
    )


def _leader_of(connection: Transaction, office: Office, row: QueueRow) -> str:
    """Return the number of the open case that a case is one report of: itself, or the one it rests in."""
    if row.is_open:
        return row.number
    leader = row.parties.merged_into if row.parties.is_resting else None
    loaded = cases.load(connection, office.id, leader) if leader is not None else None
    return loaded.case.number if loaded is not None and not loaded.case.state.is_final else ""
