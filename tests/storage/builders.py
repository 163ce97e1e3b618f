"""Values for the tests of storage; everything has a default."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from signals.clock import from_ms
from signals.model import (
    Action,
    Backtest,
    Candles,
    Issued,
    Plan,
    PlanRules,
    Series,
    Signal,
    SignalState,
    Strength,
    Timeframe,
    Trade,
    Transition,
    Vote,
)
from storage.values import Document, DocumentFilter, LoggedRecommendation, SeriesState

NOW = datetime(2022, 11, 8, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOUR_MS = 3_600_000
START_MS = 1_667_865_600_000  # 2022-11-08T00:00:00Z
ETH = Series("replay", "ETH/USDT", Timeframe.H1)
BTC = Series("replay", "BTC/USDT", Timeframe.H1)


def candles(series: Series = ETH, bars: int = 5, *, start_ms: int = START_MS, price: float = 100.0) -> Candles:
    """Bars whose close rises by one a bar."""
    close = price + np.arange(bars, dtype=np.float64)
    open_ms = start_ms + series.timeframe.ms * np.arange(bars, dtype=np.int64)
    return Candles(series, open_ms, close - 0.5, close + 1, close - 1, close, np.full(bars, 10.5))


def same(left: Candles, right: Candles) -> bool:
    """Equality of two series of bars, bit by bit."""
    names = ("open_ms", "open", "high", "low", "close", "volume")
    return left.series == right.series and all(
        np.array_equal(getattr(left, name), getattr(right, name)) for name in names
    )


def plan(**changes: Any) -> Plan:
    """A long plan."""
    fields: dict[str, Any] = {
        "direction": 1,
        "entries": (100.0, 99.5),
        "stop": 96.0,
        "targets": (104.0, 106.1),
        "invalidation": 95.5,
        "reward_risk": 1.4142135623730951,
        "expires_at": NOW + 24 * HOUR,
        "atr": 2.0,
        "rules": PlanRules(style="confidence", horizon_bars=12),
    }
    return Plan(**(fields | changes))


def issued(bar_open_at: datetime | None = NOW - HOUR, *, series: Series = ETH, **changes: Any) -> Issued:
    """A BUY with a plan, known at the close of its bar; `plan` and `confidence` are those of the issue."""
    fields: dict[str, Any] = {
        "bar_open_at": bar_open_at,
        "known_at": (bar_open_at or NOW) + series.timeframe.duration,
        "action": Action.BUY,
        "reason": "Three voters agree — “buy”.",
        "price": 100.1,
        "atr": 0.1 + 0.2,
        "long": 0.7,
        "short": 0.1,
        "conviction": 0.7,
        "strength": Strength.MEDIUM,
        "votes": (Vote("momentum", 0.9, 0.4, "rising"), Vote("breakout", None, 0.2, "no squeeze")),
        "setup": "pullback",
        "change": "A close below 96.",
        "size_factor": 0.5,
        "warnings": ("thin volume",),
        "last_good_at": NOW - 2 * HOUR,
    }
    the_plan = changes.pop("plan", plan())
    issued_at = changes.pop("issued_at", NOW + timedelta(seconds=3))
    confidence = changes.pop("confidence", 0.61)
    return Issued(Signal(series, **(fields | changes)), the_plan, issued_at, confidence)


def transition(of: Issued, state: SignalState = SignalState.ENTERED, at: datetime = NOW, **changes: Any) -> Transition:
    """A step in the life of a signal; final ones have a result."""
    fields: dict[str, Any] = {"price": 100.0, "realised_r": -1.05 if state.is_final else None}
    return Transition(of.signal_id, state, at, **(fields | changes))


def trade(trade_id: str = "t1", owner: str = "terminal:local", **changes: Any) -> Trade:
    """A trade that was closed at a loss, with a note."""
    fields: dict[str, Any] = {
        "symbol": "ETH/USDT",
        "timeframe": Timeframe.H1,
        "side": "LONG",
        "quantity": Decimal("0.50000000"),
        "entry": Decimal("1333.33"),
        "opened_at": NOW - 5 * HOUR,
        "size_usd": Decimal("666.665"),
        "exit": Decimal("1300.10"),
        "closed_at": NOW - HOUR,
        "pnl_usd": Decimal("-17.28"),
        "return_pct": -2.592,
        "fees_usd": Decimal("0.66"),
        "exit_reason": "stop_loss",
        "note": "Chased the move, again.",
        "signal_id": "replay:ETH/USDT:1h:2022-11-08T06:00:00Z",
    }
    return Trade(trade_id, owner, **(fields | changes))


def backtest(backtest_id: str = "b1", **changes: Any) -> Backtest:
    """A finished run with parameters."""
    fields: dict[str, Any] = {
        "exchange": "replay",
        "symbol": "ETH/USDT",
        "timeframe": Timeframe.H1,
        "strategy": "ensemble",
        "started_at": NOW - 1000 * HOUR,
        "ended_at": NOW - HOUR,
        "finished_at": NOW,
        "trades": 42,
        "return_pct": 3.25,
        "sharpe": None,
        "win_rate_pct": 47.6,
        "target_first": 20,
        "resolved": 42,
        "parameters": (("sl_atr", 2.0), ("tp_atr", 3.0)),
    }
    return Backtest(backtest_id, **(fields | changes))


def recommendation(
    recommendation_id: str = "r1", owner: str = "terminal:local", **changes: Any
) -> LoggedRecommendation:
    """A recommendation by rules."""
    fields: dict[str, Any] = {
        "question": "should I buy ETH with $2k?",
        "created_at": NOW,
        "as_of": NOW,
        "symbol": "ETH/USDT",
        "action": "BUY",
        "method": "rules",
        "model": None,
        "model_digest": None,
        "prompt_ref": None,
        "payload": {"price": 1333.33, "entry_points": [1.0, 2.5], "note": None, "deep": {"ünicode": True}},
        "facts": [{"key": "price", "value": 1333.33}],
        "sources": [],
        "twin": {"action": "HOLD"},
        "raw_output": '{"stance": "confirm"}',
    }
    return LoggedRecommendation(recommendation_id, owner, **(fields | changes))


def document(pk: str = "1", text: str = "ETH rose.", **changes: Any) -> Document:
    """A shared signal document."""
    fields: dict[str, Any] = {"type": "signal", "at": NOW - HOUR, "known_at": NOW - HOUR, "symbol": "ETH/USDT"}
    fields |= changes
    return Document(f"{fields['type']}:{pk}", fields.pop("type"), text, **fields)


def looking(*scopes: str, **changes: Any) -> DocumentFilter:
    """A filter over the shared scope at NOW unless told otherwise."""
    return DocumentFilter(scopes or ("shared",), changes.pop("as_of", NOW), **changes)


def series_state(**changes: Any) -> SeriesState:
    """A sync that went well."""
    fields: dict[str, Any] = {"status": "ok", "note": "", "checked_at": NOW, "newest_at": from_ms(START_MS)}
    return SeriesState("replay", "ETH/USDT", "1h", **(fields | changes))
