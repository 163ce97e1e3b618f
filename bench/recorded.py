"""The recorded hours of the eleven symbols, as the benchmarks that judge strategies read them."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from signals.clock import to_ms
from signals.market.candle_file import read_candles
from signals.model import Candles, Series, Timeframe

FOLDER = Path(__file__).parents[2] / "shared" / "data" / "candles"
TICKERS = ("BTC", "ETH", "BNB", "ADA", "SOL", "DOT", "MATIC", "AVAX", "LINK", "ATOM", "UNI")
SINCE = datetime(2020, 12, 1, tzinfo=UTC)


def recorded_hours(folder: Path = FOLDER) -> list[Candles]:
    """Hourly candles of every ticker from December 2020 on."""
    found = []
    for ticker in TICKERS:
        series = Series("replay", f"{ticker}/USDT", Timeframe.H1)
        candles = read_candles(folder / f"{ticker}USDT-1h.csv.gz", series).candles
        found.append(candles.part(int(np.searchsorted(candles.open_ms, to_ms(SINCE)))))
    return found


def older_hours(folder: Path = FOLDER) -> list[Candles]:
    """The hours of ETH and ADA before that: they served to check choices that were made on the later ones."""
    found = []
    for ticker in ("ETH", "ADA"):
        series = Series("replay", f"{ticker}/USDT", Timeframe.H1)
        candles = read_candles(folder / f"{ticker}USDT-1h.csv.gz", series).candles
        found.append(candles.part(0, int(np.searchsorted(candles.open_ms, to_ms(SINCE)))))
    return found


def folder_or_leave() -> Path:
    """The folder named on the command line, else the shared one; ends the script politely where there is none."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    if not folder.is_dir():
        print(f"{folder} is not here: name the folder with the candle files")
        sys.exit(0)
    return folder
