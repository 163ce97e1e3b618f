"""The line above every answer that says how the question was understood, so that a person can correct it."""

from __future__ import annotations

from rag.question.model import Figure, Intent, Parsed
from rag.question.terms import themes_in
from signals.universe import base_of

TYPE_WORDS = {
    "signal": "signals",
    "trade": "trades",
    "trade_note": "trade notes",
    "backtest": "backtests",
    "news": "news",
    "recommendation": "past recommendations",
    "outcome": "outcomes",
    "strategy_params": "strategy parameters",
    "tuning": "tunings",
    "model_card": "model cards",
    "market_summary": "market summaries",
}
_INTENTS = {
    Intent.ADVICE: "recommendation",
    Intent.SIZE: "position size",
    Intent.CHART: "chart",
    Intent.COMPARE: "comparison",
    Intent.NEWS: "news",
    Intent.HELP: "help",
    Intent.OUT_OF_SCOPE: "not understood as a trading question",
}
_EXITS = {
    "stop_loss": "stopped out",
    "take_profit": "hit target",
    "timeout": "timed out",
    "manual": "closed by hand",
    "trailing_stop": "trailing stop",
    "signal": "closed by signal",
}
_OUTCOMES = {"win": "winning", "loss": "losing"}


def describe(parsed: Parsed) -> str:
    """E.g. `ETH · 1h · signals · 22-28 June`; slots taken over from the last question are named at the end."""
    parts = [
        ", ".join(base_of(symbol) for symbol in parsed.symbols),
        ", ".join(f"{word} (not watched)" for word in parsed.unknown),
        ", ".join(parsed.timeframes),
        _what(parsed),
        ", ".join(setup.replace("_", " ") for setup in parsed.setups),
        ", ".join(strategy.replace("_", " ") for strategy in parsed.strategies),
        ", ".join(_EXITS.get(reason, reason) for reason in parsed.exit_reasons),
        ", ".join(theme.name for theme in themes_in(parsed.text)) if parsed.types == ("trade_note",) else "",
        parsed.window.label if parsed.window else "",
        f"budget ${parsed.budget:,f}" if parsed.budget is not None else "",
        ", ".join(f"holding {quantity:f} {base_of(symbol)}" for symbol, quantity, _ in parsed.holdings),
        "tighter stop" if parsed.tighter_stop else "",
    ]
    line = " · ".join(part for part in parts if part)
    kept = ", ".join(parsed.carried)
    return f"{line} (kept from before: {kept})" if kept else line


def _what(parsed: Parsed) -> str:
    what = ", ".join(TYPE_WORDS.get(kind, kind) for kind in parsed.types) or _INTENTS.get(
        parsed.intent, "everything stored"
    )
    qualities = [_OUTCOMES[o] for o in parsed.outcomes] + list(parsed.sides)
    if parsed.mine and parsed.intent not in _INTENTS:
        qualities.insert(0, "your")
    count = f"last {parsed.limit}" if parsed.limit else "latest" if parsed.intent is Intent.LATEST else ""
    why = "why" if parsed.intent is Intent.EXPLAIN else _figure(parsed) if parsed.measure is not None else ""
    return " ".join(word for word in (why, count, *qualities, what) if word)


def _figure(parsed: Parsed) -> str:
    """E.g. `win rate of`, `total by symbol of`; the bare word where the question names no figure."""
    measure = parsed.measure
    if parsed.intent is Intent.COMPARE:
        return "comparison of"
    if measure is None or measure.figure is Figure.SUMMARY:
        return "statistics of"
    by = f" by {measure.by.replace('_', ' ')}" if measure.by else ""
    figure = "number" if measure.figure is Figure.COUNT else measure.figure
    return f"{figure}{by} of"
