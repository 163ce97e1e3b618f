"""Follow-ups: what a short question leaves out is taken over from the one before it, and nothing else is."""

# ruff: noqa: SIM905 - a list of words is easier to read and to extend as text
from __future__ import annotations

import re
from dataclasses import replace

from rag.question.lexicon import SLANG
from rag.question.model import Intent, Parsed

_LEAD = re.compile(
    r"^\W*(?:and|ok|okay|but|so|then|now|also|what about|how about|what if|same|instead|plus|or|only|just|again"
    r"|in that case|alright|hmm|"
    r"with|for|on|what of|what is with|make it|use|try|rather)\b"
)
_PRONOUN = re.compile(
    r"\b(?:it|its|that|this one|that one|them|these|those|the same|same (?:one|coin|thing)|there|this)\b"
)
_FILLER = frozenset(
    """
    and ok okay but so then now also what about how if same instead plus or only just again with for on of is in
    the a an to at by my me
    i it that this one them please pls thanks make use try rather chart timeframe do does did would you recommend
    say please trade budget
    have has got only dollars usd usdt bucks stop loss sl tighter closer tight much many well alright hmm case
    timeframe view
    question tell show give us mine ones
    """.split()
)
_FINDING = (Intent.FIND, Intent.LATEST, Intent.EXPLAIN, Intent.AGGREGATE, Intent.NEWS)
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


def carry(previous: Parsed | None, new: Parsed) -> Parsed:
    """`new` with what it leaves out taken over from `previous`; `carried` names what was.

    "and for ETH?" replaces the symbol only, "and with $5k?" the budget only, "why?" explains what was talked
    about, "tighter stop" plans it again. A whole question of its own takes over nothing, except the symbol that "it"
    stands for.
    """
    if previous is None or new.intent is Intent.HELP:
        return new
    if _is_bare_why(new):
        return _explained(previous, new)
    if new.tighter_stop and not new.symbols and not new.unknown:
        return _take_over(previous, new, intent=Intent.ADVICE if previous.intent in _FINDING else previous.intent)
    if _is_fragment(new):
        return _take_over(previous, new, intent=_intent(previous, new))
    if not new.symbols and not new.unknown and previous.symbols and _refers_back(new):
        kept = ("symbols",) if new.timeframes else ("symbols", "timeframes")
        return _with(previous, new, tuple(slot for slot in kept if getattr(previous, slot)))
    return new


def _is_bare_why(new: Parsed) -> bool:
    words = re.findall(r"[a-z']+", new.text.lower())
    rest = [
        w
        for w in words
        if w
        not in (
            "why",
            "y",
            "explain",
            "how",
            "come",
            "so",
            "and",
            "but",
            "ok",
            "that",
            "this",
            "it",
            "please",
            "is",
            "was",
            "not",
        )
    ]
    asks = any(w in ("why", "y", "explain") for w in words) or words == ["how", "come"]
    return asks and len(words) <= 6 and not rest and not new.symbols and not new.unknown


def _explained(previous: Parsed, new: Parsed) -> Parsed:
    slots = ("symbols", "timeframes", "window", "sides", "setups", "exit_reasons", "strategies", "outcomes")
    kept = tuple(slot for slot in slots if getattr(previous, slot))
    types = previous.types or ("signal",)
    return _with(
        previous, replace(new, intent=Intent.EXPLAIN, types=types, mine=previous.mine, unknown=previous.unknown), kept
    )


def _is_fragment(new: Parsed) -> bool:
    if not _filled(new) and not new.unknown:
        return False
    words = [SLANG.get(w, w) for w in re.findall(r"[a-z']+", new.text.lower())]
    if len(words) > 12:
        return False
    content = [w for w in words if w not in _FILLER]
    spoken = sum(
        len(getattr(new, slot)) if isinstance(getattr(new, slot), tuple) else 2 for slot in _filled(new)
    ) + len(new.unknown)
    led = _LEAD.match(new.text.lower()) is not None
    whole = (
        re.search(
            r"\b(?:should|why|explain|show|compare|size|how many|when|which|list|recommend|buy|sell)\b",
            new.text.lower(),
        )
        is not None
    )
    return (led and not whole and len(content) <= 2 * spoken + 3) or (
        not whole and len(content) <= spoken + 1 and len(words) <= 6
    )


def _refers_back(new: Parsed) -> bool:
    return len(new.text) <= 200 and _PRONOUN.search(new.text.lower()) is not None


def _filled(parsed: Parsed) -> tuple[str, ...]:
    return tuple(
        slot
        for slot in _NAMES
        if getattr(parsed, slot) not in ((), None) and not (slot == "types" and _implied(parsed))
    )


def _implied(parsed: Parsed) -> bool:
    # the kind follows from another slot ("and the squeezes?"), so it was not said and must not replace the former one
    return not re.search(
        r"signal|sig\b|trade|trd|backtest|back test|\bbts?\b|note|journal|news|headline|recommend|outcome"
        r"|position|call",
        parsed.text.lower(),
    )


def _intent(previous: Parsed, new: Parsed) -> Intent:
    if new.budget is not None:
        return previous.intent if previous.intent in (Intent.ADVICE, Intent.SIZE, Intent.COMPARE) else Intent.ADVICE
    said = set(_filled(new))
    if "types" in said:
        return new.intent if new.intent in _FINDING else Intent.FIND
    if previous.intent in (Intent.ADVICE, Intent.SIZE, Intent.CHART, Intent.COMPARE) and said & {
        "window",
        "exit_reasons",
        "setups",
        "outcomes",
    }:
        return Intent.FIND if new.intent is Intent.ADVICE else new.intent
    return previous.intent


def _take_over(previous: Parsed, new: Parsed, *, intent: Intent) -> Parsed:
    said = set(_filled(new))
    if new.unknown:
        said.add("symbols")
    if "types" in said:
        said |= {"sides", "strategies", "setups", "exit_reasons", "outcomes", "budget", "limit", "holdings"}
    kept = tuple(slot for slot in _NAMES if slot not in said and getattr(previous, slot) not in ((), None))
    changed = replace(
        new,
        intent=intent,
        unknown=new.unknown if new.unknown or "symbols" in said else previous.unknown,
        mine=new.mine or (previous.mine and "types" not in said),
        tighter_stop=new.tighter_stop or (previous.tighter_stop and intent in (Intent.ADVICE, Intent.SIZE)),
        types=new.types if "types" in said else previous.types,
        sides=() if previous.intent is Intent.ADVICE and "sides" not in said else new.sides,
    )
    return _with(previous, changed, kept)


def _with(previous: Parsed, new: Parsed, slots: tuple[str, ...]) -> Parsed:
    values = {slot: getattr(previous, slot) for slot in slots}
    return replace(new, **values, carried=tuple(_NAMES[slot] for slot in slots))
