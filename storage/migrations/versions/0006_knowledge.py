"""Market days, headlines, months of old signals; an index of documents that holds all that a filter looks at.

Revision 0006.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

BEFORE = "0005"

revision = "0006"
down_revision = BEFORE
branch_labels = None
depends_on = None

FILTERED = "scope type symbol at known_at timeframe side strategy setup exit_reason outcome doc_id"


def upgrade() -> None:
    """Create the three tables, and the index in place of the narrower one."""
    op.create_table(
        "market_days",
        *_columns(sa.Text, "symbol"),
        *_columns(sa.BigInteger, "day"),
        *_columns(sa.Text, "exchange timeframe"),
        *_columns(sa.Double, "open high low close volume rsi? atr_pct? trend_pct?"),
        *_columns(sa.Integer, "buys sells"),
        sa.PrimaryKeyConstraint("symbol", "day", name="pk_market_days"),
    )
    op.create_index("ix_market_days_day", "market_days", ["day"])
    op.create_table(
        "news_items",
        *_columns(sa.Text, "news_id link source title summary"),
        *_columns(sa.BigInteger, "published_at fetched_at"),
        *_columns(sa.Double, "sentiment?"),
        *_columns(sa.JSON, "symbols"),
        sa.PrimaryKeyConstraint("news_id", name="pk_news_items"),
        sa.UniqueConstraint("link", name="uq_news_items_link"),
    )
    op.create_index("ix_news_items_published_at", "news_items", ["published_at"])
    op.create_table(
        "signal_months",
        *_columns(sa.Text, "month_id exchange symbol timeframe"),
        *_columns(sa.BigInteger, "month known_at"),
        *_columns(sa.Integer, "signals buys sells targets stopped expired invalidated"),
        *_columns(sa.Double, "mean_r?"),
        *_columns(sa.JSON, "setups"),
        sa.PrimaryKeyConstraint("month_id", name="pk_signal_months"),
    )
    op.drop_index("ix_documents_scope_type_symbol_at", "documents")
    op.create_index("ix_documents_filters", "documents", FILTERED.split())


def _columns(kind: Any, names: str) -> list[sa.Column[Any]]:
    """One column per name; a name that ends in `?` may be NULL."""
    return [
        sa.Column(name.rstrip("?"), kind, nullable=name.endswith("?"), autoincrement=False) for name in names.split()
    ]
