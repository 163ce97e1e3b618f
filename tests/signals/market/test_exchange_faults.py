"""The real ccxt client against the loopback exchange and its faults."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from signals.clock import FrozenClock, SystemClock, from_ms
from signals.errors import DataError, TemporaryError, UnavailableError
from signals.market.checks import FindingKind, rows_from
from signals.market.exchange import ExchangeSource
from signals.model import Market, Timeframe
from tests.signals.market.fakes import QUICK, SHARED

ETH = Market("ETH/USDT", Timeframe.H1)
BENIGN = ("reversed", "shuffled", "zero_volume", "strings", "duplicate")
MENDED = ("500", "502", "503", "504", "empty", "html", "truncated", "cut", "reset")
SPOILT = ("stale", "future", "nan", "null", "negative", "short_row")


def put(peer: Any, kind: str, times: int, **more: Any) -> int:
    """Place a fault on the bars; returns how many requests there were before."""
    peer.faults.append({"path": "klines", "kind": kind, "times": times, **more})
    return len(peer.log)


def asked(peer: Any, before: int = 0) -> list[str]:
    return [entry["path"].rpartition("/")[2] for entry in peer.log[before:]]


async def test_pages_add_up_to_closed_bars_without_a_gap(binance: ExchangeSource, peer: Any) -> None:
    found = await binance.checked(Market("BTC/USDT", Timeframe.M15), since_ms=None, limit=250)

    now = await binance.now()
    assert len(found.candles) == 250 and found.findings == ()
    assert 0 <= (now - found.candles.closed_at()).total_seconds() < 900
    assert found.candles.series.exchange == "binance"
    assert asked(peer) == ["exchangeInfo", "time", "klines", "klines", "klines"]


async def test_two_calls_agree_and_since_starts_where_it_says(binance: ExchangeSource) -> None:
    newest = await binance.closed(ETH, since_ms=None, limit=30)
    again = await binance.closed(ETH, since_ms=int(newest.open_ms[10]), limit=5)

    assert np.array_equal(rows_from(again), rows_from(newest.part(10, 15)))


async def test_nothing_is_signed_and_nothing_unknown_is_asked(binance: ExchangeSource, peer: Any) -> None:
    await binance.closed(ETH, since_ms=None, limit=5)
    await binance.rules("ETH/USDT")

    assert peer.private_calls == [] and peer.unknown_paths == []


async def test_rules_are_read_as_decimals(binance: ExchangeSource) -> None:
    rules = await binance.rules("ADA/USDT")

    assert (rules.tick, rules.lot_step, rules.min_notional) == (Decimal("0.0001"), Decimal("0.1"), Decimal(5))


async def test_a_market_that_is_not_listed_is_unavailable_and_the_others_go_on(binance: ExchangeSource) -> None:
    with pytest.raises(UnavailableError, match="DOT/USDT is not listed on binance"):
        await binance.closed(Market("DOT/USDT", Timeframe.H1), since_ms=None, limit=5)

    assert len(await binance.closed(ETH, since_ms=None, limit=5)) == 5


@pytest.mark.parametrize("kind", BENIGN)
@pytest.mark.parametrize("times", [1, 99])
async def test_harmless_oddities_are_put_right(binance: ExchangeSource, peer: Any, kind: str, times: int) -> None:
    put(peer, kind, times)

    found = await binance.checked(ETH, since_ms=None, limit=50)

    assert len(found.candles) == 50 and found.status == "ok"
    assert {f.kind for f in found.findings} <= {FindingKind.DUPLICATE}


@pytest.mark.parametrize("kind", [*MENDED, *SPOILT, "gap", "outlier"])
async def test_a_fault_that_passes_is_mended_by_asking_again(binance: ExchangeSource, peer: Any, kind: str) -> None:
    put(peer, kind, 1)

    found = await binance.checked(ETH, since_ms=None, limit=50)

    assert len(found.candles) == 50 and found.findings == ()


@pytest.mark.parametrize("kind", MENDED)
async def test_a_fault_that_stays_is_temporary_after_three_tries(binance: ExchangeSource, peer: Any, kind: str) -> None:
    await binance.rules("ETH/USDT")
    before = put(peer, kind, 99)

    with pytest.raises(TemporaryError, match="binance") as caught:
        await binance.closed(ETH, since_ms=None, limit=50)

    assert caught.value.retry_after_s is None and "\n" not in str(caught.value)
    assert asked(peer, before).count("klines") == (6 if kind == "reset" else 3)  # aiohttp asks again after a reset


@pytest.mark.parametrize("kind", SPOILT)
async def test_bars_that_cannot_be_used_are_refused_after_asking_twice(
    binance: ExchangeSource, peer: Any, kind: str
) -> None:
    before = put(peer, kind, 99)

    with pytest.raises(DataError, match=r"binance:ETH/USDT:1h") as caught:
        await binance.closed(ETH, since_ms=None, limit=50)

    assert not isinstance(caught.value, UnavailableError)
    assert asked(peer, before).count("klines") <= 4


async def test_stale_bars_are_refused_with_the_last_good_time(binance: ExchangeSource, peer: Any) -> None:
    put(peer, "stale", 99, age=7200)

    with pytest.raises(DataError, match="is stale: its newest bar closed at") as caught:
        await binance.closed(ETH, since_ms=None, limit=50)

    assert caught.value.last_good_at is not None


async def test_a_gap_that_stays_is_reported_not_hidden(binance: ExchangeSource, peer: Any) -> None:
    put(peer, "gap", 99, count=3)

    found = await binance.checked(ETH, since_ms=None, limit=50)

    assert len(found.candles) == 47 and found.status == "gap" and "3 bars missing" in found.note


async def test_an_outlier_that_stays_is_left_out_and_reported(binance: ExchangeSource, peer: Any) -> None:
    put(peer, "outlier", 99)

    found = await binance.checked(ETH, since_ms=None, limit=50)

    assert len(found.candles) == 49
    assert [f.kind for f in found.findings] == [FindingKind.OUTLIER, FindingKind.GAP]


@pytest.mark.parametrize("kind", ["429", "418"])
async def test_a_pause_asked_for_holds_for_all_symbols_without_a_request(
    binance: ExchangeSource, peer: Any, kind: str
) -> None:
    await binance.rules("ETH/USDT")
    put(peer, kind, 1, retry_after=7)
    with pytest.raises(TemporaryError) as first:
        await binance.closed(ETH, since_ms=None, limit=5)
    before = len(peer.log)

    with pytest.raises(TemporaryError, match="no request for") as second:
        await binance.closed(Market("BTC/USDT", Timeframe.H4), since_ms=None, limit=5)

    assert first.value.retry_after_s == 7.0
    assert second.value.retry_after_s is not None and 0 < second.value.retry_after_s <= 7.0
    assert len(peer.log) == before


async def test_a_403_is_for_good_and_stops_all_requests(binance: ExchangeSource, peer: Any) -> None:
    put(peer, "403", 1)
    with pytest.raises(UnavailableError, match="refuses this machine"):
        await binance.closed(ETH, since_ms=None, limit=5)
    before = len(peer.log)

    with pytest.raises(UnavailableError):
        await binance.rules("BTC/USDT")

    assert binance.embargo.refused and len(peer.log) == before


@pytest.mark.parametrize("kind", ["hang", "slow"])
async def test_no_request_outlasts_its_deadline(to_peer: Callable[[str, float], Any], peer: Any, kind: str) -> None:
    hurried = ExchangeSource("binance", clock=SystemClock(), policy=replace(QUICK, deadline_s=0.2), connect=to_peer)
    await hurried.rules("ETH/USDT")
    put(peer, kind, 99, delay=30)

    with pytest.raises(TemporaryError, match=r"did not answer (in time|within 0.2 s)"):
        await hurried.closed(ETH, since_ms=None, limit=5)
    await hurried.close()


@pytest.mark.parametrize("kind", ["500", "html", "truncated", "empty", "cut"])
async def test_a_spoilt_list_of_markets_is_asked_for_again(binance: ExchangeSource, peer: Any, kind: str) -> None:
    peer.faults.append({"path": "exchangeInfo", "kind": kind, "times": 2})

    assert (await binance.rules("ETH/USDT")).tick == Decimal("0.01")


async def test_a_list_of_markets_that_stays_spoilt_is_temporary_never_unavailable(
    binance: ExchangeSource, peer: Any
) -> None:
    peer.faults.append({"path": "exchangeInfo", "kind": "html", "times": 99})

    with pytest.raises(TemporaryError):
        await binance.rules("ETH/USDT")


async def test_closed_is_judged_by_the_exchanges_clock(
    to_peer: Callable[[str, float], Any], peer: Any, binance: ExchangeSource
) -> None:
    peer.frozen = peer.now() // 3_600_000 * 3_600_000 + 3_600_000 - 5_000  # five seconds before the hour
    skewed = ExchangeSource("binance", clock=FrozenClock(from_ms(peer.frozen + 20_000)), policy=QUICK, connect=to_peer)

    found = await skewed.closed(ETH, since_ms=None, limit=3)

    assert int(found.open_ms[-1]) == peer.frozen // 3_600_000 * 3_600_000 - 3_600_000
    await skewed.close()


async def test_a_clock_a_minute_off_blocks_with_the_fix(to_peer: Callable[[str, float], Any], peer: Any) -> None:
    skewed = ExchangeSource("binance", clock=FrozenClock(from_ms(peer.now() - 90_000)), policy=QUICK, connect=to_peer)

    with pytest.raises(DataError, match=r"clock skew: this machine's clock is \d\d s behind that of binance"):
        await skewed.closed(ETH, since_ms=None, limit=3)
    await skewed.close()


async def test_half_an_hour_of_outage_is_caught_up_without_gap_or_double(binance: ExchangeSource, peer: Any) -> None:
    market = Market("BTC/USDT", Timeframe.M15)
    stored = await binance.closed(market, since_ms=None, limit=20)
    put(peer, "503", 3)
    with pytest.raises(TemporaryError):
        await binance.closed(market, since_ms=None, limit=5)

    caught_up = await binance.checked(market, since_ms=int(stored.open_ms[-4]), limit=10)

    assert caught_up.findings == ()
    assert np.array_equal(rows_from(caught_up.candles)[:4], rows_from(stored.part(-4)))


async def test_it_opens_again_after_being_closed_twice(binance: ExchangeSource) -> None:
    await binance.closed(ETH, since_ms=None, limit=3)
    await binance.close()
    await binance.close()

    assert len(await binance.closed(ETH, since_ms=None, limit=3)) == 3


SCRIPT = """
import asyncio
from signals.clock import SystemClock
from signals.market.exchange import ExchangeSource
from signals.model import Market, Timeframe

