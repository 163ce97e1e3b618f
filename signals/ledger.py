"""Trades, backtests, and the money that positions are sized from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from signals.candles import Timeframe


@dataclass(frozen=True, slots=True)
class Trade:
    """A person's (paper) trade. `closed_at`, `exit`, `pnl_usd`, `exit_reason` are None while it is open.

    `exit_reason` is one of stop_loss, take_profit, timeout, manual, signal. `quantity` is the original one, `exit` the
    mean of all exits, `pnl_usd` net of all fees. `note` holds all notes, one per line; `noted_at` is when the last of
    them was written (None: with the close).
    """

    trade_id: str
    owner: str
    symbol: str
    timeframe: Timeframe
    side: Literal["LONG", "SHORT"]
    quantity: Decimal
    entry: Decimal
    opened_at: datetime
    size_usd: Decimal
    exit: Decimal | None = None
    closed_at: datetime | None = None
    pnl_usd: Decimal | None = None
    return_pct: float | None = None
    fees_usd: Decimal = Decimal(0)
    exit_reason: str | None = None
    strategy: str = "ensemble"
    note: str = ""
    signal_id: str | None = None
    noted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Backtest:
    """A finished backtest run and its figures; percentages are of the starting capital, costs included.

    `target_first` of `resolved` signals reached the first target before the stop. Sharpe, Sortino and volatility are
    annualised. `mean_trade_low_pct` and `mean_trade_high_pct` bound the mean trade (95 %, bootstrap);
    `random_share_pct` of runs with random entries did as well or better; `ladder_return_pct` is the return with a third
    closed at each target instead of all at the final one.
    """

    backtest_id: str
    exchange: str
    symbol: str
    timeframe: Timeframe
    strategy: str
    started_at: datetime
    ended_at: datetime
    finished_at: datetime
    trades: int
    return_pct: float
    buy_hold_pct: float | None = None
    sharpe: float | None = None
    max_drawdown_pct: float | None = None
    win_rate_pct: float | None = None
    profit_factor: float | None = None
    expectancy_r: float | None = None
    exposure_pct: float | None = None
    fees_pct: float | None = None
    target_first: int = 0
    resolved: int = 0
    parameters: tuple[tuple[str, float], ...] = ()
    cagr_pct: float | None = None
    sortino: float | None = None
    volatility_pct: float | None = None
    mean_trade_pct: float | None = None
    mean_trade_low_pct: float | None = None
    mean_trade_high_pct: float | None = None
    random_share_pct: float | None = None
    ladder_return_pct: float | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A person's money. `holdings_known` False: positions were not told, not that there are none.

    `position_exposure` is the gross value already held in the market that is sized, `bucket_exposure` in its bucket.
    """

    equity: Decimal
    cash: Decimal
    budget: Decimal | None = None
    open_risk: Decimal = Decimal(0)
    bucket_exposure: Decimal = Decimal(0)
    loss_today: Decimal = Decimal(0)
    allow_short: bool = True
    holdings_known: bool = True
    position_exposure: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class SizeRules:
    """Bounds on a position, as fractions of equity."""

    risk_pct: Decimal = Decimal("0.02")
    max_position_pct: Decimal = Decimal("0.25")
    bucket_pct: Decimal = Decimal("0.50")
    max_open_risk_pct: Decimal = Decimal("0.06")
    daily_loss_pct: Decimal = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Cap:
    """One bound on the quantity, by name, so that a person can recompute which one was the smallest."""

    name: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Size:
    """A position: `quantity` in base units, the rest in quote units; `bound_by` names the cap that was smallest.

    A zero size says why in `note`.
    """

    quantity: Decimal
    notional: Decimal
    risk: Decimal
    bound_by: str
    caps: tuple[Cap, ...]
    note: str = ""
