"""A month of old signals in words: what was issued and how it ended."""

from __future__ import annotations

from rag.documents.words import TEMPLATE, chart_words, setup_words, signed, text_of
from storage.signal_months import SignalMonth
from storage.values import Document


def signal_month_document(month: SignalMonth) -> Document:
    """The sum of a month's signals of one series; dated at the month, known when the last of them had ended. Shared."""
    ends = (
        (month.targets, "reached the target (take-profit)"),
        (month.stopped, "were stopped out (stop-loss)"),
        (month.expired, "timed out (expired)"),
        (month.invalidated, "were closed by an opposite signal"),
    )
    told = ", ".join(f"{count} {words}" for count, words in ends if count)
    mean = f"; mean result {signed(month.mean_r, ' R')} a signal" if month.mean_r is not None else ""
    setups = ", ".join(f"{setup_words(name)} {count}" for name, count in month.setups)
    rest = month.signals - month.buys - month.sells
    parts = [
        f"Signals of {month.month:%B %Y} ({month.month:%Y-%m}), monthly summary, for "
        f"{chart_words(month.symbol, month.timeframe)}",
        f"{month.signals} signals: {month.buys} BUY (long), {month.sells} SELL (short), {rest} HOLD",
        f"How they ended: {told}{mean}" if told else "None of them had a plan to follow",
        f"Setups: {setups}" if setups else "",
    ]
    return Document(
        doc_id=f"signal_month:{month.month_id}",
        type="signal_month",
        text=text_of(parts),
        at=month.month,
        known_at=month.known_at,
        symbol=month.symbol,
        timeframe=month.timeframe.value,
        template=TEMPLATE,
    )
