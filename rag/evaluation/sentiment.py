"""The tone of headlines measured on a file of labelled ones, beside plain VADER and the commonest class."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from signals.errors import UserError
from signals.news.sentiment import label_of, score

CLASSES = ("negative", "neutral", "positive")
MOST_ROWS = 100_000
Labelled = tuple[str, str]  # text, class


@dataclass(frozen=True, slots=True)
class Measured:
    """One way of telling the tone: shares from 0 to 1; `f1` by class, in the order of `CLASSES`."""

    way: str
    n: int
    accuracy: float
    macro_f1: float
    f1: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Every way over all headlines, and over the odd half, whose words nobody looked at when the terms were made."""

    whole: tuple[Measured, ...]
    odd: tuple[Measured, ...]

    @property
    def passed(self) -> bool:
        """Whether the finance terms have the best macro-F1, over the odd half too."""
        return all(part[0].macro_f1 > max(one.macro_f1 for one in part[1:]) for part in (self.whole, self.odd))

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        both = {"all": self.whole, "odd half": self.odd}
        return {"passed": self.passed} | {name: [asdict(one) for one in part] for name, part in both.items()}


def run(file: Path) -> Report:
    """Measure on a CSV with `text` and `label` (negative, neutral, positive). UserError when it is not one."""
    rows = _labelled(file)
    return Report(_measured(rows), _measured([row for row in rows if _is_odd(row[0])]))


def _labelled(file: Path) -> list[Labelled]:
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = [(row.get("text") or "", row.get("label") or "") for row in islice(csv.DictReader(lines), MOST_ROWS)]
    except (OSError, UnicodeDecodeError, csv.Error) as e:
        raise UserError(f"{file} cannot be read as CSV: {e}") from e
    if not rows or any(not text or label not in CLASSES for text, label in rows):
        raise UserError(f"{file} needs the columns text and label, each label one of {', '.join(CLASSES)}")
    return rows


def _is_odd(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 1


def _measured(rows: Sequence[Labelled]) -> tuple[Measured, ...]:
    if not rows:
        raise UserError("too few headlines: one half of them is empty")
    commonest = Counter(label for _, label in rows).most_common(1)[0][0]
    ways: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("VADER with finance terms", lambda text: label_of(score(text).score)),
        ("plain VADER", lambda text: label_of(score(text, finance=False).score)),
        (f"always {commonest}", lambda _: commonest),
    )
    return tuple(_one(way, [(label, told(text)) for text, label in rows]) for way, told in ways)


def _one(way: str, pairs: Sequence[tuple[str, str]]) -> Measured:
    f1 = tuple(_f1(one, pairs) for one in CLASSES)
    accuracy = sum(label == told for label, told in pairs) / len(pairs)
    return Measured(way, len(pairs), round(accuracy, 4), round(sum(f1) / len(f1), 4), f1)


def _f1(one: str, pairs: Sequence[tuple[str, str]]) -> float:
    hits = sum(label == told == one for label, told in pairs)
    named = sum(label == one for label, _ in pairs) + sum(told == one for _, told in pairs)
    return round(2 * hits / named, 4) if named else 0.0
