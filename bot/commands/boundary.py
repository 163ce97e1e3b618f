"""The command boundary: once per event, within the limits, by those who may, and every error in words."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from secrets import token_hex

from bot.commands.spec import Handler, Invocation, Param
from bot.reply import Reply
from bot.roles import Role
from signals.errors import DeskmateError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Act:
    """What is about to be done: a command's name, or a button's with a colon."""

    name: str
    role: Role = Role.STRANGER
    private: bool = False
    params: tuple[Param, ...] = field(default=())


class Boundary:
    """What every command and button passes through."""

    async def pass_through(self, act: Act, invocation: Invocation, handler: Handler) -> Reply:
        """The handler's reply, or the refusal or failure in words; raises nothing but a cancellation."""
        try:
            return await handler(invocation)
        except DeskmateError as e:
            return Reply(text=str(e), error=True, private=True)
        except Exception:
            trace = token_hex(4)
            log.exception("%s failed (error %s)", act.name, trace)
        return Reply(text=f"That failed; it is noted as error {trace}.", error=True, private=True)
