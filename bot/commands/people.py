"""People: joining accounts, roles, and the audit log."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256

from bot.access import SETTABLE, Access
from bot.audit import Audit
from bot.commands.caller import Caller
from bot.commands.spec import Invocation
from bot.confirmations import Confirmations
from bot.reply import Reply, Table
from bot.roles import Role
from bot.wording import when
from signals.clock import Clock
from signals.errors import UserError
from storage.people import RoleRow
from storage.stores import Stores

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LIFE = timedelta(minutes=10)
MOST_ROWS = 100


class Link:
    """Joins the accounts of one person by a one-time code. Roles stay with each account: a link raises none."""

    def __init__(self, stores: Stores, confirm: Confirmations, audit: Audit, clock: Clock) -> None:
        self._stores, self._confirm, self._audit, self._clock = stores, confirm, audit, clock
        self.joined: Callable[[], Awaitable[object]] | None = None

    async def command(self, invocation: Invocation) -> Reply:
        """Without a code: one to use on the other platform. With one: the question whether to join."""
        caller, code = invocation.caller, invocation.values.get("code")
        return await self._use(caller, code) if code else await self._give(caller)

    async def _give(self, caller: Caller) -> Reply:
        code = "".join(secrets.choice(LETTERS) for _ in range(8))
        await self._stores.people.keep_code(caller.identity, _hash(code), self._clock.now() + CODE_LIFE)
        shown = f"{code[:4]}-{code[4:]}"
        text = (
            f"Your code is {shown}. Within 10 minutes, give /link {shown} on your other platform. "
            "Tell it to nobody: whoever uses it sees your trades."
        )
        return Reply(text, private=True)

    async def _use(self, caller: Caller, code: str) -> Reply:
        hashed = _hash(code)
        giver = await self._stores.people.code_owner(hashed, self._clock.now())
        if giver is None:
            await self._audit.note(caller, "link", "denied", "no such code")
            raise UserError("This code is not good, or not any more; get a new one with /link on the other platform.")
        if giver.partition(":")[0] == caller.platform:
            raise UserError("This code is of the same platform; use it on the other one.")
        if await self._stores.people.person_of(giver) == caller.owner:
            raise UserError(f"You are joined with {giver} already.")

        async def then(confirmed: Invocation) -> Reply:
            return await self._join(confirmed.caller, hashed)

        text = (
            f"Join this account with {giver}? Both then share trades, answers and conversations, for good; "
            "paper accounts become one with both histories, so their balances add up; "
            f"each keeps its own role. Go on only if {giver} is yours."
        )
        return self._confirm.ask(caller, text, (f"link with {giver}", Role.VIEWER), then)

    async def _join(self, caller: Caller, hashed: str) -> Reply:
        joined = await self._stores.people.join(hashed, caller.identity, self._clock.now())
        if joined is None:
            raise UserError("The code has expired meanwhile; get a new one with /link on the other platform.")
        if self.joined is not None:
            await self.joined()
        moved = f"{joined.trades} trade(s) and {joined.recommendations} answer(s) moved"
        paper = "Your paper accounts are one now, with both histories; /account shows it."
        return Reply(f"Joined: you are {joined.person} on both platforms now; {moved}. {paper}", private=True)


class Roles:
    """Who may do what, and what was done."""

    def __init__(self, stores: Stores, access: Access, confirm: Confirmations, clock: Clock) -> None:
        self._stores, self._access, self._confirm, self._clock = stores, access, confirm, clock

    async def role(self, invocation: Invocation) -> Reply:
        """`list`, or `set` with a user and a role, after a confirmation."""
        values = invocation.values
        if values["action"] == "list":
            return await self._list()
        if "user" not in values or "role" not in values:
            raise UserError("/role set needs a user and a role, as in /role set 123456 trader.")
        user, role = values["user"], Role(values["role"])
        former = self._access.role(user, (await self._stores.people.person_and_role(user))[1])
        _refuse_role(invocation.caller, (user, former, role), is_owner=self._access.is_owner(user))

        async def then(confirmed: Invocation) -> Reply:
            by = confirmed.caller.identity
            await self._stores.people.set_role(RoleRow(user, role, by, self._clock.now()))
            return Reply(f"{user} is {role} now; before: {former}.", private=True)

        text = f"Give {user} the role {role}? Now: {former}."
        return self._confirm.ask(invocation.caller, text, (f"role set {user} {role}", Role.ADMIN), then)

    async def audit(self, invocation: Invocation) -> Reply:
        """The newest rows of the audit log."""
        rows = int(invocation.values.get("rows", "20"))
        if not 1 <= rows <= MOST_ROWS:
            raise UserError(f"rows {rows} is out of range: 1 to {MOST_ROWS}")
        found = await self._stores.audit.newest(rows, invocation.values.get("user"))
        if not found:
            return Reply("The audit log holds nothing of that.", private=True)
        told = tuple((when(e.at), e.identity, e.act, e.outcome, e.detail) for e in found)
        return Reply(tables=(Table("Audit log", ("when", "who", "what", "outcome", "detail"), told),), private=True)

    async def _list(self) -> Reply:
        owners = tuple((one, Role.OWNER.value, "the settings", "") for one in self._access.owners)
        rows = await self._stores.people.roles()
        given = tuple((r.identity, r.role, r.set_by, when(r.set_at)) for r in rows)
        default = self._access.role("nobody:0", None)
        table = Table("Roles", ("account", "role", "given by", "when"), owners + given)
        return Reply(f"Everybody else is {default}.", tables=(table,) if table.rows else (), private=True)


def _refuse_role(caller: Caller, change: tuple[str, Role, Role], *, is_owner: bool) -> None:
    """UserError for one's own role, an owner's, or one that is not below the caller's."""
    user, former, role = change
    if is_owner:
        raise UserError(f"{user} is an owner by ACCESS_OWNERS; only the settings change that.")
    if user == caller.identity:
        raise UserError("Nobody changes their own role; another admin may.")
    if role not in SETTABLE:
        raise UserError(f"{role} cannot be given; possible: {', '.join(SETTABLE)}.")
    if caller.role is not Role.OWNER and (role.may(caller.role) or former.may(caller.role)):
        raise UserError("Only an owner makes admins, or changes what an admin is.")


def _hash(code: str) -> str:
    plain = "".join(c for c in code.upper()[:40] if c in LETTERS)
    return sha256(f"deskmate link {plain}".encode()).hexdigest()
