"""Fitted calibrations by timeframe and the moment they were fitted; the one in force is the newest known."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from signals.calibration_fit import Calibration, Part
from signals.logistic import Logistic, Steps
from signals.model import Timeframe
from signals.scores import Band, Quality
from storage import dialect
from storage.database import Database
from storage.proof_tables import calibrations


class CalibrationStore:
    """Every calibration that was ever in force; nothing is deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, calibration: Calibration) -> None:
        """Store a calibration; the same timeframe and moment replaces."""
        fitted = asdict(calibration)
        row = {"timeframe": fitted.pop("timeframe"), "fitted_at": fitted.pop("fitted_at"), "fitted": fitted}
        async with self._database.write() as conn:
            await conn.execute(dialect.upsert(conn.dialect.name, calibrations), row)

    async def newest(self, timeframe: Timeframe, as_of: datetime) -> Calibration | None:
        """The one in force at `as_of`."""
        t = calibrations.c
        query = sa.select(calibrations).where(t.timeframe == timeframe, t.fitted_at <= as_of)
        async with self._database.read() as conn:
            row = (await conn.execute(query.order_by(t.fitted_at.desc()).limit(1))).one_or_none()
        return None if row is None else _calibration_of(row)


def _calibration_of(row: sa.Row[Any]) -> Calibration:
    held = row.fitted
    return Calibration(
        timeframe=row.timeframe,
        fitted_at=row.fitted_at,
        n=held["n"],
        live=held["live"],
        parts=tuple(Part(p["weight"], tuple(p["columns"]), Logistic(**_tuples(p["logistic"]))) for p in held["parts"]),
        steps=None if held["steps"] is None else Steps(**_tuples(held["steps"])),
        quality=None if held["quality"] is None else Quality(**held["quality"]),
        bands=tuple(Band(**band) for band in held.get("bands", ())),
    )


def _tuples(stored: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()}
