"""Records as sentences: one document per record, about 100 tokens, rendered by pure functions."""

from rag.documents.model_card import model_card_document
from rag.documents.news import news_document
from rag.documents.owned import note_document, recommendation_document, trade_document
from rag.documents.shared import (
    backtest_document,
    market_summary_document,
    outcome_document,
    signal_document,
    strategy_params_document,
)
from rag.documents.signal_month import signal_month_document
from rag.documents.tuning import tuning_document
from rag.documents.words import TEMPLATE

__all__ = [
    "TEMPLATE",
    "backtest_document",
    "market_summary_document",
    "model_card_document",
    "news_document",
    "note_document",
    "outcome_document",
    "recommendation_document",
    "signal_document",
    "signal_month_document",
    "strategy_params_document",
    "trade_document",
    "tuning_document",
]
