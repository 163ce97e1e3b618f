"""Tunings, cases seeded from backtests, fitted calibrations.

Revision 0004.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

PREVIOUS = "0003"

revision = "0004"
down_revision = PREVIOUS
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables."""
    _tunings()
    op.create_table(
        "seeded_cases",
        *_columns(sa.Text, "exchange symbol timeframe"),
        *_columns(sa.BigInteger, "known_at resolved_at"),
        *_columns(sa.Integer, "direction"),
        *_columns(sa.Text, "strength"),
        *_columns(sa.Double, "conviction volatility"),
        *_columns(sa.Boolean, "reached"),
        *_columns(sa.Double, "realised_r?"),
        sa.PrimaryKeyConstraint("exchange", "symbol", "timeframe", "known_at", name="pk_seeded_cases"),
    )
    op.create_index("ix_seeded_cases_timeframe_resolved_at", "seeded_cases", ["timeframe", "resolved_at"])
    op.create_table(
        "calibrations",
        *_columns(sa.Text, "timeframe"),
        *_columns(sa.BigInteger, "fitted_at"),
        *_columns(sa.JSON, "fitted"),
        sa.PrimaryKeyConstraint("timeframe", "fitted_at", name="pk_calibrations"),
    )


def _tunings() -> None:
    op.create_table(
        "tunings",
        *_columns(sa.Text, "tuning_id exchange symbol timeframe"),
        *_columns(sa.BigInteger, "data_from data_to test_from finished_at"),
        *_columns(sa.JSON, "rules in_sample out_of_sample active"),
        *_columns(sa.Double, "buy_hold_pct"),
        *_columns(sa.JSON, "old new"),
        *_columns(sa.Boolean, "won"),
        *_columns(sa.Text, "reason"),
        *_columns(sa.JSON, "first_trials"),
        sa.PrimaryKeyConstraint("tuning_id", name="pk_tunings"),
    )
    op.create_index("ix_tunings_timeframe_finished_at", "tunings", ["timeframe", "finished_at"])


def _columns(kind: Any, names: str) -> list[sa.Column[Any]]:
    """One column per name; a name that ends in `?` may be NULL."""
    return [
        sa.Column(name.rstrip("?"), kind, nullable=name.endswith("?"), autoincrement=False) for name in names.split()
    ]
