"""Lessons: counted from outcomes that were known, shrunk beside the base rate, left out when there are few."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from rag.lessons import LEAST, lesson_facts, lessons_of
from signals.model import Action, Series, SignalState, Timeframe, Transition
from storage.stores import Stores
from tests.bot.worlds import stores_in
from tests.builders import NOW, a_signal, an_issued

HOUR = timedelta(hours=1)
SOL_4H = Series("replay", "SOL/USDT", Timeframe.H4)
BREAKOUT = a_signal(series=SOL_4H, setup="breakout")


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    """An empty database."""
    async with stores_in(tmp_path) as made:
        yield made


async def ended(stores: Stores, outcomes: str, first: int = 10, **changes: object) -> None:
    """Signals that ended, one a letter: w reached the target, l was stopped; each `first` hours and more ago."""
    for i, letter in enumerate(outcomes):
        known_at = NOW - (first + i) * HOUR
        values = {"series": SOL_4H, "setup": "breakout"} | changes
        issued = an_issued(known_at=known_at, bar_open_at=known_at - 4 * HOUR, **values)
        await stores.signals.emit(issued)
        state = SignalState.TARGET if letter == "w" else SignalState.STOPPED
        await stores.signals.add_transition(Transition(issued.signal_id, state, known_at + HOUR, 1.0, 1.0))


async def test_a_lesson_counts_this_setup_on_this_market(stores: Stores) -> None:
    await ended(stores, "wwwllllllll")
    await ended(stores, "wwwww", setup="trend", first=100)
    await ended(stores, "wwwwwwwww", action=Action.SELL, first=200)

    (lesson,) = await lessons_of(stores, BREAKOUT, NOW)
    (fact,) = lesson_facts((lesson,))

    assert (lesson.reached, lesson.n, lesson.base_reached, lesson.base_n) == (3, 11, 8, 16)
    assert lesson.rate == pytest.approx((3 + 20 * 0.5) / 31)
    assert "BUY, on SOL 4h: 3 of 11 ended signals reached the first target" in fact.text
    assert "50 % of all 16 BUY signals" in fact.text
    assert fact.value == round(lesson.rate, 4)


async def test_too_few_of_the_market_widen_to_all_symbols_and_too_few_at_all_say_nothing(stores: Stores) -> None:
    await ended(stores, "wl")
    assert await lessons_of(stores, BREAKOUT, NOW) == ()

    await ended(stores, "l" * LEAST, first=50, series=Series("replay", "ETH/USDT", Timeframe.H4))
    (lesson,) = await lessons_of(stores, BREAKOUT, NOW)

    assert (lesson.where, lesson.reached, lesson.n) == ("4h, all symbols", 1, LEAST + 2)


async def test_an_outcome_that_came_later_teaches_nothing(stores: Stores) -> None:
    await ended(stores, "w" * LEAST)

    assert len(await lessons_of(stores, BREAKOUT, NOW)) == 1
    assert await lessons_of(stores, BREAKOUT, NOW - 12 * HOUR) == ()


async def test_a_hold_has_no_lesson(stores: Stores) -> None:
    await ended(stores, "w" * LEAST)

    assert await lessons_of(stores, a_signal(series=SOL_4H, action=Action.HOLD, setup="breakout"), NOW) == ()
