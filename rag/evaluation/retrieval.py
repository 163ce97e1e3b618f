"""`deskmate eval retrieval`: the bot's own way from question to documents, measured on a file of questions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rag.embedder import Embedder
from rag.evaluation.ablation import VARIANTS, Ablated, Variant
from rag.evaluation.records import EvalQuestion, RecordSet, load_questions, load_records
from rag.evaluation.scores import CUT, Scores, mean, score
from rag.index import ChromaIndex
from rag.ingest import Ingestor
from rag.question.parse import parse
from rag.retrieve import Found, Retriever
from signals.clock import FrozenClock
from signals.errors import UserError
from signals.universe import DEFAULT_SYMBOLS
from storage.database import Database
from storage.migrate import upgrade
from storage.stores import Stores
from storage.values import SHARED, scope_of

HIT_FLOOR, MRR_FLOOR = 0.85, 0.70


@dataclass(frozen=True, slots=True)
class Asked:
    """One question's result: `ranked` record ids best first, `leaked` those of somebody else.

    `excluded` counts the relevant records that the question's filters kept out.
    """

    question: EvalQuestion
    ranked: tuple[str, ...]
    scores: Scores
    leaked: tuple[str, ...]
    excluded: int
    took_ms: float


@dataclass(frozen=True, slots=True)
class Report:
    """The measurement. `excluded_rate` is the share of relevant records that filters kept out."""

    records: int
    embedder: str | None
    overall: Scores
    kinds: tuple[tuple[str, Scores], ...]
    leaks: int
    excluded: int
    excluded_rate: float
    mean_ms: float
    p95_ms: float
    load_s: float
    misses: tuple[str, ...]
    ablation: tuple[tuple[str, Scores, tuple[tuple[str, Scores], ...]], ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the floors of messy chat language hold, and nobody saw anything of anybody else."""
        return self.overall.hit >= HIT_FLOOR and self.overall.mrr >= MRR_FLOOR and self.leaks == 0

    def as_dict(self) -> dict[str, Any]:
        """Plain values for `--json`."""
        return {
            "records": self.records,
            "questions": self.overall.n,
            "embedder": self.embedder,
            "hit@7": self.overall.hit,
            "mrr": self.overall.mrr,
            "recall@7": self.overall.recall,
            "ndcg@7": self.overall.ndcg,
            "leaks": self.leaks,
            "gold_excluded": self.excluded,
            "gold_excluded_rate": self.excluded_rate,
            "ms_per_question": self.mean_ms,
            "p95_ms": self.p95_ms,
            "load_s": self.load_s,
            "kinds": {kind: _plain(s) for kind, s in self.kinds},
            "misses": list(self.misses),
            "passed": self.passed,
            "ablation": {
                name: _plain(scores) | {"kinds": {k: _plain(s) for k, s in kinds}}
                for name, scores, kinds in self.ablation
            },
        }

    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Kind, questions, hit@7, MRR, recall@7, nDCG@7 as text, a row per kind and `all` at the end."""
        lines = (*self.kinds, ("all", self.overall))
        return tuple((kind, str(s.n), *(f"{value:.3f}" for value in list(asdict(s).values())[1:])) for kind, s in lines)

    def ablation_rows(self) -> tuple[tuple[str, ...], ...]:
        """A row per variant, `all` (the bot's own way) at the end: hit@7, MRR, recall@7, nDCG@7, then hit@7 by kind."""
        every = (*self.ablation, ("all", self.overall, self.kinds)) if self.ablation else ()
        return tuple(
            (name, *(f"{v:.3f}" for v in list(asdict(scores).values())[1:]), *(f"{s.hit:.2f}" for _, s in kinds))
            for name, scores, kinds in every
        )


def _plain(s: Scores) -> dict[str, Any]:
    return {"n": s.n, "hit@7": s.hit, "mrr": s.mrr, "recall@7": s.recall, "ndcg@7": s.ndcg}


async def run(
    records: Path, questions: Path, data_dir: Path, embedder: Embedder | None, *, ablation: bool = False
) -> Report:
    """Load the records into a fresh store and index under `data_dir` (empty or new) and ask every question.

    Each question is asked as its `asker`, who sees shared records and their own, at its `now`. UserError when a file
    cannot be read or `data_dir` is in use. With `ablation` they are asked again with parts of the way left out.
    """
    loaded, asking = load_records(records), load_questions(questions)
    if not asking:
        raise UserError(f"{questions} holds no questions.")
    started = time.perf_counter()
    url = f"sqlite+aiosqlite:///{data_dir / 'evaluation.db'}"
    await upgrade(url)
    database = await Database.open(url)
    index = None
    try:
        if embedder is not None:
            index = await ChromaIndex.open(data_dir / "index", model=embedder.model, dimension=embedder.dimension)
        stores = Stores.of(database)
        now = max(question.now for question in asking)
        await _fill(stores, loaded)
        await Ingestor(stores, index, embedder, FrozenClock(now)).sweep_all()
        load_s = time.perf_counter() - started
        measure = _Measure(Retriever(stores.documents, index, embedder), stores, loaded)
        results = [await measure.ask(question) for question in asking]
        ablated = Ablated(stores.documents, index, embedder)
        variants = [await _without(v, ablated, loaded, asking) for v in VARIANTS] if ablation else []
    finally:
        if index is not None:
            await index.close()
        await database.close()
    report = _report(results, len(loaded.owners), embedder.model if embedder else None, load_s)
    return replace(report, ablation=tuple(variants))


async def _without(
    variant: Variant, ablated: Ablated, records: RecordSet, asking: Sequence[EvalQuestion]
) -> tuple[str, Scores, tuple[tuple[str, Scores], ...]]:
    kinds: dict[str, list[Scores]] = {}
    for question in asking:
        scopes = (SHARED, scope_of(question.asker))
        try:
            parsed = parse(question.text, question.now, DEFAULT_SYMBOLS)
            found = await ablated.find(variant, parsed, scopes, question.now, CUT)
        except UserError:  # a refusal answers with no documents
            found = ()
        ranked = tuple(dict.fromkeys(records.ids[d.doc_id] for d in found if d.doc_id in records.ids))
        kinds.setdefault(question.kind, []).append(score(ranked, question.relevant))
    every = mean([one for scores in kinds.values() for one in scores])
    return variant.name, every, tuple((kind, mean(scores)) for kind, scores in kinds.items())


class _Measure:
    def __init__(self, retriever: Retriever, stores: Stores, records: RecordSet) -> None:
        self._retriever = retriever
        self._stores = stores
        self._records = records

    async def ask(self, question: EvalQuestion) -> Asked:
        scopes = (SHARED, scope_of(question.asker))
        started = time.perf_counter()
        try:
            parsed = parse(question.text, question.now, DEFAULT_SYMBOLS)
            found = await self._retriever.find(parsed, scopes, question.now, limit=CUT)
        except UserError:  # a refusal answers with no documents
            found = Found(())
        took_ms = (time.perf_counter() - started) * 1000
        ids, owners = self._records.ids, self._records.owners
        ranked = tuple(dict.fromkeys(ids[d.doc_id] for d in found.documents))
        leaked = tuple(one for one in ranked if owners[one] not in (None, question.asker))
        excluded = await self._excluded(found, question.relevant)
        return Asked(question, ranked, score(ranked, question.relevant), leaked, excluded, took_ms)

    async def _excluded(self, found: Found, relevant: frozenset[str]) -> int:
        if found.where is None:
            return len(relevant)
        passing = {self._records.ids[one] for one in await self._stores.documents.ids(found.where)}
        return len(relevant - passing)


async def _fill(stores: Stores, records: RecordSet) -> None:
    await stores.signals.emit_many(records.signals)
    await stores.trades.save_many(records.trades)
    await stores.backtests.save_many(records.backtests)


def _report(results: Sequence[Asked], records: int, embedder: str | None, load_s: float) -> Report:
    kinds = tuple(dict.fromkeys(one.question.kind for one in results))
    times = sorted(one.took_ms for one in results)
    excluded, relevant = sum(r.excluded for r in results), sum(len(r.question.relevant) for r in results)
    return Report(
        records=records,
        embedder=embedder,
        overall=mean([one.scores for one in results]),
        kinds=tuple((kind, mean([r.scores for r in results if r.question.kind == kind])) for kind in kinds),
        leaks=sum(len(one.leaked) for one in results),
        excluded=excluded,
        excluded_rate=excluded / relevant if relevant else 0.0,
        mean_ms=sum(times) / len(times),
        p95_ms=times[min(len(times) - 1, int(0.95 * len(times)))],
        load_s=load_s,
        misses=tuple(f"{r.question.question_id} {r.question.text}" for r in results if not r.scores.hit),
    )
