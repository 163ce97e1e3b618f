"""What following finds about paper trades, told to their owners in the transaction that books it."""

from __future__ import annotations

from dataclasses import replace

from bot.alerts.notices import of_fills
from signals.clock import Clock
from signals.fills import Booked, Step
from storage.notices import Connection, Deliver


class TradeNews:
    """For `TradeBook.tell`: stops, targets and expiries become notices; what people do themselves does not."""

    def __init__(self, deliver: Deliver, clock: Clock) -> None:
        self._deliver = deliver
        self._clock = clock

    async def __call__(self, conn: Connection, former: Booked, step: Step) -> None:
        """Put the notices of the step's new fills."""
        booked = replace(former, trade=step.trade, plan=step.plan)
        notices = of_fills(booked, step.fills, self._clock.now())
        if notices:
            await self._deliver.put(conn, notices)
