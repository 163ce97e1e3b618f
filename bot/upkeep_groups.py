"""The groups of settings about upkeep: when jobs run, what backups and records are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from bot.setting_groups import Group, Seconds, Whole


class ScheduleSettings(Group):
    """`SCHEDULE_*`: seconds between the slots of each job, until series that could not be had are tried again, the
    lease of a running job, and between looks for missed ones.
    """

    sync_s: Seconds = 300.0
    indicators_s: Seconds = 900.0
    signals_s: Seconds = 900.0
    news_s: Seconds = 900.0
    ingest_s: Seconds = 600.0
    backtests_s: Seconds = 86_400.0
    analytics_s: Seconds = 3600.0
    tune_s: Seconds = 604_800.0
    train_s: Seconds = 604_800.0
    summaries_s: Seconds = 86_400.0
    drift_s: Seconds = 86_400.0
    check_s: Seconds = 86_400.0
    backup_s: Seconds = 86_400.0
    archive_s: Seconds = 86_400.0
    digest_s: Seconds = 900.0
    retry_s: Seconds = 20.0
    positions_s: Seconds = 300.0
    portfolio_s: Seconds = 1800.0
    alerts_s: Seconds = 300.0
    exchange_s: Seconds = 1800.0
    lease_s: Seconds = 120.0
    pickup_s: Seconds = 30.0


def _none_or_a_month(value: int) -> int:
    if 0 < value < 30:
        raise ValueError("must be 0 (never) or at least 30 days")
    return value


Days = Annotated[Whole, Field(ge=0, le=36_500), AfterValidator(_none_or_a_month)]


class BackupSettings(Group):
    """`BACKUP_*`: where the daily backups go (None: `backups` in the data folder) and how many are kept there."""

    dir: Path | None = None
    keep: Annotated[Whole, Field(ge=1, le=1000)] = 7


class RetentionSettings(Group):
    """`RETENTION_*`: days after which records leave the database; 0 keeps them for good."""

    signals_days: Days = 365
    outbox_days: Days = 90
    jobs_days: Days = 90
    audit_days: Days = 730
