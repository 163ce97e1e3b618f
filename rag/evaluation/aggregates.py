"""`deskmate eval aggregates`: counting questions on generated ledgers, each answer beside plain SQL of its own."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from math import isclose
from pathlib import Path
from typing import Any

from rag import aggregates
from rag.evaluation.ledger_questions import Wanted, questions
from rag.evaluation.ledger_truth import truth
from rag.evaluation.ledgers import Ledger, ledger, shared_records
from rag.question.model import Intent
from rag.question.parse import parse
from signals.universe import DEFAULT_SYMBOLS
from storage.database import Database
from storage.migrate import upgrade
from storage.stores import Stores

QUESTIONS_EACH = 10
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Miss:
    """A question whose answer differs from the plain SQL, and how."""

    ledger: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """How many questions on how many ledgers, how many were answered right, by kind; the slowest of a hundred in ms."""

    ledgers: int
    trades: int
    asked: int
    right: int
    kinds: tuple[tuple[str, int, int], ...]
    misses: tuple[Miss, ...]
    mean_ms: float
    p99_ms: float

    @property
    def share(self) -> float:
        """Right of asked; 1 is demanded."""
        return self.right / self.asked if self.asked else 0.0

    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Per kind: its name, how many were asked, how many were right."""
        return tuple((kind, str(asked), str(right)) for kind, asked, right in self.kinds)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "ledgers": self.ledgers,
            "trades": self.trades,
            "asked": self.asked,
            "right": self.right,
            "share": self.share,
            "kinds": {kind: {"asked": asked, "right": right} for kind, asked, right in self.kinds},
            "misses": [{"ledger": m.ledger, "text": m.text, "why": m.why} for m in self.misses[:MOST_SHOWN]],
            "mean_ms": round(self.mean_ms, 3),
            "p99_ms": round(self.p99_ms, 3),
        }


async def run(folder: Path, seed: int, ledgers: int, each: int = QUESTIONS_EACH) -> Report:
    """Fill a database in `folder` with that many ledgers, and ask each owner that many questions.

    All ledgers share one database, so that every answer also proves that other people's rows stay out of it.
    """
    url = f"sqlite+aiosqlite:///{folder / 'ledgers.db'}"
    await upgrade(url)
    database = await Database.open(url)
    try:
        made = await _fill(Stores.of(database), seed, ledgers)
        return await _ask_all(Stores.of(database), seed, made, each)
    finally:
        await database.close()


async def _fill(stores: Stores, seed: int, count: int) -> tuple[Ledger, ...]:
    shared = shared_records(seed)
    await stores.signals.emit_many(shared.signals)
    await stores.signals.add_transitions(shared.steps)
    for backtest in shared.backtests:
        await stores.backtests.save(backtest)
    made = tuple(ledger(seed, number, shared) for number in range(count))
    for one in made:
        for trade in one.trades:
            await stores.trades.save(trade)
        for given in one.recommendations:
            await stores.recommendations.save(given)
    return made


async def _ask_all(stores: Stores, seed: int, made: Sequence[Ledger], each: int) -> Report:
    misses: list[Miss] = []
    kinds: dict[str, list[bool]] = {}
    times: list[float] = []
    for one in made:
        for wanted in questions(seed, one.number, one.now, each):
            begun = time.perf_counter()
            figures = await _answer(stores, one.owner, one.now, wanted.text)
            times.append(1_000 * (time.perf_counter() - begun))
            async with stores.database.read() as conn:
                expected = await truth(conn, one.owner, one.now, wanted)
            why = "not understood as a counting question" if figures is None else difference(wanted, figures, expected)
            kinds.setdefault(_kind(wanted), []).append(not why)
            if why:
                misses.append(Miss(one.number, wanted.text, why))
    asked = sum(len(found) for found in kinds.values())
    times.sort()
    return Report(
        ledgers=len(made),
        trades=sum(len(one.trades) for one in made),
        asked=asked,
        right=asked - len(misses),
        kinds=tuple((kind, len(found), sum(found)) for kind, found in sorted(kinds.items())),
        misses=tuple(misses),
        mean_ms=sum(times) / len(times) if times else 0.0,
        p99_ms=times[int(0.99 * len(times))] if times else 0.0,
    )


async def _answer(stores: Stores, owner: str, now: datetime, text: str) -> Mapping[str, Any] | None:
    parsed = parse(text, now, DEFAULT_SYMBOLS)
    if parsed.intent is not Intent.AGGREGATE:
        return None
    return (await aggregates.count(stores, parsed, owner, now)).figures


def difference(wanted: Wanted, figures: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    """The first thing in which the figures of an answer differ from what is true, in words; empty when they agree."""
    if figures["about"] != wanted.about:
        return f"about {figures['about']}s, not {wanted.about}s"
    if wanted.about == "trade" and not wanted.by and figures["figure"] != wanted.figure:
        return f"told the {figures['figure']}, not the {wanted.figure}"
    for name, value in expected.items():
        if name == "groups":
            why = _groups_differ(figures.get("groups") or (), value)
        elif name == "best":
            why = "" if set(figures.get("ranked", ())) & value else f"the best is one of {sorted(value)}"
        elif name in ("streak", "drawdown", "held"):
            part = figures.get(name)
            why = "" if part is None and not expected["closed"] else _parts_differ(part or {}, value)
        elif name in ("trades", "with_r", "mean_r") and not expected["closed"]:
            why = ""
        else:
            why = _differ(figures.get(name), value)
        if why:
            return f"{name}: {why}"
    return ""


def _parts_differ(part: Mapping[str, Any], value: Mapping[str, Any]) -> str:
    return next((f"{name}: {why}" for name, v in value.items() if (why := _differ(part.get(name), v))), "")


def _differ(told: Any, value: Any) -> str:
    if name_of(told) == name_of(value):
        return ""
    if isinstance(value, Fraction) and isinstance(told, str) and Fraction(told) == value:
        return ""
    if isinstance(value, float) and isinstance(told, float) and isclose(told, value, rel_tol=1e-9, abs_tol=1e-9):
        return ""
    if isinstance(value, list) and isinstance(told, list) and [one["trade_id"] for one in told] == value:
        return ""
    shown = f"{float(value)} ({value})" if isinstance(value, Fraction) else value
    return f"said {told}, true is {shown}"


def name_of(value: Any) -> Any:
    """Plain values compare as they are; fractions and lists never equal what an answer carries."""
    return ("other", id(value)) if isinstance(value, Fraction | list | float) else value


def _groups_differ(told: Sequence[Mapping[str, Any]], value: Mapping[str, Any]) -> str:
    known = {one["key"]: one for one in told if one.get("closed", one.get("issued")) != 0}
    if set(known) != set(value):
        return f"groups {sorted(known)}, true are {sorted(value)}"
    for key, part in value.items():
        if isinstance(part, tuple):
            n, won, total = part
            same = (known[key]["closed"], known[key]["won"], Fraction(known[key]["total_usd"])) == (n, won, total)
            if not same:
                return f"{key}: said {known[key]['closed']} of {known[key]['total_usd']}, true is {n} of {float(total)}"
        elif why := _parts_differ(known[key], part):
            return f"{key}: {why}"
    return ""


def _kind(wanted: Wanted) -> str:
    return f"{wanted.about} by {wanted.by}" if wanted.by else f"{wanted.about} {wanted.figure}".strip()
