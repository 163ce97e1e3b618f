"""Indicators by name, through pandas-ta-classic. The only home of that library; signals and backtests never use it.

It is loaded by the first indicator that is asked for, which takes a second; computing is CPU work for a thread.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from signals.errors import DataError, UserError
from signals.model import Candles, FloatArray

LOOKS_AHEAD: Mapping[str, str] = {
    "dpo": "its line is shifted back by half its length",
    "ichimoku": "its chikou span is shifted back by 26 bars",
    "tos_stdevall": "its line is fitted over all bars at once",
    "vp": "its volume profile is made from all bars at once",
}
FROM_THE_BEGINNING = frozenset(("ad", "aobv", "drawdown", "nvi", "obv", "pvi", "pvt", "wad"))  # sums over all bars
_COLUMNS = {"open_": "open", "open": "open", "high": "high", "low": "low", "close": "close", "volume": "volume"}
_MOST_COLUMNS = 12
_NOT_SERVED = {"beta", "correl", "cdl_pattern"}  # two need a second series, one takes half a minute


@dataclass(frozen=True, slots=True)
class Reading:
    """An indicator's columns over all bars (NaN while warming up), and a warning where it looks ahead."""

    name: str
    columns: Mapping[str, FloatArray]
    warning: str = ""


def names() -> tuple[str, ...]:
    """Every indicator that can be computed from candles alone, sorted."""
    return tuple(sorted(_functions()))


def read(name: str, candles: Candles) -> Reading:
    """The indicator with its default settings over all bars.

    UserError naming the nearest names for an unknown one; DataError when it gives nothing for these bars.
    """
    known = _functions()
    wanted = name.strip().lower()
    if wanted not in known:
        near = get_close_matches(wanted, known, n=5, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else "for example rsi, adx, supertrend, vwap"
        raise UserError(f"{name[:40]!r} is not an indicator of the catalogue; {hint}")
    ahead = LOOKS_AHEAD.get(wanted)
    warning = f"{wanted} looks ahead: {ahead}. No signal uses it and no backtest may." if ahead else ""
    columns = _columns(known[wanted], candles)
    if not columns:
        raise DataError(f"{wanted} gives no value per bar for the {len(candles)} bars of {candles.series}. {warning}")
    return Reading(wanted, columns, warning)


def _columns(function: Callable[..., Any], candles: Candles) -> dict[str, FloatArray]:
    import pandas as pd

    frame = pd.DataFrame(
        {name: getattr(candles, name).astype(np.float64) for name in ("open", "high", "low", "close", "volume")},
        index=pd.to_datetime(candles.open_ms, unit="ms", utc=True).tz_localize(None),
    )
    given = {p: frame[_COLUMNS[p]] for p in inspect.signature(function).parameters if p in _COLUMNS}
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            result = function(**given)
    except (ValueError, TypeError, IndexError, KeyError, ZeroDivisionError, AttributeError) as e:
        raise DataError(f"the library failed on these bars: {type(e).__name__}") from e
    return _arrays(result, len(candles), pd)


def _arrays(result: Any, bars: int, pd: ModuleType) -> dict[str, FloatArray]:
    if isinstance(result, tuple):
        result = result[0]
    if isinstance(result, pd.Series):
        result = result.to_frame(result.name or "value")
    if not isinstance(result, pd.DataFrame) or len(result) != bars:
        return {}
    found = {str(name): pd.to_numeric(result[name], errors="coerce") for name in result.columns[:_MOST_COLUMNS]}
    arrays = {name: np.asarray(column, dtype=np.float64) for name, column in found.items()}
    return {name: values for name, values in arrays.items() if np.isfinite(values).any()}


@cache
def _functions() -> dict[str, Callable[..., Any]]:
    library = _library()
    found = {}
    for group in library.Category.values():
        for name in group:
            function = getattr(library, name, None)
            if name not in _NOT_SERVED and callable(function) and _is_served_by_candles(function):
                found[name] = function
    return found


def _is_served_by_candles(function: Callable[..., Any]) -> bool:
    parameters = inspect.signature(function).parameters.values()
    needed = [p.name for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    return bool(needed) and all(name in _COLUMNS for name in needed)


def _library() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas_ta_classic
    return pandas_ta_classic  # type: ignore[no-any-return]
