"""The one place where errors become exit codes: 2 for what the caller can mend, 1 for failures, 130 for Ctrl-C.

Anything unexpected shows a short id; its traceback goes to the log.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from signals.errors import DeskmateError, UserError

OK, FAILED, REFUSED, INTERRUPTED = 0, 1, 2, 130
log = logging.getLogger(__name__)


def guarded(call: Callable[[], Any], *, as_json: bool) -> int:
    """Run a command and return the process's exit status; errors are one line on stderr, or JSON on stdout."""
    bug: Exception | None = None
    result = None
    try:
        result = call()
    except UserError as e:
        return complain("user", str(e), REFUSED, as_json=as_json)
    except DeskmateError as e:
        return complain("data", str(e), FAILED, as_json=as_json)
    except (KeyboardInterrupt, EOFError):
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    except Exception as e:  # noqa: BLE001 - the outermost boundary: a bug becomes an id and a logged traceback
        bug = e
    if bug is not None:
        return _unexpected(bug, as_json=as_json)
    return result if isinstance(result, int) else OK


def _unexpected(error: Exception, *, as_json: bool) -> int:
    usage = getattr(error, "format_message", None)  # of the command line's parser
    if usage is not None:
        return complain("usage", f"{str(usage()).rstrip('.')}. Try --help.", REFUSED, as_json=as_json)
    error_id = uuid4().hex[:8]
    log.error("error %s", error_id, exc_info=error)
    text = f"something went wrong inside Deskmate (error {error_id}); the log above has the details"
    return complain("internal", text, FAILED, as_json=as_json)


def complain(kind: str, text: str, status: int, *, as_json: bool) -> int:
    """Say what is wrong in one line and give back the exit status."""
    line = " ".join(text.split())
    if as_json:
        print(json.dumps({"error": {"kind": kind, "text": line}}, ensure_ascii=False))  # noqa: T201 - the CLI's output
    else:
        print(f"error: {line}", file=sys.stderr)  # noqa: T201
    return status


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit status."""
    from bot.cli.root import build

    given = list(arguments) or ["--help"]
    return guarded(lambda: build()(args=given, standalone_mode=False, prog_name="deskmate"), as_json="--json" in given)
