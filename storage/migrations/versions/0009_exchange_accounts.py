"""What is read from people's own accounts on exchanges.

Revision 0009.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MONEY = sa.Text().with_variant(sa.Numeric(), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "exchange_accounts",
        *_columns(sa.Text, "owner exchange"),
        *_columns(sa.BigInteger, "tried_at taken_at?"),
        *_columns(sa.Text, "fault"),
        sa.PrimaryKeyConstraint("owner", "exchange", name="pk_exchange_accounts"),
    )
    op.create_table(
        "exchange_balances",
        *_columns(sa.Text, "owner exchange asset"),
        *_columns(MONEY, "total"),
        *_columns(sa.BigInteger, "taken_at"),
        sa.PrimaryKeyConstraint("owner", "exchange", "asset", name="pk_exchange_balances"),
    )
    op.create_table(
        "exchange_fills",
        *_columns(sa.Text, "owner exchange symbol fill_id side"),
        *_columns(MONEY, "amount price fee"),
        *_columns(sa.Text, "fee_asset"),
        *_columns(sa.BigInteger, "at"),
        sa.PrimaryKeyConstraint("owner", "exchange", "symbol", "fill_id", name="pk_exchange_fills"),
    )
    op.create_index("ix_exchange_fills_owner_at", "exchange_fills", ["owner", "at"])


def _columns(kind: Any, names: str) -> list[sa.Column[Any]]:
    """One column per name; a name that ends in `?` may be NULL."""
    return [
        sa.Column(name.rstrip("?"), kind, nullable=name.endswith("?"), autoincrement=False) for name in names.split()
    ]
