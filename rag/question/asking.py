"""The part of a message that asks, where somebody first tells a story: greetings, what happened, who they are.

What is wanted stands in one sentence, mostly the last that asks; the rest names the market, the time, the money.
"""

from __future__ import annotations

import re

LONG_MESSAGE = 10  # words; a shorter message is one question
_SHORTEST = 3
_END = re.compile(r"(?<=[.!?])[\s)\"']+(?=\S)|\.{2,}\s*|;\s+|[\u2190-\u2bff\U0001f000-\U0001faff]+\s*|\s+-\s+")
_ABBREVIATED = re.compile(r"\b(?:vs|e\.?g|i\.?e|approx|no|mr|mrs|dr)\.$")
_FILLER = (
    r"(?:(?:so|and|but|ok|okay|now|then|well|anyway|anyways|please|pls|just|um|uh|hm+|like|basically|also|sorry|right"
    r"|look|tell me|wondering|question|my question is|quick question|i wonder|any chance|could you tell me"
    r"|can you tell me|do you know|honestly|seriously|maybe|kindly|bro|mate|man|dude|guys|sir)[ ,:]+)*"
)
_OPENS = (
    r"(?:what|which|who|whose|where|when|why|how|should|shall|would|could|can|may|is|are|am|was|were|do|does|did|has"
    r"|have|will|any|anything|show|give|tell|find|list|send|compare|plot|draw|pull|explain|put|get|search|display"
    r"|recommend|walk|talk|calculate|compute|work out|look up|dig|let me see|bring up|help|need|hold|buy|sell"
    r"|i (?:want|need|would like|wanna|would love|wish|am looking|am curious|am asking|just want|only want|really"
    r" want"
    r"|have to know))\b"
)
_ASKS = re.compile(rf"^\W*{_FILLER}{_OPENS}")
_TURN = re.compile(
    r"(?:,|\s)\s*(?:(?:so|and|but|now|then|anyway|please|pls|just|ok|okay)[ ,]+)*(?="
    r"(?:what (?:is|are|was|were|did|do|does|should|would|has|have|happened|about|size|position|quantity)"
    r"|which (?:one|of|coin|strategy)|why (?:did|do|does|is|was|were|are|have|has)"
    r"|how (?:many|much|big|large|often|do|does|did|is|are|was|were|has|have|come|can|should)"
    r"|(?:should|shall|can|could|would|may) (?:i|we|you|u)\b|(?:is|was) (?:it|this|that|there)|are there"
    r"|do (?:i|we|you) (?:think|reckon|have|recommend|hold|buy|sell)"
    r"|(?:show|give|tell|send|walk|talk) me\b|i (?:want|would like|wanna|need) to (?:know|see|look|find|understand)"
    r"|(?:please |just )?(?:find|compare|plot|draw|pull up|explain|calculate|list)\b) ?\S)"
)
_CONDITION = re.compile(  # these belong to what they condition
    rf"^\W*{_FILLER}(?:if|when|given|assuming|suppose|supposing|say|with|for|between|of|among|out of|once|in case"
    rf"|from)\b"
)
_GREETING = re.compile(
    r"^\W*(?:(?:hey+|hi+|hello|hallo|hola|yo|gm|ge|good (?:morning|day|evening|afternoon)|morning|evening|afternoon"
    r"|greetings|dear|howdy|hiya|heya|sup)(?: (?:there|all|guys|everyone|everybody|team|sir|madam|friends?|my friend"
    r"|mate|bro|buddy|man|folks|again|bot|deskmate|fam|to you|from [a-z ]{3,25}))*[\s,.!:;-]+)+(?=\S+ \S+ \S+ \S+)"
)


def without_greeting(words: str) -> str:
    """`words` (plain, lower case) without a greeting that at least four words follow."""
    return _GREETING.sub("", words)


def asking_part(words: str) -> str | None:
    """The sentence or clause of plain lower-case `words` that asks; None where all of it is one question."""
    if len(words.split()) < LONG_MESSAGE:
        return None
    sentences = [one for one in _sentences(words) if len(one.split()) >= _SHORTEST]
    asking = [one for one in sentences if one.rstrip(" )\"'!").endswith("?") or _ASKS.match(one) or _TURN.search(one)]
    if not asking:
        return None
    part = _last_clause(asking[-1])
    return None if part.strip() == words.strip() else part


def _sentences(words: str) -> list[str]:
    parts: list[str] = []
    for part in (one for one in _END.split(words) if one.strip()):
        if parts and _ABBREVIATED.search(parts[-1]):
            parts[-1] = f"{parts[-1]} {part}"
        else:
            parts.append(part)
    return parts


def _last_clause(sentence: str) -> str:
    """From where a long sentence turns to asking; all of it where it asks from the start."""
    if _ASKS.match(sentence) or _CONDITION.match(sentence):
        return sentence
    turns = [m.end() for m in _TURN.finditer(sentence) if len(sentence[m.end() :].split()) >= _SHORTEST]
    return sentence[turns[0] :] if turns else sentence
