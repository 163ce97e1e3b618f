"""Tuning on request."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bot.jobs.sync import Progress, silent
from bot.jobs.tuning import Tuned, TuneMarkets
from bot.reply import Reply, Table
from rag.recommendation import to_json
from signals.clock import Clock
from signals.errors import DataError
from signals.model import Market, PlanRules
from signals.tuning import Score, Tuning, TuningRules

COLUMNS = ("market", "in sample", "out of sample", "active, same bars", "holding", "stop/target/bars", "verdict")


@dataclass(frozen=True, slots=True)
class Tune:
    """The markets, and how hard to search."""

    markets: tuple[Market, ...]
    trials: int


class TuneOnRequest:
    """Runs the weekly job's search for some markets and shows what each was worth on bars that no trial saw."""

    def __init__(self, job: TuneMarkets, clock: Clock) -> None:
        self._job = job
        self._clock = clock

    async def __call__(self, request: Tune, progress: Progress = silent) -> Reply:
        """In-sample, out-of-sample and buy-and-hold side by side; DataError when no market had bars enough."""
        found = await self._job.run(request.markets, self._clock, TuningRules(trials=request.trials), progress)
        if not found.tunings:
            raise DataError("; ".join(found.refused) or "nothing to tune")
        table = Table("Tuning, mean R a trade after costs", COLUMNS, tuple(_row(one) for one in found.tunings))
        notes = ("Believe the out-of-sample column: the in-sample one was chosen to look good.", *found.refused)
        data = {"tunings": [_json(one) for one in found.tunings], "activated": list(found.activated)}
        return Reply(text=_said(found), tables=(table,), notes=notes, data=data)


def _said(found: Tuned) -> str:
    won, resumed = len(found.activated), found.resumed
    text = f"{len(found.tunings)} markets tuned, new parameters active in {won}: only what won out of sample is used."
    return f"{text} {resumed} were finished before on the same bars." if resumed else text


def _row(one: Tuning) -> tuple[str, ...]:
    verdict = "won" if one.won else "stays: " + one.reason.partition(": ")[2]
    scores = (_score(one.in_sample), _score(one.out_of_sample), _score(one.active))
    return (f"{one.symbol} {one.timeframe}", *scores, f"{one.buy_hold_pct:+.1f} %", _varied(one.new), verdict)


def _score(score: Score) -> str:
    return f"{score.mean_r:+.3f} R, n = {score.trades}, {score.return_pct:+.1f} %" if score.trades else "no trade"


def _varied(rules: PlanRules) -> str:
    return f"{rules.sl_atr:g}/{rules.tp_atr:g}/{rules.horizon_bars}"


def _json(one: Tuning) -> dict[str, Any]:
    plain: dict[str, Any] = to_json(asdict(one))
    return {"tuning_id": one.tuning_id} | plain
