"""Everything that the first version remembers.

Revision 0001, the first.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.dialect import CLUSTERED, fulltext_ddl

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MONEY = sa.Text().with_variant(sa.Numeric(), "postgresql")


def upgrade() -> None:
    """Create every table and the full-text index."""
    _market()
    _signals()
    _history()
    _answers()
    _work()
    connection = op.get_bind()
    for statement in fulltext_ddl(connection.dialect.name):
        connection.exec_driver_sql(statement)


def _columns(kind: Any, names: str) -> list[sa.Column[Any]]:
    """One column per name; a name that ends in `?` may be NULL."""
    return [sa.Column(name.rstrip("?"), kind, nullable=name.endswith("?")) for name in names.split()]


def _market() -> None:
    op.create_table(
        "candles",
        *_columns(sa.Text, "exchange symbol timeframe"),
        sa.Column("open_ms", sa.BigInteger, autoincrement=False, nullable=False),
        *_columns(sa.Double, "open high low close volume"),
        sa.PrimaryKeyConstraint("exchange", "symbol", "timeframe", "open_ms", name="pk_candles"),
        **CLUSTERED,
    )
    op.create_table(
        "candle_revisions",
        *_columns(sa.Text, "exchange symbol timeframe"),
        sa.Column("open_ms", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer, autoincrement=False, nullable=False),
        *_columns(sa.Double, "open high low close volume"),
        sa.PrimaryKeyConstraint("exchange", "symbol", "timeframe", "open_ms", "revision", name="pk_candle_revisions"),
        **CLUSTERED,
    )
    op.create_table(
        "indicator_values",
        *_columns(sa.Text, "exchange symbol timeframe"),
        sa.Column("open_ms", sa.BigInteger, autoincrement=False, nullable=False),
        *_columns(sa.Text, "name"),
        *_columns(sa.Double, "value"),
        sa.PrimaryKeyConstraint("exchange", "symbol", "timeframe", "open_ms", "name", name="pk_indicator_values"),
        **CLUSTERED,
    )
    op.create_table(
        "series_states",
        *_columns(sa.Text, "exchange symbol timeframe status note"),
        *_columns(sa.BigInteger, "checked_at newest_at?"),
        sa.PrimaryKeyConstraint("exchange", "symbol", "timeframe", name="pk_series_states"),
    )
    op.create_table(
        "market_rules",
        *_columns(sa.Text, "exchange symbol"),
        *_columns(MONEY, "tick lot_step min_notional"),
        sa.PrimaryKeyConstraint("exchange", "symbol", name="pk_market_rules"),
    )


def _signals() -> None:
    op.create_table(
        "signals",
        *_columns(sa.Text, "signal_id exchange symbol timeframe"),
        *_columns(sa.BigInteger, "bar_open_at? known_at issued_at"),
        *_columns(sa.Text, "action reason"),
        *_columns(sa.Double, "price? atr? long short conviction"),
        *_columns(sa.Text, "strength?"),
        *_columns(sa.JSON, "votes"),
        *_columns(sa.Text, "setup change strategy"),
        *_columns(sa.Double, "size_factor"),
        *_columns(sa.JSON, "warnings"),
        *_columns(sa.BigInteger, "last_good_at?"),
        *_columns(sa.Double, "confidence?"),
        *_columns(sa.JSON, "plan?"),
        sa.PrimaryKeyConstraint("signal_id", name="pk_signals"),
    )
    op.create_index("ix_signals_known_at", "signals", ["known_at"])
    op.create_index("ix_signals_symbol_timeframe_known_at", "signals", ["symbol", "timeframe", "known_at"])
    op.create_table(
        "signal_transitions",
        *_columns(sa.Text, "signal_id state"),
        *_columns(sa.BigInteger, "at"),
        *_columns(sa.Double, "price realised_r?"),
        *_columns(sa.Text, "final_of?"),
        sa.PrimaryKeyConstraint("signal_id", "state", name="pk_signal_transitions"),
        sa.UniqueConstraint("final_of", name="uq_signal_transitions_final_of"),
        sa.ForeignKeyConstraint(["signal_id"], ["signals.signal_id"], name="fk_signal_transitions_signal_id"),
    )
    op.create_table(
        "strategy_parameters",
        *_columns(sa.Text, "parameter_id symbol timeframe"),
        *_columns(sa.JSON, "rules"),
        *_columns(sa.BigInteger, "active_from"),
        *_columns(sa.Text, "reason"),
        sa.PrimaryKeyConstraint("parameter_id", name="pk_strategy_parameters"),
    )
    op.create_index(
        "ix_strategy_parameters_symbol_timeframe_active_from",
        "strategy_parameters",
        ["symbol", "timeframe", "active_from"],
    )


def _history() -> None:
    op.create_table(
        "trades",
        *_columns(sa.Text, "trade_id owner symbol timeframe side"),
        *_columns(MONEY, "quantity entry"),
        *_columns(sa.BigInteger, "opened_at"),
        *_columns(MONEY, "size_usd exit?"),
        *_columns(sa.BigInteger, "closed_at?"),
        *_columns(MONEY, "pnl_usd?"),
        *_columns(sa.Double, "return_pct?"),
        *_columns(MONEY, "fees_usd"),
        *_columns(sa.Text, "exit_reason? strategy note signal_id?"),
        sa.PrimaryKeyConstraint("trade_id", name="pk_trades"),
    )
    op.create_index("ix_trades_owner_opened_at", "trades", ["owner", "opened_at"])
    op.create_table(
        "backtests",
        *_columns(sa.Text, "backtest_id exchange symbol timeframe strategy"),
        *_columns(sa.BigInteger, "started_at ended_at finished_at"),
        *_columns(sa.Integer, "trades"),
        *_columns(
            sa.Double,
            "return_pct buy_hold_pct? sharpe? max_drawdown_pct? win_rate_pct? profit_factor? expectancy_r?"
            " exposure_pct? fees_pct?",
        ),
        *_columns(sa.Integer, "target_first resolved"),
        *_columns(sa.JSON, "parameters"),
        sa.PrimaryKeyConstraint("backtest_id", name="pk_backtests"),
    )
    op.create_index("ix_backtests_symbol_timeframe_finished_at", "backtests", ["symbol", "timeframe", "finished_at"])


def _answers() -> None:
    op.create_table(
        "recommendations",
        *_columns(sa.Text, "recommendation_id owner question"),
        *_columns(sa.BigInteger, "created_at as_of"),
        *_columns(sa.Text, "symbol? action method model? model_digest? prompt_ref?"),
        *_columns(sa.JSON, "payload facts sources twin"),
        *_columns(sa.Text, "raw_output?"),
        sa.PrimaryKeyConstraint("recommendation_id", name="pk_recommendations"),
    )
    op.create_index("ix_recommendations_owner_created_at", "recommendations", ["owner", "created_at"])
    op.create_table(
        "documents",
        *_columns(sa.Integer, "seq"),
        *_columns(sa.Text, "doc_id type text"),
        *_columns(sa.BigInteger, "at known_at"),
        *_columns(
            sa.Text,
            "scope symbol? timeframe? side? strategy? setup? exit_reason? outcome? parent? trust template"
            " content_hash words",
        ),
        sa.PrimaryKeyConstraint("seq", name="pk_documents"),
        sa.UniqueConstraint("doc_id", name="uq_documents_doc_id"),
    )
    op.create_index("ix_documents_scope_at", "documents", ["scope", "at"])
    op.create_index("ix_documents_scope_type_symbol_at", "documents", ["scope", "type", "symbol", "at"])


def _work() -> None:
    op.create_table(
        "ingest_marks",
        *_columns(sa.Text, "type pk"),
        *_columns(sa.BigInteger, "revision"),
        sa.PrimaryKeyConstraint("type", "pk", name="pk_ingest_marks"),
    )
    op.create_table(
        "job_runs",
        *_columns(sa.Text, "job"),
        *_columns(sa.BigInteger, "slot"),
        *_columns(sa.Text, "state holder"),
        *_columns(sa.Integer, "fence"),
        *_columns(sa.BigInteger, "lease_until"),
        *_columns(sa.Double, "lease_s"),
        *_columns(sa.BigInteger, "started_at finished_at?"),
        *_columns(sa.Text, "detail"),
        sa.PrimaryKeyConstraint("job", "slot", name="pk_job_runs"),
    )
    op.create_index("ix_job_runs_started_at", "job_runs", ["started_at"])
