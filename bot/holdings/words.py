"""A portfolio in tables and sentences. What is not known is said to be unknown; it is never shown as zero."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from bot.paper.words import name_of, signed
from bot.reply import Table
from bot.wording import age, money, number, when
from rag.portfolio import DailyReturns, Portfolio
from signals.accounting import CASH, MARGIN, PROCEEDS, ZERO, money_in
from signals.fills import Booked
from signals.model import SizeRules
from signals.portfolio.holdings import Concentration, Holding
from signals.portfolio.performance import (
    EquityPoint,
    drawdowns,
    max_drawdown,
    returns_between,
    sharpe,
    sortino,
    volatility,
)
from signals.portfolio.results import Tally, risk_taken
from signals.portfolio.value_at_risk import FEWEST_DAYS, OneDayRisk
from signals.universe import base_of, bucket_of

FEW_DAYS = 30
CONVENTION = (
    "Sharpe and Sortino: daily returns of equity, risk-free rate 0, a year of 365 days; days end at midnight UTC, and "
    "money put in or taken out is no return."
)
UNKNOWN = "unknown"


def share(fraction: Decimal | float) -> str:
    """`12.3 %`."""
    return f"{100 * fraction:,.1f} %"


def holdings_table(view: Portfolio, spread: Concentration) -> Table:
    """Every market that is held, largest first, then those without a price."""
    order = {symbol: i for i, symbol in enumerate(spread.weights)}
    rows = sorted(view.holdings, key=lambda h: order.get(h.symbol, len(order)))
    columns = ("market", "quantity", "price", "value", "share", "unrealised")
    return Table("Holdings, in USDT", columns, tuple(_holding(one, spread) for one in rows))


def _holding(one: Holding, spread: Concentration) -> tuple[str, ...]:
    side = " short" if one.quantity < 0 else ""
    name = (f"{base_of(one.symbol)}{side}", number(abs(one.quantity)))
    if one.price is None or one.value is None or one.profit is None:
        return (*name, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
    weight = share(spread.weights[one.symbol]) if one.symbol in spread.weights else UNKNOWN
    return (*name, number(one.price.value), money(one.value), weight, signed(one.profit))


def price_notes(view: Portfolio) -> tuple[str, ...]:
    """Which prices are missing or old, and when the newest are from."""
    missing = [h.symbol for h in view.holdings if h.price is None]
    stale = [h for h in view.holdings if h.price is not None and h.price.stale]
    notes = []
    if missing:
        notes.append(
            f"No price is known of {', '.join(missing)}: it is in the equity at what it cost, and in no other figure."
        )
    for one in stale:
        assert one.price is not None
        old = age((view.now - one.price.at).total_seconds())
        notes.append(f"The price of {one.symbol} is {old} old ({when(one.price.at)}): newer bars are missing.")
    fresh = [h.price.at for h in view.holdings if h.price is not None and not h.price.stale]
    if fresh:
        notes.append(f"Valued at the last closed bars, the oldest from {when(min(fresh))}.")
    return tuple(notes)


def money_table(view: Portfolio) -> Table:
    """Where the equity is."""
    paper, balances = view.paper, view.paper.balances
    profit = sum((h.profit for h in view.holdings if h.profit is not None), ZERO)
    total = tally_of(view, None)
    rows = [
        ("equity", money(paper.equity)),
        ("free cash", money(money_in(balances, CASH))),
        ("margin and proceeds of shorts", money(money_in(balances, MARGIN) + money_in(balances, PROCEEDS))),
        ("unrealised, before fees", signed(profit)),
        ("realised so far, after fees", signed(total.net)),
    ]
    return Table("Portfolio, in USDT", ("what", "amount"), tuple(rows))


def tally_of(view: Portfolio, since: datetime | None) -> Tally:
    """All trades together."""
    from signals.portfolio.results import tally

    return tally(view.trades, since, view.now)


def buckets_table(spread: Concentration, rules: SizeRules) -> Table:
    """Each bucket beside its bound."""
    labels = {"majors": "BTC ETH BNB", "others": "all others"}
    bound = share(rules.bucket_pct)
    rows = tuple((labels[name], share(weight), bound) for name, weight in spread.buckets.items())
    return Table("Buckets, share of equity", ("bucket", "held", "most"), rows)


def position_row(booked: Booked, view: Portfolio) -> tuple[str, ...]:
    """An open trade: what it is worth and risks now."""
    trade = booked.trade
    mark = view.paper.marks.get(trade.symbol)
    risked = risk_taken(booked)
    name = f"{name_of(booked)} {base_of(trade.symbol)} {trade.side.lower()}"
    stop = number(booked.stop) if booked.stop is not None else "none"
    begin = (name, number(booked.left), number(trade.entry))
    if mark is None or mark.at is None:
        return (*begin, UNKNOWN, UNKNOWN, UNKNOWN, stop, money(booked.risk_left))
    profit = view.paper.profit(booked)
    in_r = f"{profit / risked:+.2f}" if risked else "no stop"
    return (*begin, number(mark.price), signed(profit), in_r, stop, money(booked.risk_left))


def tally_row(name: str, one: Tally) -> tuple[str, ...]:
    """A line of results."""
    rate = f"{one.wins} of {one.closed} ({100 * one.win_rate:.0f} %)" if one.win_rate is not None else "none closed"
    r = f"{one.mean_r:+.2f} (n = {one.with_r})" if one.mean_r is not None else "unknown"
    return (name, signed(one.gross), money(one.fees), signed(one.net), rate, r)


def performance_rows(points: Sequence[EquityPoint], days: Sequence[EquityPoint]) -> tuple[tuple[str, str], ...]:
    """Drawdown over all points; the ratios over whole days."""
    every, daily = returns_between(points), returns_between(days)
    grown = float((1 + every).prod() - 1) if len(every) else 0.0
    rows = [("return since the beginning", f"{100 * grown:+,.2f} %")]
    if len(every):
        rows.append(("drawdown now", _fall(float(drawdowns(every)[-1]))))
        rows.append(("deepest drawdown", _fall(max_drawdown(every))))
    figures = (("Sharpe", sharpe(daily)), ("Sortino", sortino(daily)))
    few = f", few: n = {len(daily)} days" if len(daily) < FEW_DAYS else f", n = {len(daily)} days"
    for name, value in figures:
        rows.append((name, f"{value:.2f}{few}" if value is not None else f"unknown: n = {len(daily)} whole days"))
    spread = volatility(daily)
    rows.append(("volatility, yearly", f"{100 * spread:.1f} %{few}" if spread is not None else "unknown"))
    return tuple(rows)


def _fall(fraction: float) -> str:
    return f"{abs(100 * fraction):.2f} %"


def risk_rows(found: OneDayRisk | None, days: DailyReturns, equity: Decimal) -> tuple[tuple[str, str], ...]:
    """Value at risk in money and as a share of equity."""
    if found is None:
        known = max(0, len(days.days_ms) - 1)
        return (("95 % one-day VaR", f"unknown: {known} daily returns are known, {FEWEST_DAYS} are needed"),)

    def shown(loss: float) -> str:
        part = f" ({100 * loss / float(equity):.1f} % of equity)" if equity > 0 else ""
        return f"{money(max(loss, 0.0))} USDT{part}" if loss > 0 else "none: even the bad days gained"

    first, last = days.span
    return (
        ("95 % one-day VaR, historical", shown(found.historical)),
        ("95 % one-day VaR, bootstrap", shown(found.bootstrap)),
        ("its 95 % range", f"{money(found.low)} to {money(found.high)} USDT"),
        ("window", f"{found.days} days, {first:%Y-%m-%d} to {last:%Y-%m-%d}"),
    )


def concentration_rows(spread: Concentration, rules: SizeRules) -> tuple[tuple[str, str], ...]:
    """How much hangs on one market."""
    largest = spread.largest
    if largest is None:
        return (("invested", "nothing with a known price"),)
    symbol, weight = largest
    beyond = ", over the bound" if abs(weight) > rules.max_position_pct else ""
    rows = [
        ("invested (gross)", share(spread.gross)),
        ("net of shorts", share(spread.net)),
        ("largest", f"{symbol} {share(abs(weight))} of at most {share(rules.max_position_pct)}{beyond}"),
        ("HHI of what is invested", f"{spread.hhi:.2f} (1 = one market; as if {1 / spread.hhi:.1f} equal ones)"),
    ]
    for name, held in spread.buckets.items():
        label = "BTC ETH BNB" if name == "majors" else "all others"
        over = ", over the bound" if held > rules.bucket_pct else ""
        rows.append((f"bucket {label}", f"{share(held)} of at most {share(rules.bucket_pct)}{over}"))
    return tuple(rows)


def limit_rows(view: Portfolio, rules: SizeRules) -> tuple[tuple[str, str], ...]:
    """Open risk and today's loss beside their limits, in money."""
    equity, open_ = view.paper.equity, view.paper.open
    risk = sum((b.risk_left for b in open_), ZERO)
    bound = equity * rules.max_open_risk_pct
    loss, most = max(-view.paper.result_today, ZERO), equity * rules.daily_loss_pct
    used = f" ({100 * loss / most:.0f} % used)" if most > 0 else ""
    reached = ": reached, no new entries until midnight UTC" if loss >= most else ""
    over = ", over the bound" if risk > bound else ""
    return (
        ("open risk, to the stops", f"{money(risk)} of at most {money(bound)} USDT{over}"),
        ("lost today (UTC)", f"{money(loss)} of at most {money(most)} USDT{used}{reached}"),
    )


def no_stop_note(open_trades: Sequence[Booked]) -> tuple[str, ...]:
    """The trades that nothing bounds."""
    bare = [name_of(b) for b in open_trades if b.stop is None]
    return (f"Without a stop: {', '.join(bare)}; all that they cost counts as open risk.",) if bare else ()


def bucket_label(symbol: str) -> str:
    """`BTC ETH BNB` or `all others`."""
    return "BTC ETH BNB" if bucket_of(symbol) == "majors" else "all others"
