"""The evaluation's records and questions: JSON lines into the domain's values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from signals.errors import UserError
from signals.model import Action, Backtest, Issued, Plan, Series, Signal, Timeframe, Trade

EXCHANGE = "records"


@dataclass(frozen=True, slots=True)
class RecordSet:
    """Records as values. `ids` gives a document's record id, `owners` a record's owner (None: everybody's)."""

    signals: tuple[Issued, ...]
    trades: tuple[Trade, ...]
    backtests: tuple[Backtest, ...]
    ids: dict[str, str]
    owners: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class EvalQuestion:
    """A question as `asker` puts it at `now`, with the ids of the records that answer it."""

    question_id: str
    kind: str
    asker: str
    now: datetime
    text: str
    relevant: frozenset[str]


def load_records(path: Path) -> RecordSet:
    """The records of a JSON-lines file. UserError, naming the line, for one that cannot be read."""
    issued: list[Issued] = []
    trades: list[Trade] = []
    backtests: list[Backtest] = []
    ids: dict[str, str] = {}
    owners: dict[str, str | None] = {}
    for where, row in _rows(path):
        try:
            kind, record_id = row["type"], row["id"]
            if kind == "signal":
                issued.append(_signal(row))
                ids[f"signal:{issued[-1].signal_id}"] = record_id
            elif kind == "trade":
                trades.append(_trade(row))
                ids |= {f"trade:{record_id}": record_id, f"trade_note:{record_id}": record_id}
            elif kind == "backtest":
                backtests.append(_backtest(row))
                ids[f"backtest:{record_id}"] = record_id
            else:
                raise UserError(f"{where}: a record of type {kind!r}; known are signal, trade, backtest.")
            owners[record_id] = row["owner"]
        except (KeyError, TypeError, ValueError, InvalidOperation) as e:
            raise UserError(f"{where}: not a record of the evaluation ({e!r}).") from e
    return RecordSet(tuple(issued), tuple(trades), tuple(backtests), ids, owners)


def load_questions(path: Path) -> tuple[EvalQuestion, ...]:
    """The questions of a JSON-lines file. UserError, naming the line, for one that cannot be read."""
    found = []
    for where, row in _rows(path):
        try:
            relevant = frozenset(row["relevant"])
            found.append(EvalQuestion(row["id"], row["kind"], row["asker"], _time(row["now"]), row["text"], relevant))
        except (KeyError, TypeError, ValueError) as e:
            raise UserError(f"{where}: not a question of the evaluation ({e!r}).") from e
    return tuple(found)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as e:
        raise UserError(f"{path} cannot be read: {e}.") from e
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                row = json.loads(line)
            except json.JSONDecodeError as e:
                raise UserError(f"{path.name}, line {number}: not JSON ({e}).") from e
            yield f"{path.name}, line {number}", row


def _signal(row: dict[str, Any]) -> Issued:
    at, timeframe, action = _time(row["time"]), Timeframe(row["timeframe"]), Action(row["side"])
    price, stop, target = float(row["entry"]), float(row["stop"]), float(row["target"])
    signal = Signal(
        series=Series(f"{EXCHANGE}-{row['id']}", row["symbol"], timeframe),  # two records may share time and market
        bar_open_at=at,
        known_at=at,
        action=action,
        reason=row["reason"],
        price=price,
        atr=float(row["atr"]),
        setup=row["setup"],
        strategy=row["strategy"],
    )
    plan = None
    if action.direction:
        plan = Plan(
            direction=action.direction,
            entries=(price,),
            stop=stop,
            targets=(target,),
            invalidation=stop,
            reward_risk=abs(target - price) / (abs(price - stop) or 1.0),
            expires_at=at + 24 * timeframe.duration,
            atr=float(row["atr"]),
        )
    return Issued(signal, plan, at, row.get("confidence"))


def _trade(row: dict[str, Any]) -> Trade:
    closed, size, entry = _time(row["time"]), _money(row["size_usd"]), _money(row["entry"])
    return Trade(
        trade_id=row["id"],
        owner=row["owner"],
        symbol=row["symbol"],
        timeframe=Timeframe(row["timeframe"]),
        side=row["side"],
        quantity=(size / entry).quantize(Decimal("1e-8")),
        entry=entry,
        opened_at=closed - timedelta(hours=float(row["held_hours"])),
        size_usd=size,
        exit=_money(row["exit"]),
        closed_at=closed,
        pnl_usd=_money(row["pnl_usd"]),
        return_pct=float(row["return_pct"]),
        exit_reason=row["exit_reason"],
        strategy=row["strategy"],
        note=row["note"],
    )


def _backtest(row: dict[str, Any]) -> Backtest:
    at = _time(row["time"])
    names = ("sma_period", "sl_multiplier", "tp_multiplier")
    return Backtest(
        backtest_id=row["id"],
        exchange=EXCHANGE,
        symbol=row["symbol"],
        timeframe=Timeframe(row["timeframe"]),
        strategy=row["strategy"],
        started_at=at - timedelta(days=float(row["period_days"])),
        ended_at=at,
        finished_at=at,
        trades=int(row["trades"]),
        return_pct=float(row["return_pct"]),
        sharpe=float(row["sharpe"]),
        max_drawdown_pct=float(row["max_drawdown_pct"]),
        win_rate_pct=float(row["win_rate_pct"]),
        parameters=tuple((name, float(row[name])) for name in names if name in row),
    )


def _time(said: str) -> datetime:
    moment = datetime.fromisoformat(said)
    if moment.tzinfo is None:
        raise ValueError(f"a time without zone: {said}")
    return moment


def _money(value: float | str) -> Decimal:
    return Decimal(str(value))
