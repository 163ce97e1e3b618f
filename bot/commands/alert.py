"""Alerts: set by a line, listed, removed. The answer is private; nothing heavy is computed here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from hashlib import sha256

from bot.alerts.grammar import Grammar, Wish, usage
from bot.alerts.sources import Sources
from bot.alerts.words import command, describe, fired_line, sentence
from bot.commands.room import Room
from bot.commands.spec import Handler, Invocation
from bot.confirmations import Confirmations
from bot.jobs.alert_accounts import is_true, read_account
from bot.jobs.alert_columns import column_of
from bot.paper.words import shown
from bot.reply import Reply, Table
from bot.roles import Role
from bot.wording import number, when
from rag.paper import paper_money
from signals import catalogue
from signals.alerts import Condition, Kind, sources_of
from signals.clock import to_ms
from signals.errors import DataError, UserError
from signals.indicators import compute
from signals.model import Candles, Market
from storage.alerts import MOST_ALERTS, Alert

SAMPLE_BARS = 300
ALREADY = "So it is true already: it fires when it has been untrue and becomes true again."
_WISH = re.compile(
    r"(?:(?:please|can you|could you|hey|deskmate)[\s,]+)*"
    r"(?:set (?:an )?alert|alert|notify|tell|ping|warn|message|remind)(?:\s+me)?\s+"
    r"(?:when|if|once|as soon as|whenever|each time|every time)\s+(.{3,200}?)[\s?!.]*",
    re.IGNORECASE | re.DOTALL,
)
_PRICE_OF = re.compile(r"^(?:the\s+)?price\s+(?:of|for)\s+(\S+)", re.IGNORECASE)
_ARTICLES = re.compile(r"^(?:the|there\s+is|i\s+have|my)\s+", re.IGNORECASE)


class Alerts:
    """What a person does here changes their own alerts and nothing else."""

    def __init__(self, room: Room, confirm: Confirmations) -> None:
        self._room = room
        self._confirm = confirm
        self._by_action: Mapping[str, Callable[[Invocation, str], Awaitable[Reply]]] = {
            "add": self._add,
            "list": self._list,
            "remove": self._remove,
        }

    async def command(self, invocation: Invocation) -> Reply:
        """By `action`, with the rest as `details`."""
        action, details = invocation.values.get("action", "list"), invocation.values.get("details", "").strip()
        return await self._by_action[action](invocation, details)

    def asked(self, otherwise: Handler) -> Handler:
        """The handler of questions: words that ask for an alert are taken here, all others by `otherwise`."""

        async def handler(invocation: Invocation) -> Reply:
            reply = await self.wish(invocation, invocation.values["question"])
            return await otherwise(invocation) if reply is None else reply

        return handler

    async def wish(self, invocation: Invocation, text: str) -> Reply | None:
        """A question whether to set the alert that plain words ask for; None when they ask for none.

        Where the words do not say enough, the line to write.
        """
        line = wish_line(text)
        if line is None:
            return None
        try:
            wish = await self._read(line)
        except UserError as e:
            told = f"An alert is set with /alert add and its condition. Of {shown(line)}: {e}"
            return Reply(told, error=True, private=invocation.caller.private)

        async def then(confirmed: Invocation) -> Reply:
            return await self._kept(confirmed, wish)

        words = sentence(self._alert(invocation, wish))
        question = f"Set this alert? {words}. The same by command: {command(line)}"
        return self._confirm.ask(invocation.caller, question, (f"alert add {line}"[:120], Role.VIEWER), then)

    async def _add(self, invocation: Invocation, details: str) -> Reply:
        if not details:
            raise UserError(f"/alert add needs a condition: {usage()}")
        return await self._kept(invocation, await self._read(details))

    async def _read(self, line: str) -> Wish:
        watch = self._room.watch
        grammar = Grammar(watch.symbols, watch.timeframes, Sources(catalogue.names))
        return await asyncio.to_thread(grammar.read, line, self._room.clock.now())

    async def _kept(self, invocation: Invocation, wish: Wish) -> Reply:
        condition, notes = wish.condition, list[str]()
        if condition.kind in (Kind.LEVEL, Kind.MOVE):
            condition, notes = await self._about_market(condition)
        alert = self._alert(invocation, replace(wish, condition=condition))
        if condition.kind is Kind.ACCOUNT:
            alert, notes = await self._about_account(alert)
        kept = await self._room.stores.alerts.add(alert)
        text = f"Alert {kept.number} is set: {sentence(kept)}."
        if condition.kind is Kind.SIGNAL and condition.right:
            notes.append("Signals whose confidence is not calibrated yet do not count.")
        if condition.kind is not Kind.ACCOUNT:
            notes.append("It looks at closed bars from now on, and fires when this becomes true.")
        return Reply(text, notes=tuple(notes), private=True)

    async def _about_market(self, condition: Condition) -> tuple[Condition, list[str]]:
        """The condition, checked against a few stored bars; what is true of it now."""
        market = Market(condition.symbol, self._room.market({"symbol": condition.symbol}).timeframe)
        if condition.timeframe is not None:
            market = Market(condition.symbol, condition.timeframe)
        now = self._room.clock.now()
        series = await self._room.desk.series_of(market, now)
        bars = await self._room.stores.candles.newest(series, SAMPLE_BARS, until_ms=to_ms(now))
        if not len(bars):
            return condition, [f"There are no candles of {market} yet; it is looked at as soon as there are."]
        if sources_of(condition):
            await asyncio.to_thread(_try, condition, bars)
        notes = [f"The last close is {number(float(bars.close[-1]))}, of {when(bars.closed_at())}."]
        if condition.is_price and condition.test.value in ("above", "below"):
            above = float(bars.close[-1]) > float(condition.right)
            if above == (condition.test.value == "above"):
                notes.append(ALREADY)
        return condition, notes

    async def _about_account(self, alert: Alert) -> tuple[Alert, list[str]]:
        """The alert with the state of now, so that what comes true next is noticed; what is true of it now."""
        now = self._room.clock.now()
        paper = await paper_money(self._room.stores, alert.owner, now, self._room.account.balance)
        reading = read_account(alert.condition, paper, alert.memory)
        every = min(self._room.watch.timeframes, key=lambda one: one.ms)
        notes = [f"Your account is looked at with every closed bar of {every}."]
        if reading.value is None:
            return replace(alert, memory=reading.memory), notes
        true = is_true(alert.condition, reading.value)
        notes.append(f"It stands at {reading.words} now.{f' {ALREADY}' if true else ''}")
        return replace(alert, state=1 if true else -1, memory=reading.memory), notes

    def _alert(self, invocation: Invocation, wish: Wish) -> Alert:
        caller, now, options = invocation.caller, self._room.clock.now(), wish.options
        key = sha256(f"{caller.identity} {invocation.event_id}".encode()).hexdigest()[:16]
        return Alert(
            f"alert-{key}", caller.owner, wish.condition, now, options.expires_at, now, options.repeats,
            options.cooldown_s,
        )  # fmt: skip

    async def _list(self, invocation: Invocation, details: str) -> Reply:
        if details:
            raise UserError(
                f"{shown(details)} does not fit; write /alert list, /alert add CONDITION or /alert remove NUMBER"
            )
        owner, store = invocation.caller.owner, self._room.stores.alerts
        active, fired = await store.of_owner(owner), await store.firings(owner)
        if not active and not fired:
            return Reply("You have no alerts. Set one: /alert add BTC/USDT price above 70000", private=True)
        tables = []
        if active:
            rows = tuple((str(one.number), sentence(one), _last(one)) for one in active)
            tables.append(Table("Active alerts", ("no.", "what", "last told"), rows))
        if fired:
            of = {number_: await store.numbered(number_, owner) for number_ in {n for n, _ in fired}}
            lines = tuple((str(n), fired_line(alert, one)) for n, one in fired if (alert := of[n]) is not None)
            tables.append(Table("What came true, newest first", ("no.", "when and what"), lines))
        text = f"{len(active)} of at most {MOST_ALERTS} alert(s) active."
        return Reply(text, tables=tuple(tables), private=True)

    async def _remove(self, invocation: Invocation, details: str) -> Reply:
        owner, store = invocation.caller.owner, self._room.stores.alerts
        active = await store.of_owner(owner)
        wanted = details.lower().removeprefix("alert").strip().removeprefix("#")
        numbers = [one.number for one in active]
        if wanted != "all":
            if not re.fullmatch(r"[0-9]{1,6}", wanted, re.ASCII):
                raise UserError(f"{shown(details)} is not a number of an alert: write /alert remove 3, or all")
            if int(wanted) not in numbers:
                mine = f"yours: {', '.join(map(str, numbers))}" if numbers else "you have none"
                raise UserError(f"you have no active alert {int(wanted)}; {mine}")
            numbers = [int(wanted)]
        if not numbers:
            raise UserError("you have no alerts to remove")
        removed = await store.remove(numbers, owner, self._room.clock.now())
        one = next(alert for alert in active if alert.number == numbers[0])
        text = f"Alert {one.number} is removed: {describe(one.condition)}."
        return Reply(text if wanted != "all" else f"{removed} alert(s) removed.", private=True)


def ask_in_chat(text: str) -> Reply | None:
    """Where one question is answered and nothing is kept on: the command for words that ask for an alert."""
    line = wish_line(text)
    if line is None:
        return None
    return Reply(f"Alerts are set in a chat: deskmate chat, then {command(line)}", error=True)


def wish_line(text: str) -> str | None:
    """The condition in plain words such as `alert me when BTC breaks 70k`; None for other words."""
    found = _WISH.fullmatch(text.strip())
    if found is None:
        return None
    line = _PRICE_OF.sub(r"\1 price", found[1].strip())
    line = _ARTICLES.sub("", line)
    every = re.search(r"(?i)\b(whenever|each time|every time)\b", text[: found.start(1)])
    return f"{line}, every time" if every else line


def _try(condition: Condition, bars: Candles) -> None:
    frame = compute(bars)
    try:
        for source in sources_of(condition):
            column_of(source, frame)
    except DataError as e:
        if len(bars) >= SAMPLE_BARS:
            raise UserError(f"this indicator gives no value per bar, so no alert can use it ({e})") from e


def _last(alert: Alert) -> str:
    return when(alert.fired_at) if alert.fired_at is not None else "never"
