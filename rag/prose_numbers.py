"""Numbers in prose: where they stand, how exactly they are printed, their unit, sign and label."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_WORDS = (
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_WORD_VALUE = {word: n for n, word in enumerate(_WORDS, start=2)} | {
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100,
}  # fmt: skip
_FAMILIES = {
    "s": "s sec secs second seconds",
    "h": "h hr hrs hour hours hourly",
    "min": "min mins minute minutes m",
    "d": "d day days daily",
    "w": "w week weeks weekly",
    "month": "month months",
    "year": "year years",
    "bar": "bar bars candle candles period periods",
    "trade": "trade trades position positions",
    "signal": "signal signals case cases setup setups",
    "win": "win wins winner winners",
    "loss": "losses loser losers",
    "vote": "vote votes voter voters",
    "time": "times",
    "r": "r",
}
_FAMILY = {word: family for family, words in _FAMILIES.items() for word in words.split()}
_COUNTED = "|".join(sorted((word for word in _FAMILY if len(word) > 2), key=len, reverse=True))
_NUMBER = re.compile(
    r"(?P<money>(?:US)?\$\s?)?(?P<sign>[+-]\s?)?(?P<money2>\$\s?)?(?<![\d.])"
    r"(?P<digits>\d{1,3}(?:[,_]\d{3})+(?!\d)(?:\.\d++)?|\d++(?:\.\d++)?|\.\d++)(?P<power>[eE][+-]?\d{1,3}\b)?"
    r"(?P<scale>(?:[kKmMbB]|mn|bn|bln|million|billion)\b|\s(?:thousand|million|billion)\b)?"
    r"(?P<unit>\s?(?:%|percent\b|per cent\b|pct\b|percentage points?\b|pp\b|bps\b|basis points?\b)"
    r"|\s?(?:USDT|USDC|USD|dollars?|bucks)\b|\s?[xX]\b)?"
)
_GLUED = re.compile(r"(?<![A-Za-z0-9_.,])(?P<number>\d+(?:\.\d+)?)-?(?P<unit>[A-Za-z]+)(?![A-Za-z0-9])")
_NAMED = re.compile(
    r"(?<![0-9.])[A-Za-z][A-Za-z_&]*[_&(]?\d+(?:\.\d+)?(?:[_,]\d+(?:\.\d+)?)*\)?[A-Za-z_]*(?![\d.,]*\d)"
    r"|(?!\d+[eE]\d+\b)\d+[A-Za-z_]+\d\w*"
)
_WORDED = re.compile(rf"\b(?P<word>{'|'.join(_WORD_VALUE)})[ -](?P<unit>{_COUNTED}|percent|per cent)\b", re.IGNORECASE)
_INDICATOR = "RSI|ATR|ADX|CCI|ROC|MFI|Bollinger|BB|MACD|stochastic"
_AVERAGE = "SMA|EMA|WMA|HMA|MA|moving average|average"
_PERIOD = re.compile(rf"\b(?:(?:{_AVERAGE})[ -]?\(?|(?:{_INDICATOR}) ?\()\s?$", re.IGNORECASE)
_PERIOD_OR_VALUE = re.compile(rf"\b(?:{_INDICATOR})[ -]$", re.IGNORECASE)
_LENGTH = "(?:bar|day|period|hour)s?[ -]"
_PERIOD_AFTER = re.compile(
    rf"[ -](?:{_LENGTH}(?:{_INDICATOR})|(?:{_LENGTH})?(?:{_AVERAGE}|simple|exponential))\b"
    rf"|-(?:{_INDICATOR})\b",
    re.IGNORECASE,
)
_SCALE = {"k": 1000, "t": 1000, "m": 1_000_000, "b": 1_000_000_000}
PERIOD, PERIOD_OR_VALUE, ORDINAL = "id", "id?", "ordinal"
_PERCENT = ("%", "percent", "per cent", "pct", "percentage", "pp")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a text. `value` is unsigned, in units (61.2k is 61200); `half` is half its last printed digit.

    `unit` is "", "%", "$", "x", PERIOD (of an indicator), PERIOD_OR_VALUE, ORDINAL or a family of counted things
    (`h`, `trade` ...); `sign` is -1 or +1 where one is printed, else 0. `start` and `end` are where it stands.
    """

    value: Decimal
    half: Decimal
    unit: str
    sign: int
    start: int
    end: int
    shown: str

    @property
    def significant(self) -> int:
        """Printed digits that count: 0.050 has two, 61,000 has five."""
        return len(re.sub(r"[eE].*|\D", "", self.shown).lstrip("0"))


