"""Who votes on each timeframe: the rules, and the learned model where one is in force."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from signals.ensemble import SignalRules
from signals.errors import DataError, UserError
from signals.learned.files import load
from signals.learned.model import LearnedModel
from signals.model import Timeframe
from signals.voters.learned import with_learned
from storage.models import ModelVersion
from storage.stores import Stores


@dataclass(frozen=True, slots=True)
class Ballot:
    """The rules with their voters. `fault` says why the model in force cannot be used: then nothing is decided."""

    rules: SignalRules
    fault: str = ""


class LearnedVotes:
    """Loads models in force when they are first needed and again when a file changes; `folder` holds their files."""

    def __init__(self, stores: Stores, folder: Path | None) -> None:
        """Without a folder there is no learned voter at all."""
        self._stores = stores
        self._folder = folder
        self._loaded: dict[str, tuple[tuple[tuple[int, int], ...], LearnedModel]] = {}

    async def ballots(
        self, timeframes: Iterable[Timeframe], rules: SignalRules, now: datetime
    ) -> Mapping[Timeframe, Ballot]:
        """The ballot of each timeframe at `now`. A model that cannot be used is a fault, never a missing vote."""
        if self._folder is None:
            return {timeframe: Ballot(rules) for timeframe in timeframes}
        in_force = await self._stores.models.in_force(now)
        return {tf: await self._ballot(tf, in_force.get(tf), rules, now) for tf in dict.fromkeys(timeframes)}

    async def load(self, version: ModelVersion) -> LearnedModel:
        """A model from its files; DataError or UserError naming the fix."""
        if self._folder is None:
            raise DataError("no folder for models was given")
        seen = _stamps(self._folder, version.version)
        held = self._loaded.get(version.version)
        if held is None or held[0] != seen:
            model = await asyncio.to_thread(load, self._folder, version.version, version.sha256)
            held = (seen, model)
            self._loaded[version.version] = held
        return held[1]

    async def _ballot(
        self, timeframe: Timeframe, version: ModelVersion | None, rules: SignalRules, now: datetime
    ) -> Ballot:
        if version is None:
            return Ballot(replace(rules, voters=with_learned(None, await self._why_none(timeframe, now))))
        try:
            model = await self.load(version)
        except (DataError, UserError) as e:
            return Ballot(rules, f"the learned model in force for {timeframe} cannot be used: {e}")
        return Ballot(replace(rules, voters=with_learned(model)))

    async def _why_none(self, timeframe: Timeframe, now: datetime) -> str:
        newest = await self._stores.models.newest(timeframe, now)
        if not newest:
            return f"no model was trained for {timeframe}"
        return f"no accepted model for {timeframe}"


def _stamps(folder: Path, version: str) -> tuple[tuple[int, int], ...]:
    """Size and time of both files; empty for one that is not there."""
    found = []
    for suffix in (".txt", ".json"):
        path = folder / f"{version}{suffix}"
        if path.is_file():
            stat = path.stat()
            found.append((stat.st_size, stat.st_mtime_ns))
    return tuple(found)
