"""The track record on request: everything that was issued, losses included, live and backtested apart."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.charts import CalibrationRequest, calibration_chart
from bot.reply import Reply, Table
from bot.wording import percent, when
from rag.model_added import ModelAdded
from rag.recommendation import to_json
from rag.track_record import Line, TrackRecord, track_record
from signals.calibration import MIN_CASES
from signals.calibration_fit import Calibration
from signals.clock import Clock
from signals.scores import Band, Quality
from signals.universe import names_of
from storage.stores import Stores

COLUMNS = ("signals", "n", "hit rate", "95 % between", "mean R")


@dataclass(frozen=True, slots=True)
class ShowTrackRecord:
    """Of one symbol, or of all (None)."""

    symbol: str | None = None


class ShowRecord:
    """Reads the stores; it asks no model and leaves nothing out."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock

    async def record(self, request: ShowTrackRecord) -> TrackRecord:
        """The figures themselves, for a picture."""
        symbols = names_of(request.symbol) if request.symbol else ()
        return await track_record(self._stores, self._clock.now(), symbols)

    async def drawn(self, request: ShowTrackRecord) -> tuple[Reply, bytes]:
        """The reply with the reliability picture as PNG: of confidence that was shown, else of the calibration."""
        found = await self.record(request)
        return _told(found, request), await asyncio.to_thread(calibration_chart, reliability(found))

    async def __call__(self, request: ShowTrackRecord) -> Reply:
        """The record in words and tables; with nothing ended it says so and shows only what is backtested."""
        return _told(await self.record(request), request)


def _told(found: TrackRecord, request: ShowTrackRecord) -> Reply:
    of = f" of {request.symbol}" if request.symbol else ""
    plain: dict[str, Any] = to_json(asdict(found))
    return Reply(text=_said(found, of), tables=tuple(_tables(found)), notes=tuple(_notes(found)), data=plain)


def reliability(found: TrackRecord) -> CalibrationRequest:
    """What to draw: issued signals once any confidence of theirs came true or not, until then forecasts of the past."""
    if found.confidence is not None:
        return CalibrationRequest("issued signals", found.bands, found.confidence, found.uncalibrated)
    largest = max(found.calibrations, key=lambda one: one.n, default=None)
    if largest is None:
        return CalibrationRequest("issued signals", (), None, found.uncalibrated)
    kind = "past forecasts" if largest.live == largest.n else "past forecasts, backtested"
    return CalibrationRequest(f"{largest.timeframe} {kind}", largest.bands, largest.quality, found.uncalibrated)


def _said(found: TrackRecord, of: str) -> str:
    total = found.total
    if not total.n or total.hit_rate is None:
        waiting = f" {found.still_open} issued and still open." if found.still_open else " Nothing was issued yet."
        return f"No issued signal{of} has ended by {when(found.as_of)}, so there is no track record yet.{waiting}"
    r = "" if total.mean_r is None else f", on average {total.mean_r:+.2f} R after costs"
    few = f" {total.n} is too few to judge." if total.n < MIN_CASES else ""
    return (
        f"{total.hits} of {total.n} ended signals{of} reached the first target before the stop "
        f"({percent(total.hit_rate)}){r}; {found.still_open} still open. Every issued signal is counted.{few}"
    )


def _tables(found: TrackRecord) -> list[Table]:
    tables = []
    if found.total.n:
        live = (found.total, *found.by_source, *found.by_strength, *found.by_symbol)
        tables.append(Table("Issued signals that ended", COLUMNS, tuple(_row(one) for one in live)))
    if found.confidence is not None:
        tables.append(_confidence(found.confidence, found.bands))
    if any(one.n for one in found.by_answer):
        tables.append(Table("Answers to questions, each followed over candles", COLUMNS, _rows(found.by_answer)))
    if found.model is not None:
        tables.append(_model(found.model))
    if found.seeded:
        tables.append(Table("Backtested, never counted above", COLUMNS, _rows(found.seeded)))
    if found.calibrations:
        tables.append(_calibrations(found.calibrations))
    return tables


