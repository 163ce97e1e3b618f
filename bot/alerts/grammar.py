"""A typed alert, read strictly: one condition and its options, or one line that says what to write instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.alerts.numbers import NUMBER, percent_of, read_number
from bot.alerts.options import Options, read_options, seconds_of
from bot.alerts.sources import Sources
from bot.paper.words import shown
from bot.wording import clean
from signals.alerts import PRICE, Compare, Condition, Kind, number_of
from signals.errors import UserError
from signals.model import Timeframe
from signals.universe import ASSETS, names_of

LONGEST = 200
MOST_BARS = 500
EXAMPLES = (
    "/alert add BTC/USDT price above 70000",
    "/alert add ETH/USDT 1h rsi_14 below 30, every time, cooldown 4h",
    "/alert add SOL/USDT close crosses above sma_200",
    "/alert add BTC/USDT falls 5% in 4h",
    "/alert add signal any buy min 60%",
    "/alert add drawdown above 10%, expires in 60d",
)
_ABOVE = r"(?:crosses|crossing|goes|breaks|rises|climbs|gets|moves|closes|is|stays)?\s*(?:above|over)|>|exceeds"
_BELOW = r"(?:crosses|crossing|goes|breaks|falls|drops|gets|moves|closes|is|dips)?\s*(?:below|under)|<"
_CROSS = r"crosses|breaks(?:\s+through)?|hits|reaches|touches|passes"
_LEVEL = re.compile(rf"(.*?)(?:(?<=\s)|^)(?:({_ABOVE})|({_BELOW})|({_CROSS}))(?=[\s$0-9-])\s*(.+)")
_MOVE = re.compile(
    r"(?:price\s+|close\s+)?(rises|gains|falls|drops|loses|moves)\s+(?:by\s+)?(\S+?)\s*(?:%|percent)\s+"
    r"(?:in|over|within)\s+([0-9]{1,4})\s*(bars|bar|m|min|h|hours|hour|d|days|day)"
)
_EVENT = re.compile(
    r"(?:an?\s+)?(?:new\s+)?((?:buy|sell|long|short)\s+)?(signal|target|stop)s?(?:\s+(?:is\s+)?(?:reached|hit))?(?=\s|$)(.*)"
)
_LEAST = re.compile(rf"(?:min(?:imum)?|at\s+least|above)\s+(?:confidence\s+)?({NUMBER})\s*%(?:\s+confidence)?")
_ACCOUNT = re.compile(
    rf"(?:my\s+)?(drawdown|daily loss|loss today|open risk|exposure|position|profit|loss)\b(.*?)"
    rf"(?:is\s+|goes\s+|rises\s+|falls\s+)?(above|over|below|under|>|<)\s*(-?{NUMBER})\s*(%|usdt|usd|\$)?"
)
_SIDES = {"buy": "buy", "long": "buy", "sell": "sell", "short": "sell", "any": "any", "": "any"}
_MOVES = {"rises": Compare.RISES, "gains": Compare.RISES, "moves": Compare.MOVES}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to be told."""

    condition: Condition
    options: Options


