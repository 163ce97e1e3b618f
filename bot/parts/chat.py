"""Every command and button, wired to the parts of the application and put behind the boundary."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.access import Access, Owners
from bot.audit import Audit
from bot.commands.account import PaperAccounts
from bot.commands.alert import Alerts
from bot.commands.ask import AskQuestion
from bot.commands.backtest import BacktestOnRequest
from bot.commands.board import Board
from bot.commands.boundary import Boundary, Guards
from bot.commands.cards import Cards
from bot.commands.charts import Charts
from bot.commands.markets import Markets
from bot.commands.outbox import Outbox
from bot.commands.overview import Help, Status
from bot.commands.people import Link, Roles
from bot.commands.portfolio import Portfolios
from bot.commands.privacy import Memory, Privacy
from bot.commands.rebalance import Rebalance
from bot.commands.registry import Commands, Press
from bot.commands.room import Room
from bot.commands.similar import Similar
from bot.commands.size import ShowSize
from bot.commands.spec import Handler
from bot.commands.subscribing import Guarded, Subscribing
from bot.commands.suggestions import Suggestions
from bot.commands.table import every_command
from bot.commands.take import Take
from bot.commands.take_signal import TakeSignal
from bot.commands.talk import Talk
from bot.commands.trade import Trades
from bot.commands.trade_ids import TradeIds
from bot.commands.upkeep import Machinery, Upkeep
from bot.commands.values import Reader
from bot.commands.why import Why
from bot.confirmations import Confirmations
from bot.conversation import Conversation
from bot.limits import Limits
from bot.paper.desk import PaperDesk
from bot.paper.taking import Taking
from bot.roles import Role
from signals.allocation import AllocationRules, target_weights
from signals.clock import Clock, monotonic_s


@dataclass(frozen=True, slots=True)
class Answering:
    """What answers: questions, the board and backtests."""

    ask: AskQuestion
    board: Callable[[], Board]
    backtest: BacktestOnRequest


@dataclass(frozen=True, slots=True)
class House:
    """Who may do what and how often, by the wall clock; `elapsed_s` is monotonic and ends confirmations."""

    owners: Owners
    limits: Limits
    wall: Clock
    elapsed_s: Callable[[], float] = monotonic_s


def build_commands(room: Room, answering: Answering, machinery: Machinery, house: House) -> Commands:
    """The registry that all platforms share."""
    wall, stores = house.wall, room.stores
    audit = Audit(stores.audit, wall)
    access = Access(stores.people, house.owners)
    confirm = Confirmations(audit, house.elapsed_s)
    helped = Help()
    handlers: dict[str, Handler] = {"help": helped.command, "status": Status(room, machinery.model, wall).command}
    paper = PaperDesk(room)
    paper.changed = lambda: _taken_up(machinery)
    conversation = Conversation()
    handlers |= _for_markets(room, answering, Cards(stores, wall), (paper, confirm), conversation)
    handlers |= {"yes:": confirm.yes, "no:": confirm.no}
    handlers |= _for_admins(machinery, (access, confirm, audit), wall)
    handlers["outbox"] = Outbox(stores, confirm, wall).command
    handlers |= _for_listeners(Subscribing(room, Guarded(confirm, audit, wall)))
    handlers |= _for_portfolios(paper)
    handlers |= {"trade": Trades(paper).command, "account": PaperAccounts(paper, confirm).command}
    memory = Memory(conversation, (answering.ask.forget, confirm.forget, house.limits.forget), wall)
    privacy = Privacy(paper, confirm, machinery.forgetting, memory)
    handlers |= {"forget": privacy.forget, "export": privacy.export}
    alerts = Alerts(room, confirm)
    handlers |= {"alert": alerts.command, "ask": alerts.asked(handlers["ask"])}
    timeframes = room.watch.timeframes
    guards = Guards(house.limits, stores.inbound, access, audit, Reader(lambda: room.watch.symbols, timeframes), wall)
    commands = every_command(handlers, [tf.value for tf in timeframes])
    helped.every = lambda: commands
    suggestions = Suggestions(room.watch, tuple(command.name for command in commands))
    made = Commands(commands, presses_of(handlers), Boundary(guards), suggestions)
    made.own = {("trade", "details"): TradeIds(stores.book).offers}
    return made


def _for_listeners(subscribing: Subscribing) -> dict[str, Handler]:
    return {"subscribe": subscribing.subscribe, "prefs": subscribing.prefs, "broadcast": subscribing.broadcast}


def presses_of(handlers: Mapping[str, Handler]) -> Sequence[Press]:
    """The buttons and the roles that they need; `handlers` by name with a colon."""
    take = Press("take", "Take", handlers["take:"], Role.TRADER)
    verbs = ("Why", "Chart", "Backtest", "Similar", "Refresh", "Sources")
    cards = [Press(label.lower(), label, handlers[f"{label.lower()}:"]) for label in verbs]
    stop = Press("stop", "Stop", handlers["stop:"], free=True)
    labels = ("Yes", "No")  # open to all: what is confirmed looks at the role itself
    answers = [Press(one.lower(), one, handlers[f"{one.lower()}:"], Role.STRANGER, free=True) for one in labels]
    return [take, *cards, stop, *answers]


def _for_markets(
    room: Room, answering: Answering, cards: Cards, own: tuple[PaperDesk, Confirmations], conversation: Conversation
) -> dict[str, Handler]:
    paper, confirm = own
    talk = Talk(room, answering.ask, cards, conversation)
    charts, why, similar = Charts(room, cards), Why(room, cards), Similar(room, cards)
    markets = Markets(room, answering.board, answering.backtest, cards)
    taking = Taking(paper)
    take = Take(taking, cards, TakeSignal(taking, confirm))
    return {
        "ask": talk.ask,
        "signal": talk.signal,
        "signals": markets.signals,
        "why": why.command,
        "similar": similar.command,
        "chart": charts.chart,
        "indicator": charts.indicator,
        "size": ShowSize(room).command,
        "news": markets.news,
        "backtest": markets.backtest,
        "trackrecord": markets.track_record,
        "take:": take.button,
        "why:": why.button,
        "chart:": charts.button,
        "backtest:": markets.backtest_button,
        "similar:": similar.button,
        "refresh:": talk.refresh,
        "sources:": cards.sources,
        "stop:": talk.stop,
    }


def _for_portfolios(paper: PaperDesk) -> dict[str, Handler]:
    own = Portfolios(paper)
    rebalance = Rebalance(paper, own, lambda closes: target_weights(closes, AllocationRules()).weights)
    return {
        "portfolio": own.portfolio,
        "positions": own.positions,
        "pnl": own.pnl,
        "risk": own.risk,
        "rebalance": rebalance.command,
    }


def _for_admins(machinery: Machinery, guards: tuple[Access, Confirmations, Audit], wall: Clock) -> dict[str, Handler]:
    access, confirm, audit = guards
    link, roles = Link(machinery.stores, confirm, audit, wall), Roles(machinery.stores, access, confirm, wall)
    upkeep = Upkeep(machinery, confirm, wall)
    link.joined = lambda: _taken_up(machinery)
    return {
        "link": link.command,
        "reindex": upkeep.reindex,
        "jobs": upkeep.jobs,
        "runjob": upkeep.runjob,
        "universe": upkeep.universe,
        "role": roles.role,
        "model": upkeep.model,
        "audit": roles.audit,
        "health": upkeep.health,
    }


async def _taken_up(machinery: Machinery) -> object:
    return await (await machinery.ingest()).run()
