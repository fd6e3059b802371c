"""Tables of operators: accounts, passwords, log-ins, and what each has read."""

from __future__ import annotations

import sqlalchemy as sa

from gridconsole.domain.states import Role
from gridconsole.store.tables.columns import blank, flag, index, key, moment, number, one_of, real, table, text

operator = table(
    "operator",
    key(),
    number("office_id", of="office.id"),
    text("name"),
    number("warden_id", null=True, of="roster_person.id"),
    number("active", default=1),
    sa.UniqueConstraint("office_id", "name"),
    flag("active"),
)
"""A person with an account who may act."""
operator_role = table(
    "operator_role",
    number("operator_id", of="operator.id", primary=True),
    text("role", primary=True),
    one_of("role", Role),
    index("uq_operator_role_apart", "operator_id", unique=True, where="role IN ('admin', 'auditor')"),
)
"""A role of an operator."""
credential = table(
    "credential",
    number("operator_id", of="operator.id", primary=True),
    # Argon2id hash, with its salt and cost.
    text("hash"),
    text("set_at"),
    # Set by another operator.
    number("temporary", default=0),
    moment("set_at"),
    flag("temporary"),
)
"""Password hash of an operator; an operator without one cannot log in."""
past_credential = table(
    "past_credential",
    key(),
    number("operator_id", of="operator.id"),
    text("hash"),
    index(None, "operator_id"),
)
"""Hash of an earlier password, which may not be used again."""
login_tries = table(
    "login_tries",
    # ``operator:3``, or one of 65,536 buckets for unknown names: too few to show which name was typed.
    text("bucket", primary=True),
    number("failures"),
    text("last_at"),
    # Identifier of the machine's start during which the last one was typed.
    blank("boot"),
    # Seconds between that start and the last wrong password.
    real("uptime", default="0"),
    moment("last_at"),
)
"""Wrong passwords in a row, by name."""
operator_session = table(
    "operator_session",
    key(),
    number("operator_id", of="operator.id"),
    text("os_user"),
    text("terminal"),
    # SHA-256 of the token in the terminal's own file.
    text("token_hash"),
    text("opened_at"),
    text("seen_at"),
    text("ended_at", null=True),
    blank("why_ended"),
    moment("opened_at"),
    moment("seen_at"),
    moment("ended_at", null=True),
    index("ix_operator_session_open", "operator_id", where="ended_at IS NULL"),
)
"""An operator logged in on a terminal."""
operator_seen = table(
    "operator_seen",
    number("operator_id", of="operator.id", primary=True),
    number("left_seq"),
    text("left_at"),
    moment("left_at"),
)
"""Ledger number up to which an operator was present; later entries are news."""
read_mark = table(
    "read_mark",
    number("operator_id", of="operator.id", primary=True),
    number("incident_id", of="incident.id", primary=True),
    number("version"),
)
"""The version of an open case that an operator last read; 0 if the case has unread news."""
named_view = table(
    "named_view",
    number("operator_id", of="operator.id", primary=True),
    text("name", primary=True),
    text("pane"),
    blank("words"),
    # Name of the order; empty for the usual one.
    blank("sorting"),
)
"""A pane of the queue with words and an order, which an operator keeps under a name."""
