"""How a market stood at two moments, and what changed between them, as a short list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.wording import number, when
from signals.model import Issued, Vote

_MOVED = 0.05
_POINTS = 5.0
_SPAN = 0.1
_AVERAGES = (("sma_50", "50-bar mean"), ("sma_200", "200-bar mean"))


@dataclass(frozen=True, slots=True)
class Standing:
    """A signal or a recommendation as it was: `levels` are the plan's by name, empty without a plan."""

    what: str
    at: datetime
    action: str
    price: float | None
    votes: tuple[Vote, ...] = ()
    indicators: Mapping[str, float] = field(default_factory=dict)
    levels: Mapping[str, float] = field(default_factory=dict)
    confidence: float | None = None


def of_issued(issued: Issued, indicators: Mapping[str, float]) -> Standing:
    """An issued signal, with the indicators of its bar."""
    signal, plan = issued.signal, issued.plan
    levels = {} if plan is None else {"stop": plan.stop, **{f"target {n}": t for n, t in enumerate(plan.targets, 1)}}
    confidence = issued.confidence
    return Standing(
        "signal", signal.known_at, signal.action.value, signal.price, signal.votes, indicators, levels, confidence
    )


def of_payload(payload: Mapping[str, Any], at: datetime) -> Standing:
    """A logged recommendation, from its stored JSON."""
    facts = {f["key"]: f["value"] for f in payload["facts"] if isinstance(f["value"], int | float)}
    levels = {} if payload["stop_loss"] is None else {"stop": payload["stop_loss"]}
    levels |= {f"target {n}": target for n, target in enumerate(payload["exit_points"], 1)}
    votes = tuple(Vote(**vote) for vote in payload["votes"])
    confidence = payload.get("confidence")
    return Standing("recommendation", at, payload["action"], payload["price"], votes, facts, levels, confidence)


def changes(now: Standing, before: Standing | None) -> tuple[str, ...]:
    """What changed, a line for each kind: action, price, votes, indicators, plan, confidence."""
    if before is None:
        return ("There is no earlier signal of this market to compare with.",)
    return tuple(_lines(now, before))


def _lines(now: Standing, before: Standing) -> Iterator[str]:
    yield f"The {before.what} before, of {when(before.at)}, was {before.action.replace('_', ' ')}."
    if now.price is not None and before.price:
        change = 100 * (now.price / before.price - 1)
        yield f"Price {number(before.price)} then, {number(now.price)} now ({change:+.2f} %)."
    yield from _votes(now, before)
    moved = list(_indicators(now, before))
    if moved:
        yield f"Indicators: {', '.join(moved)}."
    yield from _plan(now, before)
    if now.confidence != before.confidence:
        yield f"Confidence: {_share(before.confidence)} then, {_share(now.confidence)} now."


def _votes(now: Standing, before: Standing) -> Iterator[str]:
    former = {vote.voter: vote.score for vote in before.votes}
    pairs = [(vote.voter, former.get(vote.voter), vote.score) for vote in now.votes]
    flipped = [pair for pair in pairs if (pair[1] or 0.0) * (pair[2] or 0.0) < 0]
    moved = [
        (voter, old, new)
        for voter, old, new in pairs
        if (voter, old, new) not in flipped and abs((new or 0.0) - (old or 0.0)) >= _MOVED
    ]
    for title, chosen in (("Votes that flipped", flipped), ("Votes that moved", moved)):
        if chosen:
            yield f"{title}: {', '.join(f'{voter} {score(old)} to {score(new)}' for voter, old, new in chosen)}."
    if not flipped and not moved:
        yield "No vote moved by 0.05 or more."


def _indicators(now: Standing, before: Standing) -> Iterator[str]:
    old, new = before.indicators, now.indicators
    if "rsi_14" in old and "rsi_14" in new and abs(new["rsi_14"] - old["rsi_14"]) >= _POINTS:
        yield f"RSI 14 {old['rsi_14']:.1f} to {new['rsi_14']:.1f}"
    name = "macd_hist_12_26_9"
    if name in old and name in new and old[name] * new[name] < 0:
        yield f"the MACD histogram turned {'positive' if new[name] > 0 else 'negative'}"
    if old.get("atr_14") and new.get("atr_14") and abs(new["atr_14"] / old["atr_14"] - 1) >= _SPAN:
        yield f"ATR 14 {number(old['atr_14'])} to {number(new['atr_14'])}"
    if now.price is None or before.price is None:
        return
    for name, words in _AVERAGES:
        if name in old and name in new and (before.price - old[name]) * (now.price - new[name]) < 0:
            yield f"the price crossed {'above' if now.price > new[name] else 'below'} its {words}"


def _plan(now: Standing, before: Standing) -> Iterator[str]:
    if not now.levels and not before.levels:
        return
    if not before.levels or not now.levels:
        yield "There was no plan then." if now.levels else "There is no plan now."
        return
    moved = [
        f"{name} {number(before.levels[name])} to {number(level)}"
        for name, level in now.levels.items()
        if name in before.levels and before.levels[name] != level
    ]
    yield f"Plan: {', '.join(moved)}." if moved else "The plan's levels are the same."


def score(value: float | None) -> str:
    """A vote's score, `none` for an abstention."""
    return "none" if value is None else f"{value:+.2f}"


def _share(value: float | None) -> str:
    return "uncalibrated" if value is None else f"{100 * value:.0f} %"
