"""What joining two people does to their paper accounts: both histories stay, and become one."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.alerts import merge_alerts
from storage.ledger_tables import ledger_entries, paper_accounts, trade_fills, trade_notes, trade_plans
from storage.snapshots import merge_snapshots
from storage.tables import trades


async def merge_accounts(conn: AsyncConnection, former: str, person: str) -> None:
    """Give the joined person's ledger, plans, fills and notes to the other one, inside the caller's transaction.

    All deposits stay, so the joined balance is the sum of both. The person's trades keep their numbers; the joined ones
    are numbered after them, in the order they were opened. The person's choices stay; without any, the others' count.
    """
    await _renumber(conn, former, person)
    await merge_snapshots(conn, former, person)
    await merge_alerts(conn, former, person)
    for table in (ledger_entries, trade_fills, trade_notes):
        await conn.execute(sa.update(table).where(table.c.owner == former).values(owner=person))
    chosen = paper_accounts.c.owner
    if await conn.scalar(sa.select(chosen).where(chosen == person)) is None:
        await conn.execute(sa.update(paper_accounts).where(chosen == former).values(owner=person))
    else:
        await conn.execute(sa.delete(paper_accounts).where(chosen == former))


async def _renumber(conn: AsyncConnection, former: str, person: str) -> None:
    t = trade_plans.c
    last = await conn.scalar(sa.select(sa.func.max(t.number)).where(t.owner == person)) or 0
    joined = trade_plans.outerjoin(trades, trades.c.trade_id == t.trade_id)
    query = sa.select(t.trade_id).select_from(joined).where(t.owner == former)
    ids = (await conn.scalars(query.order_by(trades.c.opened_at, t.number))).all()
    for number, trade_id in enumerate(ids, start=last + 1):
        values = {"owner": person, "number": number}
        await conn.execute(sa.update(trade_plans).where(t.trade_id == trade_id).values(values))
