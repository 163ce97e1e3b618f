"""The 13 indicator columns of 11 series of 500 bars, beside the same TA-Lib calls on bare arrays.

Claim: at most twice the time of the bare calls, which neither look for gaps nor carry names.
"""

from __future__ import annotations

import measure

measure.one_thread()

import numpy as np  # noqa: E402
import talib  # noqa: E402

from signals.indicators import COLUMNS, compute  # noqa: E402
from signals.market.simulated import simulate  # noqa: E402
from signals.model import Candles, FloatArray, Market, Timeframe  # noqa: E402
from signals.universe import DEFAULT_SYMBOLS  # noqa: E402

BARS = 500
END_MS = 1_767_225_600_000  # 2026-01-01


def series(symbols: tuple[str, ...] = DEFAULT_SYMBOLS, bars: int = BARS) -> list[Candles]:
    """Simulated hourly candles, the same at every call."""
    start_ms = END_MS - bars * Timeframe.H1.ms
    return [simulate(7, Market(symbol, Timeframe.H1), start_ms, END_MS) for symbol in symbols]


def bare(high: FloatArray, low: FloatArray, close: FloatArray) -> tuple[FloatArray, ...]:
    """The nine TA-Lib calls that make the 13 columns."""
    return (
        talib.RSI(close, 14),
        *talib.MACD(close, 12, 26, 9),
        *talib.BBANDS(close, 20, 2.0, 2.0),
        talib.ATR(high, low, close, 14),
        talib.SMA(close, 20),
        talib.SMA(close, 50),
        talib.SMA(close, 200),
        talib.EMA(close, 12),
        talib.EMA(close, 26),
    )


def main() -> None:
    """Measure, compare the values, report."""
    given = measure.options(__doc__).parse_args()
    candles = series()
    arrays = [(c.high, c.low, c.close) for c in candles]
    for one, (high, low, close) in zip(candles, arrays, strict=True):
        ours = compute(one).columns
        for name, theirs in zip(COLUMNS, bare(high, low, close), strict=True):
            np.testing.assert_allclose(ours[name], theirs, rtol=0, atol=1e-9, equal_nan=True)
    ours_t, peer_t = measure.in_turn(
        [
            ("Deskmate: compute, 11 x 500 bars", lambda: [compute(c) for c in candles]),
            ("peer: bare TA-Lib calls", lambda: [bare(*a) for a in arrays]),
        ],
        given.runs or 300,
        warm_up=20,
    )
    claim = measure.Claim("ratio to bare TA-Lib (medians)", ours_t.median / peer_t.median, 2.0, "x")
    measure.report(
        "13 indicators, 11 x 500 bars; values equal to 1e-9", [(ours_t, peer_t)], [claim], as_json=given.json
    )


if __name__ == "__main__":
    main()
