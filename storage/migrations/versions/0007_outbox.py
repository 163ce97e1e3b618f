"""The outbox, where broadcasts go, what each destination wants, and who serves.

Revision 0007.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _outbox()
    _leases()
    op.create_table(
        "destinations",
        *_columns(sa.Text, "address owner?"),
        *_columns(sa.Boolean, "on"),
        *_columns(sa.BigInteger, "changed_at"),
        *_columns(sa.Text, "changed_by reason"),
        *_columns(sa.Integer, "failures"),
        *_columns(sa.Text, "route?"),
        sa.PrimaryKeyConstraint("address", name="pk_destinations"),
    )
    op.create_index("ix_destinations_route", "destinations", ["route"])
    op.create_table(
        "preferences",
        *_columns(sa.Text, "address"),
        *_columns(sa.BigInteger, "changed_at"),
        *_columns(sa.JSON, "symbols timeframes"),
        *_columns(sa.Integer, "min_confidence_pct"),
        *_columns(sa.JSON, "quiet?"),
        *_columns(sa.Text, "time_zone"),
        *_columns(sa.Boolean, "digest"),
        sa.PrimaryKeyConstraint("address", name="pk_preferences"),
    )


def _leases() -> None:
    op.create_table(
        "leases",
        *_columns(sa.Text, "name holder host"),
        *_columns(sa.Integer, "pid"),
        *_columns(sa.Text, "place"),
        *_columns(sa.BigInteger, "since beat fence"),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        *_columns(sa.Text, "key stream event destination"),
        *_columns(sa.Integer, "part"),
        *_columns(sa.JSON, "payload"),
        *_columns(sa.BigInteger, "created_at valid_until?"),
        *_columns(sa.Boolean, "edits"),
        *_columns(sa.Text, "state"),
        *_columns(sa.Integer, "attempts"),
        *_columns(sa.BigInteger, "next_at tried_at? ended_at?"),
        *_columns(sa.Text, "platform_message_id? folded_into? note holder"),
        *_columns(sa.Integer, "fence"),
        sa.PrimaryKeyConstraint("seq", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index("ix_outbox_state_destination_seq_edits", "outbox", ["state", "destination", "seq", "edits"])
    op.create_index("ix_outbox_stream_destination", "outbox", ["stream", "destination"])
    op.create_index("ix_outbox_folded_into", "outbox", ["folded_into"])


def _columns(kind: Any, names: str) -> list[sa.Column[Any]]:
    """One column per name; a name that ends in `?` may be NULL."""
    return [
        sa.Column(name.rstrip("?"), kind, nullable=name.endswith("?"), autoincrement=False) for name in names.split()
    ]
