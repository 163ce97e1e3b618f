"""People, roles, audit log, events that were seen, and what is changed while running.

Revision 0002, after 0001.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _people()
    _events()
    _changes()


def _columns(kind: Any, names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name in names.split()]


def _people() -> None:
    op.create_table(
        "identities",
        *_columns(sa.Text, "identity person"),
        *_columns(sa.BigInteger, "linked_at"),
        sa.PrimaryKeyConstraint("identity", name="pk_identities"),
    )
    op.create_index("ix_identities_person", "identities", ["person"])
    op.create_table(
        "roles",
        *_columns(sa.Text, "identity role set_by"),
        *_columns(sa.BigInteger, "set_at"),
        sa.PrimaryKeyConstraint("identity", name="pk_roles"),
    )
    op.create_table(
        "link_codes",
        *_columns(sa.Text, "identity code_hash"),
        *_columns(sa.BigInteger, "expires_at"),
        sa.PrimaryKeyConstraint("identity", name="pk_link_codes"),
        sa.UniqueConstraint("code_hash", name="uq_link_codes_code_hash"),
    )


def _events() -> None:
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        *_columns(sa.BigInteger, "at"),
        *_columns(sa.Text, "identity person act outcome detail"),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_person", "audit_log", ["person"])
    op.create_table(
        "inbound",
        *_columns(sa.Text, "platform event_id"),
        *_columns(sa.BigInteger, "at"),
        sa.PrimaryKeyConstraint("platform", "event_id", name="pk_inbound"),
    )
    op.create_index("ix_inbound_at", "inbound", ["at"])


def _changes() -> None:
    op.create_table(
        "universe",
        *_columns(sa.Text, "symbol"),
        *_columns(sa.Boolean, "watched"),
        *_columns(sa.Text, "set_by"),
        *_columns(sa.BigInteger, "set_at"),
        sa.PrimaryKeyConstraint("symbol", name="pk_universe"),
    )
    op.create_table(
        "choices",
        *_columns(sa.Text, "name value set_by"),
        *_columns(sa.BigInteger, "set_at"),
        sa.PrimaryKeyConstraint("name", name="pk_choices"),
    )
    op.create_table(
        "cards",
        *_columns(sa.Text, "recommendation_id"),
        *_columns(sa.Boolean, "private"),
        *_columns(sa.Text, "place"),
        *_columns(sa.BigInteger, "at"),
        sa.PrimaryKeyConstraint("recommendation_id", name="pk_cards"),
    )
