"""The daily digests: one per destination and local date, at 08:00 of its own zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from bot.delivery.audience import Audience, Listener
from bot.delivery.digest import Day, Followed, digest_message, digest_stream
from bot.timetable import local_day, local_moment
from rag.track_record import track_record
from signals.clock import Clock
from signals.model import Issued
from storage.delivery_values import Outgoing, stream_of
from storage.stores import Stores

AT = time(8)
LATE = timedelta(hours=12)
EVENT = "digest"
MOST_SIGNALS = 500
MIDNIGHT = time()


class SendDigests:
    """Writes to the outbox what is due. The key holds destination and local date, so that nothing is sent twice.

    `clock` is the market's: it says which day it is; `wall` dates the messages.
    """

    def __init__(self, stores: Stores, audience: Audience, clock: Clock, wall: Clock) -> None:
        self._stores = stores
        self._audience = audience
        self._clock = clock
        self._wall = wall

    async def run(self) -> str:
        """Every digest whose 08:00 has come, up to 12 hours late; says how many."""
        now = self._clock.now()
        by_zone: dict[tuple[str, date], list[Listener]] = {}
        for listener in await self._audience.listeners():
            day = _due(listener, now)
            if day is not None:
                by_zone.setdefault((listener.wanted.time_zone, day), []).append(listener)
        made: list[Outgoing] = []
        for (zone, day), listeners in by_zone.items():
            sent = await self._stores.outbox.told(digest_stream(day))
            left = [one for one in listeners if one.address not in sent]
            if left:
                made += self._digests(await self._day(zone, day, now), day, left)
        await self._stores.outbox.add(made)
        return f"{len(made)} digests"

    def _digests(self, yesterday: Day, day: date, listeners: Sequence[Listener]) -> list[Outgoing]:
        now = self._wall.now()
        return [
            Outgoing(digest_stream(day), EVENT, one.address, digest_message(yesterday, one.wanted).payload(), now)
            for one in listeners
        ]

    async def _day(self, zone: str, today: date, now: datetime) -> Day:
        yesterday = today - timedelta(days=1)
        begin, end = local_moment(yesterday, zone, MIDNIGHT), local_moment(today, zone, MIDNIGHT)
        stored = self._stores.signals
        newest = [one for one in await stored.latest(now, MOST_SIGNALS) if one.signal.known_at >= begin]
        resolved = [issued for issued, final in await stored.resolved(now) if final.at >= begin]
        trades: dict[str, Issued] = {}
        for issued in (*await stored.open_signals(now), *resolved, *newest):
            if issued.signal.direction:
                trades[issued.signal_id] = issued
        found = sorted(trades.values(), key=lambda one: (one.signal.known_at, one.signal_id))
        followed = [await self._followed(issued, now) for issued in found]
        return Day(yesterday, begin, end, tuple(followed), (await track_record(self._stores, now)).total)

    async def _followed(self, issued: Issued, now: datetime) -> Followed:
        steps = await self._stores.signals.transitions(issued.signal_id, now)
        return Followed(issued, steps, await self._stores.outbox.reached(stream_of(issued.signal_id)))


def _due(listener: Listener, now: datetime) -> date | None:
    """The local date whose digest is due, None when it is not wanted or too late."""
    wanted = listener.wanted
    if not wanted.digest:
        return None
    day = local_day(now, wanted.time_zone, AT)
    return day if now - local_moment(day, wanted.time_zone, AT) <= LATE else None
