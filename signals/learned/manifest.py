"""What a model file is: plain JSON beside LightGBM's text, read with suspicion."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeVar

from signals.clock import iso
from signals.errors import DataError
from signals.features import FEATURES
from signals.learned.drift import FeatureBins
from signals.learned.evaluation import FoldScore, Score
from signals.learned.labels import LabelRule
from signals.model import Timeframe

FORMAT = "deskmate-model-1"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that must be known to use the trees, and how they did on bars they had not seen.

    `features` are in the order of the trees' columns, `bins` in the same order. `trained_until` is when the newest
    label was known: the model judges later bars only. `score_scale` turns P(buy) - P(sell) into a vote.
    """

    version: str
    timeframe: Timeframe
    created_at: datetime
    features: tuple[str, ...]
    label: LabelRule
    series: tuple[str, ...]
    trained_from: datetime
    trained_until: datetime
    rows: int
    prior: tuple[float, ...]
    temperature: float
    score_scale: float
    score: Score
    folds: tuple[FoldScore, ...]
    bins: tuple[FeatureBins, ...]
    sha256: str

    @property
    def accepted(self) -> bool:
        """Whether it may vote, recomputed from its figures."""
        return self.score.accepted


def to_json(manifest: Manifest) -> dict[str, Any]:
    """Plain JSON values, times as ISO texts."""
    plain = asdict(manifest) | {"format": FORMAT, "accepted": manifest.accepted}
    plain |= {name: iso(plain[name]) for name in ("created_at", "trained_from", "trained_until")}
    made: dict[str, Any] = json.loads(json.dumps(plain, allow_nan=False))
    return made


def parse(text: str, where: str) -> Manifest:
    """A manifest from JSON text; DataError naming `where` for anything that is not exactly one."""
    try:
        plain = json.loads(text, parse_constant=_no_constant)
        return of_json(plain)
    except (ValueError, KeyError, TypeError, RecursionError) as e:
        raise DataError(f"{where} is not a model's manifest ({e!s:.120}); run `deskmate train`") from e


def of_json(plain: Any) -> Manifest:
    """A manifest from plain values; ValueError, KeyError or TypeError for anything that is not exactly one."""
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        raise ValueError(f"its format is not {FORMAT}")
    features = _texts(plain["features"])
    if not features or len(set(features)) != len(features) or not set(features) <= set(FEATURES):
        raise ValueError("its features are not those of this version")
    made = Manifest(
        version=_text(plain["version"]),
        timeframe=Timeframe(plain["timeframe"]),
        created_at=_time(plain["created_at"]),
        features=features,
        label=LabelRule(_whole(plain["label"]["horizon_bars"]), _number(plain["label"]["threshold"])),
        series=_texts(plain["series"]),
        trained_from=_time(plain["trained_from"]),
        trained_until=_time(plain["trained_until"]),
        rows=_whole(plain["rows"]),
        prior=_numbers(plain["prior"]),
        temperature=_number(plain["temperature"]),
        score_scale=_number(plain["score_scale"]),
        score=_score(plain["score"]),
        folds=tuple(_fold(one) for one in plain["folds"]),
        bins=tuple(FeatureBins(_numbers(one["edges"]), _numbers(one["shares"])) for one in plain["bins"]),
        sha256=_text(plain["sha256"]),
    )
    _consistent(made, plain["accepted"])
    return made


def _consistent(made: Manifest, accepted: object) -> None:
    if len(made.prior) != 3 or min(made.prior) <= 0 or abs(sum(made.prior) - 1.0) > 1e-6:
        raise ValueError("its prior is not three shares")
    if made.temperature <= 0 or made.score_scale <= 0 or len(made.bins) != len(made.features):
        raise ValueError("its figures do not fit together")
    if any(len(one.shares) != len(one.edges) + 1 for one in made.bins):
        raise ValueError("its bins do not fit together")
    if accepted is not made.accepted:
        raise ValueError("it claims another verdict than its figures give")
    if len(made.sha256) != 64 or not made.version.startswith(f"{made.timeframe}-"):
        raise ValueError("its version or checksum is not one")


def _score(plain: Any) -> Score:
    numbers = {k: _number(v) for k, v in plain.items() if k != "rows"}
    return Score(rows=_whole(plain["rows"]), **numbers)


def _fold(plain: Any) -> FoldScore:
    return FoldScore(
        _whole(plain["from_ms"]),
        _whole(plain["until_ms"]),
        _whole(plain["train_rows"]),
        _score(plain["score"]),
        _texts(plain["features"]),
        _whole(plain["rounds"]),
        _number(plain["temperature"]),
    )


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r:.40} is no finite number")
    return float(value)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r:.40} is no count")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > 200:
        raise ValueError(f"{value!r:.40} is no text")
    return value


def _time(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError(f"{value!r:.40} has no time zone")
    return moment


def _numbers(values: object) -> tuple[float, ...]:
    return _each(values, _number)


def _texts(values: object) -> tuple[str, ...]:
    return _each(values, _text)


def _each(values: object, check: Callable[[object], T]) -> tuple[T, ...]:
    if not isinstance(values, list | tuple):
        raise TypeError(f"{values!r:.40} is no list")
    return tuple(check(value) for value in values)
