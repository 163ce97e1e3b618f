"""Each kind of document, word for word, and what it may not say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from rag.documents import (
    backtest_document,
    market_summary_document,
    note_document,
    outcome_document,
    recommendation_document,
    signal_document,
    strategy_params_document,
    trade_document,
)
from rag.documents.words import asset_words, chart_words, number, sentence, signed, strategy_code, strategy_words
from signals.model import (
    Action,
    Backtest,
    Issued,
    Plan,
    PlanRules,
    Series,
    Signal,
    SignalState,
    Timeframe,
    Trade,
    Transition,
)
from storage.market_days import MarketDay
from storage.parameters import ParameterSet
from storage.values import Document, LoggedRecommendation
from tests.builders import an_issued

GOLDEN = Path(__file__).parents[1] / "golden" / "documents"
OPENED = datetime(2022, 11, 8, 11, tzinfo=UTC)
CLOSED = datetime(2022, 11, 8, 12, tzinfo=UTC)


def issued(symbol: str = "ETH/USDT", **changes: object) -> Issued:
    signal = Signal(
        Series("binance", symbol, Timeframe.H1),
        OPENED,
        CLOSED,
        Action.STRONG_SELL,
        "close below the lower Bollinger band confirmed sellers in control (-3.2%, volume < average)",
        price=1480.55,
        conviction=0.82,
        setup="breakdown",
        strategy="BB_BREAKOUT",
    )
    plan = Plan(-1, (1480.55, 1487.1), 1520.4, (1450.25, 1420.78), 1522.0, 1.43, CLOSED + timedelta(days=1), 19.9)
    return replace(Issued(signal, plan, CLOSED, 0.61), **changes)  # type: ignore[arg-type]


def ended(state: SignalState, realised_r: float | None) -> Transition:
    return Transition(issued().signal_id, state, datetime(2022, 11, 8, 19, tzinfo=UTC), 1420.78, realised_r)


def trade(**changes: object) -> Trade:
    whole = Trade(
        trade_id="trd-7",
        owner="discord:123",
        symbol="MATIC/USDT",
        timeframe=Timeframe.M15,
        side="LONG",
        quantity=Decimal("1180.5"),
        entry=Decimal("0.8446"),
        opened_at=datetime(2022, 10, 31, 8, 15, tzinfo=UTC),
        size_usd=Decimal("997.05"),
        exit=Decimal("0.82242"),
        closed_at=datetime(2022, 11, 1, 3, 30, tzinfo=UTC),
        pnl_usd=Decimal("-26.18"),
        return_pct=-2.63,
        fees_usd=Decimal("1.97"),
        exit_reason="stop_loss",
        strategy="RSI_MR",
        note="chased the move,\nstop too tight < 1 ATR",
        signal_id="binance:MATIC/USDT:15m:2022-10-31T08:00:00Z",
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def backtest() -> Backtest:
    return Backtest(
        backtest_id="b1",
        exchange="binance",
        symbol="BNB/USDT",
        timeframe=Timeframe.H4,
        strategy="SMA_ATR",
        started_at=datetime(2022, 1, 1, tzinfo=UTC),
        ended_at=datetime(2022, 6, 30, tzinfo=UTC),
        finished_at=datetime(2022, 7, 2, 9, 5, tzinfo=UTC),
        trades=32,
        return_pct=12.5,
        buy_hold_pct=-57.4,
        sharpe=1.66,
        max_drawdown_pct=13.3,
        win_rate_pct=32.4,
        target_first=11,
        resolved=32,
        parameters=(("sma_period", 20.0), ("sl_multiplier", 2.0), ("cooldown_bars", 3.0)),
    )


def logged(**changes: object) -> LoggedRecommendation:
    whole = LoggedRecommendation(
        "r1",
        "terminal:local",
        "should I buy SOL with $2k?",
        CLOSED,
        CLOSED,
        "SOL/USDT",
        "BUY",
        "rules",
        None,
        None,
        None,
        payload={
            "timeframe": "1h",
            "price": 27.49,
            "position_size_usd": 498.2,
            "stop_loss": 26.1,
            "exit_points": [28.3, 29.6],
            "reasoning": "Three of four voters are long.",
            "strategy": "ensemble",
        },
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


DOCUMENTS = {
    "signal": signal_document(issued()),
    "signal-buy": signal_document(an_issued(strategy="ensemble")),
    "signal-hold-renamed": signal_document(
        replace(
            issued("POL/USDT"),
            signal=replace(issued("POL/USDT").signal, action=Action.HOLD, price=0.4127, setup="", conviction=0.0),
            plan=None,
            confidence=None,
        )
    ),
    "outcome-target": outcome_document(issued(), ended(SignalState.TARGET, 1.38)),
    "outcome-expired": outcome_document(issued(), ended(SignalState.EXPIRED, None)),
    "trade-closed": trade_document(trade()),
    "trade-open": trade_document(
        trade(exit=None, closed_at=None, pnl_usd=None, return_pct=None, exit_reason=None, fees_usd=Decimal(0))
    ),
    "trade-note": note_document(trade()),
    "backtest": backtest_document(backtest()),
    "recommendation": recommendation_document(logged()),
    "recommendation-no-market": recommendation_document(
        logged(symbol=None, action="NO_SIGNAL", payload={"reason": "No symbol was named"})
    ),
    "strategy-params": strategy_params_document(
        ParameterSet("ADA/USDT:1d:1", "ADA/USDT", Timeframe.D1, PlanRules(sl_atr=2.5), OPENED, "tuned on 2022")
    ),
    "market-summary": market_summary_document(
        MarketDay(
            "BTC/USDT",
            datetime(2022, 11, 8, tzinfo=UTC),
            "replay",
            Timeframe.H1,
            20591.13,
            20700.88,
            17166.83,
            18547.23,
            656_551.7,
        )
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_reads_as_its_golden_file(name: str) -> None:
    document = DOCUMENTS[name]

    assert document is not None
    assert document.text + "\n" == (GOLDEN / f"{name}.txt").read_text()


def test_a_signals_text_is_the_same_whatever_became_of_it() -> None:
    text = signal_document(issued()).text.lower()

    for word in ("stopped out", "hit its", "winning", "losing", "profit", "outcome", "expired"):
        assert word not in text


def test_a_signal_is_dated_by_its_bar_and_known_at_its_close() -> None:
    document = signal_document(issued())

    assert (document.at, document.known_at) == (OPENED, CLOSED)
    assert document.doc_id == "signal:binance:ETH/USDT:1h:2022-11-08T11:00:00Z"
    assert (document.scope, document.side, document.setup) == ("shared", "SELL", "breakdown")
    assert document.outcome is None


def test_an_outcome_is_known_only_when_it_happened_and_points_to_its_signal() -> None:
    document = outcome_document(issued(), ended(SignalState.STOPPED, -1.05))

    assert document.known_at == datetime(2022, 11, 8, 19, tzinfo=UTC)
    assert document.parent == signal_document(issued()).doc_id
    assert (document.outcome, document.exit_reason, document.scope) == ("loss", "stop_loss", "shared")


def test_a_step_that_is_no_end_has_no_outcome() -> None:
    with pytest.raises(ValueError, match="entered"):
        outcome_document(issued(), ended(SignalState.ENTERED, None))


@pytest.mark.parametrize(("pnl", "outcome"), [("5", "win"), ("-5", "loss"), ("0", None)])
def test_a_trade_is_won_lost_or_neither(pnl: str, outcome: str | None) -> None:
    document = trade_document(trade(pnl_usd=Decimal(pnl), return_pct=None))

    assert document.outcome == outcome


def test_a_trade_is_its_owners_and_dated_by_its_close() -> None:
    closed = trade_document(trade())
    still_open = trade_document(trade(closed_at=None, pnl_usd=None))

    assert closed.scope == "user:discord:123"
    assert closed.at == closed.known_at == datetime(2022, 11, 1, 3, 30, tzinfo=UTC)
    assert still_open.known_at == datetime(2022, 10, 31, 8, 15, tzinfo=UTC)
    assert "discord" not in closed.text


def test_a_note_is_a_child_in_the_persons_own_words() -> None:
    document = note_document(trade())

    assert document is not None
    assert (document.doc_id, document.parent, document.trust) == ("trade_note:trd-7", "trade:trd-7", "user")
    assert document.scope == "user:discord:123"
    assert document.exit_reason == "stop_loss"


@pytest.mark.parametrize("note", ["", "  \n\x00 "])
def test_a_trade_without_a_note_has_no_note_document(note: str) -> None:
    assert note_document(trade(note=note)) is None


def test_a_recommendation_is_its_askers_and_counts_as_their_words() -> None:
    document = recommendation_document(logged())

    assert (document.scope, document.trust, document.side) == ("user:terminal:local", "user", "BUY")


def test_a_market_day_is_known_when_it_is_over() -> None:
    document = DOCUMENTS["market-summary"]

    assert isinstance(document, Document)
    assert document.known_at - document.at == timedelta(days=1)


@pytest.mark.parametrize(("close", "word"), [(105.0, "up"), (100.0, "unchanged"), (95.0, "down")])
def test_a_market_day_says_its_direction(close: float, word: str) -> None:
    summary = MarketDay("XYZ/USDT", CLOSED, "replay", Timeframe.H1, 100.0, 110.0, 90.0, close, 1.0)

    assert f": {word}" in market_summary_document(summary).text


def test_both_names_of_a_renamed_asset_are_said_under_either() -> None:
    assert asset_words("MATIC/USDT") == "Polygon, MATIC/USDT (POL, MATIC)"
    assert asset_words("POL/USDT") == "Polygon, POL/USDT (POL, MATIC)"
    assert asset_words("XYZ/USDT") == "XYZ/USDT"
    assert chart_words("BTC/USDT", "5m") == "Bitcoin, BTC/USDT, on the 5m chart"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (80094.775035, "80094.775"),
        (80094.78, "80094.78"),
        (0.844582, "0.844582"),
        (0.00001234567, "0.00001234567"),
        (1234567.0, "1234567"),
        (27.5, "27.5"),
        (0.0, "0"),
        (-3.25, "-3.25"),
        (Decimal(100), "100"),
    ],
)
def test_numbers_are_plain_and_keep_eight_digits(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(("value", "text"), [(12.5, "+12.5%"), (-0.4, "-0.4%"), (0.0, "0%"), (-0.001, "0%")])
def test_signs_are_said_unless_there_is_nothing(value: float, text: str) -> None:
    assert signed(value, "%") == text


def test_words_of_strategies_and_sentences() -> None:
    assert strategy_words("MACD_MOM") == "MACD momentum (MACD_MOM)"
    assert strategy_words("my_own") == "my own"
    assert (strategy_code("ensemble"), strategy_code("my_own")) == ("ENSEMBLE", "my_own")
    assert sentence("really?") == "Really?"