def quantities(text: str) -> tuple[Quantity, ...]:
    """Every number of `text` (as `prose_safety.plain` gives it), in order; blank dates and citations before."""
    blanked, found = text, []
    for pattern, read in ((_NAMED, _named), (_WORDED, _worded), (_GLUED, _glued)):
        for match in list(pattern.finditer(blanked)):
            quantity = read(match)
            if quantity:
                found += quantity
                blanked = blanked[: match.start()] + " " * len(match[0]) + blanked[match.end() :]
    found += [_read(match, blanked) for match in _NUMBER.finditer(blanked)]
    return tuple(sorted(found, key=lambda quantity: quantity.start))


def _named(match: re.Match[str]) -> list[Quantity]:
    numbers = re.finditer(r"\d+(?:\.\d+)?", match[0])
    return [_quantity(n[0], "id", 0, (match.start() + n.start(), match.start() + n.end())) for n in numbers]


def _worded(match: re.Match[str]) -> list[Quantity]:
    unit = match["unit"].lower()
    family = "%" if unit in ("percent", "per cent") else _FAMILY[unit]
    value = Decimal(_WORD_VALUE[match["word"].lower()])
    return [Quantity(value, Decimal("0.5"), family, 0, match.start(), match.end(), str(value))]


def _glued(match: re.Match[str]) -> list[Quantity]:
    unit = match["unit"].lower()
    if match["unit"] in ("st", "nd", "rd", "th"):
        return [_quantity("0", ORDINAL, 0, match.span())]
    if match["unit"] == "M" or unit not in _FAMILY:
        return []
    if _PERIOD_AFTER.match(match.string, match.end()):
        return [_quantity(match["number"], PERIOD, 0, match.span())]
    return [_quantity(match["number"], _FAMILY[unit], 0, match.span())]


def _read(match: re.Match[str], text: str) -> Quantity:
    sign = (match["sign"] or "").strip()
    if sign and (match["sign"] != sign or re.search(r"[\w)%]$", text[: match.start("sign")])):
        sign = ""
    unit = (match["unit"] or "").strip().lower()
    scale = Decimal(_SCALE[match["scale"].strip()[0].lower()]) if match["scale"] else Decimal(1)
    if unit.startswith(("bps", "basis")):
        scale /= 100
    digits = re.sub("[,_]", "", match["digits"]) + (match["power"] or "")
    kind = _kind(unit, bool(match["money"] or match["money2"])) or _context(match, text)
    return _quantity(digits, kind, {"-": -1, "+": 1}.get(sign, 0), match.span(), scale)


def _kind(unit: str, money: bool) -> str:
    if unit.startswith((*_PERCENT, "bps", "basis")):
        return "%"
    if money or unit.startswith(("usd", "dollar", "buck")):
        return "$"
    return "x" if unit == "x" else ""


def _context(match: re.Match[str], text: str) -> str:
    before, after = text[: match.start("digits")], text[match.end() :]
    whole = "." not in match["digits"] and not match["scale"]
    if whole and (_PERIOD.search(before) or _PERIOD_AFTER.match(after)):
        return PERIOD
    following = re.match(r"[ -]([A-Za-z]+)(?:[ -]([A-Za-z]+))?", after)
    words = [word.lower() for word in (following.groups() if following else ()) if word]
    family = next((_FAMILY[word] for word in words if word in _FAMILY and len(word) > 1), "")
    if family == "time" and not whole:
        return "x"
    if whole and re.match(r" (?:out )?of (?:the )?\d", after):
        return "signal"
    return family or (PERIOD_OR_VALUE if whole and _PERIOD_OR_VALUE.search(before) else "")


def _quantity(digits: str, unit: str, sign: int, span: tuple[int, int], scale: Decimal = Decimal(1)) -> Quantity:
    value = Decimal(digits)
    exponent = value.as_tuple().exponent
    half = Decimal(5).scaleb((exponent if isinstance(exponent, int) else 0) - 1)
    return Quantity(value * scale, half * scale, unit, sign, *span, digits)
