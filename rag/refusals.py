"""Plain words for what is not answered: help, and questions outside the desk's work."""

from __future__ import annotations

from rag.question.model import Intent

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
