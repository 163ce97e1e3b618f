"""What the model's word was worth: every answered question that ended, with its stance and without it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from rag.followed import WITHOUT_MODEL, Ended

SHARE_TAKEN = {"confirm": 1.0, "caution": 0.5, "veto": 0.0}  # of the risk: caution halves the size, a veto takes none


@dataclass(frozen=True, slots=True)
class ModelAdded:
    """The same `n` questions with and without the model's stance, in R of the full risk, after costs.

    A vetoed trade makes 0 R and one of caution half its R. `with_hits` of `taken` trades reached the first target,
    `without_hits` of all `n` did. `low` and `high` bound the mean difference (95 %, normal, paired); None for fewer
    than two questions.
    """

    n: int
    confirmed: int
    cautioned: int
    vetoed: int
    taken: int
    with_hits: int
    without_hits: int
    with_mean_r: float
    without_mean_r: float
    difference: float
    low: float | None
    high: float | None


def model_added(found: Iterable[Ended]) -> ModelAdded | None:
    """The comparison over the answers that a model had a word in; None when none of them has ended.

    The same advice on the same bar with the same stance counts once, whoever asked. Ends without a known R are left
    out.
    """
    cases = {
        (c.symbol, c.timeframe, c.direction, c.known_at, one.stance): (one.stance, c)
        for one, c in found
        if one.how == WITHOUT_MODEL and one.stance in SHARE_TAKEN and c.realised_r is not None
    }
    if not cases:
        return None
    pairs = list(cases.values())
    without = [case.realised_r or 0.0 for _, case in pairs]
    with_model = [SHARE_TAKEN[stance] * (case.realised_r or 0.0) for stance, case in pairs]
    gained = [a - b for a, b in zip(with_model, without, strict=True)]
    n, mean = len(pairs), sum(gained) / len(pairs)
    half = None if n < 2 else 1.96 * sqrt(sum((g - mean) ** 2 for g in gained) / (n - 1) / n)
    stances = [stance for stance, _ in pairs]
    taken = [case for stance, case in pairs if stance != "veto"]
    return ModelAdded(
        n=n,
        confirmed=stances.count("confirm"),
        cautioned=stances.count("caution"),
        vetoed=stances.count("veto"),
        taken=len(taken),
        with_hits=sum(case.reached for case in taken),
        without_hits=sum(case.reached for _, case in pairs),
        with_mean_r=sum(with_model) / n,
        without_mean_r=sum(without) / n,
        difference=mean,
        low=None if half is None else mean - half,
        high=None if half is None else mean + half,
    )
