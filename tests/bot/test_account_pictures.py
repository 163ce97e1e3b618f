"""Pictures of an account: every word lies on the sheet, none on another, and what cannot be drawn is refused."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from bot.pictures.account_picture import draw_account
from bot.pictures.allocation_picture import MOST, draw_allocation, shortened
from bot.pictures.request import AccountRequest, AllocationRequest
from bot.pictures.sheet import HEIGHT, WIDTH, Sheet
from signals.errors import DataError

HOUR_MS = 3_600_000


def readable(sheet: Sheet) -> list[str]:
    texts = [(text, box) for text, box in sheet.placed_texts() if text]
    for text, box in texts:
        assert box.left >= 0 and box.bottom >= 0 and box.right <= WIDTH and box.top <= HEIGHT, text
    for (one, a), (other, b) in combinations(texts, 2):
        apart = a.right <= b.left or b.right <= a.left or a.top <= b.bottom or b.top <= a.bottom
        assert apart, (one, other)
    return [text for text, _ in texts]


@pytest.mark.parametrize("points", [2, 3, 48, 1500])
@pytest.mark.parametrize("size", [1.0, 10_000.0, 1e11])
@pytest.mark.parametrize("spread", [0.0, 1e-6, 0.3])
def test_an_account_s_picture_is_readable(points: int, size: float, spread: float) -> None:
    equity = size * (1 + spread * np.sin(np.arange(points) * 7.0))
    fall = equity / np.maximum.accumulate(equity) - 1
    ms = np.arange(points, dtype=np.int64) * HOUR_MS

    texts = readable(draw_account(AccountRequest(ms, equity, np.full(points, size), fall)))

    assert f"{equity[-1]:,.2f}" in texts
    assert any(text.startswith("Drawdown: now") for text in texts)


def test_an_account_needs_two_points() -> None:
    one = np.array([1.0])
    with pytest.raises(DataError):
        draw_account(AccountRequest(np.array([0], dtype=np.int64), one, one, one))


@pytest.mark.parametrize("count", [1, 5, 12, 30])
def test_an_allocation_is_readable_and_shortened(count: int) -> None:
    named = tuple((f"TOKEN{i}", (-1) ** i / count, f"{100 / count:.1f} % · 1,234,567.89") for i in range(count))

    texts = readable(draw_allocation(AllocationRequest(named, subtitle="Share of equity")))

    assert len(shortened(named)) == min(count, MOST)
    assert (f"{count - MOST + 1} more" in texts) == (count > MOST)
    with pytest.raises(DataError):
        draw_allocation(AllocationRequest(()))
