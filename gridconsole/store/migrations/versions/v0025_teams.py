"""Add teams with their members, the ends of contracts, and kinds of units that the office knows."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
_KINDS = (
    "command_centre", "sub_centre", "supervision_centre", "workstation", "stability_station", "service_station",
    "subdistrict_office", "community", "department", "contractor", "social_organisation", "police_station", "team", "other",
)  # fmt: skip


def upgrade() -> None:
    """Add the tables and the column; a kind of unit that nobody knows becomes another one."""
    op.add_column("unit", sa.Column("contract_ends_on", sa.Text()))
    known = ", ".join(f"'{kind}'" for kind in _KINDS)
    op.execute(f"UPDATE unit SET kind = 'other' WHERE kind NOT IN ({known})")
    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("code", "name", "kind")),
        *(sa.Column(name, sa.Integer()) for name in ("grid_id", "area_id", "leader_id", "head_count")),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in ("contact", "phone")),
        *(sa.Column(name, sa.Text()) for name in ("starts_on", "ends_on")),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in ("initials", "extra")),
        sa.Column("batch_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("code", name=op.f("uq_team_code")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_team_grid_id"), "team", ["grid_id"])
    op.create_index(op.f("ix_team_area_id"), "team", ["area_id"])
    op.create_table(
        "team_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer()),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text()) for name in ("starts_on", "ends_on")),
        sa.Column("batch_id", sa.Integer()),
        sa.CheckConstraint(
            "capacity IN ('cadre', 'social', 'resident', 'party', 'volunteer', 'other')", name=op.f("ck_team_member_capacity")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_member")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_team_member_team_id"), "team_member", ["team_id"])
    op.create_index(op.f("ix_team_member_person_id"), "team_member", ["person_id"])
