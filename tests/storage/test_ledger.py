"""The ledger, paper trades and their joins, over both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from signals.accounting import CASH, EQUITY, PaperAccount, balances_of, deposit, money_in, realised_of, sums, withdraw
from signals.fills import Booked, Note, closing
from storage.database import Database
from storage.ledger_tables import ledger_postings
from storage.stores import Stores
from storage.trade_book import ShortOfCashError
from tests.paper import book, step_for
from tests.storage.builders import NOW, trade

A, B = "discord:1", "telegram:2"
HOUR = timedelta(hours=1)
OPEN = {"exit": None, "closed_at": None, "pnl_usd": None, "return_pct": None, "exit_reason": None, "note": ""}


def running(trade_id: str = "t1", owner: str = A, **changes: object):
    return trade(trade_id, owner, **{**OPEN, "fees_usd": Decimal(0), **changes})


async def close(stores: Stores, booked: Booked, level: str = "close x", price: str = "2000") -> bool:
    step = closing(booked, level, NOW + HOUR, (booked.left, Decimal(price)))
    return await stores.book.advance(step, booked)


async def test_an_entry_is_posted_once(stores: Stores) -> None:
    entry = deposit(("d1", A), NOW, Decimal("0.1"))

    assert await stores.ledger.post([entry, deposit(("d2", A), NOW, Decimal("0.2"))]) != ()
    assert await stores.ledger.post([replace(entry, note="again")]) == ()
    assert await stores.ledger.balances(A, NOW) == {(CASH, "USDT"): Decimal("0.3"), (EQUITY, "USDT"): Decimal("-0.3")}
    assert await stores.ledger.entries(B, NOW) == ()


async def test_balances_are_those_of_any_moment(stores: Stores) -> None:
    await stores.ledger.post([deposit(("d1", A), NOW, Decimal(5)), withdraw(("w1", A), NOW + HOUR, Decimal(2))])

    assert await stores.ledger.balances(A, NOW - HOUR) == {}
    assert money_in(await stores.ledger.balances(A, NOW), CASH) == 5
    assert money_in(await stores.ledger.balances(A, NOW + HOUR), CASH) == 3


async def test_a_trade_is_opened_once_with_its_number_entries_and_marks(stores: Stores) -> None:
    first = await book(stores, running())
    second = await book(stores, running("t2"))

    assert (first.plan.number, second.plan.number) == (1, 2)
    assert await stores.book.open([step_for(running())]) == ()
    assert [b.plan.number for b in await stores.book.of_owner(A)] == [2, 1]
    assert await stores.book.get("t1", A) == first
    assert await stores.book.numbered(1, B) is None
    marks = {(mark.type, mark.pk) for mark in await stores.marks.pending(10)}
    assert marks == {("trade", "t1"), ("trade", "t2")}


async def test_presses_at_once_open_one_trade(stores: Stores) -> None:
    await stores.ledger.post([deposit(("d1", A), NOW - HOUR * 99, Decimal(10_000))])

    opened = await asyncio.gather(*(stores.book.open([step_for(running())]) for _ in range(5)))

    assert sum(len(one) for one in opened) == 1
    assert len((await stores.book.of_owner(A))[0].fills) == 1


async def test_a_trade_beyond_the_cash_is_not_stored(stores: Stores) -> None:
    with pytest.raises(ShortOfCashError) as refused:
        await book(stores, running(), balance=Decimal(1))

    assert refused.value.missing > 0
    assert await stores.book.of_owner(A) == ()
    assert await stores.ledger.entries(A, NOW) == ()


async def test_a_step_made_of_what_is_no_longer_so_changes_nothing(stores: Stores) -> None:
    booked = await book(stores, running())

    assert await close(stores, booked)
    assert not await close(stores, booked)
    assert not await close(stores, booked, level="stop", price="1")

    (found,) = await stores.book.of_owner(A)
    entries = await stores.ledger.entries(A, NOW + HOUR)
    assert [fill.level for fill in found.fills] == ["open", "close x"]
    assert found.trade.pnl_usd == realised_of(entries, "t1")
    assert await stores.book.all_open() == ()


async def test_a_loss_beyond_the_cash_is_written_off(stores: Stores) -> None:
    short = running(side="SHORT", quantity=Decimal(1), entry=Decimal(100))
    booked = await book(stores, short, balance=Decimal(100))

    assert await close(stores, booked, price="350")

    entries = await stores.ledger.entries(A, NOW + HOUR)
    assert money_in(balances_of(entries), CASH) == 0
    assert [entry.note for entry in entries if entry.kind == "adjustment"] == [
        "a loss beyond the account's cash, written off"
    ]


async def test_notes_are_kept_with_their_time_and_joined(stores: Stores) -> None:
    booked = await book(stores, running())
    first, second = Note("n1", "t1", A, NOW, "early"), Note("n2", "t1", A, NOW + HOUR, "late")

    assert [await stores.book.add_note(note) for note in (first, second, second)] == [True, True, False]
    assert not await stores.book.add_note(Note("n3", "t1", B, NOW, "not mine"))

    assert await stores.book.notes("t1", A, NOW) == (first,)
    assert await stores.book.notes("t1", B, NOW + HOUR) == ()
    (now,) = await stores.trades.of_owner(A, NOW)
    (later,) = await stores.trades.of_owner(A, NOW + HOUR)
    assert (now.note, later.note) == ("early", "early\nlate")
    assert await close(stores, booked)
    (closed,) = await stores.trades.of_owner(A, NOW + HOUR)
    assert closed.note == "early\nlate"


async def test_choices_are_kept_per_person(stores: Stores) -> None:
    chosen = PaperAccount(A, Decimal("0.015"), "confidence", allow_short=False)
    await stores.accounts.save(chosen)

    assert await stores.accounts.get(A) == chosen
    assert await stores.accounts.get(B) == PaperAccount(B)


async def test_joined_people_share_both_histories(stores: Stores) -> None:
    mine = await book(stores, running("a1"))
    for i, hours in enumerate((5, 9)):
        await book(stores, running(f"b{i}", B, opened_at=NOW - hours * HOUR))
    await stores.book.add_note(Note("n1", "b0", B, NOW, "mine"))
    await stores.accounts.save(PaperAccount(B, style="atr"))
    await stores.people.keep_code(A, "hash", NOW + HOUR)

    await stores.people.join("hash", B, NOW)

    found = {b.trade.trade_id: b for b in await stores.book.of_owner(A)}
    entries = await stores.ledger.entries(A, NOW)
    assert {key: b.plan.number for key, b in found.items()} == {"a1": 1, "b1": 2, "b0": 3}
    assert found["a1"] == mine
    assert await stores.book.of_owner(B) == await stores.ledger.entries(B, NOW) == ()
    assert -money_in(balances_of(entries), EQUITY) == 20_000
    assert {unit: total for e in entries for unit, total in sums(e.postings).items() if total} == {}
    assert (await stores.accounts.get(A)).style == "atr"
    assert [note.text for note in await stores.book.notes("b0", A, NOW)] == ["mine"]


async def test_every_unit_in_the_database_adds_up_to_zero(stores: Stores, database: Database) -> None:
    booked = await book(stores, running(side="SHORT"))
    await close(stores, booked)

    async with database.read() as conn:
        rows = (await conn.execute(sa.select(ledger_postings.c.unit, ledger_postings.c.amount))).all()

    assert {unit: sum(row.amount for row in rows if row.unit == unit) for unit in {row.unit for row in rows}} == {
        "USDT": 0,
        "ETH": 0,
    }
