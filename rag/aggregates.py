"""Counting questions are answered by code over the asker's own records, never by reading a few of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from rag.question.model import Parsed
from signals.model import Trade
from signals.universe import names_of
from storage.stores import Stores

MOST = 100_000


@dataclass(frozen=True, slots=True)
class TradeSummary:
    """Closed trades in numbers; money in USDT, `win_rate` in percent (None without closed trades)."""

    closed: int
    open: int
    won: int
    lost: int
    profit: Decimal
    fees: Decimal
    win_rate: float | None
    best: Trade | None
    worst: Trade | None


def summarise(trades: Sequence[Trade]) -> TradeSummary:
    """Count and add up; a trade that ended at exactly zero is neither won nor lost."""
    closed = [t for t in trades if t.closed_at is not None and t.pnl_usd is not None]
    results = [t.pnl_usd or Decimal(0) for t in closed]
    ranked = sorted(closed, key=lambda t: t.pnl_usd or Decimal(0))
    won = sum(r > 0 for r in results)
    return TradeSummary(
        closed=len(closed),
        open=sum(t.closed_at is None for t in trades),
        won=won,
        lost=sum(r < 0 for r in results),
        profit=sum(results, Decimal(0)),
        fees=sum((t.fees_usd for t in trades), Decimal(0)),
        win_rate=100.0 * won / len(closed) if closed else None,
        best=ranked[-1] if ranked else None,
        worst=ranked[0] if ranked else None,
    )


async def own_trades(stores: Stores, parsed: Parsed, owner: str, as_of: datetime) -> tuple[Trade, ...]:
    """The owner's trades that the question's filters leave: symbol, timeframe, side, strategy, exit, outcome, window.

    The window is on the closing time (the opening time of trades still open); "last N" keeps the N newest.
    """
    symbols = tuple(name for symbol in parsed.symbols for name in names_of(symbol))
    trades = await stores.trades.of_owner(owner, as_of, symbols=symbols, limit=MOST)
    kept = tuple(t for t in trades if _matches(t, parsed))
    return kept[: parsed.limit] if parsed.limit else kept


def _matches(trade: Trade, parsed: Parsed) -> bool:
    at = trade.closed_at or trade.opened_at
    window = parsed.window
    sides = {"BUY": "LONG", "SELL": "SHORT"}
    wanted_sides = {sides.get(side, side) for side in parsed.sides}
    return (
        (not parsed.timeframes or trade.timeframe.value in parsed.timeframes)
        and (not wanted_sides or trade.side in wanted_sides)
        and (not parsed.strategies or trade.strategy in parsed.strategies)
        and (not parsed.exit_reasons or trade.exit_reason in parsed.exit_reasons)
        and (not parsed.outcomes or _outcome(trade) in parsed.outcomes)
        and (window is None or window.since is None or at >= window.since)
        and (window is None or window.until is None or at < window.until)
    )


def _outcome(trade: Trade) -> str:
    if trade.pnl_usd is None:
        return "open"
    return "win" if trade.pnl_usd > 0 else "loss" if trade.pnl_usd < 0 else "even"


def in_words(summary: TradeSummary) -> str:
    """The summary as sentences."""
    if not summary.closed and not summary.open:
        return "No trades of yours match."
    text = f"{summary.closed} closed trade(s): {summary.won} won, {summary.lost} lost"
    if summary.win_rate is not None:
        text += f" (win rate {summary.win_rate:.1f} %)"
    text += f", {summary.profit:+,.2f} USDT in all, {summary.fees:,.2f} USDT of fees"
    if summary.open:
        text += f"; {summary.open} still open"
    if summary.best is not None and summary.worst is not None and summary.closed > 1:
        text += f". Best {_named(summary.best)}, worst {_named(summary.worst)}"
    return text + "."


def _named(trade: Trade) -> str:
    day = f" on {trade.closed_at:%Y-%m-%d}" if trade.closed_at else ""
    return f"{trade.pnl_usd or Decimal(0):+,.2f} USDT ({trade.symbol} {trade.side.lower()}{day})"
