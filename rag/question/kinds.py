"""Which documents a question is about, and which direction, once its intent is known."""

from __future__ import annotations

import re

from rag.question.model import Intent, Parsed
from rag.question.themes import themes_of

_NO_RECORDS = (Intent.ADVICE, Intent.SIZE, Intent.COMPARE, Intent.CHART, Intent.HELP, Intent.OUT_OF_SCOPE)


def kinds_for(parsed: Parsed, sides: tuple[str, ...]) -> tuple[str, ...]:
    """The document types to search: those that were said, else what the other slots are about; () for any.

    `sides` are the directions the question mentions.
    """
    if parsed.measure is not None:
        return (parsed.measure.about,)
    if parsed.intent in _NO_RECORDS:
        return ()
    if parsed.types == ("recommendation",) and (sides or parsed.intent is Intent.EXPLAIN):
        return ("signal", "recommendation")
    if parsed.setups and parsed.types == ("trade_note",) and not themes_of(parsed.text.lower()):
        return ("signal",)  # "for my journal: the bounces of May": notes name no setup
    for kind in ("trade_note", "backtest"):
        if kind in parsed.types:
            return (kind,)
    if parsed.types:
        return parsed.types
    if parsed.setups:
        return ("trade",) if parsed.mine and (parsed.exit_reasons or parsed.outcomes) else ("signal",)
    if parsed.exit_reasons or parsed.outcomes or parsed.mine:
        return ("trade",)
    if parsed.strategies and not (sides or parsed.window):
        return ("backtest",)
    if parsed.intent in (Intent.EXPLAIN, Intent.LATEST) or parsed.window or sides:
        return ("signal",)
    return ()


def sides_for(parsed: Parsed, sides: tuple[str, ...], words: str) -> tuple[str, ...]:
    """The direction to filter by: BUY, SELL, HOLD for signals, LONG, SHORT for trades; () where none was meant.

    Selling ends a long trade as often as it opens a short one, so of trades only "short" says SHORT.
    """
    if parsed.intent in _NO_RECORDS or len(sides) != 1:
        return ()
    trades = set(kinds_for(parsed, sides)) & {"trade", "trade_note"}
    if not trades:
        return sides
    if sides == ("BUY",) and ("trade_note" not in trades or re.search(r"\blong", words)):
        return ("LONG",)
    return ("SHORT",) if sides == ("SELL",) and re.search(r"\bshort", words) else ()
