"""All watched markets at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rag.desk import Desk
from signals.analysis import Analysis
from signals.model import Market, Timeframe
from signals.universe import names_of


@dataclass(slots=True)
class Watched:
    """The pairs and timeframes that may be asked about, in order of preference; `symbols` may change meanwhile."""

    symbols: tuple[str, ...]
    timeframes: tuple[Timeframe, ...]

    def timeframe(self, wanted: Sequence[str]) -> Timeframe:
        """The first that was asked for, or the default: one hour where it is watched."""
        if wanted:
            return Timeframe(wanted[0])
        return Timeframe.H1 if Timeframe.H1 in self.timeframes else self.timeframes[0]


class Board:
    """Judges every watched pair of a timeframe."""

    def __init__(self, desk: Desk, watched: Watched) -> None:
        self.desk = desk
        self.watched = watched

    async def rows(self, timeframe: Timeframe, now: datetime) -> tuple[Analysis, ...]:
        """One analysis per watched pair, in the order of the list; bad data is a row like any other."""
        markets = [Market(symbol, timeframe) for symbol in self.watched.symbols]
        return tuple(j.analysis for j in await self.desk.judge_all(markets, now))

    async def of(self, symbols: Sequence[str], timeframe: Timeframe, now: datetime) -> tuple[tuple[str, Analysis], ...]:
        """The named pairs with their analyses, in the order asked."""
        judged = await self.desk.judge_all([Market(symbol, timeframe) for symbol in symbols], now)
        return tuple((symbol, one.analysis) for symbol, one in zip(symbols, judged, strict=True))

    def asked_symbol(self, stored: str) -> str:
        """The watched name of a stored pair (POL/USDT for a MATIC/USDT series)."""
        return next((s for s in self.watched.symbols if stored in names_of(s)), stored)


def nothing_now(rows: Sequence[Analysis]) -> str:
    """That no market carries a trade, with the nearest ones, or why there is no data."""
    judged = [r.signal for r in rows if r.signal.action.is_advice]
    if not judged:
        reasons = "; ".join(dict.fromkeys(r.signal.reason for r in rows[:3]))
        return f"There is no advice for any market: {reasons}."
    nearest = sorted(judged, key=lambda s: s.conviction, reverse=True)[:3]
    named = ", ".join(
        f"{s.series.symbol} ({'long' if s.long >= s.short else 'short'} {s.conviction:.2f})" for s in nearest
    )
    return f"None of the {len(rows)} markets carries a trade now (HOLD everywhere it can be judged). Nearest: {named}."
