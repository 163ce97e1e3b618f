"""The domain's values. Prices are floats while computed on; money that is kept, sized or shown is `Decimal`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from signals.candles import Candles, FloatArray, IntArray, Market, MarketRules, Series, Timeframe
from signals.clock import iso
from signals.ledger import Account, Backtest, Cap, Size, SizeRules, Trade

__all__ = [
    "Account",
    "Action",
    "Backtest",
    "Candles",
    "Cap",
    "Confidence",
    "Direction",
    "FloatArray",
    "IntArray",
    "Issued",
    "Market",
    "MarketRules",
    "Plan",
    "PlanRules",
    "Series",
    "Signal",
    "SignalState",
    "Size",
    "SizeRules",
    "Strength",
    "Timeframe",
    "Trade",
    "Transition",
    "Vote",
]

Direction = Literal[-1, 0, 1]


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

    def held_back(self, reason: str, change: str) -> Signal:
        """HOLD where the votes decided to trade: the votes stay, what belongs to a trade goes."""
        return replace(
            self, action=Action.HOLD, strength=None, size_factor=1.0, warnings=(), reason=reason, change=change
        )


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
class Confidence:
    """How often signals like this one reached the first target before the stop; see `signals.calibration`.

    `value` is None when nothing was ever resolved; `calibrated` is False below 30 resolved cases.
    """

    value: float | None
    n: int
    calibrated: bool
    basis: str
