"""What a paper trade may not be: each refusal is one line with the fix; what is merely large is said."""

from __future__ import annotations

from decimal import Decimal

from bot.paper.orders import OpenOrder
from bot.wording import money, number
from rag.account import KnownAccount
from signals.accounting import value_of
from signals.errors import UserError
from signals.fills import Booked
from signals.model import MarketRules

FARTHEST = Decimal("0.25")  # a typed price lies at most this far from the market


def refuse_levels(order: OpenOrder, entry: Decimal, market: Decimal) -> None:
    """UserError for levels that cannot be meant."""
    sign = 1 if order.side == "LONG" else -1
    if order.entry is not None:
        refuse_far(order.entry, market, "entry")
    low, high = sorted((entry, market))
    near, far = (low, high) if sign > 0 else (high, low)
    sides = ("below", "above") if sign > 0 else ("above", "below")
    both = f"the entry, {number(entry)}, and the last close, {number(market)}"
    if order.stop is not None and (near - order.stop) * sign <= 0:
        raise UserError(f"stop {number(order.stop)} must lie {sides[0]} {both}")
    if order.target is not None and (order.target - far) * sign <= 0:
        raise UserError(f"target {number(order.target)} must lie {sides[1]} {both}")


def refuse_small(value: Decimal, rules: MarketRules) -> None:
    """UserError for an order below the market's smallest."""
    if value < rules.min_notional:
        raise UserError(
            f"that is {money(value)} USDT, below the market's smallest order of {money(rules.min_notional)} USDT: "
            "take a larger quantity"
        )


def refuse_far(price: Decimal, market: Decimal, name: str) -> None:
    """UserError for a typed price that cannot be meant."""
    if abs(price - market) > market * FARTHEST:
        raise UserError(
            f"{name} {number(price)} is more than {100 * FARTHEST:.0f} % away from the last close, {number(market)}: "
            "check it, or leave it out"
        )


def refuse_by_account(known: KnownAccount, side: str, value: Decimal, fee_rate: Decimal) -> None:
    """UserError for a short where none are taken, after the daily loss limit, and beyond the cash."""
    account, rules = known.account, known.size_rules
    if side == "SHORT" and not account.allow_short:
        raise UserError("this account takes no shorts; /account shorts on changes that")
    if account.equity <= 0:
        raise UserError("the account holds no money; put some in with /account balance")
    if account.loss_today >= account.equity * rules.daily_loss_pct:
        raise UserError(
            f"today's realised loss of {money(account.loss_today)} USDT reached the daily limit of "
            f"{100 * rules.daily_loss_pct:.1f} % of equity: no new trades until midnight UTC"
        )
    needed = value + value_of(value, fee_rate)
    if needed > account.cash:
        raise UserError(
            f"that needs {money(needed)} USDT with the fee, and {money(account.cash)} USDT are free: take a smaller "
            "quantity, close a trade, or put money in with /account balance"
        )


def beyond(known: KnownAccount, booked: Booked) -> tuple[str, ...]:
    """Bounds of the desk that a trade by hand goes beyond; it is the person's own decision."""
    account, rules, notes = known.account, known.size_rules, list[str]()
    value, risk = booked.cost_left, booked.risk_left
    whole = account.position_exposure + value
    if whole > account.equity * rules.max_position_pct:
        notes.append(f"With it, {_share(whole, account.equity)} of your equity is in this market; the desk's bound is "
                     f"{_share(rules.max_position_pct)}.")  # fmt: skip
    if account.bucket_exposure + value > account.equity * rules.bucket_pct:
        notes.append(f"With it, its group of markets is more than {_share(rules.bucket_pct)} of your equity.")
    if account.open_risk + risk > account.equity * rules.max_open_risk_pct:
        lost = "all of it counts, as it has no stop" if booked.stop is None else f"{money(risk)} USDT at its stop"
        notes.append(f"With it, your open risk is above {_share(rules.max_open_risk_pct)} of equity ({lost}): "
                     "recommendations will offer no size until it is less.")  # fmt: skip
    return tuple(notes)


def _share(part: Decimal, whole: Decimal = Decimal(1)) -> str:
    return f"{100 * part / whole:.0f} %"
