"""The table of who serves: one row per role, such as the running instance."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from storage.columns import UtcTime
from storage.tables import metadata

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),  # empty while nobody holds it
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("place", Text, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("beat", BigInteger, nullable=False),
    Column("fence", BigInteger, nullable=False),
)
