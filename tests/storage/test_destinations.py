"""Where broadcasts go and what each place wants, on both databases."""

from __future__ import annotations

from storage.delivery_values import Destination, Preferences
from storage.stores import Stores
from tests.storage.builders import HOUR, NOW
from tests.storage.test_outbox import HERE, THERE, claimed, outgoing


async def test_refusals_are_counted_until_something_arrives(stores: Stores) -> None:
    await stores.outbox.add([outgoing()])
    (row,) = await claimed(stores)

    counts = [await stores.destinations.refused(HERE, NOW) for _ in range(2)]
    await stores.outbox.sent(row, "1", NOW)

    assert counts == [1, 2]
    assert await stores.destinations.refused(HERE, NOW) == 1


async def test_a_chat_that_moved_is_one_destination_under_both_ids(stores: Stores) -> None:
    moved = "telegram:chat:-100"
    await stores.destinations.save(Destination(THERE, None, on=True, changed_at=NOW))
    await stores.outbox.add([outgoing(to=THERE)])

    await stores.destinations.moved(THERE, moved, NOW)
    saved = await stores.destinations.save(Destination(moved, None, on=True, changed_at=NOW + HOUR))

    (due,) = await stores.outbox.due(NOW)
    assert (due.destination, due.reached_at) == (THERE, moved)
    assert (saved.address, saved.reached_at) == (THERE, moved)
    assert await stores.destinations.all() == (saved,)
    assert await stores.destinations.get(moved) == saved


async def test_preferences_come_back_as_they_were_saved(stores: Stores) -> None:
    wanted = Preferences(HERE, NOW, ("BTC/USDT",), ("1h", "4h"), 80, ("22:00", "07:30"), "Europe/Berlin", digest=False)

    await stores.subscriptions.save(Preferences(HERE, NOW))
    await stores.subscriptions.save(wanted)

    assert await stores.subscriptions.get(HERE) == wanted
    assert await stores.subscriptions.get(THERE) is None
    assert await stores.subscriptions.all() == (wanted,)
