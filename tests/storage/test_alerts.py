"""Alerts and firings over both databases: one effect each, everybody's own, and joined with the people."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from signals.alerts import Compare, Condition, Kind
from signals.errors import UserError
from signals.model import SignalState, Timeframe, Transition
from storage.account_merge import merge_accounts
from storage.alerts import FIRED, Alert, Firing, Looked
from storage.notices import Notice
from storage.stores import Stores
from tests.builders import NOW, an_issued

HOUR = timedelta(hours=1)


class Kept:
    def __init__(self) -> None:
        self.notices: list[Notice] = []

    async def put(self, conn: AsyncConnection, notices: Sequence[Notice]) -> None:
        self.notices += notices


def an_alert(price: int = 100, **changes: Any) -> Alert:
    condition = Condition(Kind.LEVEL, "ETH/USDT", Timeframe.H1, "close", Compare.ABOVE, str(price))
    owner = changes.get("owner", "me")
    made = Alert(f"{owner}-{price}", owner, condition, NOW, NOW + 30 * HOUR, NOW)
    return replace(made, **changes)


def a_firing(alert: Alert, *, muted: bool = False, after: int = 1) -> Firing:
    at = NOW + after * HOUR
    return Firing(alert.alert_id, f"bar {after}", alert.owner, at, "price 101, above 100", muted, at)


def tell(told: Sequence[tuple[Alert, Firing]]) -> list[Notice]:
    return [Notice(f.owner, f"{f.alert_id}:{f.occasion}", "t", (f.what,), f.found_at) for _, f in told]


async def test_an_alert_is_read_as_it_was_kept_with_the_persons_next_number(stores: Stores) -> None:
    first = await stores.alerts.add(an_alert(memory={"peak": "1"}, repeats=True, cooldown_s=60))
    second = await stores.alerts.add(an_alert(200))
    other = await stores.alerts.add(an_alert(owner="you"))

    assert [first.number, second.number, other.number] == [1, 2, 1]
    assert await stores.alerts.of_owner("me") == (first, second)
    assert await stores.alerts.numbered(1, "you") == other
    assert await stores.alerts.active() == (first, second, other)


async def test_the_same_id_again_is_the_same_alert_and_the_same_condition_is_refused(stores: Stores) -> None:
    kept = await stores.alerts.add(an_alert())

    assert await stores.alerts.add(an_alert()) == kept
    with pytest.raises(UserError, match="as number 1"):
        await stores.alerts.add(an_alert(alert_id="other"))
    await stores.alerts.remove([1], "me", NOW)
    assert (await stores.alerts.add(an_alert(alert_id="other"))).number == 2


async def test_only_ones_own_active_alerts_are_removed(stores: Stores) -> None:
    await stores.alerts.add(an_alert())

    assert await stores.alerts.remove([1], "you", NOW) == 0
    assert await stores.alerts.remove([1], "me", NOW) == 1
    assert await stores.alerts.remove([1], "me", NOW) == 0
    assert await stores.alerts.active() == ()


async def test_what_was_found_is_recorded_once_with_its_notices(stores: Stores) -> None:
    alert, kept = await stores.alerts.add(an_alert(repeats=True)), Kept()
    after = replace(alert, checked_at=NOW + HOUR, state=1, exchange="replay", fired_at=NOW + HOUR)
    looked = Looked(alert, after, (a_firing(alert), a_firing(alert, muted=True, after=2)))

    told = [await stores.alerts.record([looked], tell, kept) for _ in range(2)]

    assert told == [1, 0]
    assert [notice.key for notice in kept.notices] == ["me-100:bar 1"]
    assert await stores.alerts.of_owner("me") == (after,)
    assert await stores.alerts.firings("me") == ((1, a_firing(alert)),)
    assert await stores.alerts.firings("you") == ()
    assert await stores.alerts.occasions([alert.alert_id]) == {("me-100", "bar 1"), ("me-100", "bar 2")}


async def test_of_several_that_found_the_same_one_records_it(stores: Stores) -> None:
    alert, kept = await stores.alerts.add(an_alert(repeats=True)), Kept()
    looked = Looked(alert, replace(alert, checked_at=NOW + HOUR), (a_firing(alert),))

    told = await asyncio.gather(*(stores.alerts.record([looked], tell, kept) for _ in range(4)))

    assert sorted(told) == [0, 0, 0, 1]
    assert len(kept.notices) == 1


async def test_an_alert_that_was_removed_meanwhile_does_not_fire(stores: Stores) -> None:
    alert, kept = await stores.alerts.add(an_alert()), Kept()
    await stores.alerts.remove([1], "me", NOW)
    ended = replace(alert, checked_at=NOW + HOUR, ended=FIRED, ended_at=NOW + HOUR)

    assert await stores.alerts.record([Looked(alert, ended, (a_firing(alert),))], tell, kept) == 0
    assert kept.notices == []
    found = await stores.alerts.numbered(1, "me")
    assert found is not None
    assert found.ended == "removed"


async def test_joined_people_keep_all_their_alerts_numbered_on(stores: Stores) -> None:
    mine = await stores.alerts.add(an_alert())
    yours = [await stores.alerts.add(an_alert(price, owner="you", repeats=True)) for price in (100, 200)]
    looked = Looked(yours[0], replace(yours[0], checked_at=NOW + HOUR), (a_firing(yours[0]),))
    await stores.alerts.record([looked], tell, None)

    async with stores.database.write() as conn:
        await merge_accounts(conn, "you", "me")

    assert [(a.number, a.alert_id) for a in await stores.alerts.of_owner("me")] == [
        (1, mine.alert_id),
        (2, "you-100"),
        (3, "you-200"),
    ]
    assert [(n, f.alert_id) for n, f in await stores.alerts.firings("me")] == [(2, "you-100")]
    assert await stores.alerts.of_owner("you") == ()


async def test_signals_and_their_steps_are_found_by_when_they_were_known(stores: Stores) -> None:
    issued = an_issued()
    await stores.signals.emit(issued)
    step = Transition(issued.signal_id, SignalState.TARGET_1, NOW + 2 * HOUR, 1540.0)
    await stores.signals.add_transition(step)

    assert await stores.alerts.signals_since(NOW - HOUR, NOW) == (issued,)
    assert await stores.alerts.signals_since(NOW, NOW + HOUR) == ()
    assert await stores.alerts.steps_since(NOW, NOW + HOUR) == ()
    assert await stores.alerts.steps_since(NOW, NOW + 2 * HOUR) == ((issued, step),)
