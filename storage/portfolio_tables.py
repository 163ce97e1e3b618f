"""The table of what each account was worth, one row per slot of the timetable."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text

from storage.columns import Money, UtcTime
from storage.tables import metadata

equity_snapshots = Table(
    "equity_snapshots",
    metadata,
    Column("owner", Text, primary_key=True),
    Column(
        "account", Text, primary_key=True
    ),  # paper; an exchange's account has its balances as last read, and no history
    Column("at", UtcTime, primary_key=True),  # the slot
    Column("equity", Money, nullable=False),
    Column("cash", Money, nullable=False),
    Column("put_in", Money, nullable=False),
    Column("entries", Integer, nullable=False),  # of the ledger by then: with another number the row is out of date
)
