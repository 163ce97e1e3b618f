"""Every command: its words, parameters, and who may give it. The one list behind all three platforms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.commands.own_table import own_commands
from bot.commands.reindex import SCOPES
from bot.commands.spec import Command, Handler, Kind, Param
from bot.roles import Role

PERIODS = ("30d", "90d", "180d", "365d", "all")
JOBS = (
    "sync",
    "indicators",
    "signals",
    "ingest",
    "backtests",
    "analytics",
    "check",
    "drift",
    "backup",
    "tune",
    "train",
    "summaries",
    "digest",
    "positions",
    "alerts",
    "archive",
    "portfolio",
    "news",
)
SETTINGS = ("symbols", "timeframes", "confidence", "quiet", "zone", "digest")
SETTABLE_ROLES = ("stranger", "viewer", "trader", "admin")
SYMBOL = Param("symbol", Kind.SYMBOL, "The market, such as ETH/USDT.", required=True)


def every_command(handlers: Mapping[str, Handler], timeframes: Sequence[str]) -> tuple[Command, ...]:
    """The commands in the order of menus; `handlers` by name, KeyError when one is missing."""
    timeframe = Param("timeframe", Kind.TIMEFRAME, "Length of a bar.", choices=tuple(timeframes))
    market = (SYMBOL, timeframe)
    return (
        *_for_advice(handlers, market),
        *_for_markets(handlers, market),
        *_for_people(handlers),
        *_for_admins(handlers),
        *_for_delivery(handlers),
        *_for_listeners(handlers),
        *own_commands(handlers),
    )


def _for_advice(run: Mapping[str, Handler], market: tuple[Param, ...]) -> tuple[Command, ...]:
    return (
        Command(
            "ask",
            "Ask in plain words.",
            run["ask"],
            (Param("question", Kind.TEXT, "Your question.", required=True),),
            example="/ask should I buy ETH with $2k?",
        ),
        Command(
            "signal", "The current recommendation for a market.", run["signal"], market, example="/signal ETH/USDT 4h"
        ),
        Command(
            "signals",
            "The board of all watched markets.",
            run["signals"],
            (Param("min_confidence", Kind.PERCENT, "Show only trades at least this likely, in percent."),),
            example="/signals 70",
        ),
        Command(
            "why",
            "Votes, evidence and what changed behind a signal.",
            run["why"],
            (Param("signal", Kind.TEXT, "A market or an id; your last one when left out."),),
            example="/why ETH/USDT",
        ),
    )


def _for_markets(run: Mapping[str, Handler], market: tuple[Param, ...]) -> tuple[Command, ...]:
    return (
        Command(
            "similar",
            "The nearest past setups and how they ended.",
            run["similar"],
            market,
            example="/similar SOL/USDT",
        ),
        Command(
            "chart",
            "Candles with overlays and the plan, as a picture.",
            run["chart"],
            (*market, Param("indicators", Kind.TEXT, "Overlays and studies, such as sma_50 rsi.")),
            example="/chart BTC/USDT 1h rsi macd",
        ),
        Command(
            "indicator",
            "Any indicator by name.",
            run["indicator"],
            (Param("name", Kind.TEXT, "The indicator, such as rsi or supertrend.", required=True), *market),
            example="/indicator supertrend ETH/USDT",
        ),
        Command(
            "size",
            "How much to trade now, and what bounds it.",
            run["size"],
            (
                SYMBOL,
                Param("balance", Kind.MONEY, "Your equity in USDT."),
                Param("risk", Kind.PERCENT, "Risk of this trade, in percent of the balance."),
            ),
            example="/size ETH/USDT 5000 1",
        ),
        Command("news", "Headlines about a market.", run["news"], (SYMBOL,), example="/news BTC/USDT"),
        Command(
            "backtest",
            "What the rules would have made.",
            run["backtest"],
            (*market, Param("period", Kind.CHOICE, "How far back.", choices=PERIODS)),
            example="/backtest ETH/USDT 1h 90d",
        ),
        Command(
            "trackrecord",
            "All that was issued and how it ended, losses included.",
            run["trackrecord"],
            (Param("symbol", Kind.SYMBOL, "One market; all when left out."),),
            example="/trackrecord ETH/USDT",
        ),
    )


def _for_people(run: Mapping[str, Handler]) -> tuple[Command, ...]:
    named = (Param("command", Kind.TEXT, "The command to explain."),)
    code = (Param("code", Kind.TEXT, "The code from the other platform; leave out to get one."),)
    return (
        Command("help", "The commands you may use.", run["help"], named, Role.STRANGER, example="/help signal"),
        Command("status", "Freshness of data and the last runs.", run["status"]),
        Command(
            "link", "Join your accounts on two platforms.", run["link"], code, private=True, example="/link ABCD-EFGH"
        ),
    )


def _for_admins(run: Mapping[str, Handler]) -> tuple[Command, ...]:
    admin = Role.ADMIN
    scope = (
        Param("scope", Kind.CHOICE, "What to rebuild; only what changed when left out.", choices=SCOPES),
        Param("symbol", Kind.SYMBOL, "Only what is about this market."),
    )
    job = (Param("name", Kind.CHOICE, "The job.", required=True, choices=JOBS),)
    universe = (
        Param("action", Kind.CHOICE, "What to do.", required=True, choices=("list", "add", "remove")),
        Param("symbol", Kind.TEXT, "The pair, such as XRP/USDT."),
    )
    role = (
        Param("action", Kind.CHOICE, "What to do.", required=True, choices=("list", "set")),
        Param("user", Kind.USER, "Whose role."),
        Param("role", Kind.CHOICE, "The new role.", choices=SETTABLE_ROLES),
    )
    model = (Param("name", Kind.TEXT, "The model to switch to; leave out to see which is used."),)
    rows = (
        Param("rows", Kind.WHOLE, "How many rows, 1 to 100."),
        Param("user", Kind.USER, "Only what this person did."),
    )
    return (
        Command("reindex", "Rebuild the knowledge base.", run["reindex"], scope, admin, True, "any scope but changes"),
        Command("jobs", "The timetable and the last runs.", run["jobs"], (), admin, True),
        Command("runjob", "Run a job now.", run["runjob"], job, admin, True, example="/runjob sync"),
        Command("universe", "The watched markets.", run["universe"], universe, admin, True, "add, remove"),
        Command("role", "Who may do what.", run["role"], role, admin, True, "set"),
        Command("model", "Show or switch the language model.", run["model"], model, admin, True, "a switch"),
        Command("audit", "What admins did, and what was refused.", run["audit"], rows, admin, True),
        Command("health", "Each part, and what to do about it.", run["health"], (), admin, True),
    )


def _for_delivery(run: Mapping[str, Handler]) -> tuple[Command, ...]:
    outbox = (
        Param("action", Kind.CHOICE, "What to do.", required=True, choices=("list", "release", "drop")),
        Param("number", Kind.WHOLE, "The message's number in the list."),
    )
    return (
        Command(
            "outbox",
            "Messages that may not have arrived.",
            run["outbox"],
            outbox,
            Role.ADMIN,
            True,
            "release, drop",
            "/outbox list",
        ),
    )


def _for_listeners(run: Mapping[str, Handler]) -> tuple[Command, ...]:
    symbols = (Param("symbols", Kind.TEXT, "Which markets, such as BTC ETH; all when left out; off ends it."),)
    prefs = (
        Param("whose", Kind.CHOICE, "Yours, or this channel's (admins).", choices=("me", "here")),
        Param("setting", Kind.CHOICE, "What to change; all are shown when left out.", choices=SETTINGS),
        Param("value", Kind.TEXT, "As in BTC ETH, 1h 4h, 55, 22:00-07:00, Europe/Berlin, on; off or all to undo."),
    )
    place = (Param("action", Kind.CHOICE, "What to do.", required=True, choices=("here", "off", "list")),)
    return (
        Command(
            "subscribe",
            "New signals and their life as direct messages.",
            run["subscribe"],
            symbols,
            private=True,
            example="/subscribe BTC ETH",
        ),
        Command(
            "prefs",
            "Which signals you get, when, and the daily digest.",
            run["prefs"],
            prefs,
            example="/prefs quiet 22:00-07:00",
        ),
        Command(
            "broadcast",
            "Send signals to this channel, group or topic.",
            run["broadcast"],
            place,
            Role.ADMIN,
            confirm="here, off",
            example="/broadcast here",
        ),
    )
