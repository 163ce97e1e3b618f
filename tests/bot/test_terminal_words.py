"""Words that are shown in the terminal while an answer is made."""

from __future__ import annotations

import pytest

from bot.cli.output import thinking
from bot.reply import Reply

WORDS = Reply(notes=("The explanation is being written: The trend holds. ...",))


def test_checked_sentences_are_shown_as_they_come_and_never_on_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")

    with thinking("looking ...") as tell:
        tell(WORDS)

    shown = capsys.readouterr()
    assert "The trend holds." in shown.err
    assert shown.out == ""


def test_where_there_is_no_terminal_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with thinking("looking ...") as tell:
        tell(WORDS)

    shown = capsys.readouterr()
    assert shown.err == shown.out == ""
