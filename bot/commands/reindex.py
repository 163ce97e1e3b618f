"""Rebuilding the knowledge base from the database."""

from __future__ import annotations

from dataclasses import asdict

from bot.jobs.sync import Progress
from bot.reply import Reply
from rag.ingest import Ingestor
from rag.recommendation import to_json


class ReindexKnowledge:
    """SQL is the truth: documents, full text and vectors are made anew from it."""

    def __init__(self, ingestor: Ingestor) -> None:
        self._ingestor = ingestor

    async def __call__(self, progress: Progress) -> Reply:
        """What was rebuilt, and whether the id sets of SQL and index are equal afterwards."""
        report = await self._ingestor.reindex(lambda done, total: progress(done, total, "documents"))
        check = await self._ingestor.check()
        ids = "the index holds the same ids as SQL" if check.equal else "the index differs from SQL"
        text = f"Rebuilt {report.documents} documents and {report.vectors} vectors; {check.note or ids}."
        data = {"report": to_json(asdict(report)), "check": to_json(asdict(check)) | {"equal": check.equal}}
        return Reply(text=text, data=data, private=True, error=not check.equal)
