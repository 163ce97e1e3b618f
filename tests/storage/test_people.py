"""People, roles, codes, the audit log, events and changes: over both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from storage.audit import AuditEntry
from storage.changes import CardRow, UniverseRow
from storage.people import Joined, RoleRow
from storage.stores import Stores
from tests.storage.builders import NOW, recommendation, trade

A, B, C = "discord:1", "telegram:2", "telegram:3"
LATER = NOW + timedelta(minutes=10)


async def marked(stores: Stores) -> set[tuple[str, str]]:
    pending = await stores.marks.pending(100)
    await stores.marks.done(pending)
    return {(mark.type, mark.pk) for mark in pending}


async def test_an_account_is_its_own_person_without_a_role(stores: Stores) -> None:
    assert await stores.people.person_and_role(A) == (A, None)
    assert await stores.people.identities_of(A) == (A,)


async def test_the_newest_role_counts(stores: Stores) -> None:
    await stores.people.set_role(RoleRow(A, "trader", B, NOW))
    await stores.people.set_role(RoleRow(A, "admin", C, LATER))

    assert (await stores.people.person_and_role(A))[1] == "admin"
    assert await stores.people.roles() == (RoleRow(A, "admin", C, LATER),)


async def test_joining_moves_what_was_owned_and_marks_it(stores: Stores) -> None:
    await stores.trades.save(trade("t1", B))
    await stores.trades.save(trade("t2", A))
    await stores.recommendations.save(recommendation("r1", owner=B))
    await marked(stores)
    await stores.people.keep_code(A, "hash", LATER)

    joined = await stores.people.join("hash", B, NOW)

    assert joined == Joined(A, 1, 1)
    assert {t.trade_id for t in await stores.trades.of_owner(A, NOW)} == {"t1", "t2"}
    assert await stores.trades.of_owner(B, NOW) == ()
    assert await marked(stores) == {("trade", "t1"), ("trade_note", "t1"), ("recommendation", "r1")}
    assert await stores.people.person_of(B) == A


async def test_joining_a_joined_person_takes_all_their_accounts_along(stores: Stores) -> None:
    await stores.people.keep_code(A, "one", LATER)
    await stores.people.join("one", B, NOW)
    await stores.people.keep_code(C, "two", LATER)
    await stores.trades.save(trade("t1", A))

    joined = await stores.people.join("two", B, NOW)

    assert joined == Joined(C, 1, 0)
    assert {await stores.people.person_of(one) for one in (A, B, C)} == {C}
    assert await stores.people.identities_of(C) == (C, A, B)


async def test_a_code_of_one_s_own_person_changes_nothing(stores: Stores) -> None:
    await stores.people.keep_code(A, "one", LATER)
    await stores.people.join("one", B, NOW)
    await stores.people.keep_code(B, "two", LATER)

    assert await stores.people.join("two", A, NOW) == Joined(A, 0, 0)
    assert await stores.people.identities_of(A) == (A, B)


async def test_a_code_is_good_once_until_it_expires_and_replaces_the_former(stores: Stores) -> None:
    await stores.people.keep_code(A, "old", LATER)
    await stores.people.keep_code(A, "new", LATER)

    assert await stores.people.code_owner("old", NOW) is None
    assert await stores.people.code_owner("new", NOW) == A
    assert await stores.people.code_owner("new", LATER) is None
    assert await stores.people.join("new", B, LATER) is None
    both = await asyncio.gather(stores.people.join("new", B, NOW), stores.people.join("new", C, NOW))
    assert sum(joined is None for joined in both) == 1


async def test_an_event_is_taken_once_however_often_it_comes_at_once(stores: Stores) -> None:
    taken = await asyncio.gather(*(stores.inbound.take("discord", "7", NOW) for _ in range(5)))

    assert sorted(taken) == [False, False, False, False, True]
    assert await stores.inbound.take("telegram", "7", NOW)
    assert await stores.inbound.forget(LATER) == 2
    assert await stores.inbound.take("discord", "7", NOW)


async def test_the_audit_log_is_read_newest_first_and_by_person_or_account(stores: Stores) -> None:
    entries = [
        AuditEntry(NOW, one, person, f"act {i}", "done") for i, (one, person) in enumerate([(A, A), (B, A), (C, C)])
    ]
    for entry in entries:
        await stores.audit.add(entry)

    assert await stores.audit.newest(2) == (entries[2], entries[1])
    assert await stores.audit.newest(9, A) == (entries[1], entries[0])
    assert await stores.audit.newest(9, B) == (entries[1],)


async def test_changes_of_the_universe_are_kept_oldest_first(stores: Stores) -> None:
    await stores.universe.save(UniverseRow("XRP/USDT", True, A, LATER))
    await stores.universe.save(UniverseRow("BTC/USDT", False, A, NOW))
    await stores.universe.save(UniverseRow("XRP/USDT", False, B, LATER))

    assert await stores.universe.all() == (
        UniverseRow("BTC/USDT", False, A, NOW),
        UniverseRow("XRP/USDT", False, B, LATER),
    )


async def test_a_choice_replaces_the_former(stores: Stores) -> None:
    assert await stores.choices.get("model") is None
    await stores.choices.save("model", "a", A, NOW)
    await stores.choices.save("model", "b", A, LATER)

    assert await stores.choices.get("model") == "b"


async def test_the_first_showing_of_a_card_counts(stores: Stores) -> None:
    first = CardRow("r1", True, "discord:dm", NOW)
    await stores.cards.save(first)
    await stores.cards.save(CardRow("r1", False, "discord:general", LATER))

    assert await stores.cards.get("r1") == first
    assert await stores.cards.get("r2") is None
