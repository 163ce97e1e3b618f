"""How a percentile is said."""

import pytest

from signals.risk import _ordinal


@pytest.mark.parametrize(
    ("n", "said"), [(1, "1st"), (2, "2nd"), (23, "23rd"), (11, "11th"), (12, "12th"), (100, "100th")]
)
def test_an_ordinal_has_its_own_ending(n: int, said: str) -> None:
    assert _ordinal(n) == said
