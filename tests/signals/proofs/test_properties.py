"""Properties over many random cases: sizes, plans against the arrays of a backtest, and the lives of signals."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.backtest.orders import levels
from signals.errors import DataError
from signals.lifecycle import follow
from signals.model import Account, Candles, Issued, MarketRules, PlanRules, SignalState, SizeRules, Timeframe
from signals.plan import PlanInput, make_plan
from signals.sizing import SizeInput, size_position
from tests.builders import ETH_1H, NOW, a_plan, a_signal

RULES = SizeRules()
CASES, BATCH = 100_000, 20_000
FINALS = {SignalState.TARGET, SignalState.STOPPED, SignalState.EXPIRED, SignalState.INVALIDATED}


def money(rng: np.random.Generator, zero: float = 0.05) -> list[Decimal]:
    """Amounts of every size in cents, some of them nothing."""
    values = np.where(rng.random(BATCH) < zero, 0.0, 10 ** rng.uniform(-2, 7, BATCH))
    return [Decimal(cents).scaleb(-2) for cents in np.round(100 * values).astype(np.int64).tolist()]


@pytest.mark.parametrize("batch", range(CASES // BATCH))
def test_no_size_is_above_a_cap_and_more_risk_is_never_less(batch: int):
    rng = np.random.default_rng(batch)
    columns = [money(rng, share) for share in (0.02, 0.02, 0.5, 0.5, 0.7)]
    prices, distances = 10 ** rng.uniform(-4, 5, BATCH), rng.uniform(1e-4, 0.6, BATCH)
    sides = rng.choice([-1, 1], BATCH)
    scales = [Decimal(n).scaleb(-2) for n in rng.integers(0, 121, BATCH).tolist()]
    lots = [Decimal(1).scaleb(-n) for n in rng.integers(0, 6, BATCH).tolist()]
    wrong, sized = [], 0

    for k, (equity, cash, open_risk, bucket, loss) in enumerate(zip(*columns, strict=True)):
        price, side = float(prices[k]), int(sides[k])
        plan = replace(PLAN, direction=side, entries=(price,), stop=price * (1 - side * float(distances[k])))
        market = MarketRules(Decimal("0.0001"), lots[k], Decimal(5))
        account = Account(equity, cash, None, open_risk, bucket, loss)
        size = size_position(SizeInput(plan, market, scales[k]), account, RULES)
        sized += bool(size.quantity)
        if not _sensible(size, account, market, scales[k]):
            wrong.append((size, account, market, plan.entries, plan.stop, scales[k]))
        if k % 4 == 0:
            more = size_position(SizeInput(plan, market, scales[k] + Decimal("0.1")), account, RULES)
            if more.quantity < size.quantity:
                wrong.append((size, more))

    assert wrong == []
    assert sized > BATCH / 10


PLAN = a_plan()


def _sensible(size, account: Account, market: MarketRules, scale: Decimal) -> bool:
    if not size.quantity:
        return bool(size.note) and not size.notional and not size.risk
    fits = all(size.quantity <= cap.quantity for cap in size.caps)
    lot = size.quantity % market.lot_step == 0 and size.notional >= market.min_notional
    risk = size.risk <= account.equity * RULES.risk_pct * scale * (1 + Decimal("1e-20"))
    return fits and lot and risk and size.notional <= account.cash and account.equity > 0


@given(st.sampled_from([-1, 1]), st.floats(0.01, 1e5), st.floats(0.001, 0.2), st.floats(0.5, 4), st.floats(0.5, 6))
@settings(max_examples=200)
def test_a_plan_shows_the_levels_that_a_backtest_fills(side: int, price: float, share: float, sl: float, tp: float):
    rules = PlanRules(sl_atr=sl, tp_atr=tp)
    tick = Decimal(1).scaleb(int(np.floor(np.log10(price * share))) - 3)
    made_from = PlanInput(side, price, price * share, None, NOW, Timeframe.H1)  # type: ignore[arg-type]

    _, stops, targets = levels(np.array([side], dtype=np.int8), np.array([price]), np.array([price * share]), rules)
    try:
        plan = make_plan(made_from, rules, tick)
    except DataError:
        return

    near = 2.1 * float(tick)
    assert plan.stop == pytest.approx(stops[0], abs=near)
    assert plan.targets[-1] == pytest.approx(targets[2, 0], abs=near)
    assert plan.targets[0] == pytest.approx(targets[0, 0], abs=near)
    assert side * plan.stop <= side * stops[0] + 1e-9 * price
    assert side * plan.targets[-1] <= side * targets[2, 0] + 1e-9 * price


@st.composite
def markets(draw: st.DrawFn) -> Candles:
    """Up to forty bars after the signal, calm or wild, with gaps at the open."""
    bars = draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    wild = draw(st.sampled_from([0.001, 0.01, 0.04]))
    close = 1500.0 * np.exp(np.cumsum(rng.normal(0, wild, bars)))
    opens = np.concatenate([[1500.0], close[:-1]]) * np.exp(rng.normal(0, wild / 3, bars))
    high = np.maximum(opens, close) * (1 + np.abs(rng.normal(0, wild / 2, bars)))
    low = np.minimum(opens, close) * (1 - np.abs(rng.normal(0, wild / 2, bars)))
    start = int(NOW.timestamp() * 1000) + 3_600_000 * np.arange(bars)
    return Candles(ETH_1H, start.astype(np.int64), opens, high, low, close, np.ones(bars))


@given(markets(), st.integers(0, 1), st.none() | st.integers(1, 30))
@settings(max_examples=150)
def test_a_life_has_one_end_and_only_grows(candles: Candles, short: int, opposed: int | None):
    issued = Issued(a_signal(), a_plan(), NOW)
    if short:
        mirrored = a_plan(direction=-1, entries=(1500.0, 1510.0), stop=1540.0, targets=(1460.0, 1450.0, 1440.0))
        issued = replace(issued, plan=replace(mirrored, invalidation=1540.0))
    opposed_at = None if opposed is None else NOW + timedelta(hours=opposed)

    whole = follow(issued, candles, opposed_at)
    states = [step.state for step in whole]

    assert states[0] is SignalState.ENTERED
    assert len(set(states)) == len(states)
    assert sum(state in FINALS for state in states) <= 1
    assert not any(state in FINALS for state in states[:-1])
    assert [step.at for step in whole] == sorted(step.at for step in whole)
    assert (whole[-1].realised_r is not None) == (states[-1] in FINALS)
    if len(candles) >= 24:
        assert states[-1] in FINALS
    for bars in range(1, len(candles)):
        known = follow(issued, candles.part(0, bars), _if_known(opposed_at, candles.part(0, bars)))
        assert whole[: len(known)] == known


def _if_known(opposed_at, candles: Candles):
    """An opposite signal that became known when these bars had closed, or before."""
    return opposed_at if opposed_at is not None and opposed_at <= candles.closed_at() else None
