"""The plan style of a person: made anew where a confidence allows it, else said."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from rag.desk import Judgement
from rag.styles import NOT_STYLED, UNCALIBRATED, styled
from signals.analysis import analyse
from signals.model import Confidence, Market, MarketRules
from tests.builders import ETH_1H, NOW
from tests.markets import MOMENT, hold_candles, trade_candles

RULES = MarketRules(Decimal("0.01"), Decimal("0.0001"), Decimal(10))


def judged(confidence: float | None, *, direction: int = 1) -> Judgement:
    candles = trade_candles(direction) if direction else hold_candles()
    market = Market(ETH_1H.symbol, ETH_1H.timeframe)
    sure = Confidence(confidence, 40, calibrated=True, basis="tests")
    return Judgement(market, NOW, candles, analyse(candles, MOMENT), RULES, sure)


def test_a_confidence_moves_stop_and_target() -> None:
    for direction in (1, -1):
        before = judged(0.9, direction=direction)
        after, note = styled(before, "confidence")

        old, new = before.analysis.plan, after.analysis.plan
        assert note == ""
        assert old is not None
        assert new is not None
        assert abs(new.entries[0] - new.stop) / old.atr == pytest.approx(1.5 - 0.7 * 0.9, abs=0.01)
        assert new.rules.style == "confidence"
        assert new.expires_at == old.expires_at


def test_other_styles_and_answers_without_a_plan_stay_as_they_are() -> None:
    for before, style in ((judged(0.9), "atr"), (judged(0.9), None), (judged(0.9, direction=0), "confidence")):
        assert styled(before, style) == (before, "")


def test_without_a_confidence_the_plan_by_atr_is_kept_and_said() -> None:
    before = judged(None)
    assert styled(before, "confidence") == (before, UNCALIBRATED)


def test_a_plan_that_would_not_pay_is_not_shown() -> None:
    before = judged(0.01)
    plan = before.analysis.plan
    assert plan is not None
    strict = replace(plan, rules=replace(plan.rules, min_reward_risk=5.0))
    before = replace(before, analysis=replace(before.analysis, plan=strict))
    assert styled(before, "confidence") == (before, NOT_STYLED)
