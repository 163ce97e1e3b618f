"""The columns that an alert may compare, by the names people use; the nearest are named for an unknown one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from bot.alerts.numbers import read_number
from bot.paper.words import shown
from signals.alerts import PRICE, VOLUME
from signals.catalogue import FROM_THE_BEGINNING, LOOKS_AHEAD
from signals.errors import UserError
from signals.indicators import COLUMNS

_ALIASES = {
    "": PRICE, "price": PRICE, "close": PRICE, "closing_price": PRICE, "it": PRICE, "volume": VOLUME, "rsi": "rsi_14",
    "rsi14": "rsi_14", "macd": "macd_12_26_9", "macd_line": "macd_12_26_9", "macd_signal": "macd_signal_12_26_9",
    "macd_signal_line": "macd_signal_12_26_9", "macd_hist": "macd_hist_12_26_9",
    "macd_histogram": "macd_hist_12_26_9", "atr": "atr_14", "bb_upper": "bb_upper_20_2", "bb_lower": "bb_lower_20_2",
    "bb_middle": "bb_middle_20_2", "upper_band": "bb_upper_20_2", "lower_band": "bb_lower_20_2",
    "middle_band": "bb_middle_20_2", "upper_bollinger_band": "bb_upper_20_2",
    "lower_bollinger_band": "bb_lower_20_2",
}  # fmt: skip
_SIGNAL = ("signal", "signal_line")
_FAMILY = re.compile(r"(rsi|sma|ema|atr|macd|bb)_?[0-9]+")
_BOUNDED = {"rsi_14": (0, 100)}
_DIGITS = re.compile(r"-?\$?[0-9]", re.ASCII)
_LIKE_DIGITS = re.compile(r"[+-]?(?:[\d.]|nan$|inf)")


@dataclass(frozen=True, slots=True)
class Sources:
    """`catalogue` gives every indicator's name; it takes a moment and is asked for unknown names only."""

    catalogue: Callable[[], Sequence[str]]

    def left(self, text: str) -> str:
        """The column on the left; nothing is the price."""
        if _DIGITS.match(text):
            raise UserError(f"{shown(text)} comes first: write the price or an indicator first, then the number")
        return self._column(_key(text))

    def right(self, text: str, left: str) -> str:
        """The column or the number on the right."""
        if not _DIGITS.match(text) and not _LIKE_DIGITS.match(text):
            key = _key(text)
            return "macd_signal_12_26_9" if key in _SIGNAL and left.startswith("macd_1") else self._column(key)
        digits = read_number(text)
        low, high = _BOUNDED.get(left, (None, None))
        if left in (PRICE, VOLUME) and (digits.startswith("-") or digits == "0"):
            raise UserError(f"{shown(text)} is never passed by a price: write a number above 0")
        if low is not None and high is not None and not low < float(digits) < high:
            raise UserError(f"{left} lies between {low} and {high}: {shown(text)} is never passed")
        return digits

    def _column(self, key: str) -> str:
        if key in _ALIASES:
            return _ALIASES[key]
        known = {name.replace("_", ""): name for name in COLUMNS}
        if key.replace("_", "") in known:
            return known[key.replace("_", "")]
        name, _, line = key.partition(".")
        catalogue = self.catalogue() if not _FAMILY.fullmatch(key) else ()
        if name in catalogue:
            refuse_unfit(name)
            return f"{name}.{line}" if line else name
        near = get_close_matches(key, [*COLUMNS, *_ALIASES, *catalogue], n=4, cutoff=0.6)
        offered = [one for one in dict.fromkeys(_ALIASES.get(one, one) for one in near) if one]
        hint = f"did you mean {', '.join(offered)}?" if offered else f"possible: close, {', '.join(COLUMNS)}"
        raise UserError(f"{shown(key)} is not an indicator; {hint}")


def refuse_unfit(name: str) -> None:
    """UserError for an indicator that cannot be watched bar by bar."""
    if name in LOOKS_AHEAD:
        raise UserError(f"{name} looks ahead ({LOOKS_AHEAD[name]}), so no alert can use it")
    if name in FROM_THE_BEGINNING:
        raise UserError(
            f"{name} is summed from wherever the candles begin, so its level means nothing; no alert can use it"
        )


def _key(text: str) -> str:
    bare = re.sub(r"^(?:the|its|a|an)\s+", "", text.strip())
    return re.sub(r"[\s-]+", "_", bare)