@dataclass(frozen=True, slots=True)
class Grammar:
    """Reads against what is watched. `sources` knows the columns; prices default to the shortest timeframe."""

    symbols: Sequence[str]
    timeframes: Sequence[Timeframe]
    sources: Sources

    def read(self, text: str, now: datetime) -> Wish:
        """The alert of a line such as `ETH/USDT 1h rsi_14 below 30, once`; UserError names what to write instead."""
        plain = _plain(text)
        options, rest = read_options(plain, now)
        return Wish(self._condition(_squeezed(rest)), options)

    def _condition(self, text: str) -> Condition:
        if not text:
            raise UserError("there is no condition: " + usage())
        symbol, frame, rest = self._market(text)
        event = _EVENT.fullmatch(rest)
        if event is not None:
            return _event(event[2], f"{event[1] or ''}{event[3]}", symbol, frame)
        account = _ACCOUNT.fullmatch(text)
        if account is not None and not (symbol and text.split(maxsplit=1)[0] in self._names()):
            return self._account(account)
        if not symbol:
            raise UserError(self._no_market(rest))
        move = _MOVE.fullmatch(rest)
        if move is not None:
            return self._move(symbol, frame, move)
        return self._level(symbol, frame, rest)

    def _level(self, symbol: str, frame: Timeframe | None, text: str) -> Condition:
        found = _LEVEL.fullmatch(text)
        if found is None:
            raise UserError(f"{shown(text)} is not a condition: " + usage())
        test = Compare.ABOVE if found[2] else Compare.BELOW if found[3] else Compare.CROSSES
        left = self.sources.left(found[1].strip())
        right = self.sources.right(found[5].strip(), left)
        if left == right:
            raise UserError(f"{shown(text)} compares something with itself; " + usage())
        is_price = left == PRICE and number_of(right) is not None
        return Condition(Kind.LEVEL, symbol, frame or self._usual(price=is_price), left, test, right)

    def _move(self, symbol: str, frame: Timeframe | None, found: re.Match[str]) -> Condition:
        percent = percent_of(found[2], 1000)
        usual = frame or self._usual(price=False)
        bars = int(found[3])
        if not found[4].startswith("bar"):
            seconds = seconds_of(found[3], found[4])
            step = usual.ms // 1000
            if frame is None and seconds % step:
                usual = min(self.timeframes, key=lambda one: one.ms)
                step = usual.ms // 1000
            if seconds % step:
                raise UserError(f"{found[3]}{found[4]} is not a whole number of {usual} bars; write for example in 4h")
            bars = seconds // step
        if not 1 <= bars <= MOST_BARS:
            raise UserError(f"a move is measured over 1 to {MOST_BARS} bars, not {bars}; name a longer timeframe")
        return Condition(Kind.MOVE, symbol, usual, PRICE, _MOVES.get(found[1], Compare.FALLS), percent, bars)

    def _account(self, found: re.Match[str]) -> Condition:
        name = {"daily loss": "daily_loss", "loss today": "daily_loss", "open risk": "open_risk"}.get(
            found[1], found[1]
        )
        symbol, _, rest = self._market(found[2].strip())
        words = [word for word in rest.split() if word not in ("of", "in", "on", "my")]
        test = Compare.ABOVE if found[3] in ("above", "over", ">") else Compare.BELOW
        value, unit = found[4], "%" if found[5] == "%" else "USDT"
        if name in ("position", "profit", "loss"):
            lost = name == "loss" or words == ["loss"]
            if words not in ([], ["profit"], ["loss"], ["pnl"], ["result"]):
                raise UserError(f"{shown(' '.join(words))} is not understood; write position ETH/USDT loss above 50")
            digits = read_number(value)
            if lost:
                digits = digits[1:] if digits.startswith("-") else f"-{digits}"
                test = Compare.BELOW if test is Compare.ABOVE else Compare.ABOVE
            return Condition(Kind.ACCOUNT, symbol, None, "profit", test, digits, unit=unit)
        if words or (symbol and name != "exposure") or test is Compare.BELOW or value.startswith("-"):
            raise UserError(f"{found[1]} is watched from below: write {found[1]} above 5%")
        if name == "drawdown" and unit != "%":
            raise UserError("drawdown is watched in percent: write drawdown above 10%")
        digits = percent_of(value, 1000) if unit == "%" else read_number(value)
        return Condition(Kind.ACCOUNT, symbol, None, name, test, digits, unit=unit)

    def _market(self, text: str) -> tuple[str, Timeframe | None, str]:
        """The first watched market and timeframe of a text, and the text without them."""
        names, frames = self._names(), {frame.value: frame for frame in self.timeframes}
        symbol, rest = "", list[str]()
        frame: Timeframe | None = None
        for word in text.split():
            bare = word.removesuffix(":").removesuffix("'s")
            if not symbol and bare in names:
                symbol = names[bare]
            elif frame is None and bare in frames and not (rest and rest[-1] in ("in", "over", "within")):
                frame = frames[bare]
            else:
                rest.append(word)
        return symbol, frame, " ".join(rest)

    def _names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for symbol in self.symbols:
            for name in names_of(symbol):
                names |= dict.fromkeys(
                    (name.lower(), name.partition("/")[0].lower(), name.replace("/", "").lower()), symbol
                )
        for asset in ASSETS:
            if (pair := names.get(asset.ticker.lower())) is not None:
                names |= {nick: pair for nick in asset.nicknames if " " not in nick and nick not in names}
        return names

    def _usual(self, *, price: bool) -> Timeframe:
        shortest = min(self.timeframes, key=lambda one: one.ms)
        return shortest if price or Timeframe.H1 not in self.timeframes else Timeframe.H1

    def _no_market(self, text: str) -> str:
        first = text.partition(" ")[0]
        named = f"{shown(first)} is not a watched market" if "/" in first else "name a watched market first"
        return f"{named}; watched: {', '.join(self.symbols)}; {usage()}"


def _event(kind: str, rest: str, symbol: str, frame: Timeframe | None) -> Condition:
    least = _LEAST.search(rest)
    words = _squeezed(rest.replace(least.group(), " ") if least else rest).split()
    words = [word for word in words if word not in ("for", "in", "of", "on", "market", "confidence", "a")]
    side = [word for word in words if word in _SIDES and word != "any"]
    strange = [word for word in words if word not in _SIDES]
    if strange or len(side) > 1 or (kind != "signal" and (least or side)):
        possible = "any or a market, buy or sell, min 60%" if kind == "signal" else "any or a market, a timeframe"
        raise UserError(f"{shown(' '.join(words) or rest.strip())} does not fit after {kind}; possible: {possible}")
    if kind != "signal":
        return Condition(Kind.STEP, symbol, frame, kind)
    percent = percent_of(least[1], 100) if least else ""
    return Condition(Kind.SIGNAL, symbol, frame, _SIDES[side[0] if side else ""], right=percent)


def usage() -> str:
    """How an alert is written."""
    return f"write for example {'; '.join(example.removeprefix('/alert add ') for example in EXAMPLES[:4])}"


def _plain(text: str) -> str:
    if len(text) > LONGEST:
        raise UserError(f"the condition is longer than {LONGEST} characters; write it more briefly")
    return clean(text).replace("\n", " ").strip().lower()


def _squeezed(text: str) -> str:
    """Words with one blank between them; commas stay inside numbers only."""
    return " ".join(re.sub(r",(?![0-9]{3}(?![0-9]))|(?<![0-9]),|;", " ", text).split()).rstrip(".")
