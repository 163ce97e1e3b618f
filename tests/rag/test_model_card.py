"""A model's card is a document for everybody, dated by its training, with its figures and its verdict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rag.documents import model_card_document
from rag.ingest import Ingestor
from signals.clock import FrozenClock
from storage.database import Database
from storage.models import version_of
from storage.stores import Stores
from storage.values import SHARED, DocumentFilter
from tests.fresh_files import fresh_database
from tests.signals.learned.school import TRAINED_AT, a_score, trained

MANIFEST = replace(trained().manifest, score=a_score())


def test_the_card_says_what_was_learned_and_how_it_did() -> None:
    card = model_card_document(MANIFEST)

    assert card.doc_id == f"model_card:{MANIFEST.version}"
    assert (card.type, card.scope, card.timeframe) == ("model_card", "shared", "1h")
    assert card.at == card.known_at == MANIFEST.created_at
    for part in (
        "LightGBM, three classes",
        "5 bars later beyond +-0.2 %",
        "ETH/USDT, BTC/USDT",
        "accepted: out-of-fold log-loss 0.9500 beats the class prior's 0.9600",
        "calibration error 0.010 is below 0.05",
        ", ".join(MANIFEST.features),
        "Limits: past bars only",
    ):
        assert part in card.text


def test_the_card_of_a_refused_model_says_so() -> None:
    assert "Verdict: not accepted" in model_card_document(replace(MANIFEST, score=a_score(log_loss=0.97))).text


async def test_a_trained_version_reaches_the_knowledge_base(tmp_path: Path) -> None:
    database = await Database.open(await fresh_database(tmp_path / "desk.db"))
    stores = Stores.of(database)
    await stores.models.save(version_of(trained().manifest, "rejected", "no lead"))
    ingestor = Ingestor(stores, None, None, FrozenClock(TRAINED_AT))

    await ingestor.sweep_all()
    swept = await stores.documents.find(DocumentFilter((SHARED,), TRAINED_AT, types=("model_card",)), limit=5)
    await ingestor.reindex()
    rebuilt = await stores.documents.find(DocumentFilter((SHARED,), TRAINED_AT, types=("model_card",)), limit=5)
    await database.close()

    assert swept == rebuilt == (model_card_document(trained().manifest),)
