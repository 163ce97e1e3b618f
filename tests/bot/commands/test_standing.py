"""What changed between two moments of a market, as a short list."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.standing import Standing, changes, of_issued
from signals.model import Vote
from tests.builders import NOW, a_plan, an_issued

BEFORE = Standing(
    "signal",
    NOW,
    "STRONG_BUY",
    100.0,
    (Vote("technical", 0.5, 0.3, ""), Vote("momentum", 0.2, 0.3, ""), Vote("learned model", None, 0.2, "")),
    {"rsi_14": 61.0, "macd_hist_12_26_9": 0.4, "atr_14": 2.0, "sma_50": 95.0, "sma_200": 90.0},
    {"stop": 96.0, "target 1": 104.0},
    0.5,
)
NOW_STANDS = Standing(
    "signal",
    NOW,
    "SELL",
    92.0,
    (Vote("technical", -0.6, 0.3, ""), Vote("momentum", 0.1, 0.3, ""), Vote("learned model", None, 0.2, "")),
    {"rsi_14": 40.5, "macd_hist_12_26_9": -0.1, "atr_14": 2.5, "sma_50": 94.0, "sma_200": 90.5},
    {"stop": 96.0, "target 1": 88.0},
    None,
)


def test_each_kind_of_change_is_a_line() -> None:
    action, price, flipped, moved, indicators, plan, confidence = changes(NOW_STANDS, BEFORE)

    assert action.endswith("was STRONG BUY.")
    assert price == "Price 100 then, 92 now (-8.00 %)."
    assert flipped == "Votes that flipped: technical +0.50 to -0.60."
    assert moved == "Votes that moved: momentum +0.20 to +0.10."
    assert "RSI 14 61.0 to 40.5" in indicators
    assert "the MACD histogram turned negative" in indicators
    assert "ATR 14 2 to 2.5" in indicators
    assert "crossed below its 50-bar mean" in indicators
    assert "200-bar" not in indicators
    assert plan == "Plan: target 1 104 to 88."
    assert confidence == "Confidence: 50 % then, uncalibrated now."


def test_nothing_changed_is_said_of_votes_and_plan_only() -> None:
    lines = changes(BEFORE, BEFORE)

    assert lines[2:] == ("No vote moved by 0.05 or more.", "The plan's levels are the same.")


def test_a_plan_that_came_or_went_is_said() -> None:
    bare = replace(BEFORE, levels={})

    assert "There was no plan then." in changes(BEFORE, bare)
    assert "There is no plan now." in changes(bare, BEFORE)
    assert not any("plan" in line for line in changes(bare, bare))


def test_without_anything_earlier_that_is_said() -> None:
    assert changes(BEFORE, None) == ("There is no earlier signal of this market to compare with.",)


def test_an_issued_signal_stands_with_its_plan() -> None:
    stands = of_issued(an_issued(), {"rsi_14": 50.0})

    assert stands.levels["stop"] == a_plan().stop
    assert stands.levels["target 1"] == a_plan().targets[0]
    assert of_issued(replace(an_issued(), plan=None), {}).levels == {}
