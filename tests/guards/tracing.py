"""Coverage where it is asked for: tracing everything else would double the time of the whole suite."""

from __future__ import annotations

from pathlib import Path

import coverage

ROOT = Path(__file__).parents[1]
MEASURED = (ROOT / "rag", ROOT / "signals")


def trace(test: Path) -> None:
    """Let a running measurement look at this test file, or look away.

    The floors are on `rag` and `signals`, each held by its own tests; what else runs their code is not counted. Imports
    during collection are: the measurement starts before it. Nothing happens without `--cov`.
    """
    measurement = coverage.Coverage.current()
    wanted = any(test.is_relative_to(folder) for folder in MEASURED)
    if wanted and measurement is None and _PAUSED:
        _PAUSED.pop().start()
    elif not wanted and measurement is not None:
        measurement.stop()
        _PAUSED.append(measurement)


_PAUSED: list[coverage.Coverage] = []
