"""Paper trades with their plans, fills, notes and ledger entries: each step is one transaction, once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from signals.accounting import CASH, ZERO, Entry, adjustment, balances_of, money_in
from signals.errors import UserError
from signals.fills import Booked, Fill, Note, Step, TradePlan
from signals.model import Trade
from storage import dialect
from storage.database import Database
from storage.ledger import entries_of, post_new
from storage.ledger_tables import trade_fills, trade_notes, trade_plans
from storage.marks import mark
from storage.rows import as_row, from_row
from storage.tables import trades


class ShortOfCashError(UserError):
    """The account holds less free money than a step needs; `missing` in USDT. Nothing was stored."""

    def __init__(self, missing: Decimal) -> None:
        super().__init__(f"the account is short of {missing:,.2f} USDT")
        self.missing = missing


Tell = Callable[[AsyncConnection, Booked, Step], Awaitable[None]]


class TradeBook:
    """Steps of trades; a step that is there already changes nothing.

    `tell` is called inside the transaction of each step with fills, with the trade as it was before.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.tell: Tell | None = None

    async def open(self, steps: Sequence[Step], money: Sequence[Entry] = ()) -> tuple[Booked, ...]:
        """Store new trades in one transaction; those whose id is known are left as they are. Gives back the new ones.

        Each gets the person's next number; `money` is posted with them. ShortOfCashError when the person's cash would
        be below zero afterwards.
        """
        async with self._database.write() as conn:
            await post_new(conn, money)
            opened = [booked for step in steps if (booked := await _open(conn, step)) is not None]
            for owner in {booked.trade.owner for booked in opened}:
                await _refuse_debt(conn, owner)
        return tuple(opened)

    async def open_decided(self, decide: Callable[[], Awaitable[Step]]) -> Booked | None:
        """Store the new trade that `decide` gives; None when its id is known. ShortOfCashError as `open`.

        No writer, of whatever process, comes between what `decide` reads and the booking: what it found of the account
        still holds. It reads on connections of its own and must not write; what it raises leaves nothing stored.
        """
        async with self._database.write() as conn:
            step = await decide()
            opened = await _open(conn, step)
            if opened is not None:
                await _refuse_debt(conn, step.trade.owner)
        return opened

    async def advance(self, step: Step, former: Booked) -> bool:
        """Store what happened to a trade since `former` was read; False when somebody else was faster: read again.

        A loss beyond the person's cash is written off in the same transaction, as an adjustment of its own.
        """
        async with self._database.write() as conn:
            if await _fills(conn, trade_fills.c.trade_id == step.trade.trade_id) != former.fills:
                return False
            await conn.execute(dialect.upsert(conn.dialect.name, trade_plans), _plan_row(step.plan))
            if step.fills:
                await _store(conn, step)
                await _write_off(conn, step)
                if self.tell is not None:
                    await self.tell(conn, former, step)
        return True

    async def get(self, trade_id: str, owner: str) -> Booked | None:
        """The person's trade, as it stands now."""
        return await self._one((trade_plans.c.trade_id == trade_id) & (trade_plans.c.owner == owner))

    async def numbered(self, number: int, owner: str) -> Booked | None:
        """The person's trade by the number they see."""
        return await self._one((trade_plans.c.number == number) & (trade_plans.c.owner == owner))

    async def of_owner(self, owner: str, *, only_open: bool = False) -> tuple[Booked, ...]:
        """All trades of a person as they stand now, newest first."""
        where = trade_plans.c.owner == owner
        return await self._booked(where & trades.c.closed_at.is_(None) if only_open else where)

    async def all_open(self) -> tuple[Booked, ...]:
        """Everybody's open trades, for the job that follows them; newest first."""
        return await self._booked(trades.c.closed_at.is_(None))

    async def fills(self, owner: str, as_of: datetime) -> tuple[Fill, ...]:
        """The person's fills that happened by `as_of`, in the order of time."""
        async with self._database.read() as conn:
            return await _fills(conn, (trade_fills.c.owner == owner) & (trade_fills.c.at <= as_of))

    async def add_note(self, note: Note) -> bool:
        """Keep a note about the person's trade, with its ingest marks; False when it is there or the trade is not.

        The trade's own `note` holds all of them, one per line, oldest first.
        """
        async with self._database.write() as conn:
            mine = (trades.c.trade_id == note.trade_id) & (trades.c.owner == note.owner)
            row = (await conn.execute(sa.select(trades.c.note).where(mine))).one_or_none()
            known = trade_notes.c.trade_id == note.trade_id
            seq = await conn.scalar(sa.select(sa.func.count()).select_from(trade_notes).where(known)) or 0
            new = dialect.insert_new(conn.dialect.name, trade_notes)
            if row is None or (await conn.execute(new, as_row(note) | {"seq": seq})).rowcount <= 0:
                return False
            joined = "\n".join(part for part in (row.note, note.text) if part)
            await conn.execute(sa.update(trades).where(mine).values(note=joined, noted_at=note.at))
            await mark(conn, [("trade", note.trade_id), ("trade_note", note.trade_id)])
        return True

    async def notes(self, trade_id: str, owner: str, as_of: datetime) -> tuple[Note, ...]:
        """What the person had noted by `as_of`, oldest first."""
        t = trade_notes.c
        where = (t.trade_id == trade_id) & (t.owner == owner) & (t.at <= as_of)
        async with self._database.read() as conn:
            rows = await conn.execute(sa.select(trade_notes).where(where).order_by(t.at, t.seq))
            return tuple(from_row(Note, row) for row in rows)

    async def _one(self, where: sa.ColumnElement[bool]) -> Booked | None:
        found = await self._booked(where)
        return found[0] if found else None

    async def _booked(self, where: sa.ColumnElement[bool]) -> tuple[Booked, ...]:
        joined = trades.join(trade_plans, trades.c.trade_id == trade_plans.c.trade_id)
        plans = [column for column in trade_plans.c if column.name not in ("trade_id", "owner")]
        query = sa.select(trades, *plans).select_from(joined).where(where)
        query = query.order_by(trades.c.opened_at.desc(), trade_plans.c.number.desc())
        async with self._database.read() as conn:
            rows = (await conn.execute(query)).all()
            wanted = sa.select(trades.c.trade_id).select_from(joined).where(where)
            fills = await _fills(conn, trade_fills.c.trade_id.in_(wanted)) if rows else ()
        by_trade: dict[str, list[Fill]] = {}
        for fill in fills:
            by_trade.setdefault(fill.trade_id, []).append(fill)
        return tuple(Booked(from_row(Trade, row), _plan(row), tuple(by_trade.get(row.trade_id, ()))) for row in rows)


