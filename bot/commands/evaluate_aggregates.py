"""Counting questions measured on generated ledgers."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bot.reply import Reply, Table
from rag.evaluation.aggregates import MOST_SHOWN, Report, run

COLUMNS = ("kind", "asked", "right")


async def evaluate_aggregates(seed: int, ledgers: int, questions: int) -> Reply:
    """Ask on a throw-away store; an error when any answer differs from the plain SQL."""
    with tempfile.TemporaryDirectory(prefix="deskmate-eval-") as folder:
        report = await run(Path(folder), seed, ledgers, questions)
    tables = [Table("Counting questions", COLUMNS, report.rows())]
    if report.misses:
        rows = tuple((str(m.ledger), m.text, m.why) for m in report.misses[:MOST_SHOWN])
        tables.append(Table("Wrong", ("ledger", "question", "difference"), rows))
    wrong = report.right < report.asked
    return Reply(text=_told(report), tables=tuple(tables), data=report.as_dict(), error=wrong)


def _told(report: Report) -> str:
    return (
        f"{report.right} of {report.asked} answers equal plain SQL ({100 * report.share:.2f} %) over {report.ledgers} "
        f"ledgers with {report.trades} trades; {report.mean_ms:.1f} ms a question (p99 {report.p99_ms:.0f} ms)."
    )
