"""Platforms beside the timetable: each runs in the one loop, is retried when it fails, and stops nobody else."""

from __future__ import annotations

import asyncio
from typing import Protocol


class Platform(Protocol):
    """A chat platform. It owns no loop and no signal handler."""

    @property
    def name(self) -> str:
        """`discord`, `telegram`."""
        ...

    async def run(self, stop: asyncio.Event) -> None:
        """Log in and serve until `stop` is set, then leave within 5 s.

        Raises UserError for what a person must mend (a refused token) and TemporaryError for what may pass by itself;
        both are retried, the former seldom.
        """
        ...
