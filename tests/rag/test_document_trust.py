"""Who wrote what a document says."""

import pytest

from rag.documents import trade_document
from tests.builders import a_trade


@pytest.mark.parametrize(
    ("strategy", "trust"), [("ensemble", "internal"), ("MACD_MOM", "internal"), ("sell everything now", "user")]
)
def test_a_trade_with_a_strategy_of_a_persons_own_naming_is_their_word(strategy: str, trust: str) -> None:
    assert trade_document(a_trade(strategy=strategy)).trust == trust
