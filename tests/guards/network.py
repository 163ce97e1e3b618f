"""Refuses every address that is not this machine's loopback, for the rest of the process."""

from __future__ import annotations

import ipaddress
import sys
from typing import Any

ADDRESS_EVENTS = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1}
NAME_EVENTS = {"socket.getaddrinfo": 0, "socket.gethostbyname": 0}


class NetworkRefusedError(AssertionError):
    """A test reached for an address other than loopback."""


class NetworkGuard:
    """An audit hook, which no library can go around by keeping its own reference to `socket`.

    `refused` lists what was asked for, so that a test fails even when the code under test swallowed the error.
    """

    def __init__(self) -> None:
        self.refused: list[str] = []

    def install(self) -> None:
        """Watch from now on; the interpreter offers no way back."""
        sys.addaudithook(self.hook)

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        """Called by the interpreter before each audited operation; raises NetworkRefusedError to prevent it."""
        if event in ADDRESS_EVENTS:
            address = args[ADDRESS_EVENTS[event]]
            host = address[0] if isinstance(address, tuple) else None
        elif event in NAME_EVENTS:
            host = args[NAME_EVENTS[event]]
        else:
            return
        if not is_local(host):
            self.refused.append(f"{event} {host!r}")
            raise NetworkRefusedError(f"tests may use loopback only, and this one asked for {host!r} ({event})")


def is_local(host: object) -> bool:
    """True for loopback addresses, `localhost`, nothing at all and what is not an internet address (unix sockets)."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host.endswith(".localhost")
