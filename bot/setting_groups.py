"""The groups of settings: one per prefix, each value checked where it enters."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from bot.amounts import parse_symbol, strict_decimal
from bot.roles import Role
from signals.model import PlanRules, SizeRules, Timeframe
from signals.universe import DEFAULT_SYMBOLS

MarketSource = Literal["exchange", "replay", "simulated"]


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _ascii_decimal(value: object) -> object:
    return strict_decimal(value) if isinstance(value, str) else value


def _ascii_number(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,12})?", value.strip(), re.ASCII):
        raise ValueError("must be a plain number such as 15 or 0.5")
    return value


def _not_empty(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("must name at least one")
    return tuple(dict.fromkeys(value))


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
SomeNames = Annotated[tuple[str, ...], BeforeValidator(_split), AfterValidator(_not_empty)]
Money = Annotated[Decimal, BeforeValidator(_ascii_decimal), Field(gt=0, le=Decimal(10) ** 12)]
Percent = Annotated[Decimal, BeforeValidator(_ascii_decimal), Field(gt=0, le=100)]
Number = Annotated[float, BeforeValidator(_ascii_number)]
Whole = Annotated[int, BeforeValidator(_ascii_number)]
Seconds = Annotated[Number, Field(gt=0, le=7 * 86_400)]


class Group(BaseModel):
    """A group of settings that share a prefix."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class DiscordSettings(Group):
    """`DISCORD_*`: without a token the platform is not started."""

    token: SecretStr | None = None
    guild_id: str | None = Field(default=None, pattern=r"^[0-9]{1,20}$")


class TelegramSettings(Group):
    """`TELEGRAM_*`: without a token the platform is not started."""

    token: SecretStr | None = None


class AccessSettings(Group):
    """`ACCESS_*`: who may do everything, as `discord:ID,telegram:ID`, and the role of people nobody gave one."""

    owners: Names = ()
    default_role: Annotated[Role, Field(description="viewer or stranger")] = Role.VIEWER

    @field_validator("default_role")
    @classmethod
    def _no_more_than_viewer(cls, value: Role) -> Role:
        if value not in (Role.VIEWER, Role.STRANGER):
            raise ValueError("must be viewer or stranger")
        return value

    @field_validator("owners")
    @classmethod
    def _platform_ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for owner in value:
            if not re.fullmatch(r"(discord|telegram):[0-9]{1,20}", owner, re.ASCII):
                raise ValueError(f"{owner!r} is not discord:ID or telegram:ID")
        return value


class OllamaSettings(Group):
    """`OLLAMA_*`: where the local model server answers and which model it runs."""

    host: str = "http://127.0.0.1:11434"
    model: str = Field(default="qwen3:4b-instruct", min_length=1, max_length=200)

    @field_validator("host")
    @classmethod
    def _an_address(cls, value: str) -> str:
        address = value if "://" in value else f"http://{value}"
        if not re.fullmatch(r"https?://[A-Za-z0-9_.\-\[\]:]+(/[^\s]*)?", address):
            raise ValueError("must be an address such as http://127.0.0.1:11434")
        return address.rstrip("/")


class LlmSettings(Group):
    """`LLM_*`: which model provider writes the words (`none`: rules only), and its overall deadline."""

    provider: str = Field(default="ollama", pattern=r"^[a-z][a-z0-9_\-]{0,40}$")
    timeout_s: Annotated[Number, Field(gt=0, le=600)] = 60.0


class MarketSettings(Group):
    """`MARKET_*`: what is watched, where candles come from, and the market's clock."""

    source: MarketSource = "exchange"
    exchanges: SomeNames = ("binance", "kraken", "coinbase")
    symbols: SomeNames = DEFAULT_SYMBOLS
    timeframes: Annotated[tuple[Timeframe, ...], BeforeValidator(_split), Field(min_length=1)] = (
        Timeframe.H1,
        Timeframe.H4,
        Timeframe.D1,
    )
    replay_dir: Path | None = None
    now: datetime | None = None
    speed: Annotated[Number, Field(ge=0, le=100_000)] = 0.0
    history_bars: Annotated[Whole, Field(ge=250, le=50_000)] = 1500
    concurrency: Annotated[Whole, Field(ge=1, le=16)] = 4
    seed: Annotated[Whole, Field(ge=0)] = 7

    @field_validator("symbols")
    @classmethod
    def _pairs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(parse_symbol(symbol) for symbol in value))

    @field_validator("exchanges")
    @classmethod
    def _exchange_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", name, re.ASCII):
                raise ValueError(f"{name!r} is not the name of an exchange such as binance")
        return value

    @field_validator("now")
    @classmethod
    def _aware(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("needs its time zone, such as 2022-11-08T12:00:00Z")
        return value.astimezone(UTC) if value else None

    @field_validator("speed")
    @classmethod
    def _of_what_is_at_hand(cls, value: float, info: ValidationInfo) -> float:
        if value and info.data.get("source") == "exchange":
            raise ValueError(
                "a live exchange cannot be hurried; it is for MARKET_SOURCE=replay and simulated: leave it out"
            )
        if value and info.data.get("now") is None:
            raise ValueError("needs MARKET_NOW, the moment from which the market's clock runs")
        return value


class ExchangeSettings(Group):
    """`EXCHANGE_SYNC_*`: a key that may only read, and whose account it reads; both parts of the key, or none."""

    sync_key: SecretStr | None = None
    sync_secret: SecretStr | None = None
    sync_exchange: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]{1,30}$")
    sync_owner: str | None = Field(default=None, pattern=r"^((discord|telegram):[0-9]{1,20}|terminal:local)$")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = (self.sync_key, self.sync_secret)
        if any(given) and not all(given):
            missing = "EXCHANGE_SYNC_SECRET" if self.sync_key else "EXCHANGE_SYNC_KEY"
            raise ValueError(f"set {missing} too: a key has both parts, or there is none")
        if all(given) and self.sync_owner is None:
            raise ValueError("set EXCHANGE_SYNC_OWNER too, whose account the key reads, such as discord:ID")
        return self


