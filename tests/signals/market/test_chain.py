"""Exchanges in order of preference."""

from __future__ import annotations

import pytest

from signals.errors import DataError, TemporaryError, UnavailableError
from signals.market.chain import ChainSource
from signals.market.checks import Checked
from signals.model import Candles, Series, Timeframe
from tests.signals.market.fakes import ETH, NOW, FakeCheckedSource, FakeSource, candles, rows

GONE = UnavailableError("ETH/USDT is not listed on binance.")
DOWN = TemporaryError("binance has trouble (HTTP 503)")


def bars(exchange: str) -> Candles:
    return candles(rows(3), Series(exchange, "ETH/USDT", Timeframe.H1))


def chain(first: Candles | Exception, second: Candles | Exception, *, outage_moves_on: bool = False) -> ChainSource:
    sources = (FakeSource("binance", first), FakeSource("kraken", second))
    return ChainSource(sources, outage_moves_on=outage_moves_on)


async def test_the_first_exchange_answers_when_it_can() -> None:
    asking = chain(bars("binance"), bars("kraken"))

    assert (await asking.closed(ETH, since_ms=None, limit=3)).series.exchange == "binance"
    assert (await asking.source_for(ETH)).exchange == asking.exchange == "binance"
    assert not asking.simulated and await asking.now() == NOW


async def test_a_market_the_first_one_lacks_comes_from_the_next_under_its_own_name() -> None:
    asking = chain(GONE, bars("kraken"))

    assert (await asking.closed(ETH, since_ms=None, limit=3)).series.exchange == "kraken"
    assert (await asking.source_for(ETH)).exchange == "kraken"
    assert (await asking.rules("ETH/USDT")).tick > 0


async def test_an_outage_does_not_move_a_series_to_another_exchange() -> None:
    with pytest.raises(TemporaryError, match="HTTP 503"):
        await chain(DOWN, bars("kraken")).closed(ETH, since_ms=None, limit=3)


async def test_an_outage_moves_on_where_that_is_wanted() -> None:
    asking = chain(DOWN, bars("kraken"), outage_moves_on=True)

    assert (await asking.closed(ETH, since_ms=None, limit=3)).series.exchange == "kraken"


async def test_bad_bars_do_not_move_on() -> None:
    with pytest.raises(DataError, match="nan"):
        await chain(DataError("nan"), bars("kraken"), outage_moves_on=True).closed(ETH, since_ms=None, limit=3)


async def test_a_market_nobody_has_is_unavailable_with_every_reason() -> None:
    with pytest.raises(UnavailableError, match=r"not listed on binance\. Nor on kraken\."):
        await chain(GONE, UnavailableError("Nor on kraken.")).closed(ETH, since_ms=None, limit=3)


async def test_an_outage_somewhere_leaves_hope() -> None:
    with pytest.raises(TemporaryError):
        await chain(DOWN, UnavailableError("Nor on kraken."), outage_moves_on=True).rules("ETH/USDT")


async def test_findings_come_through() -> None:
    found = Checked(bars("binance"))
    asking = ChainSource((FakeCheckedSource("binance", GONE, found=found),))

    assert await asking.checked(ETH, since_ms=None, limit=3) is found


async def test_closing_closes_them_all() -> None:
    sources = (FakeSource("binance", GONE), FakeSource("kraken", GONE))

    await ChainSource(sources).close()

    assert [s.closed_times for s in sources] == [1, 1]


async def test_one_that_fails_to_close_does_not_keep_the_others_open() -> None:
    class Stuck(FakeSource):
        async def close(self) -> None:
            raise OSError("stuck")

    last = FakeSource("kraken", GONE)

    with pytest.raises(OSError, match="stuck"):
        await ChainSource((Stuck("binance", GONE), last)).close()

    assert last.closed_times == 1


def test_a_chain_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one source"):
        ChainSource(())
