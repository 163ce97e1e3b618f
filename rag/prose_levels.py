"""Which of several stored levels a sentence speaks of: the price a signal came at, the first or the last target."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.prose_match import Known

_CAME = re.compile(
    r"\b(?:came|come|comes|issued|given|gave|emitted|fired|triggered|appeared)"
    r" (?:it |in |out )?(?:at|near|around|for) (?:about |around |roughly )?\$?$",
    re.IGNORECASE,
)
_WHICH_TARGET = re.compile(
    r"\b(?P<which>first|1st|initial|nearest|second|2nd|final|last|furthest|farthest)"
    r" (?:(?:price|profit) )?(?:target|TP)\b[^.;]{0,12}$",
    re.IGNORECASE,
)
_ELSEWHERE = frozenset({"stop", "target", "invalidation"})


def misplaced(shown: str, before: str, matching: Sequence[Known], everything: Sequence[Known]) -> str | None:
    """What is wrong with a level that is in the evidence under another name, None when nothing is.

    `before` is the sentence up to the number: `came at` names no stop and no target, `first target` not the last one.
    """
    if _CAME.search(before) and all(known.labels & _ELSEWHERE for known in matching):
        return f"{shown} is another level in the evidence"
    which = _WHICH_TARGET.search(before)
    targets = sorted({label for known in everything for label in known.labels if label.startswith("target ")})
    if which is None or not targets or any(known.origin for known in matching):
        return None
    word = which["which"].lower()
    place = (
        0 if word in ("first", "1st", "initial", "nearest") else 1 if word in ("second", "2nd") else len(targets) - 1
    )
    if place < len(targets) and not any(targets[place] in known.labels for known in matching):
        return f"{shown} is not the {word} target of the evidence"
    return None
