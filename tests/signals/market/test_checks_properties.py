"""Properties of the checks that hold for whatever a feed may send."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from signals.clock import to_ms
from signals.errors import DataError
from signals.market.checks import JUMP, FindingKind, check, rows_from, rows_of
from signals.model import FloatArray
from tests.signals.market.fakes import ETH_1H, HOUR, NOW, rows

NOW_MS = to_ms(NOW)
anything = st.one_of(st.none(), st.floats(), st.integers(), st.text(max_size=3))
positions = st.lists(st.integers(0, 19), max_size=12, unique=True)


@st.composite
def walks(draw: st.DrawFn) -> FloatArray:
    """Twenty bars whose closes may go anywhere."""
    table = rows(20)
    closes = np.array(draw(st.lists(st.floats(0.01, 1e6), min_size=20, max_size=20)))
    opens = np.concatenate([closes[:1], closes[:-1]])
    table[:, 1], table[:, 4] = opens, closes
    table[:, 2], table[:, 3] = np.maximum(opens, closes), np.minimum(opens, closes)
    return table


@given(walks(), positions)
def test_what_passes_is_ascending_on_the_grid_and_finite(table: FloatArray, missing: list[int]) -> None:
    found = check(ETH_1H, np.delete(table, missing, axis=0), now_ms=NOW_MS)

    times = found.candles.open_ms
    assert (np.diff(times) > 0).all() and (times % HOUR == 0).all()
    assert np.isfinite(rows_from(found.candles)).all()


@given(walks())
def test_nothing_vanishes_unsaid(table: FloatArray) -> None:
    found = check(ETH_1H, table, now_ms=NOW_MS)

    left_out = sum(f.count for f in found.findings if f.kind in (FindingKind.OUTLIER, FindingKind.HELD_BACK))
    assert len(found.candles) + left_out == len(table)


@given(walks())
def test_a_walk_without_jumps_loses_no_bar(table: FloatArray) -> None:
    calm = table.copy()
    calm[:, 1:5] = np.clip(table[:, 1:5], 100.0, 100.0 * (1 + JUMP))

    assert check(ETH_1H, calm, now_ms=NOW_MS).findings == ()


@given(st.permutations(range(20)), positions)
def test_order_and_repetition_do_not_change_the_bars(order: list[int], again: list[int]) -> None:
    table = rows(20)

    found = check(ETH_1H, table[[*order, *again]], now_ms=NOW_MS)

    assert np.array_equal(rows_from(found.candles), table)


@given(st.lists(st.lists(anything, min_size=5, max_size=7), max_size=5))
def test_whatever_is_sent_only_a_data_error_comes_out(answer: list[list[object]]) -> None:
    try:
        check(ETH_1H, rows_of(answer), now_ms=NOW_MS)
    except DataError as e:
        assert str(e)
