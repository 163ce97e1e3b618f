"""The board: every watched market as it stands now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from bot.amounts import strict_decimal
from bot.reply import Reply, Table
from bot.wording import age, clean, number, when
from rag.desk import Desk, Judgement
from rag.recommendation import to_json
from signals.clock import Clock, iso
from signals.errors import UserError
from signals.model import Market, Plan, Timeframe

BOARD_VERSION = 1


@dataclass(frozen=True, slots=True)
class ShowSignals:
    """Which markets, and the least confidence (a fraction) that a trade must have to be shown."""

    symbols: tuple[str, ...]
    timeframes: tuple[Timeframe, ...]
    min_confidence: Decimal | None = None


def parse_percent(text: str, name: str) -> Decimal:
    """A fraction from a percentage in plain ASCII digits, 0 to 100, with or without the sign."""
    try:
        value = strict_decimal(text.strip().removesuffix("%").strip())
    except ValueError as e:
        raise UserError(f"{name} {text[:40]!r} is not a percentage: write a plain number from 0 to 100") from e
    if value > 100:
        raise UserError(f"{name} {text[:40]!r} is out of range: write a plain number from 0 to 100")
    return value / 100


class Board:
    """Shows the judgement that the timetable's job would make now; it issues and stores nothing."""

    def __init__(self, desk: Desk, clock: Clock, simulated: frozenset[str]) -> None:
        self._desk = desk
        self._clock = clock
        self._simulated = simulated

    async def __call__(self, request: ShowSignals) -> Reply:
        """A table for people and every number in `data`; trades first, then by conviction."""
        now = self._clock.now()
        markets = [Market(symbol, timeframe) for timeframe in request.timeframes for symbol in request.symbols]
        judged = [j for j in await self._desk.judge_all(markets, now) if _is_wanted(j, request.min_confidence)]
        judged.sort(key=lambda j: (j.analysis.signal.direction == 0, -j.analysis.signal.conviction))
        simulated = any(j.candles.series.exchange in self._simulated for j in judged if len(j.candles))
        rows = tuple(_row(j) for j in judged)
        columns = ("market", "action", "price", "conviction", "plan or reason", "age")
        notes = ("SIMULATED MARKET: these prices are invented.",) if simulated else ()
        return Reply(
            text="" if judged else "No market passes that filter.",
            tables=(Table(f"Signals at {when(now)}", columns, rows),) if judged else (),
            notes=notes,
            data=board_data(judged, iso(now), simulated=simulated),
        )


def board_data(judged: Sequence[Judgement], as_of: str, *, simulated: bool) -> dict[str, Any]:
    """The board in plain JSON values."""
    rows = [_data(j, as_of) for j in judged]
    return {"board_version": BOARD_VERSION, "as_of": as_of, "simulated": simulated, "signals": rows}


def _is_wanted(judged: Judgement, least: Decimal | None) -> bool:
    if least is None:
        return True
    known = judged.confidence.value
    return judged.analysis.signal.direction != 0 and known is not None and known >= float(least)


def _row(j: Judgement) -> tuple[str, ...]:
    signal = j.analysis.signal
    age_s = None if signal.last_good_at is None else (j.now - signal.last_good_at).total_seconds()
    return (
        f"{signal.series.symbol} {signal.series.timeframe}",
        signal.action.value.replace("_", " "),
        "" if signal.price is None else number(signal.price),
        f"{signal.conviction:.2f}" + (f" {signal.strength}" if signal.strength else "") if signal.price else "",
        clean(signal.reason) if j.analysis.plan is None else _plan_text(j.analysis.plan),
        "" if age_s is None else age(age_s),
    )


def _plan_text(plan: Plan) -> str:
    return f"stop {number(plan.stop)}, target {number(plan.targets[-1])}, R/R {plan.reward_risk:.2f}"


def _data(j: Judgement, as_of: str) -> dict[str, Any]:
    signal, plan, frame = j.analysis.signal, j.analysis.plan, j.analysis.frame
    age_s = None if signal.last_good_at is None else round((j.now - signal.last_good_at).total_seconds())
    row: dict[str, Any] = {
        "symbol": signal.series.symbol,
        "asked_symbol": j.market.symbol,
        "timeframe": signal.series.timeframe.value,
        "exchange": signal.series.exchange,
        "as_of": as_of,
        "action": signal.action.value,
        "reason": signal.reason,
        "what_would_change": signal.change,
        "price": signal.price,
        "bar_open_at": to_json(signal.bar_open_at),
        "last_good_at": to_json(signal.last_good_at),
        "data_age_s": age_s,
        "atr": signal.atr,
        "long": signal.long,
        "short": signal.short,
        "conviction": signal.conviction,
        "strength": signal.strength,
        "confidence": j.confidence.value,
        "confidence_n": j.confidence.n,
        "confidence_calibrated": j.confidence.calibrated,
        "confidence_basis": j.confidence.basis,
        "votes": [asdict(vote) for vote in signal.votes],
        "warnings": list(signal.warnings),
        "plan": None if plan is None else to_json(asdict(plan)),
        "indicators": {} if frame is None else frame.at(-1),
    }
    return row
