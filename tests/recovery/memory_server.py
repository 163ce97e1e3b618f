"""Imports everything once and forks a life of `memory_life` per line of its input; gives back what the life said."""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import json
import logging
import os
import select
import signal
import sys
import time
from typing import Any

from tests.recovery.memory_life import Order, live

LONGEST_S = 60.0


def main() -> None:
    """Serve until the input ends."""
    logging.disable(logging.ERROR)
    gc.collect()
    gc.freeze()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        given = json.loads(line)
        after_s = given.pop("after_s")
        print(json.dumps(_one(Order(**given), after_s)), flush=True)


def _one(order: Order, after_s: float | None) -> dict[str, Any]:
    here, there = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(here)
        faulthandler.dump_traceback_later(0.8 * LONGEST_S)  # where a life hangs
        asyncio.run(live(order, there))  # an error leaves by the interpreter's own way, and is printed
        os._exit(0)
    os.close(there)
    said, began, kill_at = b"", time.monotonic(), None
    while True:
        wait_s = 1.0 if kill_at is None else max(0.0, kill_at - time.monotonic())
        if kill_at is not None and wait_s == 0.0:
            os.kill(pid, signal.SIGKILL)
            kill_at = None
        if select.select([here], [], [], wait_s)[0]:
            part = os.read(here, 65536)
            if not part:
                break
            if not said and after_s is not None:
                kill_at = time.monotonic() + after_s  # from its first word on, so that the kill lands in the work
            said += part
        if time.monotonic() - began > LONGEST_S:
            os.kill(pid, signal.SIGKILL)
            raise TimeoutError("a life did not end")
    _, status = os.waitpid(pid, 0)
    os.close(here)
    lines = [json.loads(line) for line in said.decode().splitlines(keepends=True) if line.endswith("\n")]
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return {"killed": killed, "status": status, "said": lines}


if __name__ == "__main__":
    main()
