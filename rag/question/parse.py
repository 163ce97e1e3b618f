"""The deterministic parser: a question in, its slots out. No model, no clock, no state; well under a millisecond."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from rag.question.asking import asking_part
from rag.question.dates import marked_months, read_window
from rag.question.kinds import kinds_for, sides_for
from rag.question.measures import outcomes_for, read_measure
from rag.question.model import Intent, Parsed
from rag.question.money import ForeignMoneyError, read_budget, read_holdings, without_foreign_money
from rag.question.normalise import normalise
from rag.question.route import is_guess, route
from rag.question.shorthand import written_out
from rag.question.spelling import plain_words
from rag.question.symbols import Names, names_in, read_symbols
from rag.question.themes import take_themes
from rag.question.vocabulary import mentions, take

MOST_RECORDS = 50
_ALIKE = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "few": 3,
    "couple": 2,
}
_NUMBER = rf"[0-9]{{1,3}}|(?:a )?(?:{'|'.join(_ALIKE)})(?: of)?"
_RECORDS = (
    r"(?:trades?|signals?|backtests?|positions?|notes?|recommendations?|headlines?|news|longs?|shorts?"
    r"|winners?|losers?|ones|results?|calls?|buys?|sells?)"
)
_LIMIT = re.compile(
    rf"\b(?:last|latest|recent|newest|past|previous|top|first"
    rf"|most recent) (?P<a>{_NUMBER})\b(?! ?(?:hour|min|day))(?= (?:[\w$/]+ ){{0,4}}{_RECORDS}\b)"
    rf"|\b(?P<b>{_NUMBER}) (?:last|latest|newest|recent|most recent|past|previous)\b"
    rf"|\b(?:show|list|give)(?: me)?(?: my| the)? (?P<c>{_NUMBER})(?= (?:[\w$/]+ ){{0,3}}{_RECORDS}\b)"
)
_ONE = re.compile(
    r"\b(?:last|latest|newest|most recent) (?:[\w$/]+ ){0,3}(?:trade|position|backtest|note)\b(?! ?(?:s|results))"
)
_TIGHTER = re.compile(
    r"\b(?:tighter|closer|smaller|narrower|tight|tighten)(?: (?:the|my|up|a|up the))? (?:stop(?:[ -]?loss)?"
    r"|sl)\b|\bstop (?:\w+ )?(?:tighter|closer)\b"
)
_MINE = re.compile(
    r"\b(?:my|mine|our|ours|myself)\b|\b(?:did|have|had|was|am) i\b|\b(?:i|we) (?:just |really |even |then |last )?"
    r"(?:did|have|had|took|take|taken|close|closed|open|opened|made|lost|won|bought|sold|shorted|longed|got|was"
    r"|held|enter|entered|exit|exited|"
    r"mov\w+|panic\w*|chas\w+|oversiz\w+|widen\w*|traded|trade|went|follow\w*|fomo\w*|news|risk\w*|ignor\w*"
    r"|broke|stuck|revenge|shift\w*|bail\w*|paper\w*|freak\w*|"
    r"wrote|over\w*|jump\w*|use[d]?|ran|hit|kept|stopped|did|gave|push\w*|drag\w*|too)\b"
)
_DESK = re.compile(
    r"\b(?:you|your|the (?:bot|system|desk|engine|machine|model|app|ai|program|algo(?:rithm)?|software)|deskmate)\b"
)
_ALSO = re.compile(r"^\W*(?:and|what about|how about|same for|same with|with|or)\b.{2,20}$")
_NOTE_FRAME = re.compile(
    r"^(?!.*\b(?:signals?|backtests?|(?:should|shall|would) (?:i|we))\b).*\b(?:i|my|trades?|positions?|notes?"
    r"|journal|entries|exits?)\b"
)
_RESULT = re.compile(r"\b(?:winners?|losers?|winning|losing|profitable)\b")
_BENCHMARK = re.compile(r"\bbuy (?:and|&|n) hold\b")


def parse(text: str, now: datetime, symbols: tuple[str, ...], meant: Intent | None = None) -> Parsed:
    """What the question says. `symbols` are the watched pairs (`ETH/USDT`), `now` is the asker's present (aware UTC).

    Where the rules guess the intent, `meant` stands instead and the slots follow from it. Pure and total: any text
    gives a `Parsed`, except that nonsense which is clearly meant as money raises UserError.
    """
    said = normalise(text)
    names = names_in(tuple(symbols))
    words = written_out(marked_months(plain_words(said, names.spelt), said), now.date())
    read = _read(said, words, names, now)
    intent, parsed, sides = route(words, read.parsed, read.sides), read.parsed, read.sides
    part = asking_part(words)
    asked = None if part is None else _asked_in(_read(said, part, names, now), read.parsed)
    if asked is not None:
        intent, words = asked.parsed.intent, asked.words
        if asked.parsed.types:
            parsed, sides = replace(parsed, types=asked.parsed.types), asked.sides or sides
    guessed = asked is None and is_guess(intent, words, read.parsed)
    if guessed and meant is not None:
        intent, guessed = meant, False
    parsed = replace(parsed, intent=intent, guessed=guessed)
    if parsed.intent in (Intent.ADVICE, Intent.SIZE):  # "should I take profit?" is about no record
        parsed = replace(parsed, exit_reasons=(), outcomes=())
    if parsed.intent is Intent.AGGREGATE or (parsed.intent is Intent.COMPARE and _of_records(parsed)):
        measure = read_measure(words, read.rest, parsed, now)
        parsed = replace(parsed, measure=measure, outcomes=outcomes_for(measure, parsed, words))
    return replace(parsed, types=kinds_for(parsed, sides), sides=sides_for(parsed, sides, words))


def _of_records(parsed: Parsed) -> bool:
    # times, strategies or timeframes side by side are computed from records; markets are asked of the board
    return len(parsed.symbols) + len(parsed.unknown) < 2


@dataclass(frozen=True, slots=True)
class _Read:
    """The slots of some `words`, the directions they mention, and what time and money left of them."""

    parsed: Parsed
    sides: tuple[str, ...]
    words: str
    rest: str


def _read(said: str, words: str, names: Names, now: datetime) -> _Read:
    holdings, rest = read_holdings(words, names.symbols)
    window, rest = read_window(_BENCHMARK.sub(" | ", rest), now)
    try:
        budget, rest = read_budget(rest)
        foreign = False
    except ForeignMoneyError:
        budget, rest = read_budget(without_foreign_money(rest))
        foreign = True
    mine = _is_mine(rest)
    found, sides = _read_records(_Asked(said, words, rest, mine), names)
    parsed = replace(
        found,
        symbols=found.symbols or tuple(symbol for symbol, _, _ in holdings),
        window=window,
        budget=budget,
        mine=mine,
        tighter_stop=_TIGHTER.search(words) is not None,
        holdings=holdings,
        foreign_money=foreign,
    )
    return _Read(parsed, sides, words, rest)


def _asked_in(part: _Read, whole: Parsed) -> _Read | None:
    """The asking part with its intent; None where the part alone does not tell what is wanted."""
    own = part.parsed
    if not own.symbols:
        own = replace(own, symbols=whole.symbols, unknown=whole.unknown)
    own = replace(own, budget=own.budget or whole.budget, holdings=own.holdings or whole.holdings)
    intent = route(part.words, own, part.sides)
    decided = intent is not Intent.OUT_OF_SCOPE and not is_guess(intent, part.words, own)
    return replace(part, parsed=replace(own, intent=intent)) if decided else None


def _is_mine(words: str) -> bool:
    # what "we" or the desk did are its signals; "my boss asks why the bot sold" is not about trades of one's own
    if _MINE.search(words) is None:
        return False
    own = _MINE.search(
        re.sub(r"\b(?:we|our|ours|my (?!(?:\S+ ){0,3}(?:trade|position|note|fill|entr|exit|stop)))", "they ", words)
    )
    explained = re.search(r"\b(?:why|reason\w*|explain\w*|justif\w+|rationale)\b", words)
    return bool(own or not explained or not (_DESK.search(words) or re.search(r"\bwe\b", words)))


@dataclass(frozen=True, slots=True)
class _Asked:
    said: str
    words: str
    rest: str
    mine: bool


def _read_records(asked: _Asked, names: Names) -> tuple[Parsed, tuple[str, ...]]:
    limit, rest = _read_limit(asked.rest)
    rest = _TIGHTER.sub(" | ", rest)
    themes, rest = take_themes(rest) if _NOTE_FRAME.match(asked.words) else ((), rest)
    symbols, unknown, rest = read_symbols(asked.said, rest, names)
    timeframes, rest = take("TIMEFRAMES", rest)
    exits, rest = take("EXITS", rest)
    strategies, rest = take("STRATEGIES", rest)
    setups, rest = take("SETUPS", rest)
    if not strategies:
        strategies, rest = _weak_strategies(rest)
    outcomes, rest = take("OUTCOMES", rest)
    types, rest = take("TYPES", rest)
    if themes and set(types) <= {"trade", "trade_note"}:
        types = ("trade_note",)
    if types == ("backtest",):
        outcomes, exits = (), ()  # "how profitable": a backtest has figures, not an outcome
    found = Parsed(
        text=asked.said,
        intent=Intent.OUT_OF_SCOPE,
        symbols=symbols,
        unknown=unknown,
        timeframes=timeframes,
        types=types,
        strategies=strategies,
        setups=setups,
        exit_reasons=exits,
        outcomes=outcomes if symbols or types or asked.mine or _RESULT.search(asked.words) else (),
        limit=limit,
    )
    return found, mentions("SIDES", rest)


def _weak_strategies(rest: str) -> tuple[tuple[str, ...], str]:
    if not _ALSO.match(rest) and not re.search(
        r"\b(?:backtest\w*|back[ -]test\w*|strateg\w+|trades?|signals?|results?)\b", rest
    ):
        return (), rest
    return take("WEAK_STRATEGIES", rest)


def _read_limit(rest: str) -> tuple[int | None, str]:
    match = _LIMIT.search(rest)
    if match is None:
        return (1 if _ONE.search(rest) else None), rest
    said = (match["a"] or match["b"] or match["c"]).removeprefix("a ").removesuffix(" of")
    count = int(said) if said.isdigit() else _ALIKE[said]
    return (min(count, MOST_RECORDS) or None), f"{rest[: match.start()]} last {rest[match.end() :]}"
