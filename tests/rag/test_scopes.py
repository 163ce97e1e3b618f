"""Whatever is asked, in whatever words: only what the place and the person may see comes back. The real way, whole."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from rag.account import AccountRules
from rag.adviser import Adviser, Answer, Question
from rag.board import Board, Watched
from rag.desk import Desk, DeskRules
from rag.ingest import Ingestor
from rag.question.model import Intent
from rag.recommend import Recommender
from rag.retrieve import Retriever
from signals.clock import FrozenClock
from signals.ensemble import SignalRules
from signals.errors import UserError
from signals.model import PlanRules, Timeframe
from storage.database import Database
from storage.stores import Stores
from storage.values import SHARED, Document, LoggedRecommendation, scope_of
from tests.builders import NOW, a_backtest, a_trade, an_issued
from tests.fresh_files import fresh_database
from tests.rag.hostile import QUESTIONS, phrasings
from tests.rag.retrieval_room import FakeEmbedder, FakeVectorIndex

ME, THEM = "discord:1", "discord:2"
CANARY = re.compile(r"(?i)canary|7,?777\.77|secret-\d")
PLACES = {
    "direct": (SHARED, scope_of(ME)),
    "channel": (SHARED,),
    "server": (SHARED, "server:9"),
}
NOTES = (
    "Panicked and closed early out of fear", "Chased the move, fomo", "Widened the stop", "Position was too large",
    "Followed the plan", "Stopped around a headline",
)  # fmt: skip


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a store that is filled once; the tests only ask."""
    path = tmp_path_factory.mktemp("scopes") / "desk.db"

    async def fill() -> str:
        url = await fresh_database(path)
        database = await Database.open(url)
        await _fill(Stores.of(database))
        await database.close()
        return url

    return asyncio.run(fill())


@pytest.fixture
async def stores(filled: str) -> AsyncIterator[Stores]:
    database = await Database.open(filled)
    yield Stores.of(database)
    await database.close()


async def _fill(stores: Stores) -> None:
    for n, note in enumerate(NOTES):
        at = NOW - timedelta(days=1 + n)
        mine = a_trade(trade_id=f"mine-{n}", owner=ME, note=note, closed_at=at, opened_at=at - timedelta(hours=5))
        reason = ("stop_loss", "take_profit", "timeout", "manual")[n % 4]
        theirs = replace(
            mine, trade_id=f"secret-{n}", owner=THEM, note=f"{note}. Canary of u2.", pnl_usd=Decimal("-7777.77")
        )
        await stores.trades.save(mine)
        await stores.trades.save(replace(theirs, exit_reason=reason, fees_usd=Decimal("7777.77")))
    await stores.trades.save(
        a_trade(trade_id="secret-9", owner=THEM, exit=None, closed_at=None, pnl_usd=None, size_usd=Decimal("7777.77"))
    )
    await stores.signals.emit(an_issued())
    await stores.backtests.save(a_backtest(finished_at=NOW - timedelta(days=3)))
    for owner, word in ((ME, "buy ETH?"), (THEM, "canary question of u2 about ETH")):
        logged = LoggedRecommendation(
            f"rec-{'mine' if owner == ME else 'secret'}", owner, word, NOW, NOW, "ETH/USDT", "BUY", "rules", None, None,
            None,
        )  # fmt: skip
        await stores.recommendations.save(logged)
    await Ingestor(stores, None, None, FrozenClock(NOW)).sweep_all()
    for server, word in (("server:9", "house rules of this server"), ("server:8", "Canary of another server")):
        note = Document(f"trade:{server}", "trade", f"ETH trade, {word}.", NOW, NOW, server, symbol="ETH/USDT")
        await stores.documents.upsert([note])


@pytest.fixture
async def adviser(stores: Stores) -> Adviser:
    """One adviser for everybody, as in the bot, with an index that would score any document it is asked about."""
    desk = Desk(stores, DeskRules(("replay",), SignalRules(), PlanRules()))
    every = await stores.documents.all_ids()
    retriever = Retriever(stores.documents, FakeVectorIndex(dict.fromkeys(every, 0.9)), FakeEmbedder())
    recommender = Recommender(stores, desk, retriever, AccountRules(), None)
    return Adviser(stores, recommender, retriever, Board(desk, Watched(("ETH/USDT", "SOL/USDT"), (Timeframe.H1,))))


