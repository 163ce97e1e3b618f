"""Who is who and who may what: accounts on platforms, the person behind them, roles, and codes that join two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import dialect
from storage.account_merge import merge_accounts
from storage.database import Database
from storage.marks import mark
from storage.people_tables import identities, link_codes, roles
from storage.rows import as_row, from_row
from storage.tables import recommendations, trades


@dataclass(frozen=True, slots=True)
class RoleRow:
    """The role of an account (`discord:123`), who set it, and when."""

    identity: str
    role: str
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class Joined:
    """What joining two accounts moved to the person: trades and recommendations of the joined account."""

    person: str
    trades: int
    recommendations: int


async def accounts_of(conn: AsyncConnection, person: str) -> tuple[str, ...]:
    """Every account of a person, the naming one first, read inside somebody's transaction."""
    query = sa.select(identities.c.identity).where(identities.c.person == person).order_by(identities.c.identity)
    joined = (await conn.scalars(query)).all()
    return (person, *(one for one in joined if one != person))


class PeopleStore:
    """Accounts are `platform:id`; a person is named by one of their accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def person_of(self, identity: str) -> str:
        """The person behind an account: itself unless it was joined to another."""
        return (await self.person_and_role(identity))[0]

    async def person_and_role(self, identity: str) -> tuple[str, str | None]:
        """The person behind an account, and the account's stored role, in one read."""
        person = sa.select(identities.c.person).where(identities.c.identity == identity).scalar_subquery()
        role = sa.select(roles.c.role).where(roles.c.identity == identity).scalar_subquery()
        async with self._database.read() as conn:
            row = (await conn.execute(sa.select(person.label("person"), role.label("role")))).one()
        return row.person or identity, row.role

    async def identities_of(self, person: str) -> tuple[str, ...]:
        """Every account of a person, the naming one first."""
        async with self._database.read() as conn:
            return await accounts_of(conn, person)

    async def set_role(self, row: RoleRow) -> None:
        """Store an account's role in the place of the former one."""
        async with self._database.write() as conn:
            await conn.execute(dialect.upsert(conn.dialect.name, roles), as_row(row))

    async def roles(self) -> tuple[RoleRow, ...]:
        """Every stored role, by account."""
        async with self._database.read() as conn:
            return tuple(from_row(RoleRow, row) for row in await conn.execute(sa.select(roles).order_by("identity")))

    async def keep_code(self, identity: str, code_hash: str, expires_at: datetime) -> None:
        """Remember an account's one code; a former one ends."""
        row = {"identity": identity, "code_hash": code_hash, "expires_at": expires_at}
        async with self._database.write() as conn:
            await conn.execute(dialect.upsert(conn.dialect.name, link_codes), row)

    async def code_owner(self, code_hash: str, now: datetime) -> str | None:
        """The account that was given a code which is still good."""
        query = sa.select(link_codes.c.identity).where(_good(code_hash, now))
        async with self._database.read() as conn:
            found: str | None = await conn.scalar(query)
        return found

    async def join(self, code_hash: str, identity: str, now: datetime) -> Joined | None:
        """Join an account to the person who got the code; the code ends with it. None when it is not good any more.

        One transaction: all accounts of the joined person point to the other one, who becomes the owner of their
        trades, ledger and recommendations; what changed is marked for ingestion. Roles stay with each account.
        """
        async with self._database.write() as conn:
            giver: str | None = await conn.scalar(sa.select(link_codes.c.identity).where(_good(code_hash, now)))
            if giver is None:
                return None
            await conn.execute(sa.delete(link_codes).where(link_codes.c.code_hash == code_hash))
            person, former = await _person(conn, giver), await _person(conn, identity)
            if person == former:
                return Joined(person, 0, 0)
            await conn.execute(sa.update(identities).where(identities.c.person == former).values(person=person))
            rows = [{"identity": one, "person": person, "linked_at": now} for one in (identity, former)]
            for row in rows:
                await conn.execute(dialect.upsert(conn.dialect.name, identities), row)
            moved = [await _hand_over(conn, table, former, person) for table in (trades, recommendations)]
            await merge_accounts(conn, former, person)
        return Joined(person, *moved)


def _good(code_hash: str, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(link_codes.c.code_hash == code_hash, link_codes.c.expires_at > now)


async def _person(conn: AsyncConnection, identity: str) -> str:
    found: str | None = await conn.scalar(sa.select(identities.c.person).where(identities.c.identity == identity))
    return found or identity


async def _hand_over(conn: AsyncConnection, table: sa.Table, former: str, person: str) -> int:
    key: sa.Column[Any] = next(iter(table.primary_key.columns))
    ids = (await conn.scalars(sa.select(key).where(table.c.owner == former))).all()
    await conn.execute(sa.update(table).where(table.c.owner == former).values(owner=person))
    kinds = ("trade", "trade_note") if table is trades else ("recommendation",)
    await mark(conn, [(kind, one) for one in ids for kind in kinds])
    return len(ids)
