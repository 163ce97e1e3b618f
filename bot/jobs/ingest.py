"""What changed since the last sweep, into documents, full text and vectors."""

from __future__ import annotations

import asyncio
import logging

from bot.jobs.sync import Progress, silent
from rag.ingest import Ingestor
from signals.errors import DeskmateError

log = logging.getLogger(__name__)
BATCH = 200
LOOK_S = 2.0
AGAIN_S = 60.0


class IngestChanges:
    """Sweeps until nothing is marked any more."""

    def __init__(self, ingestor: Ingestor | None) -> None:
        self._ingestor = ingestor

    async def run(self, progress: Progress = silent) -> int:
        """Records taken up; none where the work is another process's. A damaged index is rebuilt first."""
        total = 0
        if self._ingestor is None:
            return total
        await self._ingestor.mend(lambda done, all_: progress(done, all_, "vectors rebuilt"))
        while taken := await self._ingestor.sweep(BATCH):
            total += taken
            progress(total, total, "documents")
        await self._ingestor.settle()
        return total

    async def keep_whole(self) -> None:
        """Look after the index until cancelled: damage is rebuilt within seconds of being seen."""
        while self._ingestor is not None:
            pause = LOOK_S
            try:
                await self._ingestor.mend()
            except DeskmateError as e:
                log.warning("the index could not be rebuilt, it is tried again: %s", e)
                pause = AGAIN_S
            await asyncio.sleep(pause)
