"""Routing, follow-ups and abstention on generated questions; and every measurement together, with its floor."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.reply import Reply, Table
from rag.evaluation import abstention, aggregates, followups, grounding, routing
from rag.evaluation.shares import ShareReport

COLUMNS = ("kind", "questions", "right", "share")
MISSES = 15
LEDGERS, SMALL_LEDGERS = 500, 20


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement: what came out, the floor it has to reach, and everything as plain values."""

    name: str
    n: int
    result: str
    floor: str
    passed: bool
    data: dict[str, Any]


def evaluate_routing(count: int, seed: int) -> Reply:
    """Where generated questions of every intent are sent; an error below the floor."""
    return _told(routing.run(count, seed))


def evaluate_followups(count: int, seed: int) -> Reply:
    """Whether short questions keep what they leave out, and only that; an error below the floor."""
    return _told(followups.run(count, seed))


async def evaluate_abstention(count: int, seed: int) -> Reply:
    """Whether what has no answer gets none, by the right rule, and the rest gets one; an error below the floor."""
    return _told(await _abstention(count, seed))


async def evaluate_all(seed: int, *, small: bool, retrieval: Reply | None = None) -> Reply:
    """Every measurement that needs no file, and `retrieval` (its reply) when it was made; an error below a floor.

    `small` asks fewer questions: under two minutes in all.
    """
    lines = [_share_line(await asyncio.to_thread(one)) for one in _pure(seed, small=small)]
    lines.append(_share_line(await _abstention(abstention.SMALL if small else abstention.QUESTIONS, seed)))
    lines.append(await _counted(seed, SMALL_LEDGERS if small else LEDGERS))
    lines.append(await asyncio.to_thread(_grounded, small))
    if retrieval is not None:
        lines.append(_retrieved(retrieval))
    failed = [line.name for line in lines if not line.passed]
    text = "Every floor holds." if not failed else f"Below the floor: {', '.join(failed)}."
    rows = tuple((ln.name, str(ln.n), ln.result, ln.floor, "yes" if ln.passed else "NO") for ln in lines)
    table = Table("Evaluation", ("eval", "n", "result", "floor", "holds"), rows)
    return Reply(text=text, tables=(table,), data={ln.name: ln.data for ln in lines}, error=bool(failed))


def _pure(seed: int, *, small: bool) -> tuple[Callable[[], ShareReport], ...]:
    routed, followed = (routing.SMALL, followups.SMALL) if small else (routing.QUESTIONS, followups.QUESTIONS)
    return (lambda: routing.run(routed, seed), lambda: followups.run(followed, seed))


async def _abstention(count: int, seed: int) -> ShareReport:
    with tempfile.TemporaryDirectory(prefix="deskmate-eval-") as folder:
        return await abstention.run(Path(folder), count, seed)


async def _counted(seed: int, ledgers: int) -> Line:
    with tempfile.TemporaryDirectory(prefix="deskmate-eval-") as folder:
        report = await aggregates.run(Path(folder), seed, ledgers)
    return Line("aggregates", report.asked, f"{report.share:.3f}", "1.000", report.share == 1.0, report.as_dict())


def _grounded(small: bool) -> Line:
    report = grounding.measure(sentences=grounding.SMALL if small else grounding.SENTENCES)
    result = f"caught {report.caught:.3f}, kept {report.kept_true:.3f}"
    floor = f"{grounding.CAUGHT_FLOOR:.2f}, {grounding.KEPT_FLOOR:.2f}"
    return Line("grounding", report.sentences, result, floor, report.passed, report.as_dict())


def _retrieved(reply: Reply) -> Line:
    data = dict(reply.data or {})
    result = f"hit@7 {data['hit@7']:.3f}, MRR {data['mrr']:.3f}, {data['leaks']} leaks"
    return Line("retrieval", data["questions"], result, "0.85, 0.70, 0", bool(data["passed"]), data)


def _share_line(report: ShareReport) -> Line:
    result = f"{report.share:.3f}"
    return Line(report.name, len(report.judged), result, f"{report.floor:.3f}", report.passed, report.as_dict())


def _told(report: ShareReport) -> Reply:
    verdict = "the floor holds" if report.passed else "BELOW THE FLOOR"
    asked = f"{report.share:.3f} of {len(report.judged)} questions right"
    text = f"{report.name}: {asked} (floor {report.floor:.2f}): {verdict}."
    missed = tuple((m.text, m.expected, m.got) for m in report.misses[:MISSES])
    tables = [Table(report.name.capitalize(), COLUMNS, report.rows())]
    if missed:
        tables.append(Table("The first misses", ("question", "expected", "got"), missed))
    return Reply(text=text, tables=tuple(tables), data=report.as_dict(), error=not report.passed)
