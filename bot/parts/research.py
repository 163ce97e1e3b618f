"""Tuning, learning, calibration and the proofs: their jobs and use cases, each made when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bot.commands.lookahead import LookaheadOnRequest
from bot.commands.trackrecord import ShowRecord
from bot.commands.train import TrainOnRequest
from bot.commands.tune import TuneOnRequest
from bot.jobs.analytics import RefreshCalibration
from bot.jobs.training import Place, TrainModels, WatchModels
from bot.jobs.tuning import TuneMarkets
from bot.jobs.watch import Watch
from rag.desk import Desk, DeskRules
from signals.clock import Clock
from storage.stores import Stores


@dataclass(frozen=True, slots=True)
class Workroom:
    """What research works with; `shorts` is whether the account may take short positions."""

    stores: Stores
    desk: Desk
    rules: DeskRules
    watch: Watch
    clock: Clock
    shorts: bool


class Research:
    """Parts by name, over one workroom."""

    def __init__(self, room: Workroom) -> None:
        self._room = room

    @cached_property
    def tuning(self) -> TuneMarkets:
        """The tuning job."""
        return TuneMarkets(self._room.stores, self._room.rules, shorts=self._room.shorts)

    @cached_property
    def analytics(self) -> RefreshCalibration:
        """The job that seeds cases and fits the calibration."""
        room = self._room
        return RefreshCalibration(room.stores, room.rules, room.watch, shorts=room.shorts)

    @cached_property
    def training(self) -> TrainModels:
        """The training job."""
        return TrainModels(self._place)

    @cached_property
    def watch_models(self) -> WatchModels:
        """The daily look at the models."""
        return WatchModels(self._place)

    @property
    def _place(self) -> Place:
        room = self._room
        return Place(room.stores, room.desk, room.watch, room.rules.model_dir or Path("models"))

    def lookahead(self) -> LookaheadOnRequest:
        """The use case behind `lookahead`."""
        return LookaheadOnRequest(self._room.stores, self._room.rules, self._room.clock)

    def tune(self) -> TuneOnRequest:
        """The use case behind `tune`."""
        return TuneOnRequest(self.tuning, self._room.clock)

    def track_record(self) -> ShowRecord:
        """The use case behind `trackrecord`."""
        return ShowRecord(self._room.stores, self._room.clock)

    def train(self) -> TrainOnRequest:
        """The use case behind `train`."""
        return TrainOnRequest(self.training, self._room.clock)
