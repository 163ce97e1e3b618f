"""Versions of the learned model: what was trained, which is in force, which runs beside it. The files lie elsewhere."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from signals.learned.manifest import Manifest, parse, to_json
from signals.model import Timeframe
from storage import dialect
from storage.database import Database
from storage.keys import keys_of
from storage.marks import mark
from storage.rows import as_row, from_row
from storage.tables import model_versions

ModelState = Literal["rejected", "shadow", "active", "retired"]


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One trained model. `manifest` is plain JSON; `reason` says why it is in its state.

    `rejected` did not pass the gate; `shadow` runs beside the active one; `active` votes from `active_from` until
    `retired_at`. `health` is what the last daily look said, at `checked_at`.
    """

    version: str
    timeframe: Timeframe
    state: ModelState
    created_at: datetime
    trained_until: datetime
    accepted: bool
    sha256: str
    manifest: dict[str, Any]
    reason: str
    active_from: datetime | None = None
    retired_at: datetime | None = None
    health: str | None = None
    checked_at: datetime | None = None

    @property
    def described(self) -> Manifest:
        """The manifest as a value; DataError when it is not one of this version's."""
        return parse(json.dumps(self.manifest), f"the record of {self.version}")


def version_of(manifest: Manifest, state: ModelState, reason: str) -> ModelVersion:
    """A new version in this state; an active one votes from its creation on."""
    return ModelVersion(
        version=manifest.version,
        timeframe=manifest.timeframe,
        state=state,
        created_at=manifest.created_at,
        trained_until=manifest.trained_until,
        accepted=manifest.accepted,
        sha256=manifest.sha256,
        manifest=to_json(manifest),
        reason=reason,
        active_from=manifest.created_at if state == "active" else None,
    )


class ModelStore:
    """Model versions by timeframe; at most one is active and at most one is in the shadow. Nothing is ever deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, version: ModelVersion) -> None:
        """Store a version with its ingest mark; the same version replaces.

        An earlier shadow of the timeframe is retired by a new shadow, an earlier active one by a new active one.
        """
        async with self._database.write() as conn:
            if version.state in ("shadow", "active"):
                await conn.execute(_retire(version, version.state))
            if version.state == "active":
                await conn.execute(_retire(version, "shadow"))
            await conn.execute(dialect.upsert(conn.dialect.name, model_versions), as_row(version))
            await mark(conn, [("model_card", version.version)])

    async def activate(self, version: str, at: datetime, reason: str) -> None:
        """Put a version in force from `at` on, in the place of the active one; one transaction."""
        t = model_versions.c
        async with self._database.write() as conn:
            row = (await conn.execute(sa.select(t.timeframe).where(t.version == version))).one()
            active = (t.timeframe == row.timeframe) & (t.state == "active") & (t.version != version)
            replaced = {"state": "retired", "retired_at": at, "reason": f"replaced by {version}"}
            await conn.execute(sa.update(model_versions).where(active).values(replaced))
            now_active = {"state": "active", "active_from": at, "retired_at": None, "reason": reason}
            await conn.execute(sa.update(model_versions).where(t.version == version).values(now_active))

    async def retire(self, version: str, at: datetime, reason: str) -> None:
        """Take a version out of force, or out of the shadow."""
        values = {"state": "retired", "retired_at": at, "reason": reason}
        async with self._database.write() as conn:
            await conn.execute(sa.update(model_versions).where(model_versions.c.version == version).values(values))

    async def note_health(self, version: str, health: str, at: datetime) -> None:
        """What the daily look at a version said."""
        values = {"health": health, "checked_at": at}
        async with self._database.write() as conn:
            await conn.execute(sa.update(model_versions).where(model_versions.c.version == version).values(values))

    async def get(self, version: str) -> ModelVersion | None:
        """The version."""
        found = await self._select(sa.select(model_versions).filter_by(version=version))
        return found[0] if found else None

    async def in_force(self, as_of: datetime) -> dict[Timeframe, ModelVersion]:
        """The version that voted at `as_of`, by timeframe."""
        t = model_versions.c
        still = t.retired_at.is_(None) | (t.retired_at > as_of)
        query = sa.select(model_versions).where(t.active_from <= as_of, still).order_by(t.active_from, t.version)
        return {found.timeframe: found for found in await self._select(query)}

    async def in_shadow(self, timeframe: Timeframe) -> ModelVersion | None:
        """The version that runs beside the active one."""
        query = sa.select(model_versions).filter_by(timeframe=timeframe, state="shadow")
        found = await self._select(query.order_by(model_versions.c.created_at.desc()).limit(1))
        return found[0] if found else None

    async def newest(self, timeframe: Timeframe | None, as_of: datetime, limit: int = 1) -> tuple[ModelVersion, ...]:
        """Versions trained by `as_of`, newest first; of any timeframe if None."""
        t = model_versions.c
        query = sa.select(model_versions).where(t.created_at <= as_of)
        if timeframe is not None:
            query = query.where(t.timeframe == timeframe)
        return await self._select(query.order_by(t.created_at.desc(), t.version).limit(limit))

    def keys(self) -> AsyncIterator[list[str]]:
        """All versions, some hundred at a time."""
        return keys_of(self._database, model_versions.c.version)

    async def _select(self, query: sa.Select[Any]) -> tuple[ModelVersion, ...]:
        async with self._database.read() as conn:
            return tuple(from_row(ModelVersion, row) for row in await conn.execute(query))


def _retire(successor: ModelVersion, state: str) -> sa.Update:
    t = model_versions.c
    former = (t.timeframe == successor.timeframe) & (t.state == state) & (t.version != successor.version)
    values = {"state": "retired", "retired_at": successor.created_at, "reason": f"replaced by {successor.version}"}
    return sa.update(model_versions).where(former).values(values)
