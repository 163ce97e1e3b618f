"""Stores filled from the simulated market, for the benchmarks that need them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from bot.app import App
from bot.commands.caller import LOCAL
from bot.settings import Settings, load
from rag.documents import backtest_document, note_document, trade_document
from rag.ingest import Ingestor
from signals.clock import from_ms
from signals.market.simulated import simulate
from signals.model import Backtest, Candles, Market, Timeframe, Trade
from storage.values import Document

END_MS = 1_767_225_600_000  # 2026-01-01
BARS = 500
SEED = 7


@contextmanager
def simulated(symbols: Sequence[str], *, now: datetime | None = None) -> Iterator[Settings]:
    """Settings of an hourly simulated market in a data folder of its own, without a language model."""
    with TemporaryDirectory(prefix="deskmate-bench-") as folder:
        market = {"source": "simulated", "symbols": ",".join(symbols), "timeframes": "1h", "seed": str(SEED)}
        if now is not None:
            market["now"] = now.isoformat()
        yield load(env_file=None, data_dir=Path(folder), database_url=None, market=market, llm={"provider": "none"})


def hourly(symbols: Sequence[str], bars: int) -> list[Candles]:
    """`bars` bars of each symbol that close up to END_MS and beyond it, the first 500 before."""
    start_ms = END_MS - BARS * Timeframe.H1.ms
    return [simulate(SEED, Market(s, Timeframe.H1), start_ms, start_ms + bars * Timeframe.H1.ms) for s in symbols]


async def save(app: App, candles: Sequence[Candles]) -> None:
    """Store candles of all series."""
    for one in candles:
        await app.stores.candles.save(one)


async def remember(app: App, symbols: Sequence[str], documents: int) -> int:
    """Store trades with notes and backtests that make this many documents, ingest them, and count what was written."""
    backtests = documents // 3
    trades = (documents - backtests) // 2
    await app.stores.trades.save_many([_trade(i, symbols[i % len(symbols)]) for i in range(trades)])
    others = range(documents - 2 * trades)
    await app.stores.backtests.save_many([_backtest(i, symbols[i % len(symbols)]) for i in others])
    ingestor, written = await app.ingestor(), 0
    while swept := await ingestor.sweep(200):
        written += swept
    return written


def _trade(i: int, symbol: str) -> Trade:
    opened = from_ms(END_MS) - timedelta(hours=7 * i + 30)
    won = i % 3 != 0
    return Trade(
        trade_id=f"bench-{i}",
        owner=LOCAL.owner,
        symbol=symbol,
        timeframe=Timeframe.H1,
        side="LONG" if i % 2 else "SHORT",
        quantity=Decimal("1.5"),
        entry=Decimal(100 + i % 17),
        opened_at=opened,
        size_usd=Decimal(150 + i % 17),
        exit=Decimal(103 + i % 17),
        closed_at=opened + timedelta(hours=1 + i % 23),
        pnl_usd=Decimal(4 + i % 9) * (1 if won else -1),
        return_pct=2.1 if won else -1.4,
        exit_reason=("take_profit", "timeout", "manual")[i % 3] if won else "stop_loss",
        note=f"Entry {i}: waited for the {('pullback', 'breakout', 'retest', 'squeeze')[i % 4]}, volume was thin.",
    )


def _backtest(i: int, symbol: str) -> Backtest:
    finished = from_ms(END_MS) - timedelta(hours=5 * i + 1)
    return Backtest(
        backtest_id=f"bench-{i}",
        exchange="simulated",
        symbol=symbol,
        timeframe=Timeframe.H1,
        strategy="ensemble",
        started_at=datetime(2025, 1, 1, tzinfo=UTC),
        ended_at=finished - timedelta(hours=1),
        finished_at=finished,
        trades=20 + i % 30,
        return_pct=(i % 41) / 2 - 9,
        win_rate_pct=40.0 + i % 25,
        resolved=20 + i % 30,
        target_first=9 + i % 10,
    )


def documents(symbols: Sequence[str], count: int) -> Iterator[Document]:
    """`count` documents rendered from generated trades of the local owner, their notes and backtests."""
    for i in range(count):
        symbol, key = symbols[i % len(symbols)], f"generated-{i}"
        if i % 4 == 0:
            yield trade_document(replace(_trade(i % 5_000, symbol), trade_id=key))
        elif i % 4 == 1:
            note = note_document(replace(_trade(i % 5_000, symbol), trade_id=key))
            assert note is not None
            yield note
        else:
            yield backtest_document(replace(_backtest(i % 8_000, symbol), backtest_id=key))


class Lookalikes:
    """Vectors near each other, as those of like sentences are, drawn by the text's hash: what they cost, not mean.

    Real ones take about ten minutes per 100,000 texts on one core; their number and length are the same.
    """

    def __init__(self, model: str, dimension: int) -> None:
        self.model = model
        self.dimension = dimension
        self._centres = np.random.default_rng(SEED).normal(size=(64, dimension)).astype(np.float32)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """L2-normalised float32 rows (n, dimension)."""
        seeds = [zlib.crc32(text.encode()) for text in texts]
        noise = np.stack([np.random.default_rng(s).normal(size=self.dimension) for s in seeds]).astype(np.float32)
        rows = self._centres[[s % 64 for s in seeds]] + 0.35 * noise
        unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


async def remember_many(app: App, symbols: Sequence[str], count: int) -> int:
    """Store `count` generated documents with lookalike vectors beside what is there; the number of documents then."""
    known = await app.knowledge()
    if known.index is None or known.embedder is None:
        raise SystemExit("; ".join(known.notes))
    made, batch = documents(symbols, count), 2_000
    while part := list(islice(made, batch)):
        await app.stores.documents.upsert(part)
    stand_in = Lookalikes(known.embedder.model, known.embedder.dimension)
    report = await Ingestor(app.stores, known.index, stand_in, app.clock)._rebuilt(None, None)
    return report.documents
