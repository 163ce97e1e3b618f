"""The caller's own portfolio: what it is worth, what is open, what was made, what it risks. Read only."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import numpy as np

from bot.commands.spec import Invocation
from bot.holdings import words
from bot.holdings.exchange_words import on_exchanges
from bot.holdings.pictures import account_pictures
from bot.paper.desk import PaperDesk
from bot.paper.words import signed
from bot.reply import Reply, Table
from bot.wording import money, when
from rag.portfolio import Portfolio, daily_returns, equity_curve, portfolio_of, whole_days
from signals.model import SizeRules
from signals.portfolio.holdings import concentration
from signals.portfolio.results import grouped
from signals.portfolio.value_at_risk import one_day_risk, outcomes_of

DAYS = {"7d": 7, "30d": 30, "90d": 90, "365d": 365}
PAPER_TRADES = "Paper trades: no order was sent anywhere."
NOTHING = "Nothing was traded yet: take a recommendation, or open a paper trade with /trade open."


class Portfolios:
    """Answers are private; open trades are followed to the last closed bar first."""

    def __init__(self, desk: PaperDesk) -> None:
        self._desk = desk

    async def portfolio(self, invocation: Invocation) -> Reply:
        """Worth, holdings and buckets, with pictures of the equity and of the allocation."""
        view = await self.view(invocation)
        spread = concentration(view.holdings, view.paper.equity)
        points = await equity_curve(self._desk.stores, view)
        pictures = await asyncio.to_thread(account_pictures, view, spread, points)
        tables = [words.money_table(view)]
        if view.holdings:
            tables += [words.holdings_table(view, spread), words.buckets_table(spread, await self._rules(view))]
        count = len(view.paper.open)
        text = (
            f"Your paper portfolio is worth {money(view.paper.equity)} USDT: {money(view.paper.cash)} USDT free, "
            f"{count} open trade{'' if count == 1 else 's'}."
        )
        notes = (*self._begun(view), *words.price_notes(view))
        own, own_notes = await on_exchanges(self._desk.room, view.owner)
        tables += own
        return Reply(text, tables=tuple(tables), notes=(*notes, *own_notes), pictures=pictures, private=True)

    async def positions(self, invocation: Invocation) -> Reply:
        """Every open trade with its result, in R too, and what it risks."""
        view = await self.view(invocation)
        if not view.paper.open:
            return Reply("You have no open paper trade.", notes=self._begun(view), private=True)
        columns = ("trade", "open", "entry", "price", "USDT", "R", "stop", "at risk")
        rows = tuple(words.position_row(booked, view) for booked in view.paper.open)
        known = [b for b in view.paper.open if view.paper.marks[b.trade.symbol].at is not None]
        profit = sum((view.paper.profit(booked) for booked in known), Decimal(0))
        some = "" if len(known) == len(rows) else f" as far as prices are known ({len(known)} of {len(rows)})"
        plural = "" if len(rows) == 1 else "s"
        text = f"{len(rows)} open paper trade{plural}, {signed(profit)} USDT unrealised before fees{some}."
        notes = (*words.price_notes(view), *words.no_stop_note(view.paper.open), PAPER_TRADES)
        return Reply(text, tables=(Table("Open trades, in USDT", columns, rows),), notes=notes, private=True)

    async def pnl(self, invocation: Invocation) -> Reply:
        """Realised and unrealised results, by market and strategy, for a period."""
        view = await self.view(invocation)
        period = invocation.values.get("period", "30d")
        since = _since(period, view.now)
        total = words.tally_of(view, since)
        columns = ("what", "gross", "fees", "net", "won", "R per trade")
        every = Table("Realised, in USDT", columns, (words.tally_row("all", total),))
        by_symbol = grouped(view.trades, lambda b: b.trade.symbol, since, view.now)
        by_strategy = grouped(view.trades, lambda b: b.trade.strategy, since, view.now)
        tables = [every]
        for title, groups in (("By market", by_symbol), ("By strategy", by_strategy)):
            if groups:
                tables.append(Table(title, columns, tuple(words.tally_row(*group) for group in groups)))
        profits = [h.profit for h in view.holdings if h.profit is not None]
        blind = "" if len(profits) == len(view.holdings) else ", without what has no price"
        told = "since the beginning" if since is None else f"since {when(since + timedelta(microseconds=1))}"
        text = (
            f"Realised {told}: {signed(total.net)} USDT after {money(total.fees)} USDT of fees. "
            f"Unrealised now: {signed(sum(profits, Decimal(0)))} USDT before fees{blind}."
        )
        notes = (
            *self._begun(view),
            "Counted on the day of each fill; won and R are of trades closed in the period, after their fees.",
            *words.price_notes(view),
        )
        return Reply(text, tables=tuple(tables), notes=notes, private=True)

    async def risk(self, invocation: Invocation) -> Reply:
        """Value at risk, limits, concentration and how the account did."""
        view = await self.view(invocation)
        rules, equity = await self._rules(view), view.paper.equity
        spread = concentration(view.holdings, equity)
        held = [h for h in view.holdings if h.value is not None]
        exchanges = self._desk.room.rules.exchanges
        places = {h.symbol: (view.places[h.symbol].exchange or exchanges[0], *exchanges) for h in held}
        days = await daily_returns(self._desk.stores, places, view.now)
        counted = [h for h in held if h.symbol in days.symbols]
        order = {symbol: i for i, symbol in enumerate(days.symbols)}
        values = np.zeros(len(order))
        for one in counted:
            values[order[one.symbol]] = float(one.value or 0)
        outcomes = outcomes_of(values, days.returns) if counted and len(days.days_ms) > 1 else np.zeros(0)
        found = await asyncio.to_thread(one_day_risk, outcomes)
        points = await equity_curve(self._desk.stores, view)
        limits = Table("Limits", ("what", "amount"), words.limit_rows(view, rules))
        tables = [
            limits,
            Table("How it is spread, share of equity", ("what", "share"), words.concentration_rows(spread, rules)),
        ]
        if held:
            tables.insert(
                0, Table("Value at risk of what is held now", ("what", "amount"), words.risk_rows(found, days, equity))
            )
        if len(points) > 1:
            rows = words.performance_rows(points, whole_days(points))
            tables.append(Table("How the account did", ("what", "figure"), rows))
        text = _verdict(view, found.historical if found else None)
        left_out = [h.symbol for h in view.holdings if h not in counted]
        notes = [*self._begun(view), *words.price_notes(view), *words.no_stop_note(view.paper.open)]
        if left_out and view.holdings:
            notes.append(f"Not in the value at risk, for want of prices or days: {', '.join(left_out)}.")
        if found is not None:
            notes.append(
                "VaR: today's holdings over the returns of past days; on one day in twenty the loss was that or more. "
                "The bootstrap draws those days again 5,000 times."
            )
        if len(points) > 1:
            notes.append(words.CONVENTION)
        return Reply(text, tables=tuple(tables), notes=tuple(notes), private=True)

    async def view(self, invocation: Invocation) -> Portfolio:
        """The caller's portfolio now."""
        desk, owner, now = self._desk, invocation.caller.owner, self._desk.room.clock.now()
        async with desk.turn:
            await desk.up_to_date(owner, now)
        return await portfolio_of(desk.stores, owner, now, desk.room.account.balance)

    async def _rules(self, view: Portfolio) -> SizeRules:
        return (await self._desk.known(view.owner, "BTC/USDT", Decimal(1), view.now)).size_rules

    def _begun(self, view: Portfolio) -> tuple[str, ...]:
        return () if view.paper.began else (NOTHING,)


def _since(period: str, now: datetime) -> datetime | None:
    """The midnight UTC at which a period of whole days began; today counts as one. None: all."""
    if period == "all":
        return None
    today = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    return today - timedelta(days=DAYS[period] - 1, microseconds=1)


def _verdict(view: Portfolio, loss: float | None) -> str:
    if not view.holdings:
        return "Nothing is held, so nothing is at risk."
    if loss is None:
        return "What could be lost within a day is not known: too few daily prices."
    equity = float(view.paper.equity)
    part = f", {100 * loss / equity:.1f} % of equity" if equity > 0 else ""
    if loss <= 0:
        return "What is held now gained even on the bad days of the window: no value at risk at 95 %."
    return f"On one day in twenty, what is held now would have lost {money(loss)} USDT or more{part}."
