"""The second opinion on the way of a question: between the rules and the chat model, and never over a follow-up."""

from __future__ import annotations

import json
from typing import Any

from rag.adviser import Adviser, Question
from rag.board import Board
from rag.desk import Desk, DeskRules
from rag.interpret import Interpreter
from rag.question.model import Intent
from rag.question.parse import parse
from rag.readers import Readers
from rag.retrieve import Retriever
from rag.second_opinion import SecondOpinion
from signals.ensemble import SignalRules
from signals.model import PlanRules
from signals.universe import DEFAULT_SYMBOLS
from storage.values import SHARED, scope_of
from tests.builders import NOW
from tests.rag.advice.conftest import OWNER, WATCHED, Room
from tests.rag.llm.fakes import FakeChatModel
from tests.rag.pointing import PointingEmbedder

UNREAD = "please dig out whatever the vitalik thing was doing back there for me"


def with_opinion(room: Room, intent: Intent) -> tuple[Adviser, PointingEmbedder, FakeChatModel]:
    embedder, model = PointingEmbedder(intent), FakeChatModel([json.dumps({})])
    desk = Desk(room.stores, DeskRules(("replay",), SignalRules(), PlanRules()))
    readers = Readers(SecondOpinion(embedder), Interpreter(model))
    retriever = Retriever(room.stores.documents, None, None)
    return Adviser(room.stores, room.recommender, retriever, Board(desk, WATCHED), readers), embedder, model


def asked(text: str, **changes: Any) -> Question:
    values: dict[str, Any] = {"owner": OWNER, "scopes": (SHARED, scope_of(OWNER)), "now": NOW}
    return Question(text, **(values | changes))


async def test_a_guess_goes_the_way_of_the_second_opinion_and_the_model_is_not_asked(room: Room):
    adviser, embedder, model = with_opinion(room, Intent.HELP)

    answer = await adviser.answer(asked(UNREAD))

    assert parse(UNREAD, NOW, DEFAULT_SYMBOLS).intent is Intent.OUT_OF_SCOPE
    assert answer.parsed.intent is Intent.HELP
    assert answer.parsed.text == UNREAD
    assert len(embedder.threads) == 1
    assert model.asked == []


async def test_an_agreeing_opinion_leaves_the_question_to_the_model(room: Room):
    adviser, _, model = with_opinion(room, Intent.OUT_OF_SCOPE)

    await adviser.answer(asked(UNREAD))

    assert len(model.asked) == 1


async def test_a_follow_up_that_took_something_over_is_not_reconsidered(room: Room):
    adviser, embedder, _ = with_opinion(room, Intent.NEWS)
    before = parse("should I buy ETH?", NOW, DEFAULT_SYMBOLS)

    answer = await adviser.answer(asked("and SOL?", previous=before))

    assert answer.parsed.intent is Intent.ADVICE
    assert embedder.threads == []
