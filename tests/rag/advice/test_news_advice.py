"""A recommendation with news: the facts carry the 24 h score, clear news against the votes makes it HOLD, as known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rag.recommendation import Recommendation
from rag.replay import replay
from signals.model import Action
from storage.news import NewsItem
from tests.builders import NOW
from tests.markets import trade_candles
from tests.rag.advice.conftest import Room

HOUR = timedelta(hours=1)


async def told(room: Room, score: float, *, stories: int = 3, late: timedelta = timedelta(0)) -> Recommendation:
    """What is advised on a BUY after some headlines with that score, fetched so late."""
    await room.keep(trade_candles(1))
    await room.stores.news.save(
        [
            NewsItem(f"https://n.example/{n}", "n.example", f"Story {n}", "", NOW - n * HOUR, NOW - n * HOUR + late,
                     ("ETH/USDT",), score, 1.0)
            for n in range(1, stories + 1)
        ]
    )  # fmt: skip
    await room.ingest()
    found: Recommendation = (await room.ask("should I buy ETH?")).recommendations[0]
    return found


async def test_clear_news_against_a_buy_makes_it_hold_with_its_numbers(room: Room) -> None:
    found = await told(room, -0.5)

    facts = {fact.key: fact.value for fact in found.facts}
    assert found.action is Action.HOLD
    assert "possible value trap" in found.reason
    assert "possible value trap" in found.reasoning
    assert "-0.30" in found.what_would_change
    assert (facts["news_score_24h"], facts["news_count_24h"]) == (-0.5, 3)
    assert found.quantity == 0
    assert found.stop_loss is None


async def test_news_that_is_not_clear_is_told_and_changes_nothing(room: Room) -> None:
    found = await told(room, -0.2)

    assert found.action.direction == 1
    assert "The news of the last 24 hours scores -0.20 over 3 headlines." in found.reasoning
    assert "news" not in found.reason


async def test_news_that_agrees_is_a_reason(room: Room) -> None:
    found = await told(room, 0.5)

    assert found.action.direction == 1
    assert "the news of the last 24 hours agrees (score +0.50 over 3 headlines)" in found.reason


@pytest.mark.parametrize(("stories", "late"), [(2, timedelta(0)), (3, 4 * HOUR)], ids=["two", "not yet fetched"])
async def test_few_headlines_and_those_known_later_stop_nothing(room: Room, stories: int, late: timedelta) -> None:
    found = await told(room, -0.9, stories=stories, late=late)

    assert found.action.direction == 1
    assert "news" not in found.reason


async def test_a_hold_for_its_news_is_replayed_as_it_was(room: Room) -> None:
    found = await told(room, -0.5)
    logged = await room.stores.recommendations.get(found.recommendation_id)
    assert logged is not None

    again = replay(logged)

    assert again.same
    assert again.twin.reason == found.reason
