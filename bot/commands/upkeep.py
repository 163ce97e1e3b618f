"""Upkeep: watched markets, the model, the knowledge base, the timetable, and how each part is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.amounts import parse_symbol
from bot.commands.outbox import in_a_line
from bot.commands.progress import told
from bot.commands.reindex import CHANGES, ReindexKnowledge, part_of, part_words
from bot.commands.spec import Invocation
from bot.commands.timetable import timetable_of
from bot.confirmations import Confirmations
from bot.forgetting import Forgetting
from bot.jobs.ingest import IngestChanges
from bot.model_choice import CHOICE, ModelChoice
from bot.reply import Reply
from bot.roles import Role
from bot.schedule import Schedule
from bot.universe import Universe, refuse
from rag.ingest_parts import Part
from signals.clock import Clock
from signals.errors import TemporaryError, UnavailableError, UserError
from signals.market.source import CandleSource
from storage.stores import Stores


@dataclass(frozen=True, slots=True)
class Machinery:
    """What admins tend. `schedule` runs jobs on request even where it was not started; `model` None: rules only."""

    stores: Stores
    universe: Universe
    sources: Callable[[], tuple[CandleSource, ...]]
    schedule: Schedule
    model: ModelChoice | None
    ingest: Callable[[], Awaitable[IngestChanges]]
    reindex: Callable[[], Awaitable[ReindexKnowledge]]
    doctor: Callable[[], Awaitable[Reply]]
    forgetting: Forgetting


class Upkeep:
    """The commands of admins; what is dangerous or costly asks first. `clock` is the wall's."""

    def __init__(self, machinery: Machinery, confirm: Confirmations, clock: Clock) -> None:
        self._parts = machinery
        self._confirm = confirm
        self._clock = clock
        self._rebuilding = asyncio.Lock()

    async def universe(self, invocation: Invocation) -> Reply:
        """List, add or remove watched markets."""
        action, text = invocation.values["action"], invocation.values.get("symbol")
        now = await self._parts.universe.load()
        if action == "list":
            return Reply(f"{len(now)} markets are watched: {', '.join(now)}.", private=True)
        symbol, watched = _pair(text), action == "add"
        refuse(symbol, now, watched=watched)
        note = await self._listing(symbol) if watched else ""

        async def then(confirmed: Invocation) -> Reply:
            left = await self._parts.universe.change(symbol, confirmed.caller.identity, watched=watched)
            what = "is watched from the next sync on" if watched else "is not watched any more; its records stay"
            return Reply(f"{symbol} {what}. {len(left)} markets are watched.", private=True)

        question = f"{'Watch' if watched else 'Stop watching'} {symbol}? {note}".strip()
        return self._confirm.ask(invocation.caller, question, (f"universe {action} {symbol}", Role.ADMIN), then)

    async def _listing(self, symbol: str) -> str:
        """What the first source says of a pair; UserError when it has none such."""
        try:
            await self._parts.sources()[0].rules(symbol)
        except UnavailableError as e:
            raise UserError(str(e)) from e
        except TemporaryError as e:
            return f"It could not be checked whether the exchange has it: {e}"
        return ""

    async def model(self, invocation: Invocation) -> Reply:
        """Show the model in use, or switch to another one after a confirmation."""
        model, name = self._parts.model, invocation.values.get("name")
        if model is None:
            raise UserError("No model is used: LLM_PROVIDER is none. Set it and start again to have one.")
        if name is None:
            return Reply(f"The model is {model.name}; {model.queued} question(s) wait for it.", private=True)
        ModelChoice.check(name)

        async def then(confirmed: Invocation) -> Reply:
            model.choose(name)
            by = confirmed.caller.identity
            await self._parts.stores.choices.save(CHOICE, name, by, self._clock.now())
            return Reply(f"{name} answers from the next question on; /health looks whether it can.", private=True)

        what = (f"model {name}", Role.ADMIN)
        return self._confirm.ask(invocation.caller, f"Switch from {model.name} to {name}?", what, then)

    async def reindex(self, invocation: Invocation) -> Reply:
        """Ingest what changed, or rebuild everything or a part after a confirmation."""
        scope, symbol = invocation.values.get("scope", CHANGES), invocation.values.get("symbol")
        if scope == CHANGES:
            if symbol:
                raise UserError(f"Changes are ingested for all markets; for one: /reindex all {symbol}")
            async with told(invocation.say, "Ingesting") as progress:
                count = await (await self._parts.ingest()).run(progress)
            return Reply(f"{count} changed record(s) were ingested.", private=True)
        part = part_of(scope, [symbol] if symbol else [], invocation.caller.owner)
        text = f"Rebuild documents, full text and vectors of {part_words(part)}? That takes minutes."

        async def then(confirmed: Invocation) -> Reply:
            return await self._rebuild(confirmed, part)

        what = (f"reindex {scope} {symbol or ''}".strip(), Role.ADMIN)
        return self._confirm.ask(invocation.caller, text, what, then)

    async def _rebuild(self, invocation: Invocation, part: Part) -> Reply:
        if self._rebuilding.locked():
            raise UserError("A rebuild is running already.")
        async with self._rebuilding, told(invocation.say, "Rebuilding") as progress:
            reply = await (await self._parts.reindex())(progress, part)
        return replace(reply, data=None)

    async def jobs(self, _invocation: Invocation) -> Reply:
        """The timetable with the last run of each job."""
        shown = await timetable_of(self._parts.schedule, self._parts.stores, self._clock.now())
        outbox = in_a_line(await self._parts.stores.outbox.counts())
        return replace(shown, text=f"{shown.text} {outbox}".strip())

    async def runjob(self, invocation: Invocation) -> Reply:
        """Run a job now, with its result."""
        name = invocation.values["name"]
        await invocation.say(Reply(f"Running {name} ...", private=True))
        run = await self._parts.schedule.run_now(name)
        if run is None:
            raise UserError(f"{name} is running already; /jobs shows how it ends.")
        return Reply(f"{name}: {run.state}. {run.detail}", private=True, error=run.state != "done")

    async def health(self, _invocation: Invocation) -> Reply:
        """What `deskmate doctor` finds."""
        return replace(await self._parts.doctor(), data=None, private=True)


def _pair(text: str | None) -> str:
    if text is None:
        raise UserError("Which pair? As in /universe add XRP/USDT.")
    try:
        return parse_symbol(text)
    except ValueError as e:
        raise UserError(str(e)) from e
