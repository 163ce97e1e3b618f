"""The simplest weights by risk: half of the money for each bucket, within it in proportion to 1 / volatility.

Any other way of finding weights fits the same place: `Weigh` takes daily closes and gives shares of the money.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_FLOOR, Decimal

import numpy as np

from signals.model import FloatArray
from signals.portfolio.holdings import BUCKETS
from signals.universe import bucket_of

Weigh = Callable[[Mapping[str, FloatArray]], Mapping[str, Decimal]]
STEP = Decimal("0.0001")
BUCKET_SHARE, POSITION_SHARE = Decimal("0.5"), Decimal("0.25")


def inverse_volatility(closes: Mapping[str, FloatArray]) -> Mapping[str, Decimal]:
    """Shares of the money by symbol, in the order given, together at most 1; the rest stays cash.

    `closes`: equally many daily closes each, at least three. No market gets more than a quarter; what that cuts, and
    the half of a bucket without markets, stays cash. Rounded down to a hundredth of a percent.
    """
    spread = {symbol: max(float(np.std(np.diff(np.log(c)), ddof=1)), 1e-6) for symbol, c in closes.items()}
    weights: dict[str, Decimal] = {}
    for bucket in BUCKETS:
        members = [symbol for symbol in closes if bucket_of(symbol) == bucket]
        whole = sum(1 / spread[symbol] for symbol in members)
        for symbol in members:
            share = BUCKET_SHARE * Decimal(repr(1 / spread[symbol] / whole))
            weights[symbol] = min(share, POSITION_SHARE).quantize(STEP, ROUND_FLOOR)
    return {symbol: weights[symbol] for symbol in closes}
