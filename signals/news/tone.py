"""What the headlines of the last 24 hours say of a market, at any moment and as of that moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from signals.clock import to_ms
from signals.model import Candles, FloatArray, IntArray

WINDOW = timedelta(hours=24)
HALF_LIFE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Heard:
    """A scored headline about a market: when it was published, and from when on it was known here."""

    published_at: datetime
    known_at: datetime
    score: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Tone:
    """The 24 h score, -1 to 1, and over how many headlines; None over none."""

    score: float | None
    count: int


SILENCE = Tone(None, 0)


def tone_at(heard: Iterable[Heard], moment: datetime) -> Tone:
    """The mean of the headlines' scores, weighted by confidence and recency, at a moment.

        score = sum(c_i r_i s_i) / sum(c_i r_i),   r_i = 2 ** (-age_i / 6 h)

    over the headlines with 0 <= age < 24 h, where age is the time since publication, **and known at the moment**: what
    was published before but fetched after it does not count, however old it is.
    """
    total = weight = 0.0
    count = 0
    for one in heard:
        age = moment - one.published_at
        if one.known_at > moment or not timedelta(0) <= age < WINDOW:
            continue
        share = one.confidence * 0.5 ** (age / HALF_LIFE)
        total, weight, count = total + share * one.score, weight + share, count + 1
    return Tone(round(total / weight, 4), count) if weight > 0 else SILENCE


def tone_columns(candles: Candles, heard: Sequence[Heard]) -> tuple[FloatArray, IntArray]:
    """`tone_at` the close of every bar: scores (NaN over none) and counts. What history is joined with."""
    closes = candles.open_ms + candles.series.timeframe.ms
    scores, counts = np.full(len(closes), np.nan), np.zeros(len(closes), dtype=np.int64)
    known = np.array([max(to_ms(h.known_at), to_ms(h.published_at)) for h in heard], dtype=np.int64)
    gone = np.array([to_ms(h.published_at + WINDOW) for h in heard], dtype=np.int64)
    for i, close in enumerate(closes.tolist()):
        at = np.flatnonzero((known <= close) & (close < gone))
        if len(at):
            tone = tone_at([heard[k] for k in at.tolist()], candles.closed_at(i))
            scores[i], counts[i] = np.nan if tone.score is None else tone.score, tone.count
    return scores, counts
