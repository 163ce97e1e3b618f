"""Results side by side: by a column, by period, or for several stretches of time."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from rag.aggregates import trades
from rag.aggregates.asked import Asked
from rag.aggregates.values import Counted, Grid, Result
from rag.aggregates.words import label, percent, plain_money, plural, signed, window_words
from rag.question.model import Figure
from storage.stores import Stores

MOST_GROUPS = 25
COLUMNS = ("trades", "won", "lost", "win rate", "P&L", "average", "fees")
_NAMES = {"exit_reason": "exit", "day": "day (UTC)", "week": "week from Monday (UTC)", "month": "month (UTC)"}
_FIGURES: dict[Figure, tuple[str, Callable[[Result], Decimal | float | None]]] = {
    Figure.COUNT: ("number of trades", lambda one: one.closed),
    Figure.WIN_RATE: ("win rate", lambda one: one.win_rate),
    Figure.AVERAGE: ("average P&L", lambda one: one.average),
    Figure.EXPECTANCY: ("average P&L", lambda one: one.average),
    Figure.MEDIAN: ("median P&L", lambda one: one.median),
    Figure.FEES: ("fees", lambda one: one.fees),
}
_BY_TOTAL = ("P&L", lambda one: one.total)


async def apart(stores: Stores, asked: Asked, result: Result) -> Counted:
    """The figure for each group, ranked; the best or the worst is named first."""
    by, worst = asked.measure.by, asked.measure.pick == "worst"
    found = await trades.grouped(stores, asked.where, by)
    wanted = asked.parsed.symbols if by == "symbol" else asked.parsed.timeframes if by == "timeframe" else ()
    known = {key for key, _ in found}
    found += tuple((one, trades.nothing()) for one in wanted if one not in known)
    named, value = _FIGURES.get(asked.measure.figure, _BY_TOTAL)
    in_order = sorted(found) if by in ("day", "week", "month") and not asked.measure.pick else ()
    ordered = in_order or trades.ranked(found, value, worst=worst)
    shown = ordered[-MOST_GROUPS:] if in_order else ordered[:MOST_GROUPS]
    what = _NAMES.get(by, by)
    head = _head(asked, [pair for pair in ordered if pair[1].closed], (what, named, value))
    more = f" The table shows {MOST_GROUPS} of {len(ordered)} groups." if len(ordered) > MOST_GROUPS else ""
    rows = tuple((label(by, key), *row(one)) for key, one in shown)
    groups = [{"key": key, **one.plain()} for key, one in ordered]
    text = f"{head} Of {asked.scope(result.closed)}; {signed(result.total)} in all.{more}"
    return Counted(text, {"groups": groups, "pick": asked.measure.pick or None}, (_grid(what, rows),))


async def by_windows(stores: Stores, asked: Asked) -> Counted:
    """The same figures for each of the stretches of time that were named."""
    named, value = _FIGURES.get(asked.measure.figure, _BY_TOTAL)
    rows, groups, parts = [], [], []
    open_count = 0
    for window in asked.measure.windows:
        part = asked.within(window)
        result = await trades.results(stores, part.where)
        open_count += await trades.still_open(stores, part.where)
        name = window_words(window)
        rows.append((name, *row(result)))
        groups.append({"key": window.label, **result.plain()})
        parts.append(f"{name}: {_value(named, value(result), result)} over {plural(result.closed, 'closed trade')}")
    filtered = f"Only {asked.kind} trades{asked.rest}." if asked.kind else f"All your trades{asked.rest}."
    left = f" Not counted: {open_count:,} still open." if open_count else ""
    figures = asked.plain() | {"groups": groups, "open": open_count}
    return Counted(f"{'; '.join(parts)}. {filtered}{left}", figures, (_grid("window", tuple(rows)),))


def row(one: Result) -> tuple[str, ...]:
    """The figures of a group as text; `none` where there is nothing to divide by."""
    rate = "none" if one.win_rate is None else percent(one.win_rate)
    average = "none" if one.average is None else signed(one.average)
    return (str(one.closed), str(one.won), str(one.lost), rate, signed(one.total), average, plain_money(one.fees))


def _head(
    asked: Asked,
    ordered: list[tuple[str, Result]],
    shown: tuple[str, str, Callable[[Result], Decimal | float | None]],
) -> str:
    what, named, value = shown
    by, pick = asked.measure.by, asked.measure.pick
    told = [f"{label(by, key)} {_value(named, value(one), one)} ({one.closed:,})" for key, one in ordered]
    if not pick:
        return f"{named[0].upper()}{named[1:]} by {what}, with the number of trades: {', '.join(told[:6])}" + (
            ", ..." if len(told) > 6 else "."
        )
    top = [pair for pair in ordered if value(pair[1]) == value(ordered[0][1])]
    name = " and ".join(label(by, key) for key, _ in top[:3])
    counted = plural(top[0][1].closed, "closed trade")
    each = " each" if len(top) > 1 else f" over {counted}"
    word = {"best": "Highest" if named in ("fees", "number of trades") else "Best", "worst": "Worst"}[pick]
    if pick == "worst" and named in ("fees", "number of trades"):
        word = "Lowest"
    other = f" At the other end: {told[-1]}." if len(ordered) > len(top) else ""
    alone = f" There is only this one {what}." if len(ordered) == 1 else ""
    none_lost = " None is below zero." if pick == "worst" and named == "P&L" and top[0][1].total >= 0 else ""
    first = _value(named, value(top[0][1]), top[0][1])
    return f"{word} {what} by {named}: {name}, {first}{each}.{none_lost}{other}{alone}"


def _value(named: str, value: Decimal | float | None, one: Result) -> str:
    if value is None:
        return "none"
    if named == "win rate":
        return percent(float(value))
    if named == "number of trades":
        return f"{one.closed:,}"
    amount = Decimal(value) if not isinstance(value, Decimal) else value
    return plain_money(amount) if named == "fees" else signed(amount)


def _grid(what: str, rows: tuple[tuple[str, ...], ...]) -> Grid:
    return Grid(f"Your closed trades by {what}", (what, *COLUMNS), rows)
