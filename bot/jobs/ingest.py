"""What changed since the last sweep, into documents, full text and vectors."""

from __future__ import annotations

from bot.jobs.sync import Progress, silent
from rag.ingest import Ingestor

BATCH = 200


class IngestChanges:
    """Sweeps until nothing is marked any more."""

    def __init__(self, ingestor: Ingestor | None) -> None:
        self._ingestor = ingestor

    async def run(self, progress: Progress = silent) -> int:
        """Records taken up; none where the work is another process's."""
        total = 0
        if self._ingestor is None:
            return total
        while taken := await self._ingestor.sweep(BATCH):
            total += taken
            progress(total, total, "documents")
        return total
