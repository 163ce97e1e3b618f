"""Looks at every closed bar once for every alert, however late, and tells what came true."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot.alerts.notices import tell
from bot.alerts.words import measured
from bot.jobs.alert_accounts import is_true, read_account
from bot.jobs.alert_blindness import tell_of_blindness
from bot.jobs.alert_columns import Wanted, looks
from bot.jobs.alert_signals import Events, signal_events
from bot.jobs.follow_trades import FollowTrades
from rag.desk import Desk
from rag.paper import PaperMoney, paper_money
from signals.alerts import LOOK_BACK, Kind, Look
from signals.clock import from_ms, iso, to_ms
from signals.model import Market, Timeframe
from storage.alerts import EXPIRED, FIRED, Alert, Firing, Looked
from storage.notices import Deliver
from storage.stores import Stores

MOST_BARS = 6000
MOST_STEPS = 672  # of an account: a week of quarters of an hour
PATIENCE = timedelta(days=1)  # how long a price that does not come holds back what is known of an account


@dataclass(frozen=True, slots=True)
class AlertsRun:
    """How many alerts were looked at, how many firings were told, and why some could not be looked at."""

    alerts: int
    told: int
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountTerms:
    """What a paper account begins with, and how often it is looked at."""

    beginning: Decimal = Decimal(10_000)
    every: Timeframe = Timeframe.M15


class WatchAlerts:
    """The job `alerts`. Any rerun, crash or second process has one effect.

    Bars are looked at in order, each once; firings are stored with their notices in one transaction, under natural
    keys. Without `deliver` firings are stored all the same, and `/alert list` shows them.
    """

    def __init__(self, stores: Stores, desk: Desk, terms: AccountTerms, deliver: Deliver | None = None) -> None:
        self._stores = stores
        self._desk = desk
        self._terms = terms
        self._deliver = deliver

    async def run(self, now: datetime) -> AlertsRun:
        """Look from where each alert was left to the newest bar closed by `now`."""
        active = [alert for alert in await self._stores.alerts.active() if alert.made_at <= now]
        of: dict[Kind, list[Alert]] = {kind: [] for kind in Kind}
        for alert in active:
            of[alert.condition.kind].append(alert)
        done, faults = await self._markets([*of[Kind.LEVEL], *of[Kind.MOVE]], now)
        done += await self._events([*of[Kind.SIGNAL], *of[Kind.STEP]], now)
        done += await self._accounts(of[Kind.ACCOUNT], now)
        found = [one for one in done if one is not None]
        told = await self._stores.alerts.record(found, tell, self._deliver)
        if self._deliver is not None:
            moved = {one.alert.alert_id: one for one in found}
            of_markets = [*of[Kind.LEVEL], *of[Kind.MOVE]]
            seen = [moved.get(alert.alert_id) or Looked(alert, alert, ()) for alert in of_markets]
            await tell_of_blindness(self._stores, seen, now, self._deliver)
        return AlertsRun(len(active), told, tuple(dict.fromkeys(faults)))

    async def _markets(self, alerts: Sequence[Alert], now: datetime) -> tuple[list[Looked | None], list[str]]:
        by_market: dict[Market, list[Alert]] = {}
        for alert in alerts:
            timeframe = alert.condition.timeframe or Timeframe.H1
            by_market.setdefault(Market(alert.condition.symbol, timeframe), []).append(alert)
        done: list[Looked | None] = []
        faults: list[str] = []
        for market, mine in by_market.items():
            series = await self._desk.series_of(market, now)
            first = min(alert.checked_at for alert in mine)
            bars = (to_ms(now) - to_ms(first)) // market.timeframe.ms + LOOK_BACK
            candles = await self._stores.candles.newest(series, min(bars, MOST_BARS), until_ms=to_ms(now))
            if not len(candles):
                faults.append(f"no candles of {market}")
                done += [looked(alert, (), now, alert) for alert in mine]
                continue
            wanted = [_wanted(alert, series.exchange, market.timeframe) for alert in mine]
            found = await asyncio.to_thread(looks, candles, wanted)
            for alert in mine:
                seen = found[alert.alert_id]
                if isinstance(seen, str):
                    faults.append(f"{market}: {seen}")
                    done.append(looked(alert, (), now, alert))
                    continue
                at = max(candles.closed_at(), alert.checked_at)
                after = replace(alert, state=seen.state, exchange=series.exchange, checked_at=at)
                done.append(looked(alert, _occasions(alert, seen, market.timeframe), now, after))
        return done, faults

    async def _events(self, alerts: Sequence[Alert], now: datetime) -> list[Looked | None]:
        if not alerts:
            return []
        found = await signal_events(self._stores, alerts, now)
        return [looked(alert, found[alert.alert_id], now, replace(alert, checked_at=now)) for alert in alerts]

    async def _accounts(self, alerts: Sequence[Alert], now: datetime) -> list[Looked | None]:
        if not alerts:
            return []
        await FollowTrades(self._stores).run(now)
        by_owner: dict[str, list[Alert]] = {}
        for alert in alerts:
            by_owner.setdefault(alert.owner, []).append(alert)
        done: list[Looked | None] = []
        for owner, mine in by_owner.items():
            done += await self._account(owner, mine, now)
        return done

    async def _account(self, owner: str, alerts: Sequence[Alert], now: datetime) -> list[Looked | None]:
        """One person's account at every close since, as far as the prices of what is open are known."""
        last = _known_until(await self._money(owner, now), now)
        after = {alert.alert_id: alert for alert in alerts}
        events: dict[str, list[tuple[str, datetime, str]]] = {alert.alert_id: [] for alert in alerts}
        for at in self._closes(min(alert.checked_at for alert in alerts), last):
            paper = await self._money(owner, at)
            for alert in alerts:
                if at > alert.checked_at:
                    stepped, event = _stepped(after[alert.alert_id], paper, at)
                    after[alert.alert_id] = stepped
                    events[alert.alert_id] += [event] if event else []
        return [looked(alert, events[alert.alert_id], now, after[alert.alert_id]) for alert in alerts]

    async def _money(self, owner: str, at: datetime) -> PaperMoney:
        return await paper_money(self._stores, owner, at, self._terms.beginning)

    def _closes(self, since: datetime, last: datetime) -> Iterable[datetime]:
        step = self._terms.every.ms
        newest, oldest = to_ms(last) // step, to_ms(since) // step
        return (from_ms(i * step) for i in range(max(oldest, newest - MOST_STEPS) + 1, newest + 1))


