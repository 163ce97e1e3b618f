"""Whether a number in prose stands in the evidence: value, rounding, unit, sign and label."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from rag.prose_levels import misplaced
from rag.prose_numbers import ORDINAL, PERIOD, PERIOD_OR_VALUE, Quantity, quantities
from rag.recommendation import Fact

_LABELS = {
    "stop": r"stop(?:[- _]?loss)?|\bSL",
    "target": r"targets?|take[- _]profit|\bTP\d?|exit_points?",
    "entry": r"entr(?:y|ies)(?:_points?)?|enter(?:s|ed)?",
    "price": r"prices?|close(?= (?:price|of|at|is|was|\$?\d))|trad(?:es|ing) at",
    "invalidation": r"invalid\w*",
    "size": r"size|notional|position_size\w*|order value|position(?= of\b)",
    "rr": r"times (?:the|its|our) risk|reward[ /_-]*(?:to[ -])?risk|risk[ /_-]*(?:to[ -])?reward|R/R",
    "risk": r"risk(?:s|ed|ing)?(?![ /_-]*(?:to[ -])?reward)",
    "conviction": r"conviction",
    "confidence": r"confidence",
    "rsi": r"RSI",
    "atr": r"ATR",
    "adx": r"ADX",
    "macd": r"MACD",
    "drawdown": r"draw-?down",
    "sharpe": r"sharpe",
    "win rate": r"win[- _]rate|hit[- _]rate",
    "factor": r"profit[- _]factor",
    "expectancy": r"expectancy",
    "hold": r"buy[- _]and[- _]hold",
    "return": r"return(?:s|ed)?|chang(?:e|ed)|pnl|p&l|profit(?![- _]factor)|loss(?:es)?|gain(?:s|ed)?|lost|result",
    "fees": r"fees?",
    "exposure": r"exposure",
    "volume": r"volume",
    "balance": r"balance|equity|capital",
    "budget": r"budget",
    "quantity": r"quantity",
}
_LABEL = re.compile("|".join(rf"(?P<L{n}>\b(?:{p})\b)" for n, p in enumerate(_LABELS.values())), re.IGNORECASE)
_NAMES = tuple(_LABELS)
_TARGET_KEY = re.compile(r"target_\d")
_LINK_WORDS = (
    r"(?:is|was|are|were|at|of|near|around|about|roughly|sits|stands|set|levels?|prices?|currently|now|just|only|reads|"
    r"reading|value|ratio|stood|being|over|in|for|during|the|last|past|its|your|this|that|first|final|second|a|an|bars?|"
    r"days?|hours?|trades|=|:|\(|\d{1,3}\)?(?=[\s,])|(?-i:[A-Z][A-Za-z/]{1,12}))"
)
_STRICT = re.compile(rf"\s*(?:{_LINK_WORDS}[\s,]*)*", re.IGNORECASE)
_AFTER = re.compile(
    r"\s?(?:max(?:imum)? )?(?P<word>times (?:the|its|our) risk|win rate|drawdown|confidence|conviction|reward/risk|"
    r"Sharpe|profit factor|exposure)\b",
    re.IGNORECASE,
)
_UP = (
    r"gain(?:ed|s|ing)?|up|rose|rise|rises|risen|rising|increase[ds]?|climb(?:ed|s)?|advanced|added|profit(?:ed)?|"
    r"earned|plus|rally|rallied"
)
_DOWN = (
    r"lost|lose[s]?|losing|(?<!stop-)(?<!stop )(?<!stop_)loss(?:es)?|down|fell|falls?|fallen|falling|dropp?(?:ed|s)?|"
    r"declin\w+|decreased?|shed|slid|sank|minus|negative|draw-?down|tumbled|plunged"
)
_BY = r"\s+(?:(?:by|of|about|around|roughly|nearly|almost|some|another|further|a|an|is|was|just|only)\s+)*\(?$"
_UP_BEFORE = re.compile(rf"\b(?:{_UP}){_BY}", re.IGNORECASE)
_DOWN_BEFORE = re.compile(rf"\b(?:{_DOWN}){_BY}", re.IGNORECASE)
_UP_AFTER = re.compile(r"\s(?:gain|profit|rise|increase|rally|higher|up)\b(?! to)(?!-)", re.IGNORECASE)
_DOWN_AFTER = re.compile(
    r"\s(?:loss|drop|decline|fall|drawdown|lower|down|decrease|dip|pullback|correction)\b", re.IGNORECASE
)
_DARK = re.compile(rf"\b(?:{_DOWN}|short|bearish|below|against|under|underperform\w*|worse|weak\w*)\b", re.IGNORECASE)
_CHANGE = re.compile(r"\b(?:return|pnl|p&l|profit|gain|change|result)(?:_\w+)?\W*(?:of|is|was|at)?\s*$", re.IGNORECASE)
_ABOUT = re.compile(
    r"(?:\b(?:about|around|roughly|nearly|almost|approximately|approx\.?|some|circa)|~)\s*\$?$", re.IGNORECASE
)
_FINE, _COARSE = Decimal("0.001"), Decimal("0.005")
_COUNTS = frozenset({"trade", "signal", "win", "loss", "vote", "time"})
_PRICED = frozenset({"price", "entry", "stop", "target", "invalidation", "atr", "macd"})
_OF_THE_PLAN = _PRICED - {"atr", "macd"} | {"size", "rr", "risk", "conviction", "confidence", "quantity"}
_TIMES = frozenset({"s", "min", "h", "d", "w", "month", "year", "bar"})
_OTHER = frozenset({"other"})
_SHARES = frozenset({"win rate", "return", "drawdown", "confidence", "conviction", "exposure", "fees", "hold", "risk"})


@dataclass(frozen=True, slots=True)
class Known:
    """A number of the evidence, unsigned, with every label that may belong to it; `sign` 0 where none is told.

    `half` is half a unit of its last printed digit, 0 for an exact value; `origin` the source's number, else 0;
    `trusted` whether code wrote it: a person's note or a headline is no authority on the plan.
    """

    value: Decimal
    unit: str
    sign: int
    labels: frozenset[str]
    half: Decimal = Decimal(0)
    origin: int = 0
    trusted: bool = True


def known_in(text: str, origin: int = 0, *, trusted: bool = True) -> tuple[Known, ...]:
    """The numbers of a text whose dates are blanked."""
    found: list[Known] = []
    labels: frozenset[str] = frozenset()
    end = 0
    for quantity in quantities(text):
        if quantity.unit == ORDINAL:
            continue
        labels = _labels(text[end : quantity.start] + " " + _label_after(text, quantity)) or labels
        sign = quantity.sign or spoken_sign(text, quantity) or (1 if _CHANGE.search(text[: quantity.start]) else 0)
        found.append(Known(quantity.value, quantity.unit, sign, labels, quantity.half, origin, trusted))
        end = quantity.end
    return tuple(found)


def known_of(fact: Fact) -> tuple[Known, ...]:
    """The numbers of a fact: as printed, its exact value, and those in its label and key (periods of indicators)."""
    labels = _labels(f"{fact.label} {fact.key.replace('_', ' ')} {fact.key}") or _OTHER
    if _TARGET_KEY.fullmatch(fact.key):
        labels |= {fact.key.replace("_", " ")}
    value = _decimal(fact.value)
    printed = known_in(f"{fact.label}: {fact.text}")[len(known_in(fact.label)) :]
    sign = _sign_of(value, labels, printed)
    found = [replace(k, labels=k.labels | labels, sign=k.sign or sign) for k in printed]
    if value is not None:
        unit = next((k.unit for k in found if abs(k.value - abs(value)) <= k.half), "")
        found.append(Known(abs(value), unit, sign, labels))
    elif isinstance(fact.value, str):
        found += [replace(k, labels=k.labels | labels) for k in known_in(fact.value)]
    names = known_in(f"{fact.label} {fact.key}")
    units = (known.unit if known.unit not in ("", PERIOD_OR_VALUE) else PERIOD for known in names)
    return (*found, *(replace(known, unit=unit, labels=labels) for known, unit in zip(names, units, strict=True)))


def _sign_of(value: Decimal | None, labels: frozenset[str], printed: tuple[Known, ...]) -> int:
    if value is None or value == 0:
        return 0
    if value < 0:
        return -1
    changes = labels & {"return", "hold"} and not labels & {"risk", "stop", "drawdown"}
    return 1 if changes or (printed and printed[0].sign > 0) else 0


def _decimal(value: float | int | str | None) -> Decimal | None:
    if value is None or isinstance(value, str):
        return None
    try:
        number = Decimal(repr(float(value))) if isinstance(value, float) else Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def spoken_sign(text: str, quantity: Quantity) -> int:
    """+1 for `gained 3 %` or `a 3 % gain`, -1 for `lost 3 %`, 0 when no word next to the number says so."""
    before, after = text[max(0, quantity.start - 40) : quantity.start], text[quantity.end : quantity.end + 20]
    if _DOWN_BEFORE.search(before) or (quantity.unit in ("%", "$") and _DOWN_AFTER.match(after)):
        return -1
    return 1 if _UP_BEFORE.search(before) or (quantity.unit in ("%", "$") and _UP_AFTER.match(after)) else 0


def problem_with(quantity: Quantity, sentence: str, evidence: Iterable[Known], *, cites: bool) -> str | None:
    """Why the number may not stand in the sentence, None when it may; `cites` says whether the sentence cites a source.

    A labelled number (`stop at 60,500`) must carry that label in the evidence: in a fact if the sentence cites nothing.
    """
    label = _strict_label(sentence, quantity)
    bold = label in _OF_THE_PLAN or quantity.unit == "x"
    everything = tuple(known for known in evidence if known.trusted or not bold)
    about = bool(_ABOUT.search(sentence[: quantity.start]))
    shown = sentence[quantity.start : quantity.end].strip()
    same = [known for known in everything if _matches(quantity, known, label, about)]
    if not same:
        return f"{shown} is in no fact and no cited source"
    signed = [known for known in same if _sign_fits(quantity, sentence, known)]
    if not signed:
        return f"{shown} has another sign in the evidence"
    if label and not _labelled(label, signed, everything, cites):
        return f"{shown} is not the {label} of the evidence"
    return misplaced(shown, sentence[: quantity.start], signed, everything)


def _labelled(label: str, matching: list[Known], everything: tuple[Known, ...], cites: bool) -> bool:
    origins = {known.origin for known in everything if label in known.labels}
    if not cites and 0 in origins:
        return any(known.origin == 0 and (label in known.labels or not known.labels) for known in matching)
    return not origins or any(
        label in known.labels or (not known.labels and known.origin not in origins) for known in matching
    )


def _matches(quantity: Quantity, known: Known, label: str, about: bool) -> bool:
    factor = _factor(quantity, known)
    if factor is None or (label and known.unit in _COUNTS | _TIMES):
        return False
    distance = abs(quantity.value * factor - known.value)
    if distance == 0:
        return True
    if known.unit in _COUNTS or quantity.unit in _COUNTS | {PERIOD}:
        return False
    half, digits = quantity.half, quantity.significant
    if about and "." not in quantity.shown:
        bare = quantity.shown.rstrip("0")
        half, digits = half * Decimal(10) ** (len(quantity.shown) - len(bare)), len(bare)
    if distance > half * factor:
        return False
    if about or (label and label in known.labels):
        return digits >= 2 or not about
    if known.unit not in ("", "$"):
        return digits >= 2
    return digits >= 2 and half <= quantity.value * (_COARSE if known.labels and not known.labels & _PRICED else _FINE)


def _factor(quantity: Quantity, known: Known) -> Decimal | None:
    one, ours, theirs = Decimal(1), quantity.unit, known.unit
    if ours == "%":
        if theirs == "%" or (theirs in ("", PERIOD_OR_VALUE) and known.value > 1 and known.labels & _SHARES):
            return one
        share = known.labels & _SHARES or not known.labels & _PRICED
        return Decimal("0.01") if theirs == "" and known.value <= 1 and share else None
    if ours == theirs:
        return one
    if ours in ("", PERIOD_OR_VALUE):
        if theirs in _COUNTS | _TIMES and "." in quantity.shown:
            return None
        if theirs == PERIOD:
            return one if ours == PERIOD_OR_VALUE or quantity.value >= 20 else None
        return Decimal(100) if theirs == "%" and quantity.value < 1 else one
    if ours in _COUNTS and theirs == "" and known.labels - _OTHER:
        return None
    return one if theirs in _fitting(ours) else None


def _fitting(unit: str) -> frozenset[str]:
    if unit == PERIOD:
        return frozenset({PERIOD_OR_VALUE, "bar", "d", "h"})
    if unit in _COUNTS:
        return {"trade": _COUNTS - {"signal", "vote", "time"}, "signal": _COUNTS - {"trade"}}.get(unit, _COUNTS) | {""}
    return {"x": frozenset({"", "r"}), "r": frozenset({"", "x"})}.get(unit, frozenset({"", PERIOD_OR_VALUE}))


def _sign_fits(quantity: Quantity, sentence: str, known: Known) -> bool:
    said = quantity.sign or spoken_sign(sentence, quantity)
    if quantity.sign < 0:
        return known.sign < 0
    if said:
        return said * known.sign >= 0
    return known.sign >= 0 or bool(_DARK.search(sentence))


def _labels(text: str) -> frozenset[str]:
    return frozenset(_name(match) for match in _LABEL.finditer(text))


def _name(match: re.Match[str]) -> str:
    return _NAMES[int((match.lastgroup or "L0")[1:])]


def _label_after(text: str, quantity: Quantity) -> str:
    after = _AFTER.match(text, quantity.end)
    return after["word"] if after else ""


def _strict_label(sentence: str, quantity: Quantity) -> str:
    if quantity.unit in _COUNTS | _TIMES | {PERIOD}:
        return ""
    after = _label_after(sentence, quantity)
    if after:
        return next(iter(_labels(after)), "")
    before = sentence[: quantity.start]
    found = list(_LABEL.finditer(before))
    if not found or not _STRICT.fullmatch(before[found[-1].end() :]):
        return ""
    label = _name(found[-1])
    named_price = label == "price" and len(found) > 1 and before[found[-2].end() : found[-1].start()].isspace()
    return _name(found[-2]) if named_price else label
