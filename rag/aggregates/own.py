"""A question about a person's own trades: the right tool, then its figures in a sentence with filter and window."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from rag.aggregates import trades
from rag.aggregates.asked import Asked, asked_of
from rag.aggregates.groups import apart, by_windows
from rag.aggregates.positions import exposed, trade_row, trade_words
from rag.aggregates.values import Counted, Grid, Result, exact, total_of
from rag.aggregates.words import duration, moment, percent, plain_money, plural, signed
from rag.question.model import Figure, Measure, Parsed
from storage.stores import Stores

_WON = re.compile(r"\b(?:win|won|wins|winners?|winning)\b")
_LOST = re.compile(r"\b(?:lose|lost|loss|losses|losers?|losing)\b")
_UNSPLIT = (Figure.STREAK, Figure.DRAWDOWN, Figure.HELD)
_Teller = Callable[[Stores, Asked, Result], Awaitable[Counted]]


async def own_trades(stores: Stores, parsed: Parsed, measure: Measure, owner: str, as_of: datetime) -> Counted:
    """What `owner` asked about their own trades, as known at `as_of`. Nobody else's rows can be reached from here."""
    asked = asked_of(parsed, measure, owner, as_of)
    if measure.figure is Figure.EXPOSURE:
        return await exposed(stores, asked)
    if measure.windows:
        return await by_windows(stores, asked)
    result = await trades.results(stores, asked.where)
    still_open = await trades.still_open(stores, asked.where)
    figures = {**asked.plain(), **result.plain(), "open": still_open}
    if not result.closed:
        return Counted(await _nothing(stores, asked, result, still_open), figures)
    split = measure.by and measure.figure not in _UNSPLIT
    told = await (apart if split else _TELLERS[measure.figure])(stores, asked, result)
    return replace(
        told, text=f"{told.text}{left_out(result.unpriced, still_open)}", figures=figures | dict(told.figures)
    )


def left_out(unpriced: int, still_open: int) -> str:
    """What a count leaves out, as a sentence to append; nothing where nothing was."""
    parts = [f"{still_open:,} still open"] if still_open else []
    parts += [f"{unpriced:,} closed without a recorded result"] if unpriced else []
    return f" Not counted: {', '.join(parts)}." if parts else ""


async def _nothing(stores: Stores, asked: Asked, result: Result, still_open: int) -> str:
    closed_at, opened_at = await trades.nearest(stores, asked.where)
    of = f" {asked.kind}" if asked.parsed.symbols else ""
    if opened_at is None:
        return f"You have no{of} trades stored by {moment(asked.where.as_of)}. Searched: {asked.searched}."
    text = f"No closed trade of yours matches. Searched: {asked.searched}.{left_out(result.unpriced, still_open)}"
    named = f" {asked.parsed.symbols[0].partition('/')[0]}" if len(asked.parsed.symbols) == 1 else ""
    if closed_at is None:
        return f"{text} Your newest{named} trade was opened {moment(opened_at)} and none is closed yet."
    return f"{text} The nearest: your newest closed{named} trade ended {moment(closed_at)}."


def _split(result: Result) -> str:
    zero = f", {result.even:,} at zero" if result.even else ""
    return f"{result.won:,} won, {result.lost:,} lost{zero}"


async def _count(_stores: Stores, asked: Asked, result: Result) -> Counted:
    scope, said = asked.scope(result.closed), asked.parsed.text.lower()
    ends = asked.parsed.outcomes
    won, lost = "win" in ends or _WON.search(said) is not None, "loss" in ends or _LOST.search(said) is not None
    if won != lost:
        verb, count = ("won", result.won) if won else ("lost", result.lost)
        return Counted(f"You {verb} {count:,} of {scope}: {_split(result)}.")
    return Counted(f"{scope[0].upper()}{scope[1:]}: {_split(result)}.")


async def _win_rate(_stores: Stores, asked: Asked, result: Result) -> Counted:
    rate, zero = percent(result.win_rate or 0.0), f", {result.even:,} at zero" if result.even else ""
    scope = asked.scope(result.closed)
    return Counted(f"Win rate {rate}: {result.won:,} won of {scope}; {result.lost:,} lost{zero}.{_few(result)}")


async def _total(_stores: Stores, asked: Asked, result: Result) -> Counted:
    parts = f"winners {signed(result.gains)}, losers {signed(result.losses)}, fees {plain_money(result.fees)}"
    return Counted(f"{signed(result.total)} in all over {asked.scope(result.closed)} ({_split(result)}): {parts}.")


async def _average(_stores: Stores, asked: Asked, result: Result) -> Counted:
    average, median = result.average, result.median
    assert average is not None and median is not None
    return Counted(
        f"On average {signed(average)} a trade over {asked.scope(result.closed)}; median {signed(median)}, "
        f"{signed(result.total)} in all.{_few(result)}"
    )


async def _median(_stores: Stores, asked: Asked, result: Result) -> Counted:
    average, median = result.average, result.median
    assert average is not None and median is not None
    return Counted(
        f"The median is {signed(median)} a trade over {asked.scope(result.closed)}; average {signed(average)}."
        f"{_few(result)}"
    )


