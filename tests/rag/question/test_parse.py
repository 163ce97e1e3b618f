"""Questions as people type them, and the slots they fill. The asker's present is Tuesday, 30 June 2026, 18:00 UTC."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rag.question.describe import describe
from rag.question.parse import parse
from tests.rag.question.asking import NOW, ask

DESCRIBED = """
explain the bnb signal on June 16 => BNB · why signals · 16 June
why did you buy MATIC on Sunday? => POL · why BUY signals · 28 June
why did you go short on Cardano on June 23? => ADA · why SELL signals · 23 June
why did we short polkadott last friday => DOT · why SELL signals · 26 June
y short ethusdt on mon => ETH · why SELL signals · 29 June
show my recent uniswap trades => UNI · latest your trades
how'd my last 3 $sol trades go => SOL · last 3 your trades
show me my most recent trades on chianlink => LINK · latest your trades
recent matic trades of mine => POL · latest your trades
which SOL trades were timed out last month? => SOL · trades · timed out · May
my Ethereum trades that timed out in the last 30 days => ETH · your trades · timed out · last 30 days
which DOT trades were hit target last month? => DOT · trades · hit target · May
which Uniswap trades were closed by hand in the last 30 days? => UNI · trades · closed by hand · last 30 days
link trades i closed manually this month => LINK · your trades · closed by hand · June
ada trades that hit my stop last month => ADA · your trades · stopped out · May
uni trades that ran out of time since may => UNI · trades · timed out · since 1 May
which eth trades hit tp in may => ETH · trades · hit target · May
trades closed by trailing stop on sol => SOL · trades · trailing stop
which of my UNI trades expired in April? => UNI · your trades · timed out · April
dot stop-outs in april => DOT · trades · stopped out · April
link take profits april => LINK · trades · hit target · April
manual exits uni last 30 days => UNI · trades · closed by hand · last 30 days
backtest results mean reversion ada daily => ADA · 1d · backtests · RSI MR
backtest results SMA ATR chainlink 1h => LINK · 1h · backtests · SMA ATR
backtest results RSI strategy chainlink 1d => LINK · 1d · backtests · RSI MR
how did ensemble do in backtests on Cardano 15 minute? => ADA · 15m · backtests · ENSEMBLE
backtest results Bollinger breakout Chainlink 4 hour => LINK · 4h · backtests · BB BREAKOUT
bt of macd on eth hourly => ETH · 1h · backtests · MACD MOM
how does the bolinger breakout backtest on avalance daily => AVAX · 1d · backtests · BB BREAKOUT
macd momentum atom quarter hour backtest => ATOM · 15m · backtests · MACD MOM
range signals for ATOM this month => ATOM · signals · range · June
did we see a overbought on bitcoin in the last 30 days? => BTC · signals · overbought fade · last 30 days
any golden crosses on bitcion last wk? => BTC · signals · golden cross · 22-28 June
death cross on atom in feb => ATOM · signals · death cross · February
sideways signals uniswop past 30 days => UNI · signals · range · last 30 days
any oversold bounces on bnb in q2 => BNB · signals · oversold bounce · Q2 2026
did LINK break out in April => LINK · signals · breakout · April
Solana brekout last mnth => SOL · signals · breakout · May
the Cardano trade where I news spike => ADA · your trade notes · news spike
when I oversized of a ADA trade => ADA · your trade notes · oversized
when I chased of a matic trade => POL · your trade notes · chased
the Solana trade where I panicked out => SOL · your trade notes · panicked
when have I moved my stop? => your trade notes · moved the stop
trades where I went too big => your trade notes · oversized
my trades where i followed the plan => your trade notes · followed the plan
ada trade with news spike => ADA · trade notes · news spike
should I buy Solana with $2k? => SOL · recommendation · budget $2,000
is now a good time to buy chainlink? I have $500 => LINK · recommendation · budget $500
should i ape into eth with 1.5k => ETH · recommendation · budget $1,500
i have 2 eth and 10 sol, what should i do => ETH, SOL · recommendation · holding 2 ETH, holding 10 SOL
should I buy DOGE? => DOGE (not watched) · recommendation
should i buy eth with a tighter stop => ETH · recommendation · tighter stop
my losing ETH shorts in June => ETH · your losing SHORT trades · June
winning trades on btc since may 5 => BTC · winning trades · since 5 May
tell me a joke => not understood as a trading question
"""


@pytest.mark.parametrize(
    ("text", "line"), [tuple(row.split(" => ", 1)) for row in DESCRIBED.strip().splitlines() if " => " in row]
)
def test_the_interpretation_says_what_was_understood(text: str, line: str) -> None:
    assert describe(ask(text)) == line


@pytest.mark.parametrize(
    ("text", "timeframe"),
    [
        (f"eth signal {said}", value)
        for value, words in {
            "15m": (
                "15m",
                "15 m",
                "15min",
                "15 min",
                "15-minute",
                "15 minutes",
                "M15",
                "fifteen minute",
                "quarter hour",
            ),
            "1h": ("1h", "1 h", "1hr", "1 hour", "hourly", "one hour", "H1", "60m", "on the hour chart", "60 min"),
            "4h": ("4h", "4hr", "4 hour", "4-hour", "four hour", "H4", "on the 4h", "240m", "4hourly"),
            "1d": ("1d", "1 day", "daily", "D1", "on the daily", "day chart", "24h", "dialy"),
        }.items()
        for said in words
    ],
)
def test_a_timeframe_is_read_in_words(text: str, timeframe: str) -> None:
    assert ask(text).timeframes == (timeframe,)


def test_a_stretch_of_time_is_no_timeframe() -> None:
    assert ask("my eth trades of the last 4 hours").timeframes == ()
    assert ask("my eth trades of the past 1d").timeframes == ()


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("my last 5 trades", 5),
        ("last three eth trades", 3),
        ("my 3 most recent avax trades", 3),
        ("my last few sol trades", 3),
        ("last couple of btc trades", 2),
        ("show me 4 eth signals", 4),
        ("my last eth trade", 1),
        ("last 900 trades", 50),
        ("last 0 trades", None),
        ("my last trades", None),
        ("trades of the last 5 days", None),
    ],
)
def test_a_number_of_records_is_read(text: str, limit: int | None) -> None:
    assert ask(text).limit == limit


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("my eth longs", ("LONG",)),
        ("my short trades on eth", ("SHORT",)),
        ("eth trades i sold", ()),
        ("buy signals on eth this month", ("BUY",)),
        ("bearish eth signals this week", ("SELL",)),
        ("hold signals on eth this week", ("HOLD",)),
        ("eth signals in the short term", ()),
        ("buy and sell signals on eth", ()),
        ("should I buy eth", ()),
        ("eth backtests against buy and hold", ()),
    ],
)
def test_a_direction_is_read_where_one_is_meant(text: str, sides: tuple[str, ...]) -> None:
    assert ask(text).sides == sides


@pytest.mark.parametrize("text", ["my eth trades", "trades of mine", "what did I buy", "our eth positions"])
def test_what_belongs_to_the_asker_is_noticed(text: str) -> None:
    assert ask(text).mine


def test_money_to_spend_makes_nothing_the_askers() -> None:
    assert not ask("is now a good time to buy btc? I have $500").mine


def test_holdings_are_read_with_their_entry() -> None:
    parsed = ask("I hold 0.5 BTC from 60k, should I sell?")

    assert parsed.holdings == (("BTC/USDT", Decimal("0.5"), Decimal(60000)),)
    assert parsed.symbols == ("BTC/USDT",)
    assert parsed.budget is None


def test_every_symbol_is_named_in_the_order_of_the_question() -> None:
    assert ask("compare sol, ETHUSDT and $btc").symbols == ("SOL/USDT", "ETH/USDT", "BTC/USDT")


def test_only_watched_symbols_are_understood_as_such() -> None:
    parsed = parse("should I buy UNI or ETH", NOW, ("ETH/USDT",))

    assert (parsed.symbols, parsed.unknown) == (("ETH/USDT",), ("UNI",))


def test_an_asset_added_to_the_universe_is_known_by_its_ticker() -> None:
    parsed = parse("should I buy doge", NOW, ("DOGE/USDT", "ETH/USDT"))

    assert (parsed.symbols, parsed.unknown) == (("DOGE/USDT",), ())


def test_the_text_is_kept_as_it_was_normalised() -> None:
    assert ask("  should\tI buy\u200b ETH? ").text == "should I buy ETH?"
