"""Keep what grids were by day, and from which grid another one came."""

import hashlib

import sqlalchemy as sa
from alembic import op

from gridconsole.store.triggers import GRID_TRIGGERS
from gridconsole.store.types import STAMP_GLOB

revision = "0024"
down_revision = "0023"
_FACTS = "code, name, area_id, kind, area_class, area_m2, households, population, as_of"
_TEXTS = ("boundary", "party_group", "workstation", "geometry")


def upgrade() -> None:
    """Add the columns and tables, and a version of every grid that holds as long as anybody knows."""
    for name in ("buildings", "shops", "key_places", "special_groups"):
        op.add_column("grid", sa.Column(name, sa.Integer()))
    for name in ("places_as_of", "groups_as_of", "starts_on", "ends_on"):
        op.add_column("grid", sa.Column(name, sa.Text()))
    _tables()
    _versions()
    for trigger in GRID_TRIGGERS:
        op.execute(trigger)


def _versions() -> None:
    op.execute(
        f"INSERT INTO grid_version (number, grid_id, {_FACTS}, recorded_by)"
        f" SELECT g.id, g.id, {_FACTS}, coalesce((SELECT min(l.seq) FROM ledger l WHERE l.subject_kind = 'batch'"
        " AND l.subject_id = g.batch_id AND l.action = 'import'), 0) FROM grid g ORDER BY g.id"
    )
    connection = op.get_bind()
    for name in _TEXTS:
        digests: dict[str, str] = {}
        for (text,) in connection.execute(sa.text(f"SELECT DISTINCT {name} FROM grid WHERE {name} <> ''")).all():
            digests[text] = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        for text, digest in digests.items():
            values = {"digest": digest, "body": text}
            connection.execute(sa.text("INSERT OR IGNORE INTO grid_text (digest, body) VALUES (:digest, :body)"), values)
        for key, text in connection.execute(sa.text(f"SELECT id, {name} FROM grid WHERE {name} <> ''")).all():
            values = {"digest": digests[text], "key": key}
            connection.execute(sa.text(f"UPDATE grid_version SET {name}_key = :digest WHERE grid_id = :key"), values)


def _tables() -> None:
    op.create_table(
        "grid_version",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("number", "grid_id")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("code", "name")),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("area_class", sa.Text()),
        *(
            sa.Column(name, sa.Integer())
            for name in ("area_m2", "households", "population", "buildings", "shops", "key_places", "special_groups")
        ),
        *(sa.Column(name, sa.Text()) for name in ("as_of", "places_as_of", "groups_as_of")),
        *(sa.Column(f"{name}_key", sa.Text(), server_default="", nullable=False) for name in _TEXTS),
        *(sa.Column(name, sa.Text()) for name in ("starts_on", "ends_on")),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("replaced_by", sa.Integer()),
        sa.CheckConstraint("kind IN ('basic', 'dedicated')", name=op.f("ck_grid_version_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_version")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_grid_version_present", "grid_version", ["number"], unique=True, sqlite_where=sa.text("replaced_by IS NULL")
    )
    op.create_index(op.f("ix_grid_version_grid_id"), "grid_version", ["grid_id"])
    op.create_table(
        "grid_lineage",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("number", "from_id", "to_id")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "on_day")),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("replaced_by", sa.Integer()),
        sa.CheckConstraint("kind IN ('split', 'merge', 'transfer')", name=op.f("ck_grid_lineage_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_lineage")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_grid_lineage_present", "grid_lineage", ["number"], unique=True, sqlite_where=sa.text("replaced_by IS NULL")
    )
    op.create_index(op.f("ix_grid_lineage_from_id"), "grid_lineage", ["from_id"])
    op.create_index(op.f("ix_grid_lineage_to_id"), "grid_lineage", ["to_id"])
    op.create_table(
        "grid_text",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_grid_text")),
        sqlite_strict=True,
    )
    op.create_table(
        "grid_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "on_day", "made_at")),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_name", sa.Text(), nullable=False),
        sa.Column("entry_seq", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.Text()),
        sa.Column("undone_name", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("kind IN ('split', 'merge', 'transfer')", name=op.f("ck_grid_change_kind")),
        sa.CheckConstraint(f"made_at GLOB '{STAMP_GLOB}'", name=op.f("ck_grid_change_made_at")),
        sa.CheckConstraint(f"undone_at IS NULL OR undone_at GLOB '{STAMP_GLOB}'", name=op.f("ck_grid_change_undone_at")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_grid_change_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_change")),
        sqlite_strict=True,
    )
    op.create_table(
        "grid_move",
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("subject_id", "from_id", "to_id")),
        sa.Column("version", sa.Integer()),
        sa.CheckConstraint("kind IN ('case', 'component', 'team')", name=op.f("ck_grid_move_kind")),
        sa.ForeignKeyConstraint(["change_id"], ["grid_change.id"], name=op.f("fk_grid_move_change_id")),
        sa.PrimaryKeyConstraint("change_id", "kind", "subject_id", name=op.f("pk_grid_move")),
        sqlite_strict=True,
    )
