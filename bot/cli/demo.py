"""`demo`: the whole way from candles to a recommendation, on embedded parts, in a folder of its own."""

from __future__ import annotations


def demo() -> int:
    """See it work in under a minute: candles, signals, a backtest, knowledge, and a real answer. Needs nothing else."""
    import asyncio

    from bot.cli.start import begin
    from bot.showcase import show_all

    return asyncio.run(show_all(begin()))
