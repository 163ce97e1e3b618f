"""Private notices become rows of the outbox, in the transaction of what they tell of."""

from __future__ import annotations

from collections.abc import Sequence

from bot.delivery.message import BroadcastMessage, visible_id
from bot.delivery.notices import owner_addresses
from bot.delivery.quiet import quiet_until
from signals.clock import Clock
from storage.delivery_values import Outgoing
from storage.notices import Connection, Notice
from storage.outbox_rows import put
from storage.people import accounts_of
from storage.subscriptions import preferences_of

EVENT = "notice"


class OutboxNotices:
    """Takes each notice to every direct chat of its person, joined accounts too; quiet hours put it off, not away."""

    def __init__(self, wall: Clock) -> None:
        self._wall = wall

    async def put(self, conn: Connection, notices: Sequence[Notice]) -> None:
        """See `Deliver`. People of the terminal alone have no chat: they see what fired in `/alert list`."""
        rows: list[Outgoing] = []
        now = self._wall.now()  # the market's clock, by which notices are dated, may be another one
        for notice in notices:
            addresses = owner_addresses(await accounts_of(conn, notice.owner))
            wanted = await preferences_of(conn, addresses)
            message = BroadcastMessage(notice.title, notice.lines, visible_id(notice.key), notice.footer, notice.tone)
            end = None if notice.valid_until is None else now + (notice.valid_until - notice.at)
            for address in addresses:
                hold = quiet_until(wanted[address], now) if address in wanted else None
                until = None if hold else end  # what is held on purpose must not run out meanwhile
                rows.append(Outgoing(notice.key, EVENT, address, message.payload(), now, until, not_before=hold))
        await put(conn, rows)
