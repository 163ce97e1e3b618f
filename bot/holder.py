"""Who this process is, for locks, leases and job runs."""

from __future__ import annotations

import os
import socket


def host() -> str:
    """This machine's name."""
    return socket.gethostname()


def me() -> str:
    """`host:pid`."""
    return f"{host()}:{os.getpid()}"
