"""No answer where there is none: by rule, with what was searched and what is nearest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rag.abstain import Rule
from signals.model import Action
from tests.builders import NOW, a_trade, an_issued
from tests.rag.advice.conftest import OWNER, Room


async def one_signal(room: Room, days_ago: float) -> str:
    at = NOW - timedelta(days=days_ago)
    issued = an_issued(action=Action.SELL, known_at=at, bar_open_at=at - timedelta(hours=1))
    await room.stores.signals.emit(issued)
    await room.ingest()
    return f"signal:{issued.signal_id}"


@pytest.mark.parametrize(("word", "meant"), [("ETHH", "ETH"), ("SOLX", "SOL")])
async def test_an_unknown_asset_is_answered_with_the_nearest_name(room: Room, word: str, meant: str):
    answer = await room.ask(f"should I buy {word}")

    assert answer.abstained is Rule.UNKNOWN_ASSET
    assert answer.error
    assert f"Did you mean {meant}?" in answer.recommendations[0].reason
    assert not answer.recommendations[0].action.is_advice


async def test_an_asset_like_no_other_has_no_nearest_name(room: Room):
    answer = await room.ask("should I buy DOGE?")

    assert "Did you mean" not in answer.recommendations[0].reason
    assert "Watched: ETH, BTC, SOL, POL." in answer.recommendations[0].reason


async def test_a_time_outside_the_history_is_not_answered_with_another(room: Room):
    known = await one_signal(room, 3)

    answer = await room.ask("ETH signals in March")

    assert answer.abstained is Rule.OUTSIDE_HISTORY
    assert [s.doc_id for s in answer.sources] == [known]
    assert answer.text == (
        "Nothing is stored for March. Searched: signal; ETH/USDT; from 2022-03-01 00:00; before 2022-04-01 00:00. "
        "Stored signals for ETH: 2022-11-05. The nearest is of 2022-11-05 11:00 UTC."
    )


async def test_the_nearest_record_before_or_after_is_shown(room: Room):
    await one_signal(room, 20)
    later = await one_signal(room, 3)

    answer = await room.ask("ETH signals since yesterday")

    assert answer.abstained is Rule.OUTSIDE_HISTORY
    assert [s.doc_id for s in answer.sources] == [later]


async def test_a_time_within_the_history_is_relaxed_and_said_so(room: Room):
    await one_signal(room, 20)
    await one_signal(room, 3)

    answer = await room.ask("ETH signals on 1 november")

    assert answer.abstained is None
    assert "leaves out: time" in answer.text
    assert len(answer.sources) == 2


async def test_nothing_of_the_kind_says_what_was_searched_and_the_newest_of_any_market(room: Room):
    known = await one_signal(room, 3)

    answer = await room.ask("latest 4h signal for SOL")

    assert answer.abstained is Rule.NO_ROWS
    assert [s.doc_id for s in answer.sources] == [known]
    assert "Searched: signal; SOL/USDT; 4h." in answer.text
    assert "about ETH, of 2022-11-05 11:00 UTC" in answer.text


async def test_somebody_else_s_record_is_never_the_nearest(room: Room):
    await room.stores.trades.save(a_trade(trade_id="theirs", owner="discord:7"))
    await room.ingest()

    answer = await room.ask("my SOL trades")

    assert answer.abstained is Rule.NO_ROWS
    assert answer.sources == ()
    assert "theirs" not in answer.text
    assert "newest" not in answer.text


@pytest.mark.parametrize("day", ["31 june", "june 31st", "31/6", "30 feb", "31/9"])
async def test_a_day_that_is_in_no_calendar_is_named(room: Room, day: str):
    await one_signal(room, 3)

    answer = await room.ask(f"ETH signals on {day}")

    assert answer.abstained is Rule.NO_SUCH_DAY
    assert answer.error
    assert answer.sources == ()


@pytest.mark.parametrize("text", ["split 50/50 ETH and BTC", "ETH signals 24/7", "ETH signals on 31/12"])
async def test_other_numbers_are_no_days_that_do_not_exist(room: Room, text: str):
    await one_signal(room, 3)

    assert (await room.ask(text)).abstained is not Rule.NO_SUCH_DAY


async def test_a_day_beside_a_stretch_of_time_is_left_alone(room: Room):
    await one_signal(room, 3)

    assert (await room.ask("ETH signals last week")).abstained is None


async def test_without_a_price_there_is_no_advice(room: Room):
    answer = await room.ask("should I buy SOL?", owner=OWNER)

    assert answer.error
    assert answer.recommendations[0].action is Action.NO_DATA


async def test_in_a_channel_own_records_are_told_to_be_private(room: Room):
    answer = await room.ask("show my last ETH trades", scopes=("shared",))

    assert answer.text == "Your own trades are told in private only: ask in a direct message."
