"""The pauses that exchanges asked for, in a file of the data folder: a restart does not ask before they have passed."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from signals.clock import Clock, to_ms

log = logging.getLogger(__name__)
FILE = "embargoes.json"


class EmbargoFile:
    """Pauses by host. Times are the wall's; one that was set back since cannot make a pause longer than it was."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._file = folder / FILE
        self._clock = clock

    def recall(self, host: str) -> tuple[float, str]:
        """Seconds that are left of the host's pause (0: none), and what it said; a file that is spoilt holds none."""
        try:
            kept = self._read()[host]
            asked_s, left_s = float(kept["asked_s"]), (int(kept["until_ms"]) - to_ms(self._clock.now())) / 1000
            return max(0.0, min(asked_s, left_s)), str(kept["why"])
        except (KeyError, TypeError, ValueError):
            return 0.0, ""

    def keep(self, host: str, seconds: float, why: str) -> None:
        """Note a pause that begins now; logs what keeps it from being noted."""
        now_ms = to_ms(self._clock.now())
        kept = {name: one for name, one in self._read().items() if _stands(one, now_ms)}
        kept[host] = {"until_ms": now_ms + round(seconds * 1000), "asked_s": seconds, "why": why}
        fresh = self._file.with_suffix(".new")
        try:
            fresh.write_text(json.dumps(kept), encoding="utf-8")
            fresh.replace(self._file)
        except OSError as e:
            log.warning("the pause that %s asked for could not be noted: %s", host, e.strerror)

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def _stands(kept: Any, now_ms: int) -> bool:
    return isinstance(kept, dict) and isinstance(kept.get("until_ms"), int) and kept["until_ms"] > now_ms
