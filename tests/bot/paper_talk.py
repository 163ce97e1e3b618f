"""What tests of paper trading share: /trade and /account as they are typed, and every row they may change."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from bot.commands.spec import Attached
from bot.reply import Reply
from signals.fills import Booked
from storage.tables import metadata
from tests.bot.chat_world import TRADER, World
from tests.markets import trade_candles

PRICE = Decimal(repr(float(trade_candles(1).close[-1])))
KEPT = ("trades", "trade_plans", "trade_fills", "trade_notes", "ledger_entries", "ledger_postings", "paper_accounts")


async def trading(world: World, *words: str, caller: Any = TRADER, event: str = "") -> Reply:
    """`/trade` with what follows it."""
    action, _, details = " ".join(words).partition(" ")
    return await world.run(caller, "trade", event, action=action, details=details)


async def importing(world: World, content: bytes, *, size: int | None = None, details: str = "") -> Reply:
    """`/trade import` with an attached file; `size` is what the platform says of it."""

    async def read() -> bytes:
        return content

    values = {"action": "import", "details": details}
    file = Attached("mine.csv", len(content) if size is None else size, read)
    return await world.commands.run("trade", replace(world.invocation(TRADER, values), files=(file,)))


async def account(world: World, words: str = "", caller: Any = TRADER) -> Reply:
    """`/account` with what follows it."""
    action, _, value = words.partition(" ")
    return await world.run(caller, "account", action=action, value=value)


async def rows(world: World) -> dict[str, list[Any]]:
    """Everything that is kept of accounts and trades."""
    async with world.stores.database.read() as conn:
        return {name: sorted(map(str, await conn.execute(sa.select(metadata.tables[name])))) for name in KEPT}


async def only(world: World, owner: str = TRADER.identity) -> Booked:
    """The person's one trade."""
    (booked,) = await world.stores.book.of_owner(owner)
    return booked
