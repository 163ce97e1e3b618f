"""What each person chose for their paper account. Its money is in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from signals.accounting import PaperAccount
from storage import dialect
from storage.database import Database
from storage.ledger_tables import paper_accounts
from storage.rows import as_row, from_row


class AccountStore:
    """One row per person who chose something."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, owner: str) -> PaperAccount:
        """The person's choices; all None where they made none."""
        query = sa.select(paper_accounts).where(paper_accounts.c.owner == owner)
        async with self._database.read() as conn:
            row = (await conn.execute(query)).one_or_none()
        return PaperAccount(owner) if row is None else from_row(PaperAccount, row)

    async def save(self, account: PaperAccount) -> None:
        """Store the choices in the place of the former ones."""
        async with self._database.write() as conn:
            await conn.execute(dialect.upsert(conn.dialect.name, paper_accounts), as_row(account))
