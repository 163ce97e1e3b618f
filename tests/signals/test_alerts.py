"""Alerts fire on the edge, over closed bars, exactly where an independent scan by plain loops says so."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals import catalogue
from signals.alerts import SETTLED_BARS, Compare, Condition, Kind, edges, last_known, look, states_of
from signals.errors import DataError
from signals.indicators import IndicatorFrame, compute
from signals.model import Candles, Timeframe
from tests.builders import candles_from, random_walk
from tests.recorded import needs_recorded, recorded
from tests.signals import alert_scan as scan

HOUR = Timeframe.H1.ms
ABOVE, BELOW, CROSSES = Compare.ABOVE, Compare.BELOW, Compare.CROSSES


def level(left: str, test: Compare, right: str) -> Condition:
    return Condition(Kind.LEVEL, "ETH/USDT", Timeframe.H1, left, test, right)


def move(test: Compare, percent: str, bars: int) -> Condition:
    return Condition(Kind.MOVE, "ETH/USDT", Timeframe.H1, "close", test, percent, bars)


def firings(condition: Condition, candles: Candles, since_ms: int = 0, state: int = 0) -> list[int]:
    return [edge.open_ms for edge in look(condition, compute(candles), {}, since_ms, state).edges]


def without(candles: Candles, gone: slice) -> Candles:
    keep = np.ones(len(candles), dtype=bool)
    keep[gone] = False
    columns = (candles.open_ms, candles.open, candles.high, candles.low, candles.close, candles.volume)
    return Candles(candles.series, *(column[keep] for column in columns))


def scanned(condition: Condition, candles: Candles) -> list[int]:
    """What plain loops say."""
    rows = [(int(at), float(close)) for at, close in zip(candles.open_ms, candles.close, strict=True)]
    left = _column(condition.left, rows) if condition.kind is Kind.LEVEL else _moved(condition, rows)
    right = _column(condition.right, rows)
    pairs = [(at, a, b) for (at, _), a, b in zip(rows, left, right, strict=True)]
    carried = condition.kind is Kind.LEVEL and condition.left == "close" and condition.right[0].isdigit()
    if condition.test is CROSSES:
        return scan.crossed(pairs, HOUR, carried=carried)
    true = {
        ABOVE: lambda a, b: a > b,
        BELOW: lambda a, b: a < b,
        Compare.RISES: lambda a, b: a >= b,
        Compare.FALLS: lambda a, b: a <= -b,
        Compare.MOVES: lambda a, b: abs(a) >= b,
    }[condition.test]
    return scan.fired(pairs, true, HOUR, carried=carried)


def _column(name: str, rows: list[scan.Row]) -> list[float | None]:
    columns = {
        "close": list,
        "rsi_14": scan.wilder_rsi(SETTLED_BARS),
        "sma_20": scan.mean(20),
        "sma_50": scan.mean(50),
        "sma_200": scan.mean(200),
        "ema_12": scan.exponential(12, SETTLED_BARS),
        "ema_26": scan.exponential(26, SETTLED_BARS),
    }
    if name in columns:
        return scan.of_runs(rows, HOUR, columns[name])
    return [float(name)] * len(rows)


def _moved(condition: Condition, rows: list[scan.Row]) -> list[float | None]:
    return scan.of_runs(rows, HOUR, scan.change(condition.bars))


@cache
def a_year(name: str) -> Candles:
    candles = recorded(name)
    return candles.part(max(0, len(candles) - 8760))


def conditions_for(candles: Candles) -> list[Condition]:
    low, middle, high = (repr(round(float(np.quantile(candles.close, q)), 3)) for q in (0.2, 0.5, 0.8))
    return [
        level("close", ABOVE, high),
        level("close", BELOW, low),
        level("close", CROSSES, middle),
        level("rsi_14", BELOW, "30"),
        level("rsi_14", ABOVE, "70"),
        level("rsi_14", CROSSES, "50"),
        level("close", ABOVE, "sma_200"),
        level("close", CROSSES, "sma_50"),
        level("sma_20", CROSSES, "sma_50"),
        level("ema_12", BELOW, "ema_26"),
        move(Compare.RISES, "3", 4),
        move(Compare.FALLS, "3", 4),
        move(Compare.MOVES, "5", 24),
    ]


@needs_recorded
@pytest.mark.parametrize("name", ["BTCUSDT-1h.csv.gz", "ETHUSDT-1h.csv.gz", "SOLUSDT-1h.csv.gz"])
def test_over_a_year_of_recorded_bars_each_condition_fires_exactly_where_the_scan_says(name: str) -> None:
    candles = a_year(name)
    holes = without(without(candles, slice(5000, 5003)), slice(7000, 7001))

    for bars in (candles, holes):
        for condition in conditions_for(bars):
            expected = scanned(condition, bars)
            assert firings(condition, bars) == expected, condition
            assert len(expected) > 3, condition


@needs_recorded
def test_the_remaining_columns_fire_where_a_scan_over_the_same_values_says() -> None:
    """MACD, its parts, the bands and the ATR: the columns as they are, compared by plain loops."""
    candles = a_year("ETHUSDT-1h.csv.gz")
    frame = compute(candles)
    level_of_atr = repr(float(np.nanmedian(frame["atr_14"])))
    pairs = [
        ("macd_12_26_9", "macd_signal_12_26_9", True),
        ("macd_hist_12_26_9", "0", True),
        ("atr_14", level_of_atr, True),
    ]
    pairs += [("close", "bb_upper_20_2", False), ("close", "bb_lower_20_2", False), ("close", "bb_middle_20_2", False)]
    for left, right, recursive in pairs:
        rows = []
        for i in range(len(candles)):
            a = float(candles.close[i] if left == "close" else frame[left][i])
            b = float(frame[right][i]) if right in frame.columns else float(right)
            unknown = math.isnan(a) or math.isnan(b) or (recursive and i < SETTLED_BARS)
            rows.append((int(candles.open_ms[i]), None if unknown else a, None if unknown else b))
        for test, true in ((ABOVE, lambda a, b: a > b), (BELOW, lambda a, b: a < b)):
            expected = scan.fired(rows, true, HOUR, carried=False)
            assert firings(level(left, test, right), candles) == expected
            assert len(expected) > 20
        assert firings(level(left, CROSSES, right), candles) == scan.crossed(rows, HOUR, carried=False)


values = st.lists(st.sampled_from([math.nan, 1.0, 2.0, 3.0]), min_size=0, max_size=40)


@given(
    values,
    st.lists(st.booleans(), min_size=40, max_size=40),
    st.integers(0, 40),
    st.sampled_from([ABOVE, BELOW, CROSSES]),
)
@settings(max_examples=300, deadline=None)
def test_edges_of_any_values_with_any_gaps_seen_in_two_parts_are_those_of_the_scan(
    numbers: list[float], gaps: list[bool], cut: int, test: Compare
) -> None:
    left = np.array(numbers, dtype=np.float64)
    broken = np.array(gaps[: len(numbers)], dtype=bool)
    if len(broken):
        broken[0] = False
    states = states_of(level("close", test, "2"), left, np.full(len(left), 2.0), np.zeros(len(left)))

    first = edges(states[:cut], broken[:cut], 0, both=test is CROSSES)
    between = last_known(states[:cut], broken[:cut])
    second = edges(states[cut:], broken[cut:], between, both=test is CROSSES)

    at, pairs = 0, []
    for i, number in enumerate(numbers):
        at += 2 if broken[i] else 1
        pairs.append((at, None if math.isnan(number) else number, 2.0))
    true = {ABOVE: lambda a, b: a > b, BELOW: lambda a, b: a < b}
    expected = (
        scan.crossed(pairs, 1, carried=False) if test is CROSSES else scan.fired(pairs, true[test], 1, carried=False)
    )
    assert [pairs[i][0] for i in np.flatnonzero(np.concatenate([first, second]))] == expected


@given(st.integers(0, 10_000), st.lists(st.integers(1, 399), min_size=0, max_size=8, unique=True), st.data())
@settings(max_examples=25, deadline=None)
def test_bars_seen_in_any_portions_fire_as_when_seen_at_once(seed: int, cuts: list[int], data: st.DataObject) -> None:
    candles = random_walk(400, seed=seed)
    if data.draw(st.booleans(), "with a gap"):
        candles = without(candles, slice(250, 252))
    middle = repr(float(np.median(candles.close)))
    chosen = data.draw(
        st.sampled_from(
            [level("close", CROSSES, middle), level("rsi_14", ABOVE, "55"), level("close", BELOW, "sma_20")]
        )
    )
    seen, state, since = list[int](), 0, 0

    for cut in [*sorted(cuts), len(candles)]:
        part = candles.part(0, min(cut, len(candles)))
        found = look(chosen, compute(part), {}, since, state)
        seen += [edge.open_ms for edge in found.edges]
        state, since = found.state, int(part.open_ms[-1]) + 1

    assert seen == scanned(chosen, candles)


def test_what_was_true_from_the_beginning_does_not_fire_until_it_was_untrue() -> None:
    candles = candles_from([110.0, 111, 95, 112, 113])

    assert firings(level("close", ABOVE, "100"), candles) == [int(candles.open_ms[3])]


def test_a_price_that_only_touches_its_level_has_not_passed_it() -> None:
    candles = candles_from([90.0, 100, 100, 90, 100, 101])

    assert firings(level("close", CROSSES, "100"), candles) == [int(candles.open_ms[5])]
    assert firings(level("close", ABOVE, "100"), candles) == [int(candles.open_ms[5])]


def test_a_price_that_passed_its_level_in_a_gap_is_told_after_it_and_an_indicator_is_not() -> None:
    walk = candles_from([*np.linspace(200, 100, 150), *np.linspace(100, 200, 150)])
    candles = without(walk, slice(200, 260))
    first_after = int(candles.open_ms[200])
    level_in_gap = repr(float(walk.close[230]))

    assert firings(level("close", ABOVE, level_in_gap), candles) == [first_after]
    assert firings(move(Compare.RISES, "10", 3), candles) == []
    assert firings(level("close", ABOVE, "sma_20"), candles) == scanned(level("close", ABOVE, "sma_20"), candles)


def test_an_indicator_is_unknown_until_it_has_settled() -> None:
    closes = [100.0 + (i % 2) for i in range(SETTLED_BARS - 20)] + [100.0 - i for i in range(1, 19)]
    candles = candles_from(closes)

    assert np.nanmin(compute(candles)["rsi_14"]) < 30
    assert firings(level("rsi_14", BELOW, "30"), candles) == []


def test_a_column_that_is_not_there_is_an_error_and_not_silence() -> None:
    with pytest.raises(DataError):
        firings(level("adx", ABOVE, "25"), random_walk(50))


def test_bars_that_do_not_follow_those_of_the_state_cannot_fire_an_indicator() -> None:
    candles = random_walk(400, seed=3)
    above = level("close", ABOVE, "sma_20")
    frame = compute(candles)
    part = IndicatorFrame(candles.part(300), {n: v[300:] for n, v in frame.columns.items()}, frame.age[300:])

    first = look(above, part, {}, 0, -1).edges

    assert all(edge.open_ms > int(candles.open_ms[300]) for edge in first)


def test_a_condition_is_what_it_was_after_storage() -> None:
    for condition in (level("close", CROSSES, "70000.5"), move(Compare.MOVES, "5", 24), Condition(Kind.SIGNAL)):
        assert Condition.of_json(condition.as_json()) == condition


@pytest.mark.may_block(reason="computes every indicator of the catalogue")
def test_the_indicators_that_depend_on_where_the_candles_begin_are_known() -> None:
    """What an alert may use reads the same from 800 bars before as from far more."""
    candles = random_walk(1500, seed=5)
    suspects = sorted(
        {*catalogue.FROM_THE_BEGINNING, "rsi", "adx", "supertrend", "psar", "kama", "hma", "stoch", "cci", "mfi"}
    )
    differing = set()
    for name in suspects:
        long, short = catalogue.read(name, candles).columns, catalogue.read(name, candles.part(650)).columns
        same = all(
            np.allclose(values[-50:], short[line][-50:], rtol=1e-6, atol=1e-9, equal_nan=True)
            for line, values in long.items()
        )
        differing |= set() if same else {name}

    assert differing == catalogue.FROM_THE_BEGINNING


def test_volume_is_compared_like_any_column() -> None:
    candles = candles_from([100.0] * 5)
    loud = replace(candles, volume=np.array([1.0, 5, 1, 5, 5]))

    assert firings(level("volume", ABOVE, "2"), loud) == [int(loud.open_ms[1]), int(loud.open_ms[3])]
