"""The words of the rules-only answer: every sentence is filled from facts by code, and cites what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN

from rag.desk import Judgement
from rag.facts import Sizing, money_text, price_text
from rag.recommendation import Recommendation, Source
from signals.confluence import NEWS
from signals.model import Action, Plan
from signals.plan import on_tick
from signals.risk import RiskAssessment
from signals.setups import LABELS

VERB = {
    Action.STRONG_BUY: "a strong BUY",
    Action.BUY: "BUY",
    Action.HOLD: "HOLD",
    Action.SELL: "SELL",
    Action.STRONG_SELL: "a strong SELL",
}


def reasoning(judged: Judgement, sizing: Sizing | None, risk: RiskAssessment | None, sources: Sequence[Source]) -> str:
    """Why, in a few sentences; the statement about the data itself where there is no advice."""
    signal, plan = judged.analysis.signal, judged.analysis.plan
    if not signal.action.is_advice or signal.price is None:
        return _no_advice(judged)
    series = signal.series
    parts = [
        f"The rules say {VERB[signal.action]} for {series.symbol} on {series.timeframe} at {price_text(signal.price)}: "
        f"{signal.reason}. The chart reads as {LABELS.get(signal.setup, signal.setup)}."
    ]
    loudest = max(
        (v for v in signal.votes if v.score is not None), key=lambda v: abs(v.score or 0) * v.weight, default=None
    )
    if loudest is not None:
        parts.append(f"The loudest voter is {loudest.voter} ({loudest.score:+.2f}): {loudest.reason}.")
    tone = judged.tone
    if tone.score is not None and NEWS not in signal.reason:
        parts.append(f"{NEWS.capitalize()} scores {tone.score:+.2f} over {tone.count} headlines.")
    if plan is not None and sizing is not None:
        parts.append(_plan_words(plan, sizing))
    if risk is not None:
        parts.append(f"Risk is {risk.level}: {risk.text}.")
    parts += [f"{lesson.text}." for lesson in judged.lessons]
    parts += _evidence(sources)
    return " ".join(parts)


def _no_advice(judged: Judgement) -> str:
    signal = judged.analysis.signal
    text = f"There is no advice: {signal.reason}."
    if judged.sync_note:
        text += f" The last sync said: {judged.sync_note}."
    return text


def _plan_words(plan: Plan, sizing: Sizing) -> str:
    size = sizing.size
    side = "Buy" if plan.direction > 0 else "Sell short"
    levels = (
        f"stop at {price_text(plan.stop)}, targets {', '.join(price_text(t) for t in plan.targets)}, "
        f"reward/risk {plan.reward_risk:.2f} after costs"
    )
    if size.quantity == 0:
        return f"The plan would be: {levels}. No position is sized: {size.note or size.bound_by}."
    return (
        f"{side} {size.quantity.normalize():f} for {money_text(size.notional)} "
        f"near {price_text(plan.entries[0])}, {levels}. "
        f"{money_text(size.risk)} is lost at the stop; the size is bound by {size.bound_by}."
    )


def _evidence(sources: Sequence[Source]) -> list[str]:
    """One sentence per kind of evidence, naming the newest of each."""
    phrases = {
        "signal": "The newest stored signal is",
        "trade": "Your last trade here is",
        "backtest": "The newest backtest is",
        "outcome": "How a similar signal ended is in",
        "news": "A headline (external, unchecked) is",
    }
    said: dict[str, str] = {}
    for source in sources:
        if source.type in phrases:
            said.setdefault(source.type, f"{phrases[source.type]} [{source.n}].")
    return list(said.values())


def what_would_change(judged: Judgement) -> str:
    """For a HOLD: the condition that would end it, and the levels to watch, on the market's tick."""
    signal, frame = judged.analysis.signal, judged.analysis.frame
    if signal.action is not Action.HOLD or frame is None:
        return ""
    row, tick = frame.at(-1), judged.market_rules.tick
    levels = [
        f"{label} {price_text(on_tick(row[name], tick, ROUND_HALF_EVEN))}"
        for label, name in (("upper band", "bb_upper_20_2"), ("lower band", "bb_lower_20_2"), ("50-bar mean", "sma_50"))
        if name in row
    ]
    return f"{signal.change[:1].upper()}{signal.change[1:]}. Levels to watch: {', '.join(levels)}."


def why(advice: Recommendation) -> str:
    """The action, its reason, and every vote with its numbers, a line each."""
    lines = [f"{advice.symbol} {advice.timeframe}: {advice.action.value}, because {advice.reason}."]
    for vote in advice.votes:
        cast = "abstains" if vote.score is None else f"votes {vote.score:+.2f} (weight {vote.weight:.2f})"
        lines.append(f"- {vote.voter} {cast}: {vote.reason}")
    if advice.what_would_change:
        lines.append(f"What would change it: {advice.what_would_change}")
    lines += [f"{fact.text}." for fact in advice.facts if fact.key == "lesson"]
    if advice.stop_loss is not None:
        lines.append(
            f"The plan fails at {price_text(advice.stop_loss)} and pays {advice.reward_risk:.2f} for each 1 at risk."
        )
    return "\n".join(lines)
