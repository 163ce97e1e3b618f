"""The tone of headlines measured on a file."""

from __future__ import annotations

from pathlib import Path

from bot.reply import Reply, Table
from rag.evaluation.sentiment import CLASSES, Measured, run

COLUMNS = ("way", "headlines", "accuracy", "macro-F1", *(f"F1 {one}" for one in CLASSES))


def evaluate_sentiment(file: Path) -> Reply:
    """Each way over all headlines and over the odd half; an error unless the finance terms are best on both."""
    report = run(file)
    ours, plain, most = report.odd
    verdict = "the finance terms are best" if report.passed else "the finance terms are NOT the best"
    text = (
        f"Over the half nobody looked at: macro-F1 {ours.macro_f1:.3f}, plain VADER {plain.macro_f1:.3f}, "
        f"{most.way} {most.macro_f1:.3f}: {verdict}."
    )
    tables = (Table("All headlines", COLUMNS, _rows(report.whole)), Table("The odd half", COLUMNS, _rows(report.odd)))
    return Reply(text, tables=tables, data=report.as_dict(), error=not report.passed)


def _rows(part: tuple[Measured, ...]) -> tuple[tuple[str, ...], ...]:
    numbers = [(one.accuracy, one.macro_f1, *one.f1) for one in part]
    return tuple((one.way, str(one.n), *(f"{x:.3f}" for x in row)) for one, row in zip(part, numbers, strict=True))
