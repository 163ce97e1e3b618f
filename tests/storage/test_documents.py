"""Documents: bounded by scope and time, found by words, forgotten completely."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from storage.documents import content_hash
from storage.stores import Stores
from storage.tables import documents
from storage.values import Document, DocumentFilter
from tests.storage.builders import HOUR, NOW, document, looking

MINE, HERS = "user:terminal:local", "user:discord:42"
EVERYONE = ("shared", MINE, HERS)


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


async def test_a_forced_write_mends_a_row_whose_words_were_changed_behind_its_hash(stores: Stores) -> None:
    made = document("1", "old")
    await stores.documents.upsert([made])
    async with stores.database.write() as conn:
        await conn.execute(sa.update(documents).values(text="forged"))

    left = await stores.documents.upsert([made])
    await stores.documents.upsert([made], force=True)

    assert left == 0
    assert await stores.documents.get([made.doc_id]) == (made,)


async def test_hashes_of_everything_tell_what_changed(stores: Stores) -> None:
    await stores.documents.upsert([document("1", "old"), document("2")])
    before = await stores.documents.all_hashes()
    await stores.documents.upsert([document("1", "new"), document("2")])

    after = await stores.documents.all_hashes()

    assert {one for one in after if after[one] != before[one]} == {"signal:1"}
    assert before["signal:2"] == content_hash(document("2"))
