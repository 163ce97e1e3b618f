"""What may be offered while a value is typed; everything is at hand, nothing is looked up."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Thread

from bot.commands.own_table import PNL_PERIODS
from bot.commands.table import JOBS, PERIODS, SETTABLE_ROLES
from bot.jobs.watch import Watch
from bot.pictures.request import Overlay, Study
from signals import catalogue

POPULAR = ("adx", "atr", "bbands", "cci", "ema", "macd", "mfi", "obv", "rsi", "sma", "stoch", "supertrend", "vwap")


class Suggestions:
    """Values by command and parameter. The indicators' names are loaded in the background when first wanted."""

    def __init__(self, watch: Watch, names: Sequence[str]) -> None:
        self._watch = watch
        self._names = tuple(names)
        self._indicators: tuple[str, ...] = POPULAR
        self._loading: Thread | None = None

    def __call__(self, command: str, param: str) -> Sequence[str]:
        """Every value that may be offered; none for free text."""
        if (command, param) == ("indicator", "name"):
            self._load()
            return self._indicators
        known: dict[tuple[str, str], Sequence[str]] = {
            ("chart", "indicators"): (*Overlay, *Study),
            ("why", "signal"): self._watch.symbols,
            ("help", "command"): self._names,
            ("runjob", "name"): JOBS,
            ("backtest", "period"): PERIODS,
            ("pnl", "period"): PNL_PERIODS,
            ("role", "role"): SETTABLE_ROLES,
            ("subscribe", "symbols"): (*self._watch.symbols, "off"),
        }
        if param == "symbol":
            return self._watch.symbols
        if param == "timeframe":
            return [timeframe.value for timeframe in self._watch.timeframes]
        return known.get((command, param), ())

    def _load(self) -> None:
        if self._loading is None:
            self._loading = Thread(target=self._all_names, name="indicator-names", daemon=True)
            self._loading.start()

    def _all_names(self) -> None:
        self._indicators = catalogue.names()