def _notes(found: TrackRecord) -> list[str]:
    notes = []
    if found.uncalibrated:
        notes.append(
            f"{found.uncalibrated} ended signals showed no confidence: too few cases were known (uncalibrated)."
        )
    if found.total.n and found.confidence is None:
        notes.append("No confidence that was shown has been resolved, so there is nothing to score yet.")
    if found.confidence is not None:
        notes.append("Brier score and log-loss: lower is better; the base rate beside them is known only afterwards.")
    notes.append(_model_words(found.model))
    if not found.seeded:
        notes.append("No backtested cases yet: the hourly analytics job of `deskmate run` makes them.")
    return notes


def _model_words(added: ModelAdded | None) -> str:
    """What the model's stance was worth, plainly where that cannot be told yet."""
    if added is None:
        return "No recommendation that a model had a word in has ended, so its worth cannot be told."
    cases = f"{added.n} ended recommendation{'' if added.n == 1 else 's'}"
    text = f"The model's stance on {cases}: {added.difference:+.3f} R a question against rules alone"
    if added.low is None or added.high is None:
        return f"{text}. One case tells nothing."
    text += f" (95 % between {added.low:+.3f} and {added.high:+.3f})"
    if added.n < MIN_CASES:
        return f"{text}. {added.n} is too few to judge."
    if added.low <= 0 <= added.high:
        return f"{text}: chance alone explains it."
    return f"{text}: it {'helped' if added.low > 0 else 'cost'}."


def _model(added: ModelAdded) -> Table:
    stances = f"{added.confirmed} confirmed, {added.cautioned} with caution (half), {added.vetoed} vetoed (0 R)"
    between = "" if added.low is None or added.high is None else f"{added.low:+.3f} to {added.high:+.3f} R"
    taken = percent(added.with_hits / added.taken) if added.taken else "none"
    rows = (
        (f"with its stance: {stances}", str(added.taken), taken, "", f"{added.with_mean_r:+.3f}"),
        ("rules only", str(added.n), percent(added.without_hits / added.n), "", f"{added.without_mean_r:+.3f}"),
        ("difference in R", str(added.n), "", between, f"{added.difference:+.3f}"),
    )
    return Table("The model's word, on the same questions", COLUMNS, rows)


def _rows(lines: Sequence[Line]) -> tuple[tuple[str, ...], ...]:
    return tuple(_row(one) for one in lines)


def _row(one: Line) -> tuple[str, ...]:
    if one.hit_rate is None or one.low is None or one.high is None:
        return (one.what, "0", "none", "", "none")
    between = f"{percent(one.low)} to {percent(one.high)}"
    return (
        one.what,
        str(one.n),
        percent(one.hit_rate),
        between,
        "none" if one.mean_r is None else f"{one.mean_r:+.3f}",
    )


def _confidence(score: Quality, found: Sequence[Band]) -> Table:
    rows = [
        (f"{percent(b.low)} to {percent(b.high)}", str(b.n), percent(b.predicted), percent(b.observed)) for b in found
    ]
    rows += [
        ("calibration error", str(score.n), f"{score.error:.3f}", ""),
        ("Brier score, base rate", str(score.n), f"{score.brier:.4f}", f"{score.brier_base:.4f}"),
        ("log-loss, base rate", str(score.n), f"{score.log_loss:.4f}", f"{score.log_loss_base:.4f}"),
    ]
    return Table("Confidence that was shown", ("confidence", "n", "said", "came true"), tuple(rows))


def _calibrations(found: Sequence[Calibration]) -> Table:
    columns = ("timeframe", "n", "of them issued", "method", "error", "Brier", "base rate's")
    rows = []
    for one in found:
        q = one.quality
        scores = ("none", "none", "none") if q is None else (f"{q.error:.3f}", f"{q.brier:.4f}", f"{q.brier_base:.4f}")
        rows.append((str(one.timeframe), str(one.n), str(one.live), one.method, *scores))
    return Table("Calibration in force, scored on forecasts of its past", columns, tuple(rows))
