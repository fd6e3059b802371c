"""Whoever adds a text to a table decides whether people may be named in it: otherwise erasing somebody would pass it by."""

from __future__ import annotations

import sqlalchemy as sa

from gridconsole.store import personal
from gridconsole.store.tables.everything import METADATA

NAMES_NOBODY = {
    "alarm": {"kind", "stage", "allowed", "manner", "audience", "waiting", "reached_at", "fired_at", "ended_at", "acknowledged_at"},
    "area": {"code", "level", "geometry", "initials"},
    "assignment": {"due_at", "ended_how", "handler_kind", "role", "started_at", "ended_at"},
    "calendar_day": {"day", "layer", "note", "source"},
    "call_back": {"at", "solved", "satisfaction"},
    "case_link": {"verdict", "judged_at"},
    "case_request": {
        "kind", "asked_at", "amount", "until", "due_before", "opinion", "opined_at", "decision", "decided_at", "due_after",
    },
    "category": {
        "standard", "kind", "major_code", "major_name", "minor_code", "minor_name", "units", "authority", "initials", "extra",
    },
    "clock": {"stage", "span", "started_at", "due_at", "pauses", "halted_at", "stopped_at", "extensions", "look_at"},
    "component": {"code", "state", "installed_on", "initials"},
    "credential": {"hash", "set_at"},
    "day_counter": {"day"},
    "filing_rule": {"condition", "milestones", "limit_text", "close_condition", "extra"},
    "grid": {
        "code", "kind", "area_class", "as_of", "places_as_of", "groups_as_of", "starts_on", "ends_on", "geometry", "initials",
    },
    "grid_change": {"kind", "on_day", "made_at", "undone_at"},
    "grid_lineage": {"kind", "on_day"},
    "grid_move": {"kind"},
    "grid_text": {"digest"},
    "grid_version": {
        "code", "kind", "area_class", "as_of", "places_as_of", "groups_as_of", "boundary_key", "party_group_key", "workstation_key",
        "geometry_key", "starts_on", "ends_on",
    },
    "hand_over": {"made_at", "taken_at", "withdrawn_at"},
    "import_batch": {"at", "kind", "sha256", "counts", "state", "undone_at"},
    "import_change": {"table_name"},
    "import_issue": {"sheet", "column", "code", "severity"},
    "import_reject": {"sheet"},
    "import_stage": {"numbers"},
    "incident": {
        "number", "state", "source", "grade", "standard", "reported_at", "recorded_at", "state_since", "due_at", "due_stage",
        "due_unit", "closed_at", "outcome", "handler_kind", "import_key", "request", "suspended_until", "appeal", "merged_into",
        "call_back", "reply_by", "assignee", "outer_due_at",
    },
    "case_fact": {
        "source", "grade", "kind", "handler_kind", "standard", "state", "outcome", "first_handler_kind",
        "due_at",
    },
    "call_fact": {"source", "grade", "kind", "handler_kind", "solved", "satisfaction"},
    "turn_fact": {"source", "grade", "kind", "handler_kind", "ended_how", "due_at"},
    "stage_fact": {"source", "grade", "kind", "handler_kind", "state", "came_from", "due_at", "half_more_at", "threefold_at"},
    "duty": {"code", "title", "preset", "body"},
    "employment": {"form", "starts_on", "ends_on", "why_ended"},
    "leave": {"kind", "first_half", "last_half"},
    "earlier_mark": {"source_list", "said", "done_at", "handler"},
    "list_mark": {"source_list", "said", "done_at", "handler"},
    "list_seen": {"source_list"},
    "ledger": {"at", "axis", "door", "subject_kind", "action", "request_id"},
    "login_tries": {"bucket", "last_at", "boot"},
    "mapping_profile": {"name", "kind", "fingerprint", "mapping"},
    "named_view": {"pane", "sorting"},
    "office": {"name", "model", "timezone", "created_at", "settings"},
    "office_hours": {"valid_from", "week"},
    "operator_role": {"role"},
    "operator_seen": {"left_at"},
    "operator_session": {"os_user", "terminal", "token_hash", "opened_at", "seen_at", "ended_at", "why_ended"},
    "past_credential": {"hash"},
    "post": {"rank", "duty", "starts_on", "ends_on", "why_ended"},
    "responsibility": {"kind", "major_code", "minor_code", "starts_on", "ends_on"},
    "task": {
        "kind", "assignee_kind", "handler_kind", "sent_at", "due_at", "ended", "ended_at", "looked_at", "result",
    },
    "supervision_order": {"reply_by", "ordered_at", "replied_at", "replaced_at"},
    "unit": {"code", "kind", "contract_ends_on", "initials"},
    "handover_item": {"kind", "rank", "proposed_kind", "decided_kind"},
    "post_handover": {"why", "state", "on_day", "why_ended", "made_at", "done_at"},
    "team": {"code", "kind", "starts_on", "ends_on", "initials"},
    "team_member": {"capacity", "starts_on", "ends_on"},
    "roster_note": {"book"},
    "roster_person": {"code", "kinds", "gender", "initials"},
}  # fmt: skip
"""Codes, times and what the office says of itself."""


def test_every_text_of_every_table_is_looked_through_for_people_or_names_nobody() -> None:
    looked_through: dict[str, set[str]] = {}
    for place in personal._PLACES:
        looked_through.setdefault(place.table.name, set()).update(place.columns)
    left = {
        table.name: {column.name for column in table.columns if isinstance(column.type, sa.Text)}
        - looked_through.get(table.name, set())
        for table in METADATA.sorted_tables
    }
    assert {name: columns for name, columns in left.items() if columns} == NAMES_NOBODY
