"""News beside the votes: agreement strengthens the reasons, clear disagreement makes a trade a HOLD."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from signals.model import FloatArray, IntArray, Signal
from signals.news.tone import Tone

CLEAR = 0.3
FEWEST = 3
NEWS = "the news of the last 24 hours"


def opposed(direction: NDArray[np.int8], score: FloatArray, count: IntArray) -> NDArray[np.bool_]:
    """Where a decision to trade stands against clear news: a 24 h score beyond 0.3 the other way over three headlines
    or more. NaN scores and undecided bars are never opposed: news alone makes no trade and no HOLD.
    """
    return _clear(-direction, score, count)


def agreed(direction: NDArray[np.int8], score: FloatArray, count: IntArray) -> NDArray[np.bool_]:
    """Where clear news is on the side of a decision to trade."""
    return _clear(direction, score, count)


def with_news(direction: NDArray[np.int8], score: FloatArray, count: IntArray) -> NDArray[np.int8]:
    """The decisions of all bars once news has been weighed."""
    return np.where(opposed(direction, score, count), 0, direction).astype(np.int8)


def weighed(signal: Signal, tone: Tone) -> Signal:
    """The signal of one bar once the news known at that moment has been weighed; without news the same signal.

    Its direction is `with_news` of its own. A HOLD says what the votes were and what would change it.
    """
    if tone.score is None or not signal.direction:
        return signal
    at = np.array([signal.direction], dtype=np.int8), np.array([tone.score]), np.array([tone.count])
    told = f"score {tone.score:+.2f} over {tone.count} headlines"
    if agreed(*at)[0]:
        return replace(signal, reason=f"{signal.reason}; {NEWS} agrees ({told})")
    if with_news(*at)[0]:
        return signal
    bullish = signal.direction > 0
    trap, word, bound = ("value trap", "negative", -CLEAR) if bullish else ("bear trap", "positive", CLEAR)
    return signal.held_back(
        reason=(
            f"possible {trap}: the votes say {signal.action} (conviction {signal.conviction:.2f}), but {NEWS} is "
            f"clearly {word} ({told})"
        ),
        change=f"a 24 h news score {'above' if bullish else 'below'} {bound:+.2f}, now {tone.score:+.2f}",
    )


def _clear(side: NDArray[np.int8], score: FloatArray, count: IntArray) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        found: NDArray[np.bool_] = (side != 0) & (count >= FEWEST) & (side * score > CLEAR)
    return found
