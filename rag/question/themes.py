"""What people write into their trade notes about themselves, and what they call it when they ask about it later."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Theme:
    """A habit: `asked` finds it in a question, `written` in a note, `terms` fetch candidates from the full text."""

    name: str
    asked: str
    written: str
    terms: tuple[str, ...]


_STOP = r"(?:my |the |a |its |that |out )*(?:stop(?:s|[ -]?loss(?:es)?)?|sl)\b"
THEMES = (
    Theme(
        "moved the stop",
        rf"(?:mov|widen|shift|push|loosen|dragg?|chang|adjust|remov|cancel|lower|rais|pull|bump|slid|extend|relax)\w*"
        rf" (?:\w+ ){{0,2}}?{_STOP}|(?:gave|given|giving) (?:it|them|the trade) (?:more |extra )?room|widen\w*",
        r"(?:mov|widen|shift|push|loosen|dragg?|remov|lower|rais|extend|relax)\w* (?:\w+ ){0,2}?stop|more room",
        (
            "widened",
            "widen",
            "widening",
            "shifted",
            "shift",
            "moved",
            "pushed",
            "loosened",
            "removed",
            "further",
            "room",
        ),
    ),
    Theme(
        "panicked",
        r"panic\w*|scared|afraid|fear\w*|freak\w*|paper[ -]?hand\w*|chicken\w*|nervous\w*|spooked|shak(?:en"
        r"|y) ?(?:out)?|"
        r"(?:lost|losing) (?:my )?nerve|cold feet|wimped|bail(?:ed|ing)?(?! (?:\w+ ){0,3}manual)|(?:clos|exit|sold"
        r"|got out"
        r"|cut)\w* (?:\w+ )?too (?:early|soon)|"
        r"(?:clos|exit|bail)\w* (?:\w+ )?early(?! by| manually| myself)|wick(?:ed|s)?",
        r"panic|scared|afraid|fear|freaked|nervous|spooked|too early|closed early|exited early|paper hand|bailed",
        (
            "panic",
            "panicked",
            "panicking",
            "fear",
            "scared",
            "afraid",
            "nervous",
            "spooked",
            "early",
            "freaked",
            "bailed",
        ),
    ),
    Theme(
        "chased",
        r"chas(?:e|ed|ing)|fomo\w*|(?:jump|pil|enter|got|bought|came|went|buy)\w* (?:\w+ )?(?:in )?(?:too )?late"
        r"|late entr\w+|"
        r"(?:bought|buy\w*) (?:the |at the )?top|excite\w*|hype[d]?|green candles?|impuls\w*|impatien\w*|greed\w*"
        r"|no setup",
        r"chas(?:e|ed|ing)|fomo|excite|hype|impuls|entry was late|late entry|entered late|greed|already run",
        (
            "chased",
            "chase",
            "chasing",
            "fomo",
            "excitement",
            "excited",
            "late",
            "impulse",
            "impulsive",
            "greed",
            "hype",
        ),
    ),
    Theme(
        "oversized",
        r"over[ -]?siz\w*|(?:went|was|were|sized?|trad\w+|position\w*|bet\w*) (?:\w+ )?(?:too|way too) (?:big"
        r"|large|heavy|much)|"
        r"too (?:big|large|heavy)|(?:was|were|went) (?:way |really |just )?(?:huge|massive|enormous)|(?:risk|bet"
        r"|stak)\w* (?:\w+ )?(?:too|way too|more|over)\b(?: much)?"
        r"|over[ -]?(?:lever|risk|expos)\w*|"
        r"(?:broke|over|above|exceed\w*|past|beyond|ignor\w*) (?:my |the )?(?:2 ?% |risk )+(?:limit|rule)?",
        r"over-?siz|too (?:large|big|much)|risked more|over-?lever|over-?risk|over-?expos|risk limit",
        ("oversized", "large", "big", "risked", "limit", "overleveraged", "overexposed", "much"),
    ),
    Theme(
        "news spike",
        r"(?:head ?line|news)[ -]?(?:\w+ )?(?:spik|driven|hit|whipsaw|wick|mov|shock|event|candle|pump|dump"
        r"|crash|got|surpris)\w*|"
        r"(?:hit|caught|burn\w*|wreck\w*|whipsaw\w*|blindsid\w*|stopped|spik\w*|surpris\w*|shook|hurt|killed"
        r"|rekt)(?: \w+)? "
        r"(?:by|on|from|because of|due to|after|around|in|with) (?:a |an |the |some )?(?:\w+ )?(?:news"
        r"|head ?lines?|announcements?)|"
        r"(?:news|head ?lines?) (?:\w+ ){0,3}?(?:spik|whipsaw|wick|crash|pump|dump|stopp|hit|surpris|shock|wreck|ruin"
        r"|kill|burn|blew)\w*|\btweets?|rumou?rs?|"
        r"(?:by|from) (?:a |an |the |some )?(?:\w+ )?(?:news|head ?lines?)|head ?lines? (?:risk|trade)|announcements?",
        r"headline|news|announcement",
        ("headline", "headlines", "news", "announcement", "spike"),
    ),
    Theme(
        "followed the plan",
        r"(?<!n't )(?<!not )(?<!never )(?:follow|stuck|stick|kept|keep|sticking|respect|obey"
        r"|execut)\w* (?:to )?(?:my |the |all |all the "
        r"|all my )*(?:plan|rules?|system|strategy)|"
        r"clean(?:ly)?(?: (?:execut\w+|trades?))?|disciplin\w*|by the book|well executed|as planned"
        r"|according to (?:my |the )?plan",
        r"followed|clean execution|rules respected|disciplin|by the book|as planned|stuck to",
        ("followed", "clean", "execution", "respected", "disciplined", "discipline", "planned"),
    ),
    Theme(
        "revenge",
        r"revenge\w*|tilt(?:ed|ing)?|angry|anger|(?:win|make|get|making|getting) it (?:all )?back",
        r"revenge|tilt|angry|anger|get it back|win it back",
        ("revenge", "tilt", "tilted", "angry", "anger", "back"),
    ),
    Theme(
        "bored",
        r"bored\w*|over[ -]?trad\w*|no (?:real )?reason|out of boredom",
        r"bored|over-?trad|no reason",
        ("bored", "boredom", "overtraded", "overtrading", "reason"),
    ),
)


@cache
def _asked() -> tuple[tuple[Theme, re.Pattern[str]], ...]:
    return tuple((theme, re.compile(rf"(?<![\w'])(?:{theme.asked})(?![\w'])")) for theme in THEMES)


def themes_of(words: str) -> tuple[Theme, ...]:
    """The themes that plain lower-case `words` ask about, in the table's order."""
    return tuple(theme for theme, pattern in _asked() if pattern.search(words))


def take_themes(words: str) -> tuple[tuple[Theme, ...], str]:
    """The themes asked about and the words left over."""
    found = themes_of(words)
    for theme, pattern in _asked():
        if theme in found:
            words = pattern.sub(" | ", words)
    return found, words


def is_about(theme: Theme, note: str) -> bool:
    """Whether a note speaks of the theme in its own words."""
    return re.search(theme.written, note.lower()) is not None
