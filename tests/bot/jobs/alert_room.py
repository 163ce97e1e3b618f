"""What tests of the alert job share: a job as a new process makes it, alerts, notices that are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.alerts import AccountTerms, WatchAlerts
from rag.desk import Desk
from signals.alerts import Compare, Condition, Kind
from signals.model import Candles, Timeframe
from storage.alert_tables import alert_firings
from storage.alerts import Alert
from storage.notices import Deliver, Notice
from storage.stores import Stores
from tests.bot.worlds import desk_rules
from tests.builders import NOW, candles_from

HOUR = timedelta(hours=1)
YEARS_END = timedelta(days=3650)


@dataclass
class Kept:
    """Notices in the order in which they were put; `broken`: putting fails."""

    notices: list[Notice] = field(default_factory=list)
    broken: bool = False

    async def put(self, conn: AsyncConnection, notices: Sequence[Notice]) -> None:
        assert await conn.scalar(sa.text("SELECT 1")) == 1
        if self.broken:
            raise OSError("the disk is full")
        self.notices += notices


def job(stores: Stores, kept: Deliver | None = None) -> WatchAlerts:
    """A new process: nothing is remembered but what is stored."""
    return WatchAlerts(stores, Desk(stores, desk_rules(("replay",))), AccountTerms(every=Timeframe.H1), kept)


def level(left: str, test: Compare, right: str, symbol: str = "ETH/USDT") -> Condition:
    return Condition(Kind.LEVEL, symbol, Timeframe.H1, left, test, right)


async def an_alert(stores: Stores, condition: Condition, at: datetime, **changes: Any) -> Alert:
    made = Alert(f"a-{condition}"[:80], "me", condition, at, at + YEARS_END, at)
    return await stores.alerts.add(replace(made, **changes))


async def fired(stores: Stores, alert: Alert | None = None) -> list[tuple[datetime, bool]]:
    query = sa.select(alert_firings).order_by(alert_firings.c.at)
    if alert is not None:
        query = query.where(alert_firings.c.alert_id == alert.alert_id)
    async with stores.database.read() as conn:
        return [(row.at, row.muted) for row in await conn.execute(query)]


def hours(*closes: float, end: datetime = NOW) -> Candles:
    return candles_from(closes, end=end)
