"""Triggers that keep the ledger's guarantees even if someone writes to the file with plain SQL."""

LEDGER_TRIGGERS = (
    """CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
       BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
       BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER ledger_chain BEFORE INSERT ON ledger
       WHEN NEW.seq <> coalesce((SELECT max(seq) FROM ledger WHERE office_id = NEW.office_id), 0) + 1
         OR NEW.prev <> coalesce((SELECT hash FROM ledger WHERE office_id = NEW.office_id ORDER BY seq DESC LIMIT 1), zeroblob(32))
       BEGIN SELECT RAISE(ABORT, 'the ledger would fork'); END""",
    """CREATE TRIGGER ledger_personal_erase_only BEFORE UPDATE ON ledger_personal
       WHEN NEW.body IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.seq <> OLD.seq OR NEW.office_id <> OLD.office_id
       BEGIN SELECT RAISE(ABORT, 'personal values can only be erased'); END""",
    """CREATE TRIGGER ledger_personal_no_delete BEFORE DELETE ON ledger_personal
       BEGIN SELECT RAISE(ABORT, 'personal values can only be erased'); END""",
    """CREATE TRIGGER incident_no_delete BEFORE DELETE ON incident
       BEGIN SELECT RAISE(ABORT, 'a case is never deleted'); END""",
    """CREATE TRIGGER incident_version BEFORE UPDATE OF state, version, handler_id ON incident
       WHEN NEW.version <> OLD.version + 1
       BEGIN SELECT RAISE(ABORT, 'a case changes one version at a time'); END""",
)

