"""What is understood of a typed alert, said back in words; what is not, with what to write instead."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.alerts.grammar import EXAMPLES, Grammar
from bot.alerts.sources import Sources
from bot.alerts.words import sentence
from bot.commands.alert import wish_line
from signals.errors import UserError
from signals.model import Timeframe
from storage.alerts import Alert

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CATALOGUE = ("adx", "obv", "ichimoku", "supertrend", "rsx", "rsi", "macd")
GRAMMAR = Grammar(("BTC/USDT", "ETH/USDT", "SOL/USDT", "POL/USDT"), tuple(Timeframe), Sources(lambda: CATALOGUE))
LATER = "expires 2026-12-21"

UNDERSTOOD = [
    ("BTC/USDT price above 70000", f"BTC/USDT 15m: price rises above 70,000, once, {LATER}"),
    ("btc breaks 70k", f"BTC/USDT 15m: price crosses 70,000, once, {LATER}"),
    ("bitcoin hits 100k", f"BTC/USDT 15m: price crosses 100,000, once, {LATER}"),
    ("btc above $70,000.50", f"BTC/USDT 15m: price rises above 70,000.5, once, {LATER}"),
    ("btcusdt 1h price > 100", f"BTC/USDT 1h: price rises above 100, once, {LATER}"),
    ("matic price below 0.5", f"POL/USDT 15m: price falls below 0.5, once, {LATER}"),
    ("ETH/USDT 1h rsi_14 below 30, once, expires 2026-12-21", f"ETH/USDT 1h: RSI 14 falls below 30, once, {LATER}"),
    (
        "eth rsi 14 below 30, every time, cooldown 4h, expires in 7d",
        "ETH/USDT 1h: RSI 14 falls below 30, every time, at most once in 4 h, expires 2026-11-28",
    ),
    ("eth's rsi drops below 30", f"ETH/USDT 1h: RSI 14 falls below 30, once, {LATER}"),
    ("btc price above 70000, cooldown 0", f"BTC/USDT 15m: price rises above 70,000, every time, {LATER}"),
    ("btc price above 70000 for 3 days", "BTC/USDT 15m: price rises above 70,000, once, expires 2026-11-24"),
    ("SOL/USDT close crosses above sma_200", f"SOL/USDT 1h: the close rises above SMA 200, once, {LATER}"),
    ("sol 4h macd crosses its signal", f"SOL/USDT 4h: MACD crosses the MACD signal line, once, {LATER}"),
    ("sol macd hist below -5", f"SOL/USDT 1h: the MACD histogram falls below -5, once, {LATER}"),
    ("btc close below lower band", f"BTC/USDT 1h: the close falls below the lower Bollinger band, once, {LATER}"),
    ("BTC/USDT falls 5% in 4h", f"BTC/USDT 1h: price falls by 5 % or more over 4 bars, once, {LATER}"),
    ("btc moves 3% over 10 bars", f"BTC/USDT 1h: price moves by 3 % or more over 10 bars, once, {LATER}"),
    ("btc rises by 2% in 30m", f"BTC/USDT 15m: price rises by 2 % or more over 2 bars, once, {LATER}"),
    ("eth adx above 25", f"ETH/USDT 1h: ADX rises above 25, once, {LATER}"),
    ("eth adx.dmp_14 crosses adx.dmn_14", f"ETH/USDT 1h: ADX (line dmp_14) crosses ADX (line dmn_14), once, {LATER}"),
    ("signal any buy min 60%", f"any market: a new signal to buy, at least 60 % confidence, once, {LATER}"),
    ("eth 4h signal sell", f"ETH/USDT 4h: a new signal to sell, once, {LATER}"),
    ("new sell signal for eth", f"ETH/USDT: a new signal to sell, once, {LATER}"),
    ("target eth", f"ETH/USDT: an issued signal reaches a target, once, {LATER}"),
    ("stop reached any", f"any market: an issued signal is stopped out, once, {LATER}"),
    ("daily loss above 300", f"your paper account: realised loss of the day (UTC) rises above 300 USDT, once, {LATER}"),
    ("exposure btc above 30%", "your paper account: value of open trades in BTC/USDT rises above 30 % of equity, "
     f"once, {LATER}"),
    ("position eth loss above 50", "your paper account: the result of your open ETH/USDT trades falls below -50 USDT, "
     f"once, {LATER}"),
    ("profit below -5%", f"your paper account: the result of your open trades falls below -5 %, once, {LATER}"),
]  # fmt: skip

REFUSED = [
    ("", "there is no condition"),
    ("btc 70000", "is not a condition"),
    ("price above 100", "name a watched market first; watched: BTC/USDT"),
    ("doge/usdt price above 1", "'doge/usdt' is not a watched market"),
    ("btc price above -5", "above 0"),
    ("btc price above 0", "above 0"),
    ("btc price above 1_000", "plain digits"),
    ("btc price above ７００００", "plain digits"),
    ("btc price above NaN", "plain digits"),
    ("btc price above inf", "plain digits"),
    ("btc price above 1e9", "plain digits"),
    ("btc price above 99999999999999999", "plain digits"),
    ("btc price above 9999999999999k", "out of range"),
    ("btc price above 70,00", "plain digits"),
    ("btc price >= 100", "is not a condition"),
    ("btc 70000 above price", "first, then the number"),
    ("btc close above close", "with itself"),
    ("eth rsi below 300", "between 0 and 100"),
    ("eth rsi below 0", "between 0 and 100"),
    ("eth superternd above 1", "did you mean supertrend"),
    ("eth rsi_7 below 30", "did you mean rsi_14?"),
    ("eth sma_100 above close", "did you mean sma_200"),
    ("eth obv above 100", "no alert can use it"),
    ("eth ichimoku above 5", "looks ahead"),
    ("btc falls 0% in 4h", "out of range"),
    ("btc falls 5% in 0 bars", "1 to 500 bars"),
    ("btc falls 5% in 9999 bars", "1 to 500 bars"),
    ("btc 4h falls 5% in 3h", "not a whole number of 4h bars"),
    ("signal doge buy", "does not fit after signal"),
    ("signal any buy sell", "does not fit after signal"),
    ("signal any min 101%", "out of range"),
    ("target eth buy", "does not fit after target"),
    ("drawdown below 5%", "write drawdown above 5%"),
    ("drawdown above 500 usdt", "in percent"),
    ("open risk eth above 5%", "write open risk above 5%"),
    ("position eth madness above 5", "is not understood"),
    ("btc price above 70000 once every time", "not both"),
    ("btc price above 70000 expires 2020-01-01", "a year at most"),
    ("btc price above 70000 expires 2029-01-01", "a year at most"),
    ("btc price above 70000 expires 2026-02-30", "is not a date"),
    ("btc price above 70000 cooldown yesterday", "write cooldown 4h"),
    ("btc price above 70000 cooldown 9999 days", "at most 30 days"),
    ("btc price above 70000" + " " * 10 + "x" * 200, "longer than 200"),
    ("drop table alerts", "name a watched market first"),
]


def said(text: str) -> str:
    wish = GRAMMAR.read(text, NOW)
    options = wish.options
    return sentence(Alert("a", "me", wish.condition, NOW, options.expires_at, NOW, options.repeats, options.cooldown_s))


@pytest.mark.parametrize(("text", "words"), UNDERSTOOD)
def test_what_was_understood_is_said_back(text: str, words: str) -> None:
    assert said(text) == words


@pytest.mark.parametrize(("text", "told"), REFUSED)
def test_what_is_not_understood_is_refused_with_what_to_write(text: str, told: str) -> None:
    with pytest.raises(UserError) as refused:
        GRAMMAR.read(text, NOW)

    assert told in str(refused.value)
    assert len(str(refused.value)) < 420


def test_the_examples_that_refusals_name_are_understood() -> None:
    for example in EXAMPLES:
        assert said(example.removeprefix("/alert add "))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("alert me when BTC breaks 70k", "BTC breaks 70k"),
        ("Please notify me if the price of ETH drops below 1500!", "ETH price drops below 1500"),
        ("tell me whenever eth rsi is below 30", "eth rsi is below 30, every time"),
        ("ping me once my drawdown is above 10%", "drawdown is above 10%"),
        ("should I buy ETH?", None),
        ("what alerts did I set", None),
        ("tell me about my trades", None),
        ("alert me", None),
    ],
)
def test_plain_words_that_ask_for_an_alert_become_its_line(text: str, line: str | None) -> None:
    assert wish_line(text) == line
    if line is not None:
        assert said(line)


WORDS = """btc eth 1h rsi above below crosses 30 70k sma_200 % falls in 4h signal target drawdown profit once every time
expires cooldown - $ , . any buy min""".split()  # noqa: SIM905 - shorter to read


@given(st.text(max_size=80) | st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join))
@settings(max_examples=300, deadline=None)
def test_any_text_is_understood_or_refused_in_words(text: str) -> None:
    try:
        assert said(text)
    except UserError as refused:
        assert str(refused)
