"""The model's trouble: told to the admin once, with the command that mends it, and forgotten when it is over."""

from __future__ import annotations

from typing import Any

import pytest

from bot.commands.caller import LOCAL, Caller
from bot.model_choice import ModelChoice
from bot.model_trouble import ModelTrouble
from bot.roles import Role
from rag.llm import ModelBusy, ModelMissing, ModelPaused, ModelUnreachable
from rag.model_answer import ModelAnswer
from rag.model_errors import ModelStopped
from tests.rag.llm.fakes import FakeChatModel, an_answer

MISSING = ModelMissing("Ollama does not have it: fetch it with `ollama pull qwen3:4b-instruct`")
VIEWER = Caller("discord", "1", role=Role.VIEWER)


def test_the_first_admin_in_private_is_told_once_with_the_command() -> None:
    trouble, heard = ModelTrouble(), []
    trouble.listener = heard.append

    trouble.met(MISSING)
    trouble.met(MISSING)

    assert trouble.for_admin(VIEWER) == ()
    assert trouble.for_admin(Caller("discord", "2", private=False, role=Role.ADMIN)) == ()
    assert "`ollama pull qwen3:4b-instruct`" in trouble.for_admin(LOCAL)[0]
    assert trouble.for_admin(LOCAL) == ()
    assert heard == [str(MISSING)]


def test_another_trouble_is_told_anew_and_so_is_the_same_after_it_was_over() -> None:
    trouble = ModelTrouble()
    trouble.met(MISSING)
    trouble.for_admin(LOCAL)

    trouble.met(ModelUnreachable("start it with `ollama serve`"))
    other = trouble.for_admin(LOCAL)
    trouble.over()
    trouble.met(MISSING)

    assert "ollama serve" in other[0]
    assert "ollama pull" in trouble.for_admin(LOCAL)[0]


def test_nothing_is_told_of_what_is_over() -> None:
    trouble = ModelTrouble()
    trouble.met(MISSING)

    trouble.over()

    assert (trouble.for_admin(LOCAL), trouble.text) == ((), "")


@pytest.mark.parametrize("passing", [ModelBusy("later"), ModelPaused("open"), ModelStopped("stop")])
def test_a_queue_a_pause_and_a_stop_are_no_trouble(passing: Any) -> None:
    trouble = ModelTrouble()

    trouble.met(passing)

    assert trouble.for_admin(LOCAL) == ()


async def test_the_chosen_model_s_failures_are_noted_and_its_answers_end_them() -> None:
    choice = ModelChoice(lambda _name: FakeChatModel([MISSING, an_answer()]), "m")  # type: ignore[arg-type, return-value]

    with pytest.raises(ModelMissing):
        await choice.ask("s", "u", ModelAnswer)
    noted = choice.trouble.text
    await choice.ask("s", "u", ModelAnswer)

    assert noted == str(MISSING)
    assert choice.trouble.text == ""
