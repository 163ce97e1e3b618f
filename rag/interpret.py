"""A long question that the parser read nothing from, put into the parser's own words by the model, and parsed again.

The model chooses from closed lists; what it chose becomes a short question of known words, which goes through the same
deterministic parser as any other. It names no amount, no person and no scope: there is no word for them here.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from rag.llm.port import ChatModel
from rag.model_errors import ModelError
from rag.prompts import load
from rag.question.model import Intent, Parsed

log = logging.getLogger(__name__)

FEWEST_WORDS = 8
DEADLINE_S = 15.0
_TIMES = Literal[
    "any", "today", "yesterday", "this week", "last week", "this month", "last month", "this year", "past 30 days"
]
_ASKS = {
    "advice": "should i trade",
    "explain": "why",
    "list": "show",
    "latest": "latest",
    "count": "how many",
    "size": "position size for",
    "chart": "show the chart of",
    "compare": "compare",
}
_KINDS = {"signals": "signals", "my trades": "my trades", "my notes": "my notes", "backtests": "backtests",
          "news": "news", "any": ""}  # fmt: skip


class Reading(BaseModel):
    """What the model may choose. Another key, another value or another type makes the whole reading void."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    about_trading: bool
    asks: Literal["advice", "explain", "list", "latest", "count", "size", "chart", "compare"]
    coins: list[str] = Field(max_length=3)
    timeframe: Literal["any", "15m", "1h", "4h", "1d"]
    kind: Literal["any", "signals", "my trades", "my notes", "backtests", "news"]
    side: Literal["any", "buy", "sell"]
    ended: Literal["any", "stopped out", "hit target", "timed out", "winning", "losing"]
    time: _TIMES


@dataclass(frozen=True, slots=True)
class Interpreter:
    """Asks a chat model, whose own gate bounds the calls. `fence` gives the unguessable word around the question."""

    model: ChatModel
    deadline_s: float = DEADLINE_S
    fence: Callable[[], str] = lambda: secrets.token_hex(8)

    async def in_known_words(self, text: str, tickers: tuple[str, ...]) -> str | None:
        """The question in the parser's words, None when the model fails, says it is no trading question, or strays.

        `tickers` are the watched ones: a coin that is none of them voids the reading.
        """
        fence = self.fence()
        filled = load("interpret").fill(tickers=", ".join(tickers), fence=fence, question=json.dumps(text))
        try:
            async with asyncio.timeout(self.deadline_s):
                reply = await self.model.ask(filled.system, filled.user, Reading)
        except (ModelError, TimeoutError) as e:
            log.info("a question stays unread: %s", e or "the model took too long")
            return None
        return words_of(reply.parsed, tickers) if isinstance(reply.parsed, Reading) else None


def is_unread(parsed: Parsed) -> bool:
    """Whether the parser found nothing at all in a long question."""
    said = (parsed.symbols, parsed.unknown, parsed.timeframes, parsed.types, parsed.sides, parsed.strategies)
    more = (parsed.setups, parsed.exit_reasons, parsed.outcomes, parsed.holdings, parsed.carried)
    nothing = parsed.window is None and parsed.budget is None and not any((*said, *more))
    return parsed.intent is Intent.OUT_OF_SCOPE and nothing and len(parsed.text.split()) >= FEWEST_WORDS


def words_of(reading: Reading, tickers: tuple[str, ...]) -> str | None:
    """A reading as a short question of known words; None where it names nothing that can be searched."""
    coins = [coin.upper() for coin in reading.coins]
    if not reading.about_trading or any(coin not in tickers for coin in coins):
        return None
    slots = [
        "" if reading.timeframe == "any" else reading.timeframe,
        "" if reading.side == "any" else reading.side,
        _KINDS[reading.kind],
        "" if reading.ended == "any" else reading.ended,
        "" if reading.time == "any" else reading.time,
    ]
    if not coins and not any(slots):
        return None
    return " ".join(word for word in (_ASKS[reading.asks], " and ".join(coins), *slots) if word)
