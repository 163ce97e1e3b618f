"""A headline in words: what somebody outside said, as data and never as an instruction."""

from __future__ import annotations

from rag.documents.words import TEMPLATE, asset_words, long_date, sentence, text_of
from storage.news import NewsItem
from storage.values import Document


def news_document(item: NewsItem, symbol: str | None) -> Document:
    """The headline about one of its symbols (or none): dated when published, known when fetched. Shared, `external`."""
    about = f" about {asset_words(symbol)}" if symbol else ""
    first = item.symbols[0] if item.symbols else None
    pk = item.news_id if symbol == first else f"{item.news_id}:{symbol}"
    dated = "published" if item.dated else "undated, first seen"
    parts = [
        f"News headline{about}, {dated} {long_date(item.published_at)} by {item.source or 'an unnamed source'}",
        sentence(item.title),
        sentence(item.summary),
        _tone(item.sentiment),
    ]
    return Document(
        doc_id=f"news:{pk}",
        type="news",
        text=text_of(parts),
        at=item.published_at,
        known_at=item.fetched_at,
        symbol=symbol,
        parent=None if symbol == first else f"news:{item.news_id}",
        trust="external",
        template=TEMPLATE,
    )


def _tone(sentiment: float | None) -> str:
    if sentiment is None:
        return ""
    word = "positive" if sentiment > 0.2 else "negative" if sentiment < -0.2 else "neutral"
    return f"Its tone was scored {word}"
