"""The composition root: the only place that opens databases, sources, models and indexes, each when asked for."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from bot.backups import place_of
from bot.commands.ask import PLAIN, AskQuestion, Defaults
from bot.commands.backtest import BacktestOnRequest
from bot.commands.board import Board
from bot.commands.registry import Commands
from bot.commands.reindex import ReindexKnowledge
from bot.commands.replay import ReplayRecommendation
from bot.commands.room import Room
from bot.commands.sync import Steps, SyncEverything
from bot.commands.upkeep import Machinery
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.notices import owner_addresses
from bot.delivery.notifier import Notifier
from bot.delivery.rules import Desk as DeliveryDesk
from bot.forgetting import Forgetting
from bot.ground import market_clock, upgrade_database
from bot.jobs.backtests import BacktestMarkets
from bot.jobs.cycle import RulesCycle
from bot.jobs.digest import SendDigests
from bot.jobs.ingest import IngestChanges
from bot.jobs.summaries import SummariseMarkets
from bot.jobs.sync import SyncCandles, SyncRules
from bot.jobs.watch import Watch
from bot.limits import Limits
from bot.model_choice import CHOICE, ModelChoice
from bot.parts import delivery, knowledge, sources
from bot.parts.answering import account_rules, build_adviser, build_chat, build_replay
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
from rag.old_signals import OldSignals
from rag.retrieve import Retriever
from signals.clock import Clock, SystemClock
from signals.ensemble import SignalRules
from storage.database import Database
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
        self.deliver = delivery.private_word(self.stores, self.clock)
        self.platform_states: Mapping[str, str] = {}
        self.notifiers: list[Notifier] = []
        self.new_mail: Callable[[], None] = _nobody

    @cached_property
    def clock(self) -> Clock:
        """The market's clock: frozen by MARKET_NOW, else the machine's."""
        return market_clock(self.settings)

    @cached_property
    def sources(self) -> tuple[CandleSource, ...]:
        """The chain of candle sources by MARKET_SOURCE, closed at the end."""
        chain = sources.build(self.settings.market, self.clock, self.settings.data_dir)
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
        return RulesCycle(self.stores, self.desk, self.watch, delivery.broadcasts_of(self.settings, self.stores))

    @cached_property
    def digests(self) -> SendDigests:
        """The job of the daily digests."""
        audience = delivery.audience_of(self.settings, self.stores)
        return SendDigests(self.stores, audience, self.clock, SystemClock())

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

    @cached_property
    def summaries(self) -> SummariseMarkets:
        """Market days, and months of old signals."""
        return SummariseMarkets(self.stores, self.desk, self.watch, self.settings.knowledge.roll_up_days)

    async def knowledge(self) -> Knowledge:
        """Embedder and index where they can be had, and what to say where not."""
        if self._knowledge is None:
            self._knowledge = await knowledge.open_knowledge(self.settings)
            self._closing.push_async_callback(self._knowledge.close)
            await knowledge.compare(self._knowledge, self.stores)
        return self._knowledge

    async def ingest(self) -> IngestChanges:
        """The ingest job; idle where another process owns the index, which then carries over what is marked."""
        return IngestChanges(await self._own_ingestor())

    async def ingestor(self) -> Ingestor:
        """Writes documents, full text and vectors; one for all, as it takes turns with itself."""
        known = await self.knowledge()
        if self._ingestor is None:
            self._ingestor = Ingestor(self.stores, known.index, known.embedder, self.clock)
        return self._ingestor

    @cached_property
    def forgetting(self) -> Forgetting:
        """Takes people out of everything in the data folder."""
        return Forgetting(self.stores, place_of(self.settings), self._own_ingestor, SystemClock())

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
        retriever = Retriever(self.stores.documents, known.index, known.embedder, OldSignals(self.stores))
        room = (self.stores, self.desk, self.watched)
        adviser = build_adviser(self.settings, room, retriever, self.chat_model)
        question = AskQuestion(adviser, self.clock, lambda: known.notes, defaults)
        if self.chat_model is not None:
            question.trouble = self.chat_model.trouble
        return question

    async def replay(self) -> ReplayRecommendation:
        """The use case behind `replay`; a named model is asked through LLM_PROVIDER."""
        known = await self.knowledge()
        retriever = Retriever(self.stores.documents, known.index, known.embedder, OldSignals(self.stores))
        return build_replay(self.settings, (self.stores, self.desk), retriever, self._closing)

    def board(self) -> Board:
        """The use case behind `signals`."""
        return Board(self.desk, self.clock, frozenset({"simulated"}))

    def backtest(self) -> BacktestOnRequest:
        """The use case behind `backtest`."""
        return BacktestOnRequest(self.backtests, self.clock)

    async def sync_everything(self) -> SyncEverything:
        """The use case behind `sync`."""
        research, ingest = self.research.analytics, await self.ingest()
        steps = Steps(self.sync_candles, self.cycle, self.backtests, research, self.summaries, ingest)
        return SyncEverything(steps, self.watch.markets, self.clock)

    async def reindex(self) -> ReindexKnowledge:
        """The use case behind `reindex`."""
        return ReindexKnowledge(await self.ingestor())

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
        return build_commands(
            room, answering, machinery, House(delivery.owners_of(self.settings), Limits(), SystemClock())
        )

    def platforms(self, commands: Commands) -> tuple[Platform, ...]:
        """The platforms that have a token."""
        found, notifiers = delivery.connections(self.settings, commands)
        self.notifiers.extend(notifiers)
        return found

    def delivery(self) -> Dispatcher:
        """What sends the outbox, over the platforms made before; `new_mail` wakes it from now on."""
        desk = DeliveryDesk(SystemClock(), owner_addresses(self.settings.access.owners))
        dispatcher = Dispatcher(self.stores, self.notifiers, desk)
        self.new_mail = dispatcher.wake
        return dispatcher

    async def _examined(self) -> Reply:
        model = self.chat_model.name if self.chat_model else None
        return await examined(self.settings, model, (await self.knowledge()).index, self.platform_states)


@asynccontextmanager
async def open_app(settings: Settings) -> AsyncIterator[App]:
    """The data folder, the database at this version's level, and the parts on request; everything is closed at the end.

    Raises UserError when the folder cannot be written or the database cannot be used; the text names the fix.
    """
    await upgrade_database(settings)
    async with Database.opened(settings.url) as database, app_over(settings, database) as app:
        yield app


@asynccontextmanager
async def app_over(settings: Settings, database: Database) -> AsyncIterator[App]:
    """The parts on request over an open, current database, which stays open."""
    async with AsyncExitStack() as closing:
        await (app := App(Opened(settings, database, closing))).recall()
        yield app


def _nobody() -> None:
    """Nothing is delivered in this process: whoever does looks by itself."""
