"""The rules cycle tells listeners: what it issues, each step it finds, and a HOLD that takes a trade back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np

from bot.access import Access, Owners
from bot.delivery.audience import Audience, plain
from bot.delivery.broadcasts import Broadcasts
from bot.jobs.emit import EmitSignals
from bot.roles import Role
from rag.desk import Judgement
from signals.analysis import Analysis
from signals.model import Action, Candles, Confidence, Market, Plan, Timeframe
from signals.universe import default_rules
from storage.delivery_values import Destination, stream_of
from storage.stores import Stores
from tests.bot.worlds import NOW, HandClock, stores_in
from tests.builders import ETH_1H, a_plan, a_signal, candles_from

HERE = "telegram:chat:9"
ETH = Market("ETH/USDT", Timeframe.H1)


def judgement(action: Action, hours: int, candles: Candles, plan: Plan | None = None) -> Judgement:
    """What the desk says at a bar's close; a HOLD leans against a BUY."""
    known = NOW + timedelta(hours=hours)
    lean = {"long": 0.1, "short": 0.6} if action is Action.HOLD else {}
    signal = a_signal(action=action, known_at=known, bar_open_at=known - timedelta(hours=1), **lean)
    confidence = Confidence(0.54, 88, True, "live")
    return Judgement(ETH, known, candles, Analysis(signal, plan, None), default_rules("ETH/USDT"), confidence)


def bars(hours: int, *closes: float) -> Candles:
    """Bars around the entry, the newest closing that many hours after NOW."""
    return candles_from(np.array([1500.0] * 3 + list(closes)), series=ETH_1H, end=NOW + timedelta(hours=hours))


def cycle(stores: Stores) -> EmitSignals:
    audience = Audience(stores, Access(stores.people, Owners(frozenset(), Role.VIEWER)).role)
    return EmitSignals(stores, Broadcasts(stores.outbox, audience, HandClock()))


async def test_the_life_of_a_signal_is_told_step_by_step_and_each_step_once(tmp_path: Path) -> None:
    async with stores_in(tmp_path) as stores:
        await stores.destinations.save(Destination(HERE, "telegram:9", True, NOW))
        await stores.subscriptions.save(plain(HERE, NOW))
        job = cycle(stores)
        events: list[list[str]] = []
        for judged, hours in (
            (judgement(Action.BUY, 0, bars(0), a_plan()), 0),
            (judgement(Action.BUY, 0, bars(0), a_plan()), 0),
            (judgement(Action.BUY, 1, bars(1, 1505.0)), 1),
            (judgement(Action.HOLD, 2, bars(2, 1505.0, 1502.0)), 2),
            (judgement(Action.HOLD, 2, bars(2, 1505.0, 1502.0)), 2),
            (judgement(Action.HOLD, 3, bars(3, 1505.0, 1502.0, 1501.0)), 3),
        ):
            await job.run([judged], NOW + timedelta(hours=hours))
            rows = await stores.outbox.of_stream(stream_of(a_signal().signal_id))
            events.append([row.event.partition(" by ")[0] for row in rows])
        newest = rows[-1]
        counts = await stores.outbox.counts()

    assert events == [
        ["issued"],
        ["issued"],
        ["issued", "entered"],
        ["issued", "entered", "taken back"],
        ["issued", "entered", "taken back"],
        ["issued", "entered", "taken back", "invalidated"],
    ]
    assert newest.payload["title"].startswith("BUY ETH/USDT 1h · invalidated, ")
    assert "Confidence 54 %, n = 88" in newest.payload["lines"]
    assert counts.by_state == {"new": 4}


async def test_without_listeners_the_cycle_writes_nothing_to_the_outbox(tmp_path: Path) -> None:
    async with stores_in(tmp_path) as stores:
        emitted = await cycle(stores).run([judgement(Action.BUY, 0, bars(0), a_plan())], NOW)
        counts = await stores.outbox.counts()

    assert emitted.signal_count == 1
    assert counts.by_state == {}
