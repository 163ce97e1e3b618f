"""The real entry point as a process, with candle files made for the test."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
PEERS = ROOT.parent / "shared" / "peers"
NOW = datetime(2022, 11, 8, 12, tzinfo=UTC)


def write_candles(folder: Path, name: str, bars: int = 420, seed: int = 3) -> Path:
    """Hourly candles that end at NOW, in a file as replay reads it; returns the file."""
    rng = np.random.default_rng(seed)
    close = 1500.0 * np.exp(np.cumsum(rng.standard_t(4, bars) * 0.006))
    opens = np.concatenate([close[:1], close[:-1]])
    high, low = np.maximum(opens, close) * 1.002, np.minimum(opens, close) * 0.998
    last = int(NOW.timestamp()) - 3600
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-1h.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("time", "open", "high", "low", "close", "volume"))
        for i in range(bars):
            at = datetime.fromtimestamp(last - 3600 * (bars - 1 - i), UTC)
            prices = (f"{v[i]:.2f}" for v in (opens, high, low, close))
            writer.writerow((f"{at:%Y-%m-%dT%H:%M:%SZ}", *prices, f"{rng.uniform(50, 150):.1f}"))
    return path


@dataclass(frozen=True)
class Ended:
    """A process that has ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Desk:
    """A data folder and the environment in which `deskmate` runs on it."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        """The whole environment: ours only, so that a developer's settings do not matter."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        own = {
            "DATA_DIR": str(self.folder / "data"),
            "MARKET_SOURCE": "replay",
            "MARKET_REPLAY_DIR": str(self.folder / "candles"),
            "MARKET_NOW": NOW.isoformat(),
            "MARKET_SYMBOLS": "BTC/USDT,ETH/USDT",
            "MARKET_TIMEFRAMES": "1h",
            "OLLAMA_HOST": "http://127.0.0.1:9",
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": "utf-8",
            "OMP_NUM_THREADS": "1",
        }
        return kept | own | self.environment

    def run(self, *arguments: str, stdin: str = "", timeout_s: float = 60.0) -> Ended:
        """`python -m bot ARGUMENTS`, waited for."""
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            env=self.env,
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout_s,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)
