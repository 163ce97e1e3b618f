"""Tables of alerts: what each person waits for, and every firing under its natural key."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text

from storage.columns import UtcTime
from storage.tables import metadata


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


alerts = Table(
    "alerts",
    metadata,
    Column("alert_id", Text, primary_key=True),
    _text("owner"),
    Column("number", Integer, nullable=False),  # the person's own, from 1
    Column("condition", sa.JSON, nullable=False),
    Column("repeats", Boolean, nullable=False),
    Column("cooldown_s", Integer, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("checked_at", UtcTime, nullable=False),  # bars closed until then were looked at
    Column("state", Integer, nullable=False),
    _text("exchange"),  # whose bars the state is of
    Column("memory", sa.JSON, nullable=False),  # what an account's drawdown is measured from
    Column("fired_at", UtcTime),
    Column("ended_at", UtcTime),
    _text("ended"),  # fired, expired, removed; empty while it is active
    sa.UniqueConstraint("owner", "number"),
    Index(None, "ended_at"),
)

alert_firings = Table(
    "alert_firings",
    metadata,
    Column("alert_id", Text, ForeignKey("alerts.alert_id"), primary_key=True),
    Column("occasion", Text, primary_key=True),  # the bar's open time, or the signal's step
    _text("owner"),
    Column("at", UtcTime, nullable=False),  # when it could first be known: the bar's close
    _text("what"),
    Column("muted", Boolean, nullable=False),  # within the cooldown: not told
    Column("found_at", UtcTime, nullable=False),
    Index(None, "owner", "at"),
)
