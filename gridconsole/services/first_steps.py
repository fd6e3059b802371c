"""开张: the things that a new office needs, in the order of dependence, and how far each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gridconsole.domain.states import Role
from gridconsole.services import actors
from gridconsole.store import access, first_steps

if TYPE_CHECKING:
    from gridconsole.services.office import Office


class Step(StrEnum):
    """A thing that an office needs, in the order of the list."""

    AREAS = "areas"
    GRIDS = "grids"
    CATEGORIES = "categories"
    UNITS = "units"
    RESPONSIBILITIES = "responsibilities"
    WARDENS = "wardens"
    CALENDAR = "calendar"
    OPERATORS = "operators"


NEEDS: Mapping[Step, tuple[Step, ...]] = {
    Step.GRIDS: (Step.AREAS,),
    Step.RESPONSIBILITIES: (Step.CATEGORIES, Step.UNITS),
    Step.WARDENS: (Step.GRIDS,),
}
"""Steps that must be ready before a step."""
KIND_OF: Mapping[Step, str] = {
    Step.AREAS: "areas",
    Step.GRIDS: "grids",
    Step.CATEGORIES: "catalogue",
    Step.UNITS: "departments",
    Step.RESPONSIBILITIES: "departments",
    Step.WARDENS: "wardens",
}
"""Kind of the list that is imported for a step; the others are no lists."""
WORKING = (Role.ACCEPTOR, Role.DISPATCHER, Role.INSPECTOR, Role.SHIFT_LEADER)
"""Roles without which no case gets through."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Progress of a step."""

    step: Step
    count: int
    """Rows of its register; years of the calendar; operators with a password."""
    is_ready: bool
    waits_for: tuple[Step, ...] = ()
    """Steps that must be ready first."""


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """Progress of a new office."""

    steps: tuple[Standing, ...]
    has_cases: bool

    @property
    def ready(self) -> int:
        """Return how many steps are ready."""
        return sum(one.is_ready for one in self.steps)

    @property
    def is_new(self) -> bool:
        """Return whether the office has no case yet, and a list that cases need is missing."""
        return not self.has_cases and any(not one.is_ready for one in self.steps if one.step in KIND_OF)

    @property
    def next(self) -> Standing | None:
        """Return the first step that can be done now; None if all are ready."""
        return next((one for one in self.steps if not one.is_ready and not one.waits_for), None)


def is_new(office: Office) -> bool:
    """Return whether an office is new; one with cases is looked at no further."""
    with office.database.reading() as connection:
        has_cases = first_steps.has_cases(connection)
    return not has_cases and not office.is_demo and read(office).is_new


def read(office: Office) -> FirstSteps:
    """Return how far the office is, from one snapshot."""
    with office.database.reading() as connection:
        filled = first_steps.filled(connection)
        has_cases = first_steps.has_cases(connection)
        able = access.with_password(connection)
    people = [actor for actor in actors.operators(office) if actor.id in able]
    held = {role for actor in people for role in actor.roles}
    counts = {
        **{step: filled[step.value] for step in KIND_OF},
        Step.CALENDAR: len(office.calendar.noticed_years),
        Step.OPERATORS: len(people),
    }
    ready = {step: bool(counts[step]) for step in KIND_OF}
    ready[Step.CALENDAR] = office.today().year in office.calendar.noticed_years
    ready[Step.OPERATORS] = held >= set(WORKING)
    return FirstSteps(
        tuple(
            Standing(step, counts[step], ready[step], tuple(one for one in NEEDS.get(step, ()) if not ready[one]))
            for step in Step
        ),
        has_cases,
    )
