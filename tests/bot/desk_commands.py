"""Commands for tests of the platforms: every command of the table, answered by what the test gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.commands.boundary import Act, Boundary
from bot.commands.registry import Commands, Press
from bot.commands.spec import Handler, Invocation
from bot.commands.table import every_command
from bot.reply import Reply
from bot.roles import Role

NAMES = (  # noqa: SIM905 - shorter to read
    "ask signal signals why similar chart indicator size news backtest trackrecord help status link "
    "reindex jobs runjob universe role model audit health outbox "
    "subscribe prefs broadcast "
    "trade account "
    "portfolio positions pnl risk rebalance "
    "export forget "
    "alert"
).split()
PRESSES = {
    "take": "Take", "why": "Why", "chart": "Chart", "backtest": "Backtest", "similar": "Similar", "refresh": "Refresh",
    "sources": "Sources", "stop": "Stop", "yes": "Yes", "no": "No",
}  # fmt: skip


class OpenBoundary(Boundary):
    """Lets everybody pass, once per event; values stay as they were given."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, str]] = set()

    async def admitted(self, act: Act, invocation: Invocation) -> Invocation | Reply:
        event = (invocation.caller.platform, invocation.event_id)
        if event in self.seen:
            return Reply(repeat=True, private=True)
        self.seen.add(event)
        return replace(invocation, caller=replace(invocation.caller, role=Role.OWNER))

    async def _done(self, act: Act, invocation: Invocation, handler: Handler) -> Reply:
        return await handler(invocation)


def stand_in_commands(
    handlers: Mapping[str, Handler] | None = None,
    suggest: Callable[[str, str], Sequence[str]] = lambda _command, _param: ("BTC/USDT", "ETH/USDT", "SOL/USDT"),
) -> Commands:
    """A registry whose commands (`signal`) and buttons (`why:`) reply what the given handlers say, else their name."""
    given = handlers or {}
    runs = {name: given.get(name, _named(name)) for name in NAMES}
    presses = [Press(name, label, given.get(f"{name}:", _named(f"{name}:"))) for name, label in PRESSES.items()]
    return Commands(every_command(runs, ("1h", "4h", "1d")), presses, OpenBoundary(), suggest)


def _named(name: str) -> Handler:
    async def handler(invocation: Invocation) -> Reply:
        return Reply(text=f"{name} {dict(invocation.values)}")

    return handler
