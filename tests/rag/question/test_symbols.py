"""Which words are coins."""

from __future__ import annotations

import pytest

from rag.question.spelling import plain_words
from rag.question.symbols import names_in, read_symbols, symbol_of
from signals.universe import DEFAULT_SYMBOLS

NAMES = names_in(DEFAULT_SYMBOLS)


def read(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    symbols, unknown, _ = read_symbols(text, plain_words(text, NAMES.spelt), NAMES)
    return tuple(s.removesuffix("/USDT") for s in symbols), unknown


SAID = {
    "BTC": "btc BTC bitcoin Bitcoins xbt $btc BTCUSDT BTC/USDT btc-usd btc_usdt bitcion bitcoim btc's",
    "ETH": "eth ETH ethereum ether $ETH ethusdt eth-usd ETH/USDT ETH/USDC etherium etherum etherem ethereun",
    "BNB": "bnb BNB $bnb bnbusdt",
    "ADA": "ada cardano $ada cardono cardanoo ADA/USDT",
    "SOL": "sol solana $sol solona solanna SOLUSDT",
    "DOT": "dot polkadot $dot polkadott polcadot DOTUSDT",
    "POL": "pol matic polygon MATIC $matic maticusdt polygn POL/USDT matic/usdt",
    "AVAX": "avax avalanche $avax avalance avalanch avaxusdt avaxudst",
    "LINK": "link chainlink $link chianlink chainlnk LINKUSDT",
    "ATOM": "atom cosmos $atom cosmoss ATOM/USDT",
    "UNI": "uni uniswap $uni uniswop UNIUSDT",
}


@pytest.mark.parametrize(("word", "ticker"), [(w, t) for t, words in SAID.items() for w in words.split()])
def test_a_coin_is_known_by_its_names_and_their_misspellings(word: str, ticker: str) -> None:
    assert read(f"should i buy {word} now") == ((ticker,), ())


@pytest.mark.parametrize(
    ("text", "ticker"),
    [("buy binance coin", "BNB"), ("binane coin signal", "BNB"), ("chain link trades", "LINK"), ("bit coin", "BTC")],
)
def test_a_name_may_be_two_words(text: str, ticker: str) -> None:
    assert read(text) == ((ticker,), ())


@pytest.mark.parametrize(
    "text",
    [
        "send me the link",
        "share that link please",
        "how do i link my account to discord",
        "what is the link between rsi and price",
        "give me a link to the docs",
        "link telegram",
        "on the dot",
        "the red dot",
        "a dot product",
        "an atom of truth",
        "at uni",
        "my uni homework is due",
        "an avalanche of orders",
        "a polygon with five sides",
        "the other one",
        "either way",
        "my salary",
        "solar power",
        "cosmic rays",
        "a tether",
        "the market metrics",
        "solaris systems",
        "they are bitten",
    ],
)
def test_an_everyday_word_is_no_coin(text: str) -> None:
    assert read(text) == ((), ())


@pytest.mark.parametrize(
    ("text", "ticker"),
    [
        ("why did you sell link on 11 June", "LINK"),
        ("the link trade where i moved my stop", "LINK"),
        ("the dot trade where I moved my stop", "DOT"),
        ("current 15m signal for atom", "ATOM"),
        ("my uni trades", "UNI"),
        ("the latest uni signal", "UNI"),
        ("should i get link", "LINK"),
        ("send me the LINK chart", "LINK"),
        ("explain the sol signal", "SOL"),
        ("and the dot?", "DOT"),
    ],
)
def test_the_same_word_is_a_coin_where_it_is_traded(text: str, ticker: str) -> None:
    assert read(text)[0] == (ticker,)


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("should I buy DOGE?", ("DOGE",)),
        ("what about $pepe", ("PEPE",)),
        ("XRP signal", ("XRP",)),
        ("ripple or litecoin", ("XRP", "LTC")),
        ("is WAGMI worth it", ("WAGMI",)),
        ("dogeusdt 4h", ("DOGE",)),
        ("FOO/USDT signal", ("FOO",)),
        ("buy $xyz123 now", ("XYZ123",)),
        ("litecoin", ("LTC",)),
    ],
)
def test_what_looks_like_a_coin_but_is_not_watched_is_unknown(text: str, unknown: tuple[str, ...]) -> None:
    assert read(text) == ((), unknown)


@pytest.mark.parametrize(
    "text",
    [
        "what does the RSI say",
        "my PNL in USD",
        "TP or SL hit",
        "is it OK now",
        "SHOW ME ALL THE WINNING TRADES",
        "$2k",
        "in USDT",
    ],
)
def test_abbreviations_are_no_coins(text: str) -> None:
    assert read(text) == ((), ())


def test_a_word_between_two_names_is_neither() -> None:
    assert read("buy cosmoana") == ((), ("COSMOANA",))


def test_one_word_can_be_looked_up() -> None:
    assert symbol_of("matic", NAMES) == "POL/USDT"
    assert symbol_of("doge", NAMES) is None


def test_without_watched_symbols_every_coin_is_unknown() -> None:
    names = names_in(())

    assert read_symbols("buy eth", "buy eth", names)[:2] == ((), ("ETH",))
