"""Questions about shared records: signals with their outcomes, and backtests. They are answered anywhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rag.aggregates.values import Counted, Grid
from rag.aggregates.words import label, listed, moment, names, percent, plural, window_words
from rag.question.model import Figure, Measure, Parsed, Window
from signals.model import Backtest
from storage.shared_tallies import RecordFilter, SignalCount
from storage.stores import Stores

TOO_FEW = 10
MOST_GROUPS = 25
_ACTIONS = {"BUY": ("BUY", "STRONG_BUY"), "SELL": ("SELL", "STRONG_SELL"), "HOLD": ("HOLD",)}
_SIDES = {"LONG": "BUY", "SHORT": "SELL"}
_COLUMNS = ("signals", "to trade", "ended", "reached target 1", "hit rate", "mean R")
_OF = {
    "return_pct": ("return", " %", True),
    "sharpe": ("Sharpe", "", True),
    "sortino": ("Sortino", "", True),
    "max_drawdown_pct": ("largest drawdown", " %", False),
    "win_rate_pct": ("win rate", " %", True),
    "profit_factor": ("profit factor", "", True),
    "expectancy_r": ("expectancy", " R", True),
    "trades": ("number of trades", "", True),
}


def record_filter(parsed: Parsed, owner: str | None, as_of: datetime, window: Window | None) -> RecordFilter:
    """The question's filter over records that are not trades; `owner` None for shared ones."""
    sides = [_SIDES.get(side, side) for side in parsed.sides]
    return RecordFilter(
        owner=owner,
        as_of=as_of,
        symbols=parsed.symbols,
        timeframes=parsed.timeframes,
        actions=tuple(action for side in sides for action in _ACTIONS.get(side, (side,))),
        strategies=parsed.strategies,
        setups=parsed.setups,
        since=window.since if window else None,
        until=window.until if window else None,
    )


async def signals(stores: Stores, parsed: Parsed, measure: Measure, as_of: datetime) -> Counted:
    """How many signals, and how those that ended did: hit rate of the first target, mean R after costs."""
    if measure.windows:
        return await _signals_by_window(stores, parsed, measure, as_of)
    where = record_filter(parsed, None, as_of, parsed.window)
    found = await stores.shared_tallies.signals(where)
    scope = f"{window_words(parsed.window, parsed.text)}{_rest(parsed)}"
    figures = _plain(measure, where)
    if not found or not found[0].issued:
        newest = await stores.shared_tallies.newest_signal(where)
        of = f" for {names(parsed.symbols)}" if parsed.symbols else ""
        nearest = f" The nearest: the newest signal{of} is of {moment(newest)}." if newest else ""
        text = f"No {_kind(parsed)}signal matches. Searched: {_kind(parsed)}signals, {scope}.{nearest}"
        return Counted(text, figures | {"issued": 0, "ended": 0, "reached": 0})
    total = found[0]
    text = f"{plural(total.issued, f'{_kind(parsed)}signal')}, {scope}: {_outcome(total)}"
    figures |= _counted(total)
    if not measure.by:
        return Counted(text, figures)
    groups = list(await stores.shared_tallies.signals(where, measure.by))
    wanted = parsed.symbols if measure.by == "symbol" else parsed.timeframes if measure.by == "timeframe" else ()
    known = {one.key for one in groups}
    groups += [SignalCount(one, 0, 0, 0, 0, 0, 0.0) for one in wanted if one not in known]
    ordered = _ranked(groups, measure)
    head = _groups_head(ordered, measure)
    rows = tuple((label(measure.by, one.key), *_row(one)) for one in ordered[:MOST_GROUPS])
    plain = [{"key": one.key, **_counted(one)} for one in ordered]
    grid = Grid(f"Signals by {measure.by}", (measure.by, *_COLUMNS), rows)
    return Counted(f"{head} {text}", figures | {"groups": plain}, (grid,))


