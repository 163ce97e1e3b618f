"""Caps hold when several processes act for one person at the same moment, over both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from bot.roles import Role
from signals.accounting import CASH, money_in
from storage.database import Database
from storage.people import RoleRow
from storage.stores import Stores
from tests.bot.chat_world import NOW, TRADER, World, world_over
from tests.markets import trade_candles

AT_ONCE = 20
EQUITY = Decimal(10_000)


@pytest.fixture
async def processes(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Sequence[World]]:
    """Twenty commands-and-desks over two connections to one database; none shares a lock with another."""
    other = await Database.open(database_url)
    mine = Stores.of(database)
    await mine.people.set_role(RoleRow(TRADER.identity, Role.TRADER, "test", NOW))
    await mine.candles.save(trade_candles(1))
    worlds = [world_over(mine if i % 2 else Stores.of(other), tmp_path) for i in range(AT_ONCE)]
    for i, world in enumerate(worlds):
        world.numbers = count(1000 * i)  # events of their own
    yield worlds
    await other.close()


async def test_twenty_takes_at_once_stay_within_the_largest_position(processes: Sequence[World]) -> None:
    shown = [await world.run(TRADER, "signal", symbol="eth") for world in processes]
    takes = [next(b.action for b in card.buttons if b.label == "Take") for card in shown]

    replies = await asyncio.gather(*(w.press(TRADER, take) for w, take in zip(processes, takes, strict=True)))

    booked = await processes[0].stores.book.of_owner(TRADER.identity)
    cost = sum((one.trade.quantity * one.trade.entry for one in booked), Decimal(0))
    assert len(set(takes)) == AT_ONCE
    assert 0 < cost <= EQUITY / 4
    assert sum("Paper trade opened" in reply.text for reply in replies) == len(booked)
    assert all("bound by" in reply.text for reply in replies if "opened:" not in reply.text)


async def test_twenty_trades_by_hand_at_once_spend_no_more_than_the_cash(processes: Sequence[World]) -> None:
    details = "eth long 2"

    replies = await asyncio.gather(*(w.run(TRADER, "trade", action="open", details=details) for w in processes))

    stores = processes[0].stores
    booked = await stores.book.of_owner(TRADER.identity)
    spent = sum((one.trade.quantity * one.trade.entry + one.fills[0].fee for one in booked), Decimal(0))
    cash = money_in(await stores.ledger.balances(TRADER.identity, NOW), CASH)
    assert 0 < spent <= EQUITY
    assert abs(cash - (EQUITY - spent)) < Decimal("1E-6")
    assert sum("opened" in reply.text for reply in replies if not reply.error) == len(booked)
    assert all("are free" in reply.text for reply in replies if reply.error)


async def test_money_taken_out_twenty_times_at_once_is_there_once(processes: Sequence[World]) -> None:
    asked = [await world.run(TRADER, "account", action="balance", value="-9000") for world in processes]

    replies = await asyncio.gather(*(w.yes(TRADER, reply) for w, reply in zip(processes, asked, strict=True)))

    balances = await processes[0].stores.ledger.balances(TRADER.identity, NOW)
    assert money_in(balances, CASH) == EQUITY - 9000
    assert sum(not reply.error for reply in replies) == 1
