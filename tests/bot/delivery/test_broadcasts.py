"""Who is told what: by role, by preference, at which hour, and in the transaction of what is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.access import Access, Owners
from bot.commands.caller import LOCAL, Caller
from bot.delivery.addresses import account_at, address_here, address_of, can_be_messaged
from bot.delivery.audience import Audience, is_wanted, passes_floor, plain
from bot.delivery.broadcasts import Broadcasts
from bot.delivery.live import Told
from bot.delivery.notices import missed_line
from bot.delivery.quiet import quiet_until
from bot.roles import Role
from signals.model import Action, Issued, Series, SignalState, Timeframe, Transition
from storage.delivery_values import Destination, OutboxRow, Preferences, RowState, stream_of
from storage.people import RoleRow
from storage.stores import Stores
from tests.bot.worlds import NOW, HandClock, stores_in
from tests.builders import a_signal, an_issued

CHANNEL, PERSON, GROUP = "discord:channel:1", "discord:user:5", "telegram:chat:-100/7"
BUY = replace(an_issued(), confidence=0.55)
ENTERED = Transition(BUY.signal_id, SignalState.ENTERED, NOW, 1500.0)
HOLD = Issued(
    a_signal(action=Action.HOLD, known_at=NOW + timedelta(hours=1), bar_open_at=NOW), None, NOW + timedelta(hours=1)
)


@dataclass
class Post:
    """Broadcasts over a fresh store, on a clock moved by hand."""

    stores: Stores
    clock: HandClock
    broadcasts: Broadcasts
    audience: Audience

    async def listen(self, address: str, **wanted: object) -> None:
        owner = account_at(address)
        await self.stores.destinations.save(Destination(address, owner, True, NOW, "test"))
        await self.stores.subscriptions.save(replace(plain(address, NOW), **wanted))  # type: ignore[arg-type]

    async def issue(self, issued: Issued = BUY) -> tuple[OutboxRow, ...]:
        """Issue it now, as the signals job does; the rows of its stream."""
        outgoing = await self.broadcasts.of_issued([(issued, 40)], self.clock.now())
        await self.stores.signals.emit_many([issued], outgoing)
        return await self.stores.outbox.of_stream(stream_of(issued.signal_id))


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    async with stores_in(tmp_path) as stores:
        clock = HandClock()
        audience = Audience(stores, Access(stores.people, Owners(frozenset(), Role.VIEWER)).role)
        yield Post(stores, clock, Broadcasts(stores.outbox, audience, clock), audience)


async def test_everybody_who_listens_gets_one_row_written_with_the_signal(post: Post) -> None:
    for address in (CHANNEL, PERSON, GROUP):
        await post.listen(address)

    rows = await post.issue()
    again = await post.issue()

    assert [row.destination for row in rows] == sorted([CHANNEL, PERSON, GROUP])
    assert {row.valid_until for row in rows} == {NOW + timedelta(minutes=60)}
    assert {row.payload["title"] for row in rows} == {"BUY ETH/USDT 1h at 1,500"}
    assert again == rows


async def test_a_signal_that_was_there_already_brings_no_rows(post: Post) -> None:
    await post.stores.signals.emit(BUY)
    await post.listen(CHANNEL)

    assert await post.issue() == ()


async def test_who_is_off_or_is_a_stranger_now_gets_nothing(post: Post) -> None:
    for address in (CHANNEL, PERSON, "telegram:chat:9"):
        await post.listen(address)
    await post.stores.destinations.switch_off(CHANNEL, "enough", NOW)
    await post.stores.people.set_role(RoleRow("discord:5", Role.STRANGER, "test", NOW))

    assert [row.destination for row in await post.issue()] == ["telegram:chat:9"]


async def test_hold_and_statements_about_the_data_are_told_to_nobody(post: Post) -> None:
    await post.listen(CHANNEL)

    assert await post.broadcasts.of_issued([(HOLD, None)], NOW) == ()
    assert await post.broadcasts.of_issued([(replace(BUY, plan=None), None)], NOW) == ()


@pytest.mark.parametrize(
    ("wanted", "gets"),
    [
        ({}, True),
        ({"symbols": ("ETH/USDT", "BTC/USDT")}, True),
        ({"symbols": ("BTC/USDT",)}, False),
        ({"timeframes": ("1h",)}, True),
        ({"timeframes": ("4h", "1d")}, False),
        ({"min_confidence_pct": 55}, True),
        ({"min_confidence_pct": 56}, False),
    ],
)
def test_symbols_timeframes_and_floor_decide(wanted: dict[str, object], gets: bool) -> None:
    assert is_wanted(BUY, replace(plain(CHANNEL, NOW), **wanted)) is gets  # type: ignore[arg-type]


def test_a_pair_is_known_by_any_of_its_names() -> None:
    series = Series("replay", "MATIC/USDT", Timeframe.H1)
    former = replace(BUY, signal=replace(BUY.signal, series=series))

    assert is_wanted(former, replace(plain(CHANNEL, NOW), symbols=("POL/USDT",)))


def test_without_a_floor_everything_passes_and_the_uncalibrated_never_passes_one() -> None:
    bare = replace(BUY, confidence=None)

    assert plain(CHANNEL, NOW).min_confidence_pct == 0
    assert passes_floor(bare, 0)
    assert not passes_floor(bare, 1)
    assert passes_floor(replace(BUY, confidence=0.29), 29)
    assert passes_floor(replace(BUY, confidence=0.57), 57)


def at(hour: int, minute: int = 0, day: int = 8) -> datetime:
    return datetime(2022, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet", "zone", "now", "until"),
    [
        (("22:00", "07:00"), "UTC", at(21, 59), None),
        (("22:00", "07:00"), "UTC", at(22), at(7, day=9)),
        (("22:00", "07:00"), "UTC", at(6, 59), at(7)),
        (("22:00", "07:00"), "UTC", at(7), None),
        (("12:00", "14:00"), "UTC", at(13), at(14)),
        (("12:00", "14:00"), "UTC", at(14), None),
        (("22:00", "07:00"), "Asia/Tokyo", at(13), at(22)),
        (("22:00", "07:00"), "America/New_York", at(3), at(12)),
        (None, "UTC", at(3), None),
    ],
)
def test_quiet_hours_are_local_and_pass_over_midnight(
    quiet: tuple[str, str] | None, zone: str, now: datetime, until: datetime | None
) -> None:
    assert quiet_until(Preferences(CHANNEL, NOW, quiet=quiet, time_zone=zone), now) == until


def test_the_night_of_the_time_change_ends_at_the_local_end() -> None:
    wanted = Preferences(CHANNEL, NOW, quiet=("22:00", "07:00"), time_zone="Europe/Berlin")

    spring, autumn = datetime(2022, 3, 26, 22, tzinfo=UTC), datetime(2022, 10, 29, 21, tzinfo=UTC)
    assert quiet_until(wanted, spring) == datetime(2022, 3, 27, 5, tzinfo=UTC)
    assert quiet_until(wanted, autumn) == datetime(2022, 10, 30, 6, tzinfo=UTC)


async def test_in_quiet_hours_it_waits_where_it_is_still_valid_then_and_is_left_to_the_digest_otherwise(
    post: Post,
) -> None:
    await post.listen(CHANNEL, quiet=("10:00", "12:30"))
    await post.listen(PERSON, quiet=("10:00", "13:00"))
    await post.listen(GROUP)

    rows = {row.destination: row for row in await post.issue()}

    assert set(rows) == {CHANNEL, GROUP}
    assert rows[CHANNEL].next_at == NOW + timedelta(minutes=30)
    assert rows[GROUP].next_at == NOW
    assert [due.destination for due in await post.stores.outbox.due(NOW)] == [GROUP]
    later = NOW + timedelta(minutes=30)
    assert {due.destination for due in await post.stores.outbox.due(later)} == {CHANNEL, GROUP}


async def test_only_those_who_have_the_message_get_its_edits_and_these_keep_the_n(post: Post) -> None:
    await post.listen(CHANNEL)
    await post.issue()
    await post.listen(PERSON)  # too late for this one

    outgoing = await post.broadcasts.of_steps(Told(BUY, None, (ENTERED,)), [ENTERED])
    await post.stores.signals.add_transitions([ENTERED], outgoing)
    repeated = await post.stores.signals.add_transitions([ENTERED], outgoing)

    (_, edit) = await post.stores.outbox.of_stream(stream_of(BUY.signal_id))
    assert (edit.destination, edit.edits, edit.event, edit.valid_until) == (CHANNEL, True, "entered", None)
    assert "Confidence 55 %, n = 40" in edit.payload["lines"]
    assert repeated == ()


async def test_a_hold_that_takes_a_trade_back_edits_the_message_of_the_trade(post: Post) -> None:
    await post.listen(CHANNEL)
    await post.issue()

    outgoing = await post.broadcasts.of_taken_back(BUY, HOLD, (ENTERED,))
    await post.stores.signals.emit_many([HOLD], outgoing)
    await post.stores.signals.emit_many([HOLD], outgoing)

    first, edit = await post.stores.outbox.of_stream(stream_of(BUY.signal_id))
    assert (first.state, edit.edits) == (RowState.NEW, True)
    assert edit.payload["title"] == "BUY ETH/USDT 1h · taken back"
    assert await post.stores.outbox.of_stream(stream_of(HOLD.signal_id)) == ()


async def test_a_late_signal_runs_out_at_once_and_is_counted_in_one_line(post: Post) -> None:
    await post.listen(CHANNEL)
    post.clock.moment = NOW + timedelta(hours=6)
    await post.issue()

    assert await post.stores.outbox.due(post.clock.now()) != ()
    ended = await post.stores.outbox.expire(post.clock.now(), missed_line)
    left = [row for row in await post.stores.outbox.of_stream(stream_of(BUY.signal_id)) if row.state is RowState.NEW]
    assert (ended, left) == (1, [])


def test_addresses_of_callers() -> None:
    here = Caller("telegram", "9", private=False, channel="-100/7")

    assert address_of(here) == "telegram:chat:9"
    assert address_here(here) == GROUP
    assert address_here(Caller("discord", "5", private=True, channel="3")) is None
    assert address_of(Caller("discord", "5")) == PERSON
    assert (can_be_messaged(LOCAL), address_of(LOCAL), address_here(LOCAL)) == (False, "terminal:local", None)
    assert [account_at(a) for a in (PERSON, CHANNEL, GROUP, "telegram:chat:9", "telegram:chat:-5")] == [
        "discord:5", None, None, "telegram:9", None
    ]  # fmt: skip
