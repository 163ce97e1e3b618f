"""Who asks, and where: decides whose records an answer may use."""

from __future__ import annotations

from dataclasses import dataclass

from storage.values import SHARED, scope_of


@dataclass(frozen=True, slots=True)
class Caller:
    """A person on a platform; `private` is False in a channel that others read, where only shared records are used."""

    platform: str
    user_id: str
    private: bool = True
    channel: str = ""

    @property
    def owner(self) -> str:
        """`terminal:local`, `discord:123`."""
        return f"{self.platform}:{self.user_id}"

    @property
    def scopes(self) -> tuple[str, ...]:
        """What may be read: everybody's records, and the caller's own where nobody else reads the answer."""
        return (SHARED, scope_of(self.owner)) if self.private else (SHARED,)

    @property
    def conversation(self) -> str:
        """Follow-ups belong to one person in one place."""
        return f"{self.owner}@{self.channel}"


LOCAL = Caller("terminal", "local")
