# ruff: noqa: S311 - a reproducible test set, not a secret
"""Seeded ledgers for measuring aggregates: trades of several owners on and around every boundary that matters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from signals.clock import to_ms
from signals.model import Action, Backtest, Issued, Plan, Series, Signal, SignalState, Timeframe, Trade, Transition
from storage.values import LoggedRecommendation

SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT", "AVAX/USDT", "POL/USDT", "MATIC/USDT")
STRATEGIES = ("ensemble", "RSI_MR", "MACD_MOM", "SMA_ATR", "BB_BREAKOUT")
EXITS = ("stop_loss", "take_profit", "timeout", "manual", "signal", "trailing_stop")
SETUPS = ("breakout", "pullback", "squeeze")
FRAMES = (Timeframe.H1, Timeframe.H4, Timeframe.M15)
_PRESENTS = (
    datetime(2024, 3, 1, tzinfo=UTC),  # the day after a leap day, at midnight
    datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC),
    datetime(2025, 1, 1, tzinfo=UTC),  # a new year, within an ISO week of the old one
    datetime(2026, 11, 16, tzinfo=UTC),  # a Monday, at midnight
    datetime(2026, 11, 22, 23, 59, 59, 999_000, tzinfo=UTC),  # the last millisecond of an ISO week
    datetime(2026, 3, 31, 12, tzinfo=UTC),
    datetime(2026, 7, 4, 9, 30, tzinfo=UTC),
)


@dataclass(frozen=True, slots=True)
class Ledger:
    """One asker's world at `now`: their own trades and recommendations among those of others."""

    number: int
    owner: str
    now: datetime
    trades: tuple[Trade, ...]
    recommendations: tuple[LoggedRecommendation, ...]


@dataclass(frozen=True, slots=True)
class SharedRecords:
    """Signals with their steps, and backtests, which all askers share."""

    signals: tuple[Issued, ...]
    steps: tuple[Transition, ...]
    backtests: tuple[Backtest, ...]


def shared_records(seed: int, issuing: int = 240, backtests: int = 30) -> SharedRecords:
    """Records from February 2024 to December 2026; of the signals some trade, some of these ended."""
    random = Random(f"shared {seed}")
    begin = datetime(2024, 1, 20, tzinfo=UTC)
    issued, steps = [], []
    for number in range(issuing):
        known_at = begin + timedelta(hours=random.randrange(0, 24 * 1_060)) + timedelta(minutes=number)
        one = _issued(random, known_at)
        issued.append(one)
        if one.plan is not None and random.random() < 0.8:
            steps += _steps(random, one)
    made = tuple(_backtest(random, number, begin) for number in range(backtests))
    return SharedRecords(tuple(issued), tuple(steps), made)


def ledger(seed: int, number: int, shared: SharedRecords) -> Ledger:
    """The ledger of this number: always the same for the same seed."""
    random = Random(f"ledger {seed} {number}")
    now = random.choice(_PRESENTS)
    if random.random() < 0.5:
        now = datetime(2024, 2, 1, tzinfo=UTC) + timedelta(seconds=random.randrange(0, 86_400 * 1_020))
    owner = f"ledger{number}:u1"
    count = random.choice((0, 1, 3, 12, 30, 45))
    trades = [_trade(random, f"{number}-{i}", owner, now) for i in range(count)]
    if random.random() < 0.6:
        trades += [_trade(random, f"{number}-o{i}", f"ledger{number}:u2", now) for i in range(random.randrange(1, 12))]
    linked = [one for one in shared.signals if one.plan is not None and one.signal.known_at <= now]
    trades = [
        replace(t, signal_id=random.choice(linked).signal_id) if linked and random.random() < 0.4 else t for t in trades
    ]
    given = [_recommendation(random, f"r{number}x{i}", owner, now) for i in range(random.choice((0, 2, 7)))]
    given += [_recommendation(random, f"r{number}y{i}", f"ledger{number}:u2", now) for i in range(2)]
    taken = [
        replace(_trade(random, f"take-{one.recommendation_id}-{one.owner[-2:]}", one.owner, now), opened_at=one.as_of)
        for one in given
        if random.random() < 0.5
    ]
    taken = [replace(t, closed_at=None, pnl_usd=None, exit=None, exit_reason=None) for t in taken]
    return Ledger(number, owner, now, (*trades, *taken), tuple(given))


