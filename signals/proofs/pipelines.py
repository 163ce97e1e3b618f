"""What is proved: named computations from candles to arrays, one value per bar.

Whoever computes something new from candles (a model's scores, labels, a join with news) makes a `Pipeline` of it and
hands it to the check beside these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.backtest import kernel
from signals.backtest.fills import run
from signals.backtest.orders import Orders, plan_orders
from signals.backtest.reference import reference_orders, without_horizon
from signals.confluence import with_news
from signals.ensemble import SignalRules, tally
from signals.features import FEATURES, derive
from signals.indicators import compute
from signals.model import Candles, FloatArray, IntArray, PlanRules
from signals.news.tone import Heard, tone_columns
from signals.plan import distances, pays, reward_risk

Columns = Mapping[str, NDArray[Any]]
Join = Callable[[Candles, Sequence[Heard]], tuple[FloatArray, IntArray]]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A computation over candles: every array it returns has one value per bar (bool, integer or float).

    `ahead` is how many later bars a value may rightly know: 0 for everything but labels.
    """

    name: str
    compute: Callable[[Candles], Columns]
    ahead: int = 0


def rules_pipelines(rules: SignalRules, plan: PlanRules) -> tuple[Pipeline, ...]:
    """All that a signal and a backtest are made of: indicators, features, voters, ensemble, plan, orders, trades."""
    return (
        Pipeline("rules", lambda candles: dict(_rules(candles, rules, plan))),
        Pipeline("reference", lambda candles: dict(_reference(candles, plan))),
    )


def news_pipeline(heard: Sequence[Heard], rules: SignalRules, join: Join = tone_columns) -> Pipeline:
    """What news adds to the decision of every bar. With the bars after a cut, the headlines that became known after
    them are cut off too: a join that used one shows as a change.
    """

    def compute_(candles: Candles) -> Columns:
        known = [one for one in heard if one.known_at <= candles.closed_at()]
        scores, counts = join(candles, known)
        decided = tally(derive(compute(candles)), rules).direction
        return {"news score": scores, "news count": counts, "decision with news": with_news(decided, scores, counts)}

    return Pipeline("news", compute_)


def _rules(candles: Candles, rules: SignalRules, plan: PlanRules) -> Iterator[tuple[str, NDArray[Any]]]:
    frame = compute(candles)
    features = derive(frame)
    count = tally(features, rules)
    yield from ((f"indicator {name}", column) for name, column in frame.columns.items())
    yield "bars since a gap", frame.age
    yield from ((f"feature {name}", features[name]) for name in FEATURES)
    yield from (("divergence", features.divergence), ("squeeze", features.squeeze), ("calm", features.calm))
    yield from ((f"voter {v.name}", score) for v, score in zip(count.voters, count.scores, strict=True))
    yield from (("ensemble long", count.long), ("ensemble short", count.short))
    yield from (("ensemble direction", count.direction), ("ensemble spoke", count.spoke))
    yield from _plan(candles.close, frame["atr_14"], plan)
    orders = plan_orders(count.direction, frame.close, frame["atr_14"], plan)
    yield from _orders(orders)
    yield from _trades(candles, orders, plan)


def _plan(close: FloatArray, atr: FloatArray, plan: PlanRules) -> Iterator[tuple[str, NDArray[Any]]]:
    """The plan that would be made at every bar, in both directions."""
    to_stop, to_target = distances(atr, plan)
    for name, side in (("long", 1), ("short", -1)):
        yield f"plan {name} stop", close - side * to_stop
        yield f"plan {name} target", close + side * to_target
        yield f"plan {name} reward/risk", reward_risk(close, close - side * to_stop, close + side * to_target, plan)
        yield f"plan {name} pays", pays(np.full(len(close), side, dtype=np.int8), close, atr, plan)


def _orders(orders: Orders) -> Iterator[tuple[str, NDArray[Any]]]:
    direction, stops, targets = orders
    yield from (("order direction", direction), ("order stop", stops))
    yield from zip(("order first target", "order middle target", "order final target"), targets, strict=True)


def _trades(candles: Candles, orders: Orders, plan: PlanRules) -> Iterator[tuple[str, NDArray[Any]]]:
    """Entries at their bar and ends at theirs; what the end of the candles closed has not ended."""
    ledger = run(candles, orders, plan, shorts=True)
    rows, shape = ledger.rows, len(candles)
    began, ended = rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)
    done = rows[:, 7] != kernel.OPEN
    for name, at, values in (
        ("trade direction", began, rows[:, 2]),
        ("trade entry", began, rows[:, 3]),
        ("trade stop", began, rows[:, 5]),
        ("trade that ended", ended[done], rows[done, 0]),
        ("trade exit", ended[done], rows[done, 4]),
        ("trade reason", ended[done], rows[done, 7]),
        ("trade reached first target", ended[done], rows[done, 8]),
        ("trade R", ended[done], ledger.r[done]),
    ):
        column = np.full(shape, np.nan)
        column[at] = values
        yield name, column


def _reference(candles: Candles, plan: PlanRules) -> Iterator[tuple[str, NDArray[Any]]]:
    orders = reference_orders(candles, plan)
    yield from _orders(orders)
    yield from _trades(candles, orders, without_horizon(candles, plan))
