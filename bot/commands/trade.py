"""Paper trades by hand: open, close, list, note, import, export."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from bot.amounts import watched_symbol
from bot.commands.spec import Invocation
from bot.commands.trade_ids import TradeIds
from bot.jobs.follow_trades import TradeEvent, rules_of
from bot.paper.checks import beyond, refuse_by_account, refuse_levels, refuse_small
from bot.paper.csv_file import text_of
from bot.paper.csv_lines import to_csv
from bot.paper.desk import PaperDesk, Ticket, close_of
from bot.paper.importing import ImportTrades
from bot.paper.orders import CLOSE_USAGE, NOTE_USAGE, OpenOrder, close_order, note_order, open_order, trade_number
from bot.paper.words import (
    PAPER,
    event_line,
    fill_line,
    followed_line,
    name_of,
    plan_line,
    shown,
    trade_line,
    trades_table,
)
from bot.reply import Attachment, Reply, Table
from bot.wording import money, when
from rag.account import KnownAccount
from signals.errors import UserError
from signals.fills import Booked, Note, TradePlan
from signals.model import Trade

MOST_ROWS = 20
IMPORT_USAGE = (
    "Attach a file, or paste the CSV after /trade import: a heading with market, side, quantity, entry, opened_at (and "
    "where there are any, exit, closed_at, fees, stop, targets, notes), then a line per trade; /trade export shows one"
)


class Trades:
    """Answers are private; what a person does here changes their own paper account and nothing else."""

    def __init__(self, desk: PaperDesk) -> None:
        self._desk = desk
        self._import = ImportTrades(desk)
        self._ids = TradeIds(desk.stores.book)
        self._by_action: Mapping[str, Callable[[Invocation, str], Awaitable[Reply]]] = {
            "open": self._open,
            "close": self._close,
            "list": self._list,
            "note": self._note,
            "import": self._imported,
            "export": self._export,
        }

    async def command(self, invocation: Invocation) -> Reply:
        """By `action`, with the rest as `details`."""
        details = invocation.values.get("details", "")
        reply = await self._by_action[invocation.values["action"]](invocation, details)
        await self._desk.tell()
        return reply

    async def _open(self, invocation: Invocation, details: str) -> Reply:
        order, desk, owner = open_order(details), self._desk, invocation.caller.owner
        symbol = watched_symbol(order.symbol, desk.room.watch.symbols)
        async with desk.turn:
            now = desk.room.clock.now()
            await desk.up_to_date(owner, now)
            bars = await desk.newest(desk.room.market({"symbol": symbol}), now)
            series, market = bars.series, close_of(bars)
            entry = market if order.entry is None else order.entry
            refuse_levels(order, entry, market)
            rules = await rules_of(desk.stores, series.exchange, series.symbol)
            refuse_small(order.quantity * entry, rules)
            key = f"hand-{_key(invocation)}"
            plan = TradePlan(
                key, owner, 0, series.exchange, order.stop, () if order.target is None else (order.target,),
                fee_rate=desk.fee_rate,
            )  # fmt: skip
            trade = Trade(
                key, owner, series.symbol, series.timeframe, order.side, order.quantity, entry, now, Decimal(0),
                strategy="manual",
            )  # fmt: skip
            seen: list[KnownAccount] = []

            async def decide() -> Ticket:
                seen.append(await desk.known(owner, series.symbol, entry, now))
                refuse_by_account(seen[0], order.side, order.quantity * entry, desk.fee_rate)
                return Ticket(trade, plan)

            booked = await desk.open(owner, now, decide)
        if booked is None:
            raise UserError("this was opened already; /trade list shows it")
        return Reply(_opened(booked, bars.closed_at(), order), notes=beyond(seen[0], booked), private=True)

    async def _close(self, invocation: Invocation, details: str) -> Reply:
        await self._refuse_without_id(invocation, details, CLOSE_USAGE)
        order, owner = close_order(details), invocation.caller.owner
        async with self._desk.turn:
            booked = await self._desk.close(owner, order.number, (order.quantity, order.price), _key(invocation))
        at = "at your price" if order.price is not None else "at the last closed price"
        return Reply(f"{event_line(booked, booked.fills[-1])} Filled {at}. {PAPER}", private=True)

    async def _list(self, invocation: Invocation, details: str) -> Reply:
        wanted, owner, desk = details.strip().lower(), invocation.caller.owner, self._desk
        async with desk.turn:
            now = desk.room.clock.now()
            events = await desk.up_to_date(owner, now)
        if wanted not in ("", "open", "closed"):
            return await self._one(owner, trade_number(details.strip()))
        booked = await desk.stores.book.of_owner(owner)
        paper = await desk.money(owner, now)
        still = tuple(b for b in booked if b.trade.closed_at is None)
        ended = tuple(b for b in booked if b.trade.closed_at is not None)
        tables = [trades_table("Open trades", still[:MOST_ROWS], paper)] if still and wanted != "closed" else []
        if ended and wanted != "open":
            newest = sorted(ended, key=lambda b: b.trade.closed_at or b.trade.opened_at, reverse=True)
            tables.append(trades_table("Closed trades, newest first", tuple(newest[:MOST_ROWS]), paper))
        return Reply(_counted(len(still), len(ended), wanted), tables=tuple(tables), notes=_news(events), private=True)

    async def _one(self, owner: str, number_: int) -> Reply:
        desk, now = self._desk, self._desk.room.clock.now()
        booked = await desk.of(owner, number_)
        notes = await desk.stores.book.notes(booked.trade.trade_id, owner, now)
        paper = await desk.money(owner, now)
        fills = tuple((fill_line(booked, fill),) for fill in booked.fills)
        tables = [trades_table(name_of(booked), (booked,), paper), Table("Fills", ("what happened",), fills)]
        if notes:
            tables.append(Table("Notes", ("when", "note"), tuple((when(n.at), n.text) for n in notes)))
        levels = plan_line(booked) if booked.left else ""
        return Reply(f"{trade_line(booked)}. {levels}".strip(), tables=tuple(tables), private=True)

    async def _note(self, invocation: Invocation, details: str) -> Reply:
        await self._refuse_without_id(invocation, details, NOTE_USAGE)
        (number_, text), owner = note_order(details), invocation.caller.owner
        booked = await self._desk.of(owner, number_)
        note = Note(f"note-{_key(invocation)}", booked.trade.trade_id, owner, self._desk.room.clock.now(), text)
        if not await self._desk.stores.book.add_note(note):
            raise UserError("this note is kept already")
        return Reply(f"Noted on {name_of(booked)} ({booked.trade.symbol} {booked.trade.side}): {text}", private=True)

    async def _refuse_without_id(self, invocation: Invocation, details: str, usage: str) -> None:
        """UserError with how it is written and what could be meant, where only the action was given."""
        if not details.strip():
            raise UserError(f"{usage}. {await self._ids.open_ones(invocation.caller.owner)}".strip())

    async def _imported(self, invocation: Invocation, details: str) -> Reply:
        text = await _to_import(invocation, details)
        async with self._desk.turn:
            done = await self._import.run(invocation.caller.owner, text, self._desk.room.clock.now())
        if not done.trades:
            return Reply(f"All {done.known} line(s) are known already; nothing was changed.", private=True)
        names = [name_of(booked) for booked in done.trades]
        span = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
        known = f" {done.known} line(s) were known already." if done.known else ""
        put_in = (
            f" {money(done.deposit)} USDT were put in before the first of them, so that your cash was never below zero."
            if done.deposit
            else ""
        )
        still = sum(booked.trade.closed_at is None for booked in done.trades)
        followed = f" {still} of them still open and followed from now on." if still else ""
        return Reply(f"{len(names)} trade(s) imported: {span}.{known}{put_in}{followed}", private=True)

    async def _export(self, invocation: Invocation, details: str) -> Reply:
        if details.strip():
            raise UserError(f"export takes nothing else, not {shown(details)}; write: /trade export")
        owner, desk, now = invocation.caller.owner, self._desk, self._desk.room.clock.now()
        await desk.up_to_date(owner, now)
        booked = (await desk.stores.book.of_owner(owner))[::-1]
        if not booked:
            return Reply("You have no trades to export; Take a recommendation, or /trade open one.", private=True)
        rows = [(b, await desk.stores.book.notes(b.trade.trade_id, owner, now)) for b in booked]
        text = f"{len(rows)} trade(s), oldest first. /trade import reads this file again; what is known stays as it is."
        return Reply(text, files=(Attachment("trades.csv", to_csv(rows)),), private=True)


async def _to_import(invocation: Invocation, details: str) -> str:
    """The CSV of the attached file, of the file at a path, or as it was pasted."""
    pasted = details.strip()
    if invocation.files:
        if pasted:
            raise UserError("the CSV came as a file and as text: give one of them")
        return await text_of(invocation.files[0])
    if not pasted:
        raise UserError(IMPORT_USAGE)
    if invocation.on_disk is not None and not any(mark in pasted for mark in "\n,;"):
        return await text_of(invocation.on_disk(pasted))
    return pasted


def _opened(booked: Booked, bar_at: datetime, order: OpenOrder) -> str:
    at = "your price" if order.entry is not None else f"the last closed price, of {when(bar_at)}"
    fee = f"Filled at once at {at}, fee {money(booked.fills[0].fee)} USDT."
    levels = plan_line(booked) or "No stop and no target: it stays open until you close it."
    parts = (f"Paper trade opened: {trade_line(booked)}.", fee, levels, followed_line(booked), PAPER)
    return " ".join(part for part in parts if part)


def _counted(still: int, ended: int, wanted: str) -> str:
    if not still and not ended:
        return "You have no trades yet: Take a recommendation, or /trade open ETH/USDT long 0.5."
    if wanted == "open":
        return f"{still} open trade(s)." if still else "None of your trades is open."
    if wanted == "closed":
        return f"{ended} closed trade(s)." if ended else "None of your trades is closed."
    return f"{still} open and {ended} closed trade(s)."


def _news(events: tuple[TradeEvent, ...]) -> tuple[str, ...]:
    return tuple(f"New: {event_line(event.booked, event.fill)}" for event in events)


def _key(invocation: Invocation) -> str:
    """The natural key of what somebody did: the event's, on its platform."""
    caller = invocation.caller
    return sha256(f"{caller.identity} {invocation.event_id}".encode()).hexdigest()[:16]
