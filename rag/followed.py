"""What became of recommendations: each followed over candles from its own bar, with and without the model's word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from signals.case import Case, case_of
from signals.clock import to_ms
from signals.lifecycle import follow
from signals.model import Action, Candles, Issued, Plan, PlanRules, Series, Signal, SignalState, Timeframe
from storage.stores import Stores
from storage.values import LoggedRecommendation

MOST_BARS = 20_000
RULES_ONLY = "rules only"
WITH_MODEL = "with a model"
WITHOUT_MODEL = "the same questions without the model"
REACHED = (SignalState.TARGET_1, SignalState.TARGET_2, SignalState.TARGET)


@dataclass(frozen=True, slots=True)
class Advised:
    """One recommendation to trade, as it was given or as it would have been without the model."""

    how: str
    issued: Issued
    stance: str = "none"


Ended = tuple[Advised, Case]


async def followed(stores: Stores, now: datetime, symbols: Sequence[str] = ()) -> dict[str, tuple[Case, ...]]:
    """Ended recommendations by how they were made; the same advice on the same bar counts once, whoever asked.

    A veto of the model is absent from `WITH_MODEL` and present in `WITHOUT_MODEL`. Opposite signals that came later are
    not looked at: each runs to its stop, its target or its end of time.
    """
    return by_how(await ended(stores, now, symbols))


def by_how(found: Iterable[Ended]) -> dict[str, tuple[Case, ...]]:
    """The cases of each way of answering, the same advice on the same bar once."""
    groups: dict[str, list[Case]] = {}
    for one, case in found:
        groups.setdefault(one.how, []).append(case)
    return {how: _once(cases) for how, cases in groups.items()}


async def ended(stores: Stores, now: datetime, symbols: Sequence[str] = ()) -> tuple[Ended, ...]:
    """All recommendations to trade that had ended by `now`, as given and as they would have been without the model."""
    logged = await stores.recommendations.known(now)
    advised = [one for record in logged for one in _advised(record)]
    wanted = [one for one in advised if not symbols or one.issued.signal.series.symbol in symbols]
    found: list[Ended] = []
    for series in dict.fromkeys(one.issued.signal.series for one in wanted):
        own = [one for one in wanted if one.issued.signal.series == series]
        candles = await _candles(stores, series, [one.issued.signal.known_at for one in own], now)
        for one in own:
            case = _case(one.issued, candles)
            if case is not None:
                found.append((one, case))
    return tuple(found)


def _advised(record: LoggedRecommendation) -> Iterable[Advised]:
    payloads = [(RULES_ONLY, record.payload)]
    if record.method == "rag":
        payloads = [(WITH_MODEL, record.payload), (WITHOUT_MODEL, record.twin)]
    stance = str(record.payload.get("stance", "none"))
    return [Advised(how, issued, stance) for how, payload in payloads if (issued := _issued(payload)) is not None]


def _issued(payload: dict[str, Any]) -> Issued | None:
    """The trade that a payload recommended; None where it recommended none."""
    action = Action(payload.get("action", Action.NO_DATA))
    if not action.direction or not payload.get("exit_points") or payload.get("price_at") is None:
        return None
    series = Series(payload["exchange"], payload["symbol"], Timeframe(payload["timeframe"]))
    known_at, expires_at = datetime.fromisoformat(payload["price_at"]), datetime.fromisoformat(payload["expires_at"])
    horizon = max(1, round((expires_at - known_at) / series.timeframe.duration))
    signal = Signal(series, known_at - series.timeframe.duration, known_at, action, "", price=payload["price"])
    plan = Plan(
        direction=action.direction,
        entries=tuple(payload["entry_points"]),
        stop=payload["stop_loss"],
        targets=tuple(payload["exit_points"]),
        invalidation=payload["invalidation"],
        reward_risk=payload["reward_risk"],
        expires_at=expires_at,
        atr=0.0,
        rules=PlanRules(horizon_bars=horizon),
    )
    return Issued(signal, plan, known_at, payload.get("confidence"))


async def _candles(stores: Stores, series: Series, known: Sequence[datetime], now: datetime) -> Candles:
    bars = (to_ms(now) - to_ms(min(known))) // series.timeframe.ms + 1
    return await stores.candles.newest(series, min(max(bars, 1), MOST_BARS), until_ms=to_ms(now))


def _case(issued: Issued, candles: Candles) -> Case | None:
    steps = follow(issued, candles)
    if not steps or not steps[-1].state.is_final:
        return None
    reached = any(step.state in REACHED for step in steps)
    return case_of(issued, steps[-1].at, reached=reached, realised_r=steps[-1].realised_r)


def _once(cases: Sequence[Case]) -> tuple[Case, ...]:
    return tuple({(c.symbol, c.timeframe, c.direction, c.known_at): c for c in cases}.values())
