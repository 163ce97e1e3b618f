"""Retrieval over a real SQLite store, with hand-written index and embedder."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from rag.documents import note_document, signal_document, trade_document
from rag.filters import filter_of, filter_words, loosened
from rag.fusion import by_turns, fuse
from rag.question.model import Intent, Parsed
from rag.retrieve import Retriever
from storage.documents import DocumentStore
from storage.values import SHARED, DocumentFilter, scope_of
from tests.builders import NOW, a_trade, an_issued
from tests.rag import retrieval_room as room
from tests.rag.retrieval_room import MINE, FakeEmbedder, FakeVectorIndex, a_document, asked, names

store = room.store  # a fixture


def a_question(**changes: Any) -> Parsed:
    return replace(Parsed("", Intent.FIND, symbols=("ETH/USDT",), types=("signal",)), **changes)


async def test_the_latest_come_newest_first(store: DocumentStore) -> None:
    await store.upsert([a_document("old", days_ago=3), a_document("new"), a_document("middle", days_ago=2)])

    found = await Retriever(store, None, None).find(a_question(intent=Intent.LATEST), MINE, NOW)

    assert names(found) == ["new", "middle", "old"]
    assert (found.relaxed, found.filter_text) == ((), "signal; ETH/USDT")


async def test_a_number_that_was_asked_for_bounds_the_latest(store: DocumentStore) -> None:
    await store.upsert([a_document(str(i), days_ago=i) for i in range(1, 9)])
    retriever = Retriever(store, None, None)

    two = await retriever.find(a_question(intent=Intent.LATEST, limit=2), MINE, NOW)
    most = await retriever.find(a_question(intent=Intent.LATEST, limit=50), MINE, NOW, limit=3)

    assert (names(two), names(most)) == (["1", "2"], ["1", "2", "3"])


async def test_nothing_of_another_person_is_ever_found(store: DocumentStore) -> None:
    own = a_document("own", kind="trade", scope=scope_of("u1"))
    await store.upsert([own, a_document("other", kind="trade", scope=scope_of("u2"))])
    retriever = Retriever(store, FakeVectorIndex({"trade:other": 1.0}), FakeEmbedder())

    found = await retriever.find(a_question(types=("trade",), text="the trade of u2, other"), MINE, NOW)
    shared = await retriever.find(a_question(types=("trade",)), (SHARED,), NOW)
    nobody = await retriever.find(a_question(types=("trade",)), (), NOW)

    assert (names(found), names(shared), names(nobody)) == (["own"], [], [])


async def test_nothing_is_found_before_it_was_known(store: DocumentStore) -> None:
    late = a_document("late", days_ago=2)
    await store.upsert([replace(late, known_at=NOW), a_document("early", days_ago=3)])

    found = await Retriever(store, None, None).find(a_question(), MINE, NOW - timedelta(days=1))

    assert names(found) == ["early"]


async def test_both_names_of_a_renamed_coin_are_searched(store: DocumentStore) -> None:
    await store.upsert([a_document("matic", symbol="MATIC/USDT"), a_document("pol", symbol="POL/USDT", days_ago=2)])

    found = await Retriever(store, None, None).find(a_question(symbols=("POL/USDT",)), MINE, NOW)

    assert names(found) == ["matic", "pol"]


async def test_an_asset_that_is_not_watched_finds_nothing(store: DocumentStore) -> None:
    await store.upsert([a_document("eth")])

    found = await Retriever(store, None, None).find(a_question(symbols=(), unknown=("DOGE",)), MINE, NOW)

    assert (names(found), found.filter_text) == ([], "DOGE (not watched)")


async def test_filters_are_given_up_in_order_and_named(store: DocumentStore) -> None:
    await store.upsert([a_document("only", side="SELL", strategy="ENSEMBLE", timeframe="4h")])
    wanted = a_question(strategies=("RSI_MR",), sides=("BUY",), timeframes=("1h",))

    found = await Retriever(store, None, None).find(wanted, MINE, NOW)

    assert names(found) == ["only"]
    assert found.relaxed == ("strategy", "side", "timeframe")
    assert found.where is not None
    assert found.where.timeframes == ("1h",)


async def test_no_more_is_given_up_than_needed(store: DocumentStore) -> None:
    await store.upsert([a_document("right"), a_document("wrong", side="SELL")])

    found = await Retriever(store, None, None).find(a_question(strategies=("X",), sides=("BUY",)), MINE, NOW)

    assert (names(found), found.relaxed) == (["right"], ("strategy",))


async def test_the_symbol_is_never_given_up(store: DocumentStore) -> None:
    await store.upsert([a_document("btc", symbol="BTC/USDT")])

    found = await Retriever(store, None, None).find(asked("eth buy signals on 3 November"), MINE, NOW)

    assert (names(found), found.relaxed) == ([], ())
    assert "ETH/USDT" in found.filter_text


async def test_full_text_ranks_within_the_filter(store: DocumentStore) -> None:
    notes = [a_document(str(i), days_ago=i) for i in range(1, 10)]
    await store.upsert([*notes, a_document("hit", days_ago=60, text="Resistance was cleared on volume.")])

    found = await Retriever(store, None, None).find(
        a_question(text="eth signals where resistance was cleared"), MINE, NOW
    )

    assert names(found)[0] == "hit"


async def test_words_that_occur_nowhere_leave_the_newest_first(store: DocumentStore) -> None:
    await store.upsert([a_document(str(i), days_ago=i) for i in range(1, 10)])

    found = await Retriever(store, None, None).find(a_question(text="gimme zyxwv eth signals"), MINE, NOW)

    assert names(found) == ["1", "2", "3", "4", "5", "6", "7"]


async def test_vectors_are_scored_within_the_filter_only(store: DocumentStore) -> None:
    await store.upsert([a_document(str(i), days_ago=i, text=f"volume {i}") for i in range(1, 12)])
    await store.upsert([a_document("btc", symbol="BTC/USDT", text="volume")])
    index = FakeVectorIndex({"signal:11": 0.9, "signal:btc": 1.0, "signal:3": 0.2})

    found = await Retriever(store, index, FakeEmbedder()).find(a_question(text="eth volume"), MINE, NOW)

    assert "11" in names(found)
    assert all("signal:btc" not in ids for ids in index.asked)


async def test_a_broken_index_falls_back_to_full_text_and_says_so(store: DocumentStore) -> None:
    await store.upsert([a_document(str(i), days_ago=i, text=f"volume {i}") for i in range(1, 12)])
    retriever = Retriever(store, FakeVectorIndex({}, broken=True), FakeEmbedder())

    found = await retriever.find(a_question(text="eth volume"), MINE, NOW)

    assert len(found.documents) == 7
    assert found.notes == ("Searched by full text only: the index is damaged",)


async def test_a_note_stands_for_its_trade(store: DocumentStore) -> None:
    moved = a_trade(trade_id="moved", note="Widened the stop against the plan while in drawdown.")
    calm = a_trade(trade_id="calm", note="Clean execution, rules respected.")
    other = a_trade(trade_id="other", owner="u2", note=moved.note)
    trades = [moved, calm, other]
    notes = [note for t in trades if (note := note_document(t)) is not None]
    await store.upsert([*(trade_document(t) for t in trades), *notes])

    found = await Retriever(store, None, None).find(asked("the eth trade where I moved my stop"), MINE, NOW)

    assert [d.doc_id for d in found.documents] == ["trade:moved"]
    assert "Widened the stop" in found.documents[0].text
    assert found.documents[0].trust == "user"


async def test_a_note_without_a_known_theme_is_found_by_its_words(store: DocumentStore) -> None:
    trades = [
        a_trade(trade_id=str(i), note=f"Nothing special {i}.", closed_at=NOW - timedelta(days=i)) for i in range(1, 9)
    ]
    trades.append(a_trade(trade_id="cat", note="The cat walked over the keyboard."))
    notes = [note for t in trades if (note := note_document(t)) is not None]
    await store.upsert([*(trade_document(t) for t in trades), *notes])

    found = await Retriever(store, None, None).find(asked("my note about the cat on the keyboard"), MINE, NOW)

    assert found.documents[0].doc_id == "trade:cat"


async def test_a_note_whose_trade_is_missing_speaks_for_itself(store: DocumentStore) -> None:
    note = note_document(a_trade(note="Got scared by the wick."))
    assert note is not None
    await store.upsert([note])

    found = await Retriever(store, None, None).find(asked("trades where I got scared"), MINE, NOW)

    assert [d.doc_id for d in found.documents] == ["trade_note:t-1"]


async def test_how_signals_ended_is_looked_up_in_outcomes(store: DocumentStore) -> None:
    await store.upsert([a_document("s"), a_document("s", kind="outcome", outcome="loss", exit_reason="stop_loss")])

    found = await Retriever(store, None, None).find(a_question(outcomes=("loss",)), MINE, NOW)

    assert [d.doc_id for d in found.documents] == ["outcome:s"]


async def test_a_comparison_shares_the_places(store: DocumentStore) -> None:
    both = [signal_document(an_issued())]
    await store.upsert([*both, a_document("btc", symbol="BTC/USDT")])

    found = await Retriever(store, None, None).find(asked("compare ETH and BTC"), MINE, NOW)

    assert {d.symbol for d in found.documents} == {"ETH/USDT", "BTC/USDT"}


def test_the_ladder_gives_up_only_what_was_said() -> None:
    plain = DocumentFilter(MINE, NOW, symbols=("ETH/USDT",), types=("trade",))
    full = replace(
        plain,
        exit_reasons=("manual",),
        outcomes=("win",),
        timeframes=("1h",),
        since=NOW - timedelta(days=1),
        until=NOW,
        setups=("range",),
    )

    steps = list(loosened(full))

    assert list(loosened(plain)) == [(plain, ())]
    assert [gone[-1] for _, gone in steps[1:]] == ["exit reason", "outcome", "timeframe", "time", "setup"]
    assert steps[-1] == (plain, ("exit reason", "outcome", "timeframe", "time", "setup"))
    assert all(where.scopes == MINE and where.as_of == NOW for where, _ in steps)


def test_a_filter_says_what_it_searches() -> None:
    where = filter_of(asked("my eth 1h trades that stopped out last week"), MINE, NOW)

    assert filter_words(where) == ("trade; ETH/USDT; 1h; stop loss; from 2022-10-31 00:00; before 2022-11-07 00:00")
    assert filter_words(DocumentFilter(MINE, NOW)) == "everything stored"
    assert filter_of(Parsed("", Intent.LATEST), MINE, NOW).types == ("signal",)


def test_fusion_prefers_what_several_rankings_agree_on() -> None:
    assert fuse([(["a", "b", "c"], 1.0), (["b", "d"], 1.0)]) == ("b", "a", "d", "c")
    assert fuse([(["a", "b"], 1.0), (["b", "a"], 0.1)]) == ("a", "b")
    assert fuse([]) == ()


def test_groups_take_turns() -> None:
    assert by_turns([["a", "b", "c"], ["d"], [], ["e", "f"]], 5) == (("a", "b"), ("d",), (), ("e", "f"))
    assert by_turns([["a", "b"]], 1) == (("a",),)
    assert by_turns([], 3) == ()


async def test_text_of_strangers_has_one_place_unless_it_was_asked_for(store: DocumentStore) -> None:
    headlines = [a_document(f"n{n}", kind="news", days_ago=n, trust="external") for n in range(1, 4)]
    await store.upsert([*headlines, a_document("s", days_ago=5)])
    mixed = replace(asked("ETH yesterday"), types=(), window=None)

    found = await Retriever(store, None, None).find(mixed, MINE, NOW)
    news = await Retriever(store, None, None).find(asked("news on ETH"), MINE, NOW)

    assert names(found) == ["n1", "s"]
    assert len(news.documents) == 3
