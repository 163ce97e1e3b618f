"""The machine: versions, the data folder and its disk, the platforms' tokens."""

from __future__ import annotations

import asyncio
import platform
import shutil
import sys
from importlib.metadata import version
from pathlib import Path

from bot.checkups.finding import Finding
from bot.ground import make_folder
from bot.settings import Settings
from bot.starts import PATIENCE, Starts
from bot.vitals import FREE_SPACE, can_save
from signals.clock import SystemClock
from signals.errors import UserError

LEAST_FREE_MB = 200
LOW_FREE_MB = 1000
PACKAGES = ("chromadb", "ccxt", "TA-Lib", "SQLAlchemy", "langchain-ollama")


async def versions(_settings: Settings) -> list[Finding]:
    """Python and the packages that matter most."""
    told = f"Deskmate {version('deskmate')}, Python {platform.python_version()}, " + ", ".join(
        f"{name} {version(name)}" for name in PACKAGES
    )
    if sys.version_info[:2] in ((3, 11), (3, 12), (3, 13)):
        return [Finding("versions", "ok", told)]
    return [Finding("versions", "warn", told, "use Python 3.11, 3.12 or 3.13: others are not tested")]


async def data_folder(settings: Settings) -> list[Finding]:
    """Writable, and with room."""
    try:
        make_folder(settings.data_dir)
    except UserError as e:
        what, _, fix = str(e).partition("; ")
        return [Finding("data folder", "fail", what, fix)]
    return [
        Finding("data folder", "ok", f"{settings.data_dir.absolute()} is writable"),
        await asyncio.to_thread(_disk, settings.data_dir),
    ]


def _disk(folder: Path) -> Finding:
    fault = can_save(folder)
    if fault:
        return Finding("disk", "fail", fault, FREE_SPACE)
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    told = f"{free_mb:,} MB free"
    if free_mb < LEAST_FREE_MB:
        return Finding("disk", "fail", told, f"free at least {LEAST_FREE_MB} MB, or set DATA_DIR to another disk")
    if free_mb < LOW_FREE_MB:
        return Finding("disk", "warn", told, "free some space soon: candles and backups grow")
    return Finding("disk", "ok", told)


async def platforms(settings: Settings) -> list[Finding]:
    """Which chats are configured."""
    chats = (
        ("Discord", "DISCORD_TOKEN", settings.discord.token),
        ("Telegram", "TELEGRAM_TOKEN", settings.telegram.token),
    )
    return [
        Finding(name, "ok", "a token is set")
        if token
        else Finding(name, "warn", "no token: not started", f"set {variable} to a bot's token to use {name}")
        for name, variable, token in chats
    ]


async def starts(settings: Settings) -> list[Finding]:
    """Whether `run` keeps being started anew; silent when it does not."""
    count = Starts(settings.data_dir).count(SystemClock().now())
    wait_s = PATIENCE.wait_s(count)
    if not wait_s:
        return []
    told = f"started {count} times without {PATIENCE.steady_s / 60:.0f} steady minutes; log-ins wait {wait_s:.0f} s"
    return [Finding("starts", "warn", told, "see in the log why it ended; the wait ends with steady service")]
