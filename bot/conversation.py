"""One question in flight per person: what is shown while it is answered, who waits for whom, and Stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from secrets import token_hex

from bot.commands.caller import Caller
from bot.commands.spec import Invocation, Say
from bot.reply import Button, Reply
from rag.recommendation import Progress, Recommendation
from rag.turns import ASKING, Asker
from signals.errors import UserError

log = logging.getLogger(__name__)
MOST_WAITING = 3
LAST_WORD_S = 5.0
WRITING = "The explanation is being written."
Work = Callable[[Progress], Awaitable[Reply]]


class Conversation:
    """Answers questions one after the other for each person, and all persons side by side."""

    def __init__(self) -> None:
        self._lines: dict[str, list[asyncio.Future[None]]] = {}
        self._running: dict[str, tuple[str, Asker]] = {}

    async def answer(self, caller: Caller, say: Say, work: Work) -> Reply:
        """The work's reply, when it is this person's turn; UserError when three questions wait already.

        `say` is shown the place in the line, the card as soon as its numbers are known, and the place at the model.
        """
        line = self._lines.setdefault(caller.owner, [])
        if len(line) > MOST_WAITING:
            raise UserError("Your former questions are still being answered; wait for those first.")
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.append(ended)
        try:
            if line[0] is not ended:
                place = len(line) - 1
                note = "is next" if place == 1 else f"is number {place} in line"
                await _told(say, Reply(text=f"Your former question is still being answered; this one {note}."))
            while line[0] is not ended:
                await asyncio.shield(line[0])
            return await self._run(caller, say, work)
        finally:
            line.remove(ended)
            ended.set_result(None)
            if not line:
                self._lines.pop(caller.owner, None)

    async def stop(self, invocation: Invocation) -> Reply:
        """End the running explanation of a card (`stop:TOKEN`), or of whatever this person asked (`stop:`)."""
        caller, token = invocation.caller, invocation.values.get("id", "")
        mine = {t: asker for t, (owner, asker) in self._running.items() if owner == caller.owner}
        if token and token in self._running and token not in mine:
            raise UserError("Only the one who asked may stop that.")
        chosen = [asker for t, asker in mine.items() if token in ("", t)]
        if not chosen:
            raise UserError("Nothing is being explained any more.")
        for asker in chosen:
            asker.stopped.set()
        return Reply(text="Stopped; the card keeps the words of the rules.", private=True)

    async def _run(self, caller: Caller, say: Say, work: Work) -> Reply:
        token = token_hex(6)
        shown = _Shown(say, token)
        asker = Asker(caller.owner, shown.told, shown.words)
        self._running[token] = (caller.owner, asker)
        context = ASKING.set(asker)
        teller = asyncio.create_task(shown.keep_telling())
        try:
            return await work(shown.card)
        finally:
            ASKING.reset(context)
            del self._running[token]
            await shown.end(teller)


class _Shown:
    """What the asker sees meanwhile; the newest state wins, and nothing is said after the end."""

    def __init__(self, say: Say, token: str) -> None:
        self._say = say
        self._stop = Button("Stop", f"stop:{token}")
        self._cards: dict[tuple[str | None, str | None], Recommendation] = {}
        self._place = 0
        self._words = ""
        self._news = asyncio.Event()
        self._ended = False

    async def card(self, recommendation: Recommendation) -> None:
        """A rules-only card that a model may still explain."""
        self._cards[recommendation.symbol, recommendation.timeframe] = recommendation
        self._place, self._words = 0, ""
        self._news.set()

    def words(self, text: str) -> None:
        """The checked sentences so far."""
        self._place, self._words = 0, text
        self._news.set()

    def told(self, place: int) -> None:
        """The place in the model's queue."""
        self._place = place
        self._news.set()

    async def keep_telling(self) -> None:
        """Say what is new until the end."""
        while not self._ended:
            await self._news.wait()
            self._news.clear()
            if not self._ended:
                await _told(self._say, self._reply())

    async def end(self, teller: asyncio.Task[None]) -> None:
        """Let what is being said be finished, within a bound."""
        self._ended = True
        self._news.set()
        await asyncio.wait((teller,), timeout=LAST_WORD_S)
        teller.cancel()
        with suppress(asyncio.CancelledError):
            await teller

    def _reply(self) -> Reply:
        note = f"The explanation is being written: {self._words} ..." if self._words else WRITING
        if self._place:
            note = f"Place {self._place} in the queue for the explanation."
        return Reply(recommendations=tuple(self._cards.values()), notes=(note,), buttons=(self._stop,))


async def _told(say: Say, reply: Reply) -> None:
    try:
        await say(reply)
    except Exception:
        log.exception("progress could not be shown")
