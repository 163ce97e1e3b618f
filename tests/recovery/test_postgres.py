"""kill -9 of the PostgreSQL server itself, again and again: no acknowledged message is lost, none is there twice.

`RECOVERY_KILLS` multiplies the kills: 3 here, 20 with 7. The desk is not restarted: it connects anew by itself.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from signals.errors import TemporaryError
from storage.database import Database
from storage.delivery_tables import outbox
from storage.delivery_values import NEW_SIGNAL, Outgoing, stream_of
from storage.migrate import upgrade
from storage.stores import Stores
from storage.tables import issued_signals
from tests.storage import postgres
from tests.storage.builders import HOUR, NOW, issued, trade

KILLS = min(20, 3 * int(os.environ.get("RECOVERY_KILLS", "1")))
LIMIT_S = 120.0
PLACES = ("discord:channel:1", "telegram:chat:2")


async def outlived(work: Callable[[], Awaitable[Any]], outages: Counter[str]) -> Any:
    """Try until the server is there again; only what Deskmate calls temporary may happen meanwhile."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            try:
                return await work()
            except TemporaryError as e:
                outages[type(e).__name__] += 1
                await asyncio.sleep(0.02)


async def write(stores: Stores, number: int, outages: Counter[str]) -> set[str]:
    """A signal with its messages in one transaction, one of them claimed and sent, and a trade; the keys."""
    one = issued(NOW + number * HOUR)
    rows = [Outgoing(stream_of(one.signal_id), NEW_SIGNAL, to, {"title": "BUY"}, NOW) for to in PLACES]
    await outlived(lambda: stores.signals.emit_many([one], rows), outages)
    await outlived(lambda: stores.trades.save(trade(f"t{number}")), outages)
    holder = str(number)
    for row in await outlived(lambda: stores.outbox.take_over(holder), outages):
        await outlived(lambda row=row: stores.outbox.unknown(row, NOW, "left by a killed server"), outages)
    due = await outlived(lambda: stores.outbox.due(NOW), outages)
    for row in await outlived(lambda: stores.outbox.claim([due[0].seq], holder, NOW), outages) if due else ():
        await outlived(lambda row=row: stores.outbox.sent(row, f"m{row.seq}", NOW), outages)
    return {row.key for row in rows}


@pytest.mark.may_block(reason="waits for a server to end and to start")
async def test_kills_of_the_server_lose_no_message() -> None:
    folder = postgres.tools()
    if folder is None:
        pytest.skip("no PostgreSQL server is installed here")
    chance, outages, acknowledged = random.Random(3), Counter[str](), set[str]()
    with postgres.durable_server(folder) as server:
        url = f"{server.address}/postgres"
        await upgrade(url)
        database = await Database.open(url)
        stores, done, stop = Stores.of(database), 0, asyncio.Event()

        async def keep_writing() -> int:
            number = 0
            while not stop.is_set():
                acknowledged.update(await write(stores, number, outages))
                number += 1
            return number

        writing = asyncio.create_task(keep_writing())
        for _ in range(KILLS):
            before = len(acknowledged)
            async with asyncio.timeout(LIMIT_S):
                while len(acknowledged) < before + 8 and not writing.done():
                    await asyncio.sleep(0.01)
            await asyncio.sleep(chance.uniform(0, 0.05))
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
            done += 1
        stop.set()
        signals = await writing
        async with database.read() as conn:
            keys = Counter(await conn.scalars(sa.select(outbox.c.key)))
            stored = await conn.scalar(sa.select(sa.func.count()).select_from(issued_signals))
        trades = await stores.trades.of_owner("terminal:local", NOW)
        await database.close()

    print(
        f"{done} kills of the server, {signals} signals, {len(acknowledged)} messages, none lost, none twice; "
        f"{outages['TemporaryError']} tries while it was away"
    )
    assert done == KILLS
    assert outages["TemporaryError"] >= KILLS
    assert keys == Counter(acknowledged)
    assert stored == len(trades) == signals
