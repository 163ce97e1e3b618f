"""A chat model that says what it is told to, and evidence to ask it about."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from rag.explain import ExplainRequest
from rag.llm import Heard, ModelReply, reply_of
from rag.recommendation import Fact, Source

AT = datetime(2022, 11, 8, 11, tzinfo=UTC)
FACTS = (
    Fact("price", "Last price", 1480.5, "1,480.50 USDT"),
    Fact("stop_loss", "Stop-loss", 1521.0, "1,521.00"),
    Fact("rsi_14", "RSI 14", 31.2, "31.2"),
)
SOURCES = (
    Source(1, "trade:1", "trade", AT, "internal", "Losing SHORT trade on ETH/USDT, loss -$34.51 (-2.11%)."),
    Source(2, "backtest:1", "backtest", AT, "internal", "Backtest on ETH/USDT: return +3.1% over 199 trades."),
)


@dataclass
class FakeChatModel:
    """Answers with `replies` in turn, the last one again and again; an exception among them is raised.

    A listener hears `pieces` characters at a time; an exception after a `cut` text comes when that much was heard.
    """

    replies: list[str | Exception]
    delay_s: float = 0.0
    asked: list[tuple[str, str]] = field(default_factory=list)
    pieces: int = 7
    cut: str = ""

    async def ask(self, system: str, user: str, schema: type[BaseModel], heard: Heard | None = None) -> ModelReply:
        self.asked.append((system, user))
        await asyncio.sleep(self.delay_s)
        reply = self.replies[min(len(self.asked), len(self.replies)) - 1]
        written = self.cut if isinstance(reply, Exception) else reply
        for end in range(self.pieces, len(written) + self.pieces, self.pieces):
            if heard is not None:
                heard(written[:end])
                await asyncio.sleep(0)
        if isinstance(reply, Exception):
            raise reply
        return reply_of(ModelReply(reply, None, "fake", "d1", 0.5, "stop"), schema)


def an_answer(**changes: Any) -> str:
    """A model's answer as JSON, grounded in FACTS and SOURCES unless changed."""
    answer = {
        "stance": "confirm",
        "cited": [1, 2],
        "thesis": "RSI 14 is at 31.2 and the stop is at 1,521. A backtest returned 3.1 % over 199 trades [2].",
        "risks": ["The last short trade lost 2.11 % [1]."],
        "what_would_change_it": "A close above 1,521 would end it.",
        "enough_evidence": True,
    }
    return json.dumps(answer | changes)


def a_request(**changes: Any) -> ExplainRequest:
    """A question about a short of ETH."""
    values: dict[str, Any] = {
        "question": "should I short eth?",
        "facts": FACTS,
        "sources": SOURCES,
        "direction": -1,
        "symbol": "ETH/USDT",
    }
    return ExplainRequest(**(values | changes))
