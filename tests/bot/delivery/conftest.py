"""A dispatcher over a fresh database, with a Discord that can be asked again and a Telegram that cannot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.delivery.rules import DeliveryRules
from storage.stores import Stores
from tests.bot.delivery.fake_notifier import FakeNotifier, Post
from tests.bot.worlds import HandClock, stores_in


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    async with stores_in(tmp_path) as stores:
        yield stores


@pytest.fixture
def post(stores: Stores) -> Post:
    telegram = FakeNotifier("telegram", repeats_s=0.0, can_find=False)
    return Post(stores, HandClock(), (FakeNotifier(), telegram), DeliveryRules())
