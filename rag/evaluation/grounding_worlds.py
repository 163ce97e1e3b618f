"""Markets drawn from a seed: a plan, its facts and three sources, and the numbers and words to say about them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

from rag.documents import backtest_document, signal_document, trade_document
from rag.facts import money_text, plan_facts, price_text
from rag.grounding import Evidence
from rag.recommendation import Fact, Source
from signals.model import Action, Backtest, Direction, Issued, Plan, Series, Signal, Timeframe, Trade
from signals.universe import ASSETS

NAMES = {f"{asset.ticker}/USDT": (asset.ticker, asset.name) for asset in ASSETS}
LEVELS = {"BTC": 61_000, "ETH": 2_400, "BNB": 410, "ADA": 0.62, "SOL": 118, "DOT": 5.4, "POL": 0.48, "AVAX": 27.5}
NOW = datetime(2026, 6, 12, 14, tzinfo=UTC)
PRICE = (",.2f", ",.2f", "$,.2f")


@dataclass(frozen=True)
class Slot:
    """A number of a sentence: its value, how it may be spoken, and the text before the digits that its sign needs."""

    value: float
    styles: tuple[str, ...]

    def spoken(self, style: str, value: float | None = None) -> str:
        """The value, or another one in its place, as text."""
        value = self.value if value is None else value
        if style == "k":
            return f"{value / 1000:.1f}k"
        return "$" * style.startswith("$") + format(int(value) if style == "d" else value, style.lstrip("$"))


@dataclass(frozen=True)
class World:
    """A market with its plan, its facts and three sources, all of them numbered."""

    evidence: Evidence
    slots: dict[str, Slot]
    words: dict[str, str]


def worlds(seed: int) -> Iterator[World]:
    """Markets drawn from a seed, without end."""
    rng = random.Random(seed)  # noqa: S311 - drawn to be drawn again
    while True:
        yield _world(rng)


def long_date_only(at: datetime) -> str:
    """`2 June 2026`."""
    return f"{at.day} {at:%B %Y}"


def _styles(value: float) -> tuple[str, ...]:
    if value >= 10_000:
        return (*PRICE, ",.0f", "k", "$,.0f")
    if value >= 100:
        return (*PRICE, ",.1f", ",.0f")
    return (".4f", "$.4f") if value < 1 else PRICE


@dataclass(frozen=True)
class _Market:
    price: float
    change: float
    atr: float
    rsi: float
    risk: float
    size: float
    cases: int
    reached: int
    conviction: float

    @classmethod
    def drawn(cls, rng: random.Random, price: float) -> _Market:
        cases = rng.randint(11, 240)
        return cls(
            price,
            change=rng.choice((-1, 1)) * rng.uniform(0.6, 9),
            atr=price * rng.uniform(0.004, 0.02),
            rsi=rng.uniform(22, 78),
            risk=round(rng.uniform(40, 260), 2),
            size=round(rng.uniform(400, 4800), 2),
            cases=cases,
            reached=int(cases * rng.uniform(0.3, 0.7)),
            conviction=round(rng.uniform(0.65, 0.95), 4),
        )

    def facts(self, plan: Plan) -> tuple[Fact, ...]:
        price, share = self.price, self.reached / self.cases
        record = f"{100 * share:.0f} % ({self.reached} of {self.cases} resolved signals)"
        return (
            Fact("price", "price (close of the newest closed bar)", price, price_text(price)),
            Fact("price_at", "that bar closed at", f"{NOW:%Y-%m-%dT%H:%M:%SZ}", f"{NOW:%Y-%m-%d %H:%M} UTC"),
            Fact("rsi_14", "rsi_14", self.rsi, f"{self.rsi:.6g}"),
            Fact("atr_14", "atr_14", self.atr, f"{self.atr:.6g}"),
            Fact("sma_50", "sma_50", price * 0.97, f"{price * 0.97:.6g}"),
            Fact("sma_200", "sma_200", price * 0.91, f"{price * 0.91:.6g}"),
            Fact("change_24_bars_pct", "change over 24 bars", self.change, f"{self.change:+.2f} %"),
            Fact("conviction", "conviction", self.conviction, f"{self.conviction:.2f}"),
            *plan_facts(plan),
            Fact("position_size_usd", "order value", self.size, money_text(Decimal(str(self.size)))),
            Fact("risk_usd", "lost at the stop, before costs", self.risk, money_text(Decimal(str(self.risk)))),
            Fact("equity", "account equity", 10_000.0, "10,000.00 USDT"),
            Fact("risk_pct", "risk per trade", 0.02, "2 %"),
            Fact("max_position_pct", "largest position", 0.25, "25 %"),
            Fact("confidence", "chance of the first target before the stop", share, record),
        )

    def slots(self, plan: Plan) -> dict[str, Slot]:
        levels = _styles(self.price)
        return {
            "price": Slot(self.price, levels),
            "entry": Slot(plan.entries[0], levels),
            "stop": Slot(plan.stop, levels),
            "target": Slot(plan.targets[0], levels),
            "last": Slot(plan.targets[-1], levels),
            "invalid": Slot(plan.invalidation, levels),
            "rr": Slot(plan.reward_risk, (".2f", ".1f")),
            "rsi": Slot(self.rsi, (".1f", ".2f", ".0f")),
            "atr": Slot(self.atr, (".2f", ".1f") if self.atr > 10 else (".4f", ".5f")),
            "conviction": Slot(self.conviction, (".2f",)),
            "change": Slot(abs(self.change), (".2f", ".1f")),
            "signed": Slot(self.change, ("+.2f", "+.1f")),
            "distance": Slot(100 * abs(plan.entries[0] - plan.stop) / plan.entries[0], (".2f", ".1f")),
            "size": Slot(self.size, (",.2f", ",.0f")),
            "risk": Slot(self.risk, (".2f", ".1f")),
            "confidence": Slot(100 * self.reached / self.cases, (".0f", ".1f")),
            "cases": Slot(self.cases, ("d",)),
            "reached": Slot(self.reached, ("d",)),
        }


def _world(rng: random.Random) -> World:
    ticker = rng.choice(list(LEVELS))
    symbol, places = f"{ticker}/USDT", 4 if LEVELS[ticker] < 1 else 2
    market = _Market.drawn(rng, round(LEVELS[ticker] * rng.uniform(0.7, 1.4), places))
    direction: Direction = rng.choice((1, -1))
    plan = _plan(rng, market.price, direction, places)
    signal, trade = _signal(rng, symbol, market.price), _trade(rng, symbol, market.price)
    backtest = _backtest(rng, symbol)
    documents = (signal_document(signal), trade_document(trade), backtest_document(backtest))
    sources = tuple(Source(n, d.doc_id, d.type, d.at, d.trust, d.text) for n, d in enumerate(documents, 1))
    question = f"should I {rng.choice(('buy', 'sell', 'trade'))} {ticker.lower()} with 2k?"
    words = {
        "asset": rng.choice(NAMES[symbol]),
        "side": "long" if direction > 0 else "short",
        "moved": "gained" if market.change > 0 else "lost",
    }
    return World(
        Evidence(market.facts(plan), sources, question, (1, 2, 3), direction, symbol),
        market.slots(plan) | _source_slots(signal, trade, backtest),
        words | _words(signal, trade),
    )


def _words(signal: Issued, trade: Trade) -> dict[str, str]:
    assert trade.closed_at is not None and trade.pnl_usd is not None and signal.signal.bar_open_at is not None
    return {
        "t_side": trade.side,
        "t_date": long_date_only(trade.closed_at),
        "t_moved": "gained" if trade.pnl_usd > 0 else "lost",
        "s_action": "BUY" if signal.signal.direction > 0 else "SELL",
        "s_date": f"{signal.signal.bar_open_at:%Y-%m-%d}",
    }


def _source_slots(signal: Issued, trade: Trade, backtest: Backtest) -> dict[str, Slot]:
    price = signal.signal.price or 0.0
    assert trade.exit is not None and trade.pnl_usd is not None and trade.closed_at is not None and signal.plan
    hours = (trade.closed_at - trade.opened_at).total_seconds() / 3600
    return {
        "s_price": Slot(price, _styles(price)),
        "s_stop": Slot(signal.plan.stop, _styles(price)),
        "s_conviction": Slot(round(100 * signal.signal.conviction), (".0f",)),
        "t_pct": Slot(abs(trade.return_pct or 0), (".2f", ".1f")),
        "t_money": Slot(float(trade.pnl_usd), ("+.2f",)),
        "t_hours": Slot(round(hours, 1), (".1f",)),
        "t_entry": Slot(float(trade.entry), _styles(price)),
        "t_exit": Slot(float(trade.exit), _styles(price)),
        "bt_signed": Slot(backtest.return_pct, ("+.1f",)),
        "bt_trades": Slot(backtest.trades, ("d",)),
        "sharpe": Slot(backtest.sharpe or 0, (".2f",)),
        "drawdown": Slot(backtest.max_drawdown_pct or 0, (".1f",)),
        "win": Slot(backtest.win_rate_pct or 0, (".1f", ".0f")),
        "factor": Slot(backtest.profit_factor or 0, (".2f",)),
    }


def _plan(rng: random.Random, price: float, direction: Direction, places: int) -> Plan:
    step = price * rng.uniform(0.008, 0.03)

    def level(steps: float) -> float:
        return round(price + direction * steps * step, places)

    return Plan(
        direction,
        (level(0), level(-0.4)),
        level(-2),
        (level(1.5), level(3.1)),
        level(-2.2),
        round(rng.uniform(1.2, 2.4), 4),
        NOW + timedelta(days=1),
        step,
    )


def _signal(rng: random.Random, symbol: str, price: float) -> Issued:
    direction: Direction = rng.choice((1, -1))
    at = NOW - timedelta(hours=rng.randint(20, 700))
    places = 4 if price < 1 else 2
    price = round(price * rng.uniform(0.85, 1.15), places)
    action = Action.BUY if direction > 0 else Action.SELL
    signal = Signal(
        Series("binance", symbol, Timeframe.H1),
        at,
        at + timedelta(hours=1),
        action,
        "MACD crossed its signal line",
        price,
        conviction=rng.uniform(0.65, 0.95),
        setup="pullback",
    )
    return Issued(signal, _plan(rng, price, direction, places), at + timedelta(hours=1))


def _trade(rng: random.Random, symbol: str, price: float) -> Trade:
    side: Literal["LONG", "SHORT"] = rng.choice(("LONG", "SHORT"))
    closed = NOW - timedelta(hours=rng.randint(30, 900), minutes=rng.choice((0, 15, 30, 45)))
    change, size = rng.choice((-1, 1)) * rng.uniform(0.4, 6), rng.uniform(500, 3000)
    places = 4 if price < 1 else 2
    entry = round(price * rng.uniform(0.85, 1.15), places)
    return Trade(
        "t1",
        "terminal:local",
        symbol,
        Timeframe.H1,
        side,
        Decimal("1.5"),
        Decimal(str(entry)),
        closed - timedelta(hours=rng.uniform(2, 60)),
        Decimal(str(round(size, 2))),
        exit=Decimal(str(round(entry * (1 + (change if side == "LONG" else -change) / 100), places))),
        closed_at=closed,
        pnl_usd=Decimal(str(round(size * change / 100, 2))),
        return_pct=round(change, 2),
        exit_reason="take_profit" if change > 0 else "stop_loss",
    )


def _backtest(rng: random.Random, symbol: str) -> Backtest:
    started = NOW - timedelta(days=rng.randint(100, 300))
    return Backtest(
        "b1",
        "binance",
        symbol,
        Timeframe.H1,
        "ensemble",
        started,
        started + timedelta(days=90),
        NOW - timedelta(days=2),
        rng.randint(30, 220),
        round(rng.choice((-1, 1)) * rng.uniform(1.1, 24), 1),
        sharpe=round(rng.uniform(0.2, 2.1), 2),
        max_drawdown_pct=round(rng.uniform(3, 24), 1),
        win_rate_pct=round(rng.uniform(38, 66), 1),
        profit_factor=round(rng.uniform(0.8, 1.9), 2),
    )
