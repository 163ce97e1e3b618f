"""Retrieval measured on a file of questions."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from bot.parts.knowledge import open_embedder
from bot.reply import Reply, Table
from bot.settings import Settings
from rag.evaluation.retrieval import Report, run
from rag.weights import EmbeddingModelError

COLUMNS = ("kind", "questions", "hit@7", "MRR", "recall@7", "nDCG@7")


async def evaluate_retrieval(settings: Settings, records: Path, questions: Path, *, ablation: bool = False) -> Reply:
    """Fill a throw-away store with the records and ask every question; of the data folder only the model is used.

    UserError for a file that cannot be read.
    """
    notes: tuple[str, ...] = ()
    try:
        embedder = await asyncio.to_thread(open_embedder, settings)
    except EmbeddingModelError as e:
        embedder, notes = None, (f"Measured by filters and full text only. {e}",)
    with tempfile.TemporaryDirectory(prefix="deskmate-eval-") as folder:
        report = await run(records, questions, Path(folder), embedder, ablation=ablation)
    tables = [Table("Retrieval", COLUMNS, report.rows())]
    if ablation:
        rows, kinds = report.ablation_rows(), tuple(kind for kind, _ in report.kinds)
        tables.append(Table("What each part is worth", ("way", *COLUMNS[2:]), tuple(row[:5] for row in rows)))
        tables.append(Table("The same, hit@7 by kind", ("way", *kinds), tuple((row[0], *row[5:]) for row in rows)))
    return Reply(text=_told(report), tables=tuple(tables), notes=notes, data=report.as_dict())


def _told(report: Report) -> str:
    return (
        f"{report.overall.n} questions over {report.records} records: hit@7 {report.overall.hit:.3f}, "
        f"{report.leaks} leaks, {report.mean_ms:.0f} ms a question (p95 {report.p95_ms:.0f} ms)."
    )
