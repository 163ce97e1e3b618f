"""What a sentence may say: one fixed piece of evidence, and sentences for and against each rule."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rag.grounding import Evidence, Grounding, check, citations, split_sentences
from rag.recommendation import Fact, Source

AT = datetime(2026, 6, 2, 14, 15, tzinfo=UTC)
FACTS = (
    Fact("price", "Last price", 61_234.5, "61,234.50 USDT"),
    Fact("price_at", "that bar closed at", "2026-06-04T12:00:00Z", "2026-06-04 12:00 UTC"),
    Fact("stop_loss", "stop loss", 60_500.0, "60,500.00"),
    Fact("entry_1", "entry 1", 61_250.0, "61,250.00"),
    Fact("target_1", "target 1", 63_000.0, "63,000.00"),
    Fact("rsi_14", "rsi_14", 61.2345, "61.2345"),
    Fact("sma_50", "sma_50", 60_811.0, "60811"),
    Fact("change_pct", "change over 24 bars", -3.14, "-3.14 %"),
    Fact("risk_pct", "risk per trade", 0.02, "2 %"),
    Fact("confidence", "confidence", 0.6138, "61 % (27 of 44 signals)"),
    Fact("macd", "macd", -0.35, "-0.35"),
    Fact("reward_risk", "reward/risk after costs", 1.85, "1.85"),
    Fact("size_bound_by", "bound by", "risk 2 % on 2026-06-01", "risk"),
    Fact("volume", "median volume of 24 bars", 1_234_567.0, "1,234,567 USDT"),
    Fact("nothing", "age", None, "unknown"),
)
TRADE = (
    "Losing LONG trade (bought, bullish) on BTC/USDT, 1h hourly chart, closed Tuesday, 2 June 2026. "
    "It was stopped out at $60,100.5, loss -$34.51 (-2.11%), after 15.8 hours."
)
BACKTEST = "Backtest on BTC/USDT: profitable, return +8.3% over 199 trades, win rate 55.5%, max drawdown 12.4%."
SOURCES = (
    Source(1, "trade:1", "trade", AT, "user", TRADE),
    Source(2, "backtest:1", "backtest", AT, "internal", BACKTEST),
    Source(3, "news:1", "news", AT, "external", "Bitcoin could reach 99,999, says a fund."),
)
GROUND = Grounding(Evidence(FACTS, SOURCES, "should I buy btc with 2k?", (1, 2), 1, "BTC/USDT", (AT,)))

TRUE = [
    "The price of 61,234.5 is above the stop at 60,500.",
    "BTC trades at $61.2k.",
    "Bitcoin is at about 61,000.",
    "BTC/USDT holds 61,235.",
    "The entry price of 61,250 is fair.",
    "RSI is 61.2 and RSI(14) is 61.",
    "The 50-bar SMA and SMA 50 are the same.",
    "Confidence is 61.4 % from 44 signals, and 27 of 44 signals held.",
    "Confidence stands at 0.61.",
    "It fell 3.14 % over 24 bars, or -3.1 %.",
    "The risk is 2 % per trade, i.e. two percent.",
    "The reward/risk is 1.85, or 1.85:1.",
    "A volume of 1.23M USDT is enough, i.e. 1.23 million dollars.",
    "MACD is negative at 0.35.",
    "Your LONG trade on 2 June 2026 lost 2.11 % [1].",
    "On Tuesday, June 2nd, at 14:15 it lost $34.51 after 15.8 hours [1].",
    "It was held for 16 hours [1].",
    "In June 2026 it was stopped out at 60,100.5 [1].",
    "On 2/6 and on 6/2/2026 it was stopped out [1].",
    "The backtest returned 8.3 % over 199 trades [2].",
    "Sources 1 and 2 agree, see F3 and fact 4.",
    "With 2k you could take part.",
    "NOTE: the US CPI release is a risk.",
    "Two of the three sources support the setup [1][2].",
    "One losing trade does not make a trend.",
    "This market trades 24/7, and 2026 is young.",
    "1. The first point is that the 1st entry is cheap.",
    "The link between both is clear, and the atom of truth is small.",
    "A long-term view is not needed, in short.",
    "If it closes below the stop, a short would be better.",
    "The bar closed on 2026-06-04 at 12:00 UTC.",
    "The RSI of 61 and the USD are no ticker; SMA_50 neither.",
]
FALSE = [
    ("RSI is at 64.2.", "64.2 is in no fact"),
    ("BTC trades at $62.2k.", "62.2k is in no fact"),
    ("The stop is at 61,250.", "not the stop"),
    ("The target of 60,500 is near.", "not the target"),
    ("Confidence is 64 %.", "64 %"),
    ("Confidence is 2 %.", "not the confidence"),
    ("It gained 3.14 % over 24 bars.", "another sign"),
    ("A change of 3.14 % is large.", "another sign"),
    ("It moved +3.14 %.", "another sign"),
    ("MACD is at 0.35.", "another sign"),
    ("The risk is -2 %.", "another sign"),
    ("There were 43 signals.", "43"),
    ("Seven trades failed.", "Seven trades"),
    ("61 trades failed.", "61"),
    ("RSI(21) is high.", "21"),
    ("Use 10x leverage.", "10x"),
    ("Use x10 leverage.", "10"),
    ("Use twenty times leverage.", "twenty times"),
    ("Profit of 1e6 USDT awaits.", "1e6 USDT"),
    ("There is a 70-75 % chance.", "75 %"),
    ("This wins 8 out of 10 times.", "8"),
    ("The stop is 3 ATR away.", "3"),
    ("Between 3/11 and 4/11 of them won.", "3"),
    ("It gained ½ %.", "1"),
    ("The year 2031 will be great.", "2031"),
    ("It is May 40 2026.", "the date May 40 2026"),
    ("It has 71abc left.", "71"),
    ("A profit of $34.51 was made [1].", "another sign"),
    ("It made 2.11 % more, a gain of 2.11 % [1].", "another sign"),
    ("It could reach 99,999 [3].", "[3] is not one of the cited sources"),
    ("It could reach 99,999.", "99,999"),
    ("The win rate was 55.5 % [1].", "55.5 %"),
    ("It lost on 3 June 2026 [1].", "the date 3 June 2026"),
    ("It lost on 2 June 2025 [1].", "the date 2 June 2025"),
    ("It lost on 2026-06-09 [1].", "the date 2026-06-09"),
    ("It lost on 2026-13-45 [1].", "the date 2026-13-45"),
    ("It lost on Friday [1].", "the date Friday"),
    ("It lost in March [1].", "the date March"),
    ("It lost in March 2026 [1].", "the date March 2026"),
    ("It lost on 5/6/26 [1].", "the date 5/6/26"),
    ("It lost at 09:45 [1].", "the date 09:45"),
    ("Between 7 and 2 June it lost [1].", "June"),
    ("Buy DOGE instead.", "DOGE"),
    ("Rotate into dogecoin or $wif.", "dogecoin"),
    ("Solana looks better.", "Solana"),
    ("ETHUSDT is better.", "ETHUSDT"),
    ("SCAMCOIN is next.", "SCAMCOIN"),
    ("Sell now.", "another side"),
    ("Go short here.", "another side"),
    ("The SHORT trade lost [1].", "another side than in the cited source"),
    ("The trade was profitable [1].", "another result"),
    ("See www.x.com/a for more.", "link"),
    ("See evil.example now.", "link"),
    ("See http://127.0.0.1 now.", "link"),
    ("Ask @everyone now.", "mention"),
    ("Ask <@123> now.", "mention"),
    ("Write to a@b.co now.", "mention"),
    ("Read [this](x) now.", "markup"),
    ("It is <b>sure</b>.", "markup"),
    ("See [4].", "[4] is not"),
    ("See [1-4].", "[3] is not"),
    ("The RSI is ６９.", "69"),
    ("The RSI is ٦٩.", "69"),
    ("The RSI is 6\u200b9.", "69"),
    ("The RSI is 6**9**.", "69"),
]


@pytest.mark.parametrize("sentence", TRUE)
def test_a_true_sentence_is_kept(sentence: str) -> None:
    assert [(s.text, s.problems) for s in GROUND.check(sentence).offending] == []


@pytest.mark.parametrize(("sentence", "problem"), FALSE)
def test_a_false_sentence_is_named_with_its_fault(sentence: str, problem: str) -> None:
    offending = GROUND.check(sentence).offending

    assert any(problem in found for s in offending for found in s.problems), offending


def test_a_text_is_cut_down_to_its_true_sentences() -> None:
    checked = GROUND.check("RSI is 61.2. It will reach 70,000! The stop is 60,500 [1]. Then?")

    assert checked.kept == "RSI is 61.2. The stop is 60,500 [1]. Then?"
    assert [s.text for s in checked.offending] == ["It will reach 70,000!"]
    assert [s.ok for s in checked.sentences] == [True, False, True, True]


def test_without_any_evidence_no_number_holds() -> None:
    assert check("It is at 5.", Evidence()).kept == ""
    assert check("It is fine.", Evidence()).kept == "It is fine."


@pytest.mark.parametrize("order", ["Buy it.", "Go short now.", "Sell."])
def test_without_a_trade_nobody_is_told_to_trade(order: str) -> None:
    assert check(order, Evidence()).offending
    assert not check("Neither buying nor selling is supported, so do not buy.", Evidence()).offending


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_fact_that_is_no_number_supports_none(value: float) -> None:
    evidence = Evidence((Fact("x", "x", value, "n/a"),))

    assert check("It is 5.", evidence).offending


def test_a_known_moment_is_a_known_date() -> None:
    assert not check("It closed on 2 June at 14:15.", Evidence(known_at=(AT,))).offending


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ("One.", "Two!", "Three?")),
        ("It is 1.5 now. Ok. [1] More.", ("It is 1.5 now.", "Ok. [1]", "More.")),
        ("It holds, e.g. today, vs. before. End", ("It holds, e.g. today, vs. before.", "End")),
        ("a\n\nb", ("a", "b")),
        ("", ()),
    ],
)
def test_sentences_are_split_but_not_at_points_and_abbreviations(text: str, sentences: tuple[str, ...]) -> None:
    assert split_sentences(text) == sentences


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("a [1] b [2, 3].", (1, 2, 3)),
        ("a [1][2][1]", (1, 2)),
        ("[source 4] and sources 5 and 6", (4, 5, 6)),
        ("[2-4]", (2, 3, 4)),
        ("[1 and 3; 5]", (1, 3, 5)),
        ("source 3.5 % of income", ()),
        ("none", ()),
    ],
)
def test_citations_are_read_in_every_usual_form(text: str, numbers: tuple[int, ...]) -> None:
    assert citations(text) == numbers
