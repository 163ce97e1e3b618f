"""Messages of which nobody knows whether they arrived: shown, and sent again or given up as an admin decides."""

from __future__ import annotations

from bot.commands.spec import Invocation
from bot.confirmations import Confirmations
from bot.reply import Reply, Table
from bot.roles import Role
from bot.wording import when
from signals.clock import Clock
from signals.errors import UserError
from storage.delivery_values import OutboxCounts, OutboxRow, RowState
from storage.stores import Stores

MOST_ROWS = 25
COLUMNS = ("number", "to", "what", "since", "why it is held")


def in_a_line(counts: OutboxCounts) -> str:
    """How many messages wait, and how many are held for an admin."""
    waiting, held = counts.of(RowState.NEW) + counts.of(RowState.SENDING), counts.of(RowState.UNKNOWN)
    told = f"Outbox: {waiting} to be sent, {held} held"
    return f"{told}: see /outbox list." if held else f"{told}."


class Outbox:
    """`/outbox list|release|drop`; a decision asks first. `clock` is the wall's."""

    def __init__(self, stores: Stores, confirm: Confirmations, clock: Clock) -> None:
        self._stores = stores
        self._confirm = confirm
        self._clock = clock

    async def command(self, invocation: Invocation) -> Reply:
        """List what is held, or decide over one row by its number."""
        action = invocation.values["action"]
        if action == "list":
            return await self._list()
        row = await self._held(invocation.values.get("number"), action)
        if action == "release":
            question = (
                f"Send message {row.seq} ({_title(row)}) to {row.destination}? If it did arrive, it is there twice."
            )
        else:
            question = (
                f"Give up message {row.seq} ({_title(row)}) to {row.destination}? If it did not arrive, it never will."
            )

        async def then(confirmed: Invocation) -> Reply:
            return await self._decide(row, action, confirmed.caller.identity)

        return self._confirm.ask(invocation.caller, question, (f"outbox {action} {row.seq}", Role.ADMIN), then)

    async def _list(self) -> Reply:
        counts, held = await self._stores.outbox.counts(), await self._stores.outbox.held(MOST_ROWS)
        text = in_a_line(counts).removesuffix(": see /outbox list.").removesuffix(".") + "."
        if not held:
            return Reply(text, private=True)
        rows = tuple((str(r.seq), r.destination, _title(r), when(r.tried_at or r.created_at), r.note) for r in held)
        more = counts.of(RowState.UNKNOWN) - len(held)
        notes: tuple[str, ...] = (
            "A held message may have arrived: look there, then /outbox drop NUMBER or /outbox release NUMBER.",
        )
        notes += (f"{more} more are held.",) if more > 0 else ()
        return Reply(text, tables=(Table("Held messages", COLUMNS, rows),), notes=notes, private=True)

    async def _held(self, number: str | None, action: str) -> OutboxRow:
        if number is None:
            raise UserError(f"Which message? As in /outbox {action} 17; /outbox list shows the numbers.")
        row = await self._stores.outbox.get(int(number))
        if row is None or row.state is not RowState.UNKNOWN:
            raise UserError(f"Message {number} is not held; /outbox list shows those that are.")
        return row

    async def _decide(self, row: OutboxRow, action: str, by: str) -> Reply:
        now, outbox = self._clock.now(), self._stores.outbox
        if action == "release":
            done, told = await outbox.release(row.seq, now, f"released by {by}"), "is sent again"
        else:
            done, told = await outbox.drop(row.seq, now, f"dropped by {by}"), "is given up"
        if not done:
            raise UserError(f"Message {row.seq} is not held any more; nothing was done.")
        return Reply(f"Message {row.seq} to {row.destination} {told}.", private=True)


def _title(row: OutboxRow) -> str:
    return str(row.payload.get("title", "")) or row.event
