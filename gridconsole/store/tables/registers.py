"""Tables of areas, grids, units, the catalogue and its rules, and facilities."""

from __future__ import annotations

import sqlalchemy as sa

from gridconsole.domain.codes import CategoryKind, GridKind, Level
from gridconsole.store.tables.columns import blank, flag, index, key, number, one_of, real, table, text

area = table(
    "area",
    key(),
    text("code", unique=True),
    text("name"),
    text("level"),
    number("parent_id", null=True, of="area.id"),
    # GeoJSON geometry (EPSG:4490 degrees), or empty.
    blank("geometry"),
    blank("initials"),
    blank("extra"),
    number("batch_id", null=True),
    one_of("level", Level),
    index(None, "parent_id"),
)
"""A division from city to community."""
grid = table(
    "grid",
    key(),
    text("code", unique=True),
    text("name"),
    number("area_id", of="area.id"),
    text("kind"),
    text("area_class", null=True),
    number("area_m2", null=True),
    number("households", null=True),
    number("population", null=True),
    number("buildings", null=True),
    number("shops", null=True),
    number("key_places", null=True),
    # People who need care or supervision (重点人群), counted, never named.
    number("special_groups", null=True),
    blank("boundary"),
    blank("party_group"),
    blank("workstation"),
    # Days of which the numbers are: people, buildings and shops, special groups.
    text("as_of", null=True),
    text("places_as_of", null=True),
    text("groups_as_of", null=True),
    # Days in which the grid is there, as in grid_version; a grid that is no more stays, as old cases and lists name it.
    text("starts_on", null=True),
    text("ends_on", null=True),
    blank("geometry"),
    blank("initials"),
    blank("extra"),
    number("batch_id", null=True),
    one_of("kind", GridKind),
    index(None, "area_id"),
)
"""The smallest area of the network, with its present base data; what it was on other days is a row of ``grid_version``."""
IS_GRID_NOW = grid.c.ends_on.is_(None)
"""A grid that is there, and not one that was split, merged or transferred."""
unit = table(
    "unit",
    key(),
    text("code", unique=True),
    text("name", unique=True),
    text("kind"),
    number("parent_id", null=True, of="unit.id"),
    number("all_day", default=0),
    # Name of who leads it.
    blank("head"),
    blank("contact"),
    blank("phone"),
    # Day on which a contractor's contract ends.
    text("contract_ends_on", null=True),
    number("active", default=1),
    blank("initials"),
    blank("extra"),
    number("batch_id", null=True),
    flag("active"),
)
"""A department, subdistrict office, contractor, social organisation, team or workstation."""
unit_area = table(
    "unit_area",
    number("unit_id", of="unit.id", primary=True),
    number("area_id", of="area.id", primary=True),
)
"""An area that a unit serves; a unit without any serves the whole district."""
category = table(
    "category",
    key(),
    text("standard"),
    text("kind"),
    text("major_code"),
    text("major_name"),
    text("minor_code"),
    text("minor_name"),
    number("is_local", default=0),
    blank("units"),
    blank("authority"),
    blank("initials"),
    blank("extra"),
    number("batch_id", null=True),
    one_of("kind", CategoryKind),
    flag("is_local"),
    sa.UniqueConstraint("standard", "kind", "major_code", "minor_code"),
)
"""A minor category (小类) of one version of the catalogue."""
filing_rule = table(
    "filing_rule",
    key(),
    number("category_id", of="category.id"),
    text("condition"),
    text("milestones"),
    text("limit_text"),
    blank("close_condition"),
    number("active", default=1),
    blank("extra"),
    number("batch_id", null=True),
    index("uq_filing_rule_live", "category_id", "condition", unique=True, where="active = 1"),
    index(None, "category_id"),
    flag("active"),
)
"""立案条件 with its limits."""
component = table(
    "component",
    key(),
    text("code", unique=True),
    blank("name"),
    number("category_id", null=True, of="category.id"),
    number("grid_id", null=True, of="grid.id"),
    blank("state"),
    blank("owner"),
    blank("authority"),
    blank("address"),
    real("longitude", null=True),
    real("latitude", null=True),
    text("installed_on", null=True),
    blank("initials"),
    blank("extra"),
    number("batch_id", null=True),
    index(None, "grid_id"),
)
"""部件: a numbered facility of the register."""
