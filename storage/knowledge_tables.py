"""Tables of what is known beside people's and signals' records: market days, headlines, months of old signals."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, Index, Integer, Table, Text

from storage.columns import Real, TimeframeText, UtcTime
from storage.tables import metadata

market_days = Table(
    "market_days",
    metadata,
    Column("symbol", Text, primary_key=True),
    Column("day", UtcTime, primary_key=True),
    Column("exchange", Text, nullable=False),
    Column("timeframe", TimeframeText, nullable=False),
    Column("open", Real, nullable=False),
    Column("high", Real, nullable=False),
    Column("low", Real, nullable=False),
    Column("close", Real, nullable=False),
    Column("volume", Real, nullable=False),
    Column("rsi", Real),
    Column("atr_pct", Real),
    Column("trend_pct", Real),
    Column("buys", Integer, nullable=False),
    Column("sells", Integer, nullable=False),
    Index(None, "day"),
)

news_items = Table(
    "news_items",
    metadata,
    Column("news_id", Text, primary_key=True),
    Column("link", Text, nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("published_at", UtcTime, nullable=False),
    Column("fetched_at", UtcTime, nullable=False),
    Column("sentiment", Real),
    Column("confidence", Real),
    Column("dated", sa.Boolean, nullable=False, server_default=sa.true()),
    Column("symbols", sa.JSON, nullable=False),
    Index(None, "published_at"),
)

news_feeds = Table(
    "news_feeds",
    metadata,
    Column("url", Text, primary_key=True),
    Column("etag", Text, nullable=False),
    Column("modified", Text, nullable=False),
    Column("tried_at", UtcTime, nullable=False),
    Column("read_at", UtcTime),
    Column("quiet_until", UtcTime),
    Column("fault", Text, nullable=False),
)

signal_months = Table(
    "signal_months",
    metadata,
    Column("month_id", Text, primary_key=True),
    Column("exchange", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("timeframe", TimeframeText, nullable=False),
    Column("month", UtcTime, nullable=False),
    Column("known_at", UtcTime, nullable=False),
    Column("signals", Integer, nullable=False),
    Column("buys", Integer, nullable=False),
    Column("sells", Integer, nullable=False),
    Column("targets", Integer, nullable=False),
    Column("stopped", Integer, nullable=False),
    Column("expired", Integer, nullable=False),
    Column("invalidated", Integer, nullable=False),
    Column("mean_r", Real),
    Column("setups", sa.JSON, nullable=False),
)
