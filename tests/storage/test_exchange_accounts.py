"""What was read from accounts on exchanges, over both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from signals.exchange_account import ExchangeFill
from storage.audit import AuditEntry
from storage.exchange_accounts import AccountKey
from storage.stores import Stores
from tests.storage.builders import NOW

MINE, THEIRS = AccountKey("discord:3", "binance"), AccountKey("discord:30", "binance")
FILL = ExchangeFill("ETH/USDT", "9", "buy", Decimal("0.1"), Decimal("1500.00000001"), Decimal("0.0001"), "BNB", NOW)
LATER = NOW + timedelta(minutes=30)


async def test_balances_are_replaced_and_a_fault_leaves_them(stores: Stores) -> None:
    accounts = stores.exchange_accounts
    await accounts.replace_balances(MINE, {"BTC": Decimal("0.10000003"), "ADA": Decimal(5)}, NOW)
    await accounts.replace_balances(MINE, {"BTC": Decimal(1)}, NOW)
    await accounts.replace_balances(THEIRS, {}, NOW)
    await accounts.note_fault(MINE, "no answer", LATER)

    (mine,) = await accounts.of_owners([MINE.owner])

    assert mine.balances == {"BTC": Decimal(1)}
    assert (mine.taken_at, mine.tried_at, mine.fault) == (NOW, LATER, "no answer")
    assert [one.balances for one in await accounts.of_owners([THEIRS.owner])] == [{}]


async def test_a_fault_before_the_first_reading_is_kept(stores: Stores) -> None:
    await stores.exchange_accounts.note_fault(MINE, "bad key", NOW)

    (mine,) = await stores.exchange_accounts.of_owners([MINE.owner, "telegram:1"])

    assert (mine.taken_at, mine.fault, mine.balances) == (None, "bad key", {})


async def test_a_fill_is_stored_once_by_market_and_number(stores: Stores) -> None:
    accounts = stores.exchange_accounts
    more = [replace(FILL, fill_id="10", at=LATER), replace(FILL, symbol="BTC/USDT")]

    assert [await accounts.add_fills(MINE, fills) for fills in ([FILL], [FILL], [FILL, *more], [])] == [1, 0, 2, 0]
    assert await accounts.add_fills(THEIRS, [FILL]) == 1
    assert await accounts.newest_id(MINE, "ETH/USDT") == 10
    assert await accounts.newest_id(MINE, "ADA/USDT") is None
    assert await accounts.fills(MINE, 2) == (more[0], more[1])
    assert await accounts.fills(THEIRS, 9) == (FILL,)


async def test_forgetting_takes_all_of_one_person(stores: Stores) -> None:
    accounts = stores.exchange_accounts
    for key in (MINE, THEIRS):
        await accounts.replace_balances(key, {"BTC": Decimal(1)}, NOW)
        await accounts.add_fills(key, [FILL])
    shown = await stores.personal.rows([MINE.owner])

    gone = await stores.personal.remove([MINE.owner], AuditEntry(NOW, MINE.owner, MINE.owner, "forgotten", "done"))

    tables = ("exchange_accounts", "exchange_balances", "exchange_fills")
    assert [(len(shown[name]), gone[name]) for name in tables] == [(1, 1)] * 3
    assert await accounts.of_owners([MINE.owner]) == ()
    assert await accounts.fills(MINE, 9) == ()
    assert len((await accounts.of_owners([THEIRS.owner]))[0].balances) == 1
    assert await accounts.fills(THEIRS, 9) == (FILL,)
