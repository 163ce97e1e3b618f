"""Money and quantities in a question: plain ASCII numbers only, bounded, and nonsense is refused, never guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from signals.errors import UserError

ONLY_DOLLARS = "Amounts are read in US dollars only: write the budget like $2,000, 2k or 2000 usd."
LARGEST = Decimal(10) ** 12
_NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15})(?:\.[0-9]{1,12})?|\.[0-9]{1,12}"
_SCALE = r"(?:\s?(?:k|thousand|grand|mil(?:lion)?|m(?!\w)))?"
_UNIT = r"(?:usdt|usdc|usd|us dollars?|dollars?|bucks|busd|tether)"
_FACTORS = {"k": 1_000, "thousand": 1_000, "grand": 1_000, "m": 1_000_000, "mil": 1_000_000, "million": 1_000_000}
_HEDGE = (
    r"(?:(?:a|an|about|around|roughly|only|just|like|some|maybe|of|is|my|the|say|up to|to|spare|extra"
    r"|another|budget|total|approx|at most|max)\s+){0,4}~?"
)
_LEAD = (
    r"(?:with|have|has|got|budget|invest(?:ing)?|spend(?:ing)?|put(?:ting)?|use|using|allocate|split|deploy"
    r"|account|balance|"
    r"capital|bankroll|cash|portfolio|equity|throw(?:ing)?|drop(?:ping)?|bet(?:ting)?|stake|chuck(?:ing)?|yolo|worth|of"
    r"|if)"
)
_AMOUNT = rf"(?P<n>{_NUMBER})(?P<s>{_SCALE})(?![\w%]|[.,][0-9])"
_LED = re.compile(
    rf"\b(?:i\s+)?{_LEAD}\s+{_HEDGE}\$?\s?{_AMOUNT}(?:\s?{_UNIT}\b)?(?:\s+(?:to|in|of)\s+(?:spend|invest|cash"
    rf"|play with))?"
)
_MARKED = re.compile(
    rf"\$\s?{_AMOUNT}(?:\s?{_UNIT}\b)?"
    rf"|(?<![\w.,$]){_AMOUNT.replace('<n>', '<n2>').replace('<s>', '<s2>')}\s?{_UNIT}\b"
)
_BARE = re.compile(r"(?<![\w.,$])(?P<n>[0-9]{1,9}(?:\.[0-9]{1,6})?)(?P<s>\s?(?:k|grand|thousand))(?![\w%])")
_PRICE_BEFORE = re.compile(
    r"\b(?:at|above|below|under|over|near|past|hits?|reach(?:es|ed)?|entry|stop|target|price|crosse?[sd]?"
    r"|breaks?|risk(?:ing)?|per|from|@|is|was|to|for)"
    r"\s*(?:of |at |around |about )?~?\$?\s?$|@\s?$"
)
_QUARTER_HOUR = re.compile(r"(?<![$\d.,])(?<!\$\s)15 ?m$")  # "my 15m trades" are on a timeframe, not with $15 million
_BUDGET_BEFORE = re.compile(r"\b(?:up to|budget (?:is|was|of)|worth of|for)\s*~?\$?\s?$")
_NONSENSE = (
    re.compile(r"\$\s?(?=[-+]?[\d.,_])(?P<x>[-+]?[^\s?!;:)(\"']+)"),
    re.compile(r"(?<!\w)(?P<x>[-+]\s?\$\s?[\d.]\S*)"),
    re.compile(r"(?P<x>\$(?:nan|inf|infinity))\b"),
    re.compile(rf"\b{_LEAD}\s+{_HEDGE}(?P<x>-\s?\$?[\d][^\s?!;]*|[\d][\d.,]*(?:_|e[+-]?\d)[^\s?!;]*)"),
    re.compile(r"(?<!\S)(?P<x>[\w.,+-]+)\s?(?=(?:usdt?|usdc|dollars?|bucks)\b)"),
    re.compile(rf"\b{_LEAD}\s+{_HEDGE}(?P<x>(?=[^\s]*[^\x00-\x7f])[\d][^\s?!;]*)"),
)
_GOOD = re.compile(rf"[+]?(?:{_NUMBER})(?:k|m|mil|million|grand|thousand)?(?:usdt?|usdc)?[.,]?")
_FOREIGN = re.compile(r"[€£¥]\s?[0-9]|[0-9]\s?(?:[€£¥]|(?:eur|euros?|gbp|pounds|quid|yen)\b)")
_FOREIGN_AMOUNT = re.compile(
    r"[€£¥]\s?[0-9][0-9.,]*(?:\s?(?:k|m)\b)?|[0-9][0-9.,]*\s?k?\s?(?:[€£¥]|(?:eur|euros?|gbp|pounds|quid|yen)\b)"
)
_HOLD = re.compile(
    r"\b(?:hold(?:ing)?|have|own(?:ing)?|got|bought|long|sitting on|bag of|my|holdings?:?"
    r"|already in)\s+(?:about |around |a total of |some |roughly )?"
)
_LOT = re.compile(
    rf"(?P<n>{_NUMBER})\s?(?P<w>[a-z][a-z0-9]{{1,12}})(?P<x>\s+(?:bought |entered |opened |entry )?(?:from|at|@"
    rf"|around)\s*\$?\s?(?P<p>{_NUMBER})(?P<s>k?)(?![\w%]))?"
)
_JOIN = re.compile(r"\s*(?:,|and|\+|&|plus)\s*(?:also\s+)?")


class ForeignMoneyError(UserError):
    """Money of another currency, which is not converted."""


Holding = tuple[str, Decimal, Decimal | None]


def read_budget(words: str) -> tuple[Decimal | None, str]:
    """The money the question gives ("with $2k"), and the words left over. Prices ("above $60k") are not a budget.

    Raises UserError, naming the fix, for what is clearly meant as money and is none: `$１００`, `1e400 usd`, `$1_000`,
    a negative amount, another currency, more than 10^12.
    """
    _refuse_nonsense(words)
    for pattern in (_LED, _MARKED, _BARE):
        for match in pattern.finditer(words):
            before = words[: match.start()]
            if _QUARTER_HOUR.search(match.group()):
                continue
            if pattern is not _LED and _PRICE_BEFORE.search(before) and not _BUDGET_BEFORE.search(before):
                continue
            if pattern is _LED and not _is_money(match):
                continue
            number, scale = _parts(match)
            return _amount(number, scale), f"{before} | {words[match.end() :]}"
    return None, words


def without_foreign_money(words: str) -> str:
    """The words without amounts of other currencies."""
    return _FOREIGN_AMOUNT.sub(" | ", words)


def read_holdings(words: str, symbols: Mapping[str, str]) -> tuple[tuple[Holding, ...], str]:
    """What the person said to hold ("I hold 0.5 BTC from 60k"), and the words left over.

    `symbols` maps plain words to pairs. The entry price is None when it was not said.
    """
    held: dict[str, Holding] = {}
    for match in _HOLD.finditer(words):
        at = match.end()
        while lot := _LOT.match(words, at):
            symbol = symbols.get(lot["w"])
            if symbol is None:
                break
            price = _amount(lot["p"], lot["s"] or "") if lot["p"] else None
            held[symbol] = (symbol, _amount(lot["n"], ""), price)
            words = f"{words[: lot.start()]}{'|' * len(lot.group())}{words[lot.end() :]}"
            joined = _JOIN.match(words, lot.end())
            at = joined.end() if joined else len(words)
    return tuple(held.values()), words


def _is_money(match: re.Match[str]) -> bool:
    said = match.group()
    if "$" in said or match["s"].strip() or re.search(rf"{_UNIT}\b", said):
        return True
    spoken = re.match(
        r"(?:i\s+)?(?:budget|invest|spend|account|balance|capital|bankroll|cash|equity|allocate|deploy)", said
    )
    after = re.match(
        r"\s*(?:to (?:spend|invest|play)|cash|in cash|\?|$|in my|i should|on it|into|(?:in|on|at|to|towards) [a-z])",
        match.string[match.end() :],
    )
    return bool(spoken) or (after is not None and Decimal(match["n"].replace(",", "")) >= 10)


def _parts(match: re.Match[str]) -> tuple[str, str]:
    groups = match.groupdict()
    return (groups.get("n") or groups["n2"], groups.get("s") or groups.get("s2") or "")


def _amount(number: str, scale: str) -> Decimal:
    value = Decimal(number.replace(",", "")) * _FACTORS.get(scale.strip(), 1)
    if value > LARGEST:
        raise UserError("That amount is too large: write at most 1,000,000,000,000, for example $2,000 or 2k.")
    if value == 0:
        raise UserError("The amount must be above zero: write it like $2,000 or 2k.")
    return value.to_integral_value() if value == value.to_integral_value() else value.normalize()


def _refuse_nonsense(words: str) -> None:
    if _FOREIGN.search(words):
        raise ForeignMoneyError(ONLY_DOLLARS)
    for pattern in _NONSENSE:
        for match in pattern.finditer(words):
            said = match["x"].rstrip(".,")
            if any(c.isdigit() or c == "$" for c in said) and not _GOOD.fullmatch(said):
                raise UserError(f"I cannot read {_shown(said)} as an amount: write it like $2,000, 1500.50 or 2k.")


def _shown(said: str) -> str:
    return f'"{said[:24]}{"…" if len(said) > 24 else ""}"'
