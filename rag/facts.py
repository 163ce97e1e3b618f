"""The facts block: every number that an answer may show, computed by code, with the inputs to recompute it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np

from rag.desk import Judgement
from rag.lessons import lesson_facts
from rag.recommendation import Fact
from signals.clock import iso
from signals.indicators import COLUMNS
from signals.model import Account, Plan, Size, SizeRules
from signals.news.tone import Tone
from signals.risk import RiskAssessment


@dataclass(frozen=True, slots=True)
class Sizing:
    """The size of a plan together with what it was computed from."""

    account: Account
    rules: SizeRules
    scale: Decimal
    size: Size


def price_text(price: float) -> str:
    """A price as it is shown: thousands separated, no invented digits."""
    whole = f"{Decimal(repr(price)):f}"
    head, dot, tail = whole.partition(".")
    tail = tail.rstrip("0")
    shown = f"{int(head):,}"
    return f"{shown}.{tail.ljust(2, '0') if len(tail) < 2 else tail}" if dot or tail else shown


def money_text(amount: Decimal) -> str:
    """An amount of USDT with two decimals and thousands separated."""
    return f"{amount:,.2f} USDT"


def market_facts(judged: Judgement, now: datetime) -> tuple[Fact, ...]:
    """Price, age, indicators and votes of the judged bar."""
    signal = judged.analysis.signal
    if signal.price is None or signal.bar_open_at is None:
        return ()
    age_s = int((now - signal.known_at).total_seconds())
    facts = [
        Fact("price", "price (close of the newest closed bar)", signal.price, price_text(signal.price)),
        Fact("price_at", "that bar closed at", iso(signal.known_at), f"{signal.known_at:%Y-%m-%d %H:%M} UTC"),
        Fact("data_age_s", "age of the data in seconds", age_s, f"{age_s} s"),
        *_indicator_facts(judged),
        Fact("long", "weighted votes for long", round(signal.long, 4), f"{signal.long:.2f}"),
        Fact("short", "weighted votes for short", round(signal.short, 4), f"{signal.short:.2f}"),
        Fact("conviction", "conviction", round(signal.conviction, 4), f"{signal.conviction:.2f}"),
        *_news_facts(judged.tone),
    ]
    for vote in signal.votes:
        shown = "abstains" if vote.score is None else f"{vote.score:+.2f}"
        facts.append(
            Fact(f"vote_{vote.voter.replace(' ', '_')}", f"vote of {vote.voter}", vote.score, f"{shown}: {vote.reason}")
        )
    return tuple(facts)


def _news_facts(tone: Tone) -> list[Fact]:
    if tone.score is None:
        return []
    return [
        Fact("news_score_24h", "news score of the last 24 hours", tone.score, f"{tone.score:+.2f}"),
        Fact("news_count_24h", "headlines in it", tone.count, str(tone.count)),
    ]


def _indicator_facts(judged: Judgement) -> list[Fact]:
    frame = judged.analysis.frame
    if frame is None:
        return []
    row = frame.at(-1)
    facts = [Fact(name, name, row[name], f"{row[name]:.6g}") for name in COLUMNS if name in row]
    if "atr_14" in row:
        share = 100 * row["atr_14"] / float(frame.close[-1])
        facts.append(Fact("atr_pct", "ATR 14 in percent of the price", share, f"{share:.2f} %"))
    window = np.asarray(frame.close[-25:])
    if len(window) == 25:
        change = 100 * (float(window[-1] / window[0]) - 1)
        facts.append(Fact("change_24_bars_pct", "change over 24 bars", change, f"{change:+.2f} %"))
    return facts


def plan_facts(plan: Plan) -> tuple[Fact, ...]:
    """Levels, reward/risk, and the rules they follow from."""
    rules = plan.rules
    facts = [Fact(f"entry_{i}", f"entry {i}", price, price_text(price)) for i, price in enumerate(plan.entries, 1)]
    facts.append(Fact("stop_loss", "stop loss", plan.stop, price_text(plan.stop)))
    facts += [Fact(f"target_{i}", f"target {i}", price, price_text(price)) for i, price in enumerate(plan.targets, 1)]
    stop_pct = 100 * abs(plan.entries[0] - plan.stop) / plan.entries[0]
    return (
        *facts,
        Fact("stop_distance_pct", "distance to the stop", stop_pct, f"{stop_pct:.2f} %"),
        Fact("invalidation", "invalid beyond", plan.invalidation, price_text(plan.invalidation)),
        Fact("reward_risk", "reward/risk after costs", plan.reward_risk, f"{plan.reward_risk:.2f}"),
        Fact("sl_atr", "stop in ATRs", rules.sl_atr, f"{rules.sl_atr:g}"),
        Fact("tp_atr", "final target in ATRs", rules.tp_atr, f"{rules.tp_atr:g}"),
        Fact("fee_rate", "fee a side", rules.fee_rate, f"{100 * rules.fee_rate:g} %"),
        Fact("slippage_rate", "slippage a side", rules.slippage_rate, f"{100 * rules.slippage_rate:g} %"),
        Fact("horizon_bars", "bars until it expires", rules.horizon_bars, str(rules.horizon_bars)),
        Fact("expires_at", "expires at", iso(plan.expires_at), f"{plan.expires_at:%Y-%m-%d %H:%M} UTC"),
    )


def size_facts(sizing: Sizing, judged: Judgement) -> tuple[Fact, ...]:
    """The position, the money it was sized from, every cap, and the market's steps."""
    size, account, rules = sizing.size, sizing.account, sizing.rules
    market = judged.market_rules
    shown = [
        Fact("quantity", "quantity", float(size.quantity), f"{size.quantity.normalize():f}"),
        Fact("position_size_usd", "order value", _cents(size.notional), money_text(size.notional)),
        Fact("risk_usd", "lost at the stop, before costs", _cents(size.risk), money_text(size.risk)),
        Fact("size_bound_by", "bound by", size.bound_by, size.bound_by),
        Fact("equity", "account equity", float(account.equity), money_text(account.equity)),
        Fact("available_cash", "available cash", float(account.cash), money_text(account.cash)),
        Fact("open_risk", "risk already open", float(account.open_risk), money_text(account.open_risk)),
        Fact(
            "bucket_exposure",
            "already in this bucket",
            float(account.bucket_exposure),
            money_text(account.bucket_exposure),
        ),
        _percent("risk_pct", "risk per trade", rules.risk_pct),
        _percent("max_position_pct", "largest position", rules.max_position_pct),
        _percent("bucket_pct", "largest bucket", rules.bucket_pct),
        _percent("max_open_risk_pct", "largest open risk", rules.max_open_risk_pct),
        Fact("risk_scale", "factor on the risk", float(sizing.scale), f"{sizing.scale.normalize():f}"),
        Fact("tick", "price tick", float(market.tick), f"{market.tick.normalize():f}"),
        Fact("lot_step", "lot step", float(market.lot_step), f"{market.lot_step.normalize():f}"),
        Fact("min_notional", "smallest order", float(market.min_notional), money_text(market.min_notional)),
    ]
    if account.position_exposure:
        held = account.position_exposure
        shown.append(Fact("position_exposure", "already in this market", float(held), money_text(held)))
    if account.budget is not None:
        shown.append(Fact("budget", "your budget", float(account.budget), money_text(account.budget)))
    for cap in size.caps:
        key = f"cap_{cap.name.replace(' ', '_')}"
        shown.append(
            Fact(key, f"most by {cap.name}", float(cap.quantity), f"{cap.quantity:.8f}".rstrip("0").rstrip("."))
        )
    return tuple(shown)


def record_facts(judged: Judgement, risk: RiskAssessment | None) -> tuple[Fact, ...]:
    """Risk measures and the record behind the confidence."""
    facts: list[Fact] = []
    if risk is not None:
        rank = risk.volatility_percentile
        facts.append(Fact("volatility_percentile", "volatility percentile", rank, f"{rank:.0f}"))
        facts.append(
            Fact("bar_volume_usd", "median volume of 24 bars", risk.bar_volume_usd, f"{risk.bar_volume_usd:,.0f} USDT")
        )
    confidence = judged.confidence
    if confidence.value is not None:
        text = f"{100 * confidence.value:.0f} % ({confidence.basis})"
        facts.append(Fact("confidence", "chance of the first target before the stop", confidence.value, text))
    return (*facts, *lesson_facts(judged.lessons))


def _percent(key: str, label: str, share: Decimal) -> Fact:
    return Fact(key, label, float(share), f"{(100 * share).normalize():f} %")


def _cents(amount: Decimal) -> float:
    return float(amount.quantize(Decimal("0.01")))
