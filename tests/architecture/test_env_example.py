"""`.env.example` documents every setting under its name, with the default that holds without it."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel

from bot.settings import Settings, load
from tests.guards.environment import is_ours

EXAMPLE = Path(__file__).parents[2] / ".env.example"
FOR_COMPOSE = {"POSTGRES_PASSWORD"}
FIXED_NAMES = """
DATA_DIR DATABASE_URL DISCORD_TOKEN DISCORD_GUILD_ID TELEGRAM_TOKEN ACCESS_OWNERS OLLAMA_HOST OLLAMA_MODEL LLM_PROVIDER
MARKET_SOURCE MARKET_EXCHANGES MARKET_SYMBOLS MARKET_TIMEFRAMES MARKET_REPLAY_DIR MARKET_NOW NEWS_FEEDS
NEWS_ALLOW_PRIVATE_HOSTS WEB_ENABLED WEB_HOST WEB_PORT LOG_LEVEL LOG_FORMAT
""".split()  # noqa: SIM905 - longer as a list, and no clearer


def _documented() -> dict[str, str]:
    return dict(re.findall(r"^# ([A-Z][A-Z0-9_]*)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))


def _names(model: type[BaseModel], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for name, field in model.model_fields.items():
        group = field.annotation
        if isinstance(group, type) and issubclass(group, BaseModel):
            found |= _names(group, f"{prefix}{name}_")
        else:
            found.add(f"{prefix}{name}".upper())
    return found


def test_every_setting_is_documented_and_nothing_else_is() -> None:
    assert set(_documented()) - FOR_COMPOSE == _names(Settings)


def test_the_fixed_names_are_settings() -> None:
    assert set(FIXED_NAMES) <= _names(Settings)


def test_the_example_sets_nothing_until_it_is_edited() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if line and not line.startswith("#")] == []


def test_the_documented_values_are_the_defaults(tmp_path: Path) -> None:
    everything = tmp_path / "everything.env"
    everything.write_text("".join(f"{name}={value}\n" for name, value in _documented().items()), encoding="utf-8")

    assert load(env_file=everything) == load(env_file=None)


def test_every_setting_is_kept_away_from_the_tests() -> None:
    assert [name for name in _names(Settings) if not is_ours(name)] == []
