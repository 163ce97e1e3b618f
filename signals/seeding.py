"""Cases from the backtest: what the ensemble would have issued over stored candles, and how each ended."""

from __future__ import annotations

import numpy as np

from signals.backtest import kernel
from signals.backtest.run import plan_orders, run
from signals.case import Case
from signals.ensemble import SignalRules, strength_of, tally
from signals.features import derive
from signals.indicators import compute
from signals.model import Candles, PlanRules


def seeded_cases(candles: Candles, rules: SignalRules, plan: PlanRules, *, shorts: bool = True) -> tuple[Case, ...]:
    """One case per ended trade, oldest first, by the votes, plan and fill rules of live signals.

    Each is known at the close of its signal's bar and resolved at the close of the bar it ended in. A trade that the
    end of the candles cut off is no case.
    """
    frame = compute(candles)
    count = tally(derive(frame), rules)
    ledger = run(candles, plan_orders(count.direction, frame.close, frame["atr_14"], plan), plan, shorts=shorts)
    made = []
    for row, r in zip(ledger.rows, ledger.r, strict=True):
        if int(row[7]) == kernel.OPEN:
            continue
        bar = int(row[0]) - 1
        conviction = float(count.conviction[bar])
        made.append(
            Case(
                symbol=candles.series.symbol,
                timeframe=candles.series.timeframe,
                direction=int(np.sign(row[2])),  # type: ignore[arg-type]
                strength=strength_of(conviction, rules),
                reached=bool(row[8]),
                conviction=conviction,
                volatility=float(frame["atr_14"][bar] / frame.close[bar]),
                known_at=candles.closed_at(bar),
                resolved_at=candles.closed_at(int(row[1])),
                realised_r=float(r),
                seeded=True,
            )
        )
    return tuple(made)
