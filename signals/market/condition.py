"""Whether a series may carry a signal now: there, fresh, without a gap, long enough, and not in quarantine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from signals.clock import iso, to_ms
from signals.market.checks import gaps, hold_back
from signals.model import Candles, Series

Status = Literal["ok", "no_data", "stale", "gap", "short", "quarantined"]
STALE_AFTER_BARS = 2


@dataclass(frozen=True, slots=True)
class Condition:
    """`status` decides, `text` is one sentence that names the fix, `last_good_at` the close of the last usable bar."""

    status: Status
    text: str
    last_good_at: datetime | None = None

    @property
    def ok(self) -> bool:
        """True when a signal may be made."""
        return self.status == "ok"


def condition(series: Series, candles: Candles | None, now: datetime, *, warm_up: int) -> Condition:
    """Judge the stored bars of a series at `now` for a signal that needs the last `warm_up` bars; never raises.

    Stale means that the newest bar closed more than two timeframes ago. Only the last `warm_up` bars are searched for
    gaps: an older hole hurts nobody.
    """
    if candles is None or not len(candles):
        return Condition("no_data", f"There are no candles of {series} yet: run a sync, or check its name and source.")
    age_ms = to_ms(now) - to_ms(candles.closed_at())
    if age_ms > STALE_AFTER_BARS * series.timeframe.ms:
        return _stale(series, candles, age_ms)
    if hold_back(candles).held_back:
        text = f"The newest bar of {series} ({iso(candles.opened_at())}) jumped more than 50 %: wait for the next bar."
        return Condition("quarantined", text, candles.closed_at(-2))
    holes = gaps(candles.part(-warm_up))
    if holes:
        hole = holes[-1]
        bars = "1 bar is" if hole.missing == 1 else f"{hole.missing} bars are"
        text = f"{bars} missing in {series} between {iso(hole.after)} and {iso(hole.before)}: sync again to repair it."
        return Condition("gap", text, hole.after + series.timeframe.duration)
    if len(candles) < warm_up:
        text = f"{series} has {len(candles)} bars and needs {warm_up}: sync a longer history, or wait."
        return Condition("short", text, candles.closed_at())
    return Condition("ok", f"{series} is complete up to {iso(candles.closed_at())}.", candles.closed_at())


def _stale(series: Series, candles: Candles, age_ms: int) -> Condition:
    bars = age_ms // series.timeframe.ms
    text = f"The newest bar of {series} closed at {iso(candles.closed_at())}, {bars} bars ago: run a sync."
    return Condition("stale", text, candles.closed_at())
