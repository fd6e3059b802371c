"""Make the roster a book with two times: employments, posts and leave as versions, each with the entry that recorded it.

Everything that was in the file stays: a post that ended becomes two versions if the ledger or an import tells which entry ended it.
"""

import sqlalchemy as sa
from alembic import op

from gridconsole.store.triggers import BOOK_TRIGGERS

revision = "0021"
down_revision = "0020"

_OF_BATCH = "(SELECT min(l.seq) FROM ledger l WHERE l.subject_kind = 'batch' AND l.subject_id = {batch} AND l.action = 'import')"
"""Entry of a batch."""
_BROUGHT = (
    "coalesce((SELECT max(l.seq) FROM ledger l WHERE l.subject_kind = 'post' AND l.subject_id = p.id AND l.action = 'post_start'), "
    + _OF_BATCH.format(batch="p.batch_id")
    + ", 0)"
)
_ENDED = (
    "coalesce((SELECT max(l.seq) FROM ledger l WHERE l.subject_kind = 'post' AND l.subject_id = p.id AND l.action = 'post_end'), "
    "(SELECT e.seq FROM entry_of e WHERE e.kind = 'post' AND e.id = p.id))"
)
_LEFT = "(SELECT e.seq FROM entry_of e WHERE e.kind = 'warden' AND e.id = w.id)"
_ENTRIES = (
    "CREATE TEMP TABLE entry_of (kind TEXT NOT NULL, id INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (kind, id))",
    # The last import that ended a post, or said when a warden left. Images of 100,000 records are read once.
    "INSERT INTO entry_of SELECT c.table_name, c.record_id, max(l.seq) FROM import_change c JOIN ledger l"
    " ON l.subject_kind = 'batch' AND l.subject_id = c.batch_id AND l.action = 'import'"
    " WHERE c.table_name = 'post' AND instr(c.before, '\"ends_on\"') AND json_extract(c.before, '$.ends_on') IS NULL"
    " OR c.table_name = 'warden' AND json_extract(c.after, '$.left_on') IS NOT NULL GROUP BY 1, 2",
)
_KIND = (
    "CASE WHEN v.note LIKE '%病%' THEN 'sick' WHEN v.note LIKE '%产%' THEN 'maternity' WHEN v.note LIKE '%事%' THEN 'personal'"
    " WHEN v.note LIKE '%公%' THEN 'official' ELSE 'annual' END"
)


def upgrade() -> None:
    """Build the tables, fill them from the old ones, and put the triggers on."""
    _create_tables()
    for statement in (
        *_ENTRIES,
        "INSERT INTO person_new (id, code, name, kinds, gender, phone, workstation, duty, initials, extra, batch_id)"
        " SELECT id, code, name, 'warden', gender, phone, workstation, duty, initials, extra, batch_id FROM warden",
        "INSERT INTO employment (number, person_id, form, starts_on, ends_on, recorded_by)"
        " SELECT w.id, w.id, CASE WHEN w.employment IN ('full_time', 'part_time', 'temporary') THEN w.employment ELSE 'full_time' END,"
        f" w.joined_on, w.left_on, coalesce({_LEFT}, {_OF_BATCH.format(batch='w.batch_id')}, 0) FROM warden w ORDER BY w.id",
        # A post that ended later than it came: it was without an end until then.
        "INSERT INTO post_new (number, person_id, grid_id, duty, rank, starts_on, ends_on, recorded_by, replaced_by)"
        f" SELECT p.id, p.warden_id, p.grid_id, p.duty, p.rank, p.starts_on, NULL, {_BROUGHT}, {_ENDED} FROM post p"
        f" WHERE p.ends_on IS NOT NULL AND {_ENDED} > {_BROUGHT} ORDER BY p.id",
        "INSERT INTO post_new (number, person_id, grid_id, duty, rank, starts_on, ends_on, recorded_by)"
        " SELECT p.id, p.warden_id, p.grid_id, p.duty, p.rank, p.starts_on, p.ends_on,"
        f" CASE WHEN p.ends_on IS NULL THEN {_BROUGHT} ELSE max(coalesce({_ENDED}, 0), {_BROUGHT}) END FROM post p ORDER BY p.id",
        "INSERT INTO leave_new (number, person_id, kind, first_half, last_half, recorded_by)"
        f" SELECT v.id, v.warden_id, {_KIND}, v.first_day || 'a', v.last_day || 'p', 0 FROM leave v ORDER BY v.id",
        "INSERT INTO roster_note (book, number, body) SELECT 'leave', v.id, v.note FROM leave v WHERE v.note <> ''",
        "DROP TABLE entry_of",
        "DROP TABLE post",
        "DROP TABLE leave",
        "DROP TABLE warden",
        # Other tables shall go on to refer to the old name until it gets the new one.
        "PRAGMA legacy_alter_table = ON",
        "ALTER TABLE person_new RENAME TO warden",
        "PRAGMA legacy_alter_table = OFF",
        "ALTER TABLE warden RENAME TO roster_person",
        "ALTER TABLE post_new RENAME TO post",
        "ALTER TABLE leave_new RENAME TO leave",
    ):
        op.execute(statement)
    for table, columns in {"employment": ["person_id"], "post": ["person_id", "grid_id"], "leave": ["person_id"]}.items():
        op.create_index(f"uq_{table}_present", table, ["number"], unique=True, sqlite_where=sa.text("replaced_by IS NULL"))
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    for trigger in BOOK_TRIGGERS:
        op.execute(trigger)


