"""What raw bars must be."""

from __future__ import annotations

import math

import numpy as np
import pytest

from signals.clock import from_ms, to_ms
from signals.errors import DataError
from signals.market.checks import FindingKind, check, first_fault, gaps, hold_back, rows_from, rows_of
from signals.model import FloatArray
from tests.signals.market.fakes import ETH_1H, HOUR, NOW, candles, hour, rows

NOW_MS = to_ms(NOW)


def kinds(table: FloatArray) -> list[FindingKind]:
    return [f.kind for f in check(ETH_1H, table, now_ms=NOW_MS).findings]


def test_clean_bars_pass_unchanged_and_nothing_is_said() -> None:
    found = check(ETH_1H, rows(6), now_ms=NOW_MS)

    assert found.findings == () and found.status == "ok" and found.note == ""
    assert np.array_equal(rows_from(found.candles), rows(6))


def test_no_bars_at_all_are_no_error() -> None:
    found = check(ETH_1H, np.empty((0, 6)), now_ms=NOW_MS)

    assert len(found.candles) == 0 and found.findings == ()


def test_the_open_bar_is_dropped_and_the_sources_time_decides() -> None:
    table = rows(6, newest=0)

    before = check(ETH_1H, table, now_ms=hour(-1) - 1)
    after = check(ETH_1H, table, now_ms=hour(-1))

    assert (len(before.candles), before.findings[0].kind) == (5, FindingKind.OPEN_BAR)
    assert len(after.candles) == 6 and after.findings == ()


def test_bars_from_the_future_refuse_the_answer() -> None:
    table = rows(6)
    table[-1, 0] = hour(-3)

    with pytest.raises(DataError, match=r"2022-11-08T15:00:00Z lies in the future"):
        check(ETH_1H, table, now_ms=NOW_MS)


def test_a_bar_that_opens_within_the_clocks_tolerance_is_only_open() -> None:
    found = check(ETH_1H, rows(6, newest=0), now_ms=hour(0) - 30_000)

    assert [f.kind for f in found.findings] == [FindingKind.OPEN_BAR]


@pytest.mark.parametrize("column", [1, 2, 3, 4])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -5.0, 0.0])
def test_impossible_prices_refuse_the_answer_and_name_the_bar(column: int, value: float) -> None:
    table = rows(6)
    table[2, column] = value

    with pytest.raises(DataError, match=r"binance:ETH/USDT:1h: the bar of 2022-11-08T08:00:00Z has a"):
        check(ETH_1H, table, now_ms=NOW_MS)


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0])
def test_impossible_volumes_are_refused(value: float) -> None:
    table = rows(6)
    table[2, 5] = value

    with pytest.raises(DataError, match="has a volume of"):
        check(ETH_1H, table, now_ms=NOW_MS)


def test_a_volume_of_zero_is_possible() -> None:
    table = rows(6)
    table[:, 5] = 0.0

    assert check(ETH_1H, table, now_ms=NOW_MS).findings == ()


@pytest.mark.parametrize(("column", "value"), [(2, 99.5), (3, 100.5)])
def test_a_high_and_low_must_enclose_the_body(column: int, value: float) -> None:
    table = rows(6)
    table[2, column] = value

    with pytest.raises(DataError, match="do not enclose"):
        check(ETH_1H, table, now_ms=NOW_MS)


@pytest.mark.parametrize("time", [math.nan, -1.0, 1.5, 9e15])
def test_a_row_without_a_time_is_refused_by_its_number(time: float) -> None:
    table = rows(6)
    table[3, 0] = time

    with pytest.raises(DataError, match="row 4 has no usable open time"):
        check(ETH_1H, table, now_ms=NOW_MS)


def test_identical_duplicates_collapse() -> None:
    found = check(ETH_1H, np.concatenate([rows(6), rows(2)]), now_ms=NOW_MS)

    assert len(found.candles) == 6
    assert [(f.kind, f.count) for f in found.findings] == [
        (FindingKind.OUT_OF_ORDER, 1),
        (FindingKind.DUPLICATE, 2),
    ]


def test_of_two_versions_of_a_bar_the_last_one_counts_and_is_reported() -> None:
    table = np.insert(rows(6), 4, rows(6)[3], axis=0)
    table[4, 4] = 100.5

    found = check(ETH_1H, table, now_ms=NOW_MS)

    assert found.candles.close[3] == 100.5
    assert found.note == "1 bar given twice with different values, the last one counts (2022-11-08T09:00:00Z)"


