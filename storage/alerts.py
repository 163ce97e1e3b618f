"""Alerts of each person, how far each has looked, and its firings: whatever is run again has one effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from signals.alerts import Condition
from signals.errors import UserError
from signals.model import Issued, Transition
from storage import dialect
from storage.alert_tables import alert_firings, alerts
from storage.database import Database
from storage.notices import Deliver, Notice
from storage.rows import as_row, from_row
from storage.signal_rows import TRANSITION, issued_of, transition_of
from storage.tables import issued_signals, signal_transitions

MOST_ALERTS = 50
REMOVED, FIRED, EXPIRED = "removed", "fired", "expired"


@dataclass(frozen=True, slots=True)
class Alert:
    """What a person waits for, and how far it was looked. `number` is theirs; `ended` is empty while it is active.

    Bars closed by `checked_at` were looked at on `exchange`; `state` is what was last known then (0: nothing).
    """

    alert_id: str
    owner: str
    condition: Condition
    made_at: datetime
    expires_at: datetime
    checked_at: datetime
    repeats: bool = False
    cooldown_s: int = 0
    number: int = 0
    state: int = 0
    exchange: str = ""
    memory: Mapping[str, Any] = field(default_factory=dict)
    fired_at: datetime | None = None
    ended_at: datetime | None = None
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Firing:
    """An alert became true at `at`, the close of its bar; `occasion` is its natural key within the alert."""

    alert_id: str
    occasion: str
    owner: str
    at: datetime
    what: str
    muted: bool
    found_at: datetime


@dataclass(frozen=True, slots=True)
class Looked:
    """An alert as it was read, as it is afterwards, and the firings in between."""

    former: Alert
    alert: Alert
    firings: tuple[Firing, ...] = ()


Tell = Callable[[Sequence[tuple[Alert, Firing]]], Sequence[Notice]]


class AlertStore:
    """Every read and write of a person's alerts names the person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, alert: Alert) -> Alert:
        """Keep a new alert under the person's next number; an id that is known is given back as it is.

        UserError for a condition that the person waits for already, and beyond `MOST_ALERTS` active ones.
        """
        a = alerts.c
        async with self._database.write() as conn:
            known = await _select(conn, (a.alert_id == alert.alert_id) & (a.owner == alert.owner))
            if known:
                return known[0]
            active = await _select(conn, (a.owner == alert.owner) & (a.ended == ""))
            for other in active:
                if other.condition == alert.condition:
                    raise UserError(f"you have this alert already, as number {other.number}; /alert list shows it")
            if len(active) >= MOST_ALERTS:
                raise UserError(f"you have {MOST_ALERTS} alerts, the most there can be: /alert remove one first")
            last = await conn.scalar(sa.select(sa.func.max(a.number)).where(a.owner == alert.owner)) or 0
            kept = replace(alert, number=last + 1)
            await conn.execute(sa.insert(alerts), _row(kept))
        return kept

    async def of_owner(self, owner: str) -> tuple[Alert, ...]:
        """The person's active alerts by their number."""
        async with self._database.read() as conn:
            return await _select(conn, (alerts.c.owner == owner) & (alerts.c.ended == ""))

    async def numbered(self, number: int, owner: str) -> Alert | None:
        """The person's alert with this number, active or not."""
        async with self._database.read() as conn:
            found = await _select(conn, (alerts.c.owner == owner) & (alerts.c.number == number))
        return found[0] if found else None

    async def remove(self, numbers: Sequence[int], owner: str, at: datetime) -> int:
        """End the person's active alerts with these numbers; how many there were."""
        a = alerts.c
        mine = (a.owner == owner) & a.number.in_(numbers) & (a.ended == "")
        async with self._database.write() as conn:
            done = await conn.execute(sa.update(alerts).where(mine).values(ended=REMOVED, ended_at=at))
        return done.rowcount

    async def active(self) -> tuple[Alert, ...]:
        """Everybody's active alerts, for the job that watches them."""
        async with self._database.read() as conn:
            return await _select(conn, alerts.c.ended == "")

    async def firings(self, owner: str, limit: int = 20) -> tuple[tuple[int, Firing], ...]:
        """The person's newest firings that were told, newest first, with the alert's number."""
        f = alert_firings.c
        query = sa.select(alert_firings, alerts.c.number).join(alerts, alerts.c.alert_id == f.alert_id)
        query = query.where(f.owner == owner, ~f.muted).order_by(f.at.desc(), alerts.c.number, f.occasion)
        async with self._database.read() as conn:
            return tuple((row.number, from_row(Firing, row)) for row in await conn.execute(query.limit(limit)))

    async def occasions(self, alert_ids: Sequence[str]) -> frozenset[tuple[str, str]]:
        """(alert, occasion) of all firings of these alerts, muted ones too."""
        f = alert_firings.c
        query = sa.select(f.alert_id, f.occasion).where(f.alert_id.in_(alert_ids))
        async with self._database.read() as conn:
            return frozenset((row.alert_id, row.occasion) for row in await conn.execute(query))

    async def record(self, looked: Sequence[Looked], tell: Tell, deliver: Deliver | None) -> int:
        """Store what was found and the notices of it in one transaction; how many firings were new and told.

        An alert that was changed since it was read is passed over: the next run looks from where it stands then.
        """
        told: list[tuple[Alert, Firing]] = []
        async with self._database.write() as conn:
            for one in looked:
                if await _moved(conn, one):
                    told += await _new(conn, one)
            if told and deliver is not None:
                await deliver.put(conn, tell(told))
        return len(told)

    async def signals_since(self, since: datetime, as_of: datetime) -> tuple[Issued, ...]:
        """Signals to buy or sell that were known after `since`, by `as_of`, oldest first."""
        s = issued_signals.c
        query = sa.select(issued_signals).where(s.known_at > since, s.known_at <= as_of, s.plan.is_not(None))
        async with self._database.read() as conn:
            rows = (await conn.execute(query.order_by(s.known_at, s.signal_id))).all()
        return tuple(issued_of(row) for row in rows)

    async def steps_since(self, since: datetime, as_of: datetime) -> tuple[tuple[Issued, Transition], ...]:
        """Steps of signals after `since`, by `as_of`, each with its signal, oldest first."""
        t = signal_transitions.c
        steps = [t[name].label(f"its_{name}") for name in TRANSITION]
        query = sa.select(issued_signals, *steps).join(signal_transitions, t.signal_id == issued_signals.c.signal_id)
        query = query.where(t.at > since, t.at <= as_of).order_by(t.at, t.signal_id, t.state)
        async with self._database.read() as conn:
            rows = (await conn.execute(query)).all()
        return tuple((issued_of(row), transition_of(row, "its_")) for row in rows)


