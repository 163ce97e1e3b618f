# ruff: noqa: SIM905 - a list of words is easier to read and to extend as text
"""Which coins a question names: watched ones as pairs, others as words that look like a ticker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.foreign import FOREIGN
from rag.question.lexicon import FOREIGN_NAMES, NOT_TICKERS
from rag.question.slips import ticker_slips
from rag.question.spelling import Spelt, is_everyday
from signals.universe import ASSETS, base_of

_QUOTES = (
    r"(?:usdt|usdc|busd|tusd|usd|perp|eur|udst|ustd|ussdt|usddt|usdtt|uusdt|usst|sdt"
    r"|udt)"  # the last: slips of usdt
)
_PAIR = re.compile(rf"(?<![\w/])\$?([a-z][a-z0-9]{{1,9}}?)(?:\s?[/_-]\s?|(?<=\w)){_QUOTES}(?![\w])")
_GLUED = re.compile(r"(?<![\w$'.])[a-z]{3,5}[usdt]{3,5}(?!\w)")  # usdt with a slip in it
_CLEAR_PAIR = re.compile(r"[/_$-]|(?:usdt|usdc|busd)$")
_CASHTAG = re.compile(r"(?<![\w$])\$([a-z][a-z0-9]{1,9})(?!\w)")
_WORD = re.compile(r"(?<![\w$'.])[a-z0-9]+(?![\w'])")
_UPPER = re.compile(r"(?<![\w$'/.-])[A-Z][A-Z0-9]{1,5}(?![\w'])")
_MORE_NAMES = {
    "BTC": ("btcs", "bit coin", "bit coins", "bitcorn"),
    "ETH": ("eths", "ethers", "eth2"),
    "BNB": ("bnbs", "binance coins", "bnb coin"),
    "ADA": ("adas", "cardanos"),
    "SOL": ("sols", "solanas"),
    "DOT": ("polka dot", "polka dots", "polkadots"),
    "POL": ("matics", "polygons"),
    "AVAX": ("avaxs", "avalanches"),
    "LINK": ("chain link", "chainlinks"),
    "ATOM": ("cosmos hub",),
    "UNI": ("uni swap",),
}
_PLURALS = frozenset(name for names in _MORE_NAMES.values() for name in names if name.endswith("s"))
_DEAL = (
    r"(?: (?:\S+ )?(?:trades?|signals?|positions?|backtests?|setups?|buys?|sells?|longs?|shorts?|charts?|price"
    r"|news|notes?"
    r"|15m|1h|4h|1d|hourly|daily|usdt?|holdings?|bags?|exposure|entr\w+|exits?|calls?|coins?|tokens?|breakouts?"
    r"|pullbacks?|bounces?|fades?|crosses|cross|squeezes?|breakdowns?|ranges?|oversold|overbought|golden|death)\b)"
)
_NOT_A_COIN = {
    "link": r"(?:\b(?:send|share|post|paste|open|click|follow|drop|gimme|give|show|email|copy)(?: \w+)? "
    r"(?:the |a |an |that |this |your |my )?"
    rf"link\b(?!{_DEAL}))|\b(?:a|that|this|your|invite|invitation|referral|broken|web|dead|download|source"
    rf"|the) link\b(?!{_DEAL}|$|[?,.!] *$)|"
    r"\blink (?:to|up|us|between|my|your|our|for the|with|accounts?|telegram|discord|me|here|below|above"
    r"|is broken|works?|in)\b",
    "dot": rf"\b(?:on the|a|each|every|red|green|blue|one) dot\b(?!{_DEAL})"
    r"|\bdot (?:com|product|plot|net|org|points?)\b",
    "atom": rf"\b(?:an|per|every|each|hydrogen|carbon|single) atom\b(?!{_DEAL})|\batom (?:bomb|feed|editor)\b",
    "uni": rf"\b(?:at|after|left|finish|finished) uni\b(?!{_DEAL})|\bthe uni\b(?!{_DEAL}|$|[?,.!] *$)|"
    r"\buni (?:student|exam|class|classes|lecture|degree|fees|homework|life|work)\w*",
    "cosmos": rf"\b(?:the|entire|whole) cosmos\b(?!{_DEAL}|$|[?,.!] *$)",
    "avalanche": rf"\b(?:an|snow) avalanche\b(?!{_DEAL})|\bavalanche (?:of|risk|warning)\b",
    "polygon": rf"\ba polygon\b(?!{_DEAL})|\bpolygon (?:with|shape|area)\b",
    "ada": r"\bada lovelace\b",
    "pol": r"\bpol pot\b",
    "algo": r"\b(?:the|your|our|this|an?) algo\b|\balgo (?:trading|bot|trader)\b",
}

_DEALT_IN = re.compile(
    r"\b(?:(?:should|shall|can|could|do|would) (?:i|we|you) (?:\w+ )?|worth |time to |good idea to |wise to "
    r"|want to |^\W*)"
    r"(?:buy|buying|sell|selling|short|shorting|long|hold|holding|ape into"
    r"|invest in|bet on|get into|add)"
    r"(?: (?:some|more|my|any|all my))? (?P<w>[a-z][a-z0-9]{2,11})(?: (?:coins?|tokens?))?"
    r"(?=\W*$|[?!,]| (?:now|today|here|tonight|or|at|with|for \$)\b)"
)
_SO_CALLED = re.compile(
    r"(?<![\w$'.])(?P<w>[a-z]{2,10}(?:coin|inu|doge|swap)|(?:(?!the|this|that|which|what|any|each|per|every|best"
    r"|top|new|good|other|one|same|a|an|my|your)[a-z]{3,10})(?= (?:coin|token)\b))(?!\w)"
)
_THINGS = frozenset(
    """
    altcoin memecoin shitcoin stablecoin altcoins memecoins stocks shares crypto cryptos anything everything nothing
    them it those these all some stuff gold silver oil property bonds bread shoes insurance groceries tickets clothes
    furniture flowers bitcoins dips bags meme utility native governance which whatever anymore soon rather either both
    """.split()
)


@dataclass(frozen=True, slots=True)
class Names:
    """What each lower-case word or phrase stands for in a universe; `spelt` are the names that may be mended to.

    `slips` are slips of the finger in tickers, which count only where a question names no coin.
    """

    symbols: dict[str, str]
    unwatched: dict[str, str]
    spelt: frozenset[Spelt]
    phrases: re.Pattern[str] | None
    slips: dict[str, str]


@lru_cache(maxsize=16)
def names_in(symbols: tuple[str, ...]) -> Names:
    """The names of the watched pairs; every other asset that Deskmate could know counts as unwatched."""
    watched = {base_of(symbol).upper(): symbol for symbol in symbols}
    known: dict[str, str] = {base.lower(): symbol for base, symbol in watched.items()}
    unwatched = dict(FOREIGN_NAMES)
    for asset in ASSETS:
        tickers = [t for t in (asset.ticker, asset.former) if t]
        symbol = next((watched[t] for t in tickers if t in watched), None)
        for name in (*asset.nicknames, *(t.lower() for t in tickers), *_MORE_NAMES.get(asset.ticker, ())):
            if symbol is None:
                unwatched[name] = asset.ticker
            else:
                known[name] = symbol
    for name in known:
        unwatched.pop(name, None)
    every = {**unwatched, **known}
    phrases = sorted((name for name in every if " " in name), key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, phrases))})(?!\w)") if phrases else None
    spelt = frozenset((n, every[n], _is_long(n)) for n in every if " " not in n)
    slips = {slip: name for slip, name in ticker_slips(known).items() if slip not in unwatched}
    return Names(known, unwatched, spelt, pattern, slips)


def _is_long(name: str) -> bool:
    # the names of foreign coins are mended to only where no English word is near
    return len(name) >= (5 if any(name in asset.nicknames for asset in ASSETS) else 7) and name not in _PLURALS


def read_symbols(text: str, words: str, names: Names) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Watched pairs, unknown tickers, and the words left over, each in the order it was written.

    `text` keeps its capitals, `words` are the plain words of the same question. A common word that is also a ticker
    (link, dot, atom, uni) is one unless the words around it say otherwise or it stands in capitals or behind a `$`.
    """
    found: list[tuple[int, str, bool]] = []
    rest = words
    for pattern in (_PAIR, _CASHTAG):
        for match in list(pattern.finditer(rest)):
            hit = _named(match.group(1), names, strict=pattern is _PAIR and not _CLEAR_PAIR.search(match.group()))
            if hit:
                found.append((match.start(), *hit))
                rest = rest[: match.start()] + "|" * len(match.group()) + rest[match.end() :]
    for start, word in list(_words(rest, names)):
        if not _is_word(word, text, words):
            known = word in names.symbols
            found.append((start, names.symbols[word] if known else names.unwatched[word], known))
            rest = rest[:start] + "|" * len(word) + rest[start + len(word) :]
    for match in list(_GLUED.finditer(rest)):
        base = next((match.group()[:n] for n in (5, 4, 3) if _is_pair(match.group(), n, names)), None)
        if base:
            found.append((match.start(), names.symbols[base], True))
            rest = rest[: match.start()] + "|" * len(match.group()) + rest[match.end() :]
    if not found:
        found, rest = _slipped(text, rest, names)
    if not found:
        found, rest = _strangers(rest)
    found.sort()
    symbols = tuple(dict.fromkeys(value for _, value, known in found if known))
    unknown = dict.fromkeys(value for _, value, known in found if not known and value)
    return symbols, tuple(dict.fromkeys((*unknown, *_shouted(text, names)))), re.sub(r"\|+", " | ", rest)


