"""Roles, in order of what they may do."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A person's role on this installation; each may do all that the ones before it may."""

    STRANGER = "stranger"
    VIEWER = "viewer"
    TRADER = "trader"
    ADMIN = "admin"
    OWNER = "owner"

    @property
    def rank(self) -> int:
        """Place in the order, 0 for a stranger."""
        return list(Role).index(self)

    def may(self, needed: Role) -> bool:
        """Whether this role includes `needed`."""
        return self.rank >= needed.rank
