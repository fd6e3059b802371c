"""Kinds of sheets that can be imported."""

from __future__ import annotations

from gridconsole.importing.kinds.areas import AreasPlan
from gridconsole.importing.kinds.catalogue import CataloguePlan
from gridconsole.importing.kinds.components import ComponentsPlan
from gridconsole.importing.kinds.departments import DepartmentsPlan
from gridconsole.importing.kinds.feedback import FeedbackPlan
from gridconsole.importing.kinds.grids import GridsPlan
from gridconsole.importing.kinds.incidents import IncidentsPlan
from gridconsole.importing.kinds.wardens import WardensPlan
from gridconsole.importing.plan import Plan

KINDS: dict[str, type[Plan]] = {
    "areas": AreasPlan,
    "grids": GridsPlan,
    "departments": DepartmentsPlan,
    "wardens": WardensPlan,
    "catalogue": CataloguePlan,
    "components": ComponentsPlan,
    "incidents": IncidentsPlan,
    "feedback": FeedbackPlan,
}
"""Plans by the name the command line gives them, in the order a new office needs them."""
