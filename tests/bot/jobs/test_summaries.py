"""Market days from stored bars, and old signals by month: rows with documents, made once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from bot.jobs.summaries import Summarised, SummariseMarkets
from rag.desk import Desk
from rag.ingest import Ingestor
from signals.model import Action, Series, SignalState, Timeframe, Transition
from storage.stores import Stores
from storage.values import DocumentFilter, SeriesState
from tests.bot.worlds import NOW, HandClock, candles, desk_rules, stores_in, watch
from tests.builders import an_issued

ETH = Series("binance", "ETH/USDT", Timeframe.H1)
MIDNIGHT = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
YESTERDAY = MIDNIGHT - timedelta(days=1)


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    async with stores_in(tmp_path) as made:
        yield made


def job(stores: Stores, days: int = 180) -> SummariseMarkets:
    return SummariseMarkets(stores, Desk(stores, desk_rules()), watch("ETH/USDT"), days)


async def fill(stores: Stores, bars: int = 100) -> None:
    await stores.candles.save(candles(ETH, bars))
    await stores.series.save(SeriesState("binance", "ETH/USDT", "1h", "ok", "", NOW, NOW))


def issued_at(known_at: datetime, action: Action = Action.BUY):
    first = an_issued()
    signal = replace(
        first.signal, series=ETH, action=action, known_at=known_at, bar_open_at=known_at - timedelta(hours=1)
    )
    return replace(first, signal=signal)


async def test_each_whole_day_becomes_a_row_of_its_bars_indicators_and_signals(stores: Stores) -> None:
    await fill(stores)
    held = await stores.candles.newest(ETH, 200)
    await stores.indicators.save(ETH, held.open_ms, {"rsi_14": np.full(len(held), 41.5)})
    await stores.signals.emit_many([issued_at(YESTERDAY), issued_at(YESTERDAY + timedelta(hours=3))])

    done = await job(stores).run(HandClock())
    found = await stores.market_days.get(f"ETH/USDT:{YESTERDAY:%Y-%m-%d}")

    of_day = (held.open_ms >= YESTERDAY.timestamp() * 1000) & (held.open_ms < MIDNIGHT.timestamp() * 1000)
    assert done.days >= 3
    assert found is not None
    assert (found.open, found.close) == (held.open[of_day][0], held.close[of_day][-1])
    assert (found.high, found.low) == (held.high[of_day].max(), held.low[of_day].min())
    assert (found.rsi, found.buys, found.sells) == (41.5, 1, 0)  # the signal of midnight belongs to the day before
    assert found.known_at == MIDNIGHT


async def test_a_day_that_is_not_over_and_a_day_with_a_gap_have_no_row(stores: Stores) -> None:
    held = candles(ETH, 100)
    kept = held.open_ms != int(YESTERDAY.timestamp() * 1000) + 5 * Timeframe.H1.ms
    from signals.model import Candles

    columns = (getattr(held, n)[kept] for n in ("open_ms", "open", "high", "low", "close", "volume"))
    await stores.candles.save(Candles(ETH, *columns))
    await stores.series.save(SeriesState("binance", "ETH/USDT", "1h", "ok", "", NOW, NOW))

    await job(stores).run(HandClock())
    portions = stores.market_days.keys()
    keys = [key async for portion in portions for key in portion]

    assert f"ETH/USDT:{YESTERDAY:%Y-%m-%d}" not in keys
    assert f"ETH/USDT:{MIDNIGHT:%Y-%m-%d}" not in keys
    assert keys


async def test_a_second_run_changes_nothing_and_a_revised_bar_of_yesterday_does(stores: Stores) -> None:
    await fill(stores)
    await job(stores).run(HandClock())

    again = await job(stores).run(HandClock())
    revised = await stores.candles.newest(ETH, 200)
    await stores.candles.save(replace(revised, high=revised.high + 50))
    after = await job(stores).run(HandClock())

    assert again == Summarised(0, 0)
    assert after.days == 2


async def test_old_signals_leave_the_documents_for_their_month_and_stay_as_rows(stores: Stores) -> None:
    long_ago = [datetime(2021, 3, day, tzinfo=UTC) for day in (2, 9, 30)]
    old = [issued_at(at, action) for at, action in zip(long_ago, (Action.BUY, Action.SELL, Action.HOLD), strict=True)]
    old[2] = replace(old[2], plan=None)
    recent = issued_at(NOW - timedelta(days=3))
    await stores.signals.emit_many([*old, recent])
    ends = [
        Transition(old[0].signal_id, SignalState.TARGET, long_ago[0] + timedelta(days=1), 1600.0, 1.5),
        Transition(old[1].signal_id, SignalState.STOPPED, datetime(2021, 4, 5, tzinfo=UTC), 1700.0, -1.0),
    ]
    await stores.signals.add_transitions(ends[:1])
    ingestor = Ingestor(stores, None, None, HandClock())
    await ingestor.sweep_all()

    waits = await job(stores).run(HandClock())
    await stores.signals.add_transitions(ends[1:])
    rolled = await job(stores).run(HandClock())
    again = await job(stores).run(HandClock())
    await ingestor.sweep_all()

    month = "signal_month:binance:ETH/USDT:1h:2021-03"
    ids = await stores.documents.all_ids()
    [document] = await stores.documents.get([month])
    before = DocumentFilter(("shared",), datetime(2021, 4, 4, tzinfo=UTC))
    assert (waits.months, rolled.months, again.months) == (0, 1, 0)
    assert ids == {f"signal:{recent.signal_id}", month}
    assert "3 signals: 1 BUY (long), 1 SELL (short), 1 HOLD" in document.text
    assert "1 reached the target" in document.text
    assert "mean result +0.25 R" in document.text
    assert document.known_at == ends[1].at
    assert await stores.documents.ids(before) == ()
    assert await stores.signals.get(old[0].signal_id) == old[0]
    await ingestor.reindex()
    assert await stores.documents.all_ids() == ids


async def test_a_signal_that_comes_late_is_added_to_its_month(stores: Stores) -> None:
    await stores.signals.emit(replace(issued_at(datetime(2021, 3, 2, tzinfo=UTC)), plan=None))
    await job(stores).run(HandClock())
    await stores.signals.emit(replace(issued_at(datetime(2021, 3, 3, tzinfo=UTC)), plan=None))

    done = await job(stores).run(HandClock())
    found = await stores.signal_months.get("binance:ETH/USDT:1h:2021-03")

    assert done.months == 1
    assert found is not None
    assert found.signals == 2


async def test_no_days_keep_all_signals_one_by_one(stores: Stores) -> None:
    await stores.signals.emit(replace(issued_at(datetime(2021, 3, 2, tzinfo=UTC)), plan=None))

    assert (await job(stores, 0).run(HandClock())).months == 0
