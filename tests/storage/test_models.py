"""At most one version of the learned model votes at any moment, and every one that ever did is remembered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from signals.model import Timeframe
from storage.models import ModelVersion, version_of
from storage.stores import Stores
from tests.signals.learned.school import TRAINED_AT, trained

DAY = timedelta(days=1)
H1 = Timeframe.H1


def a_version(days: int = 0, state: str = "active", name: str = "aaaaaaaa") -> ModelVersion:
    manifest = replace(trained().manifest, version=f"1h-20221108T120500Z-{name}", created_at=TRAINED_AT + days * DAY)
    return version_of(manifest, state, "because")  # type: ignore[arg-type]


async def test_a_version_comes_back_whole_with_its_mark(stores: Stores) -> None:
    one = a_version()

    await stores.models.save(one)
    await stores.models.save(one)

    assert await stores.models.get(one.version) == one
    assert await stores.models.get("1h-none") is None
    assert one.described.sha256 == one.sha256
    assert [(m.type, m.pk) for m in await stores.marks.pending(5)] == [("model_card", one.version)]


async def test_a_version_is_in_force_from_its_activation_until_the_next(stores: Stores) -> None:
    first, second = a_version(), a_version(7, name="bbbbbbbb")
    await stores.models.save(first)
    await stores.models.save(second)

    at = [TRAINED_AT + days * DAY for days in (-1, 0, 6, 7, 30)]
    found = [(await stores.models.in_force(moment)).get(H1) for moment in at]

    assert [v and v.version for v in found] == [None, first.version, first.version, second.version, second.version]
    former = await stores.models.get(first.version)
    assert former is not None
    assert (former.state, former.reason) == ("retired", f"replaced by {second.version}")


async def test_a_shadow_votes_only_after_it_has_won(stores: Stores) -> None:
    await stores.models.save(a_version())
    shadow = a_version(7, "shadow", "bbbbbbbb")
    await stores.models.save(shadow)

    waiting = await stores.models.in_shadow(H1)
    before = (await stores.models.in_force(TRAINED_AT + 8 * DAY))[H1]
    await stores.models.activate(shadow.version, TRAINED_AT + 9 * DAY, "it won")
    after = (await stores.models.in_force(TRAINED_AT + 9 * DAY))[H1]

    assert waiting == shadow
    assert before.version == a_version().version
    assert (after.version, after.reason, after.active_from) == (shadow.version, "it won", TRAINED_AT + 9 * DAY)
    assert await stores.models.in_shadow(H1) is None
    assert (await stores.models.in_force(TRAINED_AT + 8 * DAY))[H1].version == a_version().version


async def test_a_new_shadow_takes_the_place_of_the_old_one(stores: Stores) -> None:
    for days, name in ((0, "aaaaaaaa"), (7, "bbbbbbbb")):
        await stores.models.save(a_version(days, "shadow", name))

    newest = await stores.models.newest(H1, TRAINED_AT + 8 * DAY, 5)

    assert [(v.version[-8:], v.state) for v in newest] == [("bbbbbbbb", "shadow"), ("aaaaaaaa", "retired")]


async def test_a_rejected_version_is_kept_and_never_votes(stores: Stores) -> None:
    await stores.models.save(a_version(0, "rejected"))

    assert await stores.models.in_force(TRAINED_AT + DAY) == {}
    assert [v.state for v in await stores.models.newest(None, TRAINED_AT)] == ["rejected"]
    assert await stores.models.newest(H1, TRAINED_AT - DAY) == ()
    assert await stores.models.newest(Timeframe.H4, TRAINED_AT) == ()


async def test_a_version_can_be_retired_and_its_health_noted(stores: Stores) -> None:
    one = a_version()
    await stores.models.save(one)

    await stores.models.note_health(one.version, "no drift", TRAINED_AT + DAY)
    await stores.models.retire(one.version, TRAINED_AT + 2 * DAY, "its files are gone")

    found = await stores.models.get(one.version)
    assert found is not None
    assert (found.health, found.checked_at) == ("no drift", TRAINED_AT + DAY)
    assert (found.state, found.reason) == ("retired", "its files are gone")
    assert await stores.models.in_force(TRAINED_AT + 2 * DAY) == {}
