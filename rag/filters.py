"""From slots to a filter over documents, and how a filter is loosened when nothing passes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from rag.question.model import Intent, Parsed
from signals.universe import names_of
from storage.values import DocumentFilter

_ACTIONS = {"BUY": ("BUY", "LONG"), "SELL": ("SELL", "SHORT"), "LONG": ("LONG", "BUY"), "SHORT": ("SHORT", "SELL")}
_LADDER = (
    (("exit_reasons", "exit reason"), ("strategies", "strategy")),
    (("sides", "side"), ("outcomes", "outcome")),
    (("timeframes", "timeframe"),),
    (("since", "time"), ("until", "time")),
    (("setups", "setup"),),
)


def filter_of(parsed: Parsed, scopes: Sequence[str], as_of: datetime) -> DocumentFilter:
    """Everything that the question pins down. Symbols count under every name they ever had."""
    window = parsed.window
    return DocumentFilter(
        scopes=tuple(scopes),
        as_of=as_of,
        types=_types(parsed),
        symbols=tuple(name for symbol in parsed.symbols for name in names_of(symbol)),
        timeframes=parsed.timeframes,
        sides=tuple(name for side in parsed.sides for name in _ACTIONS.get(side, (side,))),
        strategies=tuple(name for one in parsed.strategies for name in (one.upper(), one.lower())),
        setups=parsed.setups,
        exit_reasons=parsed.exit_reasons,
        outcomes=parsed.outcomes,
        since=window.since if window else None,
        until=window.until if window else None,
    )


def loosened(where: DocumentFilter) -> Iterator[tuple[DocumentFilter, tuple[str, ...]]]:
    """The filter itself, then looser ones with the names of what each leaves out.

    Exit reason and strategy go first, then side and outcome, timeframe, time, setup. Symbols, types, scopes and `as_of`
    are never given up.
    """
    yield where, ()
    gone: tuple[str, ...] = ()
    for step in _LADDER:
        said = [(field, name) for field, name in step if getattr(where, field) not in ((), None)]
        if said:
            blank: dict[str, Any] = {field: None if field in ("since", "until") else () for field, _ in said}
            where = replace(where, **blank)
            gone = tuple(dict.fromkeys((*gone, *(name for _, name in said))))
            yield where, gone


def filter_words(where: DocumentFilter) -> str:
    """What was searched, in words: `trade; SOL/USDT; stop_loss; from 2026-06-01 to 2026-07-01`."""
    lists = (
        where.types,
        where.symbols,
        where.timeframes,
        where.sides,
        where.setups,
        tuple(dict.fromkeys(s.upper() for s in where.strategies)),
        where.exit_reasons,
        where.outcomes,
    )
    parts = [", ".join(one).replace("_", " ") for one in lists if one]
    if where.since:
        parts.append(f"from {where.since:%Y-%m-%d %H:%M}")
    if where.until:
        parts.append(f"before {where.until:%Y-%m-%d %H:%M}")
    return "; ".join(parts) or "everything stored"


def _types(parsed: Parsed) -> tuple[str, ...]:
    # a signal never knows how it ended: that is in the outcome documents
    if parsed.types == ("signal",) and (parsed.outcomes or parsed.exit_reasons):
        return ("outcome",)
    if not parsed.types and parsed.intent is Intent.LATEST:
        return ("signal",)
    return parsed.types
