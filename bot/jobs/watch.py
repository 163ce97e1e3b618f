"""What is watched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from signals.model import Market, Timeframe
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