REPLACED_BY_YEARS = ("ledger_no_delete", "ledger_personal_no_delete")
"""Triggers of the ledger that :data:`YEAR_TRIGGERS` replace."""
_ON_RECORD = "EXISTS (SELECT 1 FROM retired r WHERE r.office_id = OLD.office_id AND OLD.seq BETWEEN r.first_seq AND r.last_seq)"
YEAR_TRIGGERS = (
    f"""CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger WHEN NOT {_ON_RECORD}
       BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    f"""CREATE TRIGGER ledger_personal_no_delete BEFORE DELETE ON ledger_personal WHEN NOT {_ON_RECORD}
       BEGIN SELECT RAISE(ABORT, 'personal values can only be erased'); END""",
    """CREATE TRIGGER retired_insert BEFORE INSERT ON retired
       WHEN NOT EXISTS (SELECT 1 FROM ledger l WHERE l.office_id = NEW.office_id AND l.seq = NEW.entry_seq AND l.action = 'retire'
           AND l.subject_kind = 'year' AND l.subject_id = NEW.year AND l.facts = NEW.facts)
         OR NOT EXISTS (SELECT 1 FROM ledger s WHERE s.office_id = NEW.office_id AND s.subject_kind = 'year'
           AND s.subject_id = NEW.year AND s.action = 'seal' AND json_extract(s.facts, '$.first') = NEW.first_seq
           AND json_extract(s.facts, '$.last') = NEW.last_seq AND s.seq > NEW.last_seq)
         OR NEW.first_seq <> coalesce((SELECT max(last_seq) FROM retired WHERE office_id = NEW.office_id), 0) + 1
       BEGIN SELECT RAISE(ABORT, 'only a sealed year leaves the ledger, the oldest first'); END""",
    """CREATE TRIGGER retired_no_update BEFORE UPDATE ON retired
       BEGIN SELECT RAISE(ABORT, 'what left the ledger stays on record'); END""",
    """CREATE TRIGGER retired_no_delete BEFORE DELETE ON retired
       BEGIN SELECT RAISE(ABORT, 'what left the ledger stays on record'); END""",
    """CREATE TRIGGER retired_case_insert BEFORE INSERT ON retired_case
       WHEN EXISTS (SELECT 1 FROM retired r JOIN incident i ON i.office_id = r.office_id
           WHERE i.id = NEW.incident_id AND r.year >= NEW.year)
         OR NOT EXISTS (SELECT 1 FROM ledger l JOIN incident i ON i.office_id = l.office_id WHERE i.id = NEW.incident_id
           AND l.subject_kind = 'year' AND l.subject_id = NEW.year AND l.action = 'retire')
       BEGIN SELECT RAISE(ABORT, 'what left the ledger stays on record'); END""",
    """CREATE TRIGGER retired_case_no_update BEFORE UPDATE ON retired_case
       BEGIN SELECT RAISE(ABORT, 'what left the ledger stays on record'); END""",
    """CREATE TRIGGER retired_case_no_delete BEFORE DELETE ON retired_case
       BEGIN SELECT RAISE(ABORT, 'what left the ledger stays on record'); END""",
)
"""Added by the migration that introduced archiving: entries can be deleted only with a year that is sealed and has a record."""

CASE_TRIGGERS = (
    """CREATE TRIGGER incident_merge BEFORE UPDATE OF merged_into ON incident
       WHEN NEW.merged_into IS NOT NULL AND NEW.merged_into IS NOT OLD.merged_into AND (
         NEW.merged_into = NEW.number
         OR NOT EXISTS (SELECT 1 FROM incident WHERE office_id = NEW.office_id AND number = NEW.merged_into AND merged_into IS NULL)
         OR EXISTS (SELECT 1 FROM incident WHERE office_id = NEW.office_id AND merged_into = NEW.number))
       BEGIN SELECT RAISE(ABORT, 'a case that leads others follows none'); END""",
)
"""Added by the migration that introduced merging."""

# Version of a row of the roster's book: only the entry that replaces it may be set, once.
_BOOK_COLUMNS = {
    "employment": ("id", "number", "person_id", "form", "employer_id", "starts_on", "ends_on", "why_ended", "recorded_by"),
    "post": (
        "id", "number", "person_id", "grid_id", "area_id", "unit_id", "duty", "rank", "starts_on", "ends_on", "why_ended",
        "recorded_by",
    ),
    "leave": ("id", "number", "person_id", "kind", "first_half", "last_half", "deputy_id", "approved_by", "recorded_by"),
    "responsibility": (
        "id", "number", "unit_id", "kind", "major_code", "minor_code", "area_id", "is_primary", "starts_on", "ends_on", "recorded_by",
    ),
    "grid_version": (
        "id", "number", "grid_id", "code", "name", "area_id", "kind", "area_class", "area_m2", "households", "population",
        "buildings", "shops", "key_places", "special_groups", "as_of", "places_as_of", "groups_as_of", "boundary_key",
        "party_group_key", "workstation_key", "geometry_key", "starts_on", "ends_on", "recorded_by",
    ),
    "grid_lineage": ("id", "number", "from_id", "to_id", "kind", "on_day", "recorded_by"),
}  # fmt: skip


def _guard(table: str) -> tuple[str, str]:
    changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in _BOOK_COLUMNS[table])
    return (
        f"""CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
       WHEN OLD.replaced_by IS NOT NULL OR NEW.replaced_by IS NULL OR NEW.replaced_by < OLD.recorded_by OR {changed}
       BEGIN SELECT RAISE(ABORT, 'a row of the roster is only replaced'); END""",
        f"""CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
       BEGIN SELECT RAISE(ABORT, 'a row of the roster is only replaced'); END""",
    )


def _once(table: str, same: str) -> str:
    """Return a trigger that refuses a present row whose days overlap with those of another one."""
    return f"""CREATE TRIGGER {table}_once BEFORE INSERT ON {table}
       WHEN NEW.replaced_by IS NULL AND (NEW.ends_on IS NULL OR NEW.starts_on IS NULL OR NEW.starts_on < NEW.ends_on)
         AND EXISTS (SELECT 1 FROM {table} o WHERE o.replaced_by IS NULL AND {same}
           AND (o.ends_on IS NULL OR o.starts_on IS NULL OR o.starts_on < o.ends_on)
           AND (o.ends_on IS NULL OR NEW.starts_on IS NULL OR NEW.starts_on < o.ends_on)
           AND (NEW.ends_on IS NULL OR o.starts_on IS NULL OR o.starts_on < NEW.ends_on))
       BEGIN SELECT RAISE(ABORT, 'the days overlap'); END"""


BOOK_TRIGGERS = (
    *(trigger for table in ("employment", "post", "leave") for trigger in _guard(table)),
    _once("employment", "o.person_id = NEW.person_id"),
    _once(
        "post",
        "o.person_id = NEW.person_id AND o.grid_id IS NEW.grid_id AND o.area_id IS NEW.area_id AND o.unit_id IS NEW.unit_id",
    ),
)
"""Added by the migration that introduced the book: its versions are replaced, and never edited or deleted."""
DUTY_TRIGGERS = _guard("responsibility")
"""Added by the migration that made responsibilities rows of the book."""
GRID_TRIGGERS = (*_guard("grid_version"), *_guard("grid_lineage"), _once("grid_version", "o.grid_id = NEW.grid_id"))
"""Added by the migration that keeps grids by day."""

FACT_TRIGGERS = (
    """CREATE TRIGGER ledger_fact_due AFTER INSERT ON ledger WHEN NEW.subject_kind = 'incident'
       BEGIN INSERT INTO fact_due (incident_id, changed) VALUES (NEW.subject_id, 1)
         ON CONFLICT (incident_id) DO UPDATE SET changed = 1; END""",
)
"""Added by the migration that introduced facts of cases: whoever writes an entry about a case has its facts written anew."""
