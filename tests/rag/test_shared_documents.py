"""Market days, headlines and months of old signals as sentences, against golden files."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from rag.documents import market_summary_document, news_document, signal_month_document
from signals.model import Timeframe
from storage.market_days import MarketDay
from storage.news import NewsItem
from storage.signal_months import SignalMonth

GOLDEN = Path(__file__).parents[1] / "golden" / "documents"
DOCUMENTS = {
    "market-summary-full": market_summary_document(
        MarketDay(
            "ETH/USDT",
            datetime(2022, 11, 9, tzinfo=UTC),
            "replay",
            Timeframe.H1,
            1300.0,
            1310.0,
            1080.5,
            1100.25,
            10.5,
            rsi=28.44,
            atr_pct=3.1234,
            trend_pct=-12.5,
            buys=1,
            sells=3,
        )
    ),
    "news": news_document(
        NewsItem(
            "https://example.org/a",
            "Example Wire",
            "Bitcoin falls 20% in a day",
            "Traders blame an exchange.",
            datetime(2022, 11, 9, 14, tzinfo=UTC),
            datetime(2022, 11, 9, 14, 5, tzinfo=UTC),
            ("BTC/USDT",),
            -0.7,
        ),
        "BTC/USDT",
    ),
    "signal-month": signal_month_document(
        SignalMonth(
            "binance:SOL/USDT:4h:2022-03",
            "binance",
            "SOL/USDT",
            Timeframe.H4,
            datetime(2022, 3, 1, tzinfo=UTC),
            datetime(2022, 4, 2, tzinfo=UTC),
            11,
            6,
            4,
            3,
            5,
            1,
            1,
            -0.123,
            (("breakout", 4), ("oversold_bounce", 2)),
        )
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_reads_as_its_golden_file(name: str) -> None:
    assert DOCUMENTS[name].text + "\n" == (GOLDEN / f"{name}.txt").read_text()


def test_a_headline_is_external_known_when_fetched_and_has_a_document_for_each_symbol() -> None:
    at, fetched = datetime(2022, 11, 9, 14, tzinfo=UTC), datetime(2022, 11, 9, 15, tzinfo=UTC)
    item = NewsItem("https://example.org/a", "", "Both fall", "", at, fetched, ("BTC/USDT", "ETH/USDT"), 0.9)

    first, second = news_document(item, "BTC/USDT"), news_document(item, "ETH/USDT")

    assert (first.trust, first.at, first.known_at) == ("external", at, fetched)
    assert [d.doc_id for d in (first, second)] == [f"news:{key}" for key in item.keys]
    assert (first.parent, second.parent) == (None, first.doc_id)
    assert "an unnamed source" in first.text
    assert "positive" in second.text


def test_a_headline_without_a_date_of_its_own_says_when_it_was_seen() -> None:
    at = datetime(2022, 11, 8, tzinfo=UTC)
    item = NewsItem("https://example.org/a", "Wire", "ETH falls", "", at, at, ("ETH/USDT",), dated=False)

    text = news_document(item, "ETH/USDT").text

    assert "undated, first seen" in text
    assert "published" not in text
