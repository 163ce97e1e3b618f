"""What is the matter with the language model, told once: to the log, and to the first admin who asks in private."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.commands.caller import Caller
from bot.roles import Role
from rag.llm import ModelBusy, ModelError, ModelPaused, PromptTooLong
from rag.model_errors import ModelStopped

log = logging.getLogger(__name__)
_PASSING = (ModelStopped, ModelPaused, ModelBusy, PromptTooLong)


class ModelTrouble:
    """Remembers the trouble until the model answers again; each trouble is told once. `listener` hears it at once.

    Its text names the command that mends it (`ollama pull ...`); it may name hosts and is for admins only.
    """

    def __init__(self) -> None:
        self.text = ""
        self.listener: Callable[[str], None] = lambda _text: None
        self._kind: type[ModelError] | None = None
        self._untold = False

    def met(self, error: ModelError) -> None:
        """The model failed like this. A full queue, a pause or a stop is no trouble of its own."""
        if isinstance(error, _PASSING) or self._kind is type(error):
            return
        self._kind, self.text, self._untold = type(error), str(error), True
        log.warning("the model does not help, answers are made by rules: %s", error)
        self.listener(self.text)

    def over(self) -> None:
        """The model answered."""
        if self._kind is not None:
            log.info("the model answers again")
        self._kind, self.text, self._untold = None, "", False

    def for_admin(self, caller: Caller) -> tuple[str, ...]:
        """The note for this caller's answer: none but for the first admin who asks in private."""
        admin = caller.private and caller.role in (Role.ADMIN, Role.OWNER)
        if not (admin and self._untold):
            return ()
        self._untold = False
        return (f"For you as admin, once: the model does not help ({self.text}).",)