def looked(alert: Alert, events: Events, now: datetime, after: Alert) -> Looked | None:
    """The alert after these events in their order, with its firings; None where nothing at all has changed.

    Events after the expiry do not count; an alert expires when all until then was looked at, or a day later. One within
    the cooldown after the last that was told is kept, but muted; an alert that is told once ends with the first.
    """
    firings: list[Firing] = []
    told_at = alert.fired_at
    for occasion, at, what in events:
        if at > alert.expires_at:
            break
        muted = told_at is not None and at - told_at < timedelta(seconds=alert.cooldown_s)
        firings.append(Firing(alert.alert_id, occasion, alert.owner, at, what, muted, now))
        told_at = told_at if muted else at
        if not alert.repeats:
            after = replace(after, ended=FIRED, ended_at=now)
            break
    over = after.checked_at >= alert.expires_at or now >= alert.expires_at + PATIENCE
    if not after.ended and over:
        after = replace(after, ended=EXPIRED, ended_at=now)
    after = replace(after, fired_at=told_at)
    return Looked(alert, after, tuple(firings)) if after != alert else None


def _wanted(alert: Alert, exchange: str, timeframe: Timeframe) -> Wanted:
    """Bars that close after what was looked at. The state of another exchange's bars does not count."""
    state = alert.state if alert.exchange == exchange else 0
    return Wanted(alert.alert_id, alert.condition, to_ms(alert.checked_at) - timeframe.ms + 1, state)


def _occasions(alert: Alert, seen: Look, timeframe: Timeframe) -> Events:
    return [
        (iso(from_ms(edge.open_ms)), from_ms(edge.open_ms + timeframe.ms), measured(alert.condition, edge))
        for edge in seen.edges
    ]


def _known_until(paper: PaperMoney, now: datetime) -> datetime:
    marked = [mark.at for mark in paper.marks.values() if mark.at is not None and now - mark.at < PATIENCE]
    return min([*marked, now])


def _stepped(alert: Alert, paper: PaperMoney, at: datetime) -> tuple[Alert, tuple[str, datetime, str] | None]:
    """The alert after one look at the account, and what came true."""
    reading = read_account(alert.condition, paper, alert.memory)
    after = replace(alert, checked_at=at, memory=reading.memory)
    if reading.value is None:
        return after, None
    state = 1 if is_true(alert.condition, reading.value) else -1
    fires = state > 0 and alert.state < 0
    return replace(after, state=state), (iso(at), at, reading.words) if fires else None
