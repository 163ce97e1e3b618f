"""How much: the smallest of all caps, by name. Nothing but the account, the plan and the rules decides."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from signals.model import Account, Cap, Confidence, MarketRules, Plan, Size, SizeRules

ZERO = Decimal(0)
SHOWN = Decimal("1E-8")
BOOST_FROM = 0.80
MAX_BOOST = 0.20


@dataclass(frozen=True, slots=True)
class SizeInput:
    """What is to be sized; `scale` multiplies the risk per trade (see `risk_scale`)."""

    plan: Plan
    market: MarketRules
    scale: Decimal = Decimal(1)


def risk_scale(confidence: Confidence | None, size_factor: float) -> Decimal:
    """The factor on the risk: at most 1.2, and only a calibrated confidence above 0.80 lifts it over 1 (linear to 1.0).

    A size factor below 1 (violent move, caution) lowers it and suspends the boost.
    """
    factor = Decimal(str(min(max(size_factor, 0.0), 1.0)))
    if factor < 1 or confidence is None or not confidence.calibrated or confidence.value is None:
        return factor
    above = min(max(confidence.value - BOOST_FROM, 0.0), 1.0 - BOOST_FROM)
    return 1 + Decimal(str(round(MAX_BOOST * above / (1.0 - BOOST_FROM), 6)))


def size_position(wanted: SizeInput, account: Account, rules: SizeRules) -> Size:
    """Quantity, order value and money at risk, rounded down to the lot, with every cap and the one that bound.

    `quantity = equity x risk_pct x scale / |entry - stop|`, then the smallest of: budget and cash (fee included),
    largest position, bucket, total open risk. Zero, with the reason in `note`, after the daily loss limit, for a short
    in an account that takes none, without money, and below the market's minimum order.
    """
    refusal = _refusal(wanted, account, rules)
    if refusal:
        return Size(ZERO, ZERO, ZERO, refusal[0], (), refusal[1])
    entry, distance = _entry_and_distance(wanted.plan)
    caps = _caps(wanted, account, rules)
    smallest = min(caps, key=lambda cap: cap.quantity)
    quantity = _to_lot(smallest.quantity, wanted.market.lot_step, ROUND_FLOOR)
    if quantity * entry < wanted.market.min_notional or quantity <= 0:
        return Size(ZERO, ZERO, ZERO, "minimum order", caps, _too_small(wanted, account, rules, smallest))
    return Size(quantity, quantity * entry, quantity * distance, smallest.name, caps)


def _refusal(wanted: SizeInput, account: Account, rules: SizeRules) -> tuple[str, str] | None:
    if wanted.plan.direction < 0 and not account.allow_short:
        return "no shorts", "this account takes no short positions: sell what you hold, open nothing"
    exposures = (account.bucket_exposure, account.position_exposure)
    amounts = (account.equity, account.cash, account.open_risk, account.loss_today, *exposures)
    if not all(a.is_finite() for a in amounts) or account.equity <= 0:
        return "no equity", "the account holds no money to size from"
    if account.loss_today >= account.equity * rules.daily_loss_pct:
        return "daily loss limit", f"today's loss reached {100 * rules.daily_loss_pct:.1f} % of equity: no new entries"
    return None


def _entry_and_distance(plan: Plan) -> tuple[Decimal, Decimal]:
    entry, stop = Decimal(repr(plan.entries[0])), Decimal(repr(plan.stop))
    return entry, abs(entry - stop)


def _caps(wanted: SizeInput, account: Account, rules: SizeRules) -> tuple[Cap, ...]:
    entry, distance = _entry_and_distance(wanted.plan)
    with_fee = entry * (1 + Decimal(str(wanted.plan.rules.fee_rate)))
    money = account.equity
    quantities = {
        "risk per trade": money * rules.risk_pct * wanted.scale / distance,
        "available cash": account.cash / with_fee,
        "largest position": (money * rules.max_position_pct - account.position_exposure) / entry,
        "bucket": (money * rules.bucket_pct - account.bucket_exposure) / entry,
        "total open risk": (money * rules.max_open_risk_pct - account.open_risk) / distance,
    }
    if account.budget is not None:
        quantities["budget"] = account.budget / with_fee
    return tuple(Cap(name, max(quantity, ZERO)) for name, quantity in quantities.items())


def _to_lot(quantity: Decimal, step: Decimal, rounding: str) -> Decimal:
    return (quantity / step).quantize(Decimal(1), rounding=rounding) * step


def _too_small(wanted: SizeInput, account: Account, rules: SizeRules, bound: Cap) -> str:
    entry, distance = _entry_and_distance(wanted.plan)
    least = max(
        _to_lot(wanted.market.min_notional / entry, wanted.market.lot_step, ROUND_CEILING), wanted.market.lot_step
    )
    allowed = bound.quantity.quantize(SHOWN, ROUND_FLOOR).normalize()
    wants = f"{bound.name} allows {allowed:f}, below the market's minimum order of {wanted.market.min_notional:f} USDT"
    if wanted.scale <= 0:
        return wants
    equity = max(
        least * distance / (rules.risk_pct * wanted.scale),
        (least * entry + account.position_exposure) / rules.max_position_pct,
        (least * entry + account.bucket_exposure) / rules.bucket_pct,
        (least * distance + account.open_risk) / rules.max_open_risk_pct,
    )
    return f"{wants}; the smallest account that could is {equity.quantize(Decimal('0.01'), ROUND_CEILING)} USDT"
