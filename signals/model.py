"""The domain's values. Prices are floats while computed on; money that is kept, sized or shown is `Decimal`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from signals.clock import from_ms, iso

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Direction = Literal[-1, 0, 1]


class Timeframe(StrEnum):
    """Bar lengths that Deskmate watches; the value is the exchange's code."""

    M15 = "15m"
    H1 = "1h"
    H4 = "4h"
    D1 = "1d"

    @property
    def ms(self) -> int:
        """Length of a bar in milliseconds."""
        return {"15m": 900_000, "1h": 3_600_000, "4h": 14_400_000, "1d": 86_400_000}[self.value]

    @property
    def duration(self) -> timedelta:
        """Length of a bar."""
        return timedelta(milliseconds=self.ms)

    @property
    def bars_per_year(self) -> float:
        """Bars in 365 days of a market that never closes."""
        return 365 * 86_400_000 / self.ms

    def open_ms_of(self, ms: int) -> int:
        """Open time of the bar that contains `ms`."""
        return ms - ms % self.ms


@dataclass(frozen=True, slots=True, order=True)
class Market:
    """What is watched: a pair such as `ETH/USDT` on a timeframe, wherever its candles come from."""

    symbol: str
    timeframe: Timeframe

    def __str__(self) -> str:
        return f"{self.symbol} {self.timeframe}"


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """One exchange's candles of one market; series of two exchanges are never mixed."""

    exchange: str
    symbol: str
    timeframe: Timeframe

    @property
    def market(self) -> Market:
        """The market without its exchange."""
        return Market(self.symbol, self.timeframe)

    def __str__(self) -> str:
        return f"{self.exchange}:{self.symbol}:{self.timeframe}"


@dataclass(frozen=True, slots=True)
class Candles:
    """Closed bars of one series: arrays of one length, `open_ms` (epoch ms) strictly ascending.

    `volume` is in base units. Gaps may be present; `signals.market.checks` finds them.
    """

    series: Series
    open_ms: IntArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray

    def __len__(self) -> int:
        return len(self.open_ms)

    def opened_at(self, i: int = -1) -> datetime:
        """Open time of bar `i`, by which a bar is named."""
        return from_ms(int(self.open_ms[i]))

    def closed_at(self, i: int = -1) -> datetime:
        """The moment from which bar `i` is known."""
        return from_ms(int(self.open_ms[i]) + self.series.timeframe.ms)

    def part(self, start: int | None, stop: int | None = None) -> Candles:
        """Bars `start:stop`, as views."""
        cut = slice(start, stop)
        columns = (self.open_ms, self.open, self.high, self.low, self.close, self.volume)
        return Candles(self.series, *(c[cut] for c in columns))  # type: ignore[arg-type]


class Action(StrEnum):
    """What is recommended; the last three are statements about the data, never advice."""

    STRONG_BUY = "STRONG_BUY"
    BUY = "BUY"
    HOLD = "HOLD"
    SELL = "SELL"
    STRONG_SELL = "STRONG_SELL"
    NO_SIGNAL = "NO_SIGNAL"
    NO_DATA = "NO_DATA"
    STALE = "STALE"

    @property
    def direction(self) -> Direction:
        """+1 to buy, -1 to sell, 0 otherwise."""
        if self in (Action.BUY, Action.STRONG_BUY):
            return 1
        return -1 if self in (Action.SELL, Action.STRONG_SELL) else 0

    @property
    def is_advice(self) -> bool:
        """False for NO_SIGNAL, NO_DATA and STALE."""
        return self not in (Action.NO_SIGNAL, Action.NO_DATA, Action.STALE)


class Strength(StrEnum):
    """Band of the conviction."""

    WEAK = "weak"
    MEDIUM = "medium"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Vote:
    """One voter's view of one bar; `score` in [-1, 1], None when it abstains."""

    voter: str
    score: float | None
    weight: float
    reason: str


