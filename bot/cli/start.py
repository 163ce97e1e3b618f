"""How every command begins: settings, logging, and the parts it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.settings import Settings


def begin(*, service: bool = False, **overrides: Any) -> Settings:
    """Settings with logging set up; a single command logs only warnings unless LOG_LEVEL says otherwise."""
    from bot.log_setup import configure
    from bot.settings import load

    settings = load(**overrides)
    told = "level" in settings.log.model_fields_set
    configure(settings.log.level if service or told else "WARNING", settings.log.format, settings.secrets)
    return settings
