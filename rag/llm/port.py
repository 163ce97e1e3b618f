"""What is asked of any language model, what it answers, and how many tokens a prompt may take."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from pydantic import BaseModel

from rag.model_answer import WrongShape, read_answer

Heard = Callable[[str], None]
_MESSAGE_TOKENS = 16
_PIECES = re.compile(r"[A-Za-z]+|[^\sA-Za-z]|\n+|[ \t]{2,}")


@dataclass(frozen=True, slots=True)
class ModelReply:
    """A complete answer. `parsed` is None when `text` is not of the asked shape; `problem` then says why, in a line.

    `digest` is the server's hash of the model's weights, where it tells one; `done_reason` is `stop` for a full answer.
    """

    text: str
    parsed: BaseModel | None
    model: str
    digest: str | None
    duration_s: float
    done_reason: str
    problem: str = ""


class ChatModel(Protocol):
    """A model that answers one prompt with one JSON object."""

    async def ask(self, system: str, user: str, schema: type[BaseModel], heard: Heard | None = None) -> ModelReply:
        """The model's complete answer; its shape is checked against `schema`, never repaired. Raises ModelError.

        `heard` is given the text so far while it arrives; what it was given is no answer until this returns.
        """
        ...


def reply_of(reply: ModelReply, schema: type[BaseModel]) -> ModelReply:
    """The same reply with `parsed` or `problem` read from its text."""
    try:
        return replace(reply, parsed=read_answer(reply.text, schema), problem="")
    except WrongShape as e:
        return replace(reply, parsed=None, problem=str(e))


def estimate_tokens(*messages: str) -> int:
    """An upper estimate of the prompt's tokens: a digit, sign or non-ASCII byte is one, three letters are one.

    Qwen and Llama tokenizers use about half of it for English prose; it is meant to refuse early, not to be exact.
    """
    return sum(_MESSAGE_TOKENS + sum(_cost(piece) for piece in _PIECES.findall(text)) for text in messages)


def _cost(piece: str) -> int:
    if not piece.isascii():
        return len(piece.encode("utf-8", "surrogatepass"))
    if not piece.isalpha():
        return 1
    return len(piece) if len(piece) > 24 else -(-len(piece) // 3)
