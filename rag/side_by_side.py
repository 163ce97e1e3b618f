"""Markets side by side: today's signals of all of them, or a few compared, with a plain conclusion."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.aggregates import Grid
from rag.facts import price_text
from rag.question.model import Intent, Parsed
from signals.analysis import Analysis
from signals.model import Action
from signals.universe import base_of

_TODAYS = re.compile(
    r"\b(?:today's|todays|daily|current|all|the) (?:\S+ ){0,2}signals?\b"
    r"|\bsignals? (?:for )?(?:today|right now|now|at the moment)\b"
    r"|\bany (?:\S+ ){0,2}signals?\b(?: today| now|\W*$)|^\W*signals?\W*$|\bsignal board\b"
)
_PAST = re.compile(r"\b(?:did|was|were|had|issued|gave|yesterday|last|ended|turned)\b")
_DIRECTIONS = {"BUY": 1, "SELL": -1}


def asks_for_the_board(parsed: Parsed) -> bool:
    """Whether the question is about the signals of all markets as they stand ("what are today's signals?")."""
    if parsed.symbols or parsed.unknown or parsed.mine or parsed.measure is not None:
        return False
    if parsed.intent not in (Intent.FIND, Intent.LATEST, Intent.ADVICE) or set(parsed.types) - {"signal"}:
        return False
    if parsed.limit or parsed.setups or parsed.strategies or parsed.outcomes or parsed.exit_reasons:
        return False
    words = parsed.text.lower()
    today = parsed.window is None or parsed.window.label == "today" or "today" in words
    return today and _TODAYS.search(words) is not None and _PAST.search(words) is None


def board_words(rows: Sequence[tuple[str, Analysis]], timeframe: str, sides: Sequence[str] = ()) -> str:
    """How many markets carry a trade, and which."""
    judged = [(s, a) for s, a in rows if a.signal.action.is_advice]
    wanted = {_DIRECTIONS[side] for side in sides if side in _DIRECTIONS} or {1, -1}
    trades = [f"{base_of(s)} {_action(a)}" for s, a in judged if a.signal.direction in wanted]
    asked = " and ".join(sides) if sides else "trade"
    text = f"{len(trades)} of {len(rows)} markets carry a {asked} now on {timeframe}"
    text += f": {', '.join(trades)}." if trades else "."
    missing = len(rows) - len(judged)
    return f"{text} {missing} cannot be judged." if missing else text


def comparison(rows: Sequence[tuple[str, Analysis]]) -> str:
    """Which of a few markets the rules favour, or plainly that they favour none."""
    trades = [(s, a) for s, a in rows if a.signal.direction and a.plan is not None]
    if trades:
        best = max(trades, key=lambda row: row[1].signal.conviction)
        others = ", ".join(f"{base_of(s)} {_action(a)}" for s, a in rows if s != best[0])
        return (
            f"The rules favour {base_of(best[0])}: {_action(best[1])} with conviction "
            f"{best[1].signal.conviction:.2f} ({others})."
        )
    judged = [(s, a) for s, a in rows if a.signal.action.is_advice]
    if not judged:
        return "None of them can be judged now; the table says why."
    near = max(judged, key=lambda row: row[1].signal.conviction)
    lean = "long" if near[1].signal.long >= near[1].signal.short else "short"
    return (
        f"The rules favour none of them now: HOLD. {base_of(near[0])} is nearest to a trade "
        f"({lean}, conviction {near[1].signal.conviction:.2f})."
    )


def grid(title: str, rows: Sequence[tuple[str, Analysis]]) -> Grid:
    """A line per market: action, price, conviction, reward/risk, and the reason."""
    columns = ("market", "signal", "price", "conviction", "ATR", "reward/risk", "because")
    return Grid(title, columns, tuple(_row(symbol, analysis) for symbol, analysis in rows))


def _row(symbol: str, analysis: Analysis) -> tuple[str, ...]:
    signal, plan, frame = analysis.signal, analysis.plan, analysis.frame
    price = "none" if signal.price is None else price_text(signal.price)
    atr = ""
    if frame is not None and signal.price and "atr_14" in (row := frame.at(-1)):
        atr = f"{100 * row['atr_14'] / signal.price:.2f} %"
    conviction = f"{signal.conviction:.2f}" if signal.action.is_advice else ""
    ratio = "" if plan is None else f"{plan.reward_risk:.2f}"
    reason = signal.reason
    if signal.action is Action.HOLD:
        reason = f"long {signal.long:.2f}, short {signal.short:.2f}"
    return base_of(symbol), _action(analysis), price, conviction, atr, ratio, reason


def _action(analysis: Analysis) -> str:
    return analysis.signal.action.value.replace("_", " ")
