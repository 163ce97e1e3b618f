"""Why: each vote with its numbers, the evidence with its dates, and what changed since the signal before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.amounts import watched_symbol
from bot.commands.cards import Cards
from bot.commands.room import Room
from bot.commands.spec import Invocation
from bot.commands.standing import Standing, changes, of_issued, of_payload, score
from bot.reply import Reply, Table
from bot.wording import number, when
from rag.lessons import lessons_of
from rag.recommendation import Source
from signals.clock import to_ms
from signals.errors import UserError
from signals.model import Issued
from signals.universe import names_of
from storage.values import Document, DocumentFilter, LoggedRecommendation

EVIDENCE = 5
MOST_FORMER = 50
INSTANT = timedelta(milliseconds=1)


class Why:
    """Explains a card, an issued signal, or the newest signal of a market, from what is stored."""

    def __init__(self, room: Room, cards: Cards) -> None:
        self._room = room
        self._cards = cards

    async def command(self, invocation: Invocation) -> Reply:
        """`signal` is a market, a signal's id or a card's id; without it the asker's newest card."""
        text = invocation.values.get("signal", "")
        if not text:
            newest = await self._room.stores.recommendations.of_owner(
                invocation.caller.owner, 1, self._room.clock.now()
            )
            if not newest:
                raise UserError("You have asked for no recommendation yet: name a market, as in /why ETH/USDT.")
            return await self._of_card(replace(invocation, values={"id": newest[0].recommendation_id}))
        issued = await self._room.stores.signals.get(text)
        if issued is not None and issued.signal.known_at <= self._room.clock.now():
            return await self._of_signal(issued, invocation)
        if await self._room.stores.recommendations.get(text) is not None:
            return await self._of_card(replace(invocation, values={"id": text}))
        return await self._of_market(watched_symbol(text, self._room.watch.symbols), invocation)

    async def button(self, invocation: Invocation) -> Reply:
        """The card, or the broadcast signal, whose button was pressed."""
        issued = await self._cards.broadcast(invocation, self._room.clock.now())
        return await (self._of_card(invocation) if issued is None else self._of_signal(issued, invocation))

    async def _of_market(self, symbol: str, invocation: Invocation) -> Reply:
        issued = await self._room.stores.signals.newest(names_of(symbol), None, self._room.clock.now())
        if issued is None:
            raise UserError(f"No signal was issued for {symbol} yet; /signal {symbol} shows how it stands now.")
        return await self._of_signal(issued, invocation)

    async def _of_signal(self, issued: Issued, invocation: Invocation) -> Reply:
        signal = issued.signal
        former = await self._before(signal.series.symbol, issued)
        text = (
            f"{signal.series.symbol} {signal.series.timeframe} at {when(signal.known_at)}: "
            f"{_spaced(signal.action.value)}, because {signal.reason}."
        )
        steps = await self._room.stores.signals.transitions(issued.signal_id, self._room.clock.now())
        if steps:
            text += " Since then: " + ", ".join(f"{s.state} at {number(s.price)} ({when(s.at)})" for s in steps) + "."
        about = (signal.series.symbol, signal.series.timeframe.value)
        sources = await self._evidence(about, invocation.caller.scopes, signal.known_at)
        now = await self._standing(issued)
        earlier = None if former is None else await self._standing(former)
        lessons = await lessons_of(self._room.stores, signal, signal.known_at)
        notes = changes(now, earlier) + tuple(f"{lesson.text}." for lesson in lessons)
        return Reply(text, tables=_tables(now, earlier), sources=sources, notes=notes)

    async def _of_card(self, invocation: Invocation) -> Reply:
        logged = await self._cards.pressed(invocation)
        card = logged.payload
        stand, former = of_payload(card, logged.as_of), await self._before_card(logged, invocation)
        sources = tuple(Source(**(s | {"at": datetime.fromisoformat(s["at"])})) for s in logged.sources)
        text = (
            f"{logged.symbol or 'That'} at {when(logged.as_of)}: {_spaced(card['action'])}, because {card['reason']}."
        )
        private = not invocation.caller.private and await self._cards.is_private(logged.recommendation_id)
        notes = changes(stand, former) + tuple(f"{f['text']}." for f in logged.facts if f["key"] == "lesson")
        return Reply(text, tables=_tables(stand, former), sources=sources, notes=notes, private=private)

    async def _standing(self, issued: Issued) -> Standing:
        signal = issued.signal
        if signal.bar_open_at is None:
            return of_issued(issued, {})
        return of_issued(issued, await self._room.stores.indicators.at(signal.series, to_ms(signal.bar_open_at)))

    async def _before_card(self, logged: LoggedRecommendation, invocation: Invocation) -> Standing | None:
        """The asker's recommendation for the market before this one, else the issued signal before it.

        Others, and everybody where others read along, are shown the signal: what one asked before is one's own.
        """
        if logged.symbol is None:
            return None
        caller, names = invocation.caller, names_of(logged.symbol)
        if caller.private and caller.owner == logged.owner:
            for one in await self._room.stores.recommendations.of_owner(
                logged.owner, MOST_FORMER, self._room.clock.now()
            ):
                same = one.symbol in names and one.payload.get("timeframe") == logged.payload.get("timeframe")
                if same and one.as_of < logged.as_of and one.payload.get("votes"):
                    return of_payload(one.payload, one.as_of)
        newest = await self._room.stores.signals.newest(names, None, logged.as_of)
        issued = await self._at_timeframe(logged, newest)
        return None if issued is None else await self._standing(issued)

    async def _at_timeframe(self, logged: LoggedRecommendation, newest: Issued | None) -> Issued | None:
        """The issued signal before the card's bar, on the card's timeframe."""
        timeframe, symbol, at = logged.payload.get("timeframe"), logged.symbol, logged.payload.get("price_at")
        if newest is None or timeframe is None or symbol is None or at is None:
            return None
        known = datetime.fromisoformat(at) - INSTANT
        return await self._room.stores.signals.newest(
            names_of(symbol), type(newest.signal.series.timeframe)(timeframe), known
        )

    async def _before(self, symbol: str, issued: Issued) -> Issued | None:
        at = issued.signal.known_at - INSTANT
        return await self._room.stores.signals.newest(names_of(symbol), issued.signal.series.timeframe, at)

    async def _evidence(self, about: tuple[str, str], scopes: tuple[str, ...], at: datetime) -> tuple[Source, ...]:
        where = DocumentFilter(scopes, at, symbols=names_of(about[0]), timeframes=(about[1],))
        return numbered(await self._room.stores.documents.find(where, limit=EVIDENCE))


def _tables(now: Standing, former: Standing | None) -> tuple[Table, ...]:
    if not now.votes:
        return ()
    if former is None:
        plain = tuple((v.voter, score(v.score), f"{v.weight:.2f}", v.reason) for v in now.votes)
        return (Table("Votes", ("vote", "score", "weight", "because"), plain),)
    before = {vote.voter: vote.score for vote in former.votes}
    rows = tuple((v.voter, score(v.score), score(before.get(v.voter)), f"{v.weight:.2f}", v.reason) for v in now.votes)
    return (Table("Votes", ("vote", "score", "before", "weight", "because"), rows),)


def numbered(documents: Sequence[Document]) -> tuple[Source, ...]:
    """Documents as sources [1], [2] and so on."""
    return tuple(Source(n, d.doc_id, d.type, d.at, d.trust, d.text) for n, d in enumerate(documents, start=1))


def _spaced(action: str) -> str:
    return action.replace("_", " ")
