"""The language model in use, which an admin may change while Deskmate runs."""

from __future__ import annotations

import re
from collections.abc import Callable

from pydantic import BaseModel

from bot.model_trouble import ModelTrouble
from rag.llm import ChatModel, Heard, LangChainChat, ModelError, ModelReply, OllamaChat
from signals.errors import UserError

Client = OllamaChat | LangChainChat
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/\-]{0,99}", re.ASCII)
CHOICE = "model"


class ModelChoice:
    """A chat model that hands each question to the client of the chosen model."""

    def __init__(self, build: Callable[[str], Client], name: str) -> None:
        self._build = build
        self._clients = {name: build(name)}
        self.name = name
        self.trouble = ModelTrouble()

    async def ask(self, system: str, user: str, schema: type[BaseModel], heard: Heard | None = None) -> ModelReply:
        """The chosen model's answer; raises its ModelError."""
        chosen: ChatModel = self._clients[self.name]
        try:
            reply = await chosen.ask(system, user, schema, heard)
        except ModelError as e:
            self.trouble.met(e)
            raise
        self.trouble.over()
        return reply

    def choose(self, name: str) -> None:
        """Use this model from the next question on; UserError when it is no model's name. Running ones go on."""
        self.check(name)
        if name not in self._clients:
            self._clients[name] = self._build(name)
        self.name = name

    @staticmethod
    def check(name: str) -> None:
        """UserError when it is no model's name."""
        if not _NAME.fullmatch(name):
            raise UserError(f"{name[:40]!r} is not the name of a model such as qwen3:4b-instruct")

    @property
    def queued(self) -> int:
        """How many questions wait for the chosen model."""
        client = self._clients[self.name]
        return client.queued if isinstance(client, OllamaChat) else 0

    async def close(self) -> None:
        """Close every client's connections."""
        for client in self._clients.values():
            if isinstance(client, OllamaChat):
                await client.aclose()
