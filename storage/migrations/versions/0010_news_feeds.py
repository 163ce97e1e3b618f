"""How sure a headline's score is and whether it bears a date; how each feed stands.

Revision 0010.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("news_items", sa.Column("confidence", sa.Double, nullable=True))
    op.add_column("news_items", sa.Column("dated", sa.Boolean, nullable=False, server_default=sa.true()))
    op.create_table(
        "news_feeds",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("url", "etag", "modified", "fault")),
        sa.Column("tried_at", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=True) for name in ("read_at", "quiet_until")),
        sa.PrimaryKeyConstraint("url", name="pk_news_feeds"),
    )
