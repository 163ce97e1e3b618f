"""`doctor`: each part looked at, with what to do. `warn`: Deskmate works with less; `fail`: it cannot work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from bot.checkups import learned, machine, market, memory, model, news
from bot.checkups.finding import Finding
from bot.reply import Reply, Table
from bot.settings import Settings
from signals.errors import DeskmateError

DOCTOR_VERSION = 1
LONGEST_S = 30.0


@dataclass(frozen=True, slots=True)
class Checkup:
    """A part's name and the look at it."""

    part: str
    look: Callable[[Settings], Awaitable[list[Finding]]]


CHECKUPS = (
    Checkup("versions", machine.versions),
    Checkup("data folder", machine.data_folder),
    Checkup("database", memory.database),
    Checkup("embedding model", memory.embedding_model),
    Checkup("vector index", memory.vector_index),
    Checkup("language model", model.language_model),
    Checkup("learned model", learned.learned_model),
    Checkup("candles", market.candle_sources),
    Checkup("news feeds", news.news_feeds),
    Checkup("platforms", machine.platforms),
    Checkup("starts", machine.starts),
)


async def examine(settings: Settings) -> Reply:
    """Every part, in order; `error` when at least one must be mended."""
    found: list[Finding] = []
    for checkup in CHECKUPS:
        found += await _looked_at(checkup, settings)
    bad = [f for f in found if f.state == "fail"]
    less = [f for f in found if f.state == "warn"]
    verdict = "Everything works." if not bad and not less else _verdict(len(bad), len(less))
    rows = tuple((f.state, f.part, f.text, f.fix) for f in found)
    return Reply(
        text=verdict,
        tables=(Table("", ("", "part", "found", "what to do"), rows),),
        data=_data(found),
        error=bool(bad),
    )


async def _looked_at(checkup: Checkup, settings: Settings) -> list[Finding]:
    try:
        async with asyncio.timeout(LONGEST_S):
            return await checkup.look(settings)
    except TimeoutError:
        return [Finding(checkup.part, "fail", f"did not answer within {LONGEST_S:.0f} s", "try again; look at the log")]
    except DeskmateError as e:
        return [Finding(checkup.part, "fail", str(e))]


def _verdict(bad: int, less: int) -> str:
    parts = [f"{bad} part(s) must be mended"] * (bad > 0) + [f"{less} could be better"] * (less > 0)
    return "; ".join(parts) + "."


def _data(found: list[Finding]) -> dict[str, Any]:
    worst = max((("ok", "warn", "fail").index(f.state) for f in found), default=0)
    return {
        "doctor_version": DOCTOR_VERSION,
        "state": ("ok", "warn", "fail")[worst],
        "parts": [asdict(f) for f in found],
    }
