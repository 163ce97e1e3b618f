"""Documents: bounded by scope and time, found by words, forgotten completely."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.database import Database
from storage.documents import content_hash
from storage.stores import Stores
from storage.values import Document, DocumentFilter
from tests.storage.builders import HOUR, NOW, document, looking

MINE, HERS = "user:terminal:local", "user:discord:42"
EVERYONE = ("shared", MINE, HERS)
SYNTAX = [
    '"',
    "eth OR",
    "NEAR(eth sol)",
    "text:eth",
    "eth*",
    "-eth",
    "(eth",
    "'; DROP TABLE documents; --",
    "& | !",
    "%s",
]


async def _found(stores: Stores, where: DocumentFilter, *terms: str) -> list[str]:
    return [doc_id.partition(":")[2] for doc_id, _ in await stores.documents.search(where, terms, 100)]


def _full() -> Document:
    return document(
        "full",
        "Ünïcode “text” with -2.5 % & <b>.",
        type="trade",
        scope=MINE,
        timeframe="1h",
        side="LONG",
        strategy="ensemble",
        setup="pullback",
        exit_reason="stop_loss",
        outcome="loss",
        parent="signal:1",
        trust="user",
        template="2",
    )


async def test_a_document_comes_back_equal(stores: Stores) -> None:
    assert await stores.documents.upsert([_full(), document()]) == 2

    assert await stores.documents.get(["signal:1", "none", "trade:full"]) == (document(), _full())


async def test_upserting_the_same_again_changes_nothing_and_counts_nothing(stores: Stores) -> None:
    await stores.documents.upsert([document(), _full()])

    assert await stores.documents.upsert([document(), _full()]) == 0
    assert await stores.documents.upsert([document(text="ETH fell."), _full()]) == 1
    assert await stores.documents.get(["signal:1"]) == (document(text="ETH fell."),)
    assert await stores.documents.upsert([]) == 0


async def test_of_a_document_given_twice_the_last_is_stored(stores: Stores) -> None:
    await stores.documents.upsert([document(text="first"), document(text="second")])

    assert [one.text for one in await stores.documents.get(["signal:1"])] == ["second"]


async def test_without_a_scope_nothing_is_found(stores: Stores) -> None:
    await stores.documents.upsert([document(), _full()])
    nowhere = DocumentFilter((), NOW)

    assert await stores.documents.find(nowhere, limit=9) == ()
    assert await stores.documents.ids(nowhere) == ()
    assert await stores.documents.count(nowhere) == 0
    assert await stores.documents.search(nowhere, ["eth", "text"], 9) == ()


async def test_nobody_sees_what_is_somebody_elses(stores: Stores) -> None:
    scopes = {"s": "shared", "m": MINE, "h": HERS}
    await stores.documents.upsert([document(pk, scope=scope) for pk, scope in scopes.items()])

    for wanted, pks in (
        (("shared",), "s"),
        (("shared", MINE), "ms"),
        ((HERS,), "h"),
        (("user:",), ""),
        (EVERYONE, "hms"),
    ):
        where = looking(*wanted)
        assert sorted(await _found(stores, where, "eth")) == list(pks)
        assert sorted(one.pk for one in await stores.documents.find(where, limit=9)) == list(pks)
        assert sorted(await stores.documents.ids(where)) == [f"signal:{pk}" for pk in pks]
        assert await stores.documents.count(where) == len(pks)


async def test_what_was_not_known_yet_is_not_seen(stores: Stores) -> None:
    await stores.documents.upsert([document("past", known_at=NOW), document("future", known_at=NOW + HOUR)])

    assert await _found(stores, looking(), "eth") == ["past"]
    assert await _found(stores, looking(as_of=NOW - timedelta(milliseconds=1)), "eth") == []
    assert await stores.documents.ids(looking()) == ("signal:past",)
    assert await stores.documents.count(looking(as_of=NOW + HOUR)) == 2
    assert [one.pk for one in await stores.documents.find(looking(), limit=9)] == ["past"]


@pytest.mark.parametrize(
    ("column", "plural", "values"),
    [
        ("type", "types", ("trade", "news")),
        ("symbol", "symbols", ("ETH/USDT", "SOL/USDT")),
        ("timeframe", "timeframes", ("1h", "4h")),
        ("side", "sides", ("BUY", "SELL")),
        ("strategy", "strategies", ("ensemble", "other")),
        ("setup", "setups", ("pullback", "breakout")),
        ("exit_reason", "exit_reasons", ("stop_loss", "manual")),
        ("outcome", "outcomes", ("target", "stopped")),
    ],
)
async def test_each_filter_keeps_its_values_only(
    stores: Stores, column: str, plural: str, values: tuple[str, str]
) -> None:
    made = [document(str(i), **{column: value}) for i, value in enumerate((*values, "third"))]
    await stores.documents.upsert(made)

    async def pks(**wanted: Any) -> list[str]:
        return sorted(one.pk for one in await stores.documents.find(looking(**wanted), limit=9))

    assert await pks(**{plural: values[:1]}) == ["0"]
    assert await pks(**{plural: values}) == ["0", "1"]
    assert await pks() == ["0", "1", "2"]


async def test_since_is_inclusive_and_until_exclusive(stores: Stores) -> None:
    await stores.documents.upsert([document(str(i), at=NOW - i * HOUR) for i in range(5)])

    where = looking(since=NOW - 3 * HOUR, until=NOW - HOUR)
    newest = await stores.documents.find(where, limit=9)
    oldest = await stores.documents.find(where, limit=1, newest_first=False)

    assert [one.pk for one in newest] == ["2", "3"]
    assert [one.pk for one in oldest] == ["3"]
    assert await stores.documents.ids(where) == ("signal:2", "signal:3")


@pytest.mark.parametrize(
    ("terms", "pks"),
    [
        (["ethereum"], "1"),
        (["ETHEREUM", "solana"], "12"),
        (["zurich"], "2"),
        (["-2.5%"], "1"),
        (["2.5", "nothing"], "1"),
        (["2022-11-08"], "12"),
        (["stop loss"], "1"),
        (["loss stop"], ""),
        (["eth"], ""),
        (["$1,500"], "2"),
    ],
)
async def test_words_numbers_dates_and_phrases_are_found(stores: Stores, terms: list[str], pks: str) -> None:
    await stores.documents.upsert(
        [
            document("1", "Ethereum hit its stop-loss at -2.5 % on 2022-11-08."),
            document("2", "Solana: someone in Zürich paid $1,500 (2022-11-08)."),
        ]
    )

    assert sorted(await _found(stores, looking(), *terms)) == list(pks)


async def test_the_best_match_comes_first_with_the_higher_score(stores: Stores) -> None:
    await stores.documents.upsert(
        [
            document("weak", "Bitcoin did this and that and much more, at length, and rose in the end."),
            document("strong", "Bitcoin rose, rose, rose."),
            *(document(str(i), "Nothing happened.") for i in range(20)),
        ]
    )

    found = await stores.documents.search(looking(), ["bitcoin", "rose"], 5)

    assert [doc_id for doc_id, _ in found] == ["signal:strong", "signal:weak"]
    assert found[0][1] > found[1][1] > 0
    assert await stores.documents.search(looking(), ["bitcoin", "rose"], 1) == found[:1]


@pytest.mark.parametrize("terms", [[], [""], ["--"], ['"', "*", "%"]])
async def test_terms_without_a_word_find_nothing(stores: Stores, terms: list[str]) -> None:
    await stores.documents.upsert([document()])

    assert await stores.documents.search(looking(), terms, 9) == ()


@pytest.mark.parametrize("term", SYNTAX)
async def test_what_people_type_is_never_read_as_syntax(stores: Stores, term: str) -> None:
    await stores.documents.upsert([document("1", "SOL and nothing else."), document("2", "ETH rose.")])

    found = await _found(stores, looking(), term, "sol")

    assert sorted(found) == (["1", "2"] if term in ("eth*", "-eth", "(eth") else ["1"])
    assert await stores.documents.count(looking()) == 2


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(terms=st.lists(st.text(max_size=8), max_size=4))
async def test_any_text_can_be_searched_for(sqlite_database: Database, terms: list[str]) -> None:
    await Stores.of(sqlite_database).documents.search(looking(), terms, 5)


@pytest.mark.parametrize(
    "text", ["Ünïcode", "数字 и буквы 12½ ǅ", "naïve-café_x", "a\u200bb", "١٢٣", "ﬁne ①", "İstanbul ß"]
)
async def test_a_text_is_found_by_its_own_words(stores: Stores, text: str) -> None:
    await stores.documents.upsert([document("1", f"before {text} after")])

    assert await _found(stores, looking(), text) == ["1"]


async def test_a_changed_text_is_found_by_its_new_words_only(stores: Stores) -> None:
    await stores.documents.upsert([document(text="alpha beta")])
    await stores.documents.upsert([document(text="beta gamma")])

    assert await _found(stores, looking(), "alpha") == []
    assert await _found(stores, looking(), "gamma") == ["1"]


async def test_changed_metadata_move_a_document_without_its_text(stores: Stores) -> None:
    await stores.documents.upsert([document()])
    await stores.documents.upsert([document(scope=MINE)])

    assert await _found(stores, looking(), "eth") == []
    assert await _found(stores, looking(MINE), "eth") == ["1"]


async def test_a_deleted_document_is_gone_from_everywhere(stores: Stores) -> None:
    await stores.documents.upsert([document("1"), document("2")])

    assert await stores.documents.delete(["signal:1", "signal:none"]) == 1

    assert await _found(stores, looking(), "eth") == ["2"]
    assert await stores.documents.all_ids() == {"signal:2"}
    assert await stores.documents.hashes(["signal:1", "signal:2"]) == {"signal:2": content_hash(document("2"))}


def test_the_hash_changes_with_every_part_of_a_document() -> None:
    plain = document()
    changes: dict[str, Any] = dict.fromkeys(Document.__dataclass_fields__, "x") | {"at": NOW, "known_at": NOW}
    changed = [Document(**({n: getattr(plain, n) for n in changes} | {name: changes[name]})) for name in changes]

    assert len({content_hash(one) for one in (plain, *changed)}) == len(changes) + 1
    assert content_hash(document()) == content_hash(document())


async def test_batches_give_every_document_once(stores: Stores) -> None:
    made = [document(f"{i:03}") for i in range(25)]
    await stores.documents.upsert(made)

    batches = [batch async for batch in stores.documents.batches(10)]

    assert [len(batch) for batch in batches] == [10, 10, 5]
    assert [one for batch in batches for one in batch] == made


async def _stream(*batches: Sequence[Document]) -> AsyncIterator[Sequence[Document]]:
    for batch in batches:
        yield batch


async def test_replacing_all_leaves_exactly_the_new_ones(stores: Stores) -> None:
    await stores.documents.upsert([document("1"), document("2", "old"), document("3")])

    kept = await stores.documents.replace_all(_stream([document("1")], [document("2", "new"), document("4")]))

    assert kept == 3
    assert await stores.documents.all_ids() == {"signal:1", "signal:2", "signal:4"}
    assert await _found(stores, looking(), "old", "new") == ["2"]
    assert sorted(await _found(stores, looking(), "eth")) == ["1", "4"]


async def test_replacing_that_fails_half_way_leaves_everything(stores: Stores) -> None:
    async def breaking() -> AsyncIterator[Sequence[Document]]:
        yield [document("9")]
        raise LookupError

    await stores.documents.upsert([document("1")])

    with pytest.raises(LookupError):
        await stores.documents.replace_all(breaking())
    assert await stores.documents.all_ids() == {"signal:1"}


async def test_replacing_mends_a_full_text_index_that_went_astray(sqlite_database: Database) -> None:
    stores = Stores.of(sqlite_database)
    await stores.documents.upsert([document("1")])
    async with sqlite_database.write() as conn:
        await conn.execute(sa.text("INSERT INTO documents_fts(documents_fts) VALUES ('delete-all')"))
    assert await _found(stores, looking(), "eth") == []

    await stores.documents.replace_all(stores.documents.batches(10))

    assert await _found(stores, looking(), "eth") == ["1"]


async def test_the_full_text_index_agrees_with_the_documents(sqlite_database: Database) -> None:
    stores = Stores.of(sqlite_database)
    for text in ("one", "two", "one"):
        await stores.documents.upsert([document(str(i), f"{text} {i}") for i in range(30)])
        await stores.documents.delete([f"signal:{i}" for i in range(0, 30, 3)])

    async with sqlite_database.write() as conn:
        await conn.execute(sa.text("INSERT INTO documents_fts(documents_fts, rank) VALUES ('integrity-check', 1)"))


async def test_the_full_text_index_is_asked_once_whatever_the_filter(sqlite_database: Database) -> None:
    from storage import dialect
    from storage.documents import _conditions
    from storage.tables import documents

    query = dialect.search("sqlite", documents, ["eth"])
    assert query is not None
    where = looking("shared", MINE, symbols=("ETH/USDT",), since=NOW - HOUR)
    compiled = query.where(*_conditions(where)).compile(
        dialect=sqlite_database._reader.dialect, compile_kwargs={"render_postcompile": True}
    )

    async with sqlite_database.read() as conn:
        plan = await conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", tuple(compiled.params.values()))
        steps = [row.detail for row in plan]

    assert steps[0].startswith("SCAN documents_fts VIRTUAL TABLE")
    assert "INTEGER PRIMARY KEY" in steps[1]
