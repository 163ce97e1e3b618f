"""Cues: word families that speak for one intent each, weighed against the answer of the ordered rules.

A rule that found words of its own stands with `FIRM`, one that was reached for want of anything else with `FALLBACK`.
Of each intent's families the heaviest counts; an intent that weighs more than what stands takes the question, and a
tie changes nothing. So a new wording needs a family here, not a place among the rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.question.cue_phrases import PHRASES
from rag.question.cue_records import RECORDS
from rag.question.cue_words import FAMILIES, Needs
from rag.question.days import MONTH_NAMES
from rag.question.model import Intent, Parsed

FIRM, FOUND, FALLBACK = 3.0, 2.0, 1.0


@dataclass(frozen=True, slots=True)
class Cue:
    """A family: `pattern` over the plain words, how much it `weighs`, and what it `needs` beside it."""

    intent: Intent
    weighs: float
    needs: Needs
    pattern: re.Pattern[str]


_STANDING = re.compile(
    r"\b(?:better|stronger|weaker|best|strongest|healthier|sounder|safer) (?:position|signal|setup)\b"
)
_LOOKS_BACK = re.compile(
    r"\b(?:did|have|had|was|were|has) (?:i|we|you|my|it|the|there)\b|\b(?:closed|ended|won|lost)\b"
    r"|\bhow many (?:\S+ ){0,6}(?:trades|signals|longs|shorts|backtests|buys|sells|calls|notes|recommendations)\b"
)
_TIME = re.compile(
    rf"\b(?:{'|'.join(MONTH_NAMES)}|q[1-4]|(?:this|last|previous) (?:month|week|quarter|year|weekend)"
    r"|the (?:month|week|quarter|year) before|(?:month|week|quarter|year) before last|yesterday|today)\b"
)
_WAY = re.compile(
    r"\b(?:macd|rsi|bollinger|sma|trend|reversion|momentum|break ?outs?|pull ?backs?|squeezes?|ensemble|golden cross"
    r"|death cross|range|oversold|overbought)\b(?! (?:reversion|breakouts?))"
)
_NOW = re.compile(r"\b(?:today|tonight|now|this (?:morning|afternoon|evening|week)|at the moment|currently)\b")
_PRICED_STOP = re.compile(
    r"\b(?:stop|stops|stop[ -]?loss|sl|target|tp|take profit|trailing stop)\b(?: (?:is|at|of|to|set|sits|placed"
    r"|near|around|about"
    r"|being|will|be|on|comes|level|price|in))* ?[@=:]? ?\$?[0-9]"
)
_REASONS = re.compile(
    r"\b(?:why|reason(?:s|ed|ing)?(?! (?:not )?(?:to|in)\b)|explain\w*|how come|rationale|behind"
    r"|on what (?:basis|grounds))\b"
)
_FIGURE = re.compile(
    r"\b(?:win ?-?rates?|pnl|p ?& ?l|fees?|how (?:many|much|often)|averages?|median|totals?|streaks?|draw ?downs?"
    r"|counts?"
    r"|expectanc\w+|profits?|returns?|sharpe|number of|money|from|between|signals?|should|buy|sell)\b"
)
CUES = tuple(
    Cue(intent, weighs, needs, re.compile(said)) for intent, weighs, needs, said in (*FAMILIES, *PHRASES, *RECORDS)
)


def outweigh(standing: Intent, strength: float, words: str, parsed: Parsed) -> Intent:
    """The intent that weighs most: `standing` with its `strength`, or one whose families say more."""
    weights = weigh(words, parsed)
    weights[standing] = weights.get(standing, 0.0) + strength
    heaviest = max(weights.values())
    return standing if weights[standing] == heaviest else next(i for i, w in weights.items() if w == heaviest)


def weigh(words: str, parsed: Parsed) -> dict[Intent, float]:
    """What the families say for each intent they speak for."""
    met = _met(words, parsed)
    weights: dict[Intent, float] = {}
    for cue in CUES:
        if cue.needs in met and cue.weighs > weights.get(cue.intent, 0.0) and cue.pattern.search(words):
            weights[cue.intent] = cue.weighs
    return weights


def _times(words: str) -> int:
    return len({match.group() for match in _TIME.finditer(words)})


def _ways(words: str) -> int:
    return len({match.group() for match in _WAY.finditer(words)})


def _met(words: str, parsed: Parsed) -> frozenset[Needs]:
    markets = len(parsed.symbols) + len(parsed.unknown)
    record = bool(markets or parsed.types or parsed.sides or parsed.setups or parsed.strategies or parsed.exit_reasons)
    kept = set(parsed.types) & {"backtest", "trade_note", "news", "recommendation"} or parsed.exit_reasons
    if _PRICED_STOP.search(words) and set(kept) <= {*parsed.exit_reasons}:
        kept = ()  # "with my stop at 138" is a part of the plan, no record of a trade
    only = set(parsed.types) <= {"signal", "trade"} and not (kept or parsed.outcomes or _LOOKS_BACK.search(words))
    paired = max(_ways(words), len(parsed.timeframes), _times(words)) > 1
    met = {
        Needs.TALK: not (markets or parsed.mine or parsed.budget is not None or parsed.window),
        Needs.PAIRED: paired and markets < 2 and not _FIGURE.search(words),
        Needs.NOTHING: True,
        Needs.NO_RECORD: not record and not parsed.mine and parsed.window is None and parsed.budget is None,
        Needs.RECORD: record,
        Needs.OWN: record or parsed.mine,
        Needs.MARKET: markets > 0,
        Needs.AHEAD: markets > 0
        and not _REASONS.search(words)
        and "trade_note" not in parsed.types
        and not _LOOKS_BACK.search(words),
        Needs.MARKETS: markets > 1
        and not parsed.mine
        and (parsed.window is None or _NOW.search(words) is not None)
        and (not parsed.types or (only and _STANDING.search(words) is not None)),
        Needs.PLAN: bool(markets or parsed.budget is not None) and not kept and not _LOOKS_BACK.search(words),
    }
    return frozenset(need for need, holds in met.items() if holds)
