"""What a counting question asks for, in the words people type."""

from __future__ import annotations

import pytest

from rag.question.describe import describe
from rag.question.model import Figure, Intent
from rag.question.slots import carry
from tests.rag.question.asking import ask

FIGURES = """
how many SOL trades did I win last week | count
whats my streak | streak
longest losing streak | streak
howd i do last week? | summary
wr last month | win rate
what percentage of my trades win | win rate
pnl | total
how much have i made on eth | total
am i up this month | total
biggest L this month | worst
my worst trade ever | worst
biggest winner | best
avg pnl per trade | average
median pnl | median
fees this month | fees
my exposure | exposure
what am i holding | exposure
open sol trades | exposure
max drawdown of my trades | drawdown
how long do i hold losers | holding time
whats my mean R | expectancy
my stats | summary
pnl of my mean reversion trades | total
performance of trades that took profit last month | summary
"""
SPLIT = """
worst strategy on 4h | strategy | worst
which coin made me the most | symbol | best
which coin lost me the most money | symbol | worst
best timeframe | timeframe | best
pnl per month | month |
pnl by exit reason | exit_reason |
longs vs shorts | side |
4h vs 1h win rate | timeframe |
compare my BTC and ETH trades | symbol |
wich strat is bleeding me | strategy | worst
"""
SHARED = """
compare BTC and ETH signals | signal
hit rate of sol 4h signals | signal
how accurate are your signals | signal
best backtest | backtest
which backtest had the highest sharpe | backtest
how many recommendations did you give me | recommendation
how many of your recommendations did i follow | recommendation
"""
NOT_COUNTED = """
should i buy the best coin
best time to buy eth
compare eth and btc
how much should i put into sol
show my last 5 trades
why did i lose
"""


def cases(table: str) -> list[tuple[str, ...]]:
    """The rows of a table, cells stripped."""
    return [tuple(cell.strip() for cell in line.split("|")) for line in table.strip().splitlines()]


@pytest.mark.parametrize(("text", "figure"), cases(FIGURES))
def test_the_figure_is_read(text: str, figure: str) -> None:
    parsed = ask(text)

    assert parsed.intent is Intent.AGGREGATE
    assert parsed.measure is not None
    assert (parsed.measure.about, parsed.measure.figure) == ("trade", figure)
    assert parsed.types == ("trade",)


@pytest.mark.parametrize(("text", "by", "pick"), cases(SPLIT))
def test_the_grouping_is_read(text: str, by: str, pick: str) -> None:
    measure = ask(text).measure

    assert measure is not None
    assert (measure.about, measure.by, measure.pick) == ("trade", by, pick)


@pytest.mark.parametrize(("text", "about"), cases(SHARED))
def test_other_records_are_counted_too(text: str, about: str) -> None:
    measure = ask(text).measure

    assert measure is not None
    assert measure.about == about


@pytest.mark.parametrize("text", NOT_COUNTED.strip().splitlines())
def test_advice_and_lists_are_not_counting(text: str) -> None:
    parsed = ask(text)

    assert parsed.intent is not Intent.AGGREGATE
    assert parsed.measure is None


def test_two_windows_are_compared() -> None:
    measure = ask("this week vs last week pnl").measure

    assert measure is not None
    assert [window.label for window in measure.windows] == ["29 June - 5 July", "22-28 June"]


def test_an_average_win_is_about_winners_but_the_l_of_p_and_l_is_no_loss() -> None:
    assert ask("avg win").outcomes == ("win",)
    assert ask("average loss").outcomes == ("loss",)
    assert ask("median p&l of my trades").outcomes == ()
    assert ask("am i profitable").outcomes == ()


def test_my_15m_trades_are_on_a_timeframe_and_no_budget() -> None:
    parsed = ask("win rate of my 15m trades this week")

    assert (parsed.timeframes, parsed.budget) == (("15m",), None)


def test_follow_ups_keep_what_was_measured() -> None:
    first = ask("how many SOL trades did I win last week")
    other = carry(first, ask("and for ETH?"))
    fees = carry(other, ask("and the fees?"))

    assert other.measure is not None
    assert (other.measure.figure, other.symbols) == (Figure.COUNT, ("ETH/USDT",))
    assert fees.measure is not None
    assert (fees.measure.figure, fees.symbols, fees.window) == (Figure.FEES, ("ETH/USDT",), first.window)


def test_a_count_after_a_list_counts_that_list() -> None:
    listed = ask("show BTC signals last month")
    counted = carry(listed, ask("how many?"))

    assert counted.measure is not None
    assert (counted.measure.about, counted.measure.figure) == ("signal", Figure.COUNT)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("what is my win rate on SOL?", "SOL · win rate of your trades"),
        ("howd i do last week?", "statistics of"),
    ],
)
def test_the_line_above_the_answer_names_the_figure(text: str, line: str) -> None:
    assert line in describe(ask(text))
