"""What is watched: markets, and the series in which their candles are stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from signals.model import Market, Series, Timeframe
from signals.universe import listed_symbol


@dataclass(slots=True)
class Watch:
    """Symbols by today's names, timeframes, and exchange names in order of preference.

    Read `symbols` anew for each piece of work: admins change it while Deskmate runs (`bot.universe`).
    """

    symbols: tuple[str, ...]
    timeframes: tuple[Timeframe, ...]
    exchanges: tuple[str, ...]

    @property
    def markets(self) -> tuple[Market, ...]:
        """Every symbol on every timeframe, symbols first."""
        return tuple(Market(symbol, timeframe) for timeframe in self.timeframes for symbol in self.symbols)


def listed(market: Market, now: datetime) -> Market:
    """The market under the name it trades by at `now` (POL/USDT was MATIC/USDT)."""
    return Market(listed_symbol(market.symbol, now), market.timeframe)


def choose(market: Market, now: datetime, newest: dict[Series, int], exchanges: Sequence[str]) -> Series:
    """The stored series with the newest bar, the preferred exchange's among equals; the preferred one if none is.

    `newest` maps stored series to the open time (ms) of their last bar.
    """
    name = listed(market, now)
    stored = [s for exchange in exchanges if (s := Series(exchange, name.symbol, name.timeframe)) in newest]
    if not stored:
        return Series(exchanges[0], name.symbol, name.timeframe)
    return max(stored, key=lambda s: (newest[s], -exchanges.index(s.exchange)))
