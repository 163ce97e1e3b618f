"""Who gets signals: `/broadcast` for channels, `/subscribe` for people, `/prefs` for what each of them wants."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.access import DeniedError, authorise
from bot.audit import Audit
from bot.commands.caller import Caller
from bot.commands.preferences import NOTHING, changed, symbols_of, table_of
from bot.commands.room import Room
from bot.commands.spec import Invocation
from bot.commands.table import SETTINGS
from bot.confirmations import Confirmations
from bot.delivery.addresses import address_here, address_of, can_be_messaged
from bot.delivery.audience import passes_floor, plain
from bot.reply import Reply, Table
from bot.roles import Role
from bot.wording import when
from signals.clock import Clock
from signals.errors import UserError
from signals.model import Issued
from storage.delivery_values import Destination, Preferences

LAST = 50
SCANNED = 500
NO_CHAT = "A terminal cannot be messaged: give that in Discord or Telegram, each of which keeps its own settings."
NOT_HERE = "That is for a channel, a group or a topic: give it there. /subscribe sends to you directly."


@dataclass(frozen=True, slots=True)
class Guarded:
    """Asks, notes, and the wall's clock."""

    confirm: Confirmations
    audit: Audit
    wall: Clock


class Subscribing:
    """Changes destinations and preferences; each is known by its address."""

    def __init__(self, room: Room, guarded: Guarded) -> None:
        self._room = room
        self._guarded = guarded

    async def broadcast(self, invocation: Invocation) -> Reply:
        """`here` or `off` for the chat in which it is given, after a confirmation; `list` for all of them."""
        action, caller = invocation.values["action"], invocation.caller
        if action == "list":
            return await self._list()
        address = address_here(caller)
        if address is None:
            raise UserError(NOT_HERE if can_be_messaged(caller) else NO_CHAT)
        known = await self._room.stores.destinations.get(address)
        is_on = known is not None and known.on
        if is_on == (action == "here"):
            return Reply("This place gets signals already." if is_on else "This place gets no signals.")

        async def then(confirmed: Invocation) -> Reply:
            await self._switch(address, None, confirmed.caller, on=action == "here")
            return Reply(f"{address} gets {'new signals and their life' if action == 'here' else 'no more signals'}.")

        question = (
            "Send new signals and their life here? Everybody in this chat reads them."
            if action == "here"
            else "Send no more signals here?"
        )
        return self._guarded.confirm.ask(caller, question, (f"broadcast {action} {address}", Role.ADMIN), then)

    async def subscribe(self, invocation: Invocation) -> Reply:
        """Direct messages about signals: of all or some symbols, or `off`."""
        caller, text = invocation.caller, invocation.values.get("symbols", "").strip()
        address = address_of(caller)
        if text.lower() in NOTHING:
            await self._switch(address, caller.owner, caller, on=False)
            return Reply("You get no more signals. /subscribe brings them back.", private=True)
        wanted = await self._wanted(address)
        if text:
            wanted = replace(wanted, symbols=symbols_of(text, self._room.watch.symbols))
            await self._save(wanted)
        if not can_be_messaged(caller):
            return Reply(f"Saved. {NO_CHAT}", tables=(table_of(wanted),), private=True)
        await self._switch(address, caller.owner, caller, on=True)
        told = f"You get a direct message for each new signal of {', '.join(wanted.symbols) or 'every watched market'}."
        notes = ("/prefs changes what you get; /subscribe off ends it.",)
        return Reply(told, tables=(table_of(wanted),), notes=notes, private=True)

    async def prefs(self, invocation: Invocation) -> Reply:
        """Show or change what the caller gets, or with `here` what the chat gets (admins)."""
        values, caller = invocation.values, invocation.caller
        here = values.get("whose", "me") == "here"
        address = await self._place(caller) if here else address_of(caller)
        setting, text = values.get("setting"), values.get("value")
        wanted = await self._wanted(address)
        if setting is None and text is not None:
            raise UserError(f"Which setting? Possible: {', '.join(SETTINGS)}. As in /prefs quiet 22:00-07:00.")
        if setting is None or text is None:
            return await self._shown(caller, wanted, setting)
        wanted = await asyncio.to_thread(changed, wanted, setting, text, self._room.watch)
        await self._save(wanted)
        if here:
            await self._guarded.audit.note(caller, f"prefs here {setting}={text[:60]} {address}", "done")
        return await self._shown(caller, wanted, setting)

    async def _place(self, caller: Caller) -> str:
        address = address_here(caller)
        if address is None:
            raise UserError(NOT_HERE if can_be_messaged(caller) else NO_CHAT)
        try:
            authorise(caller, Role.ADMIN, "/prefs here")
        except DeniedError:
            await self._guarded.audit.note(caller, f"prefs here {address}", "denied", f"role {caller.role}")
            raise
        known = await self._room.stores.destinations.get(address)
        return known.address if known else address  # a group that moved keeps its first name

    async def _wanted(self, address: str) -> Preferences:
        return await self._room.stores.subscriptions.get(address) or plain(address, self._guarded.wall.now())

    async def _save(self, wanted: Preferences) -> None:
        await self._room.stores.subscriptions.save(replace(wanted, changed_at=self._guarded.wall.now()))

    async def _switch(self, address: str, owner: str | None, caller: Caller, *, on: bool) -> None:
        stores, now = self._room.stores, self._guarded.wall.now()
        known = await stores.destinations.get(address)
        if on:
            saved = await stores.destinations.save(Destination(address, owner, True, now, caller.identity))
            if await stores.subscriptions.get(saved.address) is None:
                await stores.subscriptions.save(plain(saved.address, now))
        elif known is not None:
            await stores.destinations.switch_off(address, f"switched off by {caller.identity}", now)

    async def _list(self) -> Reply:
        found = await self._room.stores.destinations.all()
        if not found:
            return Reply("Nobody gets signals yet: /broadcast here in a channel, /subscribe for oneself.", private=True)
        rows = tuple((d.address, "on" if d.on else "off", when(d.changed_at), d.changed_by, d.reason) for d in found)
        return Reply(tables=(Table("Destinations", ("address", "", "since", "by", "why"), rows),), private=True)

    async def _shown(self, caller: Caller, wanted: Preferences, setting: str | None) -> Reply:
        known = await self._room.stores.destinations.get(wanted.address)
        notes = [await self._share(wanted.min_confidence_pct)]
        if wanted.quiet:
            notes.append(
                "In quiet hours nothing new is sent: what is still valid comes after them, the digest has all."
            )
        if not can_be_messaged(caller):
            notes.append(NO_CHAT)
        elif known is None or not known.on:
            how = "/subscribe" if wanted.address == address_of(caller) else "/broadcast here"
            notes.append(f"No signals are sent there now: {how} switches them on.")
        whose = "You get" if wanted.address == address_of(caller) else "This place gets"
        is_sent = can_be_messaged(caller) and known is not None and known.on
        text = f"{whose} signals by these settings." if is_sent else "The settings, by which nothing is sent yet."
        example = ("For example: /prefs quiet 22:00-07:00.",) if setting is None else ()
        return Reply(text, tables=(table_of(wanted),), notes=(*notes, *example), private=True)

    async def _share(self, floor_pct: int) -> str:
        """How many of the last issued signals would have passed the floor, in words."""
        newest = await self._room.stores.signals.latest(self._room.clock.now(), SCANNED)
        trades = [issued for issued in newest if issued.signal.direction][:LAST]
        return share_line(trades, floor_pct)


def share_line(trades: Sequence[Issued], floor_pct: int) -> str:
    """What a floor would have let through of some issued signals."""
    if not trades:
        return "No signal has been issued yet, so nothing can be said about a floor of confidence."
    bare = sum(issued.confidence is None for issued in trades)
    shown = sorted(issued.confidence for issued in trades if issued.confidence is not None)
    n = len(trades)
    if floor_pct <= 0:
        lead = f"No floor: all of the last {n} issued signals would have reached you."
    else:
        passed = sum(passes_floor(issued, floor_pct) for issued in trades)
        lead = f"{passed} of the last {n} issued signals would have passed your floor of {floor_pct} %."
    span = f" Their confidence was {shown[0]:.0%} to {shown[-1]:.0%}.".replace("%", " %") if shown else ""
    never = "; such never pass a floor, for nobody knows how likely they were" if floor_pct > 0 else ""
    uncalibrated = f" {bare} {'was' if bare == 1 else 'were'} uncalibrated{never}." if bare else ""
    return lead + span + uncalibrated
