"""Markets in headlines, their tone, and the 24 h score at a moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.news.mentions import markets_in
from signals.news.sentiment import label_of, score
from signals.news.tone import SILENCE, Heard, tone_at, tone_columns
from signals.universe import DEFAULT_SYMBOLS
from tests.builders import NOW, random_walk

HOUR = timedelta(hours=1)


def heard(hours_ago: float = 1, score: float = 0.5, *, late_h: float = 0, confidence: float = 1.0) -> Heard:
    at = NOW - timedelta(hours=hours_ago)
    return Heard(at, at + timedelta(hours=late_h), score, confidence)


@pytest.mark.parametrize(
    ("text", "tickers"),
    [
        ("Bitcoin and ether slide as ETF outflows continue", "BTC ETH"),
        ("Ether slides, bitcoin flat", "ETH BTC"),
        ("SOL, LINK and $uni lead gains", "SOL LINK UNI"),
        ("Click the link to join: dot your i, see the sol", ""),
        ("Link in bio: uni students split an atom", ""),
        ("An Avalanche of liquidations hits derivatives", ""),
        ("Avalanche Foundation buys back AVAX", "AVAX"),
        ("Bitcoin Cash forks again; Ethereum Classic halts", ""),
        ("BREAKING: CLICK THE LINK TO CLAIM YOUR DOT", ""),
        ("BREAKING: BITCOIN CRASHES", "BTC"),
        ("MATIC holders finish the move to POL", "POL"),
        ("Polygon zkEVM outage", "POL"),
        ("Etherscan and Bitcoinist report", ""),
        ("Solana-based exchange", "SOL"),
        ("", ""),
    ],
)
def test_a_headline_names_its_markets_and_no_others(text: str, tickers: str) -> None:
    assert markets_in(text, DEFAULT_SYMBOLS) == tuple(f"{one}/USDT" for one in tickers.split())


def test_only_watched_markets_are_named_and_a_foreign_one_by_its_ticker() -> None:
    watched = ("ETH/USDT", "PEPE/USDT")

    assert markets_in("Bitcoin, ETH and PEPE", watched) == ("ETH/USDT", "PEPE/USDT")
    assert markets_in("a pepe drawing", watched) == ()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Bitcoin surges to record as inflows return", "positive"),
        ("Exchange hacked: 40 million stolen, withdrawals halted", "negative"),
        ("Solana falls as liquidations mount", "negative"),
        ("Bank raises $50 million in funding round", "positive"),
        ("Trust files securities report on its treasury", "neutral"),
        ("Crude oil and natural gas shares", "neutral"),
    ],
)
def test_the_finance_terms_tell_what_headlines_mean(text: str, label: str) -> None:
    assert label_of(score(text).score) == label


def test_what_the_general_lexicon_thinks_of_trust_and_crude_is_taken_out() -> None:
    assert score("Trust and crude", finance=False).score != 0
    assert score("Trust and crude").score == 0


def test_confidence_is_low_without_words_to_go_by() -> None:
    bare, sure = score("Markets wrap"), score("Crash, fraud, theft")

    assert (bare.score, bare.confidence) == (0.0, 0.25)
    assert sure.confidence > 0.9


@given(st.text(max_size=300))
def test_any_text_has_a_finite_tone(text: str) -> None:
    found = score(text)

    assert -1 <= found.score <= 1
    assert 0.25 <= found.confidence <= 1


def test_the_score_is_the_mean_weighted_by_confidence_and_recency() -> None:
    fresh, old = heard(0, 0.8, confidence=0.5), heard(6, -0.4, confidence=1.0)

    tone = tone_at([fresh, old], NOW)

    assert tone.score == pytest.approx((0.5 * 0.8 + 1.0 * 0.5 * -0.4) / (0.5 + 0.5), abs=1e-4)
    assert tone.count == 2


@pytest.mark.parametrize("one", [heard(24), heard(30), heard(-0.1), heard(2, late_h=3)])
def test_what_is_old_to_come_or_not_yet_known_does_not_count(one: Heard) -> None:
    assert tone_at([one], NOW) == SILENCE


def test_a_headline_fetched_late_counts_from_then_on() -> None:
    one = heard(5, late_h=3)

    assert [tone_at([one], NOW - timedelta(hours=h)).count for h in (4, 2.1, 2, 1)] == [0, 0, 1, 1]


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(-1, 1), st.floats(0, 9), st.floats(0.25, 1)), max_size=12))
def test_the_score_lies_between_its_headlines(raw: list[tuple[float, float, float, float]]) -> None:
    items = [heard(h, s, late_h=late, confidence=c) for h, s, late, c in raw]

    tone = tone_at(items, NOW)

    counted = [h.score for h in items if h.known_at <= NOW and NOW - h.published_at < 24 * HOUR]
    assert tone.count == len(counted)
    if tone.score is None:
        assert not counted
    else:
        assert min(counted) - 1e-4 <= tone.score <= max(counted) + 1e-4


def test_every_bar_of_history_is_joined_as_the_moment_of_its_close_would_have_been() -> None:
    candles = random_walk(60)
    rng = np.random.default_rng(4)
    items = [
        replace(heard(float(h), float(s)), known_at=NOW - timedelta(hours=float(h) - float(late)))
        for h, s, late in zip(rng.uniform(0, 60, 80), rng.uniform(-1, 1, 80), rng.uniform(0, 12, 80), strict=True)
    ]

    scores, counts = tone_columns(candles, items)

    moments: list[datetime] = [candles.closed_at(i) for i in range(len(candles))]
    each = [tone_at(items, moment) for moment in moments]
    assert counts.tolist() == [tone.count for tone in each]
    assert [None if np.isnan(x) else x for x in scores.tolist()] == [tone.score for tone in each]
