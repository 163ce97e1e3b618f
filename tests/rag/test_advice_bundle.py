"""What a request for advice gets to read: some of each kind of document, over a real SQLite store."""

from __future__ import annotations

from datetime import timedelta

from rag.retrieve import Retriever
from signals.model import Market, Timeframe
from storage.documents import DocumentStore
from storage.values import SHARED, scope_of
from tests.builders import NOW
from tests.rag import retrieval_room as room
from tests.rag.retrieval_room import MINE, a_document, asked, names

store = room.store  # a fixture


async def fill_bundle(store: DocumentStore) -> None:
    said = [
        a_document(f"{tf}-{i}", days_ago=i, timeframe=tf, setup="squeeze") for tf in ("15m", "1h", "4h") for i in (1, 2)
    ]
    said.append(a_document("1d-9", days_ago=9, timeframe="1d", setup="squeeze"))
    trades = [a_document(f"t{i}", days_ago=i, kind="trade", scope=scope_of("u1")) for i in range(1, 6)]
    trades.append(a_document("theirs", days_ago=0.5, kind="trade", scope=scope_of("u2")))
    tests = [a_document(f"b{i}", days_ago=i, kind="backtest") for i in range(1, 6)]
    await store.upsert([*said, *trades, *tests])


async def test_a_bundle_takes_some_of_each_kind(store: DocumentStore) -> None:
    await fill_bundle(store)

    found = await Retriever(store, None, None).advice_bundle(Market("ETH/USDT", Timeframe.H4), MINE, NOW)

    assert names(found) == ["4h-1", "15m-1", "1h-1", "t1", "t2", "b1", "b2"]


async def test_a_bundle_has_a_place_for_a_past_case_and_a_headline(store: DocumentStore) -> None:
    await fill_bundle(store)
    case = a_document("case", kind="outcome", days_ago=20, setup="squeeze", timeframe="4h")
    other = a_document("other", kind="outcome", days_ago=19, setup="range")
    news = a_document("n", kind="news", days_ago=2, trust="external")
    stale = a_document("stale", kind="news", days_ago=20, trust="external", symbol="BTC/USDT")
    await store.upsert([case, other, news, stale])

    found = await Retriever(store, None, None).advice_bundle(asked("should I buy eth 4h"), MINE, NOW)

    kinds = [d.type for d in found.documents]
    assert kinds == ["signal", "signal", "outcome", "trade", "trade", "backtest", "news"]
    assert "outcome:case" in [d.doc_id for d in found.documents]


async def test_a_past_case_of_another_coin_serves_where_there_is_none(store: DocumentStore) -> None:
    await store.upsert([a_document("s", setup="squeeze")])
    await store.upsert([a_document("far", kind="outcome", setup="squeeze", symbol="BTC/USDT")])

    found = await Retriever(store, None, None).advice_bundle(Market("ETH/USDT", Timeframe.H1), MINE, NOW)

    assert [d.doc_id for d in found.documents] == ["signal:s", "outcome:far"]


async def test_a_bundle_knows_nothing_of_the_future_or_of_others(store: DocumentStore) -> None:
    await fill_bundle(store)

    found = await Retriever(store, None, None).advice_bundle(
        Market("ETH/USDT", Timeframe.H1), (SHARED,), NOW - timedelta(days=1.5)
    )

    assert all(d.known_at <= NOW - timedelta(days=1.5) for d in found.documents)
    assert all(d.scope == SHARED for d in found.documents)


async def test_a_bundle_without_a_symbol_is_empty(store: DocumentStore) -> None:
    found = await Retriever(store, None, None).advice_bundle(asked("with $5k"), MINE, NOW)

    assert (found.documents, found.filter_text) == ((), "no symbol")


async def test_a_request_for_advice_gets_the_bundle(store: DocumentStore) -> None:
    await fill_bundle(store)

    found = await Retriever(store, None, None).find(asked("should I buy eth with $2k?"), MINE, NOW)

    assert {d.type for d in found.documents} == {"signal", "trade", "backtest"}
