"""What only its owner may read: trades, notes on them, recommendations. Pure renderers."""

from __future__ import annotations

from typing import Any

from rag.documents.words import (
    ACTION_WORDS,
    EXIT_WORDS,
    SIDE_WORDS,
    TEMPLATE,
    asset_words,
    chart_words,
    is_strategy,
    long_date,
    number,
    outcome_of,
    price,
    sentence,
    side_of,
    signed,
    signed_money,
    strategy_code,
    strategy_words,
    text_of,
)
from signals.model import Action, Trade
from signals.universe import base_of
from storage.values import Document, LoggedRecommendation, scope_of

_RESULTS = {"win": "winning ", "loss": "losing ", None: ""}


def trade_document(trade: Trade) -> Document:
    """A person's trade, their own. A closed one is dated and known at its close, an open one at its opening.

    Trust `user` where the strategy is a name of the person's own: words that code did not write support no stance.
    """
    outcome = outcome_of(float(trade.pnl_usd)) if trade.closed_at and trade.pnl_usd is not None else None
    at = trade.closed_at or trade.opened_at
    state = _RESULTS[outcome] if trade.closed_at else "open "
    parts = [
        f"{state}{SIDE_WORDS[trade.side]} on {chart_words(trade.symbol, trade.timeframe)}, {_life(trade)}",
        _exit_words(trade),
        f"Quantity {number(trade.quantity)} {base_of(trade.symbol)} at entry {price(trade.entry)}, "
        f"size ${trade.size_usd:.2f}",
        f"Strategy: {strategy_words(trade.strategy)}",
    ]
    return Document(
        doc_id=f"trade:{trade.trade_id}",
        type="trade",
        text=text_of(parts),
        at=at,
        known_at=at,
        scope=scope_of(trade.owner),
        symbol=trade.symbol,
        timeframe=trade.timeframe.value,
        side=trade.side,
        strategy=strategy_code(trade.strategy),
        exit_reason=trade.exit_reason,
        outcome=outcome,
        parent=f"signal:{trade.signal_id}" if trade.signal_id else None,
        trust="internal" if is_strategy(trade.strategy) else "user",
        template=TEMPLATE,
    )


def note_document(trade: Trade) -> Document | None:
    """The person's own words about a trade, child of its document; None when they wrote none. Trust `user`."""
    lines = trade.note.split("\n") if trade.noted_at is not None else [trade.note]  # a line each, or one of its own
    notes = [words for line in lines if (words := sentence(line))]
    if not notes:
        return None
    whole = trade_document(trade)
    parts = [
        f"Note on the {_RESULTS[whole.outcome]}{trade.side} trade on "
        f"{chart_words(trade.symbol, trade.timeframe)}, {long_date(whole.at)}",
        *notes,
    ]
    return Document(
        doc_id=f"trade_note:{trade.trade_id}",
        type="trade_note",
        text=text_of(parts),
        at=whole.at,
        known_at=max(whole.known_at, trade.noted_at or whole.known_at),
        scope=whole.scope,
        symbol=whole.symbol,
        timeframe=whole.timeframe,
        side=whole.side,
        strategy=whole.strategy,
        exit_reason=whole.exit_reason,
        outcome=whole.outcome,
        parent=whole.doc_id,
        trust="user",
        template=TEMPLATE,
    )


def recommendation_document(logged: LoggedRecommendation) -> Document:
    """An answer that was given, its asker's own. It quotes the question, hence trust `user`."""
    payload = logged.payload
    timeframe = payload.get("timeframe")
    about = logged.symbol and (chart_words(logged.symbol, timeframe) if timeframe else asset_words(logged.symbol))
    action = Action(logged.action)
    said = ACTION_WORDS[action].replace(" signal", "") if action.is_advice else f"no advice ({action})"
    parts = [
        f"Recommendation (advice) given {long_date(logged.created_at)}: {said}" + (f" for {about}" if about else ""),
        f'Asked: "{sentence(logged.question)}"',
        _recommended(payload),
        str(payload.get("reasoning") or payload.get("reason") or ""),
    ]
    return Document(
        doc_id=f"recommendation:{logged.recommendation_id}",
        type="recommendation",
        text=text_of(parts),
        at=logged.as_of,
        known_at=logged.created_at,
        scope=scope_of(logged.owner),
        symbol=logged.symbol,
        timeframe=timeframe,
        side=side_of(action),
        strategy=strategy_code(payload["strategy"]) if payload.get("strategy") else None,
        trust="user",
        template=TEMPLATE,
    )


def _life(trade: Trade) -> str:
    if trade.closed_at is None:
        return f"opened {long_date(trade.opened_at)} and still open"
    held_h = (trade.closed_at - trade.opened_at).total_seconds() / 3600
    return f"closed {long_date(trade.closed_at)} after {held_h:.1f} hours, opened {trade.opened_at:%Y-%m-%d}"


def _exit_words(trade: Trade) -> str:
    how = EXIT_WORDS.get(trade.exit_reason or "", (trade.exit_reason or "").replace("_", " "))
    at = f"at {price(trade.exit)}" if trade.exit is not None else ""
    made = ""
    if trade.pnl_usd is not None:
        word = {"win": "profit", "loss": "loss", None: "break-even"}[outcome_of(float(trade.pnl_usd))]
        share = f" ({signed(trade.return_pct, '%')})" if trade.return_pct is not None else ""
        made = f"{word} {signed_money(trade.pnl_usd)}{share}"
    fees = f"fees ${trade.fees_usd:.2f}" if trade.fees_usd else ""
    first = " ".join(part for part in (how, at) if part)
    return ", ".join(part for part in (first, made, fees) if part)


def _recommended(payload: dict[str, Any]) -> str:
    numbers = [
        ("price", payload.get("price")),
        ("size", payload.get("position_size_usd")),
        ("stop-loss", payload.get("stop_loss")),
    ]
    said = [f"{label} {price(value)}" for label, value in numbers if value]
    targets = [price(target) for target in payload.get("exit_points") or ()]
    return ", ".join([*said, *([f"target {' and '.join(targets)}"] if targets else [])])