def _trade(random: Random, trade_id: str, owner: str, now: datetime) -> Trade:
    closed_at = _moment(random, now)
    opened_at = closed_at - timedelta(minutes=random.choice((1, 45, 600, 3_000, 20_000)))
    quantity, entry = Decimal(random.randrange(1, 10**7)) / 10**5, Decimal(random.randrange(1, 10**8)) / 10**4
    fate = random.random()
    pnl = _pnl(random) if fate > 0.03 else None
    made = Trade(
        trade_id=trade_id,
        owner=owner,
        symbol=random.choice(SYMBOLS),
        timeframe=random.choice(FRAMES),
        side=random.choice(("LONG", "SHORT")),
        quantity=quantity,
        entry=entry,
        opened_at=opened_at,
        size_usd=quantity * entry,
        exit=entry,
        closed_at=closed_at,
        pnl_usd=pnl,
        return_pct=0.0,
        fees_usd=Decimal(random.randrange(0, 10**6)) / 10**4,
        exit_reason=random.choice(EXITS) if random.random() > 0.05 else None,
        strategy=random.choice(STRATEGIES),
    )
    if fate > 0.88:
        return replace(made, closed_at=None, pnl_usd=None, exit=None, exit_reason=None, return_pct=None)
    return made


def _moment(random: Random, now: datetime) -> datetime:
    """Mostly a past moment, often on midnight of a day, Monday or month, or a millisecond before; some later."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday, first = midnight - timedelta(days=midnight.weekday()), midnight.replace(day=1)
    edge = random.choice(
        (
            midnight,
            midnight - timedelta(days=1),
            monday,
            monday - timedelta(days=7),
            first,
            (first - timedelta(days=1)).replace(day=1),
            first.replace(month=1),
            datetime(2024, 2, 29, tzinfo=UTC),
            now,
        )
    )
    kind = random.random()
    if kind < 0.3:
        return edge
    if kind < 0.45:
        return edge - timedelta(milliseconds=1)
    if kind < 0.55:
        return now + timedelta(hours=random.randrange(1, 900))
    return now - timedelta(milliseconds=random.randrange(1, 86_400_000 * random.choice((2, 10, 40, 400))))


def _pnl(random: Random) -> Decimal:
    kind = random.random()
    if kind < 0.08:
        return Decimal(random.choice(("0", "0.00", "-0.00")))
    if kind < 0.14:
        return Decimal(random.choice(("12.34", "-12.34")))  # ties
    digits = random.choice((2, 4, 8))
    return Decimal(random.randrange(-(10**9), 10**9)).scaleb(-digits - random.choice((0, 2)))


def _issued(random: Random, known_at: datetime) -> Issued:
    action = random.choice((Action.BUY, Action.STRONG_BUY, Action.SELL, Action.STRONG_SELL, Action.HOLD))
    series = Series("replay", random.choice(SYMBOLS), random.choice(FRAMES))
    signal = Signal(
        series, known_at - series.timeframe.duration, known_at, action, "made", 100.0, setup=random.choice(SETUPS)
    )
    stop = 100.0 + random.choice((-1, 1)) * random.randrange(1, 500) / 16
    plan = Plan(1, (100.0,), stop, (110.0,), stop, 1.5, known_at + timedelta(days=1), 2.0)
    return Issued(signal, plan if action.direction else None, known_at)


def _steps(random: Random, issued: Issued) -> list[Transition]:
    end_at = issued.signal.known_at + timedelta(hours=random.randrange(1, 80))
    state = random.choice((SignalState.TARGET, SignalState.STOPPED, SignalState.EXPIRED))
    r = round(random.uniform(-1.2, 2.5), 3) if random.random() > 0.05 else None
    steps = [Transition(issued.signal_id, state, end_at, 100.0, r)]
    if random.random() < 0.4:
        early = issued.signal.known_at + timedelta(minutes=30)
        steps.insert(0, Transition(issued.signal_id, SignalState.TARGET_1, early, 100.0))
    return steps


def _backtest(random: Random, number: int, begin: datetime) -> Backtest:
    finished = begin + timedelta(hours=random.randrange(0, 24 * 1_060), minutes=number)
    return Backtest(
        backtest_id=f"b{number}",
        exchange="replay",
        symbol=random.choice(SYMBOLS),
        timeframe=random.choice(FRAMES),
        strategy=random.choice(STRATEGIES),
        started_at=begin,
        ended_at=finished,
        finished_at=finished,
        trades=random.randrange(0, 300),
        return_pct=round(random.uniform(-60, 90), 4),
        sharpe=round(random.uniform(-2, 3), 4) if random.random() > 0.1 else None,
        max_drawdown_pct=round(random.uniform(1, 70), 4),
        win_rate_pct=round(random.uniform(20, 70), 4),
    )


def _recommendation(random: Random, name: str, owner: str, now: datetime) -> LoggedRecommendation:
    at = now - timedelta(milliseconds=random.randrange(-(10**8), 10**10))
    action, method = random.choice(("BUY", "SELL", "HOLD")), random.choice(("rules", "rag"))
    return LoggedRecommendation(
        name, owner, "q", at, at, random.choice(SYMBOLS), action, method, None, None, None, payload={"ms": to_ms(at)}
    )
