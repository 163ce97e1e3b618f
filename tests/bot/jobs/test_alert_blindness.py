"""Alerts whose market has no bars for long: their owner is told once, and once when bars come again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.delivery.private import OutboxNotices
from signals.alerts import Compare
from storage.delivery_tables import outbox
from storage.stores import Stores
from tests.bot.jobs.alert_room import an_alert, hours, job, level
from tests.bot.worlds import HandClock, stores_in
from tests.storage.builders import HOUR, NOW

ME = "telegram:5"


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    async with stores_in(tmp_path) as opened:
        yield opened


async def look(stores: Stores, hour: float) -> None:
    """A new process's run so many hours after NOW."""
    now = NOW + hour * HOUR
    await job(stores, OutboxNotices(HandClock(now))).run(now)


async def titles(stores: Stores) -> list[str]:
    async with stores.database.read() as conn:
        payloads = await conn.scalars(sa.select(outbox.c.payload).order_by(outbox.c.seq))
        return [str(payload["title"]).partition(":")[0] for payload in payloads]


async def test_it_is_told_once_after_six_hours_and_once_when_it_is_over(stores: Stores) -> None:
    await an_alert(stores, level("close", Compare.ABOVE, "100"), NOW - 5 * HOUR, owner=ME)
    await stores.candles.save(hours(90, 90, 90))

    told = []
    for hour in (0, 5.9, 6.1, 7, 9):
        await look(stores, hour)
        told.append(len(await titles(stores)))
    await stores.candles.save(hours(90, 90, 90, end=NOW + 10 * HOUR))
    for hour in (10, 10.1, 11):
        await look(stores, hour)

    assert told == [0, 0, 1, 1, 1]
    assert await titles(stores) == ["Alert 1 cannot be watched", "Alert 1 is watched again"]


async def test_of_a_market_that_never_had_a_bar_it_is_told_too(stores: Stores) -> None:
    await an_alert(stores, level("close", Compare.ABOVE, "100"), NOW, owner=ME)

    for hour in (1, 7, 8):
        await look(stores, hour)

    assert await titles(stores) == ["Alert 1 cannot be watched"]


async def test_after_a_night_in_which_nothing_ran_nobody_is_told_of_it(stores: Stores) -> None:
    await an_alert(stores, level("close", Compare.ABOVE, "100"), NOW - 5 * HOUR, owner=ME)
    await stores.candles.save(hours(90, 90, 90))
    await look(stores, 0)
    await stores.candles.save(hours(90, 90, 90, end=NOW + 12 * HOUR))

    await look(stores, 12)

    assert await titles(stores) == []