async def merge_alerts(conn: AsyncConnection, former: str, person: str) -> None:
    """Give the joined person's alerts to the other one, numbered after theirs, inside the caller's transaction."""
    a = alerts.c
    last = await conn.scalar(sa.select(sa.func.max(a.number)).where(a.owner == person)) or 0
    ids = (await conn.scalars(sa.select(a.alert_id).where(a.owner == former).order_by(a.number))).all()
    for number, alert_id in enumerate(ids, start=last + 1):
        mine = sa.update(alerts).where(a.alert_id == alert_id)
        await conn.execute(mine.values(owner=person, number=number))
    await conn.execute(sa.update(alert_firings).where(alert_firings.c.owner == former).values(owner=person))


async def _moved(conn: AsyncConnection, one: Looked) -> bool:
    a, former = alerts.c, one.former
    same = (a.alert_id == former.alert_id, a.owner == former.owner, a.ended == "", a.checked_at == former.checked_at)
    row = _row(one.alert)
    names = ("checked_at", "state", "exchange", "memory", "fired_at", "ended_at", "ended")
    changed = sa.update(alerts).where(*same).values({name: row[name] for name in names})
    return (await conn.execute(changed)).rowcount > 0


async def _new(conn: AsyncConnection, one: Looked) -> list[tuple[Alert, Firing]]:
    insert = dialect.insert_new(conn.dialect.name, alert_firings)
    new = [firing for firing in one.firings if (await conn.execute(insert, as_row(firing))).rowcount > 0]
    return [(one.alert, firing) for firing in new if not firing.muted]


async def _select(conn: AsyncConnection, where: sa.ColumnElement[bool]) -> tuple[Alert, ...]:
    rows = await conn.execute(sa.select(alerts).where(where).order_by(alerts.c.owner, alerts.c.number))
    return tuple(_alert(row) for row in rows)


def _row(alert: Alert) -> dict[str, Any]:
    return as_row(alert) | {"condition": alert.condition.as_json(), "memory": dict(alert.memory)}


def _alert(row: sa.Row[Any]) -> Alert:
    read = from_row(Alert, row)
    return replace(read, condition=Condition.of_json(row.condition))
