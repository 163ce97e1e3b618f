"""Paper trades in words: one line per trade, fill and account, the same in every reply."""

from __future__ import annotations

from decimal import Decimal

from bot.reply import Table
from bot.wording import clean, money, number, when
from rag.paper import PaperMoney
from signals.fills import OPEN, Booked, Fill
from signals.universe import base_of

PAPER = "It is a paper trade: no order was sent anywhere."
_LEVELS = {"stop": "stopped", "margin": "margin spent, bought back", "expiry": "expired", "close": "closed by hand"}


def name_of(booked: Booked) -> str:
    """`#t12`."""
    return f"#t{booked.plan.number}"


def trade_line(booked: Booked) -> str:
    """`#t12 LONG 0.5 ETH at 1,561.2 for 780.60 USDT`."""
    trade = booked.trade
    coins = f"{number(trade.quantity)} {base_of(trade.symbol)}"
    return f"{name_of(booked)} {trade.side} {coins} at {number(trade.entry)} for {money(trade.size_usd)} USDT"


def plan_line(booked: Booked) -> str:
    """The levels that are followed; empty without any."""
    plan = booked.plan
    parts = [f"Stop {number(booked.stop)}"] if booked.stop is not None else []
    if plan.targets:
        share = {1: "", 2: ", half at each", 3: ", a third at each"}.get(len(plan.targets), ", a part at each")
        word = "target" if len(plan.targets) == 1 else "targets"
        parts.append(f"{word} {', '.join(number(target) for target in plan.targets)}{share}")
    if plan.expires_at is not None:
        parts.append(f"expires {when(plan.expires_at)}")
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def followed_line(booked: Booked) -> str:
    """How the levels are followed, as far as it concerns this trade; empty without levels."""
    plan, parts = booked.plan, ["a gap fills at the open"]
    if plan.stop is not None and plan.targets:
        parts.insert(0, "the stop comes before a target")
        if len(plan.targets) > 1 and plan.break_even:
            parts.append("after the first target the stop moves to the entry")
    followed = plan.stop is not None or plan.targets
    return f"Followed from closed candles: {', '.join(parts)}." if followed else ""


def fill_line(booked: Booked, fill: Fill) -> str:
    """`target 1 at 1,600 on 2022-11-09 03:00 UTC: 0.16 ETH, +12.40 USDT, fee 0.26 USDT`."""
    kind = fill.level.partition(" ")[0]
    label = "opened" if kind == OPEN else _LEVELS.get(kind, fill.level)
    coins = f"{number(fill.quantity)} {base_of(booked.trade.symbol)}"
    result = "" if fill.is_open else f", {signed(fill.pnl)} USDT"
    return f"{label} at {number(fill.price)} on {when(fill.at)}: {coins}{result}, fee {money(fill.fee)} USDT"


def event_line(booked: Booked, fill: Fill) -> str:
    """A step of a trade for its owner: what happened, and what is left."""
    left = f" {number(booked.left)} {base_of(booked.trade.symbol)} still open." if booked.left else ""
    done = "" if booked.left else f" The trade made {signed(booked.trade.pnl_usd or Decimal(0))} USDT after fees."
    return f"{name_of(booked)} {booked.trade.symbol} {booked.trade.side}: {fill_line(booked, fill)}.{left}{done}"


def signed(amount: Decimal) -> str:
    """`+12.40` or `-3.10`; `0.00` without a sign."""
    rounded = amount.quantize(Decimal("0.01"))
    return f"{rounded:+,.2f}" if rounded else "0.00"


def trades_table(title: str, rows: tuple[Booked, ...], paper: PaperMoney) -> Table:
    """Trades with their state; open ones at the last closed price."""
    return Table(title, ("trade", "size", "opened", "now", "USDT", "plan"), tuple(_row(b, paper) for b in rows))


def _row(booked: Booked, paper: PaperMoney) -> tuple[str, ...]:
    trade = booked.trade
    name = f"{name_of(booked)} {base_of(trade.symbol)} {trade.side.lower()}"
    begin = (name, f"{_quantity(booked)} at {number(trade.entry)}", f"{trade.opened_at:%Y-%m-%d}")
    if trade.closed_at is not None:
        how = (trade.exit_reason or "").replace("_", " ")
        end = f"{how} at {_exit(booked)}"
        return (*begin, end, signed(trade.pnl_usd or Decimal(0)), f"ended {trade.closed_at:%Y-%m-%d}")
    mark = paper.marks.get(trade.symbol)
    known = mark is not None and mark.at is not None
    now = number(mark.price) if mark is not None and known else "no price"
    result = signed(paper.profit(booked)) if known else "unknown"
    return (*begin, now, result, _levels(booked))


def _exit(booked: Booked) -> str:
    """The exit's price; the mean of several to the digits that the entry has."""
    exits = {fill.price for fill in booked.fills if not fill.is_open}
    price = booked.trade.exit or Decimal(0)
    if len(exits) < 2:
        return number(price)
    exponent = booked.trade.entry.as_tuple().exponent
    places = min(-2, exponent) if isinstance(exponent, int) else -2
    return f"{number(price.quantize(Decimal(1).scaleb(places)))} on average"


def _levels(booked: Booked) -> str:
    ahead = booked.plan.targets[booked.targets_hit :]
    stop = f"stop {number(booked.stop)}" if booked.stop is not None else "no stop"
    return f"{stop}, target {number(ahead[0])}" if ahead else stop


def _quantity(booked: Booked) -> str:
    whole = number(booked.trade.quantity)
    return whole if booked.left in (0, booked.trade.quantity) else f"{number(booked.left)} of {whole}"


def shown(text: str) -> str:
    """What a person typed, quoted and cut for a refusal."""
    plain = clean(text).replace("\n", " ")
    return repr(plain if len(plain) <= 40 else plain[:40] + "…")
