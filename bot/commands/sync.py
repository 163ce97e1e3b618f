"""Everything between the exchange and the knowledge base, once, on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.jobs.cycle import RulesCycle
from bot.jobs.emit import Emitted
from bot.jobs.ingest import IngestChanges
from bot.jobs.sync import Progress, SeriesReport, SyncCandles
from bot.reply import Reply, Table
from bot.wording import when
from rag.recommendation import to_json
from signals.clock import Clock


@dataclass(frozen=True, slots=True)
class Synced:
    """What each step of a sync did."""

    series: tuple[SeriesReport, ...]
    indicator_bars: int
    emitted: Emitted
    documents: int


class SyncEverything:
    """Candles, indicators, signals, knowledge: the timetable's jobs in their order."""

    def __init__(self, candles: SyncCandles, cycle: RulesCycle, ingest: IngestChanges, clock: Clock) -> None:
        self._candles = candles
        self._cycle = cycle
        self._ingest = ingest
        self._clock = clock

    async def __call__(self, progress: Progress) -> Reply:
        """A table per series; an error only when no series at all could be used."""
        synced = await self.run(progress)
        usable = [r for r in synced.series if r.state.newest_at is not None]
        text = (
            f"{len(usable)} of {len(synced.series)} series have candles; {synced.emitted.signal_count} signals issued, "
            f"{synced.emitted.transitions} steps of open signals, {synced.documents} documents ingested."
        )
        return Reply(text=text, tables=(_table(synced.series),), data=_data(synced), error=not usable)

    async def run(self, progress: Progress) -> Synced:
        """Run the steps; safe to repeat."""
        series = await self._candles.run(self._clock, progress)
        bars, emitted = await self._cycle.run(self._clock)
        return Synced(series, bars, emitted, await self._ingest.run())


def _table(reports: Sequence[SeriesReport]) -> Table:
    rows = []
    for report in reports:
        state = report.state
        newest = "none" if state.newest_at is None else when(state.newest_at)
        name = f"{state.exchange} {state.symbol} {state.timeframe}"
        rows.append((name, state.status, str(report.new_bars), newest, state.note))
    return Table("Candles", ("series", "status", "new bars", "known until", "note"), tuple(rows))


def _data(synced: Synced) -> dict[str, Any]:
    return {
        "series": [to_json(asdict(r.state)) | {"new_bars": r.new_bars} for r in synced.series],
        "indicator_bars": synced.indicator_bars,
        "signals_issued": [issued.signal_id for issued in synced.emitted.issued],
        "transitions": synced.emitted.transitions,
        "documents": synced.documents,
    }
