"""A row of later in every table, and which tables have no time: what a test of the past plants."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from signals.calibration_fit import Calibration, Part
from signals.logistic import Logistic
from signals.model import PlanRules, SignalState, Timeframe, Transition
from storage.market_days import MarketDay
from storage.news import NewsItem
from storage.stores import Stores
from storage.values import SHARED, Document, LoggedRecommendation, SeriesState, scope_of
from tests.bot.chat_world import NOW, OWNER
from tests.builders import ETH_1H, a_backtest, a_trade, an_issued
from tests.markets import trade_candles
from tests.paper import book
from tests.storage.test_models import a_version
from tests.storage.test_proofs import CASE, TUNING

HOUR = timedelta(hours=1)
LATER = NOW + timedelta(days=2)
WORD = "zyxomancy"  # in everything planted that has words; and the price of everything that has one:
PRICE = 98765.4321
ME = OWNER.owner
Plant = Callable[[Stores], Awaitable[None]]

NO_TIME = {
    "candle_revisions": "what bars said before an exchange changed them; no answer reads it",
    "market_rules": "an exchange's tick and lot sizes: the present ones hold for every time",
    "roles": "who may do what now",
    "identities": "whose accounts are one person's now",
    "link_codes": "codes that join accounts",
    "audit_log": "what admins did, for admins",
    "inbound": "which events were seen, so that none is answered twice",
    "universe": "what is watched now",
    "choices": "the model in use now",
    "cards": "which card a button belongs to",
    "job_runs": "when jobs ran",
    "news_feeds": "how the feeds stand now; only /jobs and /health tell it",
    "ingest_marks": "what awaits ingestion",
    "ledger_postings": "planted with ledger_entries",
    "trade_fills": "planted with ledger_entries",
    "trade_plans": "planted with ledger_entries",
    "trade_notes": "read with their times by the trades they belong to, whose notes are planted",
    "paper_accounts": "what a person chose for their account, now",
    "equity_snapshots": "what accounts were worth; only /portfolio reads it, whose moment is now",
    "exchange_accounts": "how the last reading of an exchange account went",
    "exchange_balances": "what is on an exchange account now",
    "exchange_fills": "what was traded there; only /portfolio reads it, whose moment is now",
    "alerts": "what a person wants to be told from now on",
    "alert_firings": "what was told; only /alert reads it, whose moment is now",
    "outbox": "what is to be sent to whom, and what was; no answer reads it",
    "destinations": "which places may be written to now",
    "preferences": "what a place wants to hear of now",
    "leases": "which process serves now",
}


async def candles(stores: Stores) -> None:
    """Hours after NOW, ten times the price."""
    bars = trade_candles(1)
    step = Timeframe.H1.ms
    later = bars.open_ms[-1] + step * np.arange(1, len(bars) + 1)
    wild = {name: np.full(len(bars), PRICE) for name in ("open", "high", "low", "close", "volume")}
    await stores.candles.save(replace(bars, open_ms=later, **wild))


async def indicators(stores: Stores) -> None:
    bars = await stores.candles.newest(ETH_1H, 10)
    later = bars.open_ms + 400 * Timeframe.H1.ms
    await stores.indicators.save(ETH_1H, later, {"rsi_14": np.full(len(bars), 1.2345)})


async def signals(stores: Stores) -> None:
    await stores.signals.emit(later_signal())


def later_signal() -> Any:
    issued = an_issued(known_at=LATER, bar_open_at=LATER - HOUR, price=PRICE, reason=WORD)
    return replace(issued, issued_at=LATER)


async def transitions(stores: Stores) -> None:
    """How signals ended that were open at NOW; and one of the later signal."""
    ended = [one for one in await stores.signals.latest(LATER, 100) if one.plan is not None]
    await stores.signals.add_transitions(
        [Transition(one.signal_id, SignalState.STOPPED, LATER + HOUR, PRICE, -9.75) for one in ended]
    )


async def trades(stores: Stores) -> None:
    """One that was opened later."""
    opened = {"trade_id": "later", "opened_at": LATER - HOUR, "entry": Decimal(str(PRICE))}
    await stores.trades.save(replace(a_trade(owner=ME), **(LOST | opened)))


async def the_close_of_a_trade(stores: Stores) -> None:
    """The end, and a note, of a trade that was open at NOW."""
    await stores.trades.save(replace(open_trade(), **LOST))


LOST: dict[str, Any] = {
    "closed_at": LATER,
    "exit": Decimal(str(PRICE)),
    "pnl_usd": Decimal("-4321.09"),
    "return_pct": -43.21,
    "exit_reason": "stop_loss",
    "fees_usd": Decimal("12.34"),
    "note": WORD,
}


def open_trade() -> Any:
    opened = {"trade_id": "open", "opened_at": NOW - 3 * HOUR, "closed_at": None, "exit": None, "pnl_usd": None}
    return a_trade(owner=ME, return_pct=None, exit_reason=None, fees_usd=Decimal(0), note="", **opened)


async def backtests(stores: Stores) -> None:
    at = {"started_at": NOW - 90 * 24 * HOUR, "ended_at": LATER - HOUR, "finished_at": LATER}
    await stores.backtests.save(a_backtest(backtest_id="later", return_pct=98.7654, strategy=WORD, **at))


async def parameters(stores: Stores) -> None:
    for timeframe in (Timeframe.H1, Timeframe.H4):
        await stores.parameters.activate("ETH/USDT", timeframe, PlanRules(sl_atr=7.77), LATER, WORD)


async def models(stores: Stores) -> None:
    version = a_version(400, "active", "ffffffff")
    await stores.models.save(replace(version, reason=WORD))


async def recommendations(stores: Stores) -> None:
    payload = {"timeframe": "1h", "price": PRICE, "reasoning": WORD}
    await stores.recommendations.save(
        LoggedRecommendation(
            "feedfeedfeed", ME, f"buy ETH? {WORD}", LATER, LATER, "ETH/USDT", "BUY", "rules", None, None, None, payload
        )
    )


async def documents(stores: Stores) -> None:
    """Of every type and scope, said to be of long ago, known only later."""
    types = ("signal", "outcome", "trade", "trade_note", "backtest", "news", "market_summary", "recommendation")
    made = [
        Document(
            f"{kind}:planted-{scope}", kind, f"{WORD} stop loss breakout target {PRICE}.", NOW - HOUR, LATER, scope,
            "ETH/USDT", "1h", "BUY", outcome="loss", exit_reason="stop_loss",
        )
        for kind in types
        for scope in (SHARED, scope_of(ME))
    ]  # fmt: skip
    await stores.documents.upsert(made)


async def series_states(stores: Stores) -> None:
    await stores.series.save(SeriesState("replay", "ETH/USDT", "1h", "quarantined", WORD, LATER, LATER))
    await stores.series.save(SeriesState("binance", "ETH/USDT", "1h", "ok", "", LATER, LATER + HOUR))


async def tunings(stores: Stores) -> None:
    await stores.tunings.save(replace(TUNING, finished_at=LATER, data_to=LATER, reason=WORD, won=True))


async def seeds(stores: Stores) -> None:
    cases = [replace(CASE, known_at=NOW - i * HOUR, resolved_at=LATER, reached=True, direction=1) for i in range(1, 80)]
    await stores.seeds.replace(ETH_1H, cases)


async def calibrations(stores: Stores) -> None:
    await stores.calibrations.save(Calibration(Timeframe.H1, LATER, 99, 9, (Part(1.0, (), Logistic(3.0)),)))


async def market_days(stores: Stores) -> None:
    day = LATER.replace(hour=0, minute=0, second=0, microsecond=0)
    today = NOW.replace(hour=0, minute=0, second=0, microsecond=0)  # not over at NOW
    values = (PRICE, PRICE, PRICE, PRICE, 1.0)
    await stores.market_days.save([MarketDay("ETH/USDT", one, "replay", Timeframe.H1, *values) for one in (today, day)])


async def news_items(stores: Stores) -> None:
    """Published before NOW, fetched later."""
    item = NewsItem("https://example.org/later", "Wire", f"ETH {WORD}", WORD, NOW - HOUR, LATER, ("ETH/USDT",), -1.0)
    await stores.news.save([item])


async def signal_months(stores: Stores) -> None:
    """A month whose last signal ended later, and so is summed up later: its single signals stay answerable."""
    assert await stores.signal_months.roll_up(LATER + timedelta(days=300)) > 0


async def ledger(stores: Stores) -> None:
    """A trade that takes half of the account's money, opened later."""
    quantity = Decimal(5_000) / Decimal(str(PRICE))
    opened = {"trade_id": "booked later", "opened_at": LATER, "closed_at": None, "exit": None, "pnl_usd": None}
    trade = a_trade(owner=ME, return_pct=None, exit_reason=None, fees_usd=Decimal(0), note=WORD, **opened)
    await book(stores, replace(trade, quantity=quantity, entry=Decimal(str(PRICE)), size_usd=Decimal(5_000)))


PLANTS: dict[str, Plant] = {
    "ledger_entries": ledger,
    "candles": candles,
    "indicator_values": indicators,
    "signals": signals,
    "signal_transitions": transitions,
    "trades": trades,
    "backtests": backtests,
    "strategy_parameters": parameters,
    "model_versions": models,
    "recommendations": recommendations,
    "documents": documents,
    "series_states": series_states,
    "tunings": tunings,
    "seeded_cases": seeds,
    "calibrations": calibrations,
    "market_days": market_days,
    "news_items": news_items,
    "signal_months": signal_months,
}
