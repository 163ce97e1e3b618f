"""How often `run` began without serving steadily since: a crash loop waits before it logs in anywhere.

Discord takes a bot's token away after 1,000 log-ins in a day, and a supervisor starts a crashed process again at once.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from signals.clock import from_ms, iso, to_ms

log = logging.getLogger(__name__)
FILE = "starts.json"


@dataclass(frozen=True, slots=True)
class Patience:
    """`free` starts in a row cost nothing; from then on the wait doubles from `first_s` to `most_s` seconds.

    A start counts until one has served for `steady_s`, or for `forget_s` of nothing. At worst that makes 150 log-ins
    a day.
    """

    free: int = 4
    first_s: float = 15.0
    most_s: float = 600.0
    steady_s: float = 600.0
    forget_s: float = 3600.0

    def wait_s(self, starts: int) -> float:
        """Seconds to wait before the log-ins of so many starts in a row, this one included."""
        beyond = starts - self.free
        return min(self.most_s, self.first_s * 2.0 ** min(beyond - 1, 20)) if beyond > 0 else 0.0


PATIENCE = Patience()


class Starts:
    """The counter, in a file of the data folder, so that it outlives the process and needs no database."""

    def __init__(self, folder: Path, patience: Patience = PATIENCE) -> None:
        self._file = folder / FILE
        self.patience = patience

    def count(self, now: datetime) -> int:
        """Starts in a row without steady service; 0 when they are long ago, or the file cannot be read."""
        try:
            told = json.loads(self._file.read_text(encoding="utf-8"))
            count, last = int(told["count"]), from_ms(int(told["last_ms"]))
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return 0
        return 0 if now - last > timedelta(seconds=self.patience.forget_s) else max(0, count)

    def begin(self, now: datetime) -> float:
        """Count this start; gives back the seconds that its log-ins must wait."""
        count = self.count(now) + 1
        self._write(count, now)
        wait_s = self.patience.wait_s(count)
        if wait_s:
            log.warning("start %d without steady service since: log-ins wait %.0f s, see why it ended", count, wait_s)
        return wait_s

    async def settle(self, now: datetime) -> None:
        """Forget the former starts once this one has served steadily. `now` is when it began."""
        await asyncio.sleep(self.patience.steady_s)
        self._write(0, now)
        log.info("served steadily since %s", iso(now))

    def _write(self, count: int, now: datetime) -> None:
        fresh = self._file.with_suffix(".new")
        try:
            fresh.write_text(json.dumps({"count": count, "last_ms": to_ms(now)}), encoding="utf-8")
            fresh.replace(self._file)
        except OSError as e:  # a full disk: the start is not counted, which costs at worst a log-in
            log.warning("the start could not be counted: %s", e.strerror)
