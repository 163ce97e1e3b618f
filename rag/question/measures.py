"""What a counting question asks for: the figure, its grouping, the ranking, what is compared. No model, no guess."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from rag.question.dates import read_window
from rag.question.measure_words import (
    BEST,
    BY,
    COMPARE_RECORDS,
    COMPARED,
    FIGURES,
    MONEY,
    MOST_LOST,
    NOT_COUNTING,
    OF,
    SAYS_SO,
    SIDES_APART,
    SIGNAL_RATE,
    TOP,
    WORDS,
    WORST,
    YOURS,
)
from rag.question.model import Figure, Intent, Measure, Parsed, Window

KINDS = ("trade", "signal", "backtest", "recommendation")
_ALL_RESULTS = (
    Figure.TOTAL,
    Figure.WIN_RATE,
    Figure.STREAK,
    Figure.EXPOSURE,
    Figure.DRAWDOWN,
    Figure.EXPECTANCY,
)
_PRIVATE = (Figure.FEES, Figure.STREAK, Figure.EXPOSURE, Figure.HELD)


def is_counting(words: str, parsed: Parsed) -> bool:
    """Whether plain `words` ask for a figure over records, in ways that name no intent otherwise ("wr last week?")."""
    if NOT_COUNTING.search(words):
        return False
    if SAYS_SO.search(words):
        return True
    records = set(parsed.types) & {"trade", "signal", "backtest", "outcome", "recommendation"}
    several = len(parsed.symbols) > 1 or len(parsed.timeframes) > 1 or SIDES_APART.search(words) is not None
    looks_back = several or (parsed.mine and parsed.window is not None)
    return bool(COMPARE_RECORDS.search(words) and (records or parsed.mine) and looks_back)


def read_measure(words: str, rest: str, parsed: Parsed, now: datetime) -> Measure:
    """What to compute. `words` are the plain words, `rest` what the first window left of them.

    Where no figure is named it is the summary of everything.
    """
    by = _by(words, parsed)
    figure = _figure(words, by)
    about = _about(words, parsed, figure, by)
    windows = _windows(rest, parsed, now) if COMPARED.search(words) else ()
    top = TOP.search(words)
    said = (top["a"] or top["b"]) if top else ""
    return Measure(
        figure=_fitting(figure, about),
        about=about,
        by=by if _has(about, by) else "",
        pick=_pick(words, figure) if by else "",
        top=(int(said) if said.isdigit() else WORDS[said]) or None if top else None,
        windows=windows,
        of=next((column for column, pattern in OF if re.search(pattern, words)), "return_pct")
        if about == "backtest"
        else "",
    )


def outcomes_for(measure: Measure, parsed: Parsed, words: str) -> tuple[str, ...]:
    """Which results of trades are meant: "average win" is about winners, while "am I profitable" leaves nothing out."""
    if measure.by or measure.about != "trade" or measure.figure in _ALL_RESULTS:
        return ()
    if parsed.outcomes or measure.figure not in (Figure.AVERAGE, Figure.MEDIAN, Figure.HELD):
        return parsed.outcomes
    words = re.sub(rf"\b{MONEY}\b", " ", words)  # the l of "p&l" is no loss
    wins = re.search(r"\b(?:wins?|winners?|w)\b", words)
    losses = re.search(r"\b(?:loss(?:es)?|losers?|l|ls)\b", words)
    if wins and losses:
        return ()
    return ("win",) if wins else ("loss",) if losses else ()


def carried_measure(previous: Parsed, new: Parsed, intent: Intent, types: tuple[str, ...]) -> Measure | None:
    """What a follow-up computes: what it names itself, else what the former question computed, over `types`."""
    if intent is not Intent.AGGREGATE:
        return None
    named = new.measure if new.measure is not None and new.measure.figure is not Figure.SUMMARY else None
    measure = named or previous.measure or new.measure or Measure(Figure.COUNT, "trade")
    kinds = [one for one in types if one in KINDS]
    about = kinds[0] if kinds else measure.about
    by = measure.by or (previous.measure.by if previous.measure is not None and not new.symbols else "")
    return replace(measure, figure=_fitting(measure.figure, about), about=about, by=by if _has(about, by) else "")


def _by(words: str, parsed: Parsed) -> str:
    for by, pattern in BY.items():
        if pattern.search(words):
            return by
    if SIDES_APART.search(words):
        return "side"
    several = {"symbol": parsed.symbols, "timeframe": parsed.timeframes, "strategy": parsed.strategies}
    return next((by for by, values in several.items() if len(values) > 1), "")


def _figure(words: str, by: str) -> Figure:
    for figure, pattern in FIGURES:
        if figure is Figure.FOLLOWED and not YOURS.search(words):
            continue
        if not pattern.search(words):
            continue
        if figure in (Figure.BEST, Figure.WORST) and by:
            return Figure.TOTAL if by not in ("action", "method") else Figure.COUNT
        return figure
    return Figure.SUMMARY


def _about(words: str, parsed: Parsed, figure: Figure, by: str) -> str:
    types = parsed.types
    if "recommendation" in types or (YOURS.search(words) and "trade" not in types and "signal" not in types):
        return "recommendation"
    if "backtest" in types:
        return "backtest"
    if "trade" in types or figure in _PRIVATE or parsed.mine:
        return "trade"
    if "signal" in types and not (by == "setup" and figure is Figure.TOTAL and not re.search(r"\bsignals?\b", words)):
        return "signal"
    money = by == "setup" and not re.search(rf"\b{MONEY}\b", words)
    return "signal" if "outcome" in types or parsed.setups or money or SIGNAL_RATE.search(words) else "trade"


def _fitting(figure: Figure, about: str) -> Figure:
    """The nearest figure that such records have."""
    known = {
        "signal": {Figure.COUNT, Figure.WIN_RATE, Figure.SUMMARY},
        "recommendation": {Figure.COUNT, Figure.FOLLOWED},
        "backtest": {Figure.COUNT, Figure.AVERAGE, Figure.BEST, Figure.WORST},
    }
    if about == "trade":
        return Figure.SUMMARY if figure is Figure.FOLLOWED else figure
    if figure in known[about]:
        return figure
    return {"signal": Figure.SUMMARY, "recommendation": Figure.COUNT, "backtest": Figure.SUMMARY}[about]


def _has(about: str, by: str) -> bool:
    known = {
        "signal": ("symbol", "timeframe", "action", "setup", "strategy", "side"),
        "recommendation": ("symbol", "action", "method"),
        "backtest": ("symbol", "timeframe", "strategy"),
        "trade": ("symbol", "strategy", "timeframe", "exit_reason", "setup", "side", "day", "week", "month"),
    }
    return by in known[about]


def _pick(words: str, figure: Figure) -> str:
    if figure in (Figure.FEES, Figure.COUNT):
        return "worst" if re.search(r"\b(?:least|fewest|lowest)\b", words) else "best" if BEST.search(words) else ""
    if re.search(r"\b(?:most|biggest)\b", words) and MOST_LOST.search(words):
        return "worst"
    return "worst" if WORST.search(words) else "best" if BEST.search(words) else ""


def _windows(rest: str, parsed: Parsed, now: datetime) -> tuple[Window, ...]:
    if parsed.window is None:
        return ()
    second, _ = read_window(rest, now)
    return () if second is None or second == parsed.window else (parsed.window, second)