async def _open(conn: AsyncConnection, step: Step) -> Booked | None:
    row = as_row(step.trade)
    if (await conn.execute(dialect.insert_new(conn.dialect.name, trades), row)).rowcount <= 0:
        return None
    t = trade_plans.c
    last = await conn.scalar(sa.select(sa.func.max(t.number)).where(t.owner == step.trade.owner))
    plan = replace(step.plan, number=(last or 0) + 1)
    await conn.execute(sa.insert(trade_plans), _plan_row(plan))
    await _store(conn, step)
    if step.notes:
        await conn.execute(sa.insert(trade_notes), [as_row(note) | {"seq": i} for i, note in enumerate(step.notes)])
    return Booked(step.trade, plan, step.fills)


async def _store(conn: AsyncConnection, step: Step) -> None:
    trade = step.trade
    mine = trade_fills.c.trade_id == trade.trade_id
    begin = await conn.scalar(sa.select(sa.func.count()).select_from(trade_fills).where(mine)) or 0
    rows = [as_row(fill) | {"seq": begin + i} for i, fill in enumerate(step.fills)]
    await conn.execute(sa.insert(trade_fills), rows)
    await post_new(conn, step.entries)
    await conn.execute(
        sa.update(trades).where(trades.c.trade_id == trade.trade_id).values(_without_note(as_row(trade)))
    )
    await mark(conn, [("trade", trade.trade_id), *([("trade_note", trade.trade_id)] if trade.note else [])])


async def _cash(conn: AsyncConnection, owner: str) -> Decimal:
    return money_in(balances_of(await entries_of(conn, owner)), CASH)


async def _refuse_debt(conn: AsyncConnection, owner: str) -> None:
    cash = await _cash(conn, owner)
    if cash < ZERO:
        raise ShortOfCashError(-cash)


async def _write_off(conn: AsyncConnection, step: Step) -> None:
    cash, last = await _cash(conn, step.trade.owner), step.entries[-1]
    if cash < ZERO:
        note = "a loss beyond the account's cash, written off"
        await post_new(conn, [adjustment((f"write-off:{last.entry_id}", last.owner), last.at, -cash, note)])


async def _fills(conn: AsyncConnection, where: sa.ColumnElement[bool]) -> tuple[Fill, ...]:
    query = sa.select(trade_fills).where(where).order_by(trade_fills.c.at, trade_fills.c.trade_id, trade_fills.c.seq)
    return tuple(from_row(Fill, row) for row in await conn.execute(query))


def _without_note(row: dict[str, Any]) -> dict[str, Any]:
    """A note that was added meanwhile stays."""
    return {name: value for name, value in row.items() if name not in ("trade_id", "note", "noted_at")}


def _plan_row(plan: TradePlan) -> dict[str, Any]:
    return as_row(plan) | {"targets": [format(target, "f") for target in plan.targets]}


def _plan(row: sa.Row[Any]) -> TradePlan:
    plan = from_row(TradePlan, row)
    return replace(plan, targets=tuple(Decimal(text) for text in row.targets))
