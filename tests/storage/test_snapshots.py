"""Snapshots of accounts, over both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from signals.accounting import deposit
from storage.account_merge import merge_accounts
from storage.snapshots import PAPER, Snapshot
from storage.stores import Stores
from tests.storage.builders import NOW

A, B = "discord:1", "telegram:2"
ROW = Snapshot(A, NOW, Decimal("10000.12345678"), Decimal(1), Decimal("0.5"), 3)


async def test_a_slot_is_stored_once_and_replaced(stores: Stores) -> None:
    await stores.snapshots.save([ROW, replace(ROW, at=NOW - timedelta(hours=1))])
    await stores.snapshots.save([replace(ROW, equity=Decimal(7), entries=4)])
    await stores.snapshots.save([])

    found = await stores.snapshots.of_owner(A, PAPER, NOW)

    assert [one.at for one in found] == [NOW - timedelta(hours=1), NOW]
    assert found[0].equity == ROW.equity
    assert (found[1].equity, found[1].entries) == (7, 4)


async def test_people_accounts_and_later_slots_are_apart(stores: Stores) -> None:
    others = [replace(ROW, owner=B), replace(ROW, account="another"), replace(ROW, at=NOW + timedelta(seconds=1))]
    await stores.snapshots.save([ROW, *others])

    assert await stores.snapshots.of_owner(A, PAPER, NOW) == (ROW,)
    assert await stores.snapshots.of_owner(A, "another", NOW) == (others[1],)


async def test_everybody_with_a_ledger_is_known(stores: Stores) -> None:
    assert await stores.snapshots.owners() == ()

    await stores.ledger.post([deposit((key, owner), NOW, Decimal(1)) for key, owner in (("1", B), ("2", A), ("3", A))])

    assert await stores.snapshots.owners() == (A, B)


async def test_joining_two_people_drops_what_was_noted_of_either(stores: Stores) -> None:
    await stores.snapshots.save([ROW, replace(ROW, owner=B), replace(ROW, owner="discord:9")])

    async with stores.database.write() as conn:
        await merge_accounts(conn, B, A)

    assert await stores.snapshots.of_owner(A, PAPER, NOW) == await stores.snapshots.of_owner(B, PAPER, NOW) == ()
    assert len(await stores.snapshots.of_owner("discord:9", PAPER, NOW)) == 1
