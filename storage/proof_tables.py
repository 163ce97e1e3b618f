"""Tables of what proves signals: tunings, cases seeded from backtests, fitted calibrations."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, Index, Integer, Table, Text

from storage.columns import Real, TimeframeText, UtcTime
from storage.tables import metadata

tunings = Table(
    "tunings",
    metadata,
    Column("tuning_id", Text, primary_key=True),
    Column("exchange", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("timeframe", TimeframeText, nullable=False),
    Column("data_from", UtcTime, nullable=False),
    Column("data_to", UtcTime, nullable=False),
    Column("test_from", UtcTime, nullable=False),
    Column("finished_at", UtcTime, nullable=False),
    Column("rules", sa.JSON, nullable=False),
    Column("in_sample", sa.JSON, nullable=False),
    Column("out_of_sample", sa.JSON, nullable=False),
    Column("active", sa.JSON, nullable=False),
    Column("buy_hold_pct", Real, nullable=False),
    Column("old", sa.JSON, nullable=False),
    Column("new", sa.JSON, nullable=False),
    Column("won", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("first_trials", sa.JSON, nullable=False),
    Index(None, "timeframe", "finished_at"),
)

seeded_cases = Table(
    "seeded_cases",
    metadata,
    Column("exchange", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("timeframe", TimeframeText, primary_key=True),
    Column("known_at", UtcTime, primary_key=True),
    Column("resolved_at", UtcTime, nullable=False),
    Column("direction", Integer, nullable=False),
    Column("strength", Text, nullable=False),
    Column("conviction", Real, nullable=False),
    Column("volatility", Real, nullable=False),
    Column("reached", Boolean, nullable=False),
    Column("realised_r", Real),
    Index(None, "timeframe", "resolved_at"),
)

calibrations = Table(
    "calibrations",
    metadata,
    Column("timeframe", TimeframeText, primary_key=True),
    Column("fitted_at", UtcTime, primary_key=True),
    Column("fitted", sa.JSON, nullable=False),
)
