"""What is watched while Deskmate runs: the settings' symbols with what admins added and took away."""

from __future__ import annotations

from collections.abc import Sequence

from bot.jobs.watch import Watch
from rag.board import Watched
from signals.clock import Clock
from signals.errors import UserError
from storage.changes import UniverseRow, UniverseStore

MOST_SYMBOLS = 200


class Universe:
    """Keeps `watch` and `watched`, which every part of the process reads, equal to what is stored."""

    def __init__(self, watch: Watch, watched: Watched, store: UniverseStore, clock: Clock) -> None:
        self.watch = watch
        self.watched = watched
        self._from_settings = watch.symbols
        self._store = store
        self._clock = clock

    async def load(self) -> tuple[str, ...]:
        """Read the changes and apply them to the whole process; the symbols now watched."""
        rows = await self._store.all()
        added = [row.symbol for row in rows if row.watched]
        gone = {row.symbol for row in rows if not row.watched}
        symbols = tuple(s for s in dict.fromkeys((*self._from_settings, *added)) if s not in gone)
        self.watch.symbols = self.watched.symbols = symbols
        return symbols

    async def change(self, symbol: str, by: str, *, watched: bool) -> tuple[str, ...]:
        """Store and apply a change; UserError when it would leave nothing, or too much, to watch."""
        now = await self.load()
        refuse(symbol, now, watched=watched)
        await self._store.save(UniverseRow(symbol, watched, by, self._clock.now()))
        return await self.load()


def refuse(symbol: str, now: Sequence[str], *, watched: bool) -> None:
    """UserError when the change is none, or leaves nothing or too much to watch."""
    if watched and symbol in now:
        raise UserError(f"{symbol} is watched already.")
    if not watched and symbol not in now:
        raise UserError(f"{symbol} is not watched; watched: {', '.join(now)}.")
    if not watched and len(now) == 1:
        raise UserError(f"{symbol} is the only watched market; add another one first.")
    if watched and len(now) >= MOST_SYMBOLS:
        raise UserError(f"{MOST_SYMBOLS} markets are watched already; remove one first.")
