"""The command boundary: within the limits, once per event, by those who may, and every error in words."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from secrets import token_hex
from typing import TypeVar

from bot.access import Access, DeniedError, authorise
from bot.audit import Audit
from bot.commands.caller import LOCAL, Caller
from bot.commands.spec import Handler, Invocation, Param
from bot.commands.values import Reader
from bot.limits import Limits, Verdict
from bot.reply import Reply
from bot.roles import Role
from signals.clock import Clock
from signals.errors import DeskmateError
from storage.audit import InboundStore

log = logging.getLogger(__name__)
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Act:
    """What is about to be done: a command's name, or a button's with a colon. `free` acts are not rate limited.

    `params` None leaves the values as they are.
    """

    name: str
    role: Role = Role.STRANGER
    private: bool = False
    params: tuple[Param, ...] | None = field(default=None)
    free: bool = False


@dataclass(frozen=True, slots=True)
class Guards:
    """What the boundary asks, in this order: limits, inbound, access, reader; `clock` is the wall's."""

    limits: Limits
    inbound: InboundStore
    access: Access
    audit: Audit
    reader: Reader
    clock: Clock


class Boundary:
    """What every command and button passes through."""

    def __init__(self, guards: Guards) -> None:
        self._guards = guards

    async def pass_through(self, act: Act, invocation: Invocation, handler: Handler) -> Reply:
        """The handler's reply, or the refusal or failure in words; raises nothing but a cancellation."""
        try:
            admitted = await self.admitted(act, invocation)
            if isinstance(admitted, Reply):
                return admitted
            reply = await self._done(act, admitted, handler)
            return replace(reply, private=reply.private or act.private)
        except DeskmateError as e:
            return Reply(text=_sentence(e), error=True, private=True)
        except Exception:
            trace = token_hex(4)
            log.exception("%s failed (error %s)", act.name, trace)
        return Reply(text=f"That failed. The operator finds it in the log as error {trace}.", error=True, private=True)

    async def admitted(self, act: Act, invocation: Invocation) -> Invocation | Reply:
        """The invocation with its caller known and its values read; or the reply that ends it here. Denied audits."""
        guards, caller = self._guards, invocation.caller
        free = act.free or caller.identity == LOCAL.identity
        refusal = None if free else _refusal(guards.limits.look(caller.identity))
        if refusal is not None:
            return refusal
        if not await guards.inbound.take(caller.platform, invocation.event_id, guards.clock.now()):
            return Reply(repeat=True, private=True)
        known = await guards.access.known(caller)
        try:
            authorise(known, act.role, _spoken(act.name))
        except DeniedError:
            await guards.audit.note(known, _told(act, invocation), "denied", f"role {known.role}")
            raise
        values = invocation.values
        if act.params is not None:
            values = guards.reader.read(act.params, values, caller.platform)
        return replace(invocation, caller=known, values=values)

    async def looked_up(
        self, role: Role, caller: Caller, look: Callable[[Caller], Awaitable[tuple[Found, ...]]]
    ) -> tuple[Found, ...]:
        """What is offered to the asker while they type; nothing below the role, nor where it cannot be looked up."""
        try:
            known = await self._guards.access.known(caller)
            return await look(known) if known.role.may(role) else ()
        except DeskmateError as e:
            log.info("nothing could be offered: %s", e)
        return ()

    async def _done(self, act: Act, invocation: Invocation, handler: Handler) -> Reply:
        """The handler's reply; what admins do is audited, whatever became of it."""
        if not act.role.may(Role.ADMIN):
            return await handler(invocation)
        outcome = "failed"
        try:
            reply = await handler(invocation)
            outcome = "asked" if reply.confirm else "failed" if reply.error else "done"
        finally:
            await self._guards.audit.note(invocation.caller, _told(act, invocation), outcome)
        return reply


def _refusal(verdict: Verdict) -> Reply | None:
    if verdict.answer == "pass":
        return None
    if verdict.answer == "silence":
        return Reply(silent=True, private=True, error=True)
    text = f"That is too much at once: try again in {verdict.wait_s} s."
    return Reply(text=text, error=True, private=True)


def _told(act: Act, invocation: Invocation) -> str:
    values = " ".join(f"{name}={value[:60]}" for name, value in invocation.values.items())
    return f"{act.name} {values}".strip()


def _spoken(name: str) -> str:
    return f"The button {name.removesuffix(':').capitalize()}" if name.endswith(":") else f"/{name}"


def _sentence(error: Exception) -> str:
    text = str(error).strip()
    return text[:1].upper() + text[1:] if text[:1].isalpha() else text
