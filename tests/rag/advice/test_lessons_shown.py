"""A recommendation carries the lesson of earlier signals of its setup, in its facts, its words, and in why."""

from __future__ import annotations

from datetime import timedelta

from rag.desk import Desk, DeskRules
from signals.ensemble import SignalRules
from signals.model import Market, PlanRules, SignalState, Timeframe, Transition
from tests.builders import NOW, an_issued
from tests.markets import trade_candles
from tests.rag.advice.conftest import Room


async def test_the_lesson_is_a_fact_a_sentence_and_part_of_why(room: Room) -> None:
    await room.keep(trade_candles(1))
    first = (await room.ask("should I buy ETH?")).recommendations[0]
    assert not [fact for fact in first.facts if fact.key == "lesson"]
    desk = Desk(room.stores, DeskRules(("replay",), SignalRules(), PlanRules()))
    signal = (await desk.judge(Market("ETH/USDT", Timeframe.H1), NOW)).analysis.signal
    for i in range(11):
        known_at = NOW - timedelta(days=i + 1)
        issued = an_issued(
            series=signal.series,
            setup=signal.setup,
            action=signal.action,
            known_at=known_at,
            bar_open_at=known_at - timedelta(hours=1),
        )
        await room.stores.signals.emit(issued)
        state = SignalState.TARGET if i < 3 else SignalState.STOPPED
        await room.stores.signals.add_transition(
            Transition(issued.signal_id, state, known_at + timedelta(hours=2), 1.0, 1.0)
        )

    taught = (await room.ask("should I buy ETH?")).recommendations[0]
    why = await room.ask("why ETH?")

    (fact,) = [fact for fact in taught.facts if fact.key == "lesson"]
    assert "on ETH 1h: 3 of 11 ended signals reached the first target" in fact.text
    assert fact.text in taught.reasoning
    assert fact.text in why.text
    assert taught.action is first.action
