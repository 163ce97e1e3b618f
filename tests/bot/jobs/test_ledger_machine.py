"""Random operations on paper accounts: the ledger balances to the last unit, whatever is done in which order.

`LEDGER_EXAMPLES` (default 8, of 25 steps each) sets how many histories are tried; 400 make 10,000 operations.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.jobs.follow_trades import FollowTrades
from signals.accounting import (
    CASH,
    EQUITY,
    FEES,
    MARGIN,
    PROCEEDS,
    REALISED,
    Entry,
    balances_of,
    deposit,
    equity_at,
    money_in,
    position_quantities,
    realised_of,
    sums,
    withdraw,
)
from signals.clock import to_ms
from signals.fills import Booked, TradePlan, closing, opening
from signals.model import Candles, Series, Timeframe, Trade
from storage.account_merge import merge_accounts
from storage.database import Database
from storage.stores import Stores
from storage.tables import trades
from storage.trade_book import ShortOfCashError
from tests.builders import NOW
from tests.fresh_files import empty_file

EXAMPLES = int(os.environ.get("LEDGER_EXAMPLES", "8"))
STEPS = 25
OWNERS = ("discord:1", "telegram:2")
SYMBOLS = ("ETH/USDT", "BTC/USDT")
HOUR = timedelta(hours=1)
FAR = NOW + timedelta(days=9999)

quantities = st.decimals("0.00000001", "50", places=8)
moves = st.lists(st.decimals("-0.4", "0.6", places=4), min_size=1, max_size=4)
fractions = st.decimals("0.01", "1", places=2)
owners = st.sampled_from(OWNERS)


class PaperAccounts(RuleBasedStateMachine):
    """Two people, two markets, prices that jump, over a real database."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(empty_file(), self.folder / "deskmate.db")
        self.database = self.runner.run(Database.open(f"sqlite+aiosqlite:///{self.folder / 'deskmate.db'}"))
        self.stores = Stores.of(self.database)
        self.now: datetime = NOW
        self.prices = {"ETH/USDT": Decimal(100), "BTC/USDT": Decimal("20000.5")}
        self.made = 0

    def teardown(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()
        shutil.rmtree(self.folder)

    @initialize()
    def begin(self) -> None:
        for owner in OWNERS:
            self.runner.run(self.stores.ledger.post([deposit((f"opening:{owner}", owner), self.now, Decimal(10_000))]))

    @rule(owner=owners, amount=st.decimals("0.00000001", "5000", places=8), twice=st.booleans())
    def put_in(self, owner: str, amount: Decimal, twice: bool) -> None:
        entry = deposit((self._key(), owner), self.now, amount)
        for _ in range(1 + twice):
            self.runner.run(self.stores.ledger.post([entry]))

    @rule(owner=owners, part=fractions)
    def take_out(self, owner: str, part: Decimal) -> None:
        amount = (money_in(balances_of(self._entries(owner)), CASH) * part).quantize(Decimal("1E-8"))
        if amount > 0:
            self.runner.run(self.stores.ledger.post([withdraw((self._key(), owner), self.now, amount)]))

    @rule(
        owner=owners,
        symbol=st.sampled_from(SYMBOLS),
        side=st.sampled_from(("LONG", "SHORT")),
        quantity=quantities,
        levels=st.tuples(st.booleans(), st.integers(0, 3), st.booleans(), st.booleans()),
    )
    def open(self, owner: str, symbol: str, side: Any, quantity: Decimal, levels: tuple[bool, int, bool, bool]) -> None:
        price, sign = self.prices[symbol], 1 if side == "LONG" else -1
        trade = Trade(self._key(), owner, symbol, Timeframe.H1, side, quantity, price, self.now, Decimal(0))
        stop = price * (1 - sign * Decimal("0.1")) if levels[0] else None
        targets = tuple(price * (1 + sign * Decimal("0.08") * (i + 1)) for i in range(levels[1]))
        expires = self.now + 5 * HOUR if levels[2] else None
        step = opening(trade, TradePlan(trade.trade_id, owner, 0, "replay", stop, targets, expires, levels[3]))
        before = self._entries(owner)
        try:
            opened = self.runner.run(self.stores.book.open([step, step]))
        except ShortOfCashError as e:
            assert e.missing > 0
            assert self._entries(owner) == before
            return
        assert len(opened) == 1
        assert self.runner.run(self.stores.book.open([step])) == ()

    @rule(data=st.data(), part=fractions, off=st.decimals("-0.25", "0.25", places=3))
    def close(self, data: st.DataObject, part: Decimal, off: Decimal) -> None:
        running = self._open()
        if not running:
            return
        booked = data.draw(st.sampled_from(running))
        quantity = booked.left if part > Decimal("0.6") else (booked.left * part).quantize(Decimal("1E-8"))
        price = self.prices[booked.trade.symbol] * (1 + off)
        if not quantity:
            return
        step = closing(booked, f"close {self._key()}", self.now, (quantity, price))
        assert self.runner.run(self.stores.book.advance(step, booked))
        assert not self.runner.run(self.stores.book.advance(step, booked))

    @rule(changes=moves, symbol=st.sampled_from(SYMBOLS), gap=st.booleans(), twice=st.booleans())
    def time_passes(self, changes: list[Decimal], symbol: str, gap: bool, twice: bool) -> None:
        begin = self.now
        for name in SYMBOLS:
            shifts = changes if name == symbol else [Decimal(0)] * len(changes)
            self._save(name, begin, shifts, gap=gap)
        self.now = begin + len(changes) * HOUR
        for _ in range(1 + twice):
            self.runner.run(FollowTrades(self.stores).run(self.now))

    @rule(to_first=st.booleans())
    def join_and_part(self, to_first: bool) -> None:
        """Join to a third person's name and back: nothing is lost on the way."""
        owner = OWNERS[0] if to_first else OWNERS[1]
        before = self._entries(owner)
        for former, person in ((owner, "discord:9"), ("discord:9", owner)):
            self.runner.run(self._merge(former, person))
        assert {entry.entry_id for entry in self._entries(owner)} == {entry.entry_id for entry in before}

    @invariant()
    def everything_adds_up(self) -> None:
        for owner in OWNERS:
            entries = self._entries(owner)
            balances = balances_of(entries)
            assert not any(sums(posting for entry in entries for posting in entry.postings).values())
            assert [money_in(balances, account) >= 0 for account in (CASH, MARGIN, PROCEEDS, FEES)] == [True] * 4
            self._held(balances, owner)
            self._equity(entries, balances)
            self._results(entries, owner)

    def _held(self, balances: Any, owner: str) -> None:
        """The ledger holds the coins, costs and margins of exactly the trades that are open."""
        coins, margin, cost = Counter[str](), Decimal(0), Counter[str]()
        for booked in self._open(owner):
            sign = 1 if booked.trade.side == "LONG" else -1
            coins[booked.trade.symbol] += sign * booked.left  # type: ignore[assignment]
            cost[booked.trade.symbol] += sign * booked.cost_left  # type: ignore[assignment]
            margin += booked.cost_left if sign < 0 else 0
        assert position_quantities(balances) == {symbol: held for symbol, held in coins.items() if held}
        assert money_in(balances, MARGIN) == money_in(balances, PROCEEDS) == margin
        for symbol in SYMBOLS:
            assert balances.get((f"position:{symbol}", "USDT"), 0) == cost[symbol]

    def _equity(self, entries: tuple[Entry, ...], balances: Any) -> None:
        """Cash plus marked positions is what was put in, plus results, minus fees, plus what is not realised."""
        marked = sum((q * self.prices[s] for s, q in position_quantities(balances).items()), Decimal(0))
        cash = sum((money_in(balances, account) for account in (CASH, MARGIN, PROCEEDS)), Decimal(0))
        book = -sum((money_in(balances, account) for account in (EQUITY, REALISED, FEES)), Decimal(0))
        paid = sum((balances.get((f"position:{s}", "USDT"), Decimal(0)) for s in SYMBOLS), Decimal(0))
        equity = equity_at(balances, self.prices)
        assert equity == cash + marked
        assert equity == book + marked - paid
        assert len({entry.entry_id for entry in entries}) == len(entries)

    def _results(self, entries: tuple[Entry, ...], owner: str) -> None:
        for booked in self.runner.run(self.stores.book.of_owner(owner)):
            trade = booked.trade
            assert 0 <= booked.left <= trade.quantity
            assert booked.cost_left >= 0
            assert (trade.closed_at is None) == (booked.left > 0)
            if trade.closed_at is not None:
                assert trade.pnl_usd == realised_of(entries, trade.trade_id)

    def _save(self, symbol: str, begin: datetime, changes: list[Decimal], *, gap: bool) -> None:
        rows = []
        for change in changes:
            former = self.prices[symbol]
            close = max((former * (1 + change)).quantize(Decimal("0.0001")), Decimal("0.01"))
            first = close if gap else former
            rows.append((first, max(first, close) * Decimal("1.02"), min(first, close) * Decimal("0.98"), close))
            self.prices[symbol] = close
        columns = [np.array([float(value) for value in column]) for column in zip(*rows, strict=True)]
        open_ms = np.array([to_ms(begin + i * HOUR) for i in range(len(rows))], dtype=np.int64)
        series = Series("replay", symbol, Timeframe.H1)
        self.runner.run(self.stores.candles.save(Candles(series, open_ms, *columns, np.ones(len(rows)))))

    async def _merge(self, former: str, person: str) -> None:
        async with self.database.write() as conn:
            await conn.execute(sa.update(trades).where(trades.c.owner == former).values(owner=person))
            await merge_accounts(conn, former, person)

    def _entries(self, owner: str) -> tuple[Entry, ...]:
        return self.runner.run(self.stores.ledger.entries(owner, FAR))

    def _open(self, owner: str | None = None) -> list[Booked]:
        found = self.runner.run(self.stores.book.all_open())
        return [booked for booked in found if owner in (None, booked.trade.owner)]

    def _key(self) -> str:
        self.made += 1
        return f"k{self.made}"


TestPaperAccounts = PaperAccounts.TestCase
TestPaperAccounts.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=EXAMPLES == 8,
    suppress_health_check=list(HealthCheck),
)
