"""The adviser with everything it answers from."""

from __future__ import annotations

from bot.settings import Settings
from rag.account import AccountRules
from rag.adviser import Adviser
from rag.board import Board, Watched
from rag.desk import Desk, DeskRules
from rag.explain import Explainer
from rag.llm import ChatModel, LangChainChat, OllamaChat, langchain_chat
from rag.recommend import Recommender
from rag.retrieve import Retriever
from storage.stores import Stores


def build_adviser(
    settings: Settings, stores: Stores, rules: DeskRules, retriever: Retriever, chat: ChatModel | None
) -> Adviser:
    """An adviser over these stores; without a chat model it answers by rules."""
    sizing = settings.sizing
    desk = Desk(stores, rules)
    account = AccountRules(sizing.balance, allow_short=sizing.allow_short, size_rules=sizing.rules)
    explainer = Explainer(chat, deadline_s=settings.llm.timeout_s) if chat is not None else None
    recommender = Recommender(stores, desk, retriever, account, explainer)
    board = Board(desk, Watched(settings.market.symbols, settings.market.timeframes))
    return Adviser(stores, recommender, retriever, board)


def build_chat(settings: Settings) -> OllamaChat | LangChainChat | None:
    """The model client by LLM_PROVIDER; Ollama is not connected to before the first question."""
    provider, timeout_s = settings.llm.provider, settings.llm.timeout_s
    if provider == "none":
        return None
    if provider == "ollama":
        return OllamaChat(settings.ollama.host, settings.ollama.model, timeout_s=timeout_s)
    return langchain_chat(provider, settings.ollama.model, timeout_s=timeout_s)