def symbol_of(word: str, names: Names) -> str | None:
    """The watched pair that one plain word stands for."""
    return names.symbols.get(word)


def _named(base: str, names: Names, *, strict: bool) -> tuple[str, bool] | None:
    if base in names.symbols:
        return names.symbols[base], True
    if base in names.unwatched:
        return names.unwatched[base], False
    if base.upper() in NOT_TICKERS or strict:
        return None
    return base.upper(), False


def _words(words: str, names: Names) -> Iterator[tuple[int, str]]:
    covered: list[tuple[int, int]] = []
    if names.phrases:
        for match in names.phrases.finditer(words):
            covered.append(match.span())
            yield match.start(), match.group()
    for match in _WORD.finditer(words):
        inside = any(a <= match.start() < b for a, b in covered)
        if not inside and (match.group() in names.symbols or match.group() in names.unwatched):
            yield match.start(), match.group()


def _is_pair(word: str, length: int, names: Names) -> bool:
    return word[:length] in names.symbols and re.fullmatch(r"[usdt]{3,5}", word[length:]) is not None


def _slipped(text: str, words: str, names: Names) -> tuple[list[tuple[int, str, bool]], str]:
    """A ticker with a slip in it, unless it stands in capitals: then it may be another coin's."""
    found: list[tuple[int, str, bool]] = []
    for match in list(_WORD.finditer(words)):
        name = names.slips.get(match.group())
        if name and not re.search(rf"(?<!\w){match.group().upper()}(?!\w)", text):
            found.append((match.start(), names.symbols[name], True))
            words = f"{words[: match.start()]}{'|' * len(match.group())}{words[match.end() :]}"
    return found, words


