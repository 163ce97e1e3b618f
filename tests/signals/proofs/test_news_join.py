"""The join with news is part of the look-ahead proof: by when a headline was known, not by when it was published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from signals.ensemble import SignalRules, tally
from signals.features import derive
from signals.indicators import compute
from signals.model import Candles, FloatArray, IntArray
from signals.news.tone import Heard, tone_columns
from signals.proofs.lookahead import check
from signals.proofs.pipelines import Join, news_pipeline
from tests.builders import random_walk

RULES = SignalRules()
WALK = random_walk(1500, seed=3, volatility=0.02)


def stories(count: int = 1500) -> list[Heard]:
    """All over the candles, each known up to twelve hours after its publication."""
    rng = np.random.default_rng(8)
    hours, late = rng.uniform(0, len(WALK), count), rng.uniform(0, 12, count)
    at = [WALK.opened_at(0) + timedelta(hours=float(h)) for h in hours]
    scores = np.clip(rng.normal(-0.35, 0.3, count), -1, 1)
    return [
        Heard(a, a + timedelta(hours=float(gap)), float(s), 1.0) for a, gap, s in zip(at, late, scores, strict=True)
    ]


def by_publication(candles: Candles, heard: Sequence[Heard]) -> tuple[FloatArray, IntArray]:
    return tone_columns(candles, [replace(one, known_at=one.published_at) for one in heard])


def centred_on_the_bar(candles: Candles, heard: Sequence[Heard]) -> tuple[FloatArray, IntArray]:
    early = timedelta(hours=12)
    moved = [replace(h, published_at=h.published_at - early, known_at=h.known_at - early) for h in heard]
    return tone_columns(candles, moved)


def newest_everywhere(candles: Candles, heard: Sequence[Heard]) -> tuple[FloatArray, IntArray]:
    scores, counts = tone_columns(candles, heard)
    return np.full_like(scores, scores[-1]), np.full_like(counts, counts[-1])


def test_what_news_adds_to_decisions_never_looks_ahead_and_is_not_idle() -> None:
    found = check(WALK, [news_pipeline(stories(), RULES)])

    columns = news_pipeline(stories(), RULES).compute(WALK)
    decided = tally(derive(compute(WALK)), RULES).direction
    assert found.changes == ()
    assert found.columns == 3
    assert np.count_nonzero(columns["decision with news"] != decided) > 3
    assert np.count_nonzero(columns["decision with news"] == 1) < np.count_nonzero(decided == 1)
    assert np.count_nonzero(columns["decision with news"] == -1) == np.count_nonzero(decided == -1)


@pytest.mark.parametrize("fault", [by_publication, centred_on_the_bar, newest_everywhere], ids=lambda f: f.__name__)
def test_a_join_that_knows_the_news_too_early_is_caught_and_named(fault: Join) -> None:
    found = check(WALK, [news_pipeline(stories(), RULES, fault)]).changes

    assert found
    assert {c.pipeline for c in found} == {"news"}
    assert "news score" in {c.column for c in found}