@dataclass(frozen=True, slots=True)
class Signal:
    """What the ensemble says at one bar. `known_at` is the close of that bar; numbers are None without data.

    `reason` says why this action, `change` what would change it; `size_factor` below 1 asks for a smaller size.
    """

    series: Series
    bar_open_at: datetime | None
    known_at: datetime
    action: Action
    reason: str
    price: float | None = None
    atr: float | None = None
    long: float = 0.0
    short: float = 0.0
    conviction: float = 0.0
    strength: Strength | None = None
    votes: tuple[Vote, ...] = ()
    setup: str = ""
    change: str = ""
    strategy: str = "ensemble"
    size_factor: float = 1.0
    warnings: tuple[str, ...] = ()
    last_good_at: datetime | None = None

    @property
    def direction(self) -> Direction:
        """+1 long, -1 short, 0 neither."""
        return self.action.direction

    @property
    def signal_id(self) -> str:
        """The natural key, e.g. `binance:ETH/USDT:1h:2022-11-08T11:00:00Z`."""
        return f"{self.series}:{iso(self.bar_open_at or self.known_at)}"


@dataclass(frozen=True, slots=True)
class PlanRules:
    """The active row of `strategy_parameters`, and the costs and bounds that every plan obeys."""

    sl_atr: float = 2.0
    tp_atr: float = 3.0
    atr_period: int = 14
    trend_sma: int = 50
    fee_rate: float = 0.001
    slippage_rate: float = 0.0002
    min_reward_risk: float = 1.2
    horizon_bars: int = 24
    style: Literal["atr", "confidence"] = "atr"


@dataclass(frozen=True, slots=True)
class Plan:
    """Entries (close first, then the better limit), stop, targets nearest first; prices rounded to the tick.

    `reward_risk` is computed from `entries[0]`, `stop` and the final target after fees, slippage and rounding.
    """

    direction: Direction
    entries: tuple[float, ...]
    stop: float
    targets: tuple[float, ...]
    invalidation: float
    reward_risk: float
    expires_at: datetime
    atr: float
    rules: PlanRules = field(default_factory=PlanRules)


@dataclass(frozen=True, slots=True)
class MarketRules:
    """An exchange's price tick, lot step and smallest order value (quote units) for one symbol."""

    tick: Decimal
    lot_step: Decimal
    min_notional: Decimal


@dataclass(frozen=True, slots=True)
class Issued:
    """A signal that was emitted, with its plan (None when the action is not a trade). Never changed afterwards.

    `confidence` is the calibrated probability shown at the time, None while uncalibrated.
    """

    signal: Signal
    plan: Plan | None
    issued_at: datetime
    confidence: float | None = None

    @property
    def signal_id(self) -> str:
        """The signal's natural key."""
        return self.signal.signal_id


class SignalState(StrEnum):
    """Where an issued signal stands in its life; the last four are final."""

    ISSUED = "issued"
    ENTERED = "entered"
    TARGET_1 = "target 1"
    TARGET_2 = "target 2"
    TARGET = "target"
    STOPPED = "stopped"
    EXPIRED = "expired"
    INVALIDATED = "invalidated"

    @property
    def is_final(self) -> bool:
        """True for target, stopped, expired and invalidated."""
        finals = (SignalState.TARGET, SignalState.STOPPED, SignalState.EXPIRED, SignalState.INVALIDATED)
        return self in finals


@dataclass(frozen=True, slots=True)
class Transition:
    """A step in a signal's life found from candles; `realised_r` is set on the final one, after costs."""

    signal_id: str
    state: SignalState
    at: datetime
    price: float
    realised_r: float | None = None


@dataclass(frozen=True, slots=True)
class Trade:
    """A person's (paper) trade. `closed_at`, `exit`, `pnl_usd`, `exit_reason` are None while it is open.

    `exit_reason` is one of stop_loss, take_profit, timeout, manual, signal.
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


@dataclass(frozen=True, slots=True)
class Backtest:
    """A finished backtest run and its figures; percentages are of the starting capital, costs included.

    `target_first` of `resolved` signals reached the first target before the stop.
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


@dataclass(frozen=True, slots=True)
class Account:
    """A person's money. `holdings_known` False: positions were not told, not that there are none."""

    equity: Decimal
    cash: Decimal
    budget: Decimal | None = None
    open_risk: Decimal = Decimal(0)
    bucket_exposure: Decimal = Decimal(0)
    loss_today: Decimal = Decimal(0)
    allow_short: bool = True
    holdings_known: bool = True


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


@dataclass(frozen=True, slots=True)
class Confidence:
    """How often signals like this one reached the first target before the stop; see `signals.calibration`.

    `value` is None when nothing was ever resolved; `calibrated` is False below 30 resolved cases.
    """

    value: float | None
    n: int
    calibrated: bool
    basis: str