async def main():
    asyncio.get_running_loop().slow_callback_duration = 60  # a loaded machine is no fault of the source's
    source = ExchangeSource("binance", clock=SystemClock())
    markets = [Market(f"{base}/USDT", timeframe) for base in ("BTC", "ETH", "SOL") for timeframe in Timeframe]
    found = await asyncio.gather(*(source.checked(m, since_ms=None, limit=5) for m in markets))
    print(sum(len(f.candles) for f in found), sum(len(f.findings) for f in found))
    await source.close()

asyncio.run(main())
"""


async def test_an_own_process_pointed_at_the_peer_from_outside_gets_its_bars(peer: Any, tmp_path: Path) -> None:
    root, shim, outside = Path(__file__).parents[3], SHARED / "peers" / "shim", tmp_path / "outside.log"
    paths = {"PYTHONPATH": f"{shim}:{root}", "EXCHANGE_LOOPBACK": peer.base, "OUTSIDE_LOG": str(outside)}

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-X", "dev", "-c", SCRIPT, env=paths, stdout=PIPE, stderr=PIPE, cwd=tmp_path
    )
    out, errors = await process.communicate()

    assert (out.decode().split(), errors.decode()) == (["60", "0"], "")
    assert not outside.exists() and peer.private_calls == [] and peer.unknown_paths == []
    assert asked(peer).count("exchangeInfo") == asked(peer).count("time") == 1
