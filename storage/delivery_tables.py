"""Tables of the outbox: what is to be sent, where broadcasts go, and what each destination wants."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from storage.columns import UtcTime
from storage.tables import metadata


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _time(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, UtcTime, nullable=nullable)


outbox = Table(
    "outbox",
    metadata,
    Column("seq", BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    _text("stream"),
    _text("event"),
    _text("destination"),
    _number("part"),
    Column("payload", sa.JSON, nullable=False),
    _time("created_at"),
    _time("valid_until", nullable=True),
    _flag("edits"),
    _text("state"),
    _number("attempts"),
    _time("next_at"),
    _time("tried_at", nullable=True),
    _time("ended_at", nullable=True),
    Column("platform_message_id", Text),
    Column("folded_into", Text),  # the key of the line that counts an expired row
    _text("note"),
    _text("holder"),
    _number("fence"),
    Index(None, "state", "destination", "seq", "edits"),
    Index(None, "stream", "destination"),
    Index(None, "folded_into"),
)

destinations = Table(
    "destinations",
    metadata,
    Column("address", Text, primary_key=True),
    Column("owner", Text),
    _flag("on"),
    _time("changed_at"),
    _text("changed_by"),
    _text("reason"),
    _number("failures"),
    Column("route", Text),
    Index(None, "route"),
)

preferences = Table(
    "preferences",
    metadata,
    Column("address", Text, primary_key=True),
    _time("changed_at"),
    Column("symbols", sa.JSON, nullable=False),
    Column("timeframes", sa.JSON, nullable=False),
    _number("min_confidence_pct"),
    Column("quiet", sa.JSON(none_as_null=True)),
    _text("time_zone"),
    _flag("digest"),
)
