"""What everybody may read: signals, their outcomes, backtests, parameters, market days. Pure renderers."""

from __future__ import annotations

from datetime import timedelta

from rag.documents.words import (
    ACTION_WORDS,
    EXIT_WORDS,
    TEMPLATE,
    asset_words,
    chart_words,
    long_date,
    number,
    outcome_of,
    parameter_words,
    price,
    setup_words,
    side_of,
    signed,
    strategy_code,
    strategy_words,
    text_of,
)
from signals.model import Backtest, Issued, Plan, SignalState, Timeframe, Transition
from storage.market_days import MarketDay
from storage.parameters import ParameterSet
from storage.values import Document

_STATE_EXIT = {
    SignalState.TARGET: "take_profit",
    SignalState.STOPPED: "stop_loss",
    SignalState.EXPIRED: "timeout",
    SignalState.INVALIDATED: "signal",
}
_RESULTS = {"win": "winning (profit)", "loss": "losing (loss)", None: "break-even"}


def signal_document(issued: Issued) -> Document:
    """The signal and its plan, as known at the close of its bar; nothing of what became of it. Shared."""
    signal = issued.signal
    at = signal.bar_open_at or signal.known_at
    parts = [
        f"{ACTION_WORDS[signal.action]} for {chart_words(signal.series.symbol, signal.series.timeframe)}, "
        f"{long_date(at)}{_price_words(issued)}",
        f"Setup: {setup_words(signal.setup)}" if signal.setup else "",
        f"Reason: {signal.reason}",
        f"Strategy: {strategy_words(signal.strategy)}",
        _plan_words(issued.plan) if issued.plan else "",
        f"Conviction {signal.conviction:.0%}" if signal.conviction else "",
        f"Confidence {issued.confidence:.0%}" if issued.confidence is not None else "",
    ]
    return Document(
        doc_id=f"signal:{issued.signal_id}",
        type="signal",
        text=text_of(parts),
        at=at,
        known_at=signal.known_at,
        symbol=signal.series.symbol,
        timeframe=signal.series.timeframe.value,
        side=side_of(signal.action),
        strategy=strategy_code(signal.strategy),
        setup=signal.setup or None,
        template=TEMPLATE,
    )


def outcome_document(issued: Issued, transition: Transition) -> Document:
    """How a signal ended: dated and known at the transition, child of the signal's document. Shared.

    `transition` is the final one; ValueError otherwise.
    """
    if not transition.state.is_final:
        raise ValueError(f"{transition.state} is not an end")
    signal = issued.signal
    exit_reason = _STATE_EXIT[transition.state]
    outcome = outcome_of(transition.realised_r)
    result = f", {_RESULTS[outcome]} {signed(transition.realised_r)} R" if transition.realised_r is not None else ""
    issued_on = long_date(signal.bar_open_at or signal.known_at)
    parts = [
        f"Outcome (result) of the {ACTION_WORDS[signal.action]} for "
        f"{chart_words(signal.series.symbol, signal.series.timeframe)}, of {issued_on}",
        f"{EXIT_WORDS[exit_reason]} on {long_date(transition.at)} at {price(transition.price)}{result}",
        f"Setup: {setup_words(signal.setup)}" if signal.setup else "",
        f"Strategy: {strategy_words(signal.strategy)}",
    ]
    return Document(
        doc_id=f"outcome:{issued.signal_id}",
        type="outcome",
        text=text_of(parts),
        at=transition.at,
        known_at=transition.at,
        symbol=signal.series.symbol,
        timeframe=signal.series.timeframe.value,
        side=side_of(signal.action),
        strategy=strategy_code(signal.strategy),
        setup=signal.setup or None,
        exit_reason=exit_reason,
        outcome=outcome,
        parent=f"signal:{issued.signal_id}",
        template=TEMPLATE,
    )


def backtest_document(backtest: Backtest) -> Document:
    """A finished backtest and its figures; dated and known when it finished. Shared."""
    days = (backtest.ended_at - backtest.started_at) / timedelta(days=1)
    parts = [
        f"Backtest of the strategy {strategy_words(backtest.strategy)} on "
        f"{chart_words(backtest.symbol, backtest.timeframe)}, run {long_date(backtest.finished_at)}",
        f"Period {backtest.started_at:%Y-%m-%d} to {backtest.ended_at:%Y-%m-%d} ({days:.0f} days)",
        _figures(backtest),
        f"Parameters: {parameter_words(backtest.parameters)}" if backtest.parameters else "",
    ]
    return Document(
        doc_id=f"backtest:{backtest.backtest_id}",
        type="backtest",
        text=text_of(parts),
        at=backtest.finished_at,
        known_at=backtest.finished_at,
        symbol=backtest.symbol,
        timeframe=backtest.timeframe.value,
        strategy=strategy_code(backtest.strategy),
        template=TEMPLATE,
    )