async def ask(adviser: Adviser, text: str, scopes: Sequence[str], owner: str = ME, **more: Any) -> Answer | None:
    try:
        return await adviser.answer(Question(text, owner, tuple(scopes), NOW, use_model=False, **more))
    except UserError:
        return None


def shown(answer: Answer) -> str:
    """Everything of an answer that a person could be shown, without the person's own words."""
    advice = [replace(one, question="", interpretation="", symbol=None) for one in answer.recommendations]
    kept = replace(answer, parsed=None, interpretation="", recommendations=())  # type: ignore[arg-type]
    said = {s.text: "" for s in answer.sources}
    return f"{kept!r} {advice!r} {said!r}"


async def allowed(stores: Stores, scopes: Sequence[str]) -> frozenset[str]:
    every = await stores.documents.get(sorted(await stores.documents.all_ids()))
    return frozenset(d.doc_id for d in every if d.scope in scopes)


def test_every_intent_is_attacked():
    assert set(QUESTIONS) == set(Intent)
    assert len(list(phrasings())) > 250


@pytest.mark.parametrize("place", PLACES)
async def test_only_allowed_records_come_back_whatever_is_asked(stores: Stores, adviser: Adviser, place: str):
    visible, answered, seen = await allowed(stores, PLACES[place]), 0, set()

    for _, text in phrasings():
        answer = await ask(adviser, text, PLACES[place])
        if answer is None:
            continue
        answered += 1
        ids = {s.doc_id for s in answer.sources} | {s.doc_id for r in answer.recommendations for s in r.sources}
        seen |= ids
        assert ids <= visible, text
        echo = set(CANARY.findall(text))
        assert not [w for w in CANARY.findall(shown(answer)) if w not in echo], (text, shown(answer))

    assert answered > 200
    assert seen, "an attack that finds nothing at all proves nothing"


async def test_the_questions_do_reach_the_records_of_their_own_person(adviser: Adviser):
    theirs = (SHARED, scope_of(THEM))

    answer = await ask(adviser, "show my trades where i panicked", theirs, THEM)
    counted = await ask(adviser, "how many trades did I lose?", theirs, THEM)

    assert answer is not None
    assert "Canary of u2" in answer.sources[0].text
    assert counted is not None
    assert "6" in counted.text


@pytest.mark.parametrize("text", ["show my last ETH trades", "trades where i panicked", "my ETH trades stopped out"])
async def test_the_same_question_by_two_people_in_turn_gives_each_their_own(adviser: Adviser, text: str):
    for _ in range(3):
        for owner, other in ((ME, "secret-"), (THEM, "mine-")):
            answer = await ask(adviser, text, (SHARED, scope_of(owner)), owner)
            assert answer is not None
            assert answer.sources
            assert not [s.doc_id for s in answer.sources if other in s.doc_id]


@pytest.mark.parametrize(
    "text", ["and for ETH?", "same for shorts", "and the losers?", "why?", "how many?", "last month"]
)
async def test_a_follow_up_in_a_channel_shows_nothing_private(stores: Stores, adviser: Adviser, text: str):
    private = await ask(adviser, "show my last ETH trades", PLACES["direct"])
    assert private is not None

    public = await ask(adviser, text, PLACES["channel"], previous=private.parsed)

    assert public is not None
    assert {s.doc_id for s in public.sources} <= await allowed(stores, PLACES["channel"])
    assert not re.search(r"mine-|28\.47|Panicked", shown(public))


async def test_in_a_channel_counting_one_s_own_trades_is_refused(adviser: Adviser):
    for text in ("how many trades did I win?", "total pnl", "my win rate", "my fees this month", "my exposure"):
        answer = await ask(adviser, text, PLACES["channel"])

        assert answer is not None
        assert answer.error, text
        assert "private" in answer.text
        assert answer.figures is None


async def test_a_server_sees_its_own_records_and_no_other_s(adviser: Adviser):
    answer = await ask(adviser, "show ETH trades", PLACES["server"])

    assert answer is not None
    assert [s.doc_id for s in answer.sources] == ["trade:server:9"]
