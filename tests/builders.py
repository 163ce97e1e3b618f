"""Values for tests: everything has a default, name only what the test is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from signals.clock import to_ms
from signals.model import (
    Account,
    Action,
    Backtest,
    Candles,
    Issued,
    Plan,
    PlanRules,
    Series,
    Signal,
    Strength,
    Timeframe,
    Trade,
    Vote,
)

NOW = datetime(2022, 11, 8, 12, tzinfo=UTC)
ETH_1H = Series("replay", "ETH/USDT", Timeframe.H1)


def candles_from(close: Any, *, series: Series = ETH_1H, spread: float = 0.004, end: datetime = NOW) -> Candles:
    """Closed bars with these closes, the newest closing at `end`; each bar opens at the former close."""
    prices = np.asarray(close, dtype=np.float64)
    opens = np.concatenate([prices[:1], prices[:-1]])
    step = series.timeframe.ms
    open_ms = to_ms(end) - step * np.arange(len(prices), 0, -1, dtype=np.int64)
    high, low = np.maximum(opens, prices) * (1 + spread), np.minimum(opens, prices) * (1 - spread)
    return Candles(series, open_ms, opens, high, low, prices, np.full(len(prices), 1000.0))


def random_walk(
    bars: int = 600, *, seed: int = 1, start: float = 1500.0, volatility: float = 0.012, **kw: Any
) -> Candles:
    """A seeded random walk with changing volume."""
    rng = np.random.default_rng(seed)
    steps = rng.standard_t(4, bars) * volatility
    made = candles_from(start * np.exp(np.cumsum(steps - steps.mean())), **kw)
    return replace(made, volume=1000.0 * np.exp(rng.normal(0, 0.6, bars)))


def a_signal(**changes: Any) -> Signal:
    """A BUY of ETH on 1h, known at `NOW`."""
    built = Signal(
        series=ETH_1H,
        bar_open_at=NOW - timedelta(hours=1),
        known_at=NOW,
        action=Action.BUY,
        reason="the votes add up to long 0.72 against short 0.04",
        price=1500.0,
        atr=20.0,
        long=0.72,
        short=0.04,
        conviction=0.72,
        strength=Strength.MEDIUM,
        votes=(Vote("technical", 0.8, 0.3, "RSI 55.0"), Vote("volatility breakout", None, 0.2, "no breakout")),
        setup="trend",
        last_good_at=NOW,
    )
    return replace(built, **changes)


def a_plan(**changes: Any) -> Plan:
    """The plan of `a_signal` by the default rules on a tick of 0.01."""
    built = Plan(
        direction=1,
        entries=(1500.0, 1490.0),
        stop=1460.0,
        targets=(1540.0, 1550.0, 1560.0),
        invalidation=1460.0,
        reward_risk=1.2,
        expires_at=NOW + timedelta(hours=24),
        atr=20.0,
        rules=PlanRules(),
    )
    return replace(built, **changes)


def an_issued(**changes: Any) -> Issued:
    """`a_signal` with `a_plan`, issued at once; `changes` are the signal's."""
    signal = a_signal(**changes)
    return Issued(signal, a_plan() if signal.direction else None, signal.known_at)


def a_trade(**changes: Any) -> Trade:
    """A closed, winning ETH trade of `u1`."""
    built = Trade(
        trade_id="t-1",
        owner="u1",
        symbol="ETH/USDT",
        timeframe=Timeframe.H1,
        side="LONG",
        quantity=Decimal("0.5"),
        entry=Decimal(1500),
        opened_at=NOW - timedelta(days=2),
        size_usd=Decimal(750),
        exit=Decimal(1560),
        closed_at=NOW - timedelta(days=1),
        pnl_usd=Decimal("28.47"),
        return_pct=3.8,
        fees_usd=Decimal("1.53"),
        exit_reason="take_profit",
    )
    return replace(built, **changes)


def a_backtest(**changes: Any) -> Backtest:
    """A losing backtest of the ensemble on ETH 1h."""
    built = Backtest(
        backtest_id="b-1",
        exchange="replay",
        symbol="ETH/USDT",
        timeframe=Timeframe.H1,
        strategy="ensemble",
        started_at=NOW - timedelta(days=200),
        ended_at=NOW - timedelta(days=1),
        finished_at=NOW - timedelta(hours=12),
        trades=40,
        return_pct=-12.5,
        buy_hold_pct=-30.0,
        sharpe=-0.4,
        max_drawdown_pct=20.0,
        win_rate_pct=45.0,
        target_first=20,
        resolved=40,
    )
    return replace(built, **changes)


def an_account(**changes: Any) -> Account:
    """10,000 USDT, nothing open."""
    return replace(Account(equity=Decimal(10_000), cash=Decimal(10_000)), **changes)
