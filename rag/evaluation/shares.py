"""A measurement that is a share of right answers, by kind, beside the floor it must reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MOST_SHOWN = 25


@dataclass(frozen=True, slots=True)
class Judged:
    """One question: its kind, its words, what was expected and what came; right when `got` is empty or equal."""

    kind: str
    text: str
    expected: str
    got: str

    @property
    def right(self) -> bool:
        """Whether it was understood as expected."""
        return self.expected == self.got


@dataclass(frozen=True, slots=True)
class ShareReport:
    """How many questions of each kind were right. `floor` is the least share of all of them that passes."""

    name: str
    seed: int
    floor: float
    judged: tuple[Judged, ...]

    @property
    def share(self) -> float:
        """Right of all, 0 for none."""
        return _share(self.judged)

    @property
    def passed(self) -> bool:
        """Whether the floor holds."""
        return self.share >= self.floor

    @property
    def misses(self) -> tuple[Judged, ...]:
        """What was not as expected, in the order of asking."""
        return tuple(one for one in self.judged if not one.right)

    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Kind, questions, right, share as text; `all` at the end."""
        kinds = tuple(dict.fromkeys(one.kind for one in self.judged))
        parts = [(kind, [one for one in self.judged if one.kind == kind]) for kind in kinds]
        return tuple(
            (kind, str(len(part)), str(sum(one.right for one in part)), f"{_share(part):.3f}")
            for kind, part in (*parts, ("all", self.judged))
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, with the first misses."""
        return {
            "eval": self.name,
            "seed": self.seed,
            "questions": len(self.judged),
            "share": self.share,
            "floor": self.floor,
            "passed": self.passed,
            "kinds": {row[0]: {"n": int(row[1]), "right": int(row[2]), "share": float(row[3])} for row in self.rows()},
            "misses": [
                {"kind": m.kind, "text": m.text, "expected": m.expected, "got": m.got} for m in self.misses[:MOST_SHOWN]
            ],
        }


def _share(judged: Sequence[Judged]) -> float:
    return sum(one.right for one in judged) / len(judged) if judged else 0.0
