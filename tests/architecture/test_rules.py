"""The rules of the house, over every file of the repository."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.architecture import rules
from tests.architecture.rules import Checker, Source

ROOT = Path(__file__).parents[2]
SHIPPED = ("bot", "rag", "signals", "storage", "prompts")
TEXTS = ("*.md", "*.toml", "*.yml", "*.yaml", "*.cfg", "*.ini", "Makefile", "Dockerfile", ".env.example", ".ci/run")
SLOW = ("chromadb", "langchain_core", "langchain_ollama", "langchain_chroma", "ccxt", "onnxruntime", "matplotlib")
SLOW_TOO = ("discord", "telegram", "torch", "lightgbm", "numba", "sqlalchemy", "pandas")


@cache
def _sources(*folders: str) -> list[Source]:
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return [Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in paths]


EVERYWHERE = (
    rules.long_functions,
    rules.long_files,
    rules.vague_modules,
    rules.stored_code,
    rules.machine_paths,
    rules.unfinished,
)
IN_THE_PRODUCT = (
    rules.many_arguments,
    rules.swallowed_errors,
    rules.formatted_templates,
    rules.read_environment,
    rules.missing_docstrings,
    rules.package_named_variables,
    rules.hidden_imports,
)


@pytest.mark.parametrize("check", EVERYWHERE, ids=lambda c: c.__name__)
def test_every_file_keeps_the_rule(check: Checker) -> None:
    found = [line for source in _sources(*SHIPPED) + _sources("tests", "bench") for line in check(source)]

    assert found == []


@pytest.mark.parametrize("check", IN_THE_PRODUCT, ids=lambda c: c.__name__)
def test_every_file_of_the_product_keeps_the_rule(check: Checker) -> None:
    found = [line for source in _sources(*SHIPPED) for line in check(source)]

    assert found == []


def test_no_other_text_names_a_machine_path() -> None:
    paths = [path for pattern in TEXTS for path in ROOT.glob(pattern)]
    paths += [*(ROOT / "docs").rglob("*.md"), *(ROOT / "prompts").rglob("*.md")]
    sources = [Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in paths]

    found = [line for source in sources for line in rules.machine_paths(source)]

    assert len(sources) > 5
    assert found == []


def test_tests_are_no_packages_so_that_they_hide_none() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_every_folder_of_the_product_is_a_package_so_that_it_is_installed() -> None:
    folders = {path.parent for name in SHIPPED for path in (ROOT / name).rglob("*.py")}

    assert [folder.relative_to(ROOT).as_posix() for folder in folders if not (folder / "__init__.py").exists()] == []


def test_help_is_printed_without_loading_any_slow_library() -> None:
    code = f"""
import contextlib, sys
from bot.__main__ import main
sys.argv = ["deskmate", "--help"]
with contextlib.suppress(SystemExit):
    main()
print("loaded:", *sorted(set({SLOW + SLOW_TOO!r}) & set(sys.modules)))
"""

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout
    assert done.stdout.splitlines()[-1] == "loaded:"
