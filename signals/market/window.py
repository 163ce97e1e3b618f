"""Which bars a caller asked for."""

from __future__ import annotations

import numpy as np

from signals.model import Candles


def window(candles: Candles, since_ms: int | None, limit: int) -> Candles:
    """The first `limit` bars opening at or after `since_ms`; the newest `limit` when it is None."""
    count = max(0, limit)
    if since_ms is None:
        return candles.part(max(0, len(candles) - count))
    start = int(np.searchsorted(candles.open_ms, since_ms))
    return candles.part(start, start + count)
