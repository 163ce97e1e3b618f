"""The variables that reach Deskmate, and the surroundings every test runs in."""

from __future__ import annotations

import os
import time
from collections.abc import MutableMapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NAMES = ("DATA_DIR", "DATABASE_URL")
PREFIXES = (
    "DISCORD_",
    "TELEGRAM_",
    "ACCESS_",
    "OLLAMA_",
    "LLM_",
    "MARKET_",
    "NEWS_",
    "SIZING_",
    "SIGNAL_",
    "EMBEDDING_",
    "KNOWLEDGE_",
    "SCHEDULE_",
    "BACKUP_",
    "RETENTION_",
    "WEB_",
    "LOG_",
    "EXCHANGE_",
)
TERMINAL = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE")
ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "RAYON_NUM_THREADS",
)
FIXED = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "ANONYMIZED_TELEMETRY": "False",
    "MPLBACKEND": "Agg",
    "NO_PROXY": "*",
}
FAR_ZONE = "Pacific/Chatham"  # 12:45 or 13:45 ahead of UTC: a naive time is wrong by most of a day
FAR_ZONE_WITHOUT_TZDATA = "<+1245>-12:45"


def is_ours(name: str) -> bool:
    """True for a variable that Deskmate's settings read."""
    upper = name.upper()
    return upper in NAMES or upper.startswith(PREFIXES)


def isolate(environ: MutableMapping[str, str]) -> None:
    """Take out what the developer has set, and set what every test relies on."""
    for name in list(environ):
        if is_ours(name) or name in TERMINAL or name.lower().endswith("_proxy"):
            del environ[name]
    environ.update(FIXED)
    environ.update(dict.fromkeys(ONE_THREAD, "1"))


def move_far_from_utc() -> None:
    """Give this process and its children a local zone that no naive time survives."""
    try:
        os.environ["TZ"] = ZoneInfo(FAR_ZONE).key
    except ZoneInfoNotFoundError:
        os.environ["TZ"] = FAR_ZONE_WITHOUT_TZDATA
    time.tzset()
