"""Recorded candles from files, seen as they were at the clock's time: bars that close later do not exist yet."""

from __future__ import annotations

import asyncio
import logging
import re
from datetime import datetime
from pathlib import Path

from signals.clock import Clock, to_ms
from signals.errors import UnavailableError, UserError
from signals.market.candle_file import read_candles
from signals.market.checks import Checked, FindingKind, gap_findings, hold_back
from signals.market.resample import aggregate
from signals.market.window import window
from signals.model import Candles, Market, MarketRules, Series, Timeframe
from signals.universe import default_rules

log = logging.getLogger(__name__)

NAME = re.compile(r"([A-Z0-9]{2,20}?)[-_]?([A-Z0-9]{2,10})?-(15m|1h|4h|1d)\.(csv|csv\.gz|parquet)", re.IGNORECASE)


class ReplaySource:
    """Candles of a folder of files named `ETHUSDT-1h.csv.gz` or `ETH_USDT-1h.csv` (also `.parquet`).

    Each file is read once, in a thread. A timeframe without its own file is made from the longest shorter one, whole
    groups only. Bars off the grid are left out and said in the findings, never used.
    """

    exchange = "replay"
    simulated = False

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._loaded: dict[Market, Checked] = {}
        self._lock = asyncio.Lock()

    async def closed(self, market: Market, *, since_ms: int | None, limit: int) -> Candles:
        """As `CandleSource.closed`: DataError for a file that cannot be used, UnavailableError where there is none."""
        return (await self.checked(market, since_ms=since_ms, limit=limit)).candles

    async def checked(self, market: Market, *, since_ms: int | None, limit: int) -> Checked:
        """The same bars, with what was mended in the file up to now, and the gaps among the bars returned."""
        whole = await self._whole(market)
        now_ms = to_ms(self._clock.now())
        seen = int((whole.candles.open_ms + market.timeframe.ms <= now_ms).sum())
        held = hold_back(whole.candles.part(None, seen))
        bars = window(held.candles, since_ms, limit)
        mended = (f for f in whole.findings if f.kind is not FindingKind.GAP and to_ms(f.first_at) < now_ms)
        return Checked(bars, (*mended, *held.findings, *gap_findings(bars)))

    async def rules(self, symbol: str) -> MarketRules:
        """Binance's usual rules: files carry none."""
        return default_rules(symbol)

    async def now(self) -> datetime:
        """The clock's time."""
        return self._clock.now()

    async def close(self) -> None:
        """Forget what was read."""
        self._loaded.clear()

    async def _whole(self, market: Market) -> Checked:
        async with self._lock:
            if market not in self._loaded:
                self._loaded[market] = await asyncio.to_thread(self._read, market)
            return self._loaded[market]

    def _read(self, market: Market) -> Checked:
        files = _files(self._folder)
        pair = market.symbol.replace("/", "").upper()
        at_hand = [tf for tf in Timeframe if (pair, tf) in files and market.timeframe.ms % tf.ms == 0]
        if not at_hand:
            raise UnavailableError(f"{self._folder} has no file for {market}, such as {pair}-{market.timeframe}.csv.gz")
        timeframe = max(at_hand, key=lambda tf: tf.ms)
        path = files[pair, timeframe]
        found = read_candles(path, Series(self.exchange, market.symbol, timeframe))
        if found.note:
            log.info("%s: %s", path.name, found.note)
        if timeframe is market.timeframe:
            return found
        return Checked(aggregate(found.candles, market.timeframe), found.findings)


def _files(folder: Path) -> dict[tuple[str, Timeframe], Path]:
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder: set MARKET_REPLAY_DIR to the folder with the candle files.")
    found: dict[tuple[str, Timeframe], Path] = {}
    for path in sorted(folder.iterdir()):
        if not (match := NAME.fullmatch(path.name)):
            continue
        key = ((match[1] + (match[2] or "")).upper(), Timeframe(match[3].lower()))
        if key in found:
            raise UserError(f"{found[key].name} and {path.name} are the same series: keep one of them in {folder}.")
        found[key] = path
    return found
