"""The tools over a person's own trades. Each takes a filter that cannot be made without an owner and a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from rag.aggregates.values import Drawdown, Expectancy, Result, Streaks, mean_of, median_of, total_of
from signals.clock import from_ms
from signals.model import Trade
from storage.stores import Stores
from storage.tallies import Held, TradeCount, TradeFilter, TradeMoney

_PERIODS = ("day", "week", "month")


async def results(stores: Stores, where: TradeFilter) -> Result:
    """Count, P&L and fees of the closed trades."""
    counts = await stores.trade_tallies.counts(where)
    count = counts[0] if counts else TradeCount("", 0, 0, 0, 0, 0)
    return _result(count, await stores.trade_tallies.money(where) if count.closed else ())


async def grouped(stores: Stores, where: TradeFilter, by: str) -> tuple[tuple[str, Result], ...]:
    """The same for each value of a column, or each UTC day, ISO week (by its Monday) or month of closing, by key."""
    money = await stores.trade_tallies.money(where, "day" if by in _PERIODS else by)
    groups: dict[str, list[TradeMoney]] = {}
    for one in money:
        groups.setdefault(_period(by, one.key) if by in _PERIODS else one.key, []).append(one)
    if by in _PERIODS:
        return tuple((key, _result(_count(key, groups[key]), groups[key])) for key in sorted(groups))
    counts = await stores.trade_tallies.counts(where, by)
    return tuple((c.key, _result(c, groups.get(c.key, []))) for c in counts if c.closed)


async def still_open(stores: Stores, where: TradeFilter) -> int:
    """How many matching trades were open at the moment."""
    return await stores.trade_tallies.open_count(where)


async def exposure(stores: Stores, where: TradeFilter) -> tuple[Trade, ...]:
    """The trades open at the moment, newest first."""
    return await stores.trade_tallies.open(where)


async def streaks(stores: Stores, where: TradeFilter) -> Streaks:
    """The current and the longest runs."""
    endings = await stores.trade_tallies.endings(where)
    run, longest, started = 0, {1: 0, -1: 0}, None
    for one in endings:
        sign = (one.pnl > 0) - (one.pnl < 0)
        if sign and run * sign > 0:
            run += sign
        else:
            run, started = sign, one.closed_at
        if sign:
            longest[sign] = max(longest[sign], abs(run))
    return Streaks(len(endings), run, longest[1], longest[-1], started if run else None)


async def drawdown(stores: Stores, where: TradeFilter) -> Drawdown:
    """How far the closed P&L fell below its peak."""
    endings = await stores.trade_tallies.endings(where)
    level = peak = deepest = Decimal(0)
    top_at: datetime | None = None
    span: tuple[datetime | None, datetime | None] = (None, None)
    for one in endings:
        level = total_of((level, one.pnl))
        if level > peak:
            peak, top_at = level, one.closed_at
        if total_of((peak, -level)) > deepest:
            deepest, span = total_of((peak, -level)), (top_at, one.closed_at)
    return Drawdown(len(endings), deepest, *span, total_of((peak, -level)))


async def extremes(stores: Stores, where: TradeFilter, count: int, *, worst: bool) -> tuple[Trade, ...]:
    """The trades with the highest (or lowest) result, the earlier one first among equals."""
    endings = await stores.trade_tallies.endings(where)
    ranked = sorted(endings, key=lambda one: one.pnl if worst else -one.pnl)[:count]
    return await stores.trade_tallies.trades(where, [one.trade_id for one in ranked])


async def holding(stores: Stores, where: TradeFilter) -> Held:
    """How long closed trades were held."""
    return await stores.trade_tallies.held(where)


async def expectancy(stores: Stores, where: TradeFilter) -> Expectancy:
    """What a closed trade made on average; R only where the trade's signal had a stop to measure by."""
    pnl = [one.pnl for one in await stores.trade_tallies.money(where)]
    in_r = [one.pnl / one.risk for one in await stores.trade_tallies.risked(where)]
    return Expectancy(len(pnl), mean_of(pnl), len(in_r), sum(in_r, Decimal(0)) / len(in_r) if in_r else None)


async def nearest(stores: Stores, where: TradeFilter) -> tuple[datetime | None, datetime | None]:
    """When the newest matching trade was closed, and opened, whatever else was asked."""
    return await stores.trade_tallies.nearest(where)


def ranked(
    groups: Iterable[tuple[str, Result]], value: Callable[[Result], Decimal | float | None], *, worst: bool
) -> tuple[tuple[str, Result], ...]:
    """Groups by the figure, highest first (lowest for `worst`); equal ones by name."""
    by_name = sorted(groups)
    return tuple(sorted(by_name, key=lambda pair: (value(pair[1]) or 0) * (1 if worst else -1)))


def nothing() -> Result:
    """The figures of no trades."""
    return _result(TradeCount("", 0, 0, 0, 0, 0), ())


def _result(count: TradeCount, money: Sequence[TradeMoney]) -> Result:
    pnl = [one.pnl for one in money]
    return Result(
        closed=count.closed,
        won=count.won,
        lost=count.lost,
        even=count.even,
        unpriced=count.unpriced,
        total=total_of(pnl),
        fees=total_of([one.fees for one in money]),
        average=mean_of(pnl),
        median=median_of(pnl),
        best=max(pnl, default=None),
        worst=min(pnl, default=None),
        gains=total_of([one for one in pnl if one > 0]),
        losses=total_of([one for one in pnl if one < 0]),
    )


def _count(key: str, money: Sequence[TradeMoney]) -> TradeCount:
    won, lost = sum(one.pnl > 0 for one in money), sum(one.pnl < 0 for one in money)
    return TradeCount(key, len(money), won, lost, len(money) - won - lost, 0)


def _period(by: str, key: str) -> str:
    day = from_ms(int(key)).date()
    if by == "week":
        day -= timedelta(days=day.weekday())
    return f"{day:%Y-%m}" if by == "month" else f"{day:%Y-%m-%d}"
