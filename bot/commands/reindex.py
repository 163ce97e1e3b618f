"""Rebuilding the knowledge base from the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from bot.jobs.sync import Progress
from bot.reply import Reply
from rag.ingest import Ingestor
from rag.ingest_parts import EVERYTHING, Part
from rag.recommendation import to_json
from rag.truth import TYPES
from signals.errors import UserError
from signals.universe import names_of
from storage.values import SHARED, scope_of

CHANGES = "changes"
SCOPES = (CHANGES, "all", "shared", "mine", *TYPES)


def part_of(scope: str, symbols: Sequence[str], owner: str) -> Part:
    """What a scope in words means; `mine` is the owner's own. UserError for another word."""
    names = tuple(name for symbol in symbols for name in names_of(symbol))
    if scope not in SCOPES or scope == CHANGES:
        raise UserError(f"The scope is one of {', '.join(SCOPES)}, not {scope!r}.")
    if scope in TYPES:
        return Part(types=(scope,), symbols=names)
    return Part(scope={"shared": SHARED, "mine": scope_of(owner)}.get(scope), symbols=names)


def part_words(part: Part) -> str:
    """`signal documents of ETH/USDT`; `everything`."""
    kind = part.types[0].replace("_", " ") if part.types else ""
    whose = {None: "", SHARED: "shared"}.get(part.scope, "your own")
    about = f" of {part.symbols[0]}" if part.symbols else ""
    said = " ".join(word for word in (whose, kind, "documents") if word) + about
    return "everything" if part.whole else f"all {said}"


class ReindexKnowledge:
    """SQL is the truth: documents, full text and vectors are made anew from it."""

    def __init__(self, ingestor: Ingestor) -> None:
        self._ingestor = ingestor

    async def __call__(self, progress: Progress, part: Part = EVERYTHING) -> Reply:
        """What was rebuilt, and whether the id sets of SQL and index are equal afterwards."""
        report = await self._ingestor.reindex(lambda done, total: progress(done, total, "documents"), part)
        check = await self._ingestor.check()
        ids = "the index holds the same ids as SQL" if check.equal else "the index differs from SQL"
        only = "" if part.whole else f" (rendered and embedded anew: {part_words(part)})"
        text = f"Rebuilt {report.documents} documents and {report.vectors} vectors{only}; {check.note or ids}."
        data = {"report": to_json(asdict(report)), "check": to_json(asdict(check)) | {"equal": check.equal}}
        return Reply(text=text, data=data, private=True, error=not check.equal)
