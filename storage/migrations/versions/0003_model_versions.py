"""Versions of the learned model, and which of them is in force.

Revision 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

PREVIOUS = "0002"

revision = "0003"
down_revision = PREVIOUS
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of model versions."""
    op.create_table(
        "model_versions",
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("timeframe", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("trained_until", sa.BigInteger, nullable=False),
        sa.Column("accepted", sa.Boolean, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("manifest", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("active_from", sa.BigInteger),
        sa.Column("retired_at", sa.BigInteger),
        sa.Column("health", sa.Text),
        sa.Column("checked_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("version", name="pk_model_versions"),
    )
    op.create_index("ix_model_versions_timeframe_created_at", "model_versions", ["timeframe", "created_at"])
