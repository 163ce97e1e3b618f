"""Bad values for every parameter of every command of the table: a clear line, and nothing is changed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bot.commands.spec import Command, Kind, Param
from bot.commands.table import every_command
from storage.tables import metadata
from tests.bot.chat_world import OWNER, TRADER, VIEWER, World
from tests.bot.desk_commands import NAMES
from tests.bot.paper_talk import trading

CRASHED = "The operator finds it in the log"
PRICES = ("candles", "candle_revisions", "indicator_values")  # nothing here writes any: counted, not read
LOGGED = ("audit_log", "inbound")
MONEY = ("trade", "account")  # their words are tried below
READING = ("ask", "chart")  # any words are a question, or name no indicator: never an error of theirs to change things
BAD = {
    "negative": "-5", "zero": "0", "huge": 400 * "9", "full-width": "１２３", "underscored": "1_000",
    "nan": "NaN",
    "infinite": "Infinity", "exponent": "1e3", "unknown symbol": "DOGE/USDT", "blank": "   ", "long": "x" * 2000,
    "control": "\x00\x1b[31m\x07", "bidi": "\u202e\u2066live\u2069",
    "markup": "<@1> @everyone `'; DROP TABLE trades;--",
    "template": "{0.__class__} %s ${HOME}", "somebody else's account": "discord:3", "somebody else's trade": "#t1",
}  # fmt: skip
USEFUL = {"symbol": "ETH/USDT", "name": "rsi", "question": "should I buy ETH?"}
FREE = {  # words that are somebody's to choose, in which a bad value is the value of a figure
    "trade": (
        "open {}", "open ETH long {}", "open ETH long 0.5 {}", "open ETH long 0.5 1500 {}", "open ETH {} 1", "close {}",
        "close 1 {}", "close 1 0.1 {}", "list {}", "note {}", "import {}", "export {}",
    ),
    "account": ("balance {}", "risk {}", "style {}", "shorts {}", "show {}", "{} 1"),
    "alert": ("{}", "add {}", "remove {}", "ETH price above {}", "add ETH price above {}", "mute {}"),
}  # fmt: skip


def commands() -> tuple[Command, ...]:
    return every_command(dict.fromkeys(NAMES, _unused), ("1h", "4h"))


async def _unused(_invocation: object) -> object:
    raise AssertionError


async def state(world: World) -> dict[str, tuple[int, str]]:
    """Rows and a hash of every table but what every event writes."""
    found = {}
    async with world.stores.database.read() as conn:
        for name, table in metadata.tables.items():
            if name in PRICES:
                found[name] = (await conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0, "")
            elif name not in LOGGED:
                rows = sorted(str(row) for row in await conn.execute(sa.select(table)))
                found[name] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


def filled(params: tuple[Param, ...], bad: Param, value: str) -> dict[str, str]:
    """Good values for what is required, and the bad one."""
    values = {p.name: p.choices[0] if p.choices else USEFUL.get(p.name, "1") for p in params if p.required}
    return values | {bad.name: value}


def tries(command: Command) -> Iterator[dict[str, str]]:
    """Values of one command with one bad among them."""
    for value in BAD.values():
        for param in command.params:
            if param.kind is not Kind.TEXT:
                yield filled(command.params, param, value)
        for words in FREE.get(command.name, ()) if command.name not in MONEY else ():
            names = [param.name for param in command.params]
            yield dict(
                zip(names, words.format(value).split(" ", 1) if len(names) > 1 else [words.format(value)], strict=False)
            )
        if command.name not in (*FREE, *READING):
            yield from (filled(command.params, p, value) for p in command.params if p.kind is Kind.TEXT)
        yield {"surplus": value}


@pytest.mark.parametrize("name", [command.name for command in commands() if command.name not in READING])
async def test_bad_values_are_refused_in_words_and_change_nothing(world: World, name: str) -> None:
    command = next(command for command in world.commands.all if command.name == name)
    await trading(world, "open eth long 0.5", caller=TRADER)
    before = await state(world)

    for values in tries(command):
        reply = await world.commands.run(name, world.invocation(OWNER, values))
        assert CRASHED not in reply.text, values
        assert reply.text or reply.tables or reply.recommendations, values
        assert re.search(r"[\x00-\x08\x1b\u202e\u2066]", reply.text) is None, values
        if reply.error:
            assert len(reply.text) < 700, values
        if name not in CHANGING:
            continue
        if reply.error:
            assert await state(world) == before, values
        else:
            before = await state(world)
    if name not in CHANGING:
        assert await state(world) == before


CHANGING = frozenset(
    {
        "signal",
        "backtest",
        "why",
        "link",
        "reindex",
        "runjob",
        "size",
        "trade",
        "account",
        "alert",
        "subscribe",
    }
)  # what good words among the bad ones may do: a card, a code, a job; never by an error


@pytest.mark.parametrize("kind", BAD)
async def test_bad_money_changes_no_account_and_no_trade(world: World, kind: str) -> None:
    await trading(world, "open eth long 0.5")
    before = await state(world)

    for words in FREE["trade"]:
        if kind in ("blank", "zero") or (words, kind) in VALID:
            continue
        action, _, details = words.format(BAD[kind]).partition(" ")
        reply = await world.run(TRADER, "trade", action=action, details=details)
        assert reply.error or action == "list", (words, reply.text)
        assert await state(world) == before, words
    for words in FREE["account"][:5]:
        if (words, kind) in VALID:
            continue
        action, _, value = words.format(BAD[kind]).partition(" ")
        reply = await world.run(TRADER, "account", action=action, value=value)
        assert reply.error or reply.confirm is not None or not value.strip(), (words, reply.text)
        assert await state(world) == before, words


VALID = {
    ("close {}", "somebody else's trade"),  # #t1 is the trader's own here: everybody's trades are numbered from 1
    ("list {}", "somebody else's trade"),
}


async def test_somebody_else_s_trade_and_card_are_not_to_be_had(world: World) -> None:
    await trading(world, "open eth long 0.5")
    card = await world.run(TRADER, "signal", symbol="ETH/USDT")
    before = await state(world)

    for words in ("close 1", "close #t1 0.1", "note 1 mine now", "list 1"):
        reply = await trading(world, words, caller=OWNER)
        assert reply.error
        assert "no trade #t1" in reply.text
    for button in card.buttons:
        assert (await world.press(VIEWER, button.action)).error
    assert await state(world) == before