async def backtests(stores: Stores, parsed: Parsed, measure: Measure, as_of: datetime) -> Counted:
    """The best, the worst or the mean backtest by a figure; a mean for each group where one was asked for."""
    where, column = record_filter(parsed, None, as_of, parsed.window), measure.of or "return_pct"
    named, unit, high_is_good = _OF[column]
    scope = f"{window_words(parsed.window, parsed.text)}{_rest(parsed)}"
    count = await stores.shared_tallies.backtest_count(where)
    figures = _plain(measure, where) | {"of": column, "n": count}
    if not count:
        newest = await stores.backtests.newest(None, None, as_of)
        nearest = f" The newest one finished {moment(newest[0].finished_at)}: {_told(newest[0])}." if newest else ""
        return Counted(f"No backtest matches. Searched: {_kind(parsed)}backtests, {scope}.{nearest}", figures)
    overall = await stores.shared_tallies.backtests(where, column)
    if not overall:
        return Counted(f"None of {plural(count, 'backtest')} ({scope}) carries the figure: {named}.", figures)
    mean = overall[0]
    worst = measure.figure is Figure.WORST or measure.pick == "worst"
    top = await stores.shared_tallies.ranked_backtests(where, column, measure.top or 1, highest=high_is_good != worst)
    figures |= {"mean": mean.mean, "with_figure": mean.n, "ranked": [one.backtest_id for one in top]}
    text = f"{plural(count, f'{_kind(parsed)}backtest')}, {scope}. "
    text += f"Mean {named} {_value(mean.mean, unit)} over {mean.n:,}, "
    text += f"from {_value(mean.low, unit)} to {_value(mean.high, unit)}. "
    text += f"{'Worst' if worst else 'Best'} by {named}: {_told(top[0])}, {_value(getattr(top[0], column), unit)}."
    tables = [_ranking(top, named, column, unit)] if len(top) > 1 else []
    if measure.by:
        groups = await stores.shared_tallies.backtests(where, column, measure.by)
        ordered = sorted(groups, key=lambda g: (g.mean if high_is_good == worst else -g.mean, g.key))
        rows = tuple((label(measure.by, g.key), str(g.n), _value(g.mean, unit)) for g in ordered[:MOST_GROUPS])
        figures["groups"] = [{"key": g.key, "n": g.n, "mean": g.mean} for g in ordered]
        tables.append(Grid(f"Mean {named} by {measure.by}", (measure.by, "backtests", named), rows))
        first = ordered[0]
        text = f"By {measure.by}, {'worst' if worst else 'best'} first: {label(measure.by, first.key)} " + (
            f"{_value(first.mean, unit)} on average over {first.n:,}. {text}"
        )
    return Counted(text, figures, tuple(tables))


async def _signals_by_window(stores: Stores, parsed: Parsed, measure: Measure, as_of: datetime) -> Counted:
    rows, groups, parts = [], [], []
    for window in measure.windows:
        found = await stores.shared_tallies.signals(record_filter(parsed, None, as_of, window))
        one = found[0] if found else SignalCount("", 0, 0, 0, 0, 0, 0.0)
        rows.append((window_words(window), *_row(one)))
        groups.append({"key": window.label, **_counted(one)})
        parts.append(f"{window_words(window)}: {plural(one.issued, f'{_kind(parsed)}signal')}, {_outcome(one)}")
    figures = _plain(measure, record_filter(parsed, None, as_of, None)) | {"groups": groups}
    return Counted(" ".join(parts), figures, (Grid("Signals by window", ("window", *_COLUMNS), tuple(rows)),))


def _ranked(groups: list[SignalCount], measure: Measure) -> list[SignalCount]:
    by_rate = measure.figure in (Figure.WIN_RATE, Figure.SUMMARY) and bool(measure.pick)
    sign = 1 if measure.pick == "worst" else -1

    def order(one: SignalCount) -> tuple[bool, float, int, str]:
        rate = one.reached / one.ended if one.ended else 0.0
        return (by_rate and not one.ended, sign * rate if by_rate else 0.0, sign * one.issued, one.key)

    return sorted(groups, key=order)


