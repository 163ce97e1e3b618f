"""A feed's document to its entries, through a child process that can be ended."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from signals.errors import DataError
from signals.news.links import canonical

WALL_S = 15.0
_CHILD = Path(__file__).with_name("child.py")


@dataclass(frozen=True, slots=True)
class Entry:
    """One story as its feed tells it, markup and all; `published_at` is None when it gives no date."""

    link: str
    title: str
    summary: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Contents:
    """The stories of a feed, each link once; `passed_over` are entries without a usable link or a title.

    `left` counts those beyond the 200 that are read, `whole` is False when the document was not well-formed.
    """

    entries: tuple[Entry, ...]
    passed_over: int = 0
    left: int = 0
    whole: bool = True


async def read(document: bytes, wall_s: float = WALL_S) -> Contents:
    """The entries of a document. DataError when it is refused, is no feed, or takes too much to read."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(_CHILD),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        async with asyncio.timeout(wall_s):
            out, _ = await child.communicate(document)
    except TimeoutError as e:
        raise DataError(f"it could not be read within {wall_s:g} s") from e
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode not in (0, 3):
        raise DataError("reading it took more memory or computing than a feed may")
    told = json.loads(out)
    if "refused" in told:
        raise DataError(str(told["refused"]))
    if not told["entries"] and not told["version"]:
        raise DataError("its content is no feed")
    return contents_of(told)


def contents_of(told: dict[str, Any]) -> Contents:
    """What the child told, each canonical link once, the first of them."""
    entries: dict[str, Entry] = {}
    passed_over = 0
    for one in told["entries"]:
        link = canonical(one["link"])
        if not link or not one["title"].strip():
            passed_over += 1
            continue
        entries.setdefault(link, Entry(link, one["title"], one["summary"], _moment(one["at"])))
    return Contents(tuple(entries.values()), passed_over, int(told["left"]), bool(told["whole"]))


def _moment(at: list[int] | None) -> datetime | None:
    try:
        return None if at is None else datetime(*at, tzinfo=UTC)  # type: ignore[arg-type, misc]
    except (ValueError, TypeError):
        return None
