"""Settings: the only reader of the environment. Frozen, read once, grouped as the names are (`market.source`)."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.news_group import NewsSettings
from bot.setting_groups import (
    AccessSettings,
    DiscordSettings,
    EmbeddingSettings,
    ExchangeSettings,
    KnowledgeSettings,
    LlmSettings,
    LogSettings,
    MarketSettings,
    OllamaSettings,
    SignalSettings,
    SizingSettings,
    TelegramSettings,
    WebSettings,
)
from bot.upkeep_groups import BackupSettings, RetentionSettings, ScheduleSettings
from signals.errors import UserError
from signals.model import Timeframe


class Settings(BaseSettings):
    """Everything that can be configured. Build it with `load`, which names the variable when a value is bad."""

    model_config = SettingsConfigDict(
        frozen=True,
        env_file=".env",
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_ignore_empty=True,
        enable_decoding=False,
        extra="ignore",
    )

    data_dir: Path = Path("data")
    database_url: str | None = Field(default=None, min_length=1)
    discord: DiscordSettings = DiscordSettings()
    telegram: TelegramSettings = TelegramSettings()
    access: AccessSettings = AccessSettings()
    ollama: OllamaSettings = OllamaSettings()
    llm: LlmSettings = LlmSettings()
    market: MarketSettings = MarketSettings()
    news: NewsSettings = NewsSettings()
    sizing: SizingSettings = SizingSettings()
    signal: SignalSettings = SignalSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    knowledge: KnowledgeSettings = KnowledgeSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    web: WebSettings = WebSettings()
    backup: BackupSettings = BackupSettings()
    retention: RetentionSettings = RetentionSettings()
    log: LogSettings = LogSettings()
    exchange: ExchangeSettings = ExchangeSettings()

    @field_validator("database_url")
    @classmethod
    def _a_known_database(cls, value: str | None) -> str | None:
        if value and not value.startswith(("sqlite+aiosqlite://", "postgresql+asyncpg://")):
            raise ValueError("must begin with sqlite+aiosqlite:// or postgresql+asyncpg://")
        return value

    @property
    def url(self) -> str:
        """The database's address: `DATABASE_URL`, or SQLite in the data folder."""
        return self.database_url or f"sqlite+aiosqlite:///{(self.data_dir / 'deskmate.db').absolute()}"

    @property
    def database_file(self) -> Path | None:
        """The database's file, known without loading what opens it; None for a server."""
        kind, _, path = self.url.partition(":///")
        return Path(unquote(path.partition("?")[0])) if kind.startswith("sqlite") and path else None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that must never be printed."""
        given = (self.discord.token, self.telegram.token, self.exchange.sync_key, self.exchange.sync_secret)
        tokens = tuple(t.get_secret_value() for t in given if t)
        found = re.search(r"://[^:/@]*:([^@]+)@", self.database_url or "")
        return tokens + ((found[1],) if found else ())


def load(*, env_file: str | Path | None = ".env", **overrides: Any) -> Settings:
    """Settings from overrides (nested dictionaries or values), the environment and `.env`, in that order.

    Raises UserError with one line that names each bad variable and what it may be.
    """
    if not os.environ.get("NEWS_FEEDS", "none").strip():  # elsewhere empty is unset; here it means: read none
        overrides["news"] = {"feeds": ()} | dict(overrides.get("news", {}))
    try:
        return Settings(_env_file=env_file, **overrides)  # type: ignore[call-arg]
    except ValidationError as e:
        lines = [_explained(error) for error in e.errors(include_url=False)]
        raise UserError("; ".join(dict.fromkeys(lines))) from None
    except UnicodeDecodeError as e:
        raise UserError(f"{env_file} is not a UTF-8 text file; rewrite it from .env.example") from e


def _explained(error: Any) -> str:
    path = [str(part) for part in error["loc"] if isinstance(part, str)]
    name = "_".join(path).upper() or "settings"
    secret = name.endswith(("TOKEN", "SYNC_KEY", "SYNC_SECRET")) or name == "DATABASE_URL"
    given = error["input"]
    shown = "" if secret or isinstance(given, dict) else f"={str(given)[:60]}"
    return f"{name}{shown}: {_reason(error, name)}"


def _reason(error: Any, name: str) -> str:
    kind = error["type"]
    if name == "MARKET_TIMEFRAMES" and kind == "enum":
        return f"must be among {', '.join(Timeframe)}, separated by commas"
    if kind == "literal_error":
        return f"must be {error['ctx']['expected']}"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return "is the beginning of several settings, not one; see .env.example"
    message = str(error["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return message[:1].lower() + message[1:]
