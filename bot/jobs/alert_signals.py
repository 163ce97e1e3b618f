"""Issued signals and their steps, as alerts wait for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.wording import number, percent
from signals.alerts import Condition, Kind
from signals.model import Issued, SignalState, Transition
from signals.universe import names_of
from storage.alerts import Alert
from storage.stores import Stores

LATE = timedelta(days=2)  # a signal, or a step of one, may be stored that long after it could be known
_TARGETS = (SignalState.TARGET_1, SignalState.TARGET_2, SignalState.TARGET)
Events = Sequence[tuple[str, datetime, str]]  # occasion, when it was known, what happened


async def signal_events(stores: Stores, alerts: Sequence[Alert], now: datetime) -> dict[str, Events]:
    """What happened for each alert since it was last looked at and was not recorded yet, oldest first."""
    since = min(alert.checked_at for alert in alerts) - LATE
    issued = await stores.alerts.signals_since(since, now)
    steps = await stores.alerts.steps_since(since, now)
    known = await stores.alerts.occasions([alert.alert_id for alert in alerts])
    found: dict[str, Events] = {}
    for alert in alerts:
        events = _signals(alert, issued) if alert.condition.kind is Kind.SIGNAL else _steps(alert, steps)
        found[alert.alert_id] = [
            event for event in events if event[1] > alert.made_at and (alert.alert_id, event[0]) not in known
        ]
    return found


def _signals(alert: Alert, issued: Sequence[Issued]) -> list[tuple[str, datetime, str]]:
    return [
        (one.signal_id, one.signal.known_at, _issued(one))
        for one in issued
        if _is_about(alert.condition, one) and _is_wanted(alert.condition, one)
    ]


def _steps(alert: Alert, steps: Sequence[tuple[Issued, Transition]]) -> list[tuple[str, datetime, str]]:
    states = _TARGETS if alert.condition.left == "target" else (SignalState.STOPPED,)
    return [
        (f"{step.signal_id}:{step.state.value}", step.at, _step(issued, step))
        for issued, step in steps
        if step.state in states and _is_about(alert.condition, issued)
    ]


def _is_about(condition: Condition, issued: Issued) -> bool:
    series = issued.signal.series
    named = not condition.symbol or series.symbol in names_of(condition.symbol)
    return named and condition.timeframe in (None, series.timeframe)


def _is_wanted(condition: Condition, issued: Issued) -> bool:
    """A signal without a calibrated confidence never reaches a least one."""
    side = {"buy": 1, "sell": -1}.get(condition.left)
    if not issued.signal.direction or side not in (None, issued.signal.direction):
        return False
    return not condition.right or (issued.confidence is not None and 100 * issued.confidence >= float(condition.right))


def _issued(one: Issued) -> str:
    signal = one.signal
    price = f" at {number(signal.price)}" if signal.price is not None else ""
    sure = f"confidence {percent(one.confidence)}" if one.confidence is not None else "uncalibrated confidence"
    return f"{signal.action.value.replace('_', ' ')} {signal.series.market}{price}, {sure}"


def _step(issued: Issued, step: Transition) -> str:
    side = "buy" if issued.signal.direction > 0 else "sell"
    return f"the {side} signal of {issued.signal.series.market} came to {step.state.value} at {number(step.price)}"
