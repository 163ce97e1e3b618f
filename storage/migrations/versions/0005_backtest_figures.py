"""More figures of a backtest: yearly growth, downside, what chance would do, the ladder of targets.

Revision 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

FORMER = "0004"

revision = "0005"
down_revision = FORMER
branch_labels = None
depends_on = None

FIGURES = (
    "cagr_pct",
    "sortino",
    "volatility_pct",
    "mean_trade_pct",
    "mean_trade_low_pct",
    "mean_trade_high_pct",
    "random_share_pct",
    "ladder_return_pct",
)


def upgrade() -> None:
    """Add the columns; backtests from before have none of these figures."""
    for name in FIGURES:
        op.add_column("backtests", sa.Column(name, sa.Double, nullable=True))
