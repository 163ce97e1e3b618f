"""The adviser with everything it answers from."""

from __future__ import annotations

from contextlib import AsyncExitStack

from bot.commands.replay import ReplayRecommendation
from bot.model_choice import ModelChoice
from bot.settings import Settings
from rag.account import AccountRules
from rag.adviser import Adviser
from rag.board import Board, Watched
from rag.desk import Desk
from rag.explain import Explainer
from rag.interpret import Interpreter
from rag.llm import ChatModel, LangChainChat, OllamaChat, langchain_chat
from rag.readers import Readers
from rag.recommend import Recommender
from rag.retrieve import Retriever
from rag.second_opinion import SecondOpinion
from signals.errors import UserError
from storage.stores import Stores


def account_rules(settings: Settings) -> AccountRules:
    """The paper account and the bounds on positions."""
    sizing = settings.sizing
    return AccountRules(sizing.balance, allow_short=sizing.allow_short, size_rules=sizing.rules)


def build_adviser(
    settings: Settings, room: tuple[Stores, Desk, Watched], retriever: Retriever, chat: ChatModel | None
) -> Adviser:
    """An adviser over these stores; without a chat model it answers by rules."""
    stores, desk, watched = room
    explainer = Explainer(chat, deadline_s=settings.llm.timeout_s) if chat is not None else None
    recommender = Recommender(stores, desk, retriever, account_rules(settings), explainer)
    opinion = SecondOpinion(retriever.embedder)
    readers = Readers(opinion, Interpreter(chat) if chat is not None else None)
    return Adviser(stores, recommender, retriever, Board(desk, watched), readers)


def build_chat(settings: Settings, chosen: str | None = None) -> ModelChoice | None:
    """The model client by LLM_PROVIDER; Ollama is not connected to before the first question. `chosen` goes first."""
    provider, timeout_s = settings.llm.provider, settings.llm.timeout_s
    if provider == "none":
        return None

    def client(model: str) -> OllamaChat | LangChainChat:
        if provider == "ollama":
            return OllamaChat(settings.ollama.host, model, timeout_s=timeout_s)
        return langchain_chat(provider, model, timeout_s=timeout_s)

    return ModelChoice(client, chosen or settings.ollama.model)


def build_replay(
    settings: Settings, room: tuple[Stores, Desk], retriever: Retriever, closing: AsyncExitStack
) -> ReplayRecommendation:
    """The use case behind `replay`; a named model's client is closed with `closing`."""

    def chat(name: str) -> ModelChoice:
        found = build_chat(settings, name)
        if found is None:
            raise UserError("LLM_PROVIDER is none: name a provider, such as LLM_PROVIDER=ollama, to ask a model")
        ModelChoice.check(name)
        closing.push_async_callback(found.close)
        return found

    recommender = Recommender(*room, retriever, account_rules(settings), None)
    return ReplayRecommendation(room[0], recommender, chat)
