"""Who asks, and where: decides whose records an answer may use."""

from __future__ import annotations

from dataclasses import dataclass

from bot.roles import Role
from storage.values import SHARED, scope_of


@dataclass(frozen=True, slots=True)
class Caller:
    """An account on a platform; `private` is False in a channel that others read, where only shared records are used.

    `person` and `role` are found by the command boundary: an account that was joined to another acts for the same
    person.
    """

    platform: str
    user_id: str
    private: bool = True
    channel: str = ""
    person: str = ""
    role: Role = Role.STRANGER

    @property
    def identity(self) -> str:
        """The account: `terminal:local`, `discord:123`."""
        return f"{self.platform}:{self.user_id}"

    @property
    def owner(self) -> str:
        """The person whose records these are: the account that names them."""
        return self.person or self.identity

    @property
    def scopes(self) -> tuple[str, ...]:
        """What may be read: everybody's records, and the caller's own where nobody else reads the answer."""
        return (SHARED, scope_of(self.owner)) if self.private else (SHARED,)

    @property
    def place(self) -> str:
        """The chat: `discord:456`."""
        return f"{self.platform}:{self.channel}"

    @property
    def conversation(self) -> str:
        """Follow-ups belong to one person in one place."""
        return f"{self.owner}@{self.place}"


LOCAL = Caller("terminal", "local", role=Role.OWNER)
