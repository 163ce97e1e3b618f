"""Questions before something dangerous or costly: yes by the same person within a minute, everything else means no."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from secrets import token_hex

from bot.access import authorise
from bot.audit import Audit
from bot.commands.caller import Caller
from bot.commands.spec import Handler, Invocation
from bot.reply import Confirmation, Reply
from bot.roles import Role
from signals.clock import monotonic_s
from signals.errors import UserError

EXPIRES_S = 60.0
MOST_PENDING = 1000
GONE = "This confirmation has expired, which means no; nothing was done."


@dataclass(frozen=True, slots=True)
class Pending:
    """What yes would do, for whom, and the role that it needs; `noted` acts write their own line of the audit log."""

    what: str
    role: Role
    then: Handler
    identity: str
    expires_s: float
    noted: bool = False


class Confirmations:
    """Pending questions in memory: a restart answers them all with no. `clock` is monotonic, in seconds."""

    def __init__(self, audit: Audit, clock: Callable[[], float] = monotonic_s) -> None:
        self._audit = audit
        self._clock = clock
        self._pending: dict[str, Pending] = {}

    def ask(self, caller: Caller, text: str, what: tuple[str, Role], then: Handler, *, noted: bool = False) -> Reply:
        """A reply with Yes and No. `what` is (the act for the audit log, the role it needs).

        `noted`: the act writes its own line when it is done.
        """
        now = self._clock()
        self._pending = {t: p for t, p in self._pending.items() if p.expires_s > now}
        while len(self._pending) >= MOST_PENDING:
            self._pending.pop(next(iter(self._pending)))
        token = token_hex(8)
        self._pending[token] = Pending(what[0], what[1], then, caller.identity, now + EXPIRES_S, noted)
        return Reply(text=text, confirm=Confirmation(token, text, EXPIRES_S), private=True)

    def forget(self, identities: Collection[str]) -> None:
        """Drop what these accounts were asked: it is answered with no."""
        self._pending = {t: p for t, p in self._pending.items() if p.identity not in identities}

    async def yes(self, invocation: Invocation) -> Reply:
        """Do what was asked, once, if the role still reaches; UserError for somebody else or too late."""
        pending = self._taken(invocation)
        caller = invocation.caller
        authorise(caller, pending.role, pending.what)
        try:
            reply = await pending.then(invocation)
        except Exception:
            await self._audit.note(caller, pending.what, "failed")
            raise
        if reply.error or not pending.noted:
            await self._audit.note(caller, pending.what, "failed" if reply.error else "done", reply.text)
        return reply

    async def no(self, invocation: Invocation) -> Reply:
        """Drop it."""
        pending = self._taken(invocation)
        await self._audit.note(invocation.caller, pending.what, "declined")
        return Reply(text="Nothing was done.", private=True)

    def _taken(self, invocation: Invocation) -> Pending:
        token = invocation.values.get("id", "")
        pending = self._pending.get(token)
        if pending is None:
            raise UserError(GONE)
        if pending.identity != invocation.caller.identity:
            raise UserError("Only the one who was asked may answer that.")
        del self._pending[token]
        if pending.expires_s <= self._clock():
            raise UserError(GONE)
        return pending
