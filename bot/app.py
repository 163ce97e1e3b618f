"""The composition root: the only place that opens databases, sources, models and indexes, each when asked for."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bot.access import Owners
from bot.commands.ask import PLAIN, AskQuestion, Defaults
from bot.commands.backtest import BacktestOnRequest
from bot.commands.board import Board
from bot.commands.registry import Commands
from bot.commands.reindex import ReindexKnowledge
from bot.commands.room import Room
from bot.commands.sync import Steps, SyncEverything
from bot.commands.upkeep import Machinery
from bot.forgetting import Forgetting
from bot.jobs.backtests import BacktestMarkets
from bot.jobs.cycle import RulesCycle
from bot.jobs.ingest import IngestChanges
from bot.jobs.sync import SyncCandles, SyncRules
from bot.jobs.watch import Watch
from bot.limits import Limits
from bot.model_choice import CHOICE, ModelChoice
from bot.parts import knowledge, sources
from bot.parts.answering import account_rules, build_adviser, build_chat
from bot.parts.chat import Answering, House, build_commands
from bot.parts.health import examined
from bot.parts.knowledge import Knowledge
from bot.parts.research import Research, Workroom
from bot.platforms import Platform
from bot.reply import Reply
from bot.schedule import Schedule
from bot.settings import Settings
from bot.universe import Universe
from rag.board import Watched
from rag.desk import Desk, DeskRules
from rag.ingest import Ingestor
from rag.retrieve import Retriever
from signals.clock import Clock, FrozenClock, SystemClock
from signals.ensemble import SignalRules
from signals.errors import UserError
from storage.database import Database
from storage.migrate import upgrade
from storage.notices import Deliver
from storage.stores import Stores

if TYPE_CHECKING:
    from signals.market.source import CandleSource

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """What every command has: settings, an up-to-date database, and what will be closed at the end."""

    settings: Settings
    database: Database
    closing: AsyncExitStack


class App:
    """Parts by name; each is made at most once and closed in reverse order."""

    def __init__(self, opened: Opened) -> None:
        self.settings = opened.settings
        self.stores = Stores.of(opened.database)
        self._closing = opened.closing
        self._knowledge: Knowledge | None = None
        self._ingestor: Ingestor | None = None
        self._chosen_model: str | None = None
        self.deliver: Deliver | None = None  # takes private notices where an outbox is
        self.platform_states: Mapping[str, str] = {}

    @cached_property
    def clock(self) -> Clock:
        """The market's clock: frozen by MARKET_NOW, else the machine's."""
        return market_clock(self.settings)

    @cached_property
    def sources(self) -> tuple[CandleSource, ...]:
        """The chain of candle sources by MARKET_SOURCE, closed at the end."""
        chain = sources.build(self.settings.market, self.clock)
        for source in chain:
            self._closing.push_async_callback(source.close)
        return chain

    @cached_property
    def watch(self) -> Watch:
        """What is watched."""
        market = self.settings.market
        return Watch(market.symbols, market.timeframes, sources.names(market))

    @cached_property
    def watched(self) -> Watched:
        """What may be asked about; the same symbols as `watch`."""
        return Watched(self.watch.symbols, self.watch.timeframes)

    @cached_property
    def universe(self) -> Universe:
        """Keeps `watch` and `watched` as admins changed them."""
        return Universe(self.watch, self.watched, self.stores.universe, SystemClock())

    async def recall(self) -> None:
        """Apply what was changed while a former process ran: the watched symbols and the model."""
        await self.universe.load()
        self._chosen_model = await self.stores.choices.get(CHOICE)

    @cached_property
    def desk_rules(self) -> DeskRules:
        """Preferred exchanges and the rules of decision and plan."""
        market, plan = self.settings.market, self.settings.signal.plan_rules
        return DeskRules(sources.names(market), self._signal_rules, plan, self.settings.data_dir / "models")

    @property
    def _signal_rules(self) -> SignalRules:
        signal = self.settings.signal
        return SignalRules(min_conviction=signal.min_conviction, min_margin=signal.min_margin)

    @cached_property
    def desk(self) -> Desk:
        """Judges markets from what is stored."""
        return Desk(self.stores, self.desk_rules)

    @cached_property
    def cycle(self) -> RulesCycle:
        """Indicators, signals and their lives."""
        return RulesCycle(self.stores, self.desk, self.watch)

    @cached_property
    def sync_candles(self) -> SyncCandles:
        """The sync job."""
        market = self.settings.market
        rules = SyncRules(market.history_bars, market.concurrency)
        return SyncCandles(self.stores, self.sources, self.watch, rules)

    @cached_property
    def backtests(self) -> BacktestMarkets:
        """The backtest job."""
        return BacktestMarkets(self.stores, self.desk_rules, shorts=self.settings.sizing.allow_short)

    @cached_property
    def research(self) -> Research:
        """Tuning, learning, calibration and the proofs."""
        shorts = self.settings.sizing.allow_short
        return Research(Workroom(self.stores, self.desk, self.desk_rules, self.watch, self.clock, shorts))

    async def knowledge(self, *, repair: bool = False) -> Knowledge:
        """Embedder and index where they can be had, and what to say where not; `repair` discards an unusable index."""
        if self._knowledge is None:
            self._knowledge = await knowledge.open_knowledge(self.settings, repair=repair)
            self._closing.push_async_callback(self._knowledge.close)
        return self._knowledge

    async def ingest(self) -> IngestChanges:
        """The ingest job; idle where another process owns the index, which then carries over what is marked."""
        known = await self.knowledge()
        return IngestChanges(None if known.in_use else await self.ingestor())

    async def ingestor(self, *, repair: bool = False) -> Ingestor:
        """Writes documents, full text and vectors: the one whose turns keep sweeps, rebuilds and removals apart."""
        known = await self.knowledge(repair=repair)
        if self._ingestor is None:
            self._ingestor = Ingestor(self.stores, known.index, known.embedder, self.clock)
        return self._ingestor

    @cached_property
    def forgetting(self) -> Forgetting:
        """Takes people out of everything in the data folder."""
        return Forgetting(self.stores, self.settings.data_dir, self._own_ingestor, SystemClock())

    async def _own_ingestor(self) -> Ingestor | None:
        return None if (await self.knowledge()).in_use else await self.ingestor()

    @cached_property
    def chat_model(self) -> ModelChoice | None:
        """The language model's client, None when LLM_PROVIDER is none."""
        chat = build_chat(self.settings, self._chosen_model)
        if chat is not None:
            self._closing.push_async_callback(chat.close)
        return chat

    async def ask(self, defaults: Defaults = PLAIN) -> AskQuestion:
        """The use case behind `ask` and `chat`."""
        known = await self.knowledge()
        retriever = Retriever(self.stores.documents, known.index, known.embedder)
        room = (self.stores, self.desk, self.watched)
        adviser = build_adviser(self.settings, room, retriever, self.chat_model)
        return AskQuestion(adviser, self.clock, known.notes, defaults)

    def board(self) -> Board:
        """The use case behind `signals`."""
        return Board(self.desk, self.clock, frozenset({"simulated"}))

    def backtest(self) -> BacktestOnRequest:
        """The use case behind `backtest`."""
        return BacktestOnRequest(self.backtests, self.clock)

    async def sync_everything(self) -> SyncEverything:
        """The use case behind `sync`."""
        steps = Steps(self.sync_candles, self.cycle, self.backtests, self.research.analytics, await self.ingest())
        return SyncEverything(steps, self.watch.markets, self.clock)

    async def reindex(self) -> ReindexKnowledge:
        """The use case behind `reindex`."""
        return ReindexKnowledge(await self.ingestor(repair=True))

    async def commands(self, schedule: Schedule, defaults: Defaults = PLAIN) -> Commands:
        """Every command and button, for all platforms; jobs run through the schedule."""
        stores, rules, watch = self.stores, self.desk_rules, self.watch
        room = Room(stores, self.desk, rules, watch, self.clock, account_rules(self.settings))
        answering = Answering(await self.ask(defaults), self.board, self.backtest())
        machinery = Machinery(
            stores=stores,
            universe=self.universe,
            sources=lambda: self.sources,
            schedule=schedule,
            model=self.chat_model,
            ingest=self.ingest,
            reindex=self.reindex,
            doctor=self._examined,
            forgetting=self.forgetting,
        )
        access = self.settings.access
        owners = Owners(frozenset(access.owners), access.default_role)
        return build_commands(room, answering, machinery, House(owners, Limits(), SystemClock()))

    def platforms(self, commands: Commands) -> tuple[Platform, ...]:
        """The platforms that have a token."""
        discord, telegram = self.settings.discord, self.settings.telegram
        found: list[Platform] = []
        if discord.token is not None:
            from bot.discord_adapter.platform import DiscordPlatform

            guild = int(discord.guild_id) if discord.guild_id else None
            found.append(DiscordPlatform(discord.token, commands, self.settings.data_dir, guild))
        if telegram.token is not None:
            from bot.telegram_adapter.client import TelegramPlatform

            found.append(TelegramPlatform(telegram.token, commands))
        return tuple(found)

    async def _examined(self) -> Reply:
        model = self.chat_model.name if self.chat_model else None
        return await examined(self.settings, model, (await self.knowledge()).index, self.platform_states)


@asynccontextmanager
async def open_app(settings: Settings) -> AsyncIterator[App]:
    """The data folder, the database at this version's level, and the parts on request; everything is closed at the end.

    Raises UserError when the folder cannot be written or the database cannot be used; the text names the fix.
    """
    await upgrade_database(settings)
    async with AsyncExitStack() as closing:
        database = await Database.open(settings.url)
        closing.push_async_callback(database.close)
        app = App(Opened(settings, database, closing))
        await app.recall()
        yield app


async def upgrade_database(settings: Settings) -> bool:
    """Create the data folder and the database, or bring it up to date; True when something changed."""
    make_folder(settings.data_dir)
    return await upgrade(settings.url)


def market_clock(settings: Settings) -> Clock:
    """Frozen at MARKET_NOW where it is set."""
    return FrozenClock(settings.market.now) if settings.market.now else SystemClock()


def make_folder(folder: Path) -> None:
    """Create the data folder; UserError naming DATA_DIR when it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as e:
        raise UserError(
            f"the data folder {folder.absolute()} cannot be written ({e.strerror}); "
            "set DATA_DIR to a folder of yours, or give this one to the user that runs Deskmate"
        ) from e
