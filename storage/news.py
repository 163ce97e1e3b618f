"""Headlines from outside: kept once per link, freed of links and markup, never trusted."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage import dialect
from storage.database import Database
from storage.keys import keys_of
from storage.knowledge_tables import news_items
from storage.marks import mark
from storage.rows import as_row, from_row, gently

LONGEST_TITLE = 300
LONGEST_SUMMARY = 1_000
LOOK_BACK = 2_000  # headlines that are looked through for those about a symbol

_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|</?[a-z][^>]{0,2000}>", re.IGNORECASE | re.DOTALL)
_LABELLED = re.compile(r"!?\[([^\]]{0,500})\]\([^)]{0,2000}\)")
_LINK = re.compile(r"\b(?:[a-z][a-z0-9+.-]{1,20}://|www\.)\S+|\bmailto:\S+", re.IGNORECASE)
_MENTION = re.compile(r"<[@#][!&]?\d+>|(?<!\w)@(?=\w)")


@dataclass(frozen=True, slots=True)
class NewsItem:
    """A headline. It is known from `fetched_at` on, whatever date it bears; `sentiment` is -1 to 1, None unscored.

    `confidence` is how sure that score is, 0 to 1. Without `dated` its feed gave no date that can be true, and
    `published_at` is when it was first seen.
    """

    link: str
    source: str
    title: str
    summary: str
    published_at: datetime
    fetched_at: datetime
    symbols: tuple[str, ...] = ()
    sentiment: float | None = None
    confidence: float | None = None
    dated: bool = True

    @property
    def news_id(self) -> str:
        """Sixteen hex digits of the link, its natural key."""
        return hashlib.sha256(self.link.strip().encode()).hexdigest()[:16]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its documents: its own for the first symbol (or none), `id:SYMBOL` for each further one."""
        return (self.news_id, *(f"{self.news_id}:{symbol}" for symbol in self.symbols[1:]))


class NewsStore:
    """Headlines by their link; the first version of a link stays, as a later one was not known then."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, items: Sequence[NewsItem]) -> int:
        """Store headlines with their ingest marks in one transaction; returns how many were new.

        Links, markup, mentions and control characters are taken out of title, summary and source first; an item
        without a title or link is passed over.
        """
        cleaned = [_cleaned(item) for item in items]
        new = 0
        async with self._database.write() as conn:
            statement = dialect.insert_new(conn.dialect.name, news_items)
            for item in cleaned:
                if not item.title or not item.link:
                    continue
                if (await conn.execute(statement, _row(item))).rowcount > 0:
                    await mark(conn, (("news", key) for key in item.keys))
                    new += 1
        return new

    async def get(self, news_id: str) -> NewsItem | None:
        """The headline."""
        query = sa.select(news_items).where(news_items.c.news_id == news_id)
        async with self._database.read() as conn:
            row = (await conn.execute(query)).one_or_none()
        return None if row is None else _item_of(row)

    async def latest(self, as_of: datetime, limit: int) -> tuple[NewsItem, ...]:
        """Headlines fetched by `as_of`, the newest published first."""
        t = news_items.c
        query = sa.select(news_items).where(t.fetched_at <= as_of).order_by(t.published_at.desc(), t.news_id)
        async with self._database.read() as conn:
            return tuple(_item_of(row) for row in await conn.execute(query.limit(limit)))

    async def since(self, moment: datetime, as_of: datetime) -> tuple[NewsItem, ...]:
        """Headlines published from `moment` on and fetched by `as_of`, the newest published first."""
        t = news_items.c
        query = sa.select(news_items).where(t.published_at >= moment, t.fetched_at <= as_of)
        async with self._database.read() as conn:
            rows = (await conn.execute(query.order_by(t.published_at.desc(), t.news_id))).all()
        return await gently(_item_of, rows)

    async def about(self, symbols: Sequence[str], as_of: datetime, limit: int) -> tuple[NewsItem, ...]:
        """Headlines that name one of the symbols and were fetched by `as_of`, the newest published first."""
        found: list[NewsItem] = []
        wanted, t = set(symbols), news_items.c
        query = sa.select(news_items).where(t.fetched_at <= as_of).order_by(t.published_at.desc(), t.news_id)
        async with self._database.read() as conn:
            for row in (await conn.execute(query.limit(LOOK_BACK))).all():
                if wanted & set(row.symbols):
                    found.append(_item_of(row))
                if len(found) == limit:
                    break
        return tuple(found)

    async def delete(self, news_id: str) -> bool:
        """Forget a headline and mark its documents for removal; False when there was none."""
        former = await self.get(news_id)
        if former is None:
            return False
        async with self._database.write() as conn:
            await conn.execute(sa.delete(news_items).where(news_items.c.news_id == news_id))
            await mark(conn, (("news", key) for key in former.keys))
        return True

    async def keys(self) -> AsyncIterator[list[str]]:
        """The keys of all documents of all headlines, some hundred at a time."""
        async for portion in keys_of(self._database, news_items.c.news_id):
            query = sa.select(news_items).where(news_items.c.news_id.in_(portion))
            async with self._database.read() as conn:
                found = [_item_of(row) for row in await conn.execute(query)]
            yield [key for item in found for key in item.keys]


def plain_text(text: str, longest: int) -> str:
    """One line without tags, links, mentions and control characters; cut at a word when longer than `longest`."""
    bare = _MENTION.sub("", _TAG.sub(" ", html.unescape(_TAG.sub(" ", text))))
    bare = _LINK.sub("", _LABELLED.sub(r"\1", bare))
    line = " ".join("".join(c if c.isprintable() else " " for c in bare).replace("`", "'").split())
    if len(line) <= longest:
        return line
    return line[: longest - 3].rsplit(" ", 1)[0] + "..."


def _cleaned(item: NewsItem) -> NewsItem:
    return replace(
        item,
        link=item.link.strip(),
        source=plain_text(item.source, 80),
        title=plain_text(item.title, LONGEST_TITLE),
        summary=plain_text(item.summary, LONGEST_SUMMARY),
        symbols=tuple(dict.fromkeys(item.symbols)),
    )


def _row(item: NewsItem) -> dict[str, Any]:
    return as_row(item) | {"news_id": item.news_id, "symbols": list(item.symbols)}


def _item_of(row: sa.Row[Any]) -> NewsItem:
    item = from_row(NewsItem, row)
    return replace(item, symbols=tuple(item.symbols))
