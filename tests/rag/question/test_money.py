"""Money and quantities."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rag.question.money import read_budget, read_holdings
from signals.errors import UserError


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("with $2k", "2000"),
        ("with 2k", "2000"),
        ("with $1,500", "1500"),
        ("2000 usd", "2000"),
        ("2000 usdt", "2000"),
        ("500 bucks", "500"),
        ("1.5k", "1500"),
        ("$2.5k", "2500"),
        ("3 grand", "3000"),
        ("$1m", "1000000"),
        ("$0.5 million", "500000"),
        ("budget 2000", "2000"),
        ("my budget is 2000", "2000"),
        ("budget of $750", "750"),
        ("i have $500", "500"),
        ("got 500 bucks", "500"),
        ("up to $2k", "2000"),
        ("with about $300", "300"),
        ("with only 500?", "500"),
        ("invest 2000 in eth", "2000"),
        ("split $10k", "10000"),
        ("account 10k", "10000"),
        ("$1,234,567.89", "1234567.89"),
        ("with $.50", "0.5"),
        ("put 1,000 dollars into sol", "1000"),
        ("2k into eth", "2000"),
        ("i have 400 to spend", "400"),
    ],
)
def test_a_budget_is_read(text: str, amount: str) -> None:
    budget, rest = read_budget(text)

    assert budget == Decimal(amount)
    assert budget == budget.normalize()
    assert amount not in rest


@pytest.mark.parametrize(
    "text",
    [
        "will it go above $60k",
        "bought at 1500",
        "a stop at $1,400",
        "target 2000",
        "is btc going to hit $100k",
        "risk 2%",
        "with 4h candles",
        "with 3 trades",
        "last 5 trades",
        "with 2x leverage",
        "sma 200",
        "rsi 14",
        "i have 3 questions",
        "below 60k",
        "$pepe",
        "2h chart",
        "no money here",
        "latest sol-usd trades",
        "btc-usdt signal",
    ],
)
def test_a_price_or_a_count_is_no_budget(text: str) -> None:
    assert read_budget(text)[0] is None


@pytest.mark.parametrize(
    "text",
    [
        "with $１００",
        "with １００ usd",
        "with $1_000",
        "with 1_000",
        "with 1e400",
        "1e400 usd",
        "$1e5",
        "-$5",
        "with -500",
        "$-5",
        "-500 usd",
        "$1,50,00",
        "$1.2.3",
        "$nan",
        "$infinity",
        "with $0",
        "with $2000000000000",
        "€500",
        "500 euro",
        "£20",
        "500€",
        "with $٣٠٠",
        "$1_0k",
    ],
)
def test_nonsense_that_is_meant_as_money_is_refused_with_the_fix(text: str) -> None:
    with pytest.raises(UserError, match=r"like \$2,000|for example"):
        read_budget(text)


def test_a_refusal_quotes_only_a_little() -> None:
    with pytest.raises(UserError) as refused:
        read_budget("$1" + "_0" * 500)

    assert len(str(refused.value)) < 120


COINS = {"btc": "BTC/USDT", "eth": "ETH/USDT", "sol": "SOL/USDT"}


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("i hold 0.5 btc from 60k", [("BTC/USDT", "0.5", "60000")]),
        ("i hold 0.5 btc", [("BTC/USDT", "0.5", None)]),
        ("i have 2 eth and 10 sol", [("ETH/USDT", "2", None), ("SOL/USDT", "10", None)]),
        ("holding 1,000 sol at $12.5, 2 eth bought at 1500", [("SOL/USDT", "1000", "12.5"), ("ETH/USDT", "2", "1500")]),
        ("i own 1btc", [("BTC/USDT", "1", None)]),
        ("my 3 eth @ 1800", [("ETH/USDT", "3", "1800")]),
        ("i have 2 apples", []),
        ("should i buy 2 eth", []),
        ("i have $500", []),
    ],
)
def test_holdings_are_read(text: str, held: list[tuple[str, str, str | None]]) -> None:
    found, _ = read_holdings(text, COINS)

    assert list(found) == [(s, Decimal(q), Decimal(p) if p else None) for s, q, p in held]


def test_what_is_held_is_not_read_again_as_money() -> None:
    _, rest = read_holdings("i hold 0.5 btc from 60k and got $500", COINS)

    assert read_budget(rest)[0] == Decimal(500)
