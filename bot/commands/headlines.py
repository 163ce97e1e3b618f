"""Headlines about a market with their tone, source and time, and what they come to."""

from __future__ import annotations

from datetime import datetime

from bot.reply import Reply, Table
from bot.wording import when
from rag.news_tones import distinct, tones_of
from signals.confluence import CLEAR, FEWEST
from signals.news.sentiment import label_of
from signals.news.tone import SILENCE, Tone
from signals.universe import names_of
from storage.news import NewsItem
from storage.stores import Stores

MOST_SHOWN = 10
COLUMNS = ("time", "source", "tone", "headline")
UNCHECKED = "Headlines are other people's words, unchecked; their tone is scored by a word list, not by a reader."


async def news_about(stores: Stores, symbol: str, now: datetime) -> Reply:
    """The newest headlines known at `now`; says plainly when there are none, and what would bring some."""
    found = distinct(await stores.news.about(names_of(symbol), now, 3 * MOST_SHOWN))[:MOST_SHOWN]
    if not found:
        return Reply(
            f"No news is stored about {symbol}. `deskmate run` reads the feeds of NEWS_FEEDS every 15 minutes."
        )
    tone = (await tones_of(stores, (symbol,), now)).get(symbol, SILENCE)
    rows = tuple((_time(item), item.source, _tone(item), item.title) for item in found)
    return Reply(
        text=f"{len(found)} headlines about {symbol}, newest first. {tone_line(tone)}",
        tables=(Table(f"News about {symbol}", COLUMNS, rows),),
        notes=(UNCHECKED,),
    )


def tone_line(tone: Tone) -> str:
    """The 24 h score in a sentence, and whether it is clear enough to matter."""
    if tone.score is None:
        return "None of them counts for the last 24 hours, so news changes no signal."
    told = f"24 h score {tone.score:+.2f} over {tone.count} (from -1 to +1)"
    if tone.count < FEWEST or abs(tone.score) <= CLEAR:
        return f"{told}: not clear enough to change a signal."
    return f"{told}: clearly {label_of(tone.score)}, a signal against it becomes HOLD."


def _time(item: NewsItem) -> str:
    return when(item.published_at) if item.dated else f"undated, seen {when(item.fetched_at)}"


def _tone(item: NewsItem) -> str:
    return "not scored" if item.sentiment is None else f"{label_of(item.sentiment)} {item.sentiment:+.2f}"
