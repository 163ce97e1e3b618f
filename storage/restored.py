"""What must be settled in a database that comes from a backup: it believes that it is still the day it was copied."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from storage.database import Database
from storage.delivery_tables import outbox
from storage.delivery_values import RowState
from storage.job_runs import RUNNING
from storage.lease_tables import leases
from storage.marks import mark
from storage.tables import documents, job_runs

MAY_HAVE_BEEN_SENT = "open when the backup was made: may have been sent since"


async def settle(database: Database, now: datetime, kinds: Collection[str]) -> None:
    """In one transaction: what was to be sent then is held for a person, since it may have been sent later; leases of
    that day bind nobody; and every document of these kinds is marked, so that the index is filled anew.
    """
    async with database.write() as conn:
        was_open = outbox.c.state.in_((RowState.NEW, RowState.SENDING))
        held = {"state": RowState.UNKNOWN, "note": MAY_HAVE_BEEN_SENT, "holder": ""}
        await conn.execute(sa.update(outbox).where(was_open).values(**held))
        await conn.execute(sa.update(leases).values(holder=""))
        await conn.execute(sa.update(job_runs).where(job_runs.c.state == RUNNING).values(lease_until=now))
        known = sa.select(documents.c.type, documents.c.doc_id).where(documents.c.type.in_(list(kinds)))
        found = (await conn.execute(known)).all()
        await mark(conn, [(row.type, row.doc_id.removeprefix(f"{row.type}:")) for row in found])