def _create_tables() -> None:
    op.create_table(
        "person_new",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), server_default="warden", nullable=False),
        sa.Column("gender", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("workstation", sa.Text(), server_default="", nullable=False),
        sa.Column("duty", sa.Text(), server_default="", nullable=False),
        sa.Column("initials", sa.Text(), server_default="", nullable=False),
        sa.Column("extra", sa.Text(), server_default="", nullable=False),
        sa.Column("batch_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_person")),
        sa.UniqueConstraint("code", name=op.f("uq_roster_person_code")),
        sqlite_strict=True,
    )
    op.create_table(
        "employment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("employer_id", sa.Integer()),
        sa.Column("starts_on", sa.Text()),
        sa.Column("ends_on", sa.Text()),
        sa.Column("why_ended", sa.Text(), server_default="", nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("replaced_by", sa.Integer()),
        sa.CheckConstraint("form IN ('full_time', 'part_time', 'temporary', 'volunteer')", name=op.f("ck_employment_form")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employment")),
        sqlite_strict=True,
    )
    op.create_table(
        "post_new",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer()),
        sa.Column("area_id", sa.Integer()),
        sa.Column("unit_id", sa.Integer()),
        sa.Column("duty", sa.Text(), server_default="", nullable=False),
        sa.Column("rank", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Text()),
        sa.Column("why_ended", sa.Text(), server_default="", nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("replaced_by", sa.Integer()),
        sa.CheckConstraint("rank IN ('A', 'B')", name=op.f("ck_post_rank")),
        sa.CheckConstraint(
            "CASE WHEN grid_id IS NULL THEN 0 ELSE 1 END + CASE WHEN area_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN unit_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_post_place"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sqlite_strict=True,
    )
    op.create_table(
        "leave_new",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first_half", sa.Text(), nullable=False),
        sa.Column("last_half", sa.Text(), nullable=False),
        sa.Column("deputy_id", sa.Integer()),
        sa.Column("approved_by", sa.Integer()),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("replaced_by", sa.Integer()),
        sa.CheckConstraint("kind IN ('annual', 'sick', 'personal', 'maternity', 'official')", name=op.f("ck_leave_kind")),
        sa.CheckConstraint("first_half <= last_half", name=op.f("ck_leave_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leave")),
        sqlite_strict=True,
    )
    op.create_table(
        "roster_note",
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("book", "number", name=op.f("pk_roster_note")),
        sqlite_strict=True,
    )
