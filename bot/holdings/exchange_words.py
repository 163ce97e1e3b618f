"""The second part of a portfolio: what a person holds on an exchange, as it was last read. Never mixed with paper."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from bot.commands.room import Room
from bot.reply import Table
from bot.wording import age, money, number, when
from rag.portfolio import STALE_BARS
from signals.clock import to_ms
from signals.model import Candles, Series
from signals.universe import QUOTE, names_of
from storage.exchange_accounts import AccountKey, ExchangeAccount

NOT_VALUED = "not valued"
SIMULATED = "simulated"  # invented prices say nothing about real coins
FILLS = 5
Row = tuple[str, ...]


async def on_exchanges(room: Room, owner: str) -> tuple[list[Table], list[str]]:
    """Tables and notes of every account of the person; nothing where none was ever read."""
    tables: list[Table] = []
    notes: list[str] = []
    for account in await room.stores.exchange_accounts.of_owners(await room.stores.people.identities_of(owner)):
        if account.taken_at is not None:
            tables.append(await _balances(room, account, notes))
            tables += await _fills(room, account)
        if account.fault:
            notes.append(
                f"Your account on {account.exchange} could not be read at {when(account.tried_at)}: {account.fault}"
            )
    return tables, notes


async def _balances(room: Room, account: ExchangeAccount, notes: list[str]) -> Table:
    rows: list[Row] = []
    total, blind = Decimal(0), []
    for asset, amount in account.balances.items():
        price = await _price(room, account.exchange, asset, notes)
        if price is None:
            blind.append(asset)
            rows.append((asset, number(amount), NOT_VALUED, NOT_VALUED))
            continue
        total += amount * price
        rows.append((asset, number(amount), number(price), money(amount * price)))
    told = f", without {', '.join(blind)}: no watched market with a price" if blind else ""
    notes.append(f"On {account.exchange}: {money(total)} {QUOTE}{told}. It is not part of the paper portfolio.")
    assert account.taken_at is not None
    title = f"On {account.exchange} (read only, as of {when(account.taken_at)})"
    return Table(title, ("asset", "amount", "price", f"value, {QUOTE}"), tuple(rows) or (("nothing", "", "", ""),))


async def _price(room: Room, exchange: str, asset: str, notes: list[str]) -> Decimal | None:
    """The last closed candle's close, of that exchange where it has one; None where the market is not watched."""
    if asset == QUOTE:
        return Decimal(1)
    names = names_of(f"{asset}/{QUOTE}")
    if not set(names) & set(room.watch.symbols):
        return None
    now = room.clock.now()
    for place in dict.fromkeys((exchange, *room.watch.exchanges)):
        if place == SIMULATED:
            continue
        wanted = [Series(place, name, timeframe) for name in names for timeframe in room.watch.timeframes]
        found = await room.stores.candles.newest_many(wanted, 1, until_ms=to_ms(now))
        closed = [(bars.closed_at(), bars) for bars in found if len(bars)]
        if not closed:
            continue
        at, bars = max(closed, key=lambda one: one[0])
        if now - at > STALE_BARS * timedelta(milliseconds=bars.series.timeframe.ms):
            notes.append(f"The price of {asset} is {age((now - at).total_seconds())} old ({when(at)}).")
        return _close(bars)
    return None


def _close(bars: Candles) -> Decimal:
    return Decimal(repr(float(bars.close[-1])))


async def _fills(room: Room, account: ExchangeAccount) -> list[Table]:
    fills = await room.stores.exchange_accounts.fills(AccountKey(account.owner, account.exchange), FILLS)
    rows = tuple(
        (when(f.at), f.side, f.symbol, number(f.amount), number(f.price), f"{number(f.fee)} {f.fee_asset}".strip())
        for f in fills
    )
    columns = ("time", "side", "market", "amount", "price", "fee")
    return [Table(f"Newest fills on {account.exchange}", columns, rows)] if rows else []
