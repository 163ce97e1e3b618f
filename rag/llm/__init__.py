"""The language model: one port, Ollama or any LangChain chat model behind it. The only home of langchain and ollama."""

from rag.llm.langchain_chat import LangChainChat, langchain_chat
from rag.llm.ollama_chat import OllamaChat, OllamaOptions, address
from rag.llm.port import ChatModel, Heard, ModelReply, estimate_tokens, reply_of
from rag.model_errors import (
    ModelBusy,
    ModelError,
    ModelMissing,
    ModelPaused,
    ModelTimeout,
    ModelUnreachable,
    ModelUnusable,
    PromptTooLong,
)

__all__ = [
    "ChatModel",
    "Heard",
    "LangChainChat",
    "ModelBusy",
    "ModelError",
    "ModelMissing",
    "ModelPaused",
    "ModelReply",
    "ModelTimeout",
    "ModelUnreachable",
    "ModelUnusable",
    "OllamaChat",
    "OllamaOptions",
    "PromptTooLong",
    "address",
    "estimate_tokens",
    "langchain_chat",
    "reply_of",
]
