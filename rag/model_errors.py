"""What can go wrong with a language model, named by what a person can do about it."""

# ruff: noqa: N818 - the names say what is the matter; all derive from ModelError

from __future__ import annotations

from signals.errors import TemporaryError


class ModelError(TemporaryError):
    """The model gave no answer this time; the rules answer alone. `reason` is for that answer's label."""

    reason = "model failed"

    def __init__(self, message: str, *, reason: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.reason = reason or type(self).reason


class ModelMissing(ModelError):
    """The server does not have the model; the text names the command that fetches it."""

    reason = "model not installed"


class ModelUnreachable(ModelError):
    """Nothing answers at the address; the text names how to start the server or set the address."""

    reason = "model server unreachable"


class ModelTimeout(ModelError):
    """No complete answer within the deadline."""

    reason = "model too slow"


class ModelBusy(ModelError):
    """The server or our own queue is full."""

    reason = "model busy"


class ModelUnusable(ModelError):
    """An answer came but cannot be used: cut, empty, garbled, refused by the server, or never of the asked shape."""

    reason = "model answer unusable"


class ModelPaused(ModelError):
    """The breaker is open after repeated failures: the server was not asked. The text repeats the last failure's."""

    reason = "model paused after failures"


class PromptTooLong(ModelError):
    """The prompt would overflow the context, which the server would cut in silence: it was not sent."""

    reason = "too much evidence for the model"


class ModelStopped(ModelError):
    """The asker wanted no explanation any more; says nothing about the model."""

    reason = "stopped by the asker"
