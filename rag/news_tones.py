"""What stored news says of markets, as of a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from signals.news.tone import WINDOW, Heard, Tone, tone_at
from signals.universe import names_of
from storage.news import NewsItem
from storage.stores import Stores


async def tones_of(stores: Stores, symbols: Iterable[str], now: datetime) -> Mapping[str, Tone]:
    """The tone of the last 24 hours for each symbol, from one read, of what was known at `now`."""
    items = await stores.news.since(now - WINDOW, now)
    if not items:
        return {}
    return {symbol: tone_at(heard_of(items, symbol), now) for symbol in dict.fromkeys(symbols)}


def heard_of(items: Sequence[NewsItem], symbol: str) -> list[Heard]:
    """Those of the headlines that count for a symbol, under any of its names: scored, and with a date of their own.

    What bears no date may be weeks old: it is shown, never counted. One story that several feeds carry counts once.
    """
    wanted = set(names_of(symbol))
    return [
        Heard(one.published_at, one.fetched_at, one.sentiment, 1.0 if one.confidence is None else one.confidence)
        for one in distinct(items)
        if one.sentiment is not None and one.dated and wanted & set(one.symbols)
    ]


def distinct(items: Sequence[NewsItem]) -> list[NewsItem]:
    """The headlines in their order, of those with the same title only the one that was known first."""
    first: dict[str, NewsItem] = {}
    for one in items:
        title = " ".join(one.title.casefold().split())
        if title not in first or (one.fetched_at, one.link) < (first[title].fetched_at, first[title].link):
            first[title] = one
    kept = {one.link for one in first.values()}
    return [one for one in items if one.link in kept]
