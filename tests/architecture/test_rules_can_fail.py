"""Each checker finds the bad code that is planted for it, and lets its good twin pass."""

from __future__ import annotations

import pytest

from tests.architecture import rules
from tests.architecture.rules import Checker, Source

LONG_BODY = "\n".join("    x = 1" for _ in range(50))
SHORT_BODY = "\n".join("    x = 1" for _ in range(49))
LATER = "TO" + "DO"
HOME = "/ho" + "me/someone/data"

PLANTED: list[tuple[Checker, str, str]] = [
    (rules.long_functions, f"def f():\n{LONG_BODY}\n", f"def f():\n{SHORT_BODY}\n"),
    (rules.long_functions, f"class A:\n  async def f(self):\n{LONG_BODY}\n", "class A:\n  async def f(self): ...\n"),
    (rules.long_files, "x = 1\n" * 301, "x = 1\n" * 300),
    (rules.many_arguments, "def f(a, b, c, d, e, *, g): ...", "def f(self, a, b, c, d, e, **rest): ..."),
    (
        rules.many_arguments,
        "def f(a, b, c, d, e, g): ...",
        "def f(a, b, c, d, e, g: Annotated[str, typer.Option()]): ...",
    ),
    (rules.stored_code, "import pickle", "import json"),
    (rules.stored_code, "def f():\n    from joblib.memory import x", "from jobs import x"),
    (rules.swallowed_errors, "def f():\n    try: g()\n    except Exception: return 1", "def f(): return 1"),
    (
        rules.swallowed_errors,
        "def f():\n    try: g()\n    except (ValueError, BaseException):\n        if x: return 1",
        "def f():\n    try: g()\n    except Exception:\n        log()\n        raise",
    ),
    (
        rules.swallowed_errors,
        "def f():\n    try: g()\n    except:\n        return ()",
        "def f():\n    try: g()\n    except ValueError:\n        return ()",
    ),
    (rules.swallowed_errors, "with contextlib.suppress(Exception): f()", "with contextlib.suppress(OSError): f()"),
    (rules.formatted_templates, "note.format(name=1)", "'{}'.format(note)"),
    (rules.formatted_templates, "row['text'].format_map(x)", "format(x, '.2f')"),
    (rules.read_environment, "import os\nos.environ['A']", "import os\nos.getpid()"),
    (rules.read_environment, "from os import getenv", "from os import getpid"),
    (rules.missing_docstrings, "def f(): ...", '"""A."""\ndef f():\n    """B."""\ndef _g(): ...'),
    (rules.missing_docstrings, '"""A."""\nclass A:\n    """B."""\n    def f(self): ...', ""),
    (rules.package_named_variables, "signals = 1", "class A:\n    signals: int = 1"),
    (rules.package_named_variables, "def f(bot): ...", "import bot"),
    (rules.hidden_imports, "importlib.import_module('ccxt')", "import ccxt"),
    (rules.unfinished, f"# {LATER}: later", "# done"),
    (rules.unfinished, "raise NotImplemented" + "Error", "raise ValueError"),
    (rules.machine_paths, f"A = '{HOME}'", "A = 'https://example.com/home/page'"),
]


@pytest.mark.parametrize(("check", "bad", "good"), PLANTED, ids=lambda x: getattr(x, "__name__", ""))
def test_a_checker_finds_what_is_planted_and_nothing_else(check: Checker, bad: str, good: str) -> None:
    found, passed = check(Source("rag/thing.py", bad)), check(Source("rag/thing.py", good))

    assert len(found) >= 1
    assert all(line.startswith("rag/thing.py") for line in found)
    assert passed == []


@pytest.mark.parametrize(
    "path", ["rag/utils.py", "bot/common/x.py", "signals/base.py", "bot/discord.py", "bot/logging.py"]
)
def test_a_vague_or_hiding_module_name_is_found(path: str) -> None:
    assert rules.vague_modules(Source(path, "")) != []


@pytest.mark.parametrize("path", ["rag/index.py", "bot/discord_adapter/views.py", "signals/baseline.py"])
def test_a_telling_module_name_passes(path: str) -> None:
    assert rules.vague_modules(Source(path, "")) == []


def test_the_settings_module_may_read_the_environment() -> None:
    assert rules.read_environment(Source("bot/settings.py", "import os\nos.environ['A']")) == []
