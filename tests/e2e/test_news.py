"""News from a feed to a person: the real `run` reads the loopback host, and Telegram's commands tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.telegram_desk import talking, words

pytestmark = pytest.mark.may_block(reason="waits for a process")


async def test_a_headline_reaches_the_person_who_asks(tmp_path: Path) -> None:
    market = {"MARKET_SOURCE": "simulated", "MARKET_NOW": "", "MARKET_SYMBOLS": "BTC/USDT,ETH/USDT"}
    async with talking(tmp_path, NEWS_FEEDS="peer", OLLAMA_HOST="http://127.0.0.1:9", **market) as talk:
        await talk.telegram.until(lambda: "headlines; " in talk.told(), 60, "the news job")

        news = words(await talk.ask("/news BTC", "24 h score"))
        asked = words(await talk.ask("any news on ethereum?", "upgrade"))
        jobs = words(await talk.ask("/runjob news", "feeds read"))
        health = words(await talk.ask("/health", "news feeds"))
        none = words(await talk.ask("/news ETH", "Ether upgrade date set"))
        ended = await talk.end()

    assert "Bitcoin climbs past resistance as spot inflows return" in news
    assert "127.0.0.1" in news
    assert "positive +" in news
    assert "external" in asked or "127.0.0.1" in asked
    assert "1 of 1 feeds read (1 unchanged), 0 new headlines" in jobs
    assert "1 of 1 feeds read, none failed" in health
    assert "neutral +0.03" in none
    assert ended == 0
    assert talk.verdict("Conflict") == []
