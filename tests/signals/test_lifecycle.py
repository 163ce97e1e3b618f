"""The life of a signal over any candles: it ends once, in order, and never by what comes after."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.clock import to_ms
from signals.lifecycle import follow
from signals.model import Action, Candles, Issued, PlanRules, SignalState
from tests.builders import ETH_1H, NOW, a_plan, a_signal

HORIZON = 12
HOUR_MS = 3_600_000


def issued(direction: int, *, ladder: bool) -> Issued:
    """A signal at 1,500 with its stop 40 away."""
    targets = (1540.0, 1550.0, 1560.0) if ladder else (1530.0,)
    if direction < 0:
        targets = tuple(3000.0 - t for t in targets)
    plan = a_plan(
        direction=direction,
        entries=(1500.0,),
        stop=1500.0 - 40.0 * direction,
        targets=targets,
        rules=PlanRules(horizon_bars=HORIZON),
    )
    return Issued(a_signal(action=Action.BUY if direction > 0 else Action.SELL), plan, NOW)


@st.composite
def lives(draw: st.DrawFn) -> tuple[Issued, Candles, int | None]:
    """A signal, bars that wander as they like (gaps in price included), and perhaps an opposite signal."""
    n = draw(st.integers(1, 30))
    steps = draw(st.lists(st.integers(-45, 45), min_size=2 * n, max_size=2 * n))
    wicks = draw(st.lists(st.integers(0, 40), min_size=2 * n, max_size=2 * n))
    path = 1500.0 + np.cumsum(np.array(steps, dtype=np.float64))
    opens, closes = path[::2], path[1::2]
    high = np.maximum(opens, closes) + np.array(wicks[::2])
    low = np.minimum(opens, closes) - np.array(wicks[1::2])
    open_ms = to_ms(NOW) + HOUR_MS * np.arange(n, dtype=np.int64)
    made = Candles(ETH_1H, open_ms, opens, high, low, closes, np.ones(n))
    return (
        issued(draw(st.sampled_from([1, -1])), ladder=draw(st.booleans())),
        made,
        draw(st.none() | st.integers(1, 30)),
    )


@given(lives())
@settings(max_examples=400, deadline=None)
def test_a_life_has_at_most_one_end_and_it_is_the_last_step(life):
    one, candles, opposed = life
    steps = follow(one, candles, None if opposed is None else NOW + timedelta(hours=opposed))

    finals = [s for s in steps if s.state.is_final]
    assert steps[0].state is SignalState.ENTERED
    assert len(finals) <= 1
    assert [s.at for s in steps] == sorted(s.at for s in steps)
    assert len({s.state for s in steps}) == len(steps)
    if finals:
        assert steps[-1] is finals[0]
        assert finals[0].realised_r is not None
        assert np.isfinite(finals[0].realised_r)
    assert all(s.realised_r is None for s in steps if not s.state.is_final)


@given(lives())
@settings(max_examples=200, deadline=None)
def test_after_the_horizon_every_life_has_exactly_one_end(life):
    one, candles, opposed = life

    steps = follow(one, candles, None if opposed is None else NOW + timedelta(hours=opposed))

    if len(candles) >= HORIZON:
        assert sum(s.state.is_final for s in steps) == 1


@given(lives(), st.integers(1, 30))
@settings(max_examples=300, deadline=None)
def test_what_is_known_early_is_never_taken_back(life, seen):
    one, candles, opposed = life
    at = None if opposed is None else NOW + timedelta(hours=opposed)

    early, late = follow(one, candles.part(0, seen), at), follow(one, candles, at)

    assert late[: len(early)] == early


@given(lives())
@settings(max_examples=200, deadline=None)
def test_a_stop_loses_and_a_target_counts_its_ladder(life):
    one, candles, _ = life
    steps = follow(one, candles)
    end, states = steps[-1], [s.state for s in steps]

    if end.state is SignalState.STOPPED and one.plan is not None:
        assert one.plan.direction * (end.price - one.plan.stop) <= 0
    if end.state is SignalState.TARGET and one.plan is not None and len(one.plan.targets) == 3:
        assert states[1:] == [SignalState.TARGET_1, SignalState.TARGET_2, SignalState.TARGET]
