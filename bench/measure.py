"""Timing, statistics and reports that the benchmarks share."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True)
class Timing:
    """Seconds of repeated runs of one thing."""

    what: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle run."""
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        """19 of 20 runs took no longer (nearest rank)."""
        ranked = sorted(self.seconds)
        return ranked[max(0, -(-95 * len(ranked) // 100) - 1)]

    def row(self) -> dict[str, float | str | int]:
        """Milliseconds, for a report."""
        ms = [1000 * s for s in self.seconds]
        return {
            "what": self.what,
            "runs": len(ms),
            "min_ms": round(min(ms), 3),
            "median_ms": round(1000 * self.median, 3),
            "p95_ms": round(1000 * self.p95, 3),
            "max_ms": round(max(ms), 3),
        }


@dataclass(frozen=True)
class Claim:
    """A promise and what was measured of it; `limit` is the most that keeps it."""

    text: str
    measured: float
    limit: float
    unit: str

    @property
    def kept(self) -> bool:
        """True when the measurement is within the limit."""
        return self.measured <= self.limit

    def __str__(self) -> str:
        verdict = "kept" if self.kept else "FALLS SHORT"
        return f"{self.text}: {self.measured:.3g} {self.unit} (at most {self.limit:g} {self.unit}) - {verdict}"


def options(description: str | None) -> argparse.ArgumentParser:
    """The command line that every benchmark has: `--json` and `--runs`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.add_argument("--runs", type=int, default=0, help="repetitions; 0: the benchmark's own number")
    return parser


def one_thread() -> None:
    """Keep numeric libraries to one thread; call it before they are imported."""
    for name in ONE_THREAD:
        os.environ.setdefault(name, "1")


def in_turn(works: Sequence[tuple[str, Callable[[], object]]], runs: int, warm_up: int = 3) -> list[Timing]:
    """Time each work `runs` times, alternating, so that noise of the machine falls on all of them alike."""
    for _ in range(warm_up):
        for _, work in works:
            work()
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(runs):
        for times, (_, work) in zip(taken, works, strict=True):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
    return [Timing(what, tuple(times)) for (what, _), times in zip(works, taken, strict=True)]


def report(title: str, pairs: Sequence[tuple[Timing, Timing]], claims: Sequence[Claim], *, as_json: bool) -> None:
    """Print ours beside its peer with the ratio of their medians, and the verdicts; or the same as JSON."""
    ratios = [round(ours.median / peer.median, 2) for ours, peer in pairs]
    if as_json:
        compared = [{"ours": o.row(), "peer": p.row(), "ratio": r} for (o, p), r in zip(pairs, ratios, strict=True)]
        verdicts = [asdict(claim) | {"kept": claim.kept} for claim in claims]
        print(json.dumps({"title": title, "machine": machine(), "compared": compared, "claims": verdicts}, indent=2))
        return
    print(f"{title}\n{machine()}, milliseconds\n")
    print(f"{'':44}{'runs':>6}{'min':>11}{'median':>11}{'p95':>11}{'max':>11}{'ratio':>8}")
    for (ours, peer), ratio in zip(pairs, ratios, strict=True):
        print(f"{_line(ours)}{ratio:>8}\n{_line(peer)}{1:>8}")
    print("\n" + "\n".join(str(claim) for claim in claims) + "\n")


def _line(timing: Timing) -> str:
    row = timing.row()
    figures = "".join(f"{row[key]:>11,}" for key in ("min_ms", "median_ms", "p95_ms", "max_ms"))
    return f"{timing.what:44}{len(timing.seconds):>6}{figures}"


def machine() -> str:
    """Interpreter, system, cores and load, without the machine's name."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"Python {platform.python_version()}, {sys.platform} {platform.machine()}, {os.cpu_count()} cores{load}"
