"""Full text: what is found, in what order, and that nothing a person types is read as syntax."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import dialect
from storage.database import Database
from storage.documents import _conditions
from storage.stores import Stores
from storage.tables import documents
from storage.values import DocumentFilter
from tests.storage.builders import HOUR, NOW, document, looking

MINE = "user:terminal:local"
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


async def test_replacing_mends_a_full_text_index_that_went_astray(sqlite_database: Database) -> None:
    stores = Stores.of(sqlite_database)
    await stores.documents.upsert([document("1")])
    async with sqlite_database.write() as conn:
        await conn.execute(sa.text("INSERT INTO documents_fts(documents_fts) VALUES ('delete-all')"))
    assert await _found(stores, looking(), "eth") == []

    await stores.documents.rebuild_fulltext()

    assert await _found(stores, looking(), "eth") == ["1"]


async def test_the_full_text_index_agrees_with_the_documents(sqlite_database: Database) -> None:
    stores = Stores.of(sqlite_database)
    for text in ("one", "two", "one"):
        await stores.documents.upsert([document(str(i), f"{text} {i}") for i in range(30)])
        await stores.documents.delete([f"signal:{i}" for i in range(0, 30, 3)])

    async with sqlite_database.write() as conn:
        await conn.execute(sa.text("INSERT INTO documents_fts(documents_fts, rank) VALUES ('integrity-check', 1)"))


async def test_the_full_text_index_is_asked_once_whatever_the_filter(sqlite_database: Database) -> None:
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
