"""What the model's word was worth: paired, weighted by the risk that was taken, with an interval."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rag.followed import WITH_MODEL, WITHOUT_MODEL, Advised, Ended
from rag.model_added import model_added
from signals.case import Case
from signals.model import Strength, Timeframe
from tests.builders import NOW, an_issued


def one(number: int, stance: str, r: float | None, how: str = WITHOUT_MODEL) -> Ended:
    """An ended answer of its own bar."""
    known_at = NOW + timedelta(hours=number)
    case = Case("ETH/USDT", Timeframe.H1, 1, Strength.MEDIUM, (r or 0) > 0, known_at=known_at, realised_r=r)
    return Advised(how, an_issued(), stance), case


def test_a_veto_takes_nothing_and_caution_half() -> None:
    found = model_added([one(1, "confirm", 2.0), one(2, "caution", -1.0), one(3, "veto", -1.0)])

    assert found is not None
    assert (found.n, found.confirmed, found.cautioned, found.vetoed, found.taken) == (3, 1, 1, 1, 2)
    assert (found.with_hits, found.without_hits) == (1, 1)
    assert found.without_mean_r == pytest.approx(0.0)
    assert found.with_mean_r == pytest.approx((2.0 - 0.5) / 3)
    assert found.difference == pytest.approx(0.5)
    assert found.low == pytest.approx(0.5 - 1.96 * 0.5 / 3**0.5)


def test_a_veto_of_a_winner_costs() -> None:
    found = model_added([one(1, "veto", 2.0), one(2, "veto", 2.0)])

    assert found is not None
    assert (found.taken, found.difference, found.low, found.high) == (0, -2.0, -2.0, -2.0)


def test_the_same_advice_counts_once_and_answers_without_a_model_not_at_all() -> None:
    same = one(1, "confirm", 1.0)
    ruled = one(2, "none", 1.0)
    with_words = one(3, "confirm", 1.0, WITH_MODEL)
    unknown = one(4, "confirm", None)

    found = model_added([same, same, ruled, with_words, unknown])

    assert found is not None
    assert found.n == 1
    assert found.low is None
    assert model_added([ruled, with_words, unknown]) is None


def test_another_stance_on_the_same_bar_is_another_answer() -> None:
    advised, case = one(1, "confirm", 1.0)

    found = model_added([(advised, case), (replace(advised, stance="veto"), case)])

    assert found is not None
    assert found.n == 2
