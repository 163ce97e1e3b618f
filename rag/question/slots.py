# ruff: noqa: SIM905 - a list of words is easier to read and to extend as text
"""Follow-ups: what a short question leaves out is taken over from the one before it, and nothing else is."""

from __future__ import annotations

import re
from dataclasses import replace

from rag.question.measures import carried_measure
from rag.question.model import Intent, Parsed
from rag.question.normalise import MAX_CHARS
from rag.question.spelling import plain_words
from rag.question.terms import content_terms, themes_in

_LEAD = re.compile(
    r"^\W*(?:and|ok|okay|but|so|then|now|also|what about|how about|what if|same|instead|plus|or|only|just|again"
    r"|alright|hmm|"
    r"in that case|with|for|on|what of|what is with|make it|use|try|rather|no|sorry|i mean|i meant|actually)\b"
)
_WHOLE = re.compile(
    r"\b(?:should|why|explain|show|compare|size|how (?:many|much)|when|which|list|recommend|buy|sell|tell"
    r"|what is|chart|plot|versus|vs|price|portfolio)\b"
)
_COURTESY = re.compile(r"[\s,.!?]*\b(?:please|thanks|thank you|mate|bro|man|dude|lol)\b[\s.!?]*$")
_PRONOUN = re.compile(
    r"\b(?:it|its|that|this one|that one|them|these|those|the same|same (?:one|coin|thing)"
    r"|there|this)\b"
)
_WHY_WORDS = frozenset(
    "why y explain how come so and but ok okay that this it please pls is was not hmm tell me".split()
)
_COUNTING = re.compile(
    r"\W*(?:and )?(?:how many|how often|how much|(?:what is )?(?:the |my )?(?:win rate|hit rate|total|average"
    r"|pnl|sum|count)s?)"
    r"(?: (?:of them|of those|in total|was that|were there|are there|did i make|is that|won|lost))?\W*"
)
_TYPE_WORDS = re.compile(
    r"signal|\bsigs?\b|trade|\btrds?\b|back ?-?test|\bbts?\b|\bnotes?\b|journal|\bnews\b|headline|recommend"
    r"|outcome|position|\bcalls?\b"
)
_SMALL = frozenset(
    "have only got dollars bucks well loss tighter closer much many alright hmm view question chart timeframe".split()
)
_FINDING = (Intent.FIND, Intent.LATEST, Intent.EXPLAIN, Intent.AGGREGATE, Intent.NEWS)
_FRESH = (Intent.ADVICE, Intent.SIZE, Intent.COMPARE, Intent.CHART)
_NAMES = {
    "symbols": "symbol",
    "timeframes": "timeframe",
    "types": "kind",
    "window": "time",
    "budget": "budget",
    "sides": "side",
    "strategies": "strategy",
    "setups": "setup",
    "exit_reasons": "exit",
    "outcomes": "outcome",
    "holdings": "holdings",
    "limit": "number",
}
_RECORD_SLOTS = ("types", "window", "sides", "strategies", "setups", "exit_reasons", "outcomes", "limit")
_TRADE_SIDES = {"BUY": "LONG", "SELL": "SHORT"}
_SIGNAL_SIDES = {"LONG": "BUY", "SHORT": "SELL"}


def carry(previous: Parsed | None, new: Parsed) -> Parsed:
    """`new` with what it leaves out taken over from `previous`; `carried` names what was.

    "and for ETH?" replaces the symbol only, "and with $5k?" the budget only, "why?" explains what was talked about,
    "tighter stop" plans it again. A whole question of its own takes over nothing, except the symbol that "it" stands
    for. An asset that is not watched replaces the symbol too: it is never answered with the former one.
    """
    if previous is None or new.intent is Intent.HELP:
        return new
    if previous.intent is Intent.COMPARE and previous.measure is not None:
        previous = replace(previous, intent=Intent.AGGREGATE)  # records side by side go on as figures
    if _is_bare_why(new):
        return _take_over(previous, replace(new, types=(), sides=()), Intent.EXPLAIN)
    if _COUNTING.fullmatch(_words(new)) and previous.intent in _FINDING:
        return _take_over(previous, replace(new, types=(), sides=()), Intent.AGGREGATE)
    if new.tighter_stop and not new.symbols and not new.unknown:
        return _take_over(previous, new, Intent.SIZE if previous.intent is Intent.SIZE else Intent.ADVICE)
    if new.measure is not None and previous.measure is not None and not _said(new) and _LEAD.match(new.text.lower()):
        return _take_over(previous, new, Intent.AGGREGATE)
    if _is_fragment(new):
        return _take_over(previous, new, _intent(previous, new))
    if not new.symbols and not new.unknown and previous.symbols and _refers_back(new):
        kept = ("symbols",) if new.timeframes else ("symbols", "timeframes")
        return _with(previous, new, tuple(slot for slot in kept if getattr(previous, slot)))
    return new