def _groups_head(ordered: list[SignalCount], measure: Measure) -> str:
    told = [f"{label(measure.by, one.key)} {one.issued:,}{_short(one)}" for one in ordered[:6]]
    more = ", ..." if len(ordered) > 6 else "."
    order = f", {measure.pick} first" if measure.pick else ""
    return f"Signals by {measure.by}{order}: {', '.join(told)}{more}"


def _short(one: SignalCount) -> str:
    return f" ({one.reached} of {one.ended} ended reached target 1)" if one.ended else " (none ended)"


def _outcome(one: SignalCount) -> str:
    if not one.planned:
        return "none carried a trade, so none has an outcome."
    waiting = one.planned - one.ended
    left = f" Not counted: {waiting:,} still open." if waiting else ""
    without = one.issued - one.planned
    left += f" {without:,} carried no trade." if without else ""
    if not one.ended:
        return f"none of the {one.planned:,} to trade has ended, so there is no hit rate.{left}"
    r = f", {one.sum_r / one.with_r:+.2f} R on average after costs" if one.with_r else ""
    few = f" {plural(one.ended, 'ended signal')} is too few to judge." if one.ended < TOO_FEW else ""
    rate = percent(100.0 * one.reached / one.ended)
    return f"{one.reached:,} of {one.ended:,} ended reached the first target before the stop ({rate}){r}.{left}{few}"


def _row(one: SignalCount) -> tuple[str, ...]:
    rate = percent(100.0 * one.reached / one.ended) if one.ended else "none"
    r = f"{one.sum_r / one.with_r:+.3f}" if one.with_r else "none"
    return (str(one.issued), str(one.planned), str(one.ended), str(one.reached), rate, r)


def _counted(one: SignalCount) -> dict[str, Any]:
    return {
        "issued": one.issued,
        "planned": one.planned,
        "ended": one.ended,
        "reached": one.reached,
        "hit_rate_pct": round(100.0 * one.reached / one.ended, 6) if one.ended else None,
        "mean_r": one.sum_r / one.with_r if one.with_r else None,
    }


def _plain(measure: Measure, where: RecordFilter) -> dict[str, Any]:
    return {
        "about": measure.about,
        "figure": str(measure.figure),
        "by": measure.by or None,
        "symbols": list(where.symbols),
        "since": where.since.isoformat() if where.since else None,
        "until": where.until.isoformat() if where.until else None,
        "as_of": where.as_of.isoformat(),
    }


def _kind(parsed: Parsed) -> str:
    words = " ".join(part for part in (names(parsed.symbols), listed(parsed.timeframes)) if part)
    return f"{words} " if words else ""


def _rest(parsed: Parsed) -> str:
    parts = [listed([_SIDES.get(side, side) for side in parsed.sides])]
    parts += [f"setup {listed([label('setup', one) for one in parsed.setups])}"] if parsed.setups else []
    parts += [f"strategy {listed([label('strategy', s) for s in parsed.strategies])}"] if parsed.strategies else []
    return "".join(f", {part}" for part in parts if part)


def _told(one: Backtest) -> str:
    days = f"{one.started_at:%Y-%m-%d} to {one.ended_at:%Y-%m-%d}"
    return f"{one.symbol} {one.timeframe} {label('strategy', one.strategy)}, {days}, {plural(one.trades, 'trade')}"


def _value(value: float | None, unit: str) -> str:
    return "none" if value is None else f"{value:+,.2f}{unit}" if unit in (" %", " R") else f"{value:,.2f}{unit}"


def _ranking(found: tuple[Backtest, ...], named: str, column: str, unit: str) -> Grid:
    rows = tuple((_value(getattr(one, column), unit), _told(one), f"{one.finished_at:%Y-%m-%d}") for one in found)
    return Grid(f"Backtests by {named}", (named, "backtest", "finished"), rows)