class SizingSettings(Group):
    """`SIZING_*`: the default account and the bounds on a position; percentages are percent (2 is 2 %)."""

    balance: Money = Decimal(10_000)
    risk_pct: Percent = Decimal(2)
    max_position_pct: Percent = Decimal(25)
    bucket_pct: Percent = Decimal(50)
    max_open_risk_pct: Percent = Decimal(6)
    daily_loss_pct: Percent = Decimal(5)
    allow_short: bool = True

    @property
    def rules(self) -> SizeRules:
        """The bounds as fractions of equity."""
        hundred = Decimal(100)
        return SizeRules(
            self.risk_pct / hundred,
            self.max_position_pct / hundred,
            self.bucket_pct / hundred,
            self.max_open_risk_pct / hundred,
            self.daily_loss_pct / hundred,
        )


class SignalSettings(Group):
    """`SIGNAL_*`: thresholds of the ensemble, and the plan's default multiples and costs."""

    min_conviction: Annotated[Number, Field(gt=0, le=1)] = 0.65
    min_margin: Annotated[Number, Field(ge=0, le=1)] = 0.15
    sl_atr: Annotated[Number, Field(gt=0, le=20)] = 2.0
    tp_atr: Annotated[Number, Field(gt=0, le=50)] = 3.0
    fee_pct: Annotated[Number, Field(ge=0, le=5)] = 0.1
    slippage_bp: Annotated[Number, Field(ge=0, le=500)] = 2.0
    min_reward_risk: Annotated[Number, Field(ge=0, le=20)] = 1.2
    horizon_bars: Annotated[Whole, Field(ge=1, le=1000)] = 24
    style: Literal["atr", "confidence"] = "atr"

    @property
    def plan_rules(self) -> PlanRules:
        """The plan used where no row of `strategy_parameters` is active."""
        return PlanRules(
            sl_atr=self.sl_atr,
            tp_atr=self.tp_atr,
            fee_rate=self.fee_pct / 100,
            slippage_rate=self.slippage_bp / 10_000,
            min_reward_risk=self.min_reward_risk,
            horizon_bars=self.horizon_bars,
            style=self.style,
        )


class EmbeddingSettings(Group):
    """`EMBEDDING_*`: MiniLM on ONNX, or any sentence-transformers model with the extra `st`.

    `model_dir` is a folder with MiniLM; found by package or hub when not set. `model`, `device` (cpu, cuda; chosen when
    not set) and `download` (ask the hub for what is not on disk) are for sentence-transformers.
    """

    backend: Literal["onnx", "sentence-transformers"] = "onnx"
    model_dir: Path | None = None
    model: Annotated[str, Field(min_length=1, max_length=200)] = "sentence-transformers/all-MiniLM-L6-v2"
    device: Annotated[str, Field(pattern=r"^[a-z]{2,10}(:[0-9]{1,2})?$")] | None = None
    download: bool = False


class KnowledgeSettings(Group):
    """`KNOWLEDGE_*`: after how many days signals are kept in the knowledge base by month; 0 keeps all one by one."""

    roll_up_days: Annotated[Whole, Field(ge=0, le=36_500)] = 180


class WebSettings(Group):
    """`WEB_*`: the health page and API, off unless enabled, loopback by default."""

    enabled: bool = False
    host: str = "127.0.0.1"
    port: Annotated[Whole, Field(ge=0, le=65_535)] = 8080


class LogSettings(Group):
    """`LOG_*`: how much and in which form is logged, always to standard error."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["console", "json"] = "console"

    @field_validator("level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value