def strategy_params_document(parameters: ParameterSet) -> Document:
    """Parameters coming into force for a market; dated and known from that moment. Shared."""
    rules = parameters.rules
    values = (
        ("sl_atr", rules.sl_atr),
        ("tp_atr", rules.tp_atr),
        ("atr_period", rules.atr_period),
        ("trend_sma", rules.trend_sma),
    )
    parts = [
        f"Strategy parameters (settings) for {chart_words(parameters.symbol, parameters.timeframe)}, "
        f"active from {long_date(parameters.active_from)}",
        f"{parameter_words(values)}, smallest reward/risk {number(rules.min_reward_risk)}, "
        f"horizon {rules.horizon_bars} bars, {rules.style} style",
        parameters.reason,
    ]
    return Document(
        doc_id=f"strategy_params:{parameters.parameter_id}",
        type="strategy_params",
        text=text_of(parts),
        at=parameters.active_from,
        known_at=parameters.active_from,
        symbol=parameters.symbol,
        timeframe=parameters.timeframe.value,
        template=TEMPLATE,
    )


def market_summary_document(summary: MarketDay) -> Document:
    """One day of a market, known when the day is over. Shared."""
    change = 100 * (summary.close / summary.open - 1)
    direction = "up (bullish day)" if change > 0 else "down (bearish day)" if change < 0 else "unchanged"
    parts = [
        f"Market summary of {asset_words(summary.symbol)} for {long_date(summary.day)}: {direction}, "
        f"{signed(change, '%')} on the day",
        f"Open {price(summary.open)}, high {price(summary.high)}, low {price(summary.low)}, "
        f"close {price(summary.close)}, volume {number(summary.volume)}",
        _condition(summary),
    ]
    return Document(
        doc_id=f"market_summary:{summary.key}",
        type="market_summary",
        text=text_of(parts),
        at=summary.day,
        known_at=summary.known_at,
        symbol=summary.symbol,
        timeframe=Timeframe.D1.value,
        template=TEMPLATE,
    )


def _condition(summary: MarketDay) -> str:
    measured = [
        "" if summary.rsi is None else f"RSI {number(summary.rsi, 3)}",
        "" if summary.atr_pct is None else f"ATR {number(summary.atr_pct, 3)}% of the close",
        "" if summary.trend_pct is None else f"{signed(summary.trend_pct, '%')} from its 200-bar average",
    ]
    said = ", ".join(part for part in measured if part)
    at_close = f"At the close of its {summary.timeframe} bars: {said}. " if said else ""
    issued = f"{summary.buys} BUY and {summary.sells} SELL signals" if summary.buys or summary.sells else "No signals"
    return f"{at_close}{issued} during the day"


def _price_words(issued: Issued) -> str:
    known = issued.signal.price
    said_by_plan = issued.plan is not None and known in issued.plan.entries
    return "" if known is None or said_by_plan else f", at {price(known)}"


def _plan_words(plan: Plan) -> str:
    entries = " or ".join(price(entry) for entry in plan.entries)
    targets = ", then ".join(price(target) for target in plan.targets)
    side = "below" if plan.direction > 0 else "above"
    invalid = f", invalid {side} {price(plan.invalidation)}" if plan.invalidation != plan.stop else ""
    ratio = number(plan.reward_risk, 3)
    return f"Entry {entries}, stop-loss {price(plan.stop)}, target {targets}, reward/risk {ratio}{invalid}"


def _figures(backtest: Backtest) -> str:
    verdict = "profitable" if backtest.return_pct > 0 else "losing"
    figures = [
        ("buy and hold", backtest.buy_hold_pct, "%"),
        ("Sharpe ratio", backtest.sharpe, ""),
        ("max drawdown", backtest.max_drawdown_pct, "%"),
        ("win rate", backtest.win_rate_pct, "%"),
        ("profit factor", backtest.profit_factor, ""),
        ("expectancy", backtest.expectancy_r, " R"),
        ("exposure", backtest.exposure_pct, "%"),
        ("fees", backtest.fees_pct, "%"),
        ("random entries that did as well", backtest.random_share_pct, "%"),
    ]
    said = [f"{label} {number(value, 4)}{unit}" for label, value, unit in figures if value is not None]
    reached = f"{backtest.target_first} of {backtest.resolved} signals reached the target first"
    start = f"result: {verdict}, return {signed(backtest.return_pct, '%')} over {backtest.trades} trades"
    return ", ".join([start, *said, *([reached] if backtest.resolved else [])])
