"""A logged recommendation, built again from what was stored with it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.commands.replay import Replay, ReplayRecommendation
from rag.explain import Explainer
from rag.llm import ModelUnreachable
from rag.recommendation import Recommendation, as_dict
from rag.replay import canonical, replay, restored
from signals.errors import UserError
from storage.values import LoggedRecommendation
from tests.builders import a_backtest, a_trade
from tests.markets import hold_candles, trade_candles
from tests.rag.advice.conftest import OWNER, Room
from tests.rag.llm.fakes import FakeChatModel, an_answer

GOOD = an_answer(
    thesis="The newest backtest lost 12.5 % [1].", risks=["It may fail."], what_would_change_it="", cited=[1]
)


async def logged(room: Room, model: Any = None, text: str = "should I buy ETH with $2k?") -> LoggedRecommendation:
    await room.stores.backtests.save(a_backtest())
    await room.ingest()
    room.explainer = Explainer(model) if model else None  # type: ignore[assignment]
    answer = await room.ask(text)
    found = await room.stores.recommendations.get(answer.recommendations[0].recommendation_id)
    assert found is not None
    return found


def command(room: Room, **models: Any) -> ReplayRecommendation:
    return ReplayRecommendation(room.stores, room.recommender, lambda name: models[name])


@pytest.mark.parametrize("direction", [1, -1, 0])
async def test_the_rules_twin_is_rebuilt_byte_for_byte(room: Room, direction: int) -> None:
    await room.keep(trade_candles(direction) if direction else hold_candles())
    stored = await logged(room)

    found = replay(stored)

    assert found.same
    assert found.words is None
    assert canonical(as_dict(found.twin)) == canonical(stored.twin)
    assert canonical(as_dict(restored(stored.payload))) == canonical(stored.payload)


async def test_no_data_replays_too(room: Room) -> None:
    found = replay(await logged(room))

    assert found.same


async def test_the_model_s_words_come_out_of_its_raw_output_again(room: Room) -> None:
    await room.keep(trade_candles(1))
    stored = await logged(room, FakeChatModel([GOOD]))

    found = replay(stored)

    assert found.same
    assert found.words is not None
    assert found.words.thesis == stored.payload["reasoning"]


@pytest.mark.parametrize("stance", ["caution", "veto"])
async def test_a_lowered_risk_replays_too(room: Room, stance: str) -> None:
    await room.keep(trade_candles(1))
    stored = await logged(room, FakeChatModel([json.dumps(json.loads(GOOD) | {"stance": stance})]))

    found = replay(stored)

    assert stored.payload["stance"] == stance
    assert found.same


async def test_a_changed_fact_a_changed_word_and_a_changed_twin_are_found(room: Room) -> None:
    await room.keep(trade_candles(1))
    stored = await logged(room, FakeChatModel([GOOD]))
    facts = [fact | {"value": 1.5} if fact["key"] == "stop_loss" else fact for fact in stored.facts]

    by_fact = replay(replace(stored, facts=facts))
    by_word = replay(replace(stored, payload=stored.payload | {"reasoning": "Buy more."}))
    by_text = replay(replace(stored, raw_output="no JSON"))

    assert not by_fact.twin_equal
    assert "stop_loss" in {d.name for d in by_fact.differences}
    assert [(d.name, d.stored) for d in by_word.differences] == [("reasoning", "Buy more.")]
    assert "cannot be read" in by_text.problem
    assert not (by_fact.same or by_word.same or by_text.same)


async def test_another_schema_is_refused_with_its_number(room: Room) -> None:
    stored = await logged(room)

    with pytest.raises(UserError, match="version 99"):
        replay(replace(stored, twin=stored.twin | {"schema_version": 99}))


async def test_an_unknown_id_and_somebody_else_s_are_the_same_error(room: Room) -> None:
    await room.keep(trade_candles(1))
    stored = await logged(room)
    run = command(room)

    for owner, wanted in ((OWNER, "nope"), ("discord:2", stored.recommendation_id)):
        with pytest.raises(UserError, match=r"no recommendation .* of yours"):
            await run(Replay(owner, wanted))


async def test_another_model_gets_the_same_facts_and_the_difference_is_told(room: Room) -> None:
    await room.keep(trade_candles(1))
    stored = await logged(room, FakeChatModel([GOOD]))
    other = FakeChatModel([an_answer(thesis="The votes carry it.", risks=[], what_would_change_it="", cited=[])])

    reply = await command(room, other=other)(Replay(OWNER, stored.recommendation_id, model="other"))

    assert reply.data is not None
    assert reply.data["same"] is True
    assert reply.data["other"]["reasoning"] == "The votes carry it."
    assert [row[0] for row in reply.tables[0].rows] == ["reasoning", "risks"]
    assert stored.facts[0]["text"] in other.asked[0][1]
    assert len(await room.stores.recommendations.of_owner(OWNER, 10)) == 1


async def test_a_model_that_does_not_answer_is_an_error_in_words(room: Room) -> None:
    await room.keep(trade_candles(1))
    stored = await logged(room)
    dead = FakeChatModel([ModelUnreachable("start it with `ollama serve`")])

    with pytest.raises(UserError, match="ollama serve"):
        await command(room, dead=dead)(Replay(OWNER, stored.recommendation_id, model="dead"))


async def test_computed_anew_nothing_differs_until_the_records_of_then_do(room: Room) -> None:
    await room.keep(trade_candles(1))
    await room.stores.trades.save(a_trade(owner=OWNER))
    stored = await logged(room, FakeChatModel([GOOD]))
    run = command(room)

    same = await run(Replay(OWNER, stored.recommendation_id, rejudge=True))
    candles = trade_candles(1)
    await room.stores.candles.save(replace(candles, close=candles.close * 1.01, high=candles.high * 1.02))
    drifted = await run(Replay(OWNER, stored.recommendation_id, rejudge=True, rules=True))

    assert same.data is not None
    assert same.data["drift"] == []
    assert any("nothing differs" in note for note in same.notes)
    assert drifted.data is not None
    assert {"price", "facts"} <= {d["name"] for d in drifted.data["drift"]}
    assert isinstance(drifted.recommendations[0], Recommendation)
    assert drifted.recommendations[0].method == "rules"


async def test_every_source_is_a_stored_document_with_its_time_and_trust(room: Room) -> None:
    await room.keep(trade_candles(1))
    await room.stores.trades.save(a_trade(owner=OWNER, note="I was nervous."))
    stored = await logged(room, FakeChatModel([GOOD]))

    sources = restored(stored.payload).sources
    documents = await room.stores.documents.get([source.doc_id for source in sources])

    assert len(documents) == len(sources) >= 2
    assert [(d.doc_id, d.at, d.trust, d.text) for d in documents] == [
        (s.doc_id, s.at, s.trust, s.text) for s in sources
    ]
