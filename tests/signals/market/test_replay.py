"""Recorded candles seen at the clock's time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signals.clock import FrozenClock, iso, to_ms
from signals.errors import DataError, UnavailableError, UserError
from signals.market.replay import ReplaySource
from signals.market.sync import CheckedSource
from signals.model import Market, Timeframe
from signals.universe import DEFAULT_SYMBOLS, default_rules, listed_symbol
from tests.signals.market.fakes import ETH, NOW


def write(folder: Path, bars: int = 48, *, name: str = "ETHUSDT-1h.csv", jump_at: int | None = None) -> None:
    """Hourly bars up to the one closing at 12:00; `jump_at` counts back from it."""
    lines = ["time,open,high,low,close,volume"]
    for n in range(bars, 0, -1):
        price = 200 if n == jump_at else 100
        lines.append(f"{iso(NOW - timedelta(hours=n, seconds=30))},{price},{price},{price},{price},{n}")
    (folder / name).write_text("\n".join(lines))


def source(folder: Path, now: datetime = NOW) -> ReplaySource:
    return ReplaySource(folder, FrozenClock(now))


async def test_bars_that_close_after_now_do_not_exist(tmp_path: Path) -> None:
    write(tmp_path)

    before = await source(tmp_path, NOW - timedelta(hours=5)).closed(ETH, since_ms=None, limit=3)
    at_close = await source(tmp_path, NOW.replace(hour=7, second=0)).closed(ETH, since_ms=None, limit=3)

    assert iso(before.closed_at()) == "2022-11-08T07:00:00Z"
    assert iso(at_close.closed_at()) == "2022-11-08T07:00:00Z" and len(at_close) == 3


async def test_since_gives_the_first_bars_from_there_on(tmp_path: Path) -> None:
    write(tmp_path)
    since = to_ms(NOW - timedelta(hours=10, seconds=30)) - 1

    found = await source(tmp_path).closed(ETH, since_ms=since, limit=4)

    assert [iso(found.opened_at(i)) for i in (0, -1)] == ["2022-11-08T02:00:00Z", "2022-11-08T05:00:00Z"]
    assert len(await source(tmp_path).closed(ETH, since_ms=to_ms(NOW), limit=4)) == 0


async def test_longer_bars_come_from_a_shorter_file_whole_groups_only(tmp_path: Path) -> None:
    write(tmp_path)

    four = await source(tmp_path).closed(Market("ETH/USDT", Timeframe.H4), since_ms=None, limit=99)
    days = await source(tmp_path).closed(Market("ETH/USDT", Timeframe.D1), since_ms=None, limit=99)

    assert len(four) == 12 and iso(four.closed_at()) == "2022-11-08T12:00:00Z"
    assert four.volume[-1] == 4 + 3 + 2 + 1
    assert len(days) == 1 and iso(days.opened_at()) == "2022-11-07T00:00:00Z"


async def test_an_own_file_is_preferred(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "ETH_USDT-4h.csv").write_text(
        "time,open,high,low,close,volume\n2022-11-08T04:00:00Z,7,7,7,7,7\n2022-11-08T08:00:00Z,7,7,7,7,7\n"
    )

    found = await source(tmp_path).closed(Market("ETH/USDT", Timeframe.H4), since_ms=None, limit=9)

    assert found.close.tolist() == [7.0, 7.0]


@pytest.mark.parametrize("name", ["eth_usdt-1h.csv", "ETH-USDT-1h.csv", "ETHUSDT-1h.CSV"])
async def test_names_are_read_generously(tmp_path: Path, name: str) -> None:
    write(tmp_path, name=name)

    assert len(await source(tmp_path).closed(ETH, since_ms=None, limit=5)) == 5


async def test_a_jump_in_the_newest_bar_is_held_back_until_the_next_one(tmp_path: Path) -> None:
    write(tmp_path, jump_at=1)

    found = await source(tmp_path).checked(ETH, since_ms=None, limit=5)

    assert found.status == "quarantined" and iso(found.candles.closed_at()) == "2022-11-08T11:00:00Z"


async def test_what_was_found_later_than_now_is_not_told(tmp_path: Path) -> None:
    write(tmp_path, jump_at=3)

    now = await source(tmp_path).checked(ETH, since_ms=None, limit=20)
    earlier = await source(tmp_path, NOW - timedelta(hours=8)).checked(ETH, since_ms=None, limit=20)

    assert "came back with the next bar" in now.note and now.status == "gap"
    assert earlier.findings == ()


async def test_a_missing_file_makes_the_market_unavailable_and_names_it(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"no file for SOL/USDT 1h, such as SOLUSDT-1h\.csv\.gz"):
        await source(tmp_path).closed(Market("SOL/USDT", Timeframe.H1), since_ms=None, limit=5)


async def test_a_missing_folder_says_which_setting_names_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="set MARKET_REPLAY_DIR"):
        await source(tmp_path / "nowhere").closed(ETH, since_ms=None, limit=5)


async def test_two_files_of_one_series_are_refused(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, name="ETH_USDT-1h.csv")

    with pytest.raises(UserError, match="are the same series: keep one"):
        await source(tmp_path).closed(ETH, since_ms=None, limit=5)


async def test_a_defective_file_spoils_only_its_own_market(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "SOLUSDT-1h.csv").write_text("nonsense")
    replay = source(tmp_path)

    with pytest.raises(DataError, match=r"SOLUSDT-1h\.csv line 1"):
        await replay.closed(Market("SOL/USDT", Timeframe.H1), since_ms=None, limit=5)

    assert len(await replay.closed(ETH, since_ms=None, limit=5)) == 5


async def test_a_file_is_read_once_until_the_source_is_closed(tmp_path: Path) -> None:
    write(tmp_path)
    replay = source(tmp_path)

    await asyncio.gather(*(replay.closed(ETH, since_ms=None, limit=5) for _ in range(3)))
    (tmp_path / "ETHUSDT-1h.csv").unlink()

    assert len(await replay.closed(ETH, since_ms=None, limit=5)) == 5
    await replay.close()
    await replay.close()
    with pytest.raises(UnavailableError):
        await replay.closed(ETH, since_ms=None, limit=5)


async def test_it_is_a_source_named_replay_with_the_clocks_time_and_usual_rules(tmp_path: Path) -> None:
    replay = source(tmp_path)

    assert isinstance(replay, CheckedSource)
    assert (replay.exchange, replay.simulated) == ("replay", False)
    assert await replay.now() == NOW
    assert await replay.rules("ETH/USDT") == default_rules("ETH/USDT")


async def test_the_real_candles_of_all_symbols_are_there_without_a_defect(shared_data: Path) -> None:
    now = datetime(2022, 11, 8, 12, tzinfo=UTC)
    replay = source(shared_data / "candles", now)

    for symbol in DEFAULT_SYMBOLS:
        market = Market(listed_symbol(symbol, now), Timeframe.H1)
        found = await replay.checked(market, since_ms=None, limit=500)
        assert (len(found.candles), found.note, found.candles.closed_at()) == (500, "", now)


async def test_days_made_of_real_hours_agree_with_the_real_days(shared_data: Path, tmp_path: Path) -> None:
    (tmp_path / "BTCUSDT-1h.csv.gz").symlink_to(shared_data / "candles" / "BTCUSDT-1h.csv.gz")
    day = Market("BTC/USDT", Timeframe.D1)
    since = to_ms(datetime(2022, 1, 1, tzinfo=UTC))

    made = await source(tmp_path).closed(day, since_ms=since, limit=300)
    real = await source(shared_data / "candles").closed(day, since_ms=since, limit=300)

    assert made.open_ms.tolist() == real.open_ms.tolist()
    for name in ("open", "high", "low", "close"):
        assert getattr(made, name).tolist() == getattr(real, name).tolist()
