"""Alerts in words: what was understood, what has happened; the same in every reply and notice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from bot.wording import number, when
from signals.alerts import PRICE, Compare, Condition, Edge, Kind, number_of
from storage.alerts import Alert, Firing

MOST_LINES = 5
EVERY_TIME = "every time"
_CHANGES = {Compare.ABOVE: "rises above", Compare.BELOW: "falls below", Compare.CROSSES: "crosses"}
_MOVES = {Compare.RISES: "rises by", Compare.FALLS: "falls by", Compare.MOVES: "moves by"}
_NAMES = {
    PRICE: "the close",
    "volume": "the volume",
    "macd_12_26_9": "MACD",
    "macd_signal_12_26_9": "the MACD signal line",
    "macd_hist_12_26_9": "the MACD histogram",
    "bb_upper_20_2": "the upper Bollinger band",
    "bb_middle_20_2": "the middle Bollinger band",
    "bb_lower_20_2": "the lower Bollinger band",
    "drawdown": "drawdown from its highest equity since this was set",
    "daily_loss": "realised loss of the day (UTC)",
    "open_risk": "open risk at the stops",
    "exposure": "value of open trades",
}


def sentence(alert: Alert) -> str:
    """`ETH/USDT 1h: RSI 14 falls below 30, once, expires 2026-12-21`."""
    how = "once"
    if alert.repeats:
        pause = f", at most once in {span(alert.cooldown_s)}" if alert.cooldown_s else ""
        how = f"{EVERY_TIME}{pause}"
    return f"{describe(alert.condition)}, {how}, expires {alert.expires_at:%Y-%m-%d}"


def describe(condition: Condition) -> str:
    """The condition alone, with what it is about."""
    of = {Kind.SIGNAL: _signal, Kind.STEP: _step, Kind.ACCOUNT: _account}
    if condition.kind in of:
        return of[condition.kind](condition)
    return f"{condition.symbol} {condition.timeframe}: {_about_market(condition)}"


def measured(condition: Condition, edge: Edge) -> str:
    """What the bar showed: `the close is 70,012.5, above 70,000`."""
    if condition.kind is Kind.MOVE:
        return f"the close moved by {number(round(edge.value, 2))} % over {condition.bars} bar(s)"
    above = edge.side > 0 if condition.test is Compare.CROSSES else condition.test is Compare.ABOVE
    right = named(condition.right)
    level = right if number_of(condition.right) is not None else f"{right} at {_digits(edge.other)}"
    name = "price" if condition.is_price else named(condition.left).removeprefix("the ")
    return f"{name} {_digits(edge.value)}, {'above' if above else 'below'} {level}"


def named(source: str) -> str:
    """A column or number as it is read: `RSI 14`, `SMA 200`, `70,000`."""
    if number_of(source) is not None:
        return number(Decimal(source))
    if source in _NAMES:
        return _NAMES[source]
    name, _, line = source.partition(".")
    shown = name.upper().replace("_", " ")
    return f"{shown} (line {line})" if line and line.upper() != name.upper() else shown


def span(seconds: int) -> str:
    """`4 h`, `30 min`, `2 days`."""
    for size, unit in ((86_400, "day"), (3600, "h"), (60, "min")):
        if seconds and seconds % size == 0:
            n = seconds // size
            return f"{n} {unit}{'s' if unit == 'day' and n > 1 else ''}"
    return f"{seconds} s"


def fired_line(alert: Alert, firing: Firing) -> str:
    """`2022-11-08 12:15 UTC: BTC/USDT 15m: price rises above 70,000 (price 70,012.5, above 70,000)`."""
    return f"{when(firing.at)}: {describe(alert.condition)} ({firing.what})"


def away_lines(fired: Sequence[tuple[Alert, Firing]]) -> tuple[str, ...]:
    """What came true while nobody looked: the first few with their times, the others counted."""
    lines = [f"{fired_line(alert, firing)}, alert {alert.number}" for alert, firing in fired[:MOST_LINES]]
    left = len(fired) - MOST_LINES
    if left > 0:
        lines.append(f"And {left} more; /alert list shows them.")
    return tuple(lines)


def ends(alert: Alert) -> str:
    """What becomes of an alert after it fired."""
    if not alert.repeats:
        return "It was to be told once and has ended."
    pause = f"at the earliest after {span(alert.cooldown_s)}, " if alert.cooldown_s else ""
    return f"It stays on: told again {pause}until {alert.expires_at:%Y-%m-%d}."


def command(text: str) -> str:
    """The line that sets an alert."""
    return f"/alert add {' '.join(text.split())}"


def until(moment: datetime) -> str:
    """A date."""
    return f"{moment:%Y-%m-%d}"


def _about_market(condition: Condition) -> str:
    if condition.kind is Kind.MOVE:
        bars = "1 bar" if condition.bars == 1 else f"{condition.bars} bars"
        return f"price {_MOVES[condition.test]} {named(condition.right)} % or more over {bars}"
    left = "price" if condition.is_price else named(condition.left)
    return f"{left} {_CHANGES[condition.test]} {named(condition.right)}"


def _signal(condition: Condition) -> str:
    side = {"buy": " to buy", "sell": " to sell"}.get(condition.left, "")
    least = f", at least {named(condition.right)} % confidence" if condition.right else ""
    frame = f" {condition.timeframe}" if condition.timeframe else ""
    return f"{condition.symbol or 'any market'}{frame}: a new signal{side}{least}"


def _step(condition: Condition) -> str:
    what = "reaches a target" if condition.left == "target" else "is stopped out"
    frame = f" {condition.timeframe}" if condition.timeframe else ""
    return f"{condition.symbol or 'any market'}{frame}: an issued signal {what}"


def _account(condition: Condition) -> str:
    bound = f"{named(condition.right)} {condition.unit}"
    if condition.left == "profit":
        whose = f"your open {condition.symbol} trades" if condition.symbol else "your open trades"
        return f"your paper account: the result of {whose} {_CHANGES[condition.test]} {bound}"
    of = f" in {condition.symbol}" if condition.symbol else ""
    share = " of equity" if condition.unit == "%" and condition.left != "drawdown" else ""
    return f"your paper account: {_NAMES[condition.left]}{of} {_CHANGES[condition.test]} {bound}{share}"


def _digits(value: float) -> str:
    """To the cent, or to six digits that matter where the number is small."""
    return number(round(value, 2)) if abs(value) >= 1000 else number(Decimal(f"{value:.6g}"))
