"""A logged recommendation built again: what came out the same, what did not, and what another model says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from bot.reply import Reply, Table
from bot.wording import when
from rag.account import Stated
from rag.explain import Explained, Explainer
from rag.llm import ChatModel, ModelError
from rag.question.parse import parse
from rag.recommend import AdviceRequest, Recommender
from rag.recommendation import Recommendation, as_dict, to_json
from rag.replay import Difference, Replayed, canonical, replay, request_of, restored
from signals.errors import UserError
from signals.model import Market, Timeframe
from storage.stores import Stores
from storage.values import SHARED, scope_of

MOST_CELLS = 160
_PAPER = "Sized from the paper account"


@dataclass(frozen=True, slots=True)
class Replay:
    """What to replay for whom. `model` asks another model with the same facts; `rules` leaves the words out;
    `rejudge` computes the recommendation anew from the candles and records as of then."""

    owner: str
    recommendation_id: str
    model: str | None = None
    rules: bool = False
    rejudge: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """What another model said, by the time it took."""

    words: Explained
    differences: tuple[Difference, ...]


class ReplayRecommendation:
    """Reads the log and, where asked, the candles; stores nothing. `chat` makes the client of a named model."""

    def __init__(self, stores: Stores, recommender: Recommender, chat: Callable[[str], ChatModel]) -> None:
        self._stores, self._recommender, self._chat = stores, recommender, chat

    async def __call__(self, request: Replay) -> Reply:
        """The comparison; UserError for an id that is unknown or somebody else's."""
        logged = await self._stores.recommendations.get(request.recommendation_id, request.owner)
        if logged is None:
            raise UserError(
                f"there is no recommendation {request.recommendation_id[:40]!r} of yours; "
                "ids stand in `deskmate ask --json` as recommendation_id"
            )
        found = replay(logged)
        other = await self._asked(found, request.model) if request.model else None
        drift = await self._drift(found) if request.rejudge else None
        shown = found.twin if request.rules else restored(logged.payload)
        return Reply(
            text=_told(found),
            recommendations=(shown,),
            tables=_tables(found, other, drift),
            notes=_notes(found, drift),
            data=_data(found, other, drift),
        )

    async def _asked(self, found: Replayed, model: str) -> Compared:
        request = request_of(found.logged, found.twin)
        try:
            words = await Explainer(self._chat(model)).explain(request)
        except ModelError as e:
            raise UserError(f"{model} gave no usable answer: {e}") from e
        stored = restored(found.logged.payload)
        pairs = (
            ("stance", stored.stance, words.stance),
            ("reasoning", stored.reasoning, words.thesis or found.twin.reasoning),
            ("what_would_change", stored.what_would_change, words.what_would_change or found.twin.what_would_change),
            ("risks", _risks(stored), " / ".join(words.risks)),
        )
        return Compared(words, tuple(Difference(name, old, new) for name, old, new in pairs if old != new))

    async def _drift(self, found: Replayed) -> tuple[Difference, ...]:
        """What the rules of today say on the records as of then, where it is not what was stored."""
        logged, twin = found.logged, found.twin
        if twin.symbol is None or twin.timeframe is None:
            return ()
        asked = parse(logged.question, logged.as_of, (twin.symbol,))
        equity = next((fact.value for fact in twin.facts if fact.key == "equity"), None)
        stated = None if equity is None or any(w.startswith(_PAPER) for w in twin.warnings) else Decimal(repr(equity))
        again = await self._recommender.preview(
            AdviceRequest(
                question=logged.question,
                interpretation=twin.interpretation,
                market=Market(twin.symbol, Timeframe(twin.timeframe)),
                owner=logged.owner,
                scopes=(SHARED, scope_of(logged.owner)),
                now=logged.as_of,
                stated=Stated(stated, twin.budget_usd, asked.holdings),
                tighter_stop=asked.tighter_stop,
            )
        )
        again = replace(again, recommendation_id=twin.recommendation_id, fallback_reason=twin.fallback_reason)
        before, after = as_dict(twin), as_dict(again)
        return tuple(
            Difference(name, str(before[name]), str(after[name]))
            for name in before
            if canonical({"v": before[name]}) != canonical({"v": after[name]})
        )


def _told(found: Replayed) -> str:
    logged = found.logged
    about = f"{logged.action.replace('_', ' ')} {logged.symbol or ''}".strip()
    head = f"{logged.recommendation_id}: {about}, asked {when(logged.created_at)}."
    twin = "The rules' answer comes out byte for byte as it was stored"
    if not found.twin_equal:
        twin = "The rules' answer does NOT come out as it was stored"
    if found.problem:
        return f"{head} {twin}. {found.problem[:1].upper()}{found.problem[1:]}."
    if found.words is None:
        return f"{head} {twin}; no model's words were used."
    same = "are the same after today's checks" if not found.differences else "differ after today's checks"
    return f"{head} {twin}; the words of {logged.model} {same}."


def _tables(found: Replayed, other: Compared | None, drift: tuple[Difference, ...] | None) -> tuple[Table, ...]:
    tables = [_table("Built again", ("field", "stored", "built again"), found.differences)]
    if other is not None:
        heads = ("field", found.logged.model or "rules", other.words.model)
        tables.append(_table(f"The same facts to {other.words.model}", heads, other.differences))
    if drift is not None:
        tables.append(_table("Computed anew from the records of then", ("field", "stored", "now"), drift))
    return tuple(table for table in tables if table.rows)


def _table(title: str, columns: tuple[str, str, str], found: tuple[Difference, ...]) -> Table:
    return Table(title, columns, tuple((d.name, _cell(d.stored), _cell(d.rebuilt)) for d in found))


def _cell(text: str) -> str:
    return text if len(text) <= MOST_CELLS else f"{text[: MOST_CELLS - 1]}…"


def _notes(found: Replayed, drift: tuple[Difference, ...] | None) -> tuple[str, ...]:
    logged, words = found.logged, found.words
    notes = [f"Question: {logged.question}"]
    if logged.prompt_ref:
        digest = f", weights {logged.model_digest[:12]}" if logged.model_digest else ""
        notes.append(f"Prompt {logged.prompt_ref}{digest}.")
    if words is not None and words.dropped:
        notes.append(f"Left out by the checks: {'; '.join(words.dropped)}")
    if drift == ():
        notes.append("Computed anew from the candles and records of then, nothing differs.")
    return tuple(notes)


def _risks(stored: Recommendation) -> str:
    return " / ".join(w.removeprefix("Risk: ") for w in stored.warnings if w.startswith("Risk: "))


def _data(found: Replayed, other: Compared | None, drift: tuple[Difference, ...] | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "recommendation_id": found.logged.recommendation_id,
        "twin_equal": found.twin_equal,
        "same": found.same,
        "problem": found.problem,
        "differences": [asdict(one) for one in found.differences],
        "stored": found.logged.payload,
        "twin": as_dict(found.twin),
    }
    if other is not None:
        words = other.words
        told["other"] = {
            "model": words.model,
            "stance": words.stance,
            "reasoning": words.thesis,
            "risks": list(words.risks),
            "what_would_change": words.what_would_change,
            "cited": list(words.cited),
            "dropped": list(words.dropped),
            "differences": [asdict(one) for one in other.differences],
        }
    if drift is not None:
        told["drift"] = [asdict(one) for one in drift]
    plain: dict[str, Any] = to_json(told)
    return plain
