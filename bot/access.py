"""Who may do what: roles per account, and the one function that decides."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from bot.commands.caller import LOCAL, Caller
from bot.roles import Role
from signals.errors import UserError
from storage.people import PeopleStore


class DeniedError(UserError):
    """The caller's role does not reach; the text says which role would."""


@dataclass(frozen=True, slots=True)
class Owners:
    """Accounts that the settings make owners, and the role of an account that nobody gave one."""

    identities: frozenset[str] = frozenset()
    default: Role = Role.VIEWER


class Access:
    """Finds the person and the role behind an account. The settings' owners, and the terminal, always are OWNER."""

    def __init__(self, people: PeopleStore, owners: Owners) -> None:
        self._people = people
        self._owners = owners

    async def known(self, caller: Caller) -> Caller:
        """The caller with person and role as they are stored now."""
        person, stored = await self._people.person_and_role(caller.identity)
        return replace(caller, person=person, role=self.role(caller.identity, stored))

    def is_owner(self, identity: str) -> bool:
        """Whether the settings, not the database, give this account its role."""
        return identity == LOCAL.identity or identity in self._owners.identities

    def role(self, identity: str, stored: str | None) -> Role:
        """The role of an account by the settings, else as stored, else the default; OWNER cannot be stored."""
        if self.is_owner(identity):
            return Role.OWNER
        return Role(stored) if stored in SETTABLE else self._owners.default

    @property
    def owners(self) -> Collection[str]:
        """The owners by setting."""
        return sorted(self._owners.identities)


SETTABLE: tuple[Role, ...] = (Role.STRANGER, Role.VIEWER, Role.TRADER, Role.ADMIN)


def authorise(caller: Caller, needed: Role, what: str) -> None:
    """Let the caller pass, or raise DeniedError naming the role that `what` needs. The only place that decides."""
    if caller.role.may(needed):
        return
    if caller.role is Role.STRANGER:
        raise DeniedError("You are not known here; ask an admin to give you a role.")
    raise DeniedError(f"{what} needs the role {needed}, and yours is {caller.role}; ask an admin.")
