"""Plain words for what is not answered: unknown markets, help, and questions outside the desk's work."""

from __future__ import annotations

from rag.question.model import Intent
from signals.universe import base_of

EXAMPLES = (
    "should I buy ETH with $2k?",
    "why did you go short on LINK yesterday?",
    "how did my last SOL trades go?",
    "latest 4h signal for AVAX",
)
TEXTS = {
    Intent.HELP: f"Ask about a watched market, a signal, a backtest or your own trades: {'; '.join(EXAMPLES)}",
    Intent.OUT_OF_SCOPE: (
        "That is outside what Deskmate knows: its own signals, backtests and your trades on the watched markets. "
        f"Try: {EXAMPLES[0]}"
    ),
}


def unknown_words(unknown: tuple[str, ...], symbols: tuple[str, ...]) -> str:
    """That a market is not watched, which are, and how to add it."""
    watched = ", ".join(base_of(symbol) for symbol in symbols)
    names = ", ".join(unknown)
    return (
        f"{names} is not watched, so there is nothing to say about it. Watched: {watched}. MARKET_SYMBOLS adds markets."
    )
