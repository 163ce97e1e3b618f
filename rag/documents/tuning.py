"""A tuning in words: what was searched, and what it was worth on bars that no trial had seen."""

from __future__ import annotations

from rag.documents.words import TEMPLATE, chart_words, long_date, parameter_words, signed, text_of
from signals.model import PlanRules
from signals.tuning.result import Score, Tuning
from storage.values import Document


def tuning_document(tuning: Tuning) -> Document:
    """A finished tuning; dated and known when it finished. Shared."""
    verdict = "they may replace the active ones" if tuning.won else "the active ones stay"
    parts = [
        f"Tuning (parameter search) for {chart_words(tuning.symbol, tuning.timeframe)}, "
        f"run {long_date(tuning.finished_at)}",
        f"Best parameters: {parameter_words(_varied(tuning.new))}",
        f"Active parameters: {parameter_words(_varied(tuning.old))}; {verdict}",
        f"Out of sample from {tuning.test_from:%Y-%m-%d} to {tuning.data_to:%Y-%m-%d}: "
        f"{_figures(tuning.out_of_sample)}",
        f"On the same bars the active ones {_figures(tuning.active)}; buy and hold {signed(tuning.buy_hold_pct, '%')}",
        f"In sample {_figures(tuning.in_sample)}",
        f"Verdict: {tuning.reason}",
        f"Tried first: {', '.join(tuning.first_trials)}" if tuning.first_trials else "",
    ]
    return Document(
        doc_id=f"tuning:{tuning.tuning_id}",
        type="tuning",
        text=text_of(parts),
        at=tuning.finished_at,
        known_at=tuning.finished_at,
        symbol=tuning.symbol,
        timeframe=tuning.timeframe.value,
        template=TEMPLATE,
    )


def _varied(rules: PlanRules) -> tuple[tuple[str, float], ...]:
    return (("sl_atr", rules.sl_atr), ("tp_atr", rules.tp_atr), ("horizon_bars", float(rules.horizon_bars)))


def _figures(score: Score) -> str:
    return f"{signed(score.mean_r, ' R', 3)} a trade over {score.trades} trades, return {signed(score.return_pct, '%')}"
