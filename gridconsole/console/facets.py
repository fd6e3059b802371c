"""Words of a search that name a property of a case: a state, a grade, a source, a mark; the rest is looked for in texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from gridconsole.domain.states import Grade, Source, State
from gridconsole.domain.text import fold_width
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import chosen, t, word

Holds = Callable[[QueueRow, datetime], bool]


@dataclass(frozen=True, slots=True)
class Facet:
    """A word with the property it names."""

    word: str
    kind: str
    """``state``, ``grade``, ``source`` or ``mark``."""
    holds: Holds


@dataclass(frozen=True, slots=True)
class Sought:
    """A search: properties that a case must have, and words that must be found."""

    facets: tuple[Facet, ...] = ()
    text: str = ""

    def fits(self, row: QueueRow, now: datetime) -> bool:
        """Return whether a case has one property of each kind that was named."""
        kinds = {facet.kind for facet in self.facets}
        return all(any(facet.holds(row, now) for facet in self.facets if facet.kind == kind) for kind in kinds)


def sought(words: str) -> Sought:
    """Return what the words of a search mean."""
    return _parsed(words, chosen())


@lru_cache(64)
def _parsed(words: str, language: str) -> Sought:
    known = _facets(language)
    folded = [one for one in fold_width(words).lower().split() if one]
    return Sought(
        tuple(facet for one in folded for facet in known.get(one, ())), " ".join(one for one in folded if one not in known)
    )


@lru_cache
def _facets(_language: str) -> dict[str, tuple[Facet, ...]]:
    found: dict[str, tuple[Facet, ...]] = {}

    def add(name: str, kind: str, holds: Holds) -> None:
        for part in name.lower().split():
            found[part] = (*found.get(part, ()), Facet(part, kind, holds))

    for state in State:
        add(word(state), "state", lambda row, _, state=state: row.state is state)  # type: ignore[misc]
    for grade in Grade:
        for name in dict.fromkeys((word(grade), t(f"grade.{grade.value}"))):
            add(name, "grade", lambda row, _, grade=grade: row.grade is grade)  # type: ignore[misc]
    for source in Source:
        add(word(source), "source", lambda row, _, source=source: row.source is source)  # type: ignore[misc]
    add(t("facet.no_grid"), "grid", lambda row, _: not row.grid_code)
    add(t("facet.awake"), "merged", lambda row, _: row.is_open and row.parties.merged_into is not None)
    add(t("facet.overdue"), "overdue", lambda row, now: row.is_late(now))
    return found
