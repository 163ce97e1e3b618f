"""News beside the votes: it strengthens reasons and stops trades, and never makes one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from signals.analysis import analyse
from signals.confluence import weighed, with_news
from signals.model import Action
from signals.news.tone import SILENCE, Tone
from tests.builders import a_signal
from tests.markets import MOMENT, hold_candles, trade_candles


@pytest.mark.parametrize(("direction", "trap"), [(1, "value trap"), (-1, "bear trap")])
def test_a_trade_against_clear_news_is_a_hold_that_says_so(direction: int, trap: str) -> None:
    plain = analyse(trade_candles(direction), MOMENT)

    judged = analyse(trade_candles(direction), replace(MOMENT, tone=Tone(-0.45 * direction, 4)))

    signal = judged.signal
    assert (signal.action, judged.plan, signal.strength, signal.size_factor) == (Action.HOLD, None, None, 1.0)
    assert f"possible {trap}: the votes say {plain.signal.action}" in signal.reason
    assert f"score {-0.45 * direction:+.2f} over 4 headlines" in signal.reason
    assert "24 h news score" in signal.change
    assert (signal.long, signal.short, signal.votes) == (plain.signal.long, plain.signal.short, plain.signal.votes)


@pytest.mark.parametrize("direction", [1, -1])
def test_news_that_agrees_strengthens_the_reason_and_no_number(direction: int) -> None:
    plain = analyse(trade_candles(direction), MOMENT)

    judged = analyse(trade_candles(direction), replace(MOMENT, tone=Tone(0.5 * direction, 3)))

    assert judged.plan == plain.plan
    assert "the news of the last 24 hours agrees" in judged.signal.reason
    assert replace(judged.signal, reason=plain.signal.reason) == plain.signal


@pytest.mark.parametrize("tone", [SILENCE, Tone(-0.9, 2), Tone(-0.3, 9), Tone(0.1, 9), Tone(-0.29, 9)])
def test_no_few_or_unclear_news_changes_nothing(tone: Tone) -> None:
    assert analyse(trade_candles(1), replace(MOMENT, tone=tone)).signal == analyse(trade_candles(1), MOMENT).signal


@pytest.mark.parametrize("score", [-1.0, 1.0])
def test_news_alone_makes_no_trade(score: float) -> None:
    candles = hold_candles()

    assert analyse(candles, replace(MOMENT, tone=Tone(score, 50))).signal == analyse(candles, MOMENT).signal


def test_one_bar_and_all_bars_are_weighed_by_the_same_rule() -> None:
    directions = np.array([1, -1, 0, 1, -1, 1, 1, -1], dtype=np.int8)
    scores = np.array([-0.5, 0.5, -0.9, np.nan, 0.31, -0.31, -0.3, -0.9])
    counts = np.array([3, 3, 9, 0, 2, 7, 9, 9])
    actions = {1: Action.BUY, -1: Action.SELL, 0: Action.HOLD}

    whole = with_news(directions, scores, counts)

    single = [
        weighed(a_signal(action=actions[int(d)]), Tone(None if np.isnan(s) else float(s), int(n))).direction
        for d, s, n in zip(directions, scores, counts, strict=True)
    ]
    assert whole.tolist() == single == [0, 0, 0, 1, -1, 0, 1, -1]
