"""The exchange peer refuses for half an hour of its own time; the real ccxt, stores and rules cycle live through it."""

from __future__ import annotations

import importlib.util
import os
import random
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.jobs.cycle import RulesCycle
from bot.jobs.sync import SeriesReport, SyncCandles, SyncRules
from bot.jobs.watch import Watch
from rag.desk import Desk
from signals.clock import from_ms, to_ms
from signals.errors import TemporaryError
from signals.market.exchange import DEFAULT_POLICY, Embargo, ExchangeSource, client
from signals.model import Market, Series, Timeframe
from signals.universe import DEFAULT_SYMBOLS
from storage.stores import Stores
from tests.bot.worlds import desk_rules, stores_in

PEERS = Path(__file__).parents[3].parent / "shared" / "peers"
pytestmark = [
    pytest.mark.skipif(not PEERS.is_dir(), reason="the loopback peers (../shared/peers) are not here"),
    pytest.mark.may_block(reason="the peer makes its bars in our loop"),
]
SYMBOLS, TIMEFRAMES = tuple(DEFAULT_SYMBOLS), (Timeframe.M15, Timeframe.H1, Timeframe.H4)
BEGAN_MS = to_ms(datetime.fromisoformat("2026-11-08T11:47:00+00:00"))
KINDS = ("429", "418", "500", "502", "503", "504", "reset", "truncated", "cut", "html", "empty")
HURRIED = replace(DEFAULT_POLICY, deadline_s=5.0, backoff_s=0.001)
HISTORY = 260
HOUR, ETH = 3_600_000, Market("ETH/USDT", Timeframe.H1)


class Noted(list[Any]):
    """The peer's log, with its own time beside each request."""

    def __init__(self, peer: Any) -> None:
        super().__init__()
        self.peer, self.at_s = peer, []

    def append(self, entry: Any) -> None:
        super().append(entry)
        self.at_s.append(self.peer.frozen / 1000)


@dataclass
class Place:
    """The job and the cycle over the peer; all time is the peer's."""

    peer: Any
    stores: Stores
    connect: Any
    issued: list[tuple[datetime, datetime, Timeframe]] = field(default_factory=list)

    def __post_init__(self) -> None:
        watch = Watch(SYMBOLS, TIMEFRAMES, ("binance",))
        embargo = Embargo("binance", lambda: self.peer.frozen / 1000)
        self.source = ExchangeSource("binance", clock=self, policy=HURRIED, connect=self.connect, embargo=embargo)
        self.sync = SyncCandles(self.stores, [self.source], watch, SyncRules(history_bars=HISTORY))
        rules = desk_rules(min_conviction=0.2, min_margin=0.05)
        self.cycle = RulesCycle(self.stores, Desk(self.stores, rules), watch)

    def now(self) -> datetime:
        return from_ms(self.peer.frozen)

    def go_on(self, seconds: float) -> None:
        self.peer.frozen += round(seconds * 1000)

    async def cycled(self) -> list[SeriesReport]:
        reports = list(await self.sync.run(self))
        _, emitted = await self.cycle.run(self)
        self.issued += [(self.now(), one.signal.known_at, one.signal.series.timeframe) for one in emitted.issued]
        return reports


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    spec = importlib.util.spec_from_file_location("exchange_loopback_of_outages", PEERS / "exchange_loopback.py")
    assert spec is not None and spec.loader is not None
    loopback = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loopback
    spec.loader.exec_module(loopback)
    for symbol in SYMBOLS:
        base = symbol.partition("/")[0]
        loopback.SYMBOLS.setdefault(f"{base}USDT", (base, "USDT", 20.0, 4, 2))
    peer = loopback.Exchange(now=BEGAN_MS, weight_limit=10**9)
    peer.log = Noted(peer)
    await peer.start()

    def connect(exchange_id: str, deadline_s: float) -> Any:
        opened = client.connect(exchange_id, deadline_s)
        opened.urls["api"] = loopback.redirected(opened.urls["api"], peer.base)
        opened.timeout_on_exit, opened.enableRateLimit = 0, False
        return opened

    async with stores_in(tmp_path) as stores:
        made = Place(peer, stores, connect)
        yield made
        await made.source.close()
    await peer.stop()


