"""The recorded candles, for tests that skip where they are absent."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from signals.market.candle_file import read_candles
from signals.model import Candles, Series, Timeframe

FOLDER = Path(__file__).parents[2] / "shared" / "data" / "candles"
FILES = sorted(path.name for path in FOLDER.glob("*.csv.gz"))
HOURS = [name for name in FILES if name.endswith("USDT-1h.csv.gz")]
needs_recorded = pytest.mark.skipif(not FILES, reason="the recorded candles (../shared/data/candles) are not here")


@cache
def recorded(name: str) -> Candles:
    """The bars of a file such as `BTCUSDT-1h.csv.gz`."""
    symbol, timeframe = name.removesuffix(".csv.gz").split("-")
    return read_candles(FOLDER / name, Series("replay", symbol, Timeframe(timeframe))).candles
