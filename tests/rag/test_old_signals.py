"""Signals of long ago: by month in the documents, one by one where a question asks for them, never from the future."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from rag.ingest import Ingestor
from rag.old_signals import OldSignals
from rag.question.model import Intent, Parsed
from rag.question.parse import parse
from rag.retrieve import Retriever
from signals.model import Market, SignalState, Timeframe, Transition
from signals.universe import DEFAULT_SYMBOLS
from storage.stores import Stores
from tests.builders import NOW, an_issued
from tests.rag import ingest_room as room
from tests.rag.ingest_room import CLOCK

stores = room.stores  # a fixture

MARCH = datetime(2021, 3, 9, 12, tzinfo=UTC)
ENDED = MARCH + timedelta(days=2)


async def old_signal(stores: Stores) -> str:
    known = an_issued(known_at=MARCH, bar_open_at=MARCH - timedelta(hours=1))
    issued = replace(known, issued_at=MARCH)
    await stores.signals.emit(issued)
    await stores.signals.add_transition(Transition(issued.signal_id, SignalState.STOPPED, ENDED, 1400.0, -1.0))
    assert await stores.signal_months.roll_up(NOW) == 1
    await Ingestor(stores, None, None, CLOCK).sweep_all()
    return issued.signal_id


async def asked(stores: Stores, text: str, as_of: datetime = NOW, scopes: tuple[str, ...] = ("shared",)) -> list[str]:
    retriever = Retriever(stores.documents, None, None, OldSignals(stores))
    found = await retriever.find(parse(text, as_of, DEFAULT_SYMBOLS), scopes, as_of)
    return [d.doc_id for d in found.documents]


async def test_a_question_about_an_old_day_is_answered_by_the_signal_itself(stores: Stores) -> None:
    signal_id = await old_signal(stores)

    assert await stores.documents.all_ids() == {"signal_month:replay:ETH/USDT:1h:2021-03"}
    assert await asked(stores, "which ETH signals were issued on 9 March 2021?") == [f"signal:{signal_id}"]


async def test_the_month_answers_where_nobody_asks_for_single_signals(stores: Stores) -> None:
    await old_signal(stores)

    retriever = Retriever(stores.documents, None, None, OldSignals(stores))
    found = await retriever.find(Parsed("ETH", Intent.FIND, symbols=("ETH/USDT",)), ("shared",), NOW)

    assert [d.doc_id for d in found.documents] == ["signal_month:replay:ETH/USDT:1h:2021-03"]


async def test_an_outcome_is_not_told_before_it_was_known_and_nothing_without_the_shared_scope(stores: Stores) -> None:
    signal_id = await old_signal(stores)
    before = ENDED - timedelta(hours=1)

    assert await asked(stores, "latest ETH signals", before) == [f"signal:{signal_id}"]
    assert await asked(stores, "latest ETH signals", MARCH - timedelta(hours=2)) == []
    assert await asked(stores, "latest ETH signals", NOW, ("user:u1",)) == []


async def test_advice_as_of_a_past_day_rests_on_the_signals_of_that_day(stores: Stores) -> None:
    signal_id = await old_signal(stores)
    retriever = Retriever(stores.documents, None, None, OldSignals(stores))

    async def bundle(as_of: datetime, scopes: tuple[str, ...] = ("shared",)) -> list[str]:
        found = await retriever.advice_bundle(Market("ETH/USDT", Timeframe.H1), scopes, as_of)
        return [d.doc_id for d in found.documents]

    assert await bundle(ENDED + timedelta(hours=1)) == [f"signal:{signal_id}", f"outcome:{signal_id}"]
    assert await bundle(ENDED - timedelta(hours=1)) == [f"signal:{signal_id}"]
    assert await bundle(MARCH - timedelta(hours=2)) == []
    assert await bundle(ENDED + timedelta(hours=1), ("user:u1",)) == []
