"""The first schema."""

import sqlalchemy as sa
from alembic import op

from gridconsole.store.triggers import LEDGER_TRIGGERS

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables, indices and triggers."""
    op.create_table(
        "area",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("geometry", sa.Text(), server_default="", nullable=False),
        sa.Column("initials", sa.Text(), server_default="", nullable=False),
        sa.Column("extra", sa.Text(), server_default="", nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("level IN ('city', 'district', 'subdistrict', 'community', 'grid')", name=op.f("ck_area_level")),
        sa.ForeignKeyConstraint(["parent_id"], ["area.id"], name=op.f("fk_area_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
        sa.UniqueConstraint("code", name=op.f("uq_area_code")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_area_parent_id"), "area", ["parent_id"], unique=False)
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("is_workday", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("follows", sa.Integer(), nullable=True),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("layer IN ('notice', 'override')", name=op.f("ck_calendar_day_layer")),
        sa.CheckConstraint("is_workday IN (0, 1)", name=op.f("ck_calendar_day_is_workday")),
        sa.PrimaryKeyConstraint("day", "layer", name=op.f("pk_calendar_day")),
        sqlite_strict=True,
    )
    op.create_table(
        "category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("major_code", sa.Text(), nullable=False),
        sa.Column("major_name", sa.Text(), nullable=False),
        sa.Column("minor_code", sa.Text(), nullable=False),
        sa.Column("minor_name", sa.Text(), nullable=False),
        sa.Column("is_local", sa.Integer(), server_default="0", nullable=False),
        sa.Column("units", sa.Text(), server_default="", nullable=False),
        sa.Column("authority", sa.Text(), server_default="", nullable=False),
        sa.Column("initials", sa.Text(), server_default="", nullable=False),
        sa.Column("extra", sa.Text(), server_default="", nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('component', 'event')", name=op.f("ck_category_kind")),
        sa.CheckConstraint("is_local IN (0, 1)", name=op.f("ck_category_is_local")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint(
            "standard", "kind", "major_code", "minor_code", name=op.f("uq_category_standard_kind_major_code_minor_code")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "import_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="committed", nullable=False),
        sa.Column("undone_at", sa.Text(), nullable=True),
        sa.Column("undone_by", sa.Text(), server_default="", nullable=False),
        sa.Column("options", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("at GLOB '????-??-??T??:??:??.??????Z'", name=op.f("ck_import_batch_at")),
        sa.CheckConstraint("state IN ('committed', 'undone')", name=op.f("ck_import_batch_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_import_batch_sha256"), "import_batch", ["sha256"], unique=False)
    op.create_table(
        "mapping_profile",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mapping_profile")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_mapping_profile_kind_fingerprint"), "mapping_profile", ["kind", "fingerprint"], unique=False)
    op.create_table(
        "office",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.CheckConstraint("created_at GLOB '????-??-??T??:??:??.??????Z'", name=op.f("ck_office_created_at")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office")),
        sqlite_strict=True,
    )
    op.create_table(
        "office_hours",
        sa.Column("valid_from", sa.Text(), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("valid_from", name=op.f("pk_office_hours")),
        sqlite_strict=True,
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("all_day", sa.Integer(), server_default="0", nullable=False),
        sa.Column("contact", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("active", sa.Integer(), server_default="1", nullable=False),
        sa.Column("initials", sa.Text(), server_default="", nullable=False),
        sa.Column("extra", sa.Text(), server_default="", nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("active IN (0, 1)", name=op.f("ck_unit_active")),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("code", name=op.f("uq_unit_code")),
        sa.UniqueConstraint("name", name=op.f("uq_unit_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "warden",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("gender", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("employment", sa.Text(), nullable=False),
        sa.Column("workstation", sa.Text(), server_default="", nullable=False),
        sa.Column("duty", sa.Text(), server_default="", nullable=False),
        sa.Column("joined_on", sa.Text(), nullable=True),
        sa.Column("left_on", sa.Text(), nullable=True),
        sa.Column("initials", sa.Text(), server_default="", nullable=False),
        sa.Column("extra", sa.Text(), server_default="", nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warden")),
        sa.UniqueConstraint("code", name=op.f("uq_warden_code")),
        sqlite_strict=True,
    )
    op.create_table(
        "day_counter",
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("last BETWEEN 0 AND 99999", name=op.f("ck_day_counter_last")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_day_counter_office_id")),
        sa.PrimaryKeyConstraint("office_id", "day", name=op.f("pk_day_counter")),
        sqlite_strict=True,
    )
    op.create_table(
        "filing_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("milestones", sa.Text(), nullable=False),
        sa.Column("limit_text", sa.Text(), nullable=False),
        sa.Column("close_condition", sa.Text(), server_default="", nullable=False),
        sa.Column("active", sa.Integer(), server_default="1", nullable=False),
        sa.Column("extra", sa.Text(), server_default="", nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("active IN (0, 1)", name=op.f("ck_filing_rule_active")),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_filing_rule_category_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing_rule")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_filing_rule_category_id"), "filing_rule", ["category_id"], unique=False)
    op.create_index(
        "uq_filing_rule_live", "filing_rule", ["category_id", "condition"], unique=True, sqlite_where=sa.text("active = 1")
    )
    op.create_table(
        "grid",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("area_class", sa.Text(), nullable=True),
        sa.Column("area_m2", sa.Integer(), nullable=True),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("boundary", sa.Text(), server_default="", nullable=False),
        sa.Column("party_group", sa.Text(), server_default="", nullable=False),
        sa.Column("workstation", sa.Text(), server_default="", nullable=False),
        sa.Column("as_of", sa.Text(), nullable=True),
        sa.Column("geometry", sa.Text(), server_default="", nullable=False),
        sa.Column("initials", sa.Text(), server_default="", nullable=False),
        sa.Column("extra", sa.Text(), server_default="", nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('basic', 'dedicated')", name=op.f("ck_grid_kind")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_grid_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid")),
        sa.UniqueConstraint("code", name=op.f("uq_grid_code")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_grid_area_id"), "grid", ["area_id"], unique=False)
    op.create_table(
        "import_change",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_import_change_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_import_change")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_import_change_table_name_record_id"), "import_change", ["table_name", "record_id"], unique=False)
    op.create_table(
        "import_issue",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), server_default="", nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column", sa.Text(), server_default="", nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_import_issue_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_import_issue")),
        sqlite_strict=True,
    )
    op.create_table(
        "import_reject",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), server_default="", nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_import_reject_batch_id")),
        sa.ForeignKeyConstraint(["taken_by"], ["import_batch.id"], name=op.f("fk_import_reject_taken_by")),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_import_reject")),
        sqlite_strict=True,
    )
    op.create_table(
        "leave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("warden_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Text(), nullable=False),
        sa.Column("last_day", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_leave_order")),
        sa.ForeignKeyConstraint(["warden_id"], ["warden.id"], name=op.f("fk_leave_warden_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leave")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_leave_warden_id"), "leave", ["warden_id"], unique=False)
    op.create_table(
        "ledger",
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("axis", sa.Text(), server_default="", nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("prev", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("at GLOB '????-??-??T??:??:??.??????Z'", name=op.f("ck_ledger_at")),
        sa.CheckConstraint("length(prev) = 32 AND length(hash) = 32", name=op.f("ck_ledger_hash")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_ledger_office_id")),
        sa.PrimaryKeyConstraint("office_id", "seq", name=op.f("pk_ledger")),
        sqlite_strict=True,
    )
    op.create_index("ix_ledger_subject", "ledger", ["subject_kind", "subject_id", "seq"], unique=False)
    op.create_index("uq_ledger_request", "ledger", ["request_id"], unique=True, sqlite_where=sa.text("request_id IS NOT NULL"))
    op.create_table(
        "operator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("warden_id", sa.Integer(), nullable=True),
        sa.Column("active", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("active IN (0, 1)", name=op.f("ck_operator_active")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_operator_office_id")),
        sa.ForeignKeyConstraint(["warden_id"], ["warden.id"], name=op.f("fk_operator_warden_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
        sa.UniqueConstraint("office_id", "name", name=op.f("uq_operator_office_id_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "responsibility",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("major_code", sa.Text(), nullable=False),
        sa.Column("minor_code", sa.Text(), server_default="", nullable=False),
        sa.Column("is_primary", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Text(), nullable=True),
        sa.Column("valid_to", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('component', 'event')", name=op.f("ck_responsibility_kind")),
        sa.CheckConstraint("is_primary IN (0, 1)", name=op.f("ck_responsibility_is_primary")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_responsibility_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responsibility")),
        sa.UniqueConstraint(
            "unit_id", "kind", "major_code", "minor_code", name=op.f("uq_responsibility_unit_id_kind_major_code_minor_code")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_responsibility_kind_major_code_minor_code"), "responsibility", ["kind", "major_code", "minor_code"], unique=False
    )
    op.create_table(
        "unit_area",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_unit_area_area_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_area_unit_id")),
        sa.PrimaryKeyConstraint("unit_id", "area_id", name=op.f("pk_unit_area")),
        sqlite_strict=True,
    )
    op.create_table(
        "component",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("owner", sa.Text(), server_default="", nullable=False),
        sa.Column("authority", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("longitude", sa.REAL(), nullable=True),
        sa.Column("latitude", sa.REAL(), nullable=True),
        sa.Column("installed_on", sa.Text(), nullable=True),
        sa.Column("initials", sa.Text(), server_default="", nullable=False),
        sa.Column("extra", sa.Text(), server_default="", nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_component_category_id")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_component_grid_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_component")),
        sa.UniqueConstraint("code", name=op.f("uq_component_code")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_component_grid_id"), "component", ["grid_id"], unique=False)
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_ref", sa.Text(), server_default="", nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("standard", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reporter_name", sa.Text(), server_default="", nullable=False),
        sa.Column("reporter_phone", sa.Text(), server_default="", nullable=False),
        sa.Column("reported_at", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("state_since", sa.Text(), nullable=False),
        sa.Column("due_at", sa.Text(), nullable=True),
        sa.Column("due_stage", sa.Text(), server_default="", nullable=False),
        sa.Column("due_unit", sa.Text(), server_default="", nullable=False),
        sa.Column("provisional", sa.Integer(), server_default="0", nullable=False),
        sa.Column("closed_at", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("simple", sa.Integer(), server_default="0", nullable=False),
        sa.Column("handler_kind", sa.Text(), nullable=True),
        sa.Column("handler_id", sa.Integer(), nullable=True),
        sa.Column("handler_name", sa.Text(), server_default="", nullable=False),
        sa.Column("rework_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rework_total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("redispatch_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("return_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("import_key", sa.Text(), nullable=True),
        sa.Column("extra", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(state IN ('closed', 'declined', 'voided')) = (closed_at IS NOT NULL)", name=op.f("ck_incident_final")
        ),
        sa.CheckConstraint(
            "closed_at IS NULL OR closed_at GLOB '????-??-??T??:??:??.??????Z'", name=op.f("ck_incident_closed_at")
        ),
        sa.CheckConstraint("due_at IS NULL OR due_at GLOB '????-??-??T??:??:??.??????Z'", name=op.f("ck_incident_due_at")),
        sa.CheckConstraint("grade IN ('urgent', 'major', 'ordinary')", name=op.f("ck_incident_grade")),
        sa.CheckConstraint("length(number) = 13 AND number NOT GLOB '*[^0-9]*'", name=op.f("ck_incident_number")),
        sa.CheckConstraint("recorded_at GLOB '????-??-??T??:??:??.??????Z'", name=op.f("ck_incident_recorded_at")),
        sa.CheckConstraint("reported_at GLOB '????-??-??T??:??:??.??????Z'", name=op.f("ck_incident_reported_at")),
        sa.CheckConstraint(
            "source IN ('warden', 'inspector', 'leader', '12345', '12319', 'public', 'video', 'media', 'online', 'petition', '110', 'other')",
            name=op.f("ck_incident_source"),
        ),
        sa.CheckConstraint(
            "state IN ('reported', 'verifying', 'to_file', 'to_dispatch', 'handling', 'suspended', 'to_check', 'to_close', 'closed', 'declined', 'voided')",
            name=op.f("ck_incident_state"),
        ),
        sa.CheckConstraint("state_since GLOB '????-??-??T??:??:??.??????Z'", name=op.f("ck_incident_state_since")),
        sa.CheckConstraint("provisional IN (0, 1)", name=op.f("ck_incident_provisional")),
        sa.CheckConstraint("simple IN (0, 1)", name=op.f("ck_incident_simple")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_incident_area_id")),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_incident_category_id")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_incident_grid_id")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_incident_office_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["filing_rule.id"], name=op.f("fk_incident_rule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("office_id", "number", name=op.f("uq_incident_office_id_number")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_incident_closed", "incident", ["office_id", "closed_at"], unique=False, sqlite_where=sa.text("closed_at IS NOT NULL")
    )
    op.create_index(
        "ix_incident_count", "incident", ["office_id", "state", "due_at"], unique=False, sqlite_where=sa.text("closed_at IS NULL")
    )
    op.create_index("ix_incident_grid_open", "incident", ["grid_id"], unique=False, sqlite_where=sa.text("closed_at IS NULL"))
    op.create_index(
        "ix_incident_handler_open",
        "incident",
        ["handler_kind", "handler_id"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_incident_queue", "incident", ["office_id", "due_at", "id"], unique=False, sqlite_where=sa.text("closed_at IS NULL")
    )
    op.create_index("ix_incident_reported", "incident", ["office_id", "reported_at"], unique=False)
    op.create_index(
        "uq_incident_import", "incident", ["office_id", "import_key"], unique=True, sqlite_where=sa.text("import_key IS NOT NULL")
    )
    op.create_table(
        "ledger_personal",
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["office_id", "seq"], ["ledger.office_id", "ledger.seq"], name=op.f("fk_ledger_personal_office_id_seq")
        ),
        sa.PrimaryKeyConstraint("office_id", "seq", name=op.f("pk_ledger_personal")),
        sqlite_strict=True,
    )
    op.create_table(
        "operator_role",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "role IN ('acceptor', 'shift_leader', 'dispatcher', 'inspector', 'clerk', 'leader')",
            name=op.f("ck_operator_role_role"),
        ),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_operator_role_operator_id")),
        sa.PrimaryKeyConstraint("operator_id", "role", name=op.f("pk_operator_role")),
        sqlite_strict=True,
    )
    op.create_table(
        "post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("warden_id", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Text(), nullable=False),
        sa.Column("duty", sa.Text(), server_default="", nullable=False),
        sa.Column("starts_on", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Text(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("rank IN ('A', 'B')", name=op.f("ck_post_rank")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_post_grid_id")),
        sa.ForeignKeyConstraint(["warden_id"], ["warden.id"], name=op.f("fk_post_warden_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_post_grid_id"), "post", ["grid_id"], unique=False)
    op.create_index("uq_post_live", "post", ["warden_id", "grid_id"], unique=True, sqlite_where=sa.text("ends_on IS NULL"))
    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("handler_kind", sa.Text(), nullable=False),
        sa.Column("handler_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("late", sa.Integer(), nullable=True),
        sa.CheckConstraint("role IN ('primary', 'cooperating')", name=op.f("ck_assignment_role")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_assignment_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sqlite_strict=True,
    )
    op.create_index("ix_assignment_handler", "assignment", ["handler_kind", "handler_id", "started_at"], unique=False)
    op.create_index(op.f("ix_assignment_incident_id"), "assignment", ["incident_id"], unique=False)
    op.create_index(
        "uq_assignment_live",
        "assignment",
        ["incident_id"],
        unique=True,
        sqlite_where=sa.text("role = 'primary' AND ended_at IS NULL"),
    )
    op.create_table(
        "clock",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("span", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("due_at", sa.Text(), nullable=False),
        sa.Column("provisional", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pauses", sa.Text(), server_default="", nullable=False),
        sa.Column("halted_at", sa.Text(), nullable=True),
        sa.Column("stopped_at", sa.Text(), nullable=True),
        sa.Column("late", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "stage IN ('accept', 'verify', 'file', 'dispatch', 'handle', 'check', 'close')", name=op.f("ck_clock_stage")
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_clock_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "position", name=op.f("pk_clock")),
        sqlite_strict=True,
    )
    for trigger in LEDGER_TRIGGERS:
        op.execute(trigger)
