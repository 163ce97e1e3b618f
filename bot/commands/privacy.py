"""What people may do about their own records: have a copy of everything, and have everything forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.commands.spec import Invocation
from bot.confirmations import Confirmations
from bot.conversation import Conversation
from bot.delivery.notices import owner_addresses
from bot.export_files import About, export_files
from bot.forgetting import Forgetting, Forgot
from bot.paper.csv_lines import to_csv
from bot.paper.desk import PaperDesk
from bot.reply import Reply
from bot.roles import Role
from rag.recommendation import Progress
from signals.clock import Clock
from storage.forgetting import forgot_line

NOTHING = "Nothing of yours is kept here."
STAYS = (
    "One line stays in the audit log: that this account was forgotten, and when. What was shown in chats stays there "
    "until you delete it."
)
BANNED = "That admins let you do nothing here stays, too."
Forget = Callable[[Collection[str]], None]


@dataclass(frozen=True, slots=True)
class Memory:
    """What this process remembers of people beside the database: the line of questions, and what else forgets.

    `wall` is the clock of exports and of the line that stays.
    """

    conversation: Conversation
    forget: Sequence[Forget]
    wall: Clock


class Privacy:
    """Both work on all joined accounts of the caller, and on nobody else's."""

    def __init__(self, desk: PaperDesk, confirm: Confirmations, forgetting: Forgetting, memory: Memory) -> None:
        self._desk = desk
        self._stores = desk.stores
        self._confirm = confirm
        self._forgetting = forgetting
        self._memory = memory

    async def forget(self, invocation: Invocation) -> Reply:
        """What would go, and the question whether it shall."""
        accounts = await self._stores.people.identities_of(invocation.caller.owner)
        counts = await self._stores.personal.counts(_everywhere(accounts))
        if not counts:
            return Reply(NOTHING, private=True)
        text = (
            f"Forget you for good? Everything goes that is kept of {_listed(accounts)}: {_counted(counts)}. It is "
            f"removed from the database, the knowledge base and the backups that are kept, and cannot be had back; "
            "/export gives you a copy first. Afterwards you begin anew. No answer within a minute means no."
        )
        return self._confirm.ask(invocation.caller, text, ("forget", Role.STRANGER), self._forget, noted=True)

    async def _forget(self, invocation: Invocation) -> Reply:
        """Behind whatever the person asked before, and with no step of a paper trade in between."""
        caller = invocation.caller

        async def work(_progress: Progress) -> Reply:
            async with self._desk.turn:
                accounts = await self._stores.people.identities_of(caller.owner)
                counts = await self._stores.personal.counts(_everywhere(accounts))
                now = self._memory.wall.now()
                done = await self._forgetting.forget(_everywhere(accounts), forgot_line(caller.identity, now, counts))
                for forget in self._memory.forget:
                    forget(accounts)
                return await self._told(accounts, done)

        return await self._memory.conversation.answer(caller, invocation.say, work)

    async def _told(self, accounts: Sequence[str], done: Forgot) -> Reply:
        banned = any(row.identity in accounts for row in await self._stores.people.roles())
        parts = [f"Forgotten: {_counted(done.rows)}.", _copies(done.copies), STAYS, BANNED if banned else ""]
        notes = [f"Not everything is overwritten yet: {done.later}."] if done.later else []
        if done.aside:
            notes.append(
                f"The operator still has {len(done.aside)} file(s) that a restore set aside ({', '.join(done.aside)}); "
                "they were not touched: ask for their removal."
            )
        return Reply(" ".join(part for part in parts if part), notes=tuple(notes), private=True)

    async def export(self, invocation: Invocation) -> Reply:
        """Everything that is kept of the caller, as files."""
        owner, stores = invocation.caller.owner, self._stores
        accounts = await stores.people.identities_of(owner)
        rows = await stores.personal.rows(_everywhere(accounts))
        if not any(rows.values()):
            return Reply(NOTHING, private=True)
        now = self._memory.wall.now()
        booked = (await stores.book.of_owner(owner))[::-1]
        notes = [await stores.book.notes(one.trade.trade_id, owner, now) for one in booked]
        about = About(accounts, now)
        trades = to_csv(list(zip(booked, notes, strict=True)))
        files = await asyncio.to_thread(export_files, rows, trades, about)
        counts = {name: len(found) for name, found in rows.items() if found}
        text = (
            f"Everything that is kept of {_listed(accounts)}: {_counted(counts)}. README.txt in the file says what is "
            "what; /trade import reads its trades.csv again."
        )
        return Reply(text, files=files, private=True)


def _everywhere(accounts: Sequence[str]) -> tuple[str, ...]:
    """The accounts, and their direct chats, by which the outbox knows them."""
    return (*accounts, *owner_addresses(accounts))


def _listed(accounts: Sequence[str]) -> str:
    return " and ".join(accounts)


def _counted(rows: Mapping[str, int]) -> str:
    words = (
        ("trades", "trade(s)"),
        ("trade_notes", "note(s)"),
        ("recommendations", "answer(s)"),
        ("alerts", "alert(s)"),
    )
    named = [f"{rows[name]} {word}" for name, word in words if rows.get(name)]
    other = sum(rows.values()) - sum(rows.get(name, 0) for name, _ in words)
    return ", ".join([*named, f"{other} other record(s)"] if other or not named else named)


def _copies(count: int) -> str:
    return f"{count} backup(s) were written anew without you." if count else ""
