"""A world of chats for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.chat_world import World, chat_world
from tests.markets import trade_candles


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A market whose newest bar is a BUY."""
    async with chat_world(tmp_path) as made:
        await made.stores.candles.save(trade_candles(1))
        yield made
