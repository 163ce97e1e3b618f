"""Sides and results in prose: long or short, won or lost, against the plan and the cited sources."""

from __future__ import annotations

import re
from collections.abc import Sequence

from signals.model import Direction

_LONG = re.compile(
    r"\b(?:BUY(?:ING)?(?![- ]?(?:and|&)[- ]hold|[- ](?:pressure|orders?|wall|side))|bought"
    r"|(?<!as )(?<!how )(?<!so )(?<!too )(?<!before )(?<!no )long"
    r"(?![- ](?:term|time|run|standing|lasting|dated|as\b|ago|way|squeeze)))\b",
    re.IGNORECASE,
)
_SHORT = re.compile(
    r"\b(?:SELL(?:ING)?(?![- ](?:off|pressure|orders?|wall|side))|sold"
    r"|(?<!in )(?<!fall )(?<!falls )(?<!fell )(?<!cut )short(?:ing|ed)?"
    r"(?![- ](?:term|of\b|run|lived|covering|squeeze|interest|list)))\b",
    re.IGNORECASE,
)
_HYPOTHETICAL = re.compile(
    r"\b(?:if|unless|would|could|might|may|until|not|no|nor|neither|never|avoid|instead|rather|against|opposite|previous|last|"
    r"past|earlier|before|lost|closed|won|stopped|other|flip|turn\w*|invalid\w*|without|vot\w+|lean\w*|only|risk)\b|n't\b",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\b(?:buy|sell|(?:go|enter|open|take)(?: a| the)? (?:long|short))\b(?![- ](?:and|pressure|side|off))",
    re.IGNORECASE,
)
_PLAN = re.compile(r"\b(?:plan|idea|this|now|here|current|recommend\w*|favou?rs?|supports?|confirms?)\b", re.IGNORECASE)
_REFUSAL = re.compile(
    r"\bveto\w*|\b(?:do not|don't|never|avoid|skip|refrain from|stay out|no) ?(?:to |of |the |this |any )*"
    r"(?:trad\w+|buy\w*|sell\w*|enter\w*|position)\b|\bstay (?:out|away)\b|\bhal[fv]\w* (?:the |your )?(?:size|risk)\b"
    r"|\bcaution\b",
    re.IGNORECASE,
)
_WON = re.compile(
    r"\b(?:profitable|winning|won|profited|made (?:a |money)|hit its target|reached (?:its|the) target)\b",
    re.IGNORECASE,
)
_LOST = re.compile(r"\b(?:unprofitable|losing|lost|stopped out|lost money|hit its stop)\b", re.IGNORECASE)


def sides(text: str) -> frozenset[int]:
    """+1 when the text speaks of buying or a long position, -1 of selling or a short one."""
    return _both(text, _LONG, _SHORT)


def refuses(sentence: str) -> bool:
    """Whether the sentence advises against the trade or for less of it."""
    return bool(_REFUSAL.search(sentence)) and not re.search(r"\b(?:if|unless|would|until)\b", sentence, re.IGNORECASE)


def results(text: str) -> frozenset[int]:
    """+1 when the text calls something won, -1 when lost."""
    return _both(text, _WON, _LOST)


def _both(text: str, up: re.Pattern[str], down: re.Pattern[str]) -> frozenset[int]:
    return frozenset(sign for sign, pattern in ((1, up), (-1, down)) if pattern.search(text))


def flips(sentence: str, cited: Sequence[str], direction: Direction) -> tuple[str, ...]:
    """How the sentence turns the plan's side, or the side or result of the sources it cites, into the opposite."""
    problems = []
    said, told = sides(sentence), frozenset(side for text in cited for side in sides(text))
    if said and told:
        allowed = told | {direction} if len(said) > 1 or _PLAN.search(sentence) else told
        if not said <= allowed:
            problems.append("another side than in the cited source")
    elif said and not _HYPOTHETICAL.search(sentence) and _against(sentence, said, direction):
        problems.append("another side than the plan's")
    outcome = frozenset(sign for text in cited for sign in results(text))
    if len(outcome) == 1 and results(sentence) and not results(sentence) & outcome:
        problems.append("another result than in the cited source")
    return tuple(problems)


def _against(sentence: str, said: frozenset[int], direction: Direction) -> bool:
    return bool(_ORDER.search(sentence)) if direction == 0 else direction not in said or len(said) > 1
