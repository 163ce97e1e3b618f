"""Hearing a LangChain model while it writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rag.llm.port import Heard

if TYPE_CHECKING:
    from langchain_core.callbacks import AsyncCallbackHandler


def listener(heard: Heard | None, began: Callable[[], None]) -> AsyncCallbackHandler:
    """A callback that tells `began` of each piece and gives `heard` the text so far."""
    from langchain_core.callbacks import AsyncCallbackHandler

    class Listener(AsyncCallbackHandler):
        """Collects the pieces."""

        def __init__(self) -> None:
            self.text = ""

        async def on_llm_new_token(self, token: Any, **_about: Any) -> None:
            """One more piece."""
            began()
            self.text += str(token)
            if heard is not None and token:
                heard(self.text)

    return Listener()
