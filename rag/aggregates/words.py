"""Words around figures: what was filtered, which days, money with its sign and currency."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from rag.aggregates.values import CENT
from rag.question.model import Parsed, Window
from signals.universe import base_of

_EXITS = {
    "stop_loss": "stopped out",
    "take_profit": "at the target",
    "timeout": "timed out",
    "manual": "closed by hand",
    "trailing_stop": "at the trailing stop",
    "signal": "closed by signal",
}
_SAID = re.compile(
    r"\b(?:today|yesterday|yday|(?:this|last|past|previous|current) (?:week|weekend|month|quarter|year)|ytd|mtd|wtd"
    r"|(?:last|past) \d+ ?(?:d|days?|w|weeks?|h|hours?|months?))\b"
)


def signed(amount: Decimal) -> str:
    """`+1,234.50 USDT`; zero has no sign."""
    rounded = amount.quantize(CENT)
    return f"{rounded:+,.2f} USDT" if rounded else "0.00 USDT"


def plain_money(amount: Decimal) -> str:
    """`1,234.50 USDT`."""
    return f"{amount.quantize(CENT):,.2f} USDT"


def percent(share: float) -> str:
    """`33.3 %`, of a figure already in percent."""
    return f"{share:.1f} %"


def plural(count: int, word: str) -> str:
    """`1 trade`, `2 trades`."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def day(at: datetime) -> str:
    """`16 Nov 2026`."""
    return f"{at.day} {at:%b %Y}"


def moment(at: datetime) -> str:
    """`16 Nov 2026 14:05 UTC`."""
    return f"{day(at)} {at:%H:%M} UTC"


def window_words(window: Window | None, text: str = "") -> str:
    """`16-22 Nov 2026 (last week, UTC)`, `since 1 Jan 2026 (UTC)`, `all time`."""
    if window is None or (window.since is None and window.until is None):
        return "all time"
    said = _SAID.search(text.lower())
    inside = f"({said.group()}, UTC)" if said else "(UTC)"
    return f"{_span(window)} {inside}"


def _span(window: Window) -> str:
    since, until = window.since, window.until
    if since is None and until is not None:
        return f"until {day(until - timedelta(milliseconds=1))}"
    if since is not None and until is None:
        return f"since {day(since)}" if since.hour == since.minute == 0 else f"since {day(since)} {since:%H:%M}"
    assert since is not None and until is not None
    last = until - timedelta(milliseconds=1)
    if since.date() == last.date():
        return day(since)
    if (since.year, since.month) == (last.year, last.month):
        return f"{since.day}-{day(last)}"
    first = f"{since.day} {since:%b}" if since.year == last.year else day(since)
    return f"{first} - {day(last)}"


def names(symbols: Sequence[str]) -> str:
    """`SOL and ETH`."""
    return listed([base_of(one) for one in symbols])


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def what_trades(parsed: Parsed, outcomes: Sequence[str]) -> str:
    """The kind of trades meant, without a number: `winning SOL 4h`, or nothing."""
    found = {"win": "winning", "loss": "losing"}
    kind = [found[one] for one in outcomes if one in found]
    return " ".join([*kind, names(parsed.symbols), listed(parsed.timeframes)]).strip().replace("  ", " ")


def details(parsed: Parsed) -> str:
    """The other filters of trades, always with the side: `, LONG and SHORT, stopped out`."""
    sides = {"BUY": "LONG", "SELL": "SHORT"}
    parts = [listed([sides.get(one, one) for one in parsed.sides]) or "LONG and SHORT"]
    if parsed.strategies:
        parts.append(f"strategy {listed([label('strategy', one) for one in parsed.strategies])}")
    if parsed.setups:
        parts.append(f"setup {listed([label('setup', one) for one in parsed.setups])}")
    if parsed.exit_reasons:
        parts.append(listed([label("exit_reason", one) for one in parsed.exit_reasons]))
    return "".join(f", {part}" for part in parts)


def label(by: str, key: str) -> str:
    """A group's name as it is shown."""
    if by == "symbol":
        return base_of(key)
    if by == "exit_reason":
        return _EXITS.get(key, key or "not stated")
    if by == "setup" and not key:
        return "no signal stored"
    return key.replace("_", " ") or "not stated"


def duration(milliseconds: float) -> str:
    """`2 d 4 h`, `3 h 20 min`, `12 min`."""
    minutes = round(milliseconds / 60_000)
    days, rest = divmod(minutes, 1_440)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
