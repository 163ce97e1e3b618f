"""The operations page says what the code does: made tables, health lines, commands, settings, files."""

from __future__ import annotations

import re
from pathlib import Path

from typer.main import get_command

from bot.cli.root import build
from bot.doctor import CHECKUPS
from tests.architecture.test_env_example import _documented
from tests.bot import desk_commands
from tests.bot.operations_page import PAGE, with_blocks

ROOT = Path(__file__).parents[2]
PART = re.compile(r'(?:Finding\(|Checkup\(|^PART = )"([^"]+)"', re.MULTILINE)


def _page() -> str:
    return PAGE.read_text(encoding="utf-8")


def _health_lines() -> set[str]:
    section = _page().partition("## What each health line means")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| ([\w ]+) \|", section, re.MULTILINE)) - {"line"}


def test_the_tables_are_those_of_the_code() -> None:
    text = _page()

    assert with_blocks(text) == text, "run python -m tests.bot.operations_page"


def test_every_health_line_is_explained_and_no_other() -> None:
    files = [*(ROOT / "bot" / "checkups").glob("*.py"), ROOT / "bot" / "vitals.py", ROOT / "bot" / "doctor.py"]
    said = {part for file in files for part in PART.findall(file.read_text(encoding="utf-8"))}

    assert {checkup.part for checkup in CHECKUPS} <= said
    assert _health_lines() == said | {"Discord", "Telegram", "exchange NAME"}


def test_every_command_and_setting_that_is_named_exists() -> None:
    text = _page()
    typed = set(get_command(build()).commands)  # type: ignore[attr-defined]

    assert set(re.findall(r"`(?:DATA_DIR=\S+ )?deskmate (\w+)", text)) <= typed
    assert set(re.findall(r"`/(\w+)", text)) - {"tmp"} <= set(desk_commands.NAMES)
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)`", text))
    assert named <= set(_documented())
    assert {"BACKUP_DIR", "BACKUP_KEEP", "RETENTION_SIGNALS_DAYS"} <= named


def test_the_page_has_every_section_an_operator_needs() -> None:
    sections = re.findall(r"^## (.+)$", _page(), re.MULTILINE)

    assert {"Backup", "Restore", "Upgrade", "Archive and retention", "Two instances", "Crash loop"} <= set(sections)
    assert {"Held messages", "A full disk", "A damaged database", "Deadlines and retries"} <= set(sections)
