"""The morning after: what is in a digest, who gets it, and that a local date has only one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.access import Access, Owners
from bot.delivery.audience import Audience, plain
from bot.delivery.broadcasts import Broadcasts
from bot.delivery.digest import Day, Followed, digest_message, digest_stream
from bot.delivery.message import BroadcastMessage
from bot.delivery.notices import missed_line
from bot.delivery.quiet import quiet_until
from bot.discord_adapter.broadcast import broadcast as on_discord
from bot.jobs.digest import SendDigests
from bot.roles import Role
from bot.telegram_adapter.broadcast import broadcast as on_telegram
from rag.track_record import Line
from signals.model import Issued, Series, SignalState, Timeframe, Transition
from storage.delivery_values import Destination, OutboxRow, Preferences, stream_of
from storage.stores import Stores
from tests.bot.worlds import HandClock, stores_in
from tests.builders import an_issued

GOLDEN = Path(__file__).parents[2] / "golden" / "broadcasts"
HERE = "discord:channel:1"
WANTED = Preferences(HERE, datetime(2022, 11, 1, tzinfo=UTC))
BEGIN = datetime(2022, 11, 8, tzinfo=UTC)
MORNING = datetime(2022, 11, 9, 8, tzinfo=UTC)
RECORD = Line("all issued", 60, 31, 31 / 60, 0.39, 0.64, -0.031)
NO_RECORD = Line("all issued", 0, 0, None, None, None, None)


def trade(symbol: str, hour: int, confidence: float | None = 0.55, exchange: str = "binance") -> Issued:
    """A BUY known at that hour of Tuesday."""
    known = BEGIN + timedelta(hours=hour)
    series = Series(exchange, symbol, Timeframe.H1)
    made = an_issued(series=series, known_at=known, bar_open_at=known - timedelta(hours=1))
    return replace(made, confidence=confidence)


def followed(issued: Issued, *steps: tuple[SignalState, int, float, float | None], sent: bool = True) -> Followed:
    walked = tuple(Transition(issued.signal_id, s, BEGIN + timedelta(hours=h), p, r) for s, h, p, r in steps)
    return Followed(issued, walked, frozenset({HERE}) if sent else frozenset())


def day(*trades: Followed, record: Line = RECORD) -> Day:
    return Day(date(2022, 11, 8), BEGIN, BEGIN + timedelta(days=1), trades, record)


WON = followed(trade("ETH/USDT", 3), (SignalState.ENTERED, 3, 1500.0, None), (SignalState.TARGET, 9, 1560.0, 1.4))
LOST = followed(
    trade("BTC/USDT", -20), (SignalState.ENTERED, -20, 1500.0, None), (SignalState.STOPPED, 6, 1460.0, -1.03)
)
OPEN = followed(trade("SOL/USDT", 20), (SignalState.ENTERED, 20, 1500.5, None), sent=False)
OLD = followed(
    trade("ADA/USDT", -40), (SignalState.ENTERED, -40, 1500.0, None), (SignalState.TARGET_1, -30, 1540.0, None)
)
FULL = day(WON, LOST, OPEN, OLD, followed(trade("DOT/USDT", 4, 0.51)), followed(trade("UNI/USDT", 5, None)))


def test_a_full_day_reads_as_its_golden_files() -> None:
    message = BroadcastMessage.of(digest_message(FULL, replace(WANTED, min_confidence_pct=52)).payload())
    (embed,) = on_discord(message).embeds

    shown = {
        "discord": f"{embed.title}\n{embed.description}\n-- {embed.footer}\n",
        "telegram": f"{on_telegram(message).text.html}\n",
    }
    for platform, text in shown.items():
        assert text == (GOLDEN / f"digest-{platform}.txt").read_text(encoding="utf-8"), platform


def test_it_counts_what_was_issued_and_sums_what_ended_that_day() -> None:
    message = digest_message(day(WON, LOST, OPEN, OLD), WANTED)

    assert message.title == "Tue 8 Nov: 2 signals, 2 ended, +0.37 R"
    assert message.lines == (
        "BUY ETH/USDT 1h: final target, +1.40 R",
        "BUY BTC/USDT 1h: stopped, -1.03 R",
        "BUY SOL/USDT 1h: open, entered at 1,500.5 (not sent at the time)",
        "Open from before: BUY ADA/USDT 1h since 2022-11-06",
        "Held back: 1 not sent at the time (quiet hours, or an outage)",
        "Track record: 31 of 60 reached the first target (52 %), mean -0.03 R after costs",
    )


def test_what_preferences_held_back_is_counted_and_not_listed() -> None:
    message = digest_message(FULL, replace(WANTED, min_confidence_pct=52, symbols=("ETH/USDT", "DOT/USDT")))

    assert message.lines[0] == "BUY ETH/USDT 1h: final target, +1.40 R"
    assert message.lines[1] == "Held back: 1 below your floor of 52 %, 2 on markets you did not ask for"
    assert not any("DOT" in line or "BTC" in line for line in message.lines)


def test_an_empty_day_is_one_honest_line() -> None:
    message = digest_message(day(record=NO_RECORD), WANTED)

    assert message.title == "Tue 8 Nov: no signals"
    assert message.lines == ("Track record: no issued signal has ended yet",)


def test_many_signals_stay_readable_and_say_how_many_more_there_are() -> None:
    many = [followed(trade("ETH/USDT", hour)) for hour in range(20)]
    message = digest_message(day(*many), WANTED)

    assert len(message.lines) == 14
    assert message.lines[12] == "and 8 more: /trackrecord"


def test_an_invented_market_is_said_first() -> None:
    message = digest_message(day(followed(trade("ETH/USDT", 3, exchange="simulated"))), WANTED)

    assert message.lines[0] == "SIMULATED MARKET: prices are invented."


@dataclass
class Desk:
    stores: Stores
    clock: HandClock
    job: SendDigests
    broadcasts: Broadcasts

    async def digests(self, day: str) -> dict[str, OutboxRow]:
        rows = await self.stores.outbox.of_stream(digest_stream(date.fromisoformat(day)))
        return {row.destination: row for row in rows}

    async def listen(self, address: str, **wanted: object) -> None:
        await self.stores.destinations.save(Destination(address, None, True, BEGIN, "test"))
        await self.stores.subscriptions.save(replace(plain(address, BEGIN), **wanted))  # type: ignore[arg-type]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with stores_in(tmp_path) as stores:
        clock = HandClock(MORNING)
        audience = Audience(stores, Access(stores.people, Owners(frozenset(), Role.VIEWER)).role)
        broadcasts = Broadcasts(stores.outbox, audience, clock)
        yield Desk(stores, clock, SendDigests(stores, audience, clock, clock), broadcasts)


async def test_it_comes_at_eight_of_each_zone_once_a_local_date(desk: Desk) -> None:
    await desk.listen(HERE)
    await desk.listen("discord:channel:2", time_zone="Asia/Kathmandu")  # 08:00 there is 02:15 UTC
    await desk.listen("discord:channel:3", time_zone="America/New_York")  # 13:00 UTC
    await desk.listen("discord:channel:4", digest=False)
    at: dict[str, list[int]] = {}

    for quarter in range(24 * 4):
        desk.clock.moment = datetime(2022, 11, 9, tzinfo=UTC) + timedelta(minutes=15 * quarter)
        before = await desk.digests("2022-11-09")
        await desk.job.run()
        for address in set(await desk.digests("2022-11-09")) - set(before):
            at.setdefault(address, []).append(15 * quarter)

    assert at == {HERE: [480], "discord:channel:2": [135], "discord:channel:3": [780]}


async def test_a_day_of_a_time_change_has_one_digest_in_both_directions(desk: Desk) -> None:
    await desk.listen(HERE, time_zone="Europe/Berlin")
    for first in (datetime(2022, 3, 26, tzinfo=UTC), datetime(2022, 10, 29, tzinfo=UTC)):
        sent = {}
        for hour in range(72):
            desk.clock.moment = first + timedelta(hours=hour)
            told = await desk.job.run()
            if told != "0 digests":
                sent[hour] = told
        assert len(sent) == 3
        assert set(sent.values()) == {"1 digests"}


async def test_half_a_day_late_it_is_left_out(desk: Desk) -> None:
    await desk.listen(HERE)
    desk.clock.moment = MORNING + timedelta(hours=12, minutes=1)

    assert await desk.job.run() == "0 digests"


async def test_who_changes_the_zone_gets_no_second_one_for_the_date(desk: Desk) -> None:
    await desk.listen(HERE)
    await desk.job.run()
    await desk.listen(HERE, time_zone="America/New_York")
    desk.clock.moment = MORNING + timedelta(hours=6)

    assert await desk.job.run() == "0 digests"


async def test_the_stored_signals_of_the_local_day_are_in_it_with_what_became_of_them(desk: Desk) -> None:
    await desk.listen(HERE, quiet=("02:30", "08:00"))
    loud, quiet = trade("ETH/USDT", 2), trade("BTC/USDT", 4)
    for issued in (loud, quiet):
        desk.clock.moment = issued.signal.known_at
        outgoing = await desk.broadcasts.of_issued([(issued, 50)], desk.clock.moment)
        await desk.stores.signals.emit_many([issued], outgoing)
    steps = [
        Transition(loud.signal_id, SignalState.ENTERED, BEGIN + timedelta(hours=2), 1500.0),
        Transition(loud.signal_id, SignalState.STOPPED, BEGIN + timedelta(hours=9), 1460.0, -1.03),
    ]
    await desk.stores.signals.add_transitions(steps)
    desk.clock.moment = MORNING
    await desk.job.run()

    (row,) = (await desk.digests("2022-11-09")).values()
    assert quiet_until(replace(WANTED, quiet=("02:30", "08:00")), quiet.signal.known_at) is not None
    assert await desk.stores.outbox.of_stream(stream_of(quiet.signal_id)) == ()
    assert row.payload["title"] == "Tue 8 Nov: 2 signals, 1 ended, -1.03 R"
    assert row.payload["lines"][:2] == [
        "BUY ETH/USDT 1h: stopped, -1.03 R",
        "BUY BTC/USDT 1h: open, entry 1,500 (not sent at the time)",
    ]


async def test_six_hours_down_at_the_level_of_the_job_nothing_stale_is_sent_as_new(desk: Desk) -> None:
    await desk.listen(HERE)
    issued = [trade("ETH/USDT", hour) for hour in range(5)]
    for one in issued:
        desk.clock.moment = one.signal.known_at
        outgoing = await desk.broadcasts.of_issued([(one, 50)], desk.clock.moment)
        await desk.stores.signals.emit_many([one], outgoing)
    back = BEGIN + timedelta(hours=11)

    ended = await desk.stores.outbox.expire(back, missed_line)

    (due,) = await desk.stores.outbox.due(back)
    line = await desk.stores.outbox.get(due.seq)
    assert ended == 5
    assert line is not None
    assert line.payload["title"] == "While I was down"
    assert "5 signals came and went" in line.payload["lines"][0]
