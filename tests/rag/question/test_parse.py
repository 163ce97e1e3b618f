"""Questions as people type them, and the slots they fill. The asker's present is Tuesday, 30 June 2026, 18:00 UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from rag.question.describe import describe
from rag.question.model import Intent, Parsed
from rag.question.parse import parse
from signals.universe import DEFAULT_SYMBOLS

NOW = datetime(2026, 6, 30, 18, tzinfo=UTC)


def ask(text: str) -> Parsed:
    return parse(text, NOW, DEFAULT_SYMBOLS)


INTENTS = {
    Intent.ADVICE: """
        should I buy ETH with $2k?
        shud i buy sum sol w/ 2k
        is now a good time to buy btc? I have $500
        should i ape into eth with 1.5k
        is bitcoin a buy right now? got 500 bucks
        buy avax? 2000 usd
        worth getting into polygon with $750?
        thinking of buying some link, budget $1,500
        ETH?
        what about SOL
        should I hold my avax
        how long should i hold eth
        should I buy DOGE?
        is litecoin a good buy
        I hold 0.5 BTC from 60k, should I sell?
        is BTC going above $60k
        may I buy eth
        how should I split $10k?
        rebalance my portfolio
        eth buy or wait
        where should i put my stop on eth
        do i sell my sol now
        what do you recommend for dot
        thoughts on ada
        SHOULD I BUY ETH WITH $2K
    """,
    Intent.EXPLAIN: """
        why did you sell link on 11 June?
        y did u sell $sol yday
        why'd you go long avax on 17/6?
        explain the Binance coin signal on 12 June
        whats the reason for the etherum signal on 17.06.
        what made you buy BTC/USDT on 2026-06-17
        reason behind ADA short 23.6.
        justiyf the link short from may 5
        talk me through the uni buy on the 17th
        why?
    """,
    Intent.LATEST: """
        what is the latest Cardano signal on 15m?
        current 4 hour signal for Ethereum
        latest sig for cardono 4hr
        newest btc daily signal?
        how did my last Avalanche trades go?
        show my recent uni trades
        wat r my last avax trades
        last 5 bitcoin trades
        bnb 4h signal now
        ETH signal
        what's the 15-minute signal for AVAX
        when did I last buy sol?
    """,
    Intent.FIND: """
        which SOL trades were timed out last month?
        my btc trades that got stopped out past 30d
        backtest results mean reversion ada daily
        how did MACD momentum do in backtests on Ethereum hourly?
        did we see a golden cross on ether in March?
        squeeze signals for Polkadot this month
        trades where i fomo'd in
        the dot trade where I moved my stop
        what did you recommend for eth yesterday
        winning trades on btc since may 5
        eth yesterday
        show notes about fomo
        ether go long on 2026-05-13
    """,
    Intent.AGGREGATE: """
        how many trades did i win in april
        what's my win rate on eth
        best backtest for sol
        total pnl this month
        how much did i make in may
        what is my longest losing streak
        how much have I paid in fees
    """,
    Intent.SIZE: """
        how much eth should i buy with 3k
        position size for sol with $10k
        how big should my btc trade be
    """,
    Intent.CHART: """
        chart eth 4h
        show me the btc daily chart
        plot solana
    """,
    Intent.NEWS: """
        news on solana
        any headlines about eth?
    """,
    Intent.COMPARE: """
        compare ETH and SOL
        eth or sol?
        btc versus eth
    """,
    Intent.HELP: """
        hello
        help
        what can you do
        thanks
    """,
    Intent.OUT_OF_SCOPE: """
        tell me a joke
        what's the weather
        who won the world cup in 2022
        send me the link
        what's the link between rsi and price
        asdf qwer zxcv
    """,
}


@pytest.mark.parametrize(
    ("text", "intent"), [(line.strip(), i) for i, lines in INTENTS.items() for line in lines.strip().splitlines()]
)
def test_a_question_is_routed(text: str, intent: Intent) -> None:
    assert ask(text).intent is intent


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
