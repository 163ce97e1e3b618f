"""`eval retrieval` on the questions in the shared folder's format."""

from pathlib import Path

import pytest

from bot.commands.evaluate import evaluate_retrieval
from bot.settings import load
from signals.errors import UserError

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "rag"


async def test_a_missing_file_is_named(tmp_path: Path) -> None:
    settings = load(env_file=None, data_dir=tmp_path, embedding={"model_dir": tmp_path / "none"})

    with pytest.raises(UserError, match=r"records\.jsonl"):
        await evaluate_retrieval(settings, tmp_path / "records.jsonl", tmp_path / "questions.jsonl")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared questions (../shared/data/rag) are not here")
async def test_the_shared_questions_find_their_records_without_a_model(tmp_path: Path) -> None:
    settings = load(env_file=None, data_dir=tmp_path, embedding={"model_dir": tmp_path / "none"})

    reply = await evaluate_retrieval(settings, SHARED / "records-7.jsonl", SHARED / "questions-dev.jsonl")

    assert reply.data is not None
    assert reply.data["hit@7"] > 0.9
    assert reply.data["leaks"] == 0
    assert reply.notes[0].startswith("Measured by filters and full text only.")
