"""The judgement of one market at one moment: signal and plan, or a plain statement of what is wrong with the data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import numpy as np

from signals.confluence import weighed
from signals.ensemble import SignalRules, Tally, strength_of, tally
from signals.errors import DataError
from signals.features import FeatureFrame, derive
from signals.indicators import IndicatorFrame, compute
from signals.market.condition import Condition, condition
from signals.model import Action, Candles, FloatArray, Plan, PlanRules, Signal, Strength, Vote
from signals.news.tone import SILENCE, Tone
from signals.plan import PlanInput, make_plan
from signals.setups import setup_of


@dataclass(frozen=True, slots=True)
class Moment:
    """When and by which rules a market is judged; `now` is the market's time.

    `held_back` says what forbids a signal for now, if anything does: a newer bar in quarantine, a broken model; `tone`
    is what the news known at `now` says of the market.
    """

    now: datetime
    rules: SignalRules
    plan_rules: PlanRules
    tick: Decimal
    held_back: str = ""
    tone: Tone = SILENCE


@dataclass(frozen=True, slots=True)
class Analysis:
    """A signal, its plan when it is a trade, and the numbers both came from (None when there were too few)."""

    signal: Signal
    plan: Plan | None = None
    features: FeatureFrame | None = None

    @property
    def frame(self) -> IndicatorFrame | None:
        """The indicator frame, if one could be computed."""
        return self.features.frame if self.features else None


def analyse(candles: Candles, moment: Moment) -> Analysis:
    """Judge the newest bar. Bad data raises nothing: it is NO_DATA, STALE or NO_SIGNAL, with the reason and the fix.

    `candles` are closed bars, ascending; at least 500 make the recursive indicators independent of where they begin.
    """
    problem = _unusable(candles, moment)
    if problem is not None:
        return Analysis(problem)
    features = derive(compute(candles))
    count = tally(features, moment.rules)
    return _judge(features, count, moment)


def _unusable(candles: Candles, moment: Moment) -> Signal | None:
    found = condition(candles.series, candles, moment.now, warm_up=moment.rules.warm_up_bars)
    if found.ok and not moment.held_back:
        return None
    if found.ok:
        found = Condition("quarantined", moment.held_back, candles.closed_at())
    action = {"no_data": Action.NO_DATA, "stale": Action.STALE}.get(found.status, Action.NO_SIGNAL)
    return Signal(candles.series, None, moment.now, action, found.text.rstrip("."), last_good_at=found.last_good_at)


def _judge(features: FeatureFrame, count: Tally, moment: Moment) -> Analysis:
    signal = weighed(_signal(features, count, moment), moment.tone)
    if signal.direction == 0:
        return Analysis(signal, None, features)
    candles = features.frame.candles
    wanted = PlanInput(
        direction=signal.direction,
        price=float(candles.close[-1]),
        atr=float(features["atr_14"][-1]),
        trend_mean=_trend_mean(features, moment.plan_rules.trend_sma),
        known_at=signal.known_at,
        timeframe=candles.series.timeframe,
    )
    try:
        plan = make_plan(wanted, moment.plan_rules, moment.tick)
    except DataError as e:
        return Analysis(replace(signal, action=Action.NO_SIGNAL, reason=str(e)), None, features)
    if plan.reward_risk < moment.plan_rules.min_reward_risk:
        return Analysis(_not_worth_it(signal, plan, moment), None, features)
    return Analysis(signal, plan, features)


def _trend_mean(features: FeatureFrame, bars: int) -> float | None:
    closes: FloatArray = features.frame.close[-bars:]
    return float(closes.mean()) if len(closes) == bars else None


def _signal(features: FeatureFrame, count: Tally, moment: Moment) -> Signal:
    candles, rules = features.frame.candles, moment.rules
    long, short = float(count.long[-1]), float(count.short[-1])
    conviction = max(long, short)
    direction = int(count.direction[-1])
    strength = strength_of(conviction, rules) if direction else None
    move = float(candles.close[-1] / candles.close[-6] - 1.0)
    violent = direction != 0 and abs(move) > rules.violent_move
    action, reason, change = _decision(count, rules, strength)
    warnings = (f"the price moved {100 * move:+.1f} % in 5 bars: the size is halved",) if violent else ()
    return Signal(
        series=candles.series,
        bar_open_at=candles.opened_at(),
        known_at=candles.closed_at(),
        action=action,
        reason=reason,
        price=float(candles.close[-1]),
        atr=float(features["atr_14"][-1]),
        long=long,
        short=short,
        conviction=conviction,
        strength=strength,
        votes=_votes(features, count),
        setup=setup_of(features, direction),
        change=change,
        size_factor=0.5 if violent else 1.0,
        warnings=warnings,
        last_good_at=candles.closed_at(),
    )


def _decision(count: Tally, rules: SignalRules, strength: Strength | None) -> tuple[Action, str, str]:
    """Action, why, and what would change it."""
    long, short = float(count.long[-1]), float(count.short[-1])
    votes = f"long {long:.2f} against short {short:.2f}"
    if not count.spoke[-1]:
        cast = int(np.isfinite(count.scores[:, -1]).sum())
        return (
            Action.NO_SIGNAL,
            f"only {cast} of {len(count.voters)} voters cast a vote, at least {rules.min_votes} must",
            "",
        )
    direction = int(count.direction[-1])
    if direction:
        strong = strength is Strength.STRONG
        buy, sell = (Action.STRONG_BUY, Action.STRONG_SELL) if strong else (Action.BUY, Action.SELL)
        return (buy if direction > 0 else sell), f"the votes add up to {votes}", ""
    side = "long" if long >= short else "short"
    if max(long, short) < rules.min_conviction:
        reason = f"conviction {max(long, short):.2f} is below {rules.min_conviction:.2f} ({votes})"
        change = f"a {side} conviction of {rules.min_conviction:.2f} or more, now {max(long, short):.2f}"
        return Action.HOLD, reason, change
    reason = f"the voters disagree: {votes}, a margin below {rules.min_margin:.2f}"
    return Action.HOLD, reason, f"a margin of {rules.min_margin:.2f} or more between long and short"


def _votes(features: FeatureFrame, count: Tally) -> tuple[Vote, ...]:
    votes = []
    for voter, score in zip(count.voters, count.scores[:, -1], strict=True):
        cast = round(float(score), 4) if np.isfinite(score) else None
        votes.append(Vote(voter.name, cast, voter.weight, voter.explain(features, len(features) - 1)))
    return tuple(votes)


def _not_worth_it(signal: Signal, plan: Plan, moment: Moment) -> Signal:
    least = moment.plan_rules.min_reward_risk
    return signal.held_back(
        reason=(
            f"the votes say {signal.action} (conviction {signal.conviction:.2f}), but after fees and slippage the plan "
            f"would win {plan.reward_risk:.2f} for each 1 at risk, below {least:.2f}"
        ),
        change=f"more volatility: at an ATR of {100 * plan.atr / plan.entries[0]:.2f} % of the price costs eat it",
    )
