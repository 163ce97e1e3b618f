"""Sharpe, Sortino, drawdown, volatility and value at risk beside empyrical's, on random and on real returns."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from signals.model import FloatArray
from signals.portfolio.performance import drawdowns, max_drawdown, sharpe, sortino, volatility
from signals.portfolio.value_at_risk import historical_loss, one_day_risk
from tests.recorded import needs_recorded, recorded

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from empyrical import stats as judge

CLOSE = 1e-9


def random_returns(seed: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    days = int(rng.integers(2, 700))
    spread = 10.0 ** rng.uniform(-5, -1)
    return np.clip(rng.standard_t(3, days) * spread + rng.normal(0, spread / 5), -0.95, 3.0)


def real_returns() -> FloatArray:
    bars = recorded("BTCUSDT-1h.csv.gz")
    closes = bars.close[(bars.open_ms + 3_600_000) % 86_400_000 == 0]
    return np.diff(closes) / closes[:-1]


def agree(returns: FloatArray) -> None:
    year = {"annualization": 365}
    expected = judge.sharpe_ratio(returns, **year), judge.sortino_ratio(returns, **year)
    for mine, theirs in zip((sharpe(returns), sortino(returns)), expected, strict=True):
        if mine is None:
            assert not np.isfinite(theirs) or abs(theirs) > 1e10
        else:
            assert mine == pytest.approx(theirs, rel=CLOSE, abs=CLOSE)
    assert volatility(returns) == pytest.approx(judge.annual_volatility(returns, **year), rel=CLOSE)
    assert max_drawdown(returns) == pytest.approx(judge.max_drawdown(returns), rel=CLOSE, abs=CLOSE)
    assert historical_loss(returns) == pytest.approx(-judge.value_at_risk(returns, cutoff=0.05), rel=CLOSE, abs=CLOSE)


def test_random_returns_give_the_figures_of_empyrical() -> None:
    for seed in range(300):
        agree(random_returns(seed))


@needs_recorded
def test_recorded_days_give_the_figures_of_empyrical() -> None:
    returns = real_returns()

    assert len(returns) > 300
    agree(returns)


def test_each_drawdown_is_what_empyrical_finds_up_to_that_day() -> None:
    returns = random_returns(11)[:60]

    for day in range(1, len(returns) + 1):
        assert drawdowns(returns[:day]).min() == pytest.approx(judge.max_drawdown(returns[:day]), abs=CLOSE)


def test_the_bootstrap_lies_around_the_historical_loss_and_is_the_same_each_time() -> None:
    returns = random_returns(2)
    found = one_day_risk(returns)

    assert found is not None
    assert found.low < found.historical < found.high
    assert found.low < found.bootstrap < found.high
    assert found == one_day_risk(returns)
    assert found != one_day_risk(returns, seed=1)


def test_the_bootstrap_is_the_mean_of_empyricals_figure_over_the_same_draws() -> None:
    returns, seed = np.random.default_rng(5).normal(0, 0.02, 40), 3
    drawn = np.random.default_rng(seed).integers(0, 40, size=(5_000, 40))

    expected = np.mean([-judge.value_at_risk(returns[row], cutoff=0.05) for row in drawn])

    found = one_day_risk(returns, seed)
    assert found is not None
    assert found.bootstrap == pytest.approx(expected, rel=CLOSE)
    assert found.days == 40


def test_too_few_days_give_no_value_at_risk() -> None:
    assert one_day_risk(np.zeros(29)) is None


def test_too_few_or_even_days_give_no_ratio() -> None:
    assert sharpe(np.array([0.01])) is None
    assert sortino(np.array([0.01])) is None
    assert volatility(np.array([0.01])) is None
    assert sharpe(np.full(10, 0.01)) is None
    assert sortino(np.full(10, 0.01)) is None


def test_nothing_happened_is_no_drawdown() -> None:
    assert max_drawdown(np.array([])) == 0.0
