"""The real commands over a fresh store, with people of every role, a clock moved by hand and a model that obeys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from bot.access import Owners
from bot.backups import Place
from bot.commands.ask import AskQuestion
from bot.commands.backtest import BacktestOnRequest
from bot.commands.caller import Caller
from bot.commands.registry import Commands
from bot.commands.reindex import ReindexKnowledge
from bot.commands.room import Room
from bot.commands.spec import Invocation
from bot.commands.upkeep import Machinery
from bot.forgetting import Forgetting
from bot.jobs.backtests import BacktestMarkets
from bot.jobs.ingest import IngestChanges
from bot.jobs.watch import Watch
from bot.limits import Limits, Rate
from bot.model_choice import ModelChoice
from bot.parts.chat import Answering, House, build_commands
from bot.reply import Reply
from bot.roles import Role
from bot.schedule import Pace, Schedule
from bot.timetable import Row
from bot.universe import Universe
from rag.account import AccountRules
from rag.adviser import Adviser
from rag.board import Board as Panorama
from rag.board import Watched
from rag.desk import Desk
from rag.explain import Explained, ExplainRequest
from rag.ingest import Ingestor
from rag.llm import OllamaChat
from rag.recommend import Recommender
from rag.retrieve import Retriever
from rag.turns import FairTurns
from signals.model import Timeframe
from storage.people import RoleRow
from storage.stores import Stores
from tests.bot.worlds import NOW, HandClock, ScriptedSource, desk_rules, stores_in
from tests.rag.advice.conftest import some_words

OWNER = Caller("discord", "1", private=True, channel="dm1")
ADMIN = Caller("discord", "2", private=True, channel="dm2")
TRADER = Caller("discord", "3", private=True, channel="dm3")
VIEWER = Caller("discord", "4", private=True, channel="dm4")
STRANGER = Caller("discord", "5", private=True, channel="dm5")
PHONE = Caller("telegram", "30", private=True, channel="30")
PEOPLE = {Role.OWNER: OWNER, Role.ADMIN: ADMIN, Role.TRADER: TRADER, Role.VIEWER: VIEWER, Role.STRANGER: STRANGER}


def in_channel(caller: Caller, channel: str = "general") -> Caller:
    """The same account where others read."""
    return replace(caller, private=False, channel=channel)


PLENTY = Rate(10_000, 10_000)


class PatientExplainer:
    """Explains at once, or only when `gate` is set; `asked` counts, `cancelled` counts those that were stopped."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.turns = FairTurns(100)
        self.asked = self.cancelled = 0

    async def explain(self, request: ExplainRequest) -> Explained:
        self.asked += 1
        try:
            await self.turns.acquire()
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        self.turns.release()
        return some_words()


@dataclass
class World:
    """Everything a test of the chats needs."""

    stores: Stores
    clock: HandClock
    commands: Commands
    universe: Universe
    explainer: PatientExplainer
    model: ModelChoice | None
    elapsed: list[float]
    source: ScriptedSource
    schedule: Schedule
    said: list[Reply] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: count(1))

    def invocation(self, caller: Caller, values: dict[str, str] | None = None, event: str = "") -> Invocation:
        async def say(reply: Reply) -> None:
            self.said.append(reply)

        return Invocation(caller, values or {}, event or f"e{next(self.numbers)}", say)

    async def run(self, caller: Caller, name: str, event: str = "", /, **values: str) -> Reply:
        return await self.commands.run(name, self.invocation(caller, values, event))

    async def press(self, caller: Caller, action: str, event: str = "") -> Reply:
        return await self.commands.press(action, self.invocation(caller, event=event))

    async def ask(self, caller: Caller, text: str) -> Reply:
        return await self.commands.ask(text, self.invocation(caller))

    async def yes(self, caller: Caller, reply: Reply) -> Reply:
        assert reply.confirm is not None, reply.text
        return await self.press(caller, f"yes:{reply.confirm.token}")


@asynccontextmanager
async def chat_world(
    folder: Path, *, user: Rate = PLENTY, knowledge: tuple[Any, Any] = (None, None)
) -> AsyncIterator[World]:
    """Stores in a folder, opened as they were left; the people of `PEOPLE` have their roles.

    `knowledge` is an index with its embedder.
    """
    async with stores_in(folder) as stores:
        for role in (Role.ADMIN, Role.TRADER):
            await stores.people.set_role(RoleRow(PEOPLE[role].identity, role, "test", NOW))
        await stores.people.set_role(RoleRow(STRANGER.identity, Role.STRANGER, "test", NOW))
        yield world_over(stores, folder, user, knowledge)


def world_over(stores: Stores, folder: Path, user: Rate = PLENTY, knowledge: tuple[Any, Any] = (None, None)) -> World:
    """A process of its own, as it were: everything but the stores is made anew."""
    clock, explainer, elapsed = HandClock(), PatientExplainer(), [0.0]
    rules, account = desk_rules(("replay", "binance")), AccountRules()
    watch = Watch(("ETH/USDT", "BTC/USDT"), (Timeframe.H1, Timeframe.H4), ("replay", "binance"))
    watched = Watched(watch.symbols, watch.timeframes)
    desk, universe = Desk(stores, rules), Universe(watch, watched, stores.universe, clock)
    retriever = Retriever(stores.documents, *knowledge)
    recommender = Recommender(stores, desk, retriever, account, explainer)  # type: ignore[arg-type]
    adviser = Adviser(stores, recommender, retriever, Panorama(desk, watched))
    ingestor, source = Ingestor(stores, *knowledge, clock), ScriptedSource(clock)
    model = ModelChoice(lambda name: OllamaChat("127.0.0.1:9", name), "first:1b")

    async def work() -> str:
        return "did it"

    async def ingest() -> IngestChanges:
        return IngestChanges(ingestor)

    async def reindex() -> ReindexKnowledge:
        return ReindexKnowledge(ingestor)

    async def doctor() -> Reply:
        return Reply("Everything works.")

    async def own_ingestor() -> Ingestor:
        return ingestor

    forgetting = Forgetting(stores, Place(folder), own_ingestor, clock)
    rows = [Row(job, 300.0, 5, 300.0, work) for job in ("sync", "ingest")]
    schedule = Schedule(rows, stores.job_runs, clock, Pace())
    machinery = Machinery(stores, universe, lambda: (source,), schedule, model, ingest, reindex, doctor, forgetting)
    room = Room(stores, desk, rules, watch, clock, account)
    tests = BacktestOnRequest(BacktestMarkets(stores, rules, shorts=True), clock)
    answering = Answering(AskQuestion(adviser, clock), _no_board, tests)
    limits = Limits(user, Rate(100_000, 100_000), clock=lambda: elapsed[0])
    house = House(Owners(frozenset({OWNER.identity})), limits, clock, lambda: elapsed[0])
    commands = build_commands(room, answering, machinery, house)
    return World(stores, clock, commands, universe, explainer, model, elapsed, source, schedule)


def _no_board() -> Any:
    async def show(request: Any) -> Reply:
        assert request.min_confidence is None or 0 <= request.min_confidence <= 1
        return Reply("the board")

    return show
