"""Trades one by one: open positions, and a single trade in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from rag.aggregates import trades
from rag.aggregates.asked import Asked
from rag.aggregates.values import Counted, Grid, exact, total_of
from rag.aggregates.words import day, label, moment, names, plain_money, plural, signed
from signals.model import Trade
from signals.universe import base_of, names_of
from storage.stores import Stores

COLUMNS = ("market", "side", "quantity", "entry", "value at entry", "opened")
MOST_SHOWN = 20


async def exposed(stores: Stores, asked: Asked) -> Counted:
    """What is open now, in all, by side and by symbol, at its value at entry; a window filters the opening time."""
    found = await trades.exposure(stores, asked.where)
    sums = {side: _sum([t for t in found if t.side == side]) for side in ("LONG", "SHORT")}
    by_symbol = _by(found, lambda trade: names_of(trade.symbol)[0])
    figures = asked.plain() | {
        "open": len(found),
        "exposure_usd": exact(_sum(found)),
        "long_usd": exact(sums["LONG"]),
        "short_usd": exact(sums["SHORT"]),
        "by_symbol_usd": {symbol: exact(_sum(group)) for symbol, group in by_symbol},
    }
    if not found:
        return Counted(await _nothing_open(stores, asked), figures)
    shares = ", ".join(f"{base_of(symbol)} {plain_money(_sum(group))} ({len(group)})" for symbol, group in by_symbol)
    text = f"{plural(len(found), 'open position')} at {moment(asked.where.as_of)}, worth {plain_money(_sum(found))} at "
    text += f"entry: long {plain_money(sums['LONG'])}, short {plain_money(sums['SHORT'])}. By symbol: {shares}."
    if asked.parsed.window is not None:
        text += f" Only those opened {asked.when}."
    if len(found) > MOST_SHOWN:
        text += f" The table shows the {MOST_SHOWN} newest."
    rows = tuple(_open_row(trade) for trade in found[:MOST_SHOWN])
    return Counted(text, figures, (Grid("Open positions", COLUMNS, rows),))


def trade_words(trade: Trade) -> str:
    """`+28.47 USDT, ETH 1h long, closed 7 Nov 2026 (trade t-1)`."""
    closed = f", closed {day(trade.closed_at)}" if trade.closed_at else ""
    market = f"{base_of(trade.symbol)} {trade.timeframe} {trade.side.lower()}"
    return f"{signed(trade.pnl_usd or Decimal(0))}, {market}{closed} (trade {trade.trade_id})"


def trade_row(trade: Trade) -> tuple[str, ...]:
    """A closed trade as a row: P&L, market, side, strategy, closing, id."""
    closed = moment(trade.closed_at) if trade.closed_at else ""
    market = f"{trade.symbol} {trade.timeframe}"
    pnl = signed(trade.pnl_usd or Decimal(0))
    return (pnl, market, trade.side, label("strategy", trade.strategy), closed, trade.trade_id)


async def _nothing_open(stores: Stores, asked: Asked) -> str:
    of = f" in {names(asked.parsed.symbols)}" if asked.parsed.symbols else ""
    closed_at, _ = await trades.nearest(stores, asked.where)
    nearest = f" Your newest closed trade{of} ended {moment(closed_at)}." if closed_at else ""
    return f"Nothing is open{of} at {moment(asked.where.as_of)}: no exposure. Searched: {asked.searched}.{nearest}"


def _sum(found: Sequence[Trade]) -> Decimal:
    return total_of([trade.size_usd for trade in found])


def _by(found: Sequence[Trade], key: Callable[[Trade], str]) -> list[tuple[str, list[Trade]]]:
    groups: dict[str, list[Trade]] = {}
    for trade in found:
        groups.setdefault(key(trade), []).append(trade)
    return sorted(groups.items(), key=lambda pair: (-_sum(pair[1]), pair[0]))


def _open_row(trade: Trade) -> tuple[str, ...]:
    quantity, entry = f"{trade.quantity:f}", f"{trade.entry:,f}"
    market = f"{trade.symbol} {trade.timeframe}"
    return (market, trade.side, quantity, entry, plain_money(trade.size_usd), moment(trade.opened_at))
