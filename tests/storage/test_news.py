"""Headlines: once per link, freed of what could be clicked or pinged, known when fetched; market days beside."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from signals.model import Timeframe
from storage.market_days import MarketDay
from storage.news import NewsItem, plain_text
from storage.news_feeds import FeedState
from storage.stores import Stores
from tests.storage.builders import HOUR, NOW

ITEM = NewsItem("https://example.org/a", "Wire", "ETH falls", "Words.", NOW, NOW + HOUR, ("ETH/USDT", "BTC/USDT"), -0.5)
DAY = MarketDay(
    "ETH/USDT", NOW.replace(hour=0, minute=0, second=0, microsecond=0), "x", Timeframe.H1, 1, 2, 0.5, 1.5, 9
)


async def test_a_link_is_kept_once_and_its_first_version_stays(stores: Stores) -> None:
    first = await stores.news.save([ITEM, ITEM])
    second = await stores.news.save([replace(ITEM, title="ETH soars", fetched_at=NOW + 9 * HOUR)])

    assert (first, second) == (1, 0)
    assert await stores.news.get(ITEM.news_id) == ITEM
    assert [(m.type, m.pk) for m in await stores.marks.pending(9)] == [
        ("news", ITEM.news_id),
        ("news", f"{ITEM.news_id}:BTC/USDT"),
    ]


async def test_headlines_are_known_from_when_they_were_fetched(stores: Stores) -> None:
    await stores.news.save([ITEM])

    assert await stores.news.latest(NOW, 5) == ()
    assert await stores.news.latest(NOW + HOUR, 5) == (ITEM,)


async def test_a_deleted_headline_marks_all_its_documents(stores: Stores) -> None:
    await stores.news.save([ITEM])
    await stores.marks.done(await stores.marks.pending(9))

    assert await stores.news.delete(ITEM.news_id)
    assert not await stores.news.delete(ITEM.news_id)
    assert {m.pk for m in await stores.marks.pending(9)} == {ITEM.news_id, f"{ITEM.news_id}:BTC/USDT"}
    assert await anext(stores.news.keys(), None) is None


async def test_an_item_without_a_title_or_link_is_passed_over(stores: Stores) -> None:
    assert await stores.news.save([replace(ITEM, title="<b></b>"), replace(ITEM, link=" ")]) == 0


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("<p>ETH <b>falls</b> 5&nbsp;%</p>", "ETH falls 5 %"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;ETH", "ETH"),
        ("read [this](https://evil.example/x) now https://evil.example/?a=1 or www.evil.example", "read this now or"),
        ("@everyone and <@123> look\u202e\x07", "everyone and look"),
        ("a < b and c > d", "a < b and c > d"),
        ("mail mailto:a@b.example `code`", "mail 'code'"),
    ],
)
def test_links_markup_and_mentions_are_taken_out(raw: str, plain: str) -> None:
    assert plain_text(raw, 300) == plain


def test_a_long_text_is_cut_at_a_word() -> None:
    assert plain_text("word " * 100, 20) == "word word word..."


async def test_a_market_day_is_written_once_and_again_when_it_differs(stores: Stores) -> None:
    first = await stores.market_days.save([DAY])
    same = await stores.market_days.save([DAY])
    other = await stores.market_days.save([replace(DAY, close=1.75, rsi=55.0)])

    assert (first, same, other) == (1, 0, 1)
    assert await stores.market_days.get(DAY.key) == replace(DAY, close=1.75, rsi=55.0)
    assert await stores.market_days.get("ETH/USDT:yesterday") is None
    assert await stores.market_days.newest(DAY.day + timedelta(hours=23)) == {}
    assert await stores.market_days.newest(DAY.known_at) == {"ETH/USDT": DAY.day}


async def test_keys_walk_through_every_day(stores: Stores) -> None:
    days = [replace(DAY, symbol=s, day=DAY.day + i * timedelta(days=1)) for s in ("A", "B") for i in range(200)]
    await stores.market_days.save(days)

    portions = stores.market_days.keys()
    assert [key async for portion in portions for key in portion] == [day.key for day in days]


async def test_headlines_are_found_by_their_symbol_and_by_their_time_as_they_were_known(stores: Stores) -> None:
    other = replace(ITEM, link="https://example.org/b", published_at=NOW - 30 * HOUR, symbols=("SOL/USDT",))
    none = replace(ITEM, link="https://example.org/c", symbols=(), dated=False, confidence=0.25)
    await stores.news.save([ITEM, other, none])

    assert await stores.news.about(("BTC/USDT", "SOL/USDT"), NOW + HOUR, 9) == (ITEM, other)
    assert await stores.news.about(("BTC/USDT", "SOL/USDT"), NOW + HOUR, 1) == (ITEM,)
    assert await stores.news.about(("BTC/USDT",), NOW, 9) == ()
    assert set(await stores.news.since(NOW - HOUR, NOW + HOUR)) == {ITEM, none}
    assert await stores.news.since(NOW - HOUR, NOW) == ()


async def test_a_feed_is_remembered_by_its_address_and_its_last_state(stores: Stores) -> None:
    first = FeedState("https://a.example/rss", NOW, '"one"', "Sat", NOW)
    later = replace(first, tried_at=NOW + HOUR, fault="it answers 429", quiet_until=NOW + 2 * HOUR)
    await stores.feeds.save(first)
    await stores.feeds.save(later)

    assert await stores.feeds.all(("https://a.example/rss", "https://b.example/rss")) == {later.url: later}
    assert await stores.feeds.all(()) == {}
