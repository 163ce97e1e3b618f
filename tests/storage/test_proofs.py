"""Tunings, seeded cases and calibrations come back as they were stored, and only when they were known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from rag.documents import tuning_document
from signals.calibration_fit import Calibration, Part
from signals.case import Case
from signals.logistic import Logistic, Steps
from signals.model import PlanRules, Strength, Timeframe
from signals.scores import Band, Quality
from signals.tuning import Score, Tuning, TuningRules
from storage.stores import Stores
from tests.builders import ETH_1H, NOW

HOUR = timedelta(hours=1)
TUNING = Tuning(
    series=ETH_1H,
    data_from=NOW - 1000 * HOUR,
    data_to=NOW,
    test_from=NOW - 500 * HOUR,
    finished_at=NOW,
    rules=TuningRules(trials=10),
    in_sample=Score(40, 0.3, 30.0, 60.0),
    out_of_sample=Score(20, -0.1, -5.0, 45.0),
    active=Score(22, -0.2, -9.0, 40.0),
    buy_hold_pct=-30.0,
    old=PlanRules(),
    new=PlanRules(sl_atr=2.5),
    won=False,
    reason="out of sample -0.100 R over 20 trades: a loss after costs",
    first_trials=("a", "b"),
)
CASE = Case(
    symbol="ETH/USDT",
    timeframe=Timeframe.H1,
    direction=-1,
    strength=Strength.STRONG,
    reached=True,
    conviction=0.81,
    volatility=0.012,
    known_at=NOW - 3 * HOUR,
    resolved_at=NOW,
    realised_r=1.1,
    seeded=True,
)


async def test_a_tuning_comes_back_whole_and_is_marked_for_ingestion(stores: Stores) -> None:
    await stores.tunings.save(TUNING)
    await stores.tunings.save(TUNING)

    assert await stores.tunings.get(TUNING.tuning_id) == TUNING
    assert [(m.type, m.pk) for m in await stores.marks.pending(10)] == [("tuning", TUNING.tuning_id)]
    assert await stores.tunings.get("nothing") is None


async def test_the_newest_tuning_of_each_series_is_found_once_it_was_known(stores: Stores) -> None:
    later = replace(TUNING, data_to=NOW + HOUR, finished_at=NOW + HOUR)
    for one in (TUNING, later):
        await stores.tunings.save(one)

    assert await stores.tunings.newest(None, Timeframe.H1, NOW - HOUR) == ()
    assert await stores.tunings.newest(["ETH/USDT"], Timeframe.H1, NOW) == (TUNING,)
    assert await stores.tunings.newest(None, Timeframe.H1, NOW + HOUR) == (later,)
    assert await stores.tunings.newest(["BTC/USDT"], Timeframe.H1, NOW + HOUR) == ()


async def test_seeded_cases_replace_those_of_their_series_alone(stores: Stores) -> None:
    other = replace(ETH_1H, symbol="BTC/USDT")
    await stores.seeds.replace(ETH_1H, [CASE, replace(CASE, known_at=NOW - 2 * HOUR, realised_r=None)])
    await stores.seeds.replace(other, [replace(CASE, symbol="BTC/USDT")])

    await stores.seeds.replace(ETH_1H, [CASE])

    assert {c.symbol for c in await stores.seeds.known(Timeframe.H1, NOW)} == {"BTC/USDT", "ETH/USDT"}
    assert CASE in await stores.seeds.known(Timeframe.H1, NOW)
    assert len(await stores.seeds.known(Timeframe.H1, NOW)) == 2
    assert await stores.seeds.known(Timeframe.H1, NOW - HOUR) == ()
    assert await stores.seeds.known(Timeframe.H4, NOW) == ()


async def test_the_calibration_in_force_is_the_newest_that_was_known(stores: Stores) -> None:
    first = Calibration(
        timeframe=Timeframe.H1,
        fitted_at=NOW,
        n=60,
        live=3,
        parts=(Part(0.4, (), Logistic(0.1)), Part(0.6, (0,), Logistic(0.1, (0.2,), (-4.0,), (0.5,)))),
    )
    second = replace(
        first,
        fitted_at=NOW + HOUR,
        steps=Steps((0.4, 0.6), (0.45, 0.55)),
        quality=Quality(40, 0.5, 0.25, 0.26, 0.25, 0.69, 0.7, 0.01),
        bands=(Band(0.5, 0.6, 40, 0.55, 0.5),),
    )
    for one in (first, second):
        await stores.calibrations.save(one)

    assert await stores.calibrations.newest(Timeframe.H1, NOW - HOUR) is None
    assert await stores.calibrations.newest(Timeframe.H1, NOW) == first
    assert await stores.calibrations.newest(Timeframe.H1, NOW + 2 * HOUR) == second


def test_a_tuning_in_words_tells_the_test_before_the_past() -> None:
    text = tuning_document(TUNING).text

    assert text.index("Out of sample") < text.index("In sample")
    assert "-0.1 R a trade over 20 trades" in text
    assert "buy and hold -30%" in text
    assert "the active ones stay" in text
    assert "may replace" in tuning_document(replace(TUNING, won=True)).text
