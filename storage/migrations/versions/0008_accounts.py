"""Paper accounts: settings, the ledger, plans, fills and notes of trades; trades from before are booked.

Revision 0008.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

EARLIER = "0005"

revision = "0008"
down_revision = EARLIER
branch_labels = None
depends_on = None

MONEY = sa.Text().with_variant(sa.Numeric(), "postgresql")


def upgrade() -> None:
    """Create the tables and book the trades that are there."""
    op.create_table(
        "paper_accounts",
        *_columns(sa.Text, "owner"),
        *_columns(MONEY, "risk_pct?"),
        *_columns(sa.Text, "style?"),
        *_columns(sa.Boolean, "allow_short?"),
        sa.PrimaryKeyConstraint("owner", name="pk_paper_accounts"),
    )
    _ledger()
    _trades()


def _ledger() -> None:
    op.create_table(
        "ledger_entries",
        *_columns(sa.Text, "entry_id owner"),
        *_columns(sa.BigInteger, "at"),
        *_columns(sa.Text, "kind trade_id? note"),
        sa.PrimaryKeyConstraint("entry_id", name="pk_ledger_entries"),
    )
    op.create_index("ix_ledger_entries_owner_at", "ledger_entries", ["owner", "at"])
    op.create_table(
        "ledger_postings",
        *_columns(sa.Text, "entry_id"),
        *_columns(sa.Integer, "line"),
        *_columns(sa.Text, "account unit"),
        *_columns(MONEY, "amount"),
        sa.PrimaryKeyConstraint("entry_id", "line", name="pk_ledger_postings"),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entries.entry_id"], name="fk_ledger_postings_entry_id_ledger_entries"
        ),
    )


def _trades() -> None:
    op.create_table(
        "trade_plans",
        *_columns(sa.Text, "trade_id owner"),
        *_columns(sa.Integer, "number"),
        *_columns(sa.Text, "exchange"),
        *_columns(MONEY, "stop?"),
        *_columns(sa.JSON, "targets"),
        *_columns(sa.BigInteger, "expires_at?"),
        *_columns(sa.Boolean, "break_even"),
        *_columns(MONEY, "fee_rate"),
        *_columns(sa.BigInteger, "followed_at?"),
        sa.PrimaryKeyConstraint("trade_id", name="pk_trade_plans"),
        sa.UniqueConstraint("owner", "number", name="uq_trade_plans_owner_number"),
    )
    op.create_table(
        "trade_fills",
        *_columns(sa.Text, "trade_id level owner"),
        *_columns(sa.BigInteger, "at"),
        *_columns(MONEY, "quantity price fee cost pnl"),
        sa.PrimaryKeyConstraint("trade_id", "level", name="pk_trade_fills"),
    )
    op.create_index("ix_trade_fills_owner_at", "trade_fills", ["owner", "at"])
    op.create_table(
        "trade_notes",
        *_columns(sa.Text, "note_id trade_id owner"),
        *_columns(sa.BigInteger, "at"),
        *_columns(sa.Text, "text"),
        sa.PrimaryKeyConstraint("note_id", name="pk_trade_notes"),
    )
    op.create_index("ix_trade_notes_trade_id", "trade_notes", ["trade_id"])
    op.create_index("ix_trade_notes_owner", "trade_notes", ["owner"])


def _columns(kind: Any, names: str) -> list[sa.Column[Any]]:
    """One column per name; a name that ends in `?` may be NULL."""
    return [
        sa.Column(name.rstrip("?"), kind, nullable=name.endswith("?"), autoincrement=False) for name in names.split()
    ]
