"""Follow-ups, as chains of questions by one person."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rag.question.describe import describe
from rag.question.model import Intent, Parsed
from rag.question.parse import parse
from rag.question.slots import carry
from signals.universe import DEFAULT_SYMBOLS

NOW = datetime(2026, 6, 30, 18, tzinfo=UTC)


def talk(*texts: str) -> Parsed:
    last: Parsed | None = None
    for text in texts:
        last = carry(last, parse(text, NOW, DEFAULT_SYMBOLS))
    assert last is not None
    return last


def understood(*texts: str) -> str:
    return describe(talk(*texts)).partition(" (kept")[0]


CHAINS = """
should I buy SOL with $2k? > and for ETH? => ETH · recommendation · budget $2,000
should I buy SOL with $2k? > and with $5k? => SOL · recommendation · budget $5,000
should I buy SOL with $2k? > make it 3k => SOL · recommendation · budget $3,000
should I buy SOL with $2k? > what if i only have 500 => SOL · recommendation · budget $500
should I buy SOL with $2k? > tighter stop => SOL · recommendation · budget $2,000 · tighter stop
should I buy SOL with $2k? > with a tighter stop? => SOL · recommendation · budget $2,000 · tighter stop
should I buy SOL with $2k? > why? > tighter stop => SOL · recommendation · budget $2,000 · tighter stop
should I buy SOL with $2k? > on the 4h? => SOL · 4h · recommendation · budget $2,000
should I buy SOL with $2k? > what about DOGE? => DOGE (not watched) · recommendation · budget $2,000
should I buy DOGE? > and ETH? => ETH · recommendation
should I buy eth > should i buy it with 1k => ETH · recommendation · budget $1,000
should I buy avax > how did it do in april? => AVAX · everything stored · April
should I buy avax > chart it => AVAX · chart
should I buy eth > show my last trades => latest your trades
should I buy eth > tell me a joke => not understood as a trading question
should I buy eth > hello => help
why did you sell link on 11 June > and on the 12th? => LINK · why SELL signals · 12 June
why did you sell link on 11 June > and for avax? => AVAX · why SELL signals · 11 June
how did my last 3 SOL trades go? > and ETH? => ETH · last 3 your trades
how did my last SOL trades go? > only the losers => SOL · latest your losing trades
how did my last SOL trades go? > and last week? => SOL · latest your trades · 22-28 June
how did my last SOL trades go? > and the shorts? => SOL · latest your SHORT trades
how did my last SOL trades go? > and signals? => SOL · latest signals
how did my last SOL trades go? > btc 4h signal => BTC · 4h · latest signals
my btc trades that stopped out last month > and hit target? => BTC · your trades · hit target · May
my btc trades that stopped out last month > this month => BTC · your trades · stopped out · June
my btc trades that stopped out last month > how many? => BTC · number of your trades · stopped out · May
backtest results macd momentum eth 1h > on the daily? => ETH · 1d · backtests · MACD MOM
backtest results macd momentum eth 1h > rsi mean reversion? => ETH · 1h · backtests · RSI MR
backtest results macd momentum eth 1h > and for sol => SOL · 1h · backtests · MACD MOM
any golden cross on eth in March? > and squeezes? => ETH · signals · squeeze · March
any golden cross on eth in March? > in April? => ETH · signals · golden cross · April
latest btc signal on 15m > 4h? => BTC · 4h · latest signals
latest btc signal on 15m > for cardano? => ADA · 15m · latest signals
position size for eth with 10k > and 20k? => ETH · position size · budget $20,000
position size for eth with 10k > what about with a tighter stop => ETH · position size · budget $10,000 · tighter stop
trades where i panicked > on eth => ETH · your trade notes · panicked
trades where i panicked > on eth > and where i chased? => ETH · your trade notes · chased
eth signal > why => ETH · why signals
eth signal > and with $5k? => ETH · recommendation · budget $5,000
should I buy eth > and last week? => ETH · signals · 22-28 June
"""


@pytest.mark.parametrize("row", CHAINS.strip().splitlines())
def test_a_follow_up_keeps_what_it_leaves_out(row: str) -> None:
    texts, line = row.split(" => ")

    assert understood(*texts.split(" > ")) == line


def test_without_an_earlier_question_nothing_is_carried() -> None:
    parsed = parse("and for ETH?", NOW, DEFAULT_SYMBOLS)

    assert carry(None, parsed) is parsed


def test_what_was_kept_is_named() -> None:
    assert talk("should I buy SOL 4h with $2k?", "and for ETH?").carried == ("timeframe", "budget")


def test_an_unwatched_asset_is_never_answered_with_the_former_one() -> None:
    parsed = talk("should I buy SOL?", "and DOGE?")

    assert (parsed.symbols, parsed.unknown) == ((), ("DOGE",))


def test_why_explains_the_recommendation() -> None:
    parsed = talk("should I buy SOL with $2k?", "why?")

    assert (parsed.intent, parsed.symbols, parsed.types) == (Intent.EXPLAIN, ("SOL/USDT",), ("signal",))


def test_a_whole_question_takes_over_nothing() -> None:
    alone = parse("why did you sell link on 11 June?", NOW, DEFAULT_SYMBOLS)

    assert carry(talk("should I buy SOL with $2k?"), alone) == alone


def test_a_theme_that_is_carried_stays_within_the_limit() -> None:
    parsed = talk("trades where i panicked " + "x" * 1490, "on eth")

    assert len(parsed.text) <= 1500
