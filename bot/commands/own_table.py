"""The commands about what is a person's own: account, trades, portfolio, alerts, and their records."""

from __future__ import annotations

from collections.abc import Mapping

from bot.commands.spec import Command, Handler, Kind, Param
from bot.roles import Role

TRADE_ACTIONS = ("open", "close", "list", "note", "import", "export")
ALERT_ACTIONS = ("add", "list", "remove")
PNL_PERIODS = ("7d", "30d", "90d", "365d", "all")
ACCOUNT_ACTIONS = ("show", "balance", "risk", "style", "shorts")


def own_commands(handlers: Mapping[str, Handler]) -> tuple[Command, ...]:
    """In the order of menus; `handlers` by name, KeyError when one is missing."""
    return (
        *_for_accounts(handlers),
        *_for_portfolios(handlers),
        *_for_privacy(handlers),
        *_for_alerts(handlers),
    )


def _for_accounts(run: Mapping[str, Handler]) -> tuple[Command, ...]:
    trade = (
        Param("action", Kind.CHOICE, "What to do.", required=True, choices=TRADE_ACTIONS),
        Param(
            "details",
            Kind.TEXT,
            "open: market, side, quantity, [entry stop target]; close: id; note: id, text.",
            own=True,
        ),
        Param("file", Kind.FILE, "import: the CSV file, instead of its text."),
    )
    account = (
        Param("action", Kind.CHOICE, "What to show or change.", choices=ACCOUNT_ACTIONS),
        Param("value", Kind.TEXT, "The new value, such as 5000, 1.5, atr or off."),
    )
    return (
        Command(
            "trade",
            "Your paper trades: open, close, list, note, import, export.",
            run["trade"],
            trade,
            Role.TRADER,
            private=True,
            example="/trade open ETH/USDT long 0.5 1550 1500 1650",
        ),
        Command(
            "account",
            "Your paper account: balance, risk, style, shorts.",
            run["account"],
            account,
            private=True,
            confirm="balance, a risk above 5 %",
            example="/account risk 1.5",
        ),
    )


def _for_privacy(run: Mapping[str, Handler]) -> tuple[Command, ...]:
    return (
        Command("export", "Everything that is kept of you, as a file.", run["export"], (), Role.STRANGER, private=True),
        Command(
            "forget",
            "Remove everything that is kept of you.",
            run["forget"],
            (),
            Role.STRANGER,
            private=True,
            confirm="always",
        ),
    )


def _for_alerts(run: Mapping[str, Handler]) -> tuple[Command, ...]:
    alert = (
        Param("action", Kind.CHOICE, "What to do.", choices=ALERT_ACTIONS),
        Param("details", Kind.TEXT, "add: condition, [once | every time, cooldown 4h, expires in 7d]; remove: number."),
    )
    return (
        Command(
            "alert",
            "Be told when a price, indicator, signal or your account does something.",
            run["alert"],
            alert,
            private=True,
            example="/alert add ETH/USDT 1h rsi_14 below 30, every time, cooldown 4h",
        ),
    )


def _for_portfolios(run: Mapping[str, Handler]) -> tuple[Command, ...]:
    period = (Param("period", Kind.CHOICE, "How far back; 30d when left out.", choices=PNL_PERIODS),)
    rebalance = (
        Param("targets", Kind.TEXT, "Such as BTC 40, ETH 30, cash 30, band 3; by risk and 5 points when left out."),
    )
    own = "Your paper portfolio: worth, holdings, buckets, with pictures."
    return (
        Command("portfolio", own, run["portfolio"], private=True),
        Command("positions", "Your open paper trades and what they risk.", run["positions"], private=True),
        Command("pnl", "What your paper trades made.", run["pnl"], period, private=True, example="/pnl 90d"),
        Command(
            "risk", "Value at risk, limits, drawdown and concentration of your account.", run["risk"], private=True
        ),
        Command(
            "rebalance",
            "Orders that would reach target shares; never executed.",
            run["rebalance"],
            rebalance,
            Role.TRADER,
            private=True,
            example="/rebalance BTC 40, ETH 30, cash 30",
        ),
    )
