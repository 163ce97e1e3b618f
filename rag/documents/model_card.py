"""A trained model in words: what it was shown, how it did on bars it had not seen, and whether it may vote."""

from __future__ import annotations

from rag.documents.words import TEMPLATE, long_date, number, text_of
from signals.learned.manifest import Manifest
from storage.values import Document

_USE = "It estimates whether the close will be higher or lower and is one of five voters, never a price or a size"


def model_card_document(manifest: Manifest) -> Document:
    """The card of a version: dated and known when it was trained; what became of it later is not told. Shared."""
    score, label = manifest.score, manifest.label
    symbols = ", ".join(name.split(":")[1] for name in manifest.series)
    parts = [
        f"Model card of the learned model {manifest.version} (LightGBM, three classes: sell, hold, buy) on the "
        f"{manifest.timeframe} chart, trained {long_date(manifest.created_at)}",
        f"Label: the close {label.horizon_bars} bars later beyond +-{number(100 * label.threshold)} %",
        f"Data: {manifest.rows} rows of {symbols}, {manifest.trained_from:%Y-%m-%d} "
        f"to {manifest.trained_until:%Y-%m-%d}",
        f"Verdict: {score.verdict}, over {score.rows} rows in {len(manifest.folds)} walk-forward folds",
        f"Brier score {score.brier:.4f} beside {score.prior_brier:.4f}",
        f"Features: {', '.join(manifest.features)}",
        _USE,
        "Limits: past bars only, no news, no order book; a small lead may not pay for fees",
    ]
    return Document(
        doc_id=f"model_card:{manifest.version}",
        type="model_card",
        text=text_of(parts),
        at=manifest.created_at,
        known_at=manifest.created_at,
        timeframe=manifest.timeframe.value,
        strategy="learned",
        template=TEMPLATE,
    )
