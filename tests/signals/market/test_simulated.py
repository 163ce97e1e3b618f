"""The made-up market: the same for ever, and lively enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.clock import FrozenClock, to_ms
from signals.errors import UnavailableError
from signals.market.checks import gaps, rows_from
from signals.market.resample import aggregate
from signals.market.simulated import PRICES, SimulatedSource, simulate
from signals.market.sync import CheckedSource
from signals.model import Market, Timeframe
from signals.universe import DEFAULT_SYMBOLS, base_of, default_rules
from tests.signals.market.fakes import ETH, HOUR, NOW

DAY = 24 * HOUR
START = to_ms(datetime(2024, 1, 1, tzinfo=UTC))


def source(seed: int = 7, now: datetime = NOW) -> SimulatedSource:
    return SimulatedSource(seed, FrozenClock(now))


@given(st.integers(0, 3_000), st.integers(1, 60), st.integers(0, 50), st.sampled_from(list(Timeframe)))
def test_two_stretches_agree_wherever_they_overlap(first: int, bars: int, cut: int, timeframe: Timeframe) -> None:
    market, step = Market("SOL/USDT", timeframe), timeframe.ms
    start = START // step * step + first * step

    whole = simulate(3, market, start, start + (bars + cut) * step)
    part = simulate(3, market, start + cut * step, start + (bars + cut) * step)

    assert np.array_equal(rows_from(whole.part(cut)), rows_from(part))


@pytest.mark.parametrize("timeframe", [Timeframe.H1, Timeframe.H4, Timeframe.D1])
def test_longer_bars_are_the_shorter_ones_put_together(timeframe: Timeframe) -> None:
    quarters = simulate(7, Market("ETH/USDT", Timeframe.M15), START, START + 5 * DAY)

    assert np.array_equal(
        rows_from(aggregate(quarters, timeframe)),
        rows_from(simulate(7, Market("ETH/USDT", timeframe), START, START + 5 * DAY)),
    )


def test_a_bar_opens_where_the_former_one_closed() -> None:
    bars = simulate(7, ETH, START, START + 30 * DAY)

    assert np.array_equal(bars.open[1:], bars.close[:-1]) and not gaps(bars)


@pytest.mark.parametrize("year", [1970, 1999, 2200])
def test_any_time_can_be_asked_for(year: int) -> None:
    start = to_ms(datetime(year, 1, 1, tzinfo=UTC))

    assert np.isfinite(rows_from(simulate(7, ETH, start, start + DAY))).all()


def test_seeds_and_symbols_differ() -> None:
    closes = [
        simulate(seed, Market(symbol, Timeframe.H1), START, START + DAY).close / PRICES[base_of(symbol)]
        for seed, symbol in ((7, "ETH/USDT"), (8, "ETH/USDT"), (7, "SOL/USDT"))
    ]

    assert not np.array_equal(closes[0], closes[1]) and not np.array_equal(closes[0], closes[2])


@pytest.mark.parametrize("symbol", [*DEFAULT_SYMBOLS, "NEW/USDT"])
def test_prices_are_plausible_and_volatility_comes_in_clusters(symbol: str) -> None:
    bars = simulate(7, Market(symbol, Timeframe.H1), START, START + 365 * DAY)

    returns = np.diff(np.log(bars.close))
    size = np.abs(returns) - np.abs(returns).mean()
    clustering = (size[1:] * size[:-1]).mean() / (size**2).mean()
    kurtosis = ((returns - returns.mean()) ** 4).mean() / returns.var() ** 2
    assert 0.25 < returns.std() * np.sqrt(8760) < 1.5
    assert clustering > 0.1 and kurtosis > 4.0
    assert np.abs(returns).max() < 0.3
    level = PRICES.get(base_of(symbol), float(bars.close[0]))
    assert bars.close.min() / level > 0.02 and bars.close.max() / level < 30


def test_symbols_move_together_but_not_alike() -> None:
    bitcoin, ether = (
        np.diff(np.log(simulate(7, Market(s, Timeframe.H1), START, START + 90 * DAY).close))
        for s in ("BTC/USDT", "ETH/USDT")
    )

    assert 0.4 < np.corrcoef(bitcoin, ether)[0, 1] < 0.9


async def test_the_newest_bars_are_closed_and_the_older_ones_come_by_since() -> None:
    newest = await source().closed(ETH, since_ms=None, limit=50)
    again = await source(now=NOW + timedelta(hours=9)).closed(ETH, since_ms=int(newest.open_ms[10]) - 1, limit=20)

    assert len(newest) == 50 and newest.closed_at() == NOW.replace(second=0)
    assert np.array_equal(rows_from(again), rows_from(newest.part(10, 30)))


async def test_nothing_closed_in_the_range_is_an_empty_answer() -> None:
    assert len(await source().closed(ETH, since_ms=to_ms(NOW), limit=5)) == 0
    assert len(await source().closed(ETH, since_ms=None, limit=0)) == 0


async def test_the_beginning_of_time_is_no_error() -> None:
    found = await source(now=datetime(1970, 1, 1, 5, tzinfo=UTC)).closed(ETH, since_ms=None, limit=50)

    assert len(found) == 5


async def test_nothing_is_ever_found_wrong_with_it() -> None:
    for timeframe in Timeframe:
        found = await source().checked(Market("ADA/USDT", timeframe), since_ms=None, limit=500)
        assert found.findings == () and len(found.candles) == 500


async def test_what_is_no_pair_is_unavailable() -> None:
    with pytest.raises(UnavailableError, match="ETH is no pair"):
        await source().closed(Market("ETH", Timeframe.H1), since_ms=None, limit=5)


async def test_it_is_a_source_labelled_simulated() -> None:
    simulated = source()

    assert isinstance(simulated, CheckedSource)
    assert (simulated.exchange, simulated.simulated) == ("simulated", True)
    assert await simulated.now() == NOW and await simulated.rules("BTC/USDT") == default_rules("BTC/USDT")
    await simulated.close()
