"""Weekly training of the learned model, and the daily look at drift, quality and the candidate in the shadow."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from bot.jobs.sync import Progress, silent
from bot.jobs.watch import Watch
from rag.desk import Desk
from signals.clock import Clock, to_ms
from signals.errors import DataError, UserError
from signals.learned.files import save
from signals.learned.fitting import FitRules
from signals.learned.labels import LabelRule
from signals.learned.model import LearnedModel, Trained, train
from signals.learned.quality import health, wins
from signals.learned.rows import Rows, newest_rows, pooled
from signals.model import Candles, FloatArray, Market, Timeframe
from storage.models import ModelVersion, version_of
from storage.stores import Stores

log = logging.getLogger(__name__)
MOST_BARS = 50_000
ROLLING_BARS = 1000
RECENT_BARS = 300


@dataclass(frozen=True, slots=True)
class Place:
    """Where models are trained from and kept: the stores, the desk that picks series, what is watched, the folder."""

    stores: Stores
    desk: Desk
    watch: Watch
    folder: Path
    rules: FitRules = field(default_factory=FitRules)

    async def candles(self, timeframe: Timeframe, now: datetime, bars: int) -> tuple[Candles, ...]:
        """The newest closed bars of every watched symbol that has any."""
        series = [await self.desk.series_of(Market(symbol, timeframe), now) for symbol in self.watch.symbols]
        read = await self.stores.candles.newest_many(series, bars, until_ms=to_ms(now))
        return tuple(one for one in read if len(one))


class TrainModels:
    """Trains a version per timeframe; it votes if it is accepted and there is none, else it waits in the shadow."""

    def __init__(self, place: Place) -> None:
        self._place = place

    async def run(self, clock: Clock) -> str:
        """Every watched timeframe; one with too few candles does not stop the rest."""
        told = []
        for timeframe in self._place.watch.timeframes:
            try:
                version = await self.one(timeframe, clock)
            except (DataError, UserError) as e:
                log.info("no model for %s: %s", timeframe, e)
                told.append(f"{timeframe} not trained: {e}")
                continue
            told.append(f"{version.version} {version.state}")
        return "; ".join(told)

    async def one(self, timeframe: Timeframe, clock: Clock, progress: Progress = silent) -> ModelVersion:
        """Train, test and keep one version, and say in which state it is.

        DataError when there are too few candles, UserError without LightGBM. Training again at the same market time
        restores the same files and changes nothing else.
        """
        now = clock.now()
        candles = await self._place.candles(timeframe, now, MOST_BARS)
        if not candles:
            raise DataError(f"there are no candles on {timeframe} to learn from; run `deskmate sync`")
        trained = await asyncio.to_thread(train, candles, now, self._place.rules, progress)
        await asyncio.to_thread(save, self._place.folder, trained)
        known = await self._place.stores.models.get(trained.manifest.version)
        version = known or await self._placed(trained, now)
        await self._place.stores.models.save(version)
        return version

    async def _placed(self, trained: Trained, now: datetime) -> ModelVersion:
        manifest, verdict = trained.manifest, trained.manifest.score.verdict
        active = (await self._place.stores.models.in_force(now)).get(manifest.timeframe)
        fault = "" if active is None else await self._fault(active)
        if active is not None and fault:
            await self._place.stores.models.retire(active.version, now, f"it cannot be used: {fault}")
        if not manifest.accepted:
            return version_of(manifest, "rejected", verdict)
        if active is None or fault:
            return replace(version_of(manifest, "active", verdict), active_from=now)
        return version_of(manifest, "shadow", f"{verdict}; it runs beside {active.version} until it wins")

    async def _fault(self, version: ModelVersion) -> str:
        try:
            await self._place.desk.learned.load(version)
        except DataError as e:
            return str(e)
        return ""


class WatchModels:
    """The daily look at the models in force; a shadow that has won takes over."""

    def __init__(self, place: Place) -> None:
        self._place = place

    async def run(self, clock: Clock) -> str:
        """One line over all timeframes; a drift above the limit is also logged as a warning."""
        now = clock.now()
        in_force = await self._place.stores.models.in_force(now)
        told = []
        for timeframe, version in in_force.items():
            try:
                told.append(f"{version.version}: {await self._look(timeframe, version, now)}")
            except (DataError, UserError) as e:
                log.warning("the model %s cannot be looked at: %s", version.version, e)
                told.append(f"{version.version}: {e}")
        return "; ".join(told) or "no model is in force"

    async def _look(self, timeframe: Timeframe, version: ModelVersion, now: datetime) -> str:
        models = self._place.stores.models
        active = await self._place.desk.learned.load(version)
        candles = await self._place.candles(timeframe, now, ROLLING_BARS + RECENT_BARS)
        recent, rows = await asyncio.to_thread(_material, candles)
        found = await asyncio.to_thread(health, active, recent, rows)
        await models.note_health(version.version, found.text, now)
        if found.drifted:
            log.warning("%s: %s", version.version, found.text)
        shadow = await models.in_shadow(timeframe)
        if shadow is None:
            return found.text
        return f"{found.text}; {await self._contest(shadow, active, rows, now)}"

    async def _contest(self, shadow: ModelVersion, active: LearnedModel, rows: Rows, now: datetime) -> str:
        models = self._place.stores.models
        candidate = await self._place.desk.learned.load(shadow)
        won, figures = await asyncio.to_thread(wins, candidate, active, rows)
        await models.note_health(shadow.version, figures, now)
        if won:
            await models.activate(shadow.version, now, f"it won: {figures}")
            log.info("%s is in force: %s", shadow.version, figures)
        return f"{shadow.version} {'won' if won else 'has not won'}: {figures}"


def _material(candles: Sequence[Candles]) -> tuple[FloatArray, Rows]:
    return newest_rows(candles, RECENT_BARS), pooled(candles, LabelRule())
