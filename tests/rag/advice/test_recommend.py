"""Recommendations: recomputable by hand, one shape with and without a model, which can only lower risk."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import timedelta
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from rag.account import AccountRules
from rag.llm import ModelTimeout
from rag.recommendation import Recommendation, as_dict
from signals.model import Action, Series, Timeframe
from tests.builders import ETH_1H, NOW, a_backtest, an_issued
from tests.markets import ending_now, hold_candles, trade_candles
from tests.rag.advice.conftest import OWNER, FakeExplainer, Room, some_words

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/recommendation.schema.json").read_text())


async def advise(room: Room, text: str = "should I buy ETH with $2k?", **changes) -> Recommendation:
    answer = await room.ask(text, **changes)
    assert len(answer.recommendations) == 1
    found = answer.recommendations[0]
    Draft202012Validator(SCHEMA).validate(as_dict(found))
    return found


def facts_of(found: Recommendation) -> dict[str, object]:
    return {fact.key: fact.value for fact in found.facts}


def test_the_published_schema_has_exactly_the_recommendation_s_fields():
    assert set(SCHEMA["properties"]) == {f.name for f in fields(Recommendation)}
    assert set(SCHEMA["required"]) == set(SCHEMA["properties"])


@pytest.mark.parametrize("direction", [1, -1])
async def test_a_trade_can_be_recomputed_from_its_printed_facts(room: Room, direction: int):
    await room.keep(trade_candles(direction))

    found = await advise(room)

    facts = facts_of(found)
    tick, lot = Decimal(str(facts["tick"])), Decimal(str(facts["lot_step"]))
    atr, price = float(facts["atr_14"]), float(facts["price"])
    assert found.action.direction == direction
    assert price == float(trade_candles(direction).close[-1])
    assert abs(found.stop_loss - (price - direction * facts["sl_atr"] * atr)) <= float(tick)
    assert abs(found.exit_points[-1] - (price + direction * facts["tp_atr"] * atr)) <= float(tick)
    cost = facts["fee_rate"] + facts["slippage_rate"]
    entry, stop, target = found.entry_points[0], found.stop_loss, found.exit_points[-1]
    ratio = (abs(target - entry) - cost * (entry + target)) / (abs(entry - stop) + cost * (entry + stop))
    assert found.reward_risk == pytest.approx(ratio)
    distance = abs(Decimal(repr(entry)) - Decimal(repr(stop)))
    risk = Decimal(10_000) * Decimal("0.02") / distance
    most = Decimal(10_000) * Decimal("0.25") / Decimal(repr(entry))
    budget = Decimal(2000) / (Decimal(repr(entry)) * Decimal("1.001"))
    quantity = (min(risk, most, budget) / lot).quantize(Decimal(1), ROUND_FLOOR) * lot
    assert found.quantity == quantity
    assert found.size_bound_by == "budget"
    assert found.position_size_usd <= 2000
    assert found.budget_usd == 2000


async def test_hold_has_no_size_and_says_what_would_change_it(room: Room):
    await room.keep(hold_candles())

    found = await advise(room)

    assert found.action is Action.HOLD
    assert (found.quantity, found.entry_points, found.stop_loss) == (0, (), None)
    assert "0.65" in found.what_would_change
    assert "Levels to watch" in found.what_would_change


async def test_no_candles_are_no_data_and_never_hold(room: Room):
    found = await advise(room)

    assert found.action is Action.NO_DATA
    assert found.price is None
    assert found.reasoning.startswith("There is no advice")


async def test_stale_candles_say_how_old_they_are(room: Room):
    await room.keep(hold_candles())

    found = await advise(room, now=NOW + timedelta(days=3))

    assert found.action is Action.STALE
    assert found.price_at == NOW
    assert found.data_age_s == 3 * 86_400


async def test_what_the_last_sync_said_is_repeated_where_data_lacks(room: Room):
    from storage.values import SeriesState

    state = SeriesState("replay", "ETH/USDT", "1h", "unavailable", "no such file", NOW)
    await room.stores.series.save(state)

    found = await advise(room)

    assert "no such file" in found.reasoning


async def test_a_bar_in_quarantine_is_no_signal(room: Room):
    await room.keep(trade_candles(1))
    state = await room.stores.series.get(ETH_1H)
    await room.stores.series.save(replace(state, status="quarantined", note="the newest bar jumped 61 %"))

    found = await advise(room)

    assert found.action is Action.NO_SIGNAL
    assert "61 %" in found.reason


async def test_an_unknown_market_gets_the_same_shape_and_the_list_of_known_ones(room: Room):
    found = await advise(room, "should I buy DOGE?")

    assert found.action is Action.NO_DATA
    assert "DOGE" in found.reason
    assert "ETH" in found.reason


async def test_pol_is_answered_from_the_matic_series_of_the_time_and_says_so(room: Room):
    matic = Series("replay", "MATIC/USDT", Timeframe.H1)
    await room.keep(ending_now(hold_candles(), matic))

    found = await advise(room, "should I buy POL?")

    assert found.symbol == "MATIC/USDT"
    assert any("never joined" in w for w in found.warnings)


async def test_evidence_becomes_numbered_sources(room: Room):
    await room.keep(trade_candles(1))
    await room.stores.signals.emit(an_issued(known_at=NOW - timedelta(hours=5), bar_open_at=NOW - timedelta(hours=6)))
    await room.stores.backtests.save(a_backtest())
    await room.ingest()

    found = await advise(room)

    assert [s.n for s in found.sources] == list(range(1, len(found.sources) + 1))
    assert {s.type for s in found.sources} == {"signal", "backtest"}
    assert "[1]" in found.reasoning
    assert found.confidence == 0.5
    assert "uncalibrated" in found.confidence_note


async def with_evidence(room: Room, direction: int = 1) -> None:
    await room.keep(trade_candles(direction))
    await room.stores.backtests.save(a_backtest())
    await room.ingest()


async def test_a_model_s_words_are_labelled_and_its_numbers_are_not_taken(room: Room):
    await with_evidence(room)
    rules = await advise(room)
    room.explainer = FakeExplainer(some_words())

    found = await advise(room)

    assert (found.method, found.model, found.stance) == ("rag", "qwen3:4b-instruct", "confirm")
    assert found.reasoning == "The votes agree with the record [1]."
    assert found.prompt_ref == "recommend@1-abc"
    same = ("action", "price", "quantity", "stop_loss", "exit_points", "reward_risk", "facts", "confidence")
    for name in same:
        assert getattr(found, name) == getattr(rules, name), name


async def test_caution_halves_the_risk(room: Room):
    await with_evidence(room)
    room.explainer = FakeExplainer(some_words(stance="caution"))
    room.rules = AccountRules(size_rules=replace(room.rules.size_rules, risk_pct=Decimal("0.001")))

    bold = await advise(room, use_model=False)
    careful = await advise(room)

    assert careful.stance == "caution"
    assert 0 < careful.risk_usd <= bold.risk_usd / 2 + Decimal("0.01")
    assert dict(facts_of(careful))["risk_scale"] == 0.5


async def test_a_veto_becomes_hold_without_a_plan(room: Room):
    await with_evidence(room, -1)
    room.explainer = FakeExplainer(some_words(stance="veto"))

    found = await advise(room)

    assert found.action is Action.HOLD
    assert (found.quantity, found.entry_points, found.stop_loss, found.reward_risk) == (0, (), None, None)
    assert "vetoes" in found.reason


async def test_a_failing_model_leaves_the_rules_answer_with_the_reason(room: Room):
    await with_evidence(room)
    room.explainer = FakeExplainer(error=ModelTimeout("no answer"))

    found = await advise(room)

    assert (found.method, found.model) == ("rules", None)
    assert found.fallback_reason == "model too slow"
    assert found.action is Action.BUY or found.action is Action.STRONG_BUY


async def test_dropped_statements_and_an_empty_thesis_are_admitted(room: Room):
    await with_evidence(room)
    room.explainer = FakeExplainer(some_words(thesis="", dropped=("it said 10x",)))

    found = await advise(room)

    assert found.reasoning.startswith("The rules say")
    assert any("could not be verified" in w for w in found.warnings)


async def test_the_model_is_not_asked_without_advice_or_evidence(room: Room):
    room.explainer = FakeExplainer(some_words())

    no_data = await advise(room)
    await room.keep(trade_candles(1))
    no_evidence = await advise(room)

    assert room.explainer.asked == []
    assert no_data.fallback_reason == "there is no advice to explain"
    assert "no stored evidence" in no_evidence.fallback_reason
    assert any("knowledge base" in w for w in no_evidence.warnings)


async def test_every_recommendation_is_logged_with_its_twin(room: Room):
    await with_evidence(room)
    room.explainer = FakeExplainer(some_words(stance="veto"))

    found = await advise(room)

    logged = await room.stores.recommendations.get(found.recommendation_id, OWNER)
    assert logged is not None
    assert logged.payload == as_dict(found)
    assert (logged.action, logged.twin["action"]) == ("HOLD", "BUY" if logged.twin["action"] == "BUY" else "STRONG_BUY")
    assert (logged.model_digest, logged.raw_output, logged.prompt_ref) == ("d1", "{}", "recommend@1-abc")
    assert logged.facts and logged.sources
