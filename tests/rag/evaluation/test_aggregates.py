"""Counting questions equal plain SQL on generated ledgers, and the measure itself can fail."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from rag.evaluation.aggregates import difference, run
from rag.evaluation.ledger_questions import Wanted, questions
from rag.evaluation.ledgers import ledger, shared_records

LEDGERS = int(os.environ.get("DESKMATE_EVAL_LEDGERS", "15"))


async def test_every_answer_equals_plain_sql(tmp_path: Path) -> None:
    report = await run(tmp_path, seed=11, ledgers=LEDGERS)

    assert report.misses == ()
    assert report.right == report.asked == 10 * LEDGERS
    assert sum(asked for _, asked, _ in report.kinds) == report.asked
    assert report.as_dict()["share"] == 1.0


def test_ledgers_and_questions_are_the_same_for_the_same_seed() -> None:
    shared = shared_records(3)
    one, again, other = ledger(3, 5, shared), ledger(3, 5, shared), ledger(4, 5, shared)

    assert one == again
    assert one != other
    assert questions(3, 5, one.now, 8) == questions(3, 5, one.now, 8)


def test_ledgers_hold_what_is_easily_counted_wrong() -> None:
    shared = shared_records(1)
    made = [ledger(1, number, shared) for number in range(60)]
    trades = [trade for one in made for trade in one.trades]
    closed = [trade for trade in trades if trade.closed_at is not None]

    assert any(trade.closed_at is None for trade in trades)
    assert any(trade.pnl_usd == 0 for trade in closed)
    assert any(trade.pnl_usd is None for trade in closed)
    assert any(trade.closed_at.time().isoformat() == "00:00:00" for trade in closed if trade.closed_at)
    assert any((at := trade.closed_at) is not None and (at.month, at.day) == (2, 29) for trade in closed)
    assert {"MATIC/USDT", "POL/USDT"} <= {trade.symbol for trade in trades}
    assert any(trade.owner != one.owner for one in made for trade in one.trades)
    assert any(trade.closed_at > one.now for one in made for trade in one.trades if trade.closed_at)


def figures(**changes: Any) -> dict[str, Any]:
    plain = {"about": "trade", "figure": "total", "closed": 2, "won": 1, "total_usd": "12.34", "groups": []}
    return plain | changes


WANTED = Wanted("pnl", "trade", "total")


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (figures(), ""),
        (figures(closed=3), "closed: said 3, true is 2"),
        (figures(total_usd="12.35"), "total_usd: said 12.35"),
        (figures(total_usd="-12.34"), "total_usd: said -12.34"),
        (figures(about="signal"), "about signals"),
        (figures(figure="fees"), "told the fees"),
    ],
)
def test_a_wrong_figure_is_named(told: dict[str, Any], says: str) -> None:
    found = difference(WANTED, told, {"closed": 2, "won": 1, "total_usd": Fraction("12.34")})

    assert found.startswith(says)
    assert bool(found) is bool(says)


def test_a_group_that_is_missing_or_differs_is_named() -> None:
    wanted = Wanted("pnl by side", "trade", "total", by="side")
    expected = {"closed": 1, "groups": {"LONG": (1, 1, Fraction(5))}}
    right = {"key": "LONG", "closed": 1, "won": 1, "total_usd": "5"}

    assert difference(wanted, figures(closed=1, groups=[right]), expected) == ""
    assert "true are ['LONG']" in difference(wanted, figures(closed=1), expected)
    assert "LONG: said" in difference(wanted, figures(closed=1, groups=[right | {"total_usd": "6"}]), expected)
