"""Tables about people and what they did here: who is who, who may what, which events were seen, what was changed."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text

from storage.columns import UtcTime
from storage.tables import metadata


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _time(name: str) -> Column[object]:
    return Column(name, UtcTime, nullable=False)


identities = Table(  # accounts that were joined; an account without a row is a person of its own
    "identities",
    metadata,
    Column("identity", Text, primary_key=True),
    _text("person"),
    _time("linked_at"),
    Index(None, "person"),
)

roles = Table(
    "roles",
    metadata,
    Column("identity", Text, primary_key=True),
    _text("role"),
    _text("set_by"),
    _time("set_at"),
)

link_codes = Table(  # one per account; the code itself is not kept
    "link_codes",
    metadata,
    Column("identity", Text, primary_key=True),
    _text("code_hash"),
    _time("expires_at"),
    sa.UniqueConstraint("code_hash"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("seq", BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
    _time("at"),
    _text("identity"),
    _text("person"),
    _text("act"),
    _text("outcome"),
    _text("detail"),
    Index(None, "person"),
)

inbound = Table(
    "inbound",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    _time("at"),
    Index(None, "at"),
)

universe = Table(  # what admins added to, or took from, the symbols of the settings
    "universe",
    metadata,
    Column("symbol", Text, primary_key=True),
    Column("watched", Boolean, nullable=False),
    _text("set_by"),
    _time("set_at"),
)

choices = Table(  # settings that were changed while running, by name
    "choices",
    metadata,
    Column("name", Text, primary_key=True),
    _text("value"),
    _text("set_by"),
    _time("set_at"),
)

cards = Table(  # where a recommendation was shown, for those who press its buttons
    "cards",
    metadata,
    Column("recommendation_id", Text, primary_key=True),
    Column("private", Boolean, nullable=False),
    _text("place"),
    _time("at"),
)