def test_disorder_is_sorted_and_reported() -> None:
    found = check(ETH_1H, rows(6)[::-1], now_ms=NOW_MS)

    assert np.array_equal(rows_from(found.candles), rows(6))
    assert [f.kind for f in found.findings] == [FindingKind.OUT_OF_ORDER]


def test_a_few_bars_off_the_grid_are_left_out_and_leave_a_named_gap() -> None:
    table = rows(6)
    table[2, 0] += 1_694_800

    found = check(ETH_1H, table, now_ms=NOW_MS)

    assert [f.kind for f in found.findings] == [FindingKind.OFF_GRID, FindingKind.GAP]
    assert "1 bar off the 1h grid, left out (2022-11-08T08:28:14Z)" in found.note


def test_an_answer_mostly_off_the_grid_is_refused() -> None:
    table = rows(6)
    table[1:, 0] += 60_000

    with pytest.raises(DataError, match="5 of 6 bars are off the 1h grid"):
        check(ETH_1H, table, now_ms=None)


def test_a_gap_is_named_with_its_bars() -> None:
    found = check(ETH_1H, np.delete(rows(9), [3, 4, 6], axis=0), now_ms=NOW_MS)

    first, second = gaps(found.candles)
    assert (first.after, first.before, first.missing) == (from_ms(hour(7)), from_ms(hour(4)), 2)
    assert second.missing == 1
    assert found.status == "gap"
    assert found.note == ("2 gaps, 3 bars missing; the largest between 2022-11-08T05:00:00Z and 2022-11-08T08:00:00Z")


@pytest.mark.parametrize("factor", [1.6, 0.4])
def test_a_jump_in_the_newest_bar_is_held_back(factor: float) -> None:
    table = rows(6)
    table[-1, 1:5] *= factor

    found = check(ETH_1H, table, now_ms=NOW_MS)

    assert len(found.candles) == 5 and found.status == "quarantined"
    assert found.held_back is not None and found.held_back.first_at == from_ms(hour(1))
    assert "held back until the next bar confirms it" in found.note


def test_a_jump_that_the_next_bar_confirms_is_used() -> None:
    table = rows(6)
    table[-2:, 1:5] *= 1.6

    assert check(ETH_1H, table, now_ms=NOW_MS).findings == ()


def test_a_jump_that_the_next_bar_takes_back_is_left_out() -> None:
    table = rows(6)
    table[3, 1:5] *= 1.6

    found = check(ETH_1H, table, now_ms=NOW_MS)

    assert [(f.kind, f.count) for f in found.findings] == [(FindingKind.OUTLIER, 1), (FindingKind.GAP, 1)]
    assert hour(3) not in found.candles.open_ms


def test_a_wick_that_nothing_confirms_is_left_out_too() -> None:
    table = rows(6)
    table[3, 2] *= 100

    assert kinds(table) == [FindingKind.OUTLIER, FindingKind.GAP]


def test_after_a_refused_bar_the_next_one_is_compared_with_the_last_good_one() -> None:
    table = rows(8)
    table[3, 1:5] *= 30  # refused; the next bar is a jump from the good level too, and also comes back
    table[4, 1:5] *= 4

    found = check(ETH_1H, table, now_ms=NOW_MS)

    assert found.findings[0].count == 2
    assert found.candles.close.max() == 100.0


def test_a_move_of_half_is_no_jump() -> None:
    table = rows(6)
    table[3:, 1:5] = (150.0, 150.0, 145.0, 148.0)

    assert kinds(table) == []


def test_a_lone_bar_cannot_jump() -> None:
    assert hold_back(candles(rows(1))).held_back is None


def test_rows_with_missing_values_become_nan() -> None:
    table = rows_of([[HOUR, 1, 2, None, 1, "3.5"]])

    assert math.isnan(table[0, 3]) and table[0, 5] == 3.5


@pytest.mark.parametrize("answer", [["<", "!"], [[1, 2], [1]], [None, None], "maintenance", [[1, 2, 3]]])
def test_what_is_no_table_of_bars_is_refused(answer: list[list[object]]) -> None:
    with pytest.raises(DataError):
        rows_of(answer)


def test_an_empty_answer_is_an_empty_table() -> None:
    assert rows_of([]).shape == (0, 6)


def test_the_first_fault_is_told_by_row() -> None:
    table = rows(4)
    table[1, 2] = table[3, 2] = 0

    fault = first_fault(table)

    assert fault == (1, "the bar of 2022-11-08T09:00:00Z has a high of 0")
    assert first_fault(np.empty((0, 6))) is None
