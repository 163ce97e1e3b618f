"""Questions as people type them, and what they are after."""

from __future__ import annotations

import pytest

from rag.question.model import Intent
from tests.rag.question.asking import ask

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
