"""`replay` and `eval grounding` as they are typed, over an empty data folder."""

from __future__ import annotations

import json

import pytest

from bot.cli import boundary


def test_an_answer_is_replayed_by_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    assert boundary.run(["ask", "should I buy ETH?", "--json"]) == 0
    asked = json.loads(capsys.readouterr().out)["recommendations"][0]

    status = boundary.run(["replay", asked["recommendation_id"], "--rejudge", "--json"])

    told = json.loads(capsys.readouterr().out)
    assert status == 0
    assert told["twin_equal"] is True
    assert told["stored"] == asked
    assert told["drift"] == []


def test_an_unknown_id_is_an_error_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert boundary.run(["replay", "nope"]) == 2
    assert "no recommendation 'nope' of yours" in capsys.readouterr().err


def test_another_model_needs_a_provider(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_PROVIDER", "none")
    assert boundary.run(["ask", "should I buy ETH?", "--json"]) == 0
    asked = json.loads(capsys.readouterr().out)["recommendations"][0]

    assert boundary.run(["replay", asked["recommendation_id"], "--model", "llama3.2"]) == 2
    assert "LLM_PROVIDER" in capsys.readouterr().err


def test_the_checks_are_measured_with_their_floors(capsys: pytest.CaptureFixture[str]) -> None:
    status = boundary.run(["eval", "grounding", "--sentences", "400", "--json"])

    told = json.loads(capsys.readouterr().out)
    assert status == 0
    assert told["sentences"] == 400
    assert told["passed"] is True
