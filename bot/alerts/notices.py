"""Notices of alerts and of paper trades, each to its owner alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.alerts.words import away_lines, describe, ends
from bot.paper.words import PAPER, event_line, name_of
from bot.wording import when
from signals.alerts import Kind
from signals.fills import BY_HAND, OPEN, STOP, Booked, Fill
from storage.alerts import Alert, Firing
from storage.notices import Notice

FRESH = timedelta(minutes=60)  # or one bar, where that is less
LEAST_FRESH = timedelta(minutes=15)
TRADE_NEWS = timedelta(days=1)
AWAY = "While I was away"


def tell(told: Sequence[tuple[Alert, Firing]]) -> tuple[Notice, ...]:
    """One notice per fresh firing; what came true longer ago is told once per person, with its times, not as new."""
    notices, late = [], dict[str, list[tuple[Alert, Firing]]]()
    for alert, firing in told:
        if firing.found_at - firing.at <= fresh_for(alert):
            notices.append(_fresh(alert, firing))
        else:
            late.setdefault(firing.owner, []).append((alert, firing))
    for owner, fired in late.items():
        fired.sort(key=lambda pair: (pair[1].at, pair[0].number))
        first = fired[0][1]
        n = len(fired)
        title = f"{AWAY}: {n} alert{'s' if n > 1 else ''} came true"
        key = f"alerts-away:{first.alert_id}:{first.occasion}"
        notices.append(Notice(owner, key, title, away_lines(fired), first.found_at))
    return tuple(notices)


def fresh_for(alert: Alert) -> timedelta:
    """How long a firing is news: one bar, 15 to 60 minutes."""
    frame = alert.condition.timeframe
    return FRESH if frame is None else max(min(frame.duration, FRESH), LEAST_FRESH)


def of_fills(booked: Booked, fills: Sequence[Fill], now: datetime) -> tuple[Notice, ...]:
    """What following found about a person's trade: one notice per fill, under the key of its event.

    What the person did themselves is not told. `booked` has the fills before these; late ones carry their time.
    """
    notices, known = [], booked.fills
    for fill in fills:
        known = (*known, fill)
        if fill.level == OPEN or fill.level.startswith(BY_HAND):
            continue
        after = Booked(booked.trade, booked.plan, known)
        late = now - fill.at > FRESH
        title = f"{f'{AWAY}: paper' if late else 'Paper'} trade {name_of(booked)}: {_happened(fill)}"
        tone = "bad" if fill.pnl < 0 or fill.level == STOP else "good"
        key = f"trade:{fill.trade_id}:{fill.level}"
        notices.append(Notice(fill.owner, key, title, (event_line(after, fill),), now, now + TRADE_NEWS, PAPER, tone))
    return tuple(notices)


def _fresh(alert: Alert, firing: Firing) -> Notice:
    condition = alert.condition
    bar = "" if condition.kind in (Kind.SIGNAL, Kind.STEP) else f"on the bar closed {when(firing.at)}"
    lines = (f"{firing.what}{', ' + bar if bar else ', ' + when(firing.at)}.",)
    title = f"Alert {alert.number}: {describe(condition)}"
    key = f"alert:{firing.alert_id}:{firing.occasion}"
    return Notice(firing.owner, key, title, lines, firing.found_at, firing.at + 2 * fresh_for(alert), ends(alert))


def _happened(fill: Fill) -> str:
    return {"stop": "stopped", "margin": "margin spent", "expiry": "expired"}.get(fill.level, f"{fill.level} reached")
