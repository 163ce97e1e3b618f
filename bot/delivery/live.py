"""The live message of a signal: what it says when it is issued, and after each step of its life. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.delivery.message import BroadcastMessage, visible_id
from bot.wording import number, percent, when
from rag.track_record import LEARNED
from signals.model import Issued, Plan, SignalState, Transition
from storage.delivery_values import stream_of

LONGEST_LIFE = timedelta(minutes=60)
LONGEST_ACTION = 60
CASES = "confidence_n"
SIMULATED = "SIMULATED MARKET: prices are invented."
RECORDED = "Recorded candles, not the live market."
MARKETS = {"simulated": SIMULATED, "replay": RECORDED}
ENDED = {
    SignalState.TARGET: "final target",
    SignalState.STOPPED: "stopped",
    SignalState.EXPIRED: "expired",
    SignalState.INVALIDATED: "invalidated",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A signal and what is told of it: the `n` behind its confidence, its steps so far, and what took it back."""

    issued: Issued
    n: int | None
    steps: tuple[Transition, ...] = ()
    replaced_by: Issued | None = None


def live_payload(told: Told) -> dict[str, Any]:
    """The message as it stands now, in plain JSON; it keeps the `n` for later edits."""
    return live_message(told).payload() | {CASES: told.n}


def cases_of(payload: Mapping[str, Any]) -> int | None:
    """The `n` of a message that was made by `live_payload`."""
    n = payload.get(CASES)
    return n if isinstance(n, int) else None


def valid_for(issued: Issued, now: datetime) -> timedelta:
    """How long from `now` (by the market's clock) it may be sent as new: one bar after its close, at most an hour."""
    life = min(timedelta(milliseconds=issued.signal.series.timeframe.ms), LONGEST_LIFE)
    return issued.signal.known_at + life - now


def live_message(told: Told) -> BroadcastMessage:
    """The whole message: the state in its title, then the plan, the confidence, and each step with its price."""
    issued = told.issued
    learned = any(vote.voter == LEARNED and vote.score is not None for vote in issued.signal.votes)
    footer = ("rules and learned model" if learned else "rules only", "not financial advice")
    return BroadcastMessage(
        title=f"{headline(issued)} {_stand(told)}",
        lines=tuple(_lines(told)),
        visible_id=visible_id(stream_of(issued.signal_id)),
        footer=" · ".join(footer),
        tone=_tone(told.steps),
        buttons=_buttons(told),
    )


def headline(issued: Issued) -> str:
    """`STRONG BUY ETH/USDT 1h`."""
    signal = issued.signal
    return f"{signal.action.value.replace('_', ' ')} {signal.series.symbol} {signal.series.timeframe}"


def result(step: Transition) -> str:
    """`stopped, -1.03 R` of a final step."""
    r = "" if step.realised_r is None else f", {step.realised_r:+.2f} R"
    return f"{ENDED[step.state]}{r}"


def confidence_told(issued: Issued, n: int | None) -> str:
    """The calibrated share with its n, or that there is none."""
    if issued.confidence is None:
        return "Confidence: uncalibrated, too few resolved signals like this one"
    shown = f"Confidence {percent(issued.confidence)}"
    return shown if n is None else f"{shown}, n = {n}"


def _stand(told: Told) -> str:
    """What follows the headline: the newest step, or the price."""
    last = told.steps[-1] if told.steps else None
    if last is not None and last.state.is_final:
        return f"· {result(last)}"
    if told.replaced_by is not None:
        return "· taken back"
    if last is not None:
        passed = "entered" if last.state is SignalState.ENTERED else f"{last.state.value} reached"
        return f"· {passed} at {number(last.price)}"
    plan = told.issued.plan
    return f"at {number(plan.entries[0])}" if plan else ""


def _lines(told: Told) -> Iterator[str]:
    signal, plan = told.issued.signal, told.issued.plan
    if signal.series.exchange in MARKETS:
        yield MARKETS[signal.series.exchange]
    if plan is not None:
        yield from _plan(plan)
    yield confidence_told(told.issued, told.n)
    yield f"Why: {signal.reason}"
    yield from signal.warnings
    yield f"Issued {when(signal.known_at)}"
    yield from (_step(one, signal.known_at) for one in told.steps)
    newer = told.replaced_by
    if newer is not None and not (told.steps and told.steps[-1].state.is_final):
        at = _moment(newer.signal.known_at, signal.known_at)
        yield f"{at} taken back: {_turned(newer)}; it closes at the next open"
    if not told.steps and newer is None:
        yield f"Your size: /signal {signal.series.symbol} {signal.series.timeframe}"


def _turned(newer: Issued) -> str:
    if newer.signal.direction == 0:
        return "the votes now lean against it"
    return f"{headline(newer)} was issued"


def _plan(plan: Plan) -> Iterator[str]:
    entry = plan.entries[0]
    entries = ", or ".join(number(price) for price in plan.entries)
    yield f"Entry {entries} · stop {number(plan.stop)} ({_distance(plan.stop, entry)})"
    targets = " · ".join(number(price) for price in plan.targets)
    last = _distance(plan.targets[-1], entry)
    yield f"{'Targets' if len(plan.targets) > 1 else 'Target'} {targets} ({last}) · reward/risk {plan.reward_risk:.2f}"


def _distance(price: float, entry: float) -> str:
    return f"{100 * (price / entry - 1):+.1f} %"


def _step(step: Transition, since: datetime) -> str:
    at = _moment(step.at, since)
    if not step.state.is_final:
        return f"{at} {step.state.value} at {number(step.price)}"
    r = "" if step.realised_r is None else f": {step.realised_r:+.2f} R after costs"
    return f"{at} {ENDED[step.state]} at {number(step.price)}{r}"


def _moment(at: datetime, since: datetime) -> str:
    """The time, with its date when that is another than the signal's."""
    return f"{at:%H:%M}" if at.date() == since.date() else f"{at:%Y-%m-%d %H:%M}"


def _tone(steps: Sequence[Transition]) -> str:
    final = next((step for step in steps if step.state.is_final), None)
    if final is None or not final.realised_r:
        return "plain"
    return "good" if final.realised_r > 0 else "bad"


def _buttons(told: Told) -> tuple[tuple[str, str], ...]:
    """Take while there is something to take, then the rest."""
    over = told.replaced_by is not None or any(step.state.is_final for step in told.steps)
    labels = ("Take",) * (told.issued.plan is not None and not over) + ("Why", "Chart")
    found = ((label, f"{label.lower()}:{told.issued.signal_id}") for label in labels)
    return tuple((label, action) for label, action in found if len(action) <= LONGEST_ACTION)
