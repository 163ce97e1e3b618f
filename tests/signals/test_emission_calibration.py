"""What is issued, how it is named, and what confidence counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from signals.calibration import Case, confidence_of
from signals.emission import should_emit
from signals.features import derive
from signals.indicators import compute
from signals.model import Action, Issued, Strength, Timeframe
from signals.risk import assess
from signals.universe import bucket_of, default_rules, listed_symbol, names_of, spoken_name
from tests.builders import NOW, a_backtest, a_plan, a_signal, random_walk

NEXT = {"known_at": NOW + timedelta(hours=1), "bar_open_at": NOW}
FORMER = Issued(a_signal(), a_plan(), NOW)


@pytest.mark.parametrize(
    ("signal", "previous", "ended", "emitted"),
    [
        (a_signal(), None, False, True),
        (a_signal(**NEXT), FORMER, False, False),
        (a_signal(**NEXT), FORMER, True, True),
        (a_signal(**NEXT, conviction=0.83), FORMER, False, True),
        (a_signal(**NEXT, conviction=0.80), FORMER, False, False),
        (a_signal(**NEXT, action=Action.SELL, long=0.0, short=0.7), FORMER, False, True),
        (a_signal(**NEXT, action=Action.HOLD, long=0.5, short=0.1), FORMER, False, False),
        (a_signal(**NEXT, action=Action.HOLD, long=0.1, short=0.5), FORMER, False, True),
        (a_signal(**NEXT, action=Action.HOLD, long=0.1, short=0.5), FORMER, True, False),
        (a_signal(**NEXT, action=Action.HOLD, long=0.1, short=0.5), None, False, False),
        (a_signal(**NEXT, action=Action.NO_SIGNAL), FORMER, False, False),
        (a_signal(), FORMER, True, False),
        (a_signal(action=Action.NO_DATA, bar_open_at=None), None, False, False),
    ],
)
def test_the_emission_rule(signal, previous, ended, emitted):
    assert should_emit(signal, previous, ended) is emitted


def cases(n: int, reached: int, symbol: str = "ETH/USDT", **changes) -> list[Case]:
    built = Case(symbol, Timeframe.H1, 1, Strength.MEDIUM, True)
    return [replace(built, reached=i < reached, **changes) for i in range(n)]


def test_below_thirty_cases_it_is_uncalibrated_with_the_backtest_rate():
    confidence = confidence_of(a_signal(), cases(29, 20), [a_backtest(target_first=20, resolved=40)])

    assert (confidence.value, confidence.n, confidence.calibrated) == (0.5, 29, False)
    assert "uncalibrated" in confidence.basis


def test_without_any_record_there_is_no_number():
    confidence = confidence_of(a_signal(), [])

    assert confidence.value is None
    assert not confidence.calibrated


def test_own_cases_are_shrunk_towards_the_pooled_rate():
    resolved = cases(30, 24) + cases(70, 14, "BTC/USDT")

    confidence = confidence_of(a_signal(), resolved)

    assert confidence.calibrated
    assert (confidence.n, confidence.value) == (30, pytest.approx((24 + 20 * 0.38) / 50))


def test_few_own_cases_fall_back_to_all_symbols():
    confidence = confidence_of(a_signal(), cases(3, 3) + cases(60, 30, "BTC/USDT"))

    assert confidence.n == 63
    assert "all symbols" in confidence.basis


def test_other_directions_bands_and_timeframes_do_not_count():
    others = (
        cases(40, 40, direction=-1) + cases(40, 40, strength=Strength.STRONG) + cases(40, 40, timeframe=Timeframe.D1)
    )

    assert confidence_of(a_signal(), others).n == 0


def test_risk_names_its_measures():
    features = derive(compute(random_walk(500)))
    calm = derive(compute(random_walk(500, volatility=0.0001)))

    risky = assess(a_signal(short=0.3), a_plan(stop=1300.0), features)
    quiet = assess(a_signal(short=0.0), None, calm)

    assert risky.level == "high"
    assert "disagree" in risky.text
    assert "stop 13.33 % away" in risky.text
    assert 0 <= quiet.volatility_percentile <= 100
    assert np.isfinite(quiet.bar_volume_usd)


def test_pol_is_read_under_its_name_of_the_time():
    assert listed_symbol("POL/USDT", NOW) == "MATIC/USDT"
    assert listed_symbol("MATIC/USDT", NOW.replace(year=2026)) == "POL/USDT"
    assert listed_symbol("ETH/USDT", NOW) == "ETH/USDT"
    assert names_of("MATIC/USDT") == names_of("POL/USDT") == ("POL/USDT", "MATIC/USDT")
    assert names_of("ETH/USDT") == ("ETH/USDT",)


def test_buckets_names_and_default_rules():
    assert (bucket_of("BNB/USDT"), bucket_of("SOL/USDT")) == ("majors", "others")
    assert (spoken_name("ETH/USDT"), spoken_name("ZZZ/USDT")) == ("Ethereum", "ZZZ")
    assert default_rules("ZZZ/USDT").tick < default_rules("BTC/USDT").tick
