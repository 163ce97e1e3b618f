"""The checks on a model's prose, measured on generated sentences."""

from __future__ import annotations

from bot.reply import Reply, Table
from rag.evaluation.grounding import CAUGHT_FLOOR, KEPT_FLOOR, measure

COLUMNS = ("kind", "kept", "flagged", "share flagged")


def evaluate_grounding(seed: int, sentences: int) -> Reply:
    """The confusion matrix; an error when a floor does not hold."""
    report = measure(seed, sentences)
    text = (
        f"{report.sentences} sentences: {100 * report.caught:.2f} % of the corrupted numbers caught "
        f"(floor {100 * CAUGHT_FLOOR:.0f} %), {100 * report.kept_true:.2f} % of the true sentences kept "
        f"(floor {100 * KEPT_FLOOR:.0f} %)."
    )
    notes = tuple(f"Not as it should be ({kind}): {sentence}" for kind, sentence in report.mistakes)
    return Reply(
        text,
        tables=(Table("Grounding", COLUMNS, report.rows()),),
        notes=notes,
        data=report.as_dict(),
        error=not report.passed,
    )
