"""How to split money over the watched markets: read from the stores, computed in `signals.allocation`, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

import numpy as np

from rag.aggregates import Grid
from rag.board import Board
from rag.facts import money_text, price_text
from rag.question.model import Intent, Parsed
from signals.allocation import AllocationRules, Portion, Targets, portions, target_weights
from signals.analysis import Analysis
from signals.candles import Candles, FloatArray
from signals.clock import to_ms
from signals.model import Market
from signals.universe import base_of, default_rules
from storage.stores import Stores

_DAY_MS = 86_400_000
_OLDEST = timedelta(days=2)
_SPLIT = re.compile(
    r"\b(?:split|splitting|allocat\w+|diversif\w+|rebalanc\w+|portfolio (?:for|of|with)"
    r"|spread (?:my|the|it|this|\$|\d))"
)
_FOLLOWS = re.compile(r"^\W*(?:and|ok|okay|with|what about|how about|what if|make it|or|only|just|now|for)\b|^\W*\$?\d")
_PLACES = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Split:
    """The answer in words and a table; `error` when nothing could be computed."""

    text: str
    tables: tuple[Grid, ...] = ()
    notes: tuple[str, ...] = ()
    error: bool = False


def marked(previous: Parsed | None, parsed: Parsed) -> Parsed:
    """The question with `split` set when it asks how to spread money, or goes on about a split ("and with $20k?")."""
    words = parsed.text.lower()
    if (
        _SPLIT.search(words)
        and len(parsed.symbols) != 1
        and parsed.intent in (Intent.ADVICE, Intent.SIZE, Intent.COMPARE)
    ):
        return replace(parsed, split=True)
    goes_on = previous is not None and previous.split and len(words.split()) <= 8 and _FOLLOWS.search(words) is not None
    said = parsed.budget is not None and (previous is None or parsed.symbols in ((), previous.symbols))
    return replace(parsed, split=True) if goes_on and (said or len(parsed.symbols) > 1) else parsed


class Allocator:
    """Splits money over the watched markets. `rules` are the bounds."""

    def __init__(self, stores: Stores, board: Board, rules: AllocationRules | None = None) -> None:
        self._stores, self._board = stores, board
        self.rules = rules or AllocationRules()

    async def split(self, budget: Decimal | None, symbols: Sequence[str], now: datetime) -> Split:
        """Shares, and amounts in whole lots for a `budget`; `symbols` empty means all that are watched."""
        wanted = tuple(symbols) or self._board.watched.symbols
        closes, left_out = await self._closes(wanted, now)
        if not closes:
            return Split(
                f"No split can be computed: {_reasons(left_out)}. `deskmate sync` fetches candles.", error=True
            )
        rows = {
            self._board.asked_symbol(row.signal.series.symbol): row
            for row in await self._board.rows(self._board.watched.timeframe(()), now)
        }
        selling = frozenset(s for s in closes if s in rows and rows[s].signal.direction < 0)
        targets = target_weights(closes, self.rules, selling)
        prices = {symbol: _price(rows.get(symbol), values) for symbol, values in closes.items()}
        known = await self._stores.market_rules.all()
        markets = {s: next((r for (_, name), r in known.items() if name == s), default_rules(s)) for s in closes}
        bought = portions(targets, budget, prices, markets, self.rules) if budget is not None else ()
        table = _table(targets, bought, (prices, closes, rows))
        notes = _notes(targets, left_out, (self.rules, budget))
        if any(row.signal.series.exchange == "simulated" for row in rows.values()):
            notes = ("This market is simulated: none of these prices are real.", *notes)
        return Split(_words(targets, bought, budget), (table,), notes)

    async def _closes(self, symbols: Sequence[str], now: datetime) -> tuple[dict[str, FloatArray], dict[str, str]]:
        """Daily closes on common days, newest last, and why a market has none; the longest bars that suffice count."""
        found: dict[str, dict[int, float]] = {}
        left_out: dict[str, str] = {}
        for timeframe in sorted(self._board.watched.timeframes, key=lambda one: -one.ms):
            missing = [symbol for symbol in symbols if symbol not in found]
            series = [await self._board.desk.series_of(Market(symbol, timeframe), now) for symbol in missing]
            bars = (self.rules.window_days + 2) * (_DAY_MS // timeframe.ms)
            read = await self._stores.candles.newest_many(series, bars, until_ms=to_ms(now))
            for symbol, candles in zip(missing, read, strict=True):
                daily = _daily(candles)
                if len(daily) < self.rules.min_days:
                    left_out[symbol] = f"{len(daily)} daily closes, {self.rules.min_days} are needed"
                elif now - candles.closed_at() > _OLDEST:
                    left_out[symbol] = "no fresh candles"
                else:
                    found[symbol] = daily
                    left_out.pop(symbol, None)
        found = {symbol: found[symbol] for symbol in symbols if symbol in found}
        days = sorted(set.intersection(*(set(daily) for daily in found.values()))) if found else []
        days = days[-(self.rules.window_days + 1) :]
        if len(days) < self.rules.min_days:
            return {}, left_out | dict.fromkeys(found, f"only {len(days)} days are common to all")
        return {s: np.array([daily[day] for day in days]) for s, daily in found.items()}, left_out


def _daily(candles: Candles) -> dict[int, float]:
    """The close of each UTC day that is over, by the moment it ended."""
    ends = candles.open_ms + candles.series.timeframe.ms
    whole = (ends % _DAY_MS == 0) & (candles.close > 0)
    return dict(zip(ends[whole].tolist(), candles.close[whole].tolist(), strict=True))


def _price(row: Analysis | None, closes: FloatArray) -> float:
    return row.signal.price if row is not None and row.signal.price is not None else float(closes[-1])


def _table(
    targets: Targets,
    bought: Sequence[Portion],
    seen: tuple[Mapping[str, float], Mapping[str, FloatArray], Mapping[str, Analysis]],
) -> Grid:
    prices, closes, rows = seen
    amounts = {portion.symbol: portion for portion in bought}
    lines = []
    for symbol, weight in sorted(targets.weights.items(), key=lambda item: -item[1]):
        yearly = 100 * float(np.diff(np.log(closes[symbol])).std(ddof=1)) * 365**0.5
        signal = rows[symbol].signal.action.value.replace("_", " ") if symbol in rows else "none"
        line = [base_of(symbol), f"{100 * weight:.2f} %"]
        if portion := amounts.get(symbol):
            line += [f"{portion.value:,.2f}", f"{portion.quantity.normalize():f}" if portion.quantity else portion.note]
        lines.append((*line, price_text(prices[symbol]), f"{yearly:.0f} %", signal))
    money = ("USDT", "quantity") if bought else ()
    return Grid("Split", ("market", "share", *money, "price", "volatility a year", "signal"), tuple(lines))


def _words(targets: Targets, bought: Sequence[Portion], budget: Decimal | None) -> str:
    count = sum(weight > 0 for weight in targets.weights.values())
    risk = f"Together they moved like {100 * targets.volatility:.0f} % a year in this window."
    if budget is None:
        cash = f"{100 * targets.cash:.2f} % stays in cash"
        return f"A split over {count} markets by risk; {cash}. {risk} Name an amount, such as $10k, for quantities."
    spent = sum((p.value + p.cost for p in bought), Decimal(0))
    kept = (budget - spent).quantize(_PLACES, ROUND_FLOOR)
    placed = sum(p.quantity > 0 for p in bought)
    return (
        f"{money_text(budget)} split over {placed} market{'s' if placed != 1 else ''} by risk: "
        f"{money_text(budget - kept)} with costs, {money_text(kept)} stays in cash. {risk}"
    )


def _notes(
    targets: Targets, left_out: Mapping[str, str], bounds: tuple[AllocationRules, Decimal | None]
) -> tuple[str, ...]:
    rules, budget = bounds
    notes = [
        f"Each market carries the same share of the risk (equal risk contributions on {targets.days} daily returns, "
        f"covariance shrunk by {100 * targets.shrinkage:.0f} %). This is a split by risk, not a forecast: no gain is "
        "promised and no edge over holding is proven.",
        f"At most {100 * rules.position:.0f} % in one market and {100 * rules.bucket:.0f} % each in BTC/ETH/BNB and in "
        "all others; the rest is cash.",
    ]
    if targets.capped:
        notes.append(f"Held down by a bound: {', '.join(map(base_of, targets.capped))}.")
    if targets.held_back:
        named = ", ".join(map(base_of, targets.held_back))
        notes.append(f"Left in cash while a SELL stands: {named}.")
    if left_out:
        notes.append(f"Left out: {_reasons(left_out)}.")
    if budget is not None:
        notes.append(f"Costs of {(100 * rules.cost_rate).normalize():f} % a purchase are counted in.")
    return tuple(notes)


def _reasons(left_out: Mapping[str, str]) -> str:
    return "; ".join(f"{base_of(symbol)} ({why})" for symbol, why in left_out.items()) or "nothing is watched"
