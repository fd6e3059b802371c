"""Tables of the roster: people, and the book of their employments, posts and leave, of responsibilities and of grids.

The rows of the book are versions: see :mod:`gridconsole.domain.roster`. Its triggers are :data:`gridconsole.store.triggers.BOOK_TRIGGERS`.
"""

from __future__ import annotations

import sqlalchemy as sa

from gridconsole.domain.codes import CategoryKind, GridKind
from gridconsole.domain.grid_change import MovedKind
from gridconsole.domain.post_handover import HandoverState, HandoverWhy, ItemKind, TakerKind
from gridconsole.domain.roster import Form, GridChangeKind, LeaveKind, Rank
from gridconsole.domain.teams import Capacity
from gridconsole.store.tables.columns import blank, flag, index, key, moment, number, one_of, table, text

roster_person = table(
    "roster_person",
    key(),
    text("code", unique=True),
    text("name"),
    # Values of PersonKind, separated by commas.
    text("kinds", default="warden"),
    blank("gender"),
    blank("phone"),
    blank("workstation"),
    blank("duty"),
    blank("initials"),
    blank("extra"),
    number("batch_id", null=True),
)
"""A person on the roster; a post makes somebody a warden."""
duty = table(
    "duty",
    text("code", primary=True),
    text("title", unique=True),
    # Model whose preset brought it.
    blank("preset"),
    blank("body"),
)
"""A duty that a post may have; a post may have another one in words of its own."""
employment = table(
    "employment",
    key(),
    # Same in all versions of a row, like that of a post and a leave.
    number("number"),
    number("person_id"),
    text("form"),
    number("employer_id", null=True),
    text("starts_on", null=True),
    text("ends_on", null=True),
    blank("why_ended"),
    number("recorded_by"),
    number("replaced_by", null=True),
    one_of("form", Form),
    index("uq_employment_present", "number", unique=True, where="replaced_by IS NULL"),
    index(None, "person_id"),
)
"""Days in which a person works for the office; one at a time. A start of None: longer than the file knows."""
post = table(
    "post",
    key(),
    number("number"),
    number("person_id"),
    number("grid_id", null=True),
    number("area_id", null=True),
    number("unit_id", null=True),
    blank("duty"),
    text("rank"),
    text("starts_on"),
    text("ends_on", null=True),
    blank("why_ended"),
    number("recorded_by"),
    number("replaced_by", null=True),
    one_of("rank", Rank),
    sa.CheckConstraint(
        "CASE WHEN grid_id IS NULL THEN 0 ELSE 1 END + CASE WHEN area_id IS NULL THEN 0 ELSE 1 END"
        " + CASE WHEN unit_id IS NULL THEN 0 ELSE 1 END = 1",
        name="place",
    ),
    index("uq_post_present", "number", unique=True, where="replaced_by IS NULL"),
    index(None, "person_id"),
    index(None, "grid_id"),
)
"""岗位: person × grid, area or unit × duty, with a start and an end."""
leave = table(
    "leave",
    key(),
    number("number"),
    number("person_id"),
    text("kind"),
    # Half days as in Half: 2026-12-01a is a morning, 2026-12-01p an afternoon; both ends are included.
    text("first_half"),
    text("last_half"),
    number("deputy_id", null=True),
    number("approved_by", null=True),
    number("recorded_by"),
    number("replaced_by", null=True),
    one_of("kind", LeaveKind),
    sa.CheckConstraint("first_half <= last_half", name="order"),
    index("uq_leave_present", "number", unique=True, where="replaced_by IS NULL"),
    index(None, "person_id"),
)
"""A person's half days away, with who stands in."""
responsibility = table(
    "responsibility",
    key(),
    number("number"),
    number("unit_id"),
    text("kind"),
    text("major_code"),
    blank("minor_code"),
    # None: wherever the unit serves, which the table unit_area says.
    number("area_id", null=True),
    number("is_primary"),
    text("starts_on", null=True),
    text("ends_on", null=True),
    number("recorded_by"),
    number("replaced_by", null=True),
    one_of("kind", CategoryKind),
    flag("is_primary"),
    index("uq_responsibility_present", "number", unique=True, where="replaced_by IS NULL"),
    index(None, "kind", "major_code", "minor_code"),
    index(None, "unit_id"),
)
"""权责清单: responsibility of a unit for a category, main or backup, from a day to a day."""
grid_version = table(
    "grid_version",
    key(),
    number("number"),
    number("grid_id"),
    text("code"),
    text("name"),
    number("area_id"),
    text("kind"),
    text("area_class", null=True),
    number("area_m2", null=True),
    number("households", null=True),
    number("population", null=True),
    number("buildings", null=True),
    number("shops", null=True),
    number("key_places", null=True),
    number("special_groups", null=True),
    text("as_of", null=True),
    text("places_as_of", null=True),
    text("groups_as_of", null=True),
    # Keys of the table grid_text; empty for none.
    blank("boundary_key"),
    blank("party_group_key"),
    blank("workstation_key"),
    blank("geometry_key"),
    text("starts_on", null=True),
    text("ends_on", null=True),
    number("recorded_by"),
    number("replaced_by", null=True),
    one_of("kind", GridKind),
    index("uq_grid_version_present", "number", unique=True, where="replaced_by IS NULL"),
    index(None, "grid_id"),
)
"""Name, community and base data of a grid from a day to a day."""
grid_lineage = table(
    "grid_lineage",
    key(),
    number("number"),
    number("from_id"),
    number("to_id"),
    text("kind"),
    text("on_day"),
    number("recorded_by"),
    number("replaced_by", null=True),
    one_of("kind", GridChangeKind),
    index("uq_grid_lineage_present", "number", unique=True, where="replaced_by IS NULL"),
    index(None, "from_id"),
    index(None, "to_id"),
)
"""From which grid another one came. Old codes answer for ever: the newest grids are found by it."""
grid_text = table(
    "grid_text",
    text("digest", primary=True),
    text("body"),
)
"""Texts that versions of grids name by their digests: boundary in words and as GeoJSON, party group, workstation."""
grid_change = table(
    "grid_change",
    key(),
    number("office_id", of="office.id"),
    text("kind"),
    text("on_day"),
    text("made_at"),
    number("made_by"),
    text("made_name"),
    # Entry of the ledger that says it.
    number("entry_seq"),
    text("undone_at", null=True),
    blank("undone_name"),
    one_of("kind", GridChangeKind),
    moment("made_at"),
    moment("undone_at", null=True),
)
"""A split, merge or transfer of grids."""
grid_move = table(
    "grid_move",
    number("change_id", of="grid_change.id", primary=True),
    text("kind", primary=True),
    number("subject_id", primary=True),
    number("from_id"),
    number("to_id"),
    # Version of a case right after it was moved: only while it is the newest can the change be undone.
    number("version", null=True),
    one_of("kind", MovedKind),
)
"""A case or a facility that a change of grids moved."""
roster_note = table(
    "roster_note",
    text("book", primary=True),
    number("number", primary=True),
    blank("body"),
)
"""Remark on a row of the book, in words; erasable, so it is no part of the row."""
team = table(
    "team",
    key(),
    text("code", unique=True),
    text("name"),
    # Kind of the office's model, or "other".
    text("kind"),
    number("grid_id", null=True),
    number("area_id", null=True),
    number("leader_id", null=True),
    # Volunteers are a head-count with a contact, not rows.
    number("head_count", null=True),
    blank("contact"),
    blank("phone"),
    text("starts_on", null=True),
    text("ends_on", null=True),
    blank("initials"),
    blank("extra"),
    number("batch_id", null=True),
    index(None, "grid_id"),
    index(None, "area_id"),
)
"""A team of a grid, of a community, or of the district."""
team_member = table(
    "team_member",
    key(),
    number("team_id", of="team.id"),
    number("person_id", null=True),
    # Of somebody who is not on the roster.
    blank("name"),
    text("capacity"),
    text("starts_on", null=True),
    text("ends_on", null=True),
    number("batch_id", null=True),
    one_of("capacity", Capacity),
    index(None, "team_id"),
    index(None, "person_id"),
)
"""A member of a team: a person of the roster, or a named outsider."""
post_handover = table(
    "post_handover",
    key(),
    number("office_id", of="office.id"),
    number("person_id"),
    text("why"),
    text("state"),
    number("grid_id", null=True),
    text("on_day"),
    blank("why_ended"),
    text("made_at"),
    number("made_by"),
    text("made_name"),
    text("done_at", null=True),
    number("done_by", null=True),
    blank("done_name"),
    # Number of the signed sheet, or the reason why there is none.
    blank("sheet"),
    blank("no_sheet"),
    moment("made_at"),
    moment("done_at", null=True),
    one_of("why", HandoverWhy),
    one_of("state", HandoverState),
    index("uq_post_handover_open", "person_id", unique=True, where="state = 'planned'"),
    index(None, "person_id"),
)
"""岗位交接: a handover of posts. A person has at most one that is planned."""
handover_item = table(
    "handover_item",
    number("handover_id", of="post_handover.id", primary=True),
    number("position", primary=True),
    text("kind"),
    # Key of a case or a grid.
    number("subject_id"),
    blank("rank"),
    text("proposed_kind", null=True),
    number("proposed_id", null=True),
    text("decided_kind", null=True),
    number("decided_id", null=True),
    one_of("kind", ItemKind),
    one_of("proposed_kind", TakerKind),
    one_of("decided_kind", TakerKind),
)
"""A case, an inspection or a grid of a handover of posts, with who is proposed and who was decided."""
