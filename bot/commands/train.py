"""Training on request: the honest table."""

from __future__ import annotations

from dataclasses import dataclass

from bot.jobs.sync import Progress
from bot.jobs.training import TrainModels
from bot.reply import Reply, Table
from signals.clock import Clock, from_ms
from signals.learned.evaluation import FoldScore, Score
from signals.learned.manifest import Manifest
from signals.model import Timeframe
from storage.models import ModelVersion

_STATES = {
    "rejected": "It does not vote.",
    "active": "It votes from now on.",
    "shadow": "It runs beside the active one and does not vote until it wins on later bars.",
    "retired": "It does not vote any more.",
}
_COLUMNS = ("tested from", "rows", "log-loss", "prior", "ECE", "moves", "prior")


@dataclass(frozen=True, slots=True)
class Train:
    """Timeframes to train, in order."""

    timeframes: tuple[Timeframe, ...]


class TrainOnRequest:
    """Runs the weekly job's training and shows every fold beside the class prior."""

    def __init__(self, job: TrainModels, clock: Clock) -> None:
        self._job = job
        self._clock = clock

    async def __call__(self, request: Train, progress: Progress) -> Reply:
        """The table per timeframe and whether the model votes; DataError when there are too few candles."""
        versions = [await self._job.one(timeframe, self._clock, progress) for timeframe in request.timeframes]
        return Reply(
            text=" ".join(_told(version) for version in versions),
            tables=tuple(_table(version.described) for version in versions),
            notes=("Moves: buying against selling where the price did move; a coin scores 0.6931.",),
            data={"models": [_data(version) for version in versions]},
        )


def _told(version: ModelVersion) -> str:
    return f"{version.version}: {version.described.score.verdict}. {_STATES[version.state]}"


def _table(manifest: Manifest) -> Table:
    rows = [_fold_row(fold) for fold in manifest.folds]
    return Table(_title(manifest), _COLUMNS, (*rows, ("all folds", *_figures(manifest.score))))


def _title(manifest: Manifest) -> str:
    until = f"{from_ms(manifest.folds[-1].until_ms):%Y-%m-%d}"
    return f"Out of fold, {manifest.timeframe}, {len(manifest.series)} symbols, until {until}"


def _fold_row(fold: FoldScore) -> tuple[str, ...]:
    return (f"{from_ms(fold.from_ms):%Y-%m-%d}", *_figures(fold.score))


def _figures(score: Score) -> tuple[str, ...]:
    numbers = (
        score.log_loss,
        score.prior_log_loss,
        score.calibration_error,
        score.move_log_loss,
        score.move_prior_log_loss,
    )
    return (str(score.rows), *(f"{number:.4f}" for number in numbers))


def _data(version: ModelVersion) -> dict[str, object]:
    return {"state": version.state, "reason": version.reason, "manifest": version.manifest}
