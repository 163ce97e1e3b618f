"""A person's portfolio as it was known at a moment: trades, holdings with their prices, daily closes, equity curve."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np

from rag.paper import PaperMoney, paper_money
from signals.accounting import Entry
from signals.clock import from_ms, to_ms
from signals.fills import Booked, at_time
from signals.model import Candles, FloatArray, IntArray, Series, Timeframe
from signals.portfolio.history import Closes, beginning, equity_points, midnights
from signals.portfolio.holdings import Holding, Price, holdings_of
from signals.portfolio.performance import EquityPoint
from signals.universe import names_of
from storage.snapshots import PAPER, Snapshot
from storage.stores import Stores

DAY_MS = 86_400_000
WINDOW_DAYS = 365
MOST_DAYS = 1500  # of a curve that are made anew
STALE_BARS = 2
SLOT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """`trades` are all of the person's with the fills by `now`; `places` are (exchange, timeframe) by symbol."""

    owner: str
    now: datetime
    paper: PaperMoney
    trades: tuple[Booked, ...]
    holdings: tuple[Holding, ...]
    places: Mapping[str, Series]


@dataclass(frozen=True, slots=True)
class DailyReturns:
    """Returns of whole UTC days on which every symbol has a close, the newest last: shape (days, symbols)."""

    symbols: tuple[str, ...]
    days_ms: IntArray  # midnights at which the days ended
    closes: FloatArray  # one row more than there are returns
    missing: tuple[str, ...] = ()

    @property
    def returns(self) -> FloatArray:
        """Fractions."""
        made: FloatArray = np.diff(self.closes, axis=0) / self.closes[:-1]
        return made

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The midnights at which the first return begins and the last one ends."""
        return from_ms(int(self.days_ms[0])), from_ms(int(self.days_ms[-1]))


async def portfolio_of(stores: Stores, owner: str, now: datetime, balance: Decimal) -> Portfolio:
    """The portfolio at `now`; `balance` is what an account without any entry holds."""
    paper = await paper_money(stores, owner, now, balance)
    trades = tuple(at_time(b, now) for b in await stores.book.of_owner(owner) if b.trade.opened_at <= now)
    places: dict[str, Series] = {}
    prices: dict[str, Price] = {}
    for booked in paper.open:
        trade, mark = booked.trade, paper.marks[booked.trade.symbol]
        places.setdefault(trade.symbol, Series(booked.plan.exchange, trade.symbol, trade.timeframe))
        if mark.at is not None and trade.symbol not in prices:
            late = now - mark.at > STALE_BARS * timedelta(milliseconds=trade.timeframe.ms)
            prices[trade.symbol] = Price(mark.price, mark.at, late)
    return Portfolio(owner, now, paper, trades, holdings_of(paper.open, prices), places)


async def daily_returns(
    stores: Stores, exchanges: Mapping[str, Sequence[str]], now: datetime, days: int = WINDOW_DAYS
) -> DailyReturns:
    """Daily closes of each symbol from the first of its exchanges that has any, on the days that all of them have.

    A symbol with fewer than three days is named in `missing` and left out, so that it does not end the others' window.
    """
    found = {symbol: await _days(stores, symbol, places, (now, days)) for symbol, places in exchanges.items()}
    known = {symbol: closes for symbol, closes in found.items() if len(closes) >= 3}
    missing = tuple(symbol for symbol in found if symbol not in known)
    common = sorted(set.intersection(*(set(closes) for closes in known.values()))) if known else []
    run = _unbroken(common)
    table = np.array([[closes[day] for closes in known.values()] for day in run], dtype=np.float64)
    return DailyReturns(tuple(known), np.array(run, dtype=np.int64), table.reshape(len(run), len(known)), missing)


async def equity_curve(stores: Stores, portfolio: Portfolio) -> tuple[EquityPoint, ...]:
    """The account from its first money on: every stored slot, and every midnight UTC made anew where it is missing.

    Midnights that were made are stored. Rows that the ledger has gone past (a trade imported, a fill found late) are
    made again. The last point is `now`. Empty for an account that nothing was booked for.
    """
    owner, now = portfolio.owner, portfolio.now
    entries = await stores.ledger.entries(owner, now)
    if not entries:
        return ()
    stored = {one.at: one for one in await stores.snapshots.of_owner(owner, PAPER, now)}
    ats = [entry.at for entry in entries]
    wanted = [t for t in midnights(entries[0].at, now)[-MOST_DAYS:] if t not in stored]
    wanted += [t for t, one in stored.items() if one.entries != bisect_right(ats, t)]
    made = {one.at: one for one in await snapshots_at(stores, owner, entries, sorted(wanted))}
    await stores.snapshots.save(tuple(made.values()))
    fresh = {t: one for t, one in stored.items() if t not in wanted} | made
    points = [EquityPoint(one.at, one.equity, one.put_in, one.cash) for _, one in sorted(fresh.items())]
    first = beginning(entries)
    if first is not None and (not points or first.at < points[0].at):
        points.insert(0, first)
    last = await snapshots_at(stores, owner, entries, [now])
    newest = [EquityPoint(one.at, one.equity, one.put_in, one.cash) for one in last]
    points += [point for point in newest if not points or point.at > points[-1].at]
    return tuple(points)


def whole_days(points: Sequence[EquityPoint]) -> tuple[EquityPoint, ...]:
    """The beginning and the midnights UTC of a curve."""
    return tuple(p for i, p in enumerate(points) if i == 0 or to_ms(p.at) % DAY_MS == 0)


async def snapshots_at(
    stores: Stores, owner: str, entries: Sequence[Entry], times: Sequence[datetime]
) -> tuple[Snapshot, ...]:
    """The account at ascending times as far as every price is known."""
    if not times:
        return ()
    closes = await _closes(stores, owner, times)
    found = equity_points(entries, closes, times)
    return tuple(
        Snapshot(owner, one.point.at, one.point.equity, one.point.cash, one.point.put_in, one.entries) for one in found
    )


def slot_of(now: datetime) -> datetime:
    """The half hour that `now` is in."""
    step = SLOT // timedelta(milliseconds=1)
    return from_ms(to_ms(now) // step * step)


async def take_snapshots(stores: Stores, now: datetime) -> tuple[int, int]:
    """The row of this half hour for everybody who has a ledger: how many were stored, and how many had no price."""
    slot, rows, owners = slot_of(now), list[Snapshot](), await stores.snapshots.owners()
    begun = 0
    for owner in owners:
        entries = await stores.ledger.entries(owner, now)
        begun += bool(entries) and entries[0].at <= slot
        rows += await snapshots_at(stores, owner, entries, [slot])
    await stores.snapshots.save(rows)
    return len(rows), begun - len(rows)


async def _closes(stores: Stores, owner: str, times: Sequence[datetime]) -> dict[str, Closes]:
    """Closes from a day before the first time on, of every symbol the person ever traded."""
    found: dict[str, Closes] = {}
    for booked in await stores.book.of_owner(owner):
        trade = booked.trade
        if trade.symbol in found or (trade.closed_at is not None and trade.closed_at < times[0]):
            continue
        first, last = to_ms(times[0]) - DAY_MS, to_ms(times[-1])
        bars = (last - first) // trade.timeframe.ms + 2
        newest = await _newest(stores, trade.symbol, (booked.plan.exchange, trade.timeframe), (bars, last))
        if newest is not None:
            found[trade.symbol] = Closes(newest.open_ms + newest.series.timeframe.ms, newest.close)
    return found


async def _newest(stores: Stores, symbol: str, place: tuple[str, Timeframe], reach: tuple[int, int]) -> Candles | None:
    """As the mark of an open trade is found: on its exchange, or on any that is known."""
    exchange, timeframe = place
    states = await stores.series.all() if not exchange else ()
    places = [exchange] if exchange else list(dict.fromkeys(s.exchange for s in states))
    wanted = [Series(one, name, timeframe) for one in places for name in names_of(symbol)]
    found = [b for b in await stores.candles.newest_many(wanted, reach[0], until_ms=reach[1]) if len(b)]
    return max(found, key=lambda bars: int(bars.open_ms[-1]), default=None)


async def _days(stores: Stores, symbol: str, exchanges: Iterable[str], reach: tuple[datetime, int]) -> dict[int, float]:
    now, days = reach
    best: dict[int, float] = {}
    for exchange in exchanges:
        for timeframe in (Timeframe.D1, Timeframe.H4, Timeframe.H1):
            if len(best) > days:
                break
            wanted = [Series(exchange, name, timeframe) for name in names_of(symbol)]
            bars = (days + 2) * (DAY_MS // timeframe.ms)
            for found in await stores.candles.newest_many(wanted, bars, until_ms=to_ms(now)):
                known = found.open_ms + timeframe.ms
                ends = known % DAY_MS == 0
                pairs = zip(known[ends].tolist(), found.close[ends].tolist(), strict=True)
                closes = dict(list(pairs)[-(days + 1) :])
                best = closes if len(closes) > len(best) else best
        if best:
            break
    return best


def _unbroken(days: Sequence[int]) -> list[int]:
    """The newest days that follow each other without a hole."""
    run: list[int] = []
    for day in reversed(days):
        if run and run[-1] - day != DAY_MS:
            break
        run.append(day)
    return run[::-1]