async def _extreme(stores: Stores, asked: Asked, result: Result) -> Counted:
    worst = asked.measure.figure is Figure.WORST
    found = await trades.extremes(stores, asked.where, asked.measure.top or 1, worst=worst)
    name = "worst" if worst else "best"
    top = found[0].pnl_usd
    assert top is not None
    note = (
        "None of them lost: the " if worst and top >= 0 else "None of them won: the " if not worst and top <= 0 else ""
    )
    head = f"{note}{name if note else name.capitalize()}"
    several = f" {len(found)}, {signed(total_of([t.pnl_usd for t in found if t.pnl_usd is not None]))} together; the"
    first = f" {name}" if len(found) > 1 else ""
    text = (
        f"{head}{several if len(found) > 1 else ''}{first}: {trade_words(found[0])}. Of {asked.scope(result.closed)}."
    )
    tables = (Grid(f"{name.capitalize()} trades", TRADE_COLUMNS, tuple(trade_row(t) for t in found)),)
    plain = [{"trade_id": t.trade_id, "pnl_usd": exact(t.pnl_usd)} for t in found]
    return Counted(text, {"trades": plain}, tables if len(found) > 1 else ())


async def _fees(stores: Stores, asked: Asked, result: Result) -> Counted:
    paid = await trades.exposure(stores, asked.where)
    more = total_of([t.fees_usd for t in paid])
    open_words = f" Trades still open have cost {plain_money(more)} more so far." if more else ""
    average = plain_money(result.fees / result.closed)
    text = f"{plain_money(result.fees)} of fees over {asked.scope(result.closed)}; {average} a trade.{open_words}"
    return Counted(text, {"open_fees_usd": exact(more)})


async def _streak(stores: Stores, asked: Asked, result: Result) -> Counted:
    found = await trades.streaks(stores, asked.where)
    count = abs(found.current)
    kind = "win" if found.current > 0 else "loss"
    run = f"{count:,} {kind if count == 1 else {'win': 'wins', 'loss': 'losses'}[kind]} in a row"
    since = f", since {moment(found.since)}" if found.since else ""
    current = f"Current streak: {run}{since}" if found.current else "No current streak: the last one closed at zero"
    longest = f"longest winning streak {found.longest_win:,}, longest losing streak {found.longest_loss:,}"
    plain = {"current": found.current, "longest_win": found.longest_win, "longest_loss": found.longest_loss}
    text = f"{current}; {longest}. Over {asked.scope(result.closed)}, in the order of closing; a zero ends a streak."
    return Counted(text, {"streak": plain})


async def _drawdown(stores: Stores, asked: Asked, result: Result) -> Counted:
    found = await trades.drawdown(stores, asked.where)
    plain = {"deepest_usd": exact(found.deepest), "now_usd": exact(found.now)}
    over = f"Over {asked.scope(result.closed)}, in the order of closing, open trades not marked to market."
    if found.trough_at is None or not found.deepest:
        return Counted(f"No drawdown: the closed P&L never fell below its peak. {over}", {"drawdown": plain})
    start = f"its peak on {moment(found.peak_at)}" if found.peak_at else "zero at the start"
    text = f"The deepest drawdown of the closed P&L is {plain_money(found.deepest)}, from {start} to "
    text += f"{moment(found.trough_at)}; now it is {plain_money(found.now)} below its peak. {over}"
    return Counted(text, {"drawdown": plain})


async def _held(stores: Stores, asked: Asked, _result: Result) -> Counted:
    found = await trades.holding(stores, asked.where)
    plain = {"n": found.n, "total_ms": found.total_ms, "shortest_ms": found.shortest_ms, "longest_ms": found.longest_ms}
    text = f"Held {duration(found.total_ms / found.n)} on average, from {duration(found.shortest_ms)} to "
    text += f"{duration(found.longest_ms)}, over {asked.scope(found.n)}."
    return Counted(text, {"held": plain})


async def _expectancy(stores: Stores, asked: Asked, result: Result) -> Counted:
    found = await trades.expectancy(stores, asked.where)
    assert found.average is not None
    text = f"Expectancy {signed(found.average)} a trade over {asked.scope(result.closed)}.{_few(result)}"
    if found.mean_r is None:
        text += " In R it is not known: none of them belongs to a signal with a stop."
    else:
        text += f" In R: {found.mean_r:+.2f} on average over {plural(found.with_r, 'trade')} of a signal with a stop."
    return Counted(text, {"with_r": found.with_r, "mean_r": None if found.mean_r is None else float(found.mean_r)})


async def _summary(_stores: Stores, asked: Asked, result: Result) -> Counted:
    average, median, best, worst = result.average, result.median, result.best, result.worst
    assert average is not None and median is not None and best is not None and worst is not None
    scope = asked.scope(result.closed)
    text = f"{scope[0].upper()}{scope[1:]}: {_split(result)}, win rate {percent(result.win_rate or 0.0)}. "
    text += f"{signed(result.total)} in all, {signed(average)} on average, median {signed(median)}, "
    text += f"best {signed(best)}, worst {signed(worst)}, fees {plain_money(result.fees)}.{_few(result)}"
    return Counted(text)


def _few(result: Result) -> str:
    return f" {plural(result.closed, 'trade')} is too few to judge." if result.closed < TOO_FEW else ""


TOO_FEW = 10
TRADE_COLUMNS = ("P&L", "market", "side", "strategy", "closed", "trade")
_TELLERS: dict[Figure, _Teller] = {
    Figure.SUMMARY: _summary,
    Figure.COUNT: _count,
    Figure.WIN_RATE: _win_rate,
    Figure.TOTAL: _total,
    Figure.AVERAGE: _average,
    Figure.MEDIAN: _median,
    Figure.BEST: _extreme,
    Figure.WORST: _extreme,
    Figure.FEES: _fees,
    Figure.STREAK: _streak,
    Figure.DRAWDOWN: _drawdown,
    Figure.HELD: _held,
    Figure.EXPECTANCY: _expectancy,
    Figure.FOLLOWED: _summary,
}
