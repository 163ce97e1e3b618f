"""Questions about the recommendations one was given: how many, of which kind, how many were followed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rag.aggregates.shared import record_filter
from rag.aggregates.values import Counted, Grid
from rag.aggregates.words import label, names, percent, plural, window_words
from rag.question.model import Figure, Measure, Parsed
from storage.stores import Stores

_HOW = {"rag": "with a model's checked words", "rules": "by rules"}


async def given(stores: Stores, parsed: Parsed, measure: Measure, owner: str, as_of: datetime) -> Counted:
    """The recommendations that `owner` was given, by action unless another split was asked for."""
    where = record_filter(parsed, owner, as_of, parsed.window)
    total = await stores.shared_tallies.recommendations(where)
    of = f" for {names(parsed.symbols)}" if parsed.symbols else ""
    when = window_words(parsed.window, parsed.text)
    figures: dict[str, Any] = {
        "about": "recommendation",
        "figure": str(measure.figure),
        "by": measure.by or None,
        "given": total[0].given if total else 0,
        "followed": total[0].followed if total else 0,
    }
    if not total:
        return Counted(
            f"I gave you no recommendation{of}, {when}. Searched: your recommendations{of}, {when}.", figures
        )
    one, by = total[0], measure.by or "action"
    groups = await stores.shared_tallies.recommendations(where, by)
    figures["groups"] = [{"key": g.key, "given": g.given, "followed": g.followed} for g in groups]
    shown = sorted(groups, key=lambda g: (-g.given, g.key))
    split = ", ".join(f"{_label(by, g.key)} {g.given:,}" for g in shown)
    taken = f"{one.followed:,} of them you took as a paper trade ({percent(100.0 * one.followed / one.given)})"
    count = plural(one.given, "recommendation")
    text = f"I gave you {count}{of}, {when}: {split}. {taken[0].upper()}{taken[1:]}."
    if measure.figure is Figure.FOLLOWED:
        text = f"You followed {one.followed:,} of {count}{of}, {when} ({percent(100.0 * one.followed / one.given)}): "
        text += f"counted are those taken by the button as a paper trade. In all: {split}."
    rows = tuple((_label(by, g.key), str(g.given), str(g.followed)) for g in shown)
    return Counted(text, figures, (Grid(f"Recommendations by {by}", (by, "given", "taken"), rows),))


def _label(by: str, key: str) -> str:
    return _HOW.get(key, key) if by == "method" else label(by, key)
