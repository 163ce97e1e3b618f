"""Tables of paper accounts: their settings, the ledger, and the plans, fills and notes of trades."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text

from storage.columns import Money, UtcTime
from storage.tables import metadata


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


paper_accounts = Table(  # what a person chose; NULL: as the desk is set
    "paper_accounts",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("risk_pct", Money),
    Column("style", Text),
    Column("allow_short", Boolean),
)

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("entry_id", Text, primary_key=True),
    _text("owner"),
    Column("at", UtcTime, nullable=False),
    _text("kind"),
    Column("trade_id", Text),
    _text("note"),
    Index(None, "owner", "at"),
)

ledger_postings = Table(
    "ledger_postings",
    metadata,
    Column("entry_id", Text, ForeignKey("ledger_entries.entry_id"), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    _text("account"),
    _text("unit"),
    Column("amount", Money, nullable=False),
)

trade_plans = Table(
    "trade_plans",
    metadata,
    Column("trade_id", Text, primary_key=True),
    _text("owner"),
    Column("number", Integer, nullable=False),
    _text("exchange"),
    Column("stop", Money),
    Column("targets", sa.JSON, nullable=False),  # decimals as text, nearest first
    Column("expires_at", UtcTime),
    Column("break_even", Boolean, nullable=False),
    Column("fee_rate", Money, nullable=False),
    Column("followed_at", UtcTime),
    sa.UniqueConstraint("owner", "number"),
)

trade_fills = Table(
    "trade_fills",
    metadata,
    Column("trade_id", Text, primary_key=True),
    Column("level", Text, primary_key=True),
    Column("seq", Integer, nullable=False),  # the order within the trade, from 0
    _text("owner"),
    Column("at", UtcTime, nullable=False),
    Column("quantity", Money, nullable=False),
    Column("price", Money, nullable=False),
    Column("fee", Money, nullable=False),
    Column("cost", Money, nullable=False),
    Column("pnl", Money, nullable=False),
    Index(None, "owner", "at"),
)

trade_notes = Table(
    "trade_notes",
    metadata,
    Column("note_id", Text, primary_key=True),
    _text("trade_id"),
    Column("seq", Integer, nullable=False),  # the order within the trade, from 0
    _text("owner"),
    Column("at", UtcTime, nullable=False),
    _text("text"),
    Index(None, "trade_id"),
    Index(None, "owner"),
)
