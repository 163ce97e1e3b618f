"""Plans in the style that a person chose for their account."""

from __future__ import annotations

from dataclasses import replace

from rag.desk import Judgement
from signals.accounting import Style
from signals.errors import DataError
from signals.plan import PlanInput, make_plan

NOT_STYLED = "Your plan style `confidence` gives no plan that pays here; the plan by ATR is shown."
UNCALIBRATED = "Your plan style `confidence` needs a confidence, and there is none yet; the plan by ATR is shown."


def styled(judged: Judgement, style: Style | None) -> tuple[Judgement, str]:
    """The judgement with its plan made anew in a style, and what must be said where that was not possible.

    Only the style `confidence` changes a plan, which is made by ATR before a confidence is known.
    """
    plan, signal = judged.analysis.plan, judged.analysis.signal
    if plan is None or (style or plan.rules.style) != "confidence" or signal.price is None:
        return judged, ""
    if judged.confidence.value is None:
        return judged, UNCALIBRATED if style else ""
    rules, closes = replace(plan.rules, style="confidence"), judged.candles.close[-plan.rules.trend_sma :]
    wanted = PlanInput(
        direction=plan.direction,
        price=signal.price,
        atr=plan.atr,
        trend_mean=float(closes.mean()) if len(closes) == rules.trend_sma else None,
        known_at=signal.known_at,
        timeframe=judged.market.timeframe,
        confidence=judged.confidence.value,
    )
    try:
        made = make_plan(wanted, rules, judged.market_rules.tick)
    except DataError:
        return judged, NOT_STYLED
    if made.reward_risk < rules.min_reward_risk:
        return judged, NOT_STYLED
    return replace(judged, analysis=replace(judged.analysis, plan=made)), ""
