"""The job that reads an account, its settings, and the second part of /portfolio."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from bot.app import open_app
from bot.jobs.exchange_account import SyncExchangeAccount, account_sync
from bot.parts.sources import build, embargo_of
from bot.reply import Reply
from bot.service import timetable
from bot.settings import load
from signals.errors import TemporaryError, UserError
from signals.exchange_account import ExchangeKey
from signals.market.exchange import Embargo, ExchangeSource
from signals.model import Series, Timeframe
from storage.exchange_accounts import AccountKey
from tests.bot.chat_world import OWNER, PHONE, TRADER, VIEWER, World, chat_world
from tests.bot.worlds import NOW, HandClock, candles
from tests.signals.market.account_host import KEY, AccountHost, a_trade, account_host

MINE = AccountKey(TRADER.identity, "binance")
GIVEN = {"sync_key": KEY.key, "sync_secret": KEY.secret, "sync_owner": TRADER.identity}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with chat_world(tmp_path) as made:
        yield made


@pytest.fixture
async def host() -> AsyncIterator[AccountHost]:
    async with account_host() as running:
        yield running


def job(world: World, host: AccountHost, key: ExchangeKey = KEY) -> SyncExchangeAccount:
    made = SyncExchangeAccount(world.stores, host.reader(key), TRADER.identity, world.universe.watch)
    made.clock = HandClock()
    return made


def table(reply: Reply, title: str) -> list[tuple[str, ...]]:
    (found,) = [t for t in reply.tables if t.title.startswith(title)]
    return list(found.rows)


async def test_a_second_reading_adds_only_what_is_new(world: World, host: AccountHost) -> None:
    host.held["DOGE"] = ("3", "0")
    host.trades += [a_trade(5, symbol="DOGEUSDT"), a_trade(1, symbol="BTCUSDT")]
    sync = job(world, host)

    said = [await sync.run(), await sync.run()]
    host.trades.append(a_trade(3))
    del host.held["DOGE"]
    said.append(await sync.run())

    assert said == ["3 balances, 4 new fills on binance", "3 balances, 0 new fills on binance",
                    "2 balances, 1 new fills on binance"]  # fmt: skip
    assert len(await world.stores.exchange_accounts.fills(MINE, 99)) == 5
    assert await world.stores.ledger.entries(TRADER.owner, NOW) == ()


async def test_more_fills_than_a_page_are_read_to_the_end(world: World, host: AccountHost) -> None:
    host.trades = [a_trade(n) for n in range(1, 2502)]

    assert await job(world, host).run() == "2 balances, 2501 new fills on binance"


async def test_the_portfolio_shows_it_to_its_owner_alone(world: World, host: AccountHost) -> None:
    await world.stores.candles.save(candles(Series("replay", "BTC/USDT", Timeframe.H1), 30))
    host.held["DOGE"] = ("3", "0")
    await job(world, host).run()

    mine = await world.run(TRADER, "portfolio")

    bar = candles(Series("replay", "BTC/USDT", Timeframe.H1), 30)
    price = Decimal(repr(float(bar.close[-1])))
    value = Decimal("0.10000003") * price
    rows = table(mine, "On binance (read only, as of 2022-11-08 12:00 UTC)")
    assert mine.private
    assert rows[0][:2] == ("BTC", "0.10000003")
    assert rows[0][3] == f"{value:,.2f}"
    assert rows[1:] == [("DOGE", "3", "not valued", "not valued"), ("USDT", "100.5", "1", "100.50")]
    assert f"On binance: {value + Decimal('100.5'):,.2f} USDT, without DOGE" in " ".join(mine.notes)
    assert table(mine, "Newest fills on binance")[0][1:] == (
        "sell", "ETH/USDT", "0.1", "1,561.20000001", "0.0001 BNB"
    )  # fmt: skip
    for other in (OWNER, VIEWER, PHONE):
        reply = await world.run(other, "portfolio")
        assert "binance" not in str((reply.tables, reply.notes))


async def test_real_coins_are_not_valued_at_invented_prices(world: World, host: AccountHost) -> None:
    world.universe.watch.exchanges = ("simulated",)
    await world.stores.candles.save(candles(Series("simulated", "BTC/USDT", Timeframe.H1), 30))
    await job(world, host).run()

    rows = table(await world.run(TRADER, "portfolio"), "On binance (read only")

    assert rows[0] == ("BTC", "0.10000003", "not valued", "not valued")


async def test_the_paper_portfolio_is_worth_the_same_with_it(world: World, host: AccountHost) -> None:
    before = await world.run(TRADER, "portfolio")
    await job(world, host).run()
    after = await world.run(TRADER, "portfolio")

    assert after.text == before.text
    assert after.tables[: len(before.tables)] == before.tables


async def test_a_bad_key_is_told_to_the_owner_and_keeps_what_was_read(world: World, host: AccountHost) -> None:
    await job(world, host).run()
    with pytest.raises(UserError, match="EXCHANGE_SYNC_KEY"):
        await job(world, host, ExchangeKey("wrong", "wrong")).run()

    reply = await world.run(TRADER, "portfolio")

    assert len(table(reply, "On binance (read only")) == 2
    assert any("could not be read" in note and "EXCHANGE_SYNC_KEY" in note for note in reply.notes)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"sync_key": "k"}, "set EXCHANGE_SYNC_SECRET too"),
        ({"sync_secret": "s"}, "set EXCHANGE_SYNC_KEY too"),
        ({"sync_key": "k", "sync_secret": "s"}, "set EXCHANGE_SYNC_OWNER too"),
        ({**GIVEN, "sync_owner": "somebody"}, "EXCHANGE_SYNC_OWNER=somebody"),
        ({**GIVEN, "sync_exchange": "a b"}, "EXCHANGE_SYNC_EXCHANGE=a b"),
    ],
)
def test_half_a_key_is_refused_by_the_name_of_what_is_missing(given: dict[str, str], missing: str) -> None:
    with pytest.raises(UserError, match=missing) as told:
        load(env_file=None, exchange=given)

    assert KEY.secret not in str(told.value)


def test_keys_come_from_the_environment_and_are_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIVEN.items():
        monkeypatch.setenv(f"EXCHANGE_{name.upper()}", value)

    settings = load(env_file=None)

    assert {KEY.key, KEY.secret} <= set(settings.secrets)
    assert KEY.key not in repr(settings)
    assert KEY.secret not in repr(settings)


async def test_the_job_is_in_the_timetable_only_with_a_key(tmp_path: Path) -> None:
    plain = load(env_file=None, data_dir=tmp_path, market={"source": "simulated"})
    with_key = load(env_file=None, data_dir=tmp_path, market={"source": "simulated"}, exchange=GIVEN)

    async with open_app(plain) as parts:
        rows = await timetable(parts)
        assert "exchange" not in [row.job for row in rows]
        assert account_sync(plain, parts.stores, parts.watch, Embargo) is None
    async with open_app(with_key) as parts:
        row = (await timetable(parts))[-1]

    assert (row.job, row.every_s) == ("exchange", 1800)


async def test_an_exchange_that_cannot_be_read_is_refused_at_the_start(world: World) -> None:
    settings = load(env_file=None, exchange=GIVEN, market={"exchanges": "kraken"})

    with pytest.raises(UserError, match="EXCHANGE_SYNC_EXCHANGE=kraken"):
        account_sync(settings, world.stores, world.universe.watch, Embargo)


async def test_account_and_candles_of_a_host_obey_one_pause_and_other_hosts_none(
    tmp_path: Path, world: World, host: AccountHost
) -> None:
    market = load(env_file=None, market={"source": "exchange", "exchanges": "binance,kraken"}).market
    chain = build(market, HandClock(), tmp_path)
    source, other = (one for one in chain if isinstance(one, ExchangeSource))
    reader = host.reader(KEY, embargo_of(chain, tmp_path, "binance"))
    sync = SyncExchangeAccount(world.stores, reader, TRADER.identity, world.universe.watch)

    source.embargo.pause(60.0, "asked for a pause (HTTP 429)")
    with pytest.raises(TemporaryError, match="asked for a pause"):
        await sync.run()
    other.embargo.check()

    assert reader.embargo is source.embargo
    assert host.asked == []


async def test_an_exchange_without_candles_keeps_its_pause_over_a_restart(tmp_path: Path) -> None:
    embargo_of((), tmp_path, "binance").pause(60.0, "asked for a pause")

    with pytest.raises(TemporaryError, match="asked for a pause"):
        embargo_of((), tmp_path, "binance").check()