def _words(parsed: Parsed) -> str:
    return _COURTESY.sub("", plain_words(parsed.text, frozenset())).strip()


def _is_bare_why(new: Parsed) -> bool:
    words = re.findall(r"[a-z']+", _words(new))
    asks = any(word in ("why", "y", "explain") for word in words) or words == ["how", "come"]
    return asks and len(words) <= 6 and _WHY_WORDS.issuperset(words)


def _is_fragment(new: Parsed) -> bool:
    said, text = _said(new), _words(new)
    words = text.split()
    if not (said or new.unknown) or len(words) > 12 or _WHOLE.search(text):
        return False
    left = [term for term in content_terms(new.text) if term not in _SMALL and term.upper() not in new.unknown]
    led = _LEAD.match(text) is not None
    if not led and "symbols" in said and "types" in said:
        return False
    return len(left) <= (3 if led else 1) and (led or len(words) <= 8)


def _refers_back(new: Parsed) -> bool:
    return len(new.text) <= 200 and _PRONOUN.search(_words(new)) is not None


def _said(parsed: Parsed) -> frozenset[str]:
    filled = {slot for slot in _NAMES if getattr(parsed, slot) not in ((), None)}
    if "types" in filled and not (_TYPE_WORDS.search(_words(parsed)) or themes_in(parsed.text)):
        filled.discard("types")  # it only follows from another slot ("and the squeezes?")
    return frozenset(filled | ({"symbols"} if parsed.unknown else set()))


def _intent(previous: Parsed, new: Parsed) -> Intent:
    said = _said(new)
    if "budget" in said:
        return previous.intent if previous.intent in (Intent.ADVICE, Intent.SIZE, Intent.COMPARE) else Intent.ADVICE
    if "types" in said:
        return new.intent if new.intent in _FINDING else Intent.FIND
    if previous.intent in _FRESH and said & {"window", "exit_reasons", "setups", "outcomes"}:
        return new.intent if new.intent in _FINDING else Intent.FIND
    return previous.intent


def _take_over(previous: Parsed, new: Parsed, intent: Intent) -> Parsed:
    said = set(_said(new))
    if "types" in said:
        said |= {"sides", "strategies", "setups", "exit_reasons", "outcomes", "budget", "limit", "holdings"}
    if intent in _FRESH:
        said |= set(_RECORD_SLOTS)
        new = replace(new, types=(), sides=())
    kept = tuple(slot for slot in _NAMES if slot not in said and getattr(previous, slot) not in ((), None))
    merged = _with(previous, new, kept)
    if "types" not in said and previous.types == ("trade_note",):  # what the notes are about is in the words alone
        merged = replace(merged, text=f"{new.text} ({previous.text})"[:MAX_CHARS])
    records = "types" in said or intent in _FRESH
    types = merged.types or (("signal",) if intent is Intent.EXPLAIN else ())
    return replace(
        merged,
        intent=intent,
        measure=carried_measure(previous, new, intent, types),
        types=types,
        sides=_sides_of(types, merged.sides),
        unknown=new.unknown if "symbols" in said else previous.unknown,
        mine=new.mine or (previous.mine and not records),
        tighter_stop=new.tighter_stop or (previous.tighter_stop and intent in (Intent.ADVICE, Intent.SIZE)),
    )


def _sides_of(types: tuple[str, ...], sides: tuple[str, ...]) -> tuple[str, ...]:
    names = _TRADE_SIDES if set(types) & {"trade", "trade_note"} else _SIGNAL_SIDES
    return tuple(names.get(side, side) for side in sides)


def _with(previous: Parsed, new: Parsed, slots: tuple[str, ...]) -> Parsed:
    values = {slot: getattr(previous, slot) for slot in slots}
    shown = tuple(_NAMES[slot] for slot in slots if slot != "types")
    return replace(new, **values, carried=shown)
