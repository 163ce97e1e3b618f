"""Secrets never reach a log line, not even in a traceback."""

import json
import logging
from collections.abc import Iterator

import pytest

from bot.log_setup import configure


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
