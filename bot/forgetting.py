"""Takes a person out of the database, the index and every copy in the data folder, and finishes what was cut short."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.backups import Place, copies_in, rewritten_in
from bot.jobs.archive import FOLDER as ARCHIVE
from bot.jobs.archive import unname
from rag.index.folder import IndexFolder
from rag.index.port import IndexUnusableError
from rag.ingest import Ingestor
from signals.clock import Clock
from signals.errors import TemporaryError, UserError
from storage.audit import AuditEntry
from storage.stores import Stores

log = logging.getLogger(__name__)
INDEX = "index"
ELSEWHERE = "the index is another process's, which takes the rest away within some minutes"


@dataclass(frozen=True, slots=True)
class Forgot:
    """Rows removed by table, backups rewritten, files of former restores that were left alone, and what is to come.

    `later` is empty when every byte is gone already.
    """

    rows: Mapping[str, int]
    copies: int
    aside: tuple[str, ...]
    later: str


class Forgetting:
    """`ingestor` gives None where another process owns the index; `clock` is the wall's. One works at a time."""

    def __init__(
        self, stores: Stores, place: Place, ingestor: Callable[[], Awaitable[Ingestor | None]], clock: Clock
    ) -> None:
        self._stores = stores
        self._clock = clock
        self._place = place
        self._data_dir = place.data_dir
        self._ingestor = ingestor

    async def forget(self, accounts: Sequence[str], line: AuditEntry) -> Forgot:
        """Remove everything of the person with these accounts; `line` is what stays.

        The rows go in one transaction. Bytes that cannot be overwritten at once are by `finish`, a restart in between
        included.
        """
        personal, ingestor = self._stores.personal, await self._ingestor()

        async def remove() -> dict[str, int]:
            return await personal.remove(accounts, line)

        async with self._stores.database.copying:
            rows = await (remove() if ingestor is None else ingestor.forget(remove))
            copies, later = await self._overwritten(ingestor)
        _, aside = copies_in(self._place)
        if aside:
            log.warning("set aside by a restore, and not rewritten by /forget: %s", ", ".join(p.name for p in aside))
        return Forgot(rows, copies, tuple(path.name for path in aside), later)

    async def finish(self) -> str:
        """Carry a removal that was cut short to its end; what is still in the way, empty when nothing is."""
        if not await self._stores.personal.unfinished():
            return ""
        async with self._stores.database.copying:
            _, later = await self._overwritten(await self._ingestor())
        return later

    async def _overwritten(self, ingestor: Ingestor | None) -> tuple[int, str]:
        personal = self._stores.personal
        if not (accounts := await personal.unfinished()):
            return 0, ""
        rewritten = 0
        try:
            rewritten = await rewritten_in(copies_in(self._place)[0], lambda copy: personal.rewrite(copy, accounts))
            await asyncio.to_thread(unname, self._data_dir / ARCHIVE, accounts)
            if ingestor is None:
                await personal.scrub()
                return rewritten, ELSEWHERE
            await self._compact(ingestor)
            await personal.finish(self._clock.now())
        except (TemporaryError, UserError, IndexUnusableError) as e:
            log.warning("a removal is not finished: %s", e)
            return rewritten, str(e)
        return rewritten, ""

    async def _compact(self, ingestor: Ingestor) -> None:
        """An index that cannot be used is removed: `deskmate reindex`, or the daily check, makes a new one."""
        if ingestor.has_index:
            await ingestor.compact()
        elif (folder := self._data_dir / INDEX).is_dir():
            await asyncio.to_thread(_emptied, folder)


def _emptied(folder: Path) -> None:
    owned = IndexFolder(folder)
    try:
        owned.empty()
    finally:
        owned.close()
