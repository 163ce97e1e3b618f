"""Every table. Times are epoch milliseconds; columns carry the names of the values' fields."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, MetaData, Table, Text

from storage.columns import Money, Real, TimeframeText, UtcTime
from storage.dialect import CLUSTERED

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _json(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, sa.JSON(none_as_null=True), nullable=nullable)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _time(name: str) -> Column[object]:
    return Column(name, UtcTime, nullable=False)


def _bar_key() -> tuple[Column[str], Column[str], Column[object], Column[int]]:
    return (
        Column("exchange", Text, primary_key=True),
        Column("symbol", Text, primary_key=True),
        Column("timeframe", TimeframeText, primary_key=True),
        Column("open_ms", BigInteger, primary_key=True, autoincrement=False),
    )


def _prices() -> list[Column[float]]:
    return [Column(name, Double, nullable=False) for name in ("open", "high", "low", "close", "volume")]


candles = Table("candles", metadata, *_bar_key(), *_prices(), **CLUSTERED)

candle_revisions = Table(  # what a bar said before the exchange changed it, oldest first
    "candle_revisions",
    metadata,
    *_bar_key(),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    *_prices(),
    **CLUSTERED,
)

indicator_values = Table(
    "indicator_values",
    metadata,
    *_bar_key(),
    Column("name", Text, primary_key=True),
    Column("value", Double, nullable=False),
    **CLUSTERED,
)

issued_signals = Table(
    "signals",
    metadata,
    Column("signal_id", Text, primary_key=True),
    _text("exchange"),
    _text("symbol"),
    Column("timeframe", TimeframeText, nullable=False),
    Column("bar_open_at", UtcTime),
    _time("known_at"),
    _time("issued_at"),
    _text("action"),
    _text("reason"),
    Column("price", Real),
    Column("atr", Real),
    Column("long", Real, nullable=False),
    Column("short", Real, nullable=False),
    Column("conviction", Real, nullable=False),
    Column("strength", Text),
    _json("votes"),
    _text("setup"),
    _text("change"),
    _text("strategy"),
    Column("size_factor", Real, nullable=False),
    _json("warnings"),
    Column("last_good_at", UtcTime),
    Column("confidence", Real),
    _json("plan", nullable=True),
    Index(None, "symbol", "timeframe", "known_at"),
    Index(None, "known_at"),
)

signal_transitions = Table(
    "signal_transitions",
    metadata,
    Column("signal_id", Text, ForeignKey("signals.signal_id"), primary_key=True),
    Column("state", Text, primary_key=True),
    _time("at"),
    Column("price", Real, nullable=False),
    Column("realised_r", Real),
    Column("final_of", Text, unique=True),  # the signal's id on its final transition: at most one per signal
)

trades = Table(
    "trades",
    metadata,
    Column("trade_id", Text, primary_key=True),
    _text("owner"),
    _text("symbol"),
    Column("timeframe", TimeframeText, nullable=False),
    _text("side"),
    Column("quantity", Money, nullable=False),
    Column("entry", Money, nullable=False),
    _time("opened_at"),
    Column("size_usd", Money, nullable=False),
    Column("exit", Money),
    Column("closed_at", UtcTime),
    Column("pnl_usd", Money),
    Column("return_pct", Real),
    Column("fees_usd", Money, nullable=False),
    Column("exit_reason", Text),
    _text("strategy"),
    _text("note"),
    Column("signal_id", Text),
    Column("noted_at", UtcTime),
    Index(None, "owner", "opened_at"),
)

backtests = Table(
    "backtests",
    metadata,
    Column("backtest_id", Text, primary_key=True),
    _text("exchange"),
    _text("symbol"),
    Column("timeframe", TimeframeText, nullable=False),
    _text("strategy"),
    _time("started_at"),
    _time("ended_at"),
    _time("finished_at"),
    Column("trades", Integer, nullable=False),
    Column("return_pct", Real, nullable=False),
    Column("buy_hold_pct", Real),
    Column("sharpe", Real),
    Column("max_drawdown_pct", Real),
    Column("win_rate_pct", Real),
    Column("profit_factor", Real),
    Column("expectancy_r", Real),
    Column("exposure_pct", Real),
    Column("fees_pct", Real),
    Column("target_first", Integer, nullable=False),
    Column("resolved", Integer, nullable=False),
    _json("parameters"),
    Column("cagr_pct", Real),
    Column("sortino", Real),
    Column("volatility_pct", Real),
    Column("mean_trade_pct", Real),
    Column("mean_trade_low_pct", Real),
    Column("mean_trade_high_pct", Real),
    Column("random_share_pct", Real),
    Column("ladder_return_pct", Real),
    Index(None, "symbol", "timeframe", "finished_at"),
)

strategy_parameters = Table(
    "strategy_parameters",
    metadata,
    Column("parameter_id", Text, primary_key=True),
    _text("symbol"),
    Column("timeframe", TimeframeText, nullable=False),
    _json("rules"),
    _time("active_from"),
    _text("reason"),
    Index(None, "symbol", "timeframe", "active_from"),
)

model_versions = Table(
    "model_versions",
    metadata,
    Column("version", Text, primary_key=True),
    Column("timeframe", TimeframeText, nullable=False),
    _text("state"),
    _time("created_at"),
    _time("trained_until"),
    Column("accepted", sa.Boolean, nullable=False),
    _text("sha256"),
    _json("manifest"),
    _text("reason"),
    Column("active_from", UtcTime),
    Column("retired_at", UtcTime),
    Column("health", Text),
    Column("checked_at", UtcTime),
    Index(None, "timeframe", "created_at"),
)

recommendations = Table(
    "recommendations",
    metadata,
    Column("recommendation_id", Text, primary_key=True),
    _text("owner"),
    _text("question"),
    _time("created_at"),
    _time("as_of"),
    Column("symbol", Text),
    _text("action"),
    _text("method"),
    Column("model", Text),
    Column("model_digest", Text),
    Column("prompt_ref", Text),
    _json("payload"),
    _json("facts"),
    _json("sources"),
    _json("twin"),
    Column("raw_output", Text),
    Index(None, "owner", "created_at"),
)

documents = Table(
    "documents",
    metadata,
    Column("seq", Integer, primary_key=True),  # the full-text index refers to it
    Column("doc_id", Text, nullable=False, unique=True),
    _text("type"),
    _text("text"),
    _time("at"),
    _time("known_at"),
    _text("scope"),
    Column("symbol", Text),
    Column("timeframe", Text),
    Column("side", Text),
    Column("strategy", Text),
    Column("setup", Text),
    Column("exit_reason", Text),
    Column("outcome", Text),
    Column("parent", Text),
    _text("trust"),
    _text("template"),
    _text("content_hash"),
    _text("words"),  # of the text, folded: what the full-text index holds
    Index(  # holds all that a filter looks at, so that the ids within one are found without reading a document
        "ix_documents_filters",
        *("scope", "type", "symbol", "at", "known_at", "timeframe", "side", "strategy", "setup", "exit_reason"),
        *("outcome", "doc_id"),
    ),
    Index(None, "scope", "at"),
)

ingest_marks = Table(
    "ingest_marks",
    metadata,
    Column("type", Text, primary_key=True),
    Column("pk", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
)

job_runs = Table(
    "job_runs",
    metadata,
    Column("job", Text, primary_key=True),
    Column("slot", UtcTime, primary_key=True),
    _text("state"),
    _text("holder"),
    Column("fence", Integer, nullable=False),
    _time("lease_until"),
    Column("lease_s", Real, nullable=False),
    _time("started_at"),
    Column("finished_at", UtcTime),
    _text("detail"),
    Index(None, "started_at"),
)

series_states = Table(
    "series_states",
    metadata,
    Column("exchange", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("timeframe", Text, primary_key=True),
    _text("status"),
    _text("note"),
    _time("checked_at"),
    Column("newest_at", UtcTime),
)

market_rules = Table(
    "market_rules",
    metadata,
    Column("exchange", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("tick", Money, nullable=False),
    Column("lot_step", Money, nullable=False),
    Column("min_notional", Money, nullable=False),
)