def _strangers(words: str) -> tuple[list[tuple[int, str, bool]], str]:
    """A word that is dealt in like a coin and is no word of everyday: a coin that nobody here knows."""
    for pattern in (_DEALT_IN, _SO_CALLED):
        for match in pattern.finditer(words):
            word = match["w"]
            if not (
                is_everyday(word) or is_everyday(word.rstrip("s")) or word.upper() in NOT_TICKERS or word in _THINGS
            ):
                cut = f"{words[: match.start('w')]}{'|' * len(word)}{words[match.end('w') :]}"
                return [(match.start("w"), word.upper(), False)], cut
    return [], words


def _is_word(word: str, text: str, words: str) -> bool:
    pattern = _NOT_A_COIN.get(word)
    if pattern is None or re.search(rf"(?<!\w){word.upper()}(?!\w)|(?<=[a-z,;:] ){word.capitalize()}(?!\w)", text):
        return False
    return re.search(pattern, words) is not None


def _shouted(text: str, names: Names) -> Iterator[str]:
    letters = [c for c in text if c.isalpha()]
    if len(text.split()) > 2 and sum(c.isupper() for c in letters) > 0.6 * len(letters):
        return
    for match in _UPPER.finditer(text):
        word = match.group()
        if (
            word not in NOT_TICKERS
            and word.lower() not in names.symbols
            and (word in FOREIGN or not is_everyday(word.lower()))
            and not re.fullmatch(r"[A-Z]\d+|[A-Z]+US[DT]+C?", word)
        ):
            yield names.unwatched.get(word.lower()) or word
