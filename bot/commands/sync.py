"""Everything between the exchange and the knowledge base, once, on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.jobs.analytics import RefreshCalibration
from bot.jobs.backtests import BacktestMarkets
from bot.jobs.cycle import RulesCycle
from bot.jobs.emit import Emitted
from bot.jobs.ingest import IngestChanges
from bot.jobs.summaries import SummariseMarkets
from bot.jobs.sync import Progress, SeriesReport, SyncCandles
from bot.reply import Reply, Table
from rag.recommendation import to_json
from signals.clock import Clock
from signals.model import Market


@dataclass(frozen=True, slots=True)
class Steps:
    """The jobs that a sync runs."""

    candles: SyncCandles
    cycle: RulesCycle
    backtests: BacktestMarkets
    analytics: RefreshCalibration
    summaries: SummariseMarkets
    ingest: IngestChanges


@dataclass(frozen=True, slots=True)
class Synced:
    """What each step of a sync did."""

    series: tuple[SeriesReport, ...]
    backtests: int
    indicator_bars: int
    emitted: Emitted
    documents: int


class SyncEverything:
    """Candles, backtests where none is recent, calibration, indicators, signals, knowledge: the jobs in their order."""

    def __init__(self, steps: Steps, markets: Sequence[Market], clock: Clock) -> None:
        self._steps = steps
        self._markets = tuple(markets)
        self._clock = clock

    async def __call__(self, progress: Progress) -> Reply:
        """A table per series; an error only when no series at all could be used."""
        synced = await self.run(progress)
        usable = [r for r in synced.series if r.state.newest_at is not None]
        text = (
            f"{len(usable)} of {len(synced.series)} series have candles; {synced.emitted.signal_count} signals issued, "
            f"{synced.emitted.transitions} steps of open signals, {synced.backtests} backtests, "
            f"{synced.documents} records ingested."
        )
        return Reply(text=text, tables=(_table(synced.series),), data=_data(synced), error=not usable)

    async def run(self, progress: Progress) -> Synced:
        """Run the steps; safe to repeat."""
        steps, clock = self._steps, self._clock
        series = await steps.candles.run(clock, progress)
        due = await steps.backtests.due(self._markets, clock)
        tested = await steps.backtests.run(due, clock, progress)
        await steps.analytics.run(clock)
        bars, emitted = await steps.cycle.run(clock)
        await steps.summaries.run(clock)
        return Synced(series, len(tested), bars, emitted, await steps.ingest.run(progress))


def _table(reports: Sequence[SeriesReport]) -> Table:
    exchanges = list(dict.fromkeys(report.state.exchange for report in reports))
    rows = []
    for report in reports:
        state = report.state
        newest = "none" if state.newest_at is None else f"{state.newest_at:%Y-%m-%d %H:%M}"
        place = "" if len(exchanges) == 1 else f"{state.exchange} "
        rows.append(
            (f"{place}{state.symbol} {state.timeframe}", state.status, str(report.new_bars), newest, state.note)
        )
    title = f"Candles from {', '.join(exchanges)}"
    return Table(title, ("series", "status", "bars", "known until (UTC)", "note"), tuple(rows))


def _data(synced: Synced) -> dict[str, Any]:
    return {
        "series": [to_json(asdict(r.state)) | {"new_bars": r.new_bars} for r in synced.series],
        "backtests": synced.backtests,
        "indicator_bars": synced.indicator_bars,
        "signals_issued": [issued.signal_id for issued in synced.emitted.issued],
        "transitions": synced.emitted.transitions,
        "documents": synced.documents,
    }