def refuse(peer: Any, kind: str, pause_s: int) -> None:
    peer.faults.clear()
    peer.faults.append({"path": ".", "kind": kind, "times": 10**6, "retry_after": pause_s, "delay": 30})


@pytest.mark.parametrize("seed", range(int(os.environ.get("DESKMATE_PEER_OUTAGES", "1"))))
async def test_half_an_hour_of_the_peer_s_time_is_made_up_for(place: Place, seed: int) -> None:
    rng, pauses = random.Random(seed), []
    await place.cycled()
    until_s = place.peer.frozen / 1000 + 1800
    while place.peer.frozen / 1000 < until_s:
        kind, pause_s = rng.choice(KINDS), rng.choice((30, 200, 400))
        refuse(place.peer, kind, pause_s)
        before = len(place.peer.log)
        reports = await place.cycled()
        assert [(kind, r.state.note) for r in reports if not r.passing] == []
        if kind in ("429", "418") and len(place.peer.log) > before:
            pauses.append((place.peer.frozen / 1000, pause_s, len(place.peer.log)))
        place.go_on(20 if rng.random() < 0.5 else 300)
    place.peer.faults.clear()
    place.go_on(max([0.0, *(begin_s + pause_s - place.peer.frozen / 1000 for begin_s, pause_s, _ in pauses)]))
    calm_ms = place.peer.frozen

    for _ in range(2):  # every 20 s, as a slot that failed is
        place.go_on(20)
        reports = await place.cycled()

    assert {report.state.status for report in reports} == {"ok"}
    for symbol in SYMBOLS:
        for timeframe in TIMEFRAMES:
            stored = await place.stores.candles.newest(Series("binance", symbol, timeframe), 1000)
            assert set(np.diff(stored.open_ms)) == {timeframe.ms}
            assert stored.open_ms[-1] >= calm_ms // timeframe.ms * timeframe.ms - timeframe.ms
    for begin_s, pause_s, sent in pauses:
        assert not [at_s for at_s in place.peer.log.at_s[sent:] if at_s < begin_s + pause_s]
    stale = [one for one in place.issued if one[0] - one[1] >= timedelta(milliseconds=2 * one[2].ms)]
    assert stale == []
    assert place.issued
    assert place.peer.private_calls == []


async def test_a_refusal_for_good_moves_on_and_keeps_the_series_of_exchanges_apart(place: Place) -> None:
    place.peer.faults.append({"path": ".", "kind": "403", "times": 1})
    second = ExchangeSource("kraken", clock=place, policy=HURRIED, connect=_kraken(place))
    watch = Watch(("ETH/USDT",), (Timeframe.H1,), ("binance", "kraken"))
    job = SyncCandles(place.stores, [place.source, second], watch, SyncRules(history_bars=HISTORY))

    (first,) = await job.run(place)
    asked = len(place.peer.log)
    (again,) = await job.run(place)
    series = await place.stores.candles.series()
    await second.close()

    assert (first.state.exchange, first.state.status) == (again.state.exchange, again.state.status) == ("kraken", "ok")
    assert {one.exchange for one in series} == {"kraken"}
    assert place.source.embargo.refused
    assert {entry["path"].rpartition("/")[2] for entry in place.peer.log[asked:]} == {"klines"}  # kraken's


def _kraken(place: Place) -> Any:
    """Another exchange, which answers as the peer does."""

    def connect(_exchange_id: str, deadline_s: float) -> Any:
        opened = place.connect("binance", deadline_s)
        opened.id = "kraken"
        return opened

    return connect


async def test_half_a_document_that_ends_in_a_bracket_is_no_answer(place: Place) -> None:
    place.peer.market.candles["ETHUSDT", "1h"] = [
        [BEGAN_MS // HOUR * HOUR - n * HOUR, 20.0, 20.1, 19.9, 20.0, 5.0] for n in range(40, 0, -1)
    ]
    await place.source.closed(ETH, since_ms=None, limit=20)
    place.peer.faults.append({"path": "klines", "kind": "truncated", "times": 10**6})
    place.peer.market.candles["ETHUSDT", "1h"] = place.peer.market.candles["ETHUSDT", "1h"][-6:]

    with pytest.raises(TemporaryError, match="half a document"):
        await place.source.closed(ETH, since_ms=None, limit=5)
