"""Databases from before there was a ledger keep their trades, and every one of them is booked."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command

from signals.accounting import CASH, EQUITY, balances_of, lowest_cash, money_in, realised_of
from signals.clock import iso
from storage.database import Database
from storage.migrate import alembic_config, upgrade
from storage.rows import as_row
from storage.stores import Stores
from storage.tables import recommendations, trades
from tests.storage.builders import NOW, recommendation, trade
from tests.storage.conftest import sqlite_url

A, B = "discord:1", "telegram:2"
OPEN: dict[str, Any] = {"exit": None, "closed_at": None, "pnl_usd": None, "return_pct": None, "exit_reason": None}


async def before(url: str, rows: list[dict[str, Any]], cards: list[dict[str, Any]]) -> None:
    """A database of the revision before the ledger, with these trades and recommendations."""

    def old(connection: sa.Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
        former = sa.table("trades", *(sa.column(c.name, c.type) for c in trades.c if c.name != "noted_at"))
        for row in rows:
            connection.execute(sa.insert(former), {k: v for k, v in row.items() if k != "noted_at"})
        for card in cards:
            connection.execute(sa.insert(recommendations), card)

    database = Database(url)
    async with database.write() as conn:
        await conn.run_sync(old)
    await database.close()


async def migrated(tmp_path: Path, rows: list[dict[str, Any]], cards: list[dict[str, Any]]) -> Stores:
    url = sqlite_url(tmp_path / "old.db")
    await before(url, rows, cards)
    assert await upgrade(url)
    return Stores.of(await Database.open(url))


async def test_trades_from_before_are_booked_and_balance(tmp_path: Path) -> None:
    rows = [
        as_row(trade("won", A, pnl_usd=Decimal("12.5"), fees_usd=Decimal("1.25"))),
        as_row(trade("lost", A, side="SHORT", exit=None, opened_at=NOW - timedelta(hours=9))),
        as_row(trade("open", A, **OPEN, note="still in")),
        as_row(trade("big", B, quantity=Decimal(20), **OPEN, note="")),
    ]
    stores = await migrated(tmp_path, rows, [])

    try:
        entries = await stores.ledger.entries(A, NOW)
        found = {b.trade.trade_id: b for b in await stores.book.of_owner(A)}
        assert {key: b.plan.number for key, b in found.items()} == {"lost": 1, "open": 2, "won": 3}
        assert realised_of(entries, "won") == Decimal("12.5")
        assert realised_of(entries, "lost") == Decimal("-17.28")
        assert (found["won"].left, found["open"].left) == (0, Decimal("0.5"))
        assert -money_in(balances_of(entries), EQUITY) == 10_000
        assert lowest_cash(entries) == 0
        assert found["won"].trade == trade("won", A, pnl_usd=Decimal("12.5"), fees_usd=Decimal("1.25"))
        assert [note.text for note in await stores.book.notes("open", A, NOW)] == ["still in"]

        (large,) = await stores.book.of_owner(B)
        assert large.plan.number == 1
        balances = await stores.ledger.balances(B, NOW)
        assert -money_in(balances, EQUITY) == Decimal(20) * Decimal("1333.33") + Decimal("0.66")
        assert money_in(balances, CASH) == 0
    finally:
        await stores.database.close()


async def test_an_open_trade_keeps_the_levels_of_the_card_it_was_taken_from(tmp_path: Path) -> None:
    card = as_row(recommendation("abc123", owner=A))
    card["payload"] = {
        "stop_loss": 1290.5,
        "exit_points": [1380.0, 1400.25],
        "expires_at": iso(NOW),
        "exchange": "replay",
    }
    rows = [as_row(trade("take-abc123-0123456789ab", A, **OPEN)), as_row(trade("take-gone-0123456789ab", A, **OPEN))]
    stores = await migrated(tmp_path, rows, [card])

    try:
        plans = {b.trade.trade_id: b.plan for b in await stores.book.of_owner(A)}
        kept, bare = plans["take-abc123-0123456789ab"], plans["take-gone-0123456789ab"]
        assert (kept.stop, kept.targets) == (Decimal("1290.5"), (Decimal("1380.0"), Decimal("1400.25")))
        assert (kept.expires_at, kept.exchange) == (NOW, "replay")
        assert (bare.stop, bare.targets, bare.expires_at) == (None, (), None)
    finally:
        await stores.database.close()
