"""The job that watches alerts: every closed bar once, whatever is restarted, missed or run twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from signals.alerts import SETTLED_BARS, Compare
from signals.clock import from_ms, to_ms
from signals.model import Candles, Timeframe
from storage.stores import Stores
from tests.bot.jobs.alert_room import HOUR, Kept, an_alert, fired, hours, job, level
from tests.bot.worlds import stores_in
from tests.builders import ETH_1H, NOW, random_walk
from tests.recorded import needs_recorded, recorded
from tests.signals import alert_scan as scan


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    async with stores_in(tmp_path) as opened:
        yield opened


@needs_recorded
@pytest.mark.may_block(reason="computes indicators over months in the test's own loop")
async def test_a_recorded_year_looked_at_at_random_moments_by_new_processes_fires_exactly_where_the_scan_says(
    stores: Stores,
) -> None:
    whole = recorded("ETHUSDT-1h.csv.gz")
    bars = whole.part(len(whole) - 8760)
    bars = replace(bars, series=ETH_1H)
    await stores.candles.save(bars)
    start = bars.closed_at(SETTLED_BARS)
    middle = repr(float(np.median(bars.close)))
    rows = [(int(at), float(close)) for at, close in zip(bars.open_ms, bars.close, strict=True)]
    step = Timeframe.H1.ms
    flat = [float(middle)] * len(rows)
    columns = {"close": [close for _, close in rows], "rsi": scan.of_runs(rows, step, scan.wilder_rsi(SETTLED_BARS))}
    columns |= {"sma": scan.of_runs(rows, step, scan.mean(50))}

    def pairs(left: str, right: list[float | None]) -> scan.Pairs:
        return [(at, a, b) for (at, _), a, b in zip(rows, columns[left], right, strict=True)]

    wanted = {
        level("close", Compare.CROSSES, middle): scan.crossed(pairs("close", list(flat)), step, carried=True),
        level("rsi_14", Compare.BELOW, "30"): scan.fired(
            pairs("rsi", [30.0] * len(rows)), lambda a, b: a < b, step, carried=False
        ),
        level("close", Compare.ABOVE, "sma_50"): scan.fired(
            pairs("close", columns["sma"]), lambda a, b: a > b, step, carried=False
        ),
    }
    alerts = {c: await an_alert(stores, c, start, repeats=True, alert_id=f"a{i}") for i, c in enumerate(wanted)}
    rng = np.random.default_rng(7)
    looks = sorted(int(at) for at in rng.choice(bars.open_ms[SETTLED_BARS:], 60, replace=False))
    kept = Kept()

    for at in [*looks, looks[-1], int(bars.open_ms[-1]) + step]:
        await job(stores, kept).run(from_ms(at))

    for condition, expected in wanted.items():
        due = [from_ms(at + step) for at in expected if at + step > to_ms(start)]
        assert [at for at, _ in await fired(stores, alerts[condition])] == due, condition
        assert len(due) > 20
    total = len(await fired(stores))
    counted = sum(int(n.title.split()[4]) if n.title.startswith("While") else 1 for n in kept.notices)
    assert counted == total


async def test_an_alert_that_is_told_once_ends_with_its_first_firing(stores: Stores) -> None:
    alert = await an_alert(stores, level("close", Compare.ABOVE, "100"), NOW - 5 * HOUR)
    await stores.candles.save(hours(90, 90, 110, 90, 110, 110))
    kept = Kept()

    done = await job(stores, kept).run(NOW)
    again = await job(stores, kept).run(NOW + HOUR)

    assert (done.alerts, done.told, again.alerts, again.told) == (1, 1, 0, 0)
    assert await fired(stores) == [(NOW - 3 * HOUR, False)]
    assert (await stores.alerts.numbered(1, "me")).ended == "fired"  # type: ignore[union-attr]
    assert await stores.alerts.of_owner("me") == ()
    assert alert.number == 1


async def test_a_fresh_firing_is_news_with_its_bar_and_its_value(stores: Stores) -> None:
    await an_alert(stores, level("close", Compare.ABOVE, "100"), NOW - 5 * HOUR)
    await stores.candles.save(hours(90, 90, 110.5))
    kept = Kept()

    await job(stores, kept).run(NOW + timedelta(minutes=2))

    (notice,) = kept.notices
    assert notice.owner == "me"
    assert notice.title == "Alert 1: ETH/USDT 1h: price rises above 100"
    assert notice.lines == ("price 110.5, above 100, on the bar closed 2022-11-08 12:00 UTC.",)
    assert notice.footer == "It was to be told once and has ended."
    assert notice.valid_until == NOW + 2 * HOUR


async def test_what_came_true_while_nobody_looked_is_told_once_with_its_times_and_not_as_new(stores: Stores) -> None:
    await an_alert(stores, level("close", Compare.CROSSES, "100"), NOW - 30 * HOUR, repeats=True)
    await an_alert(stores, level("close", Compare.ABOVE, "100"), NOW - 30 * HOUR, owner="you", alert_id="y")
    await stores.candles.save(hours(*[90.0, 110.0] * 8, 110, 110))
    kept = Kept()

    first = await job(stores, kept).run(NOW)
    second = await job(stores, kept).run(NOW)

    mine, yours = sorted(kept.notices, key=lambda n: n.owner)
    assert mine.title == "While I was away: 15 alerts came true"
    assert mine.lines[0].startswith("2022-11-07 20:00 UTC: ETH/USDT 1h: price crosses 100 (price 110, above 100)")
    assert mine.lines[-1] == "And 10 more; /alert list shows them."
    assert len(mine.lines) == 6
    assert (yours.owner, len(yours.lines)) == ("you", 1)
    assert (first.told, second.told) == (16, 0)


async def test_within_the_cooldown_a_firing_is_kept_and_not_told(stores: Stores) -> None:
    await an_alert(stores, level("close", Compare.CROSSES, "100"), NOW - 9 * HOUR, repeats=True, cooldown_s=3 * 3600)
    bars = hours(90, 110, 90, 110, 90, 110, 90, 110)
    await stores.candles.save(bars)
    kept = Kept()

    for hour in range(8, -1, -1):
        await job(stores, kept).run(NOW - hour * HOUR)

    assert [muted for _, muted in await fired(stores)] == [False, True, True, False, True, True, False]
    assert len(kept.notices) == 3
    assert "told again at the earliest after 3 h" in kept.notices[0].footer


async def test_what_comes_true_after_the_expiry_is_not_told_and_before_it_is_however_late(stores: Stores) -> None:
    early = await an_alert(stores, level("close", Compare.ABOVE, "100"), NOW - 9 * HOUR, expires_at=NOW - 3 * HOUR)
    late = await an_alert(
        stores, level("close", Compare.ABOVE, "120"), NOW - 9 * HOUR, expires_at=NOW - 3 * HOUR, alert_id="late"
    )
    await stores.candles.save(hours(90, 90, 110, 110, 130, 130, 130).part(0, 3))
    await job(stores).run(NOW - HOUR)  # the bars until the expiry have not come yet
    assert (await stores.alerts.numbered(2, "me")).ended == ""  # type: ignore[union-attr]
    await stores.candles.save(hours(90, 90, 110, 110, 130, 130, 130))

    await job(stores).run(NOW)

    assert await fired(stores, early) == [(NOW - 4 * HOUR, False)]
    assert await fired(stores, late) == []
    assert (await stores.alerts.numbered(2, "me")).ended == "expired"  # type: ignore[union-attr]


async def test_without_candles_an_alert_waits_and_expires_in_the_end(stores: Stores) -> None:
    await an_alert(stores, level("close", Compare.ABOVE, "100"), NOW, expires_at=NOW + HOUR)

    waiting = await job(stores).run(NOW + 2 * HOUR)
    await job(stores).run(NOW + 26 * HOUR)

    assert waiting.faults == ("no candles of ETH/USDT 1h",)
    assert (await stores.alerts.numbered(1, "me")).ended == "expired"  # type: ignore[union-attr]


async def test_a_bar_that_comes_or_is_corrected_later_fires_nothing_anew(stores: Stores) -> None:
    await an_alert(stores, level("close", Compare.ABOVE, "100"), NOW - 9 * HOUR, repeats=True)
    bars = hours(90, 90, 110, 90, 110, 110)
    columns = (bars.open_ms, bars.open, bars.high, bars.low, bars.close, bars.volume)
    keep = np.array([True, True, False, False, True, True])
    await stores.candles.save(Candles(bars.series, *(column[keep] for column in columns)))
    await job(stores).run(NOW)

    await stores.candles.save(bars)
    await stores.candles.save(hours(90, 90, 110, 90, 90, 110))
    await job(stores).run(NOW)
    await job(stores).run(NOW + HOUR)

    assert await fired(stores) == [(NOW - HOUR, False)]


async def test_the_state_of_one_exchange_is_not_compared_with_the_bars_of_another(stores: Stores) -> None:
    await an_alert(stores, level("close", Compare.ABOVE, "100"), NOW - 9 * HOUR, state=-1, exchange="kraken")
    await stores.candles.save(hours(101, 101, 101, 101, 101, 101, 101, 101, 101, 101, 101))

    await job(stores).run(NOW)

    assert await fired(stores) == []


async def test_when_the_notice_cannot_be_kept_nothing_is_and_the_next_run_tells_it(stores: Stores) -> None:
    await an_alert(stores, level("close", Compare.ABOVE, "100"), NOW - 5 * HOUR)
    await stores.candles.save(hours(90, 90, 110))

    with pytest.raises(OSError, match="full"):
        await job(stores, Kept(broken=True)).run(NOW)
    assert await fired(stores) == []
    kept = Kept()
    await job(stores, kept).run(NOW)

    assert len(kept.notices) == len(await fired(stores)) == 1


async def test_two_processes_at_once_tell_once(stores: Stores) -> None:
    await an_alert(stores, level("close", Compare.CROSSES, "100"), NOW - 5 * HOUR, repeats=True)
    await stores.candles.save(hours(90, 90, 110, 90, 110))
    kept = Kept()

    done = await asyncio.gather(*(job(stores, kept).run(NOW) for _ in range(4)))

    assert sum(one.told for one in done) == len(await fired(stores)) == 3


async def test_an_indicator_of_the_catalogue_is_watched_by_its_line(stores: Stores) -> None:
    walk = random_walk(600, seed=4)
    await stores.candles.save(walk)
    both = [level("adx", Compare.ABOVE, "25"), level("adx.dmp_14", Compare.CROSSES, "adx.dmn_14")]
    alerts = [
        await an_alert(stores, c, walk.closed_at(150), repeats=True, alert_id=f"c{i}") for i, c in enumerate(both)
    ]
    await an_alert(stores, level("adx.nothing", Compare.ABOVE, "1"), walk.closed_at(150), alert_id="bad")

    done = await job(stores).run(NOW)

    assert all([len(await fired(stores, alert)) > 3 for alert in alerts])
    assert any("has no line 'nothing'" in fault for fault in done.faults)
