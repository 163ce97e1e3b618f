"""Secrets never reach a log line, not even in a traceback."""

import json
import logging
from collections.abc import Iterator

import pytest

from bot.log_setup import configure
from bot.settings import load


@pytest.fixture(autouse=True)
def _restore_the_root_logger() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


def test_known_secrets_and_token_shapes_are_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", "console", ("hunter2-secret",))

    logging.getLogger("x").warning("token %s and %s", "hunter2-secret", "123456789:" + "A" * 35)
    logging.getLogger("x").warning("postgresql+asyncpg://me:pass@host/db")

    err = capsys.readouterr().err
    assert "hunter2" not in err
    assert "AAAA" not in err
    assert "me:pass" not in err
    assert err.count("[redacted]") == 3


def test_a_traceback_is_kept_once_and_cleaned(capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", "json", ("hunter2-secret",))

    try:
        int("bad hunter2-secret")
    except ValueError:
        logging.getLogger("x").exception("it failed")

    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    told = json.loads(lines[0])
    assert told["event"] == "it failed"
    assert told["level"] == "error"
    assert "'bad [redacted]'" in told["exception"]


def test_libraries_that_print_addresses_with_tokens_are_kept_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    configure("DEBUG")
    configure("DEBUG")

    logging.getLogger("httpx").info("GET https://api.telegram.org/bot123/x")
    logging.getLogger("mine").info("once")

    err = capsys.readouterr().err
    assert "telegram" not in err
    assert err.count("once") == 1


TELEGRAM = "7000000001:AAF-" + "x9" * 16
DISCORD = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GhIjKl." + "Z" * 38
INTERACTION = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5"
LINES = (
    ("telegram.ext.ExtBot", f"Calling Bot API endpoint https://api.telegram.org/bot{TELEGRAM}/getUpdates"),
    ("telegram.request", f"https%3A%2F%2Fapi%2Fbot{TELEGRAM.replace(':', '%3A')}%2FsendMessage"),
    ("discord.http", f"POST https://discord.com/api/v10/interactions/99/{INTERACTION}/callback returned 204"),
    ("discord.webhook.async_", f"PATCH https://discord.com/api/v10/webhooks/99/{INTERACTION}/messages/@original"),
    ("discord.gateway", f"identify {{'token': '{DISCORD}'}}"),
    ("discord.client", f"logging in using static token {DISCORD}"),
    ("httpx", f"HTTP Request: POST https://api.telegram.org/bot{TELEGRAM}/getMe"),
    ("httpcore.http11", f"send_request_headers target=b'/bot{TELEGRAM}/getMe'"),
    ("bot", f"Traceback ... Authorization: Bot {DISCORD}"),
)


@pytest.mark.parametrize("form", ["console", "json"])
@pytest.mark.parametrize("known", [True, False], ids=["known secrets", "by shape"])
def test_no_token_is_in_any_log_at_debug(capsys: pytest.CaptureFixture[str], form: str, known: bool) -> None:
    configure("DEBUG", form, (TELEGRAM, DISCORD) if known else ())

    for name, text in LINES:
        logger = logging.getLogger(name)
        logger.debug(text)
        logger.warning("%s", text)
        logger.error("it failed", exc_info=RuntimeError(text))

    err = capsys.readouterr().err
    assert "it failed" in err
    assert "x9x9x9" not in err.replace("%3A", ":") or not known
    assert DISCORD not in err
    assert TELEGRAM not in err
    assert INTERACTION not in err


def test_tokens_are_in_no_representation_of_the_settings() -> None:
    settings = load(env_file=None, discord={"token": DISCORD}, telegram={"token": TELEGRAM})

    assert DISCORD not in repr(settings) + str(settings.discord) + str(settings.model_dump())
    assert TELEGRAM not in repr(settings) + str(settings.telegram) + str(settings.model_dump())
    assert set(settings.secrets) == {DISCORD, TELEGRAM}
