"""Notes of what was done and refused, under the account and the person."""

from __future__ import annotations

from bot.commands.caller import Caller
from bot.wording import clean
from signals.clock import Clock
from storage.audit import AuditEntry, AuditStore

LONGEST = 300


class Audit:
    """Writes the audit log by the wall clock."""

    def __init__(self, store: AuditStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def note(self, caller: Caller, act: str, outcome: str, detail: str = "") -> None:
        """Append what was tried (one line, shortened) and how it ended."""
        short = (" ".join(clean(text).split())[:LONGEST] for text in (act, detail))
        what, more = short
        await self._store.add(AuditEntry(self._clock.now(), caller.identity, caller.owner, what, outcome, more))
