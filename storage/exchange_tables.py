"""Tables of what was read from a person's own account on an exchange; the paper ledger knows nothing of it."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from storage.columns import Money, UtcTime
from storage.tables import metadata

exchange_accounts = Table(
    "exchange_accounts",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("exchange", Text, primary_key=True),
    Column("tried_at", UtcTime, nullable=False),
    Column("taken_at", UtcTime),  # of the balances; none before the first success
    Column("fault", Text, nullable=False),  # of the last try; empty: it went well
)

exchange_balances = Table(
    "exchange_balances",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("exchange", Text, primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("total", Money, nullable=False),
    Column("taken_at", UtcTime, nullable=False),
)

exchange_fills = Table(
    "exchange_fills",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("exchange", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),  # Binance counts the trades of each market by themselves
    Column("fill_id", Text, primary_key=True),
    Column("side", Text, nullable=False),  # buy or sell
    Column("amount", Money, nullable=False),
    Column("price", Money, nullable=False),
    Column("fee", Money, nullable=False),
    Column("fee_asset", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("ix_exchange_fills_owner_at", "owner", "at"),
)
