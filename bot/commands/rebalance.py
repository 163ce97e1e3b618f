"""What would bring the caller's paper portfolio to target weights: proposed orders, and nothing more."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from bot.amounts import strict_decimal, watched_symbol
from bot.commands.portfolio import NOTHING, Portfolios
from bot.commands.spec import Invocation
from bot.holdings import words
from bot.holdings.words import bucket_label, share
from bot.jobs.follow_trades import rules_of
from bot.paper.desk import PaperDesk
from bot.paper.words import shown
from bot.reply import Reply, Table
from bot.wording import money, number
from rag.portfolio import DailyReturns, Portfolio, daily_returns
from signals.accounting import ZERO
from signals.errors import UserError
from signals.model import FloatArray
from signals.portfolio.rebalance import BAND, Held, Order, Proposal, Wanted, Weigh, propose
from signals.universe import base_of

WINDOW_DAYS, MIN_DAYS = 90, 45
_PART = re.compile(r"([A-Za-z0-9/]+)\s*[:=]?\s*([0-9.]+)\s*%?", re.ASCII)
_BETWEEN = re.compile(r"[,;\n]|(?<=%)\s+|(?<=[0-9])\s+(?=[A-Za-z])", re.ASCII)
MOST_BAND = Decimal(50)
EXAMPLE = "write shares in percent, as in /rebalance BTC 40, ETH 30, cash 30"
NEVER = (
    "A proposal only: nothing was ordered, and nothing will be. Trades enter by /trade or by taking a recommendation."
)


class Rebalance:
    """Answers are private. `weigh` finds the weights where the person names none."""

    def __init__(self, desk: PaperDesk, portfolios: Portfolios, weigh: Weigh) -> None:
        self._desk = desk
        self._portfolios = portfolios
        self._weigh = weigh

    async def command(self, invocation: Invocation) -> Reply:
        """Targets as text (`BTC 40, ETH 30, cash 30, band 3`), or by risk where none is named."""
        view = await self._portfolios.view(invocation)
        equity = view.paper.equity
        if equity <= 0:
            raise UserError("your paper account is worth nothing, so there is nothing to spread")
        unpriced = [h.symbol for h in view.holdings if h.price is None]
        if unpriced:
            raise UserError(f"no price of {', '.join(unpriced)} is known, so its share is not; /health says why")
        named, band = read_targets(invocation.values.get("targets", ""), self._desk.room.watch.symbols)
        days = await self._days(view)
        weights, method = (named, "as you named them") if named is not None else self._by_risk(days)
        held = await self._held(view, tuple(weights))
        fee = self._desk.fee_rate
        found = propose(held, Wanted(weights, equity, view.paper.cash, fee, band))
        return self._reply(view, (weights, method), (held, found, band))

    async def _days(self, view: Portfolio) -> DailyReturns:
        watch, exchanges = self._desk.room.watch, self._desk.room.rules.exchanges
        places = dict.fromkeys(watch.symbols, exchanges)
        return await daily_returns(self._desk.stores, places, view.now, WINDOW_DAYS)

    def _by_risk(self, days: DailyReturns) -> tuple[Mapping[str, Decimal], str]:
        known = max(0, len(days.days_ms) - 1)
        if known < MIN_DAYS:
            raise UserError(
                f"weights by risk need {MIN_DAYS} days of prices of every watched market, {known} are known; "
                f"name the targets instead: {EXAMPLE}"
            )
        closes: dict[str, FloatArray] = {symbol: days.closes[:, i] for i, symbol in enumerate(days.symbols)}
        weights = self._weigh(closes)
        first, last = days.span
        window = f"{known} days, {first:%Y-%m-%d} to {last:%Y-%m-%d}"
        return weights, f"by risk within the buckets BTC ETH BNB and all others (50 % each at most), from {window}"

    async def _held(self, view: Portfolio, wanted: tuple[str, ...]) -> dict[str, Held]:
        stores, now, exchange = self._desk.stores, view.now, self._desk.room.rules.exchanges[0]
        own = {h.symbol: h for h in view.holdings}
        held: dict[str, Held] = {}
        for symbol in dict.fromkeys([*wanted, *own]):
            one = own.get(symbol)
            place = view.places[symbol].exchange if one is not None else ""
            rules = await rules_of(stores, place or exchange, symbol)
            if one is not None and one.price is not None:
                short = -one.cost if one.quantity < 0 else ZERO
                held[symbol] = Held(one.quantity, one.price.value, rules, short)
                continue
            bars = await self._desk.newest(self._desk.room.market({"symbol": symbol}), now)
            held[symbol] = Held(ZERO, Decimal(repr(float(bars.close[-1]))), rules)
        return held

    def _reply(
        self,
        view: Portfolio,
        aim: tuple[Mapping[str, Decimal], str],
        outcome: tuple[Mapping[str, Held], Proposal, Decimal],
    ) -> Reply:
        (weights, method), (_, found, band), equity = aim, outcome, view.paper.equity
        targets = Table(
            "Targets, share of equity",
            ("market", "now", "target", "off by", "order"),
            _targets(weights, outcome, equity),
        )
        tables = [targets]
        if found.orders:
            columns = ("order", "quantity", "price", "value", "fee", "")
            tables.insert(0, Table("Proposed orders, in USDT", columns, tuple(_order(o) for o in found.orders)))
        points = f"{number(100 * band)} points"
        count = len(found.orders)
        if count:
            plural = "" if count == 1 else "s"
            text = (
                f"{count} order{plural} would bring your paper portfolio to its targets, for {money(found.turnover)} "
                f"USDT with {money(found.fees)} USDT of fees; {money(found.cash_after)} USDT would stay free."
            )
        else:
            text = f"Nothing to do: no market that could be moved is further than {points} from its target."
        notes = [NEVER, f"Targets {method}. Only what is more than {points} off is moved, then all the way."]
        if found.scaled:
            notes.append("The free cash does not reach for every purchase, so they were made smaller.")
        if not view.paper.began:
            notes.insert(0, NOTHING)
        return Reply(text, tables=tuple(tables), notes=(*notes, *words.price_notes(view)), private=True)


def read_targets(text: str, symbols: Sequence[str]) -> tuple[Mapping[str, Decimal] | None, Decimal]:
    """Shares by symbol, and the band, from `BTC 40, ETH 30, cash 30, band 3`; None where no share was named.

    UserError says what is wrong.
    """
    weights, others = dict[str, Decimal](), {"band": 100 * BAND, "cash": ZERO}
    words = "" if text.strip().lower() in ("default", "risk") else text
    for part in _BETWEEN.split(words):
        if not part.strip():
            continue
        name, percent = _target(part.strip())
        if name.lower() in ("band", "cash", "usdt"):
            others["band" if name.lower() == "band" else "cash"] = percent
            continue
        symbol = watched_symbol(name, symbols)
        if symbol in weights:
            raise UserError(f"{symbol} is named twice: {EXAMPLE}")
        weights[symbol] = percent / 100
    total = 100 * sum(weights.values(), ZERO) + others["cash"]
    if total > 100:
        raise UserError(f"the targets add up to {number(total)} %, more than all there is: {EXAMPLE}")
    if others["band"] > MOST_BAND:
        raise UserError(f"a band of {number(others['band'])} points is out of range: from 0 to {MOST_BAND}")
    return weights or ({} if others["cash"] else None), others["band"] / 100


def _target(part: str) -> tuple[str, Decimal]:
    found = _PART.fullmatch(part)
    try:
        return (found[1], strict_decimal(found[2])) if found else ("", strict_decimal(""))
    except ValueError as e:
        raise UserError(f"target {shown(part)} is not understood: {EXAMPLE}") from e


def _targets(
    weights: Mapping[str, Decimal], outcome: tuple[Mapping[str, Held], Proposal, Decimal], equity: Decimal
) -> tuple[tuple[str, ...], ...]:
    held, found, _ = outcome
    rows = []
    for symbol, one in held.items():
        now, aim = one.quantity * one.price / equity, weights.get(symbol, ZERO)
        orders = [o for o in found.orders if o.symbol == symbol]
        what = " and ".join(o.side.lower() for o in orders) or found.left_alone.get(symbol, "")
        off = (100 * (now - aim)).quantize(Decimal("0.1"), ROUND_HALF_UP)
        name = f"{base_of(symbol)} ({bucket_label(symbol)})"
        rows.append((name, share(now), share(aim), f"{off:+} points" if off else "0", what))
    left = 1 - sum(weights.values(), ZERO)
    return (*rows, ("cash", "", share(left), "", ""))


def _order(order: Order) -> tuple[str, ...]:
    return (
        f"{order.side} {base_of(order.symbol)}",
        number(order.quantity),
        number(order.price),
        money(order.value),
        money(order.fee),
        order.purpose,
    )
