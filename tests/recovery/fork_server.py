"""Imports everything once and then forks a life per line of its input; a kill so lands in the work, not in imports.

Reads one JSON order per line; writes one JSON line per life: whether it was killed, and what it said when it failed.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import signal
import sys
import time
from typing import Any

from tests.recovery.life import Order, live

LONGEST_S = 60.0


def main() -> None:
    """Serve until the input ends."""
    logging.disable(logging.WARNING)
    gc.collect()
    gc.freeze()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        given = json.loads(line)
        after_s = given.pop("after_s")
        given["destinations"] = tuple(given["destinations"])
        print(json.dumps(_one(Order(**given), after_s)), flush=True)


def _one(order: Order, after_s: float | None) -> dict[str, Any]:
    begun, begin = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(begun)
        _live(order, begin)
    os.close(begin)
    if after_s is not None and os.read(begun, 1):
        time.sleep(after_s)
        os.kill(pid, signal.SIGKILL)
    status = _ended(pid)
    os.close(begun)
    return {"killed": os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, "status": status}


def _ended(pid: int) -> int:
    """The status of a life; one that hangs ends the whole run, which the test then shows."""
    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.001)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    raise TimeoutError("a life did not end")


def _live(order: Order, begin: int) -> None:
    asyncio.run(live(order, lambda: _say(begin)))  # an error leaves by the interpreter's own way, and is printed
    os._exit(0)


def _say(begin: int) -> None:
    os.write(begin, b".")
    os.close(begin)


if __name__ == "__main__":
    main()
