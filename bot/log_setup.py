"""Logging: structlog's rendering over the standard library's loggers, with one filter that hides secrets."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping, Sequence
from copy import copy
from typing import Any
from urllib.parse import quote

QUIET = (
    "httpx",
    "httpcore",
    "chromadb",
    "apscheduler",
    "alembic",
    "aiosqlite",
    "asyncio",
    "ccxt",
    "urllib3",
    "onnxruntime",
)
_TOKENS = re.compile(
    r"\d{6,}:[A-Za-z0-9_-]{30,}"  # Telegram
    r"|[A-Za-z0-9_-]{23,28}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,}"  # Discord
    r"|(?<=/interactions/)\d+/[^/\s?\"']+"  # answers an interaction for 15 minutes
    r"|(?<=/webhooks/)\d+/[^/\s?\"']+"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # a password in an address
)


class Redaction(logging.Filter):
    """Replaces known secrets, and whatever looks like a token, in the message, its arguments and the traceback."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__()
        kept = [s for s in secrets if len(s) >= 6]
        self._secrets = tuple(dict.fromkeys((*kept, *(quote(s, safe="") for s in kept))))

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean the record; always let it pass."""
        record.msg = self.clean(record.getMessage())
        record.args = ()
        if record.exc_info and record.exc_info[0] is not None:
            record.trace = self.clean("".join(traceback.format_exception(*record.exc_info)).rstrip())
            record.exc_info = record.exc_text = None
        return True

    def clean(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, "[redacted]")
        return _TOKENS.sub("[redacted]", text)


class _OwnCopy(logging.StreamHandler):  # type: ignore[type-arg]
    """Leaves the record alone, for other handlers see it too."""

    def handle(self, record: logging.LogRecord) -> bool:
        return super().handle(copy(record))


def configure(level: str = "INFO", form: str = "console", secrets: Sequence[str] = ()) -> None:
    """Log to standard error as `console` lines or `json` objects; may be called again to change either."""
    import structlog

    before: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    )
    without_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    processors: list[structlog.types.Processor] = [_traceback, without_meta, renderer]
    handler = _OwnCopy(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=processors))
    handler.addFilter(Redaction(secrets))
    root = logging.getLogger()
    for old in list(root.handlers):
        if isinstance(old, _OwnCopy):
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _traceback(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    record = event.get("_record")
    trace = getattr(record, "trace", None)
    if trace is not None:
        event["exception"] = trace
    return event
