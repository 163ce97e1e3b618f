"""A signal's whole life in Discord and in Telegram, by `python -m bot run`: told once, edited in place, summed up."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from signals.clock import iso
from tests.e2e.discord_world import ENTRY_POINT, World, world
from tests.e2e.processes import NOW, PEERS, write_candles
from tests.e2e.telegram_desk import key

pytestmark = [
    pytest.mark.skipif(not PEERS.is_dir(), reason="the loopback peers (../shared/peers) are not here"),
    pytest.mark.may_block(reason="the peers and their checks run in this loop"),
]
LIMIT_S = 60.0
GROUP, TINA = -1001, 1001
TRADE = "STRONG BUY ETH/USDT 1h"
LIFE = ((1296.17, 1300.0, 1290.0, 1299.0), (1299.0, 1325.0, 1298.0, 1324.0), (1324.0, 1340.0, 1320.0, 1338.0))


def write_life(folder: Path) -> None:
    """The market of a STRONG BUY at NOW, which enters, passes its first target and reaches its last within 3 hours."""
    path = write_candles(folder, "ETH-USDT", seed=366)
    with path.open("a", newline="", encoding="utf-8") as file:
        for i, bar in enumerate(LIFE):
            csv.writer(file).writerow((iso(NOW + timedelta(hours=i)), *bar, 80.0))


class Chats:
    """Both platforms beside one process, and what people see in the four places that listen."""

    def __init__(self, there: World, folder: Path) -> None:
        self.world, self.folder = there, folder
        self.discord, self.telegram = there.discord, there.stack.telegram
        self.process: asyncio.subprocess.Process | None = None

    async def restart(self, at: datetime) -> None:
        """A process at another moment of the market; the former one stops as on SIGTERM."""
        if self.process is not None:
            self.process.terminate()
            assert await asyncio.wait_for(self.process.wait(), LIMIT_S) == 0
        polls = self.telegram.polls
        settings = {
            "MARKET_SOURCE": "replay",
            "MARKET_REPLAY_DIR": str(self.folder / "candles"),
            "MARKET_NOW": at.isoformat(),
            "MARKET_SYMBOLS": "ETH/USDT",
            "MARKET_TIMEFRAMES": "1h",
            "LLM_PROVIDER": "none",
            "NEWS_FEEDS": "",
        }
        self.process = await self.world.start(*ENTRY_POINT, **settings)
        await self.world.ready(LIMIT_S)
        await self.telegram.until(lambda: self.telegram.polls > polls, LIMIT_S, "polling")

    async def say(self, text: str, having: str, **who: Any) -> dict[str, Any]:
        """Words in Telegram, and the answer that holds these words."""
        sent = await self.telegram.send(text, **who)

        def answer() -> dict[str, Any] | None:
            found = self.telegram.bot_messages(None, sent["message_id"])
            return next((m for m in found if having in m.get("text", "")), None)

        try:
            found: dict[str, Any] = await self.telegram.until(answer, LIMIT_S, having)
        except TimeoutError:
            seen = [m.get("text") for m in self.telegram.bot_messages(None, sent["message_id"])]
            pytest.fail(f"{text}: no answer has {having!r}: {seen}\n{self.world.log[-3000:]}")
        return found

    async def job(self, name: str) -> None:
        """Run a job to its end; one that the timetable has just begun is waited for."""
        while True:
            answer = await self.say(f"/runjob {name}", name)
            await self.telegram.until(lambda m=answer: "Running" not in m["text"], LIMIT_S, f"the end of {name}")
            if "running already" not in answer["text"]:
                assert "done" in answer["text"], answer["text"]
                return
            await asyncio.sleep(1.0)

    async def cycle(self) -> None:
        """What a quarter of an hour does."""
        await self.job("sync")
        await self.job("signals")

    async def confirm(self, answer: dict[str, Any]) -> None:
        """Yes, on either platform."""
        if "components" in answer:
            yes = answer["components"][0]["components"][0]["custom_id"]
            await self.discord.click(answer["id"], yes)
            await self.discord.until(lambda: not answer["components"], LIMIT_S, "the yes")
        else:
            await self.telegram.click(answer, answer["reply_markup"]["inline_keyboard"][0][0]["callback_data"])
            await self.telegram.until(lambda: "gets" in answer["text"], LIMIT_S, "the yes")

    def shown(self, having: str) -> dict[str, list[str]]:
        """The messages about something, by the place where they stand."""
        bot = self.discord.bot
        found: dict[str, list[str]] = {}
        for m in self.discord.messages.values():
            text = json.dumps([m["content"], m["embeds"]], ensure_ascii=False)
            if m["author"] is bot and having in text and not m["flags"] & 64 and not m.get("interaction_metadata"):
                found.setdefault(f"discord {self.discord.channels[m['channel_id']]['type']}", []).append(text)
        for m in self.telegram.bot_messages(TINA) + self.telegram.bot_messages(GROUP):
            if having in m.get("text", ""):
                found.setdefault(f"telegram {m['chat']['id']}", []).append(m["text"])
        return found

    async def everywhere(self, having: str, *words: str) -> dict[str, list[str]]:
        """Once each place shows exactly one message about it, and that one holds these words."""

        def there() -> bool:
            found = self.shown(having)
            return len(found) == 4 and all(len(m) == 1 and all(w in m[0] for w in words) for m in found.values())

        try:
            async with asyncio.timeout(LIMIT_S):
                while not there():
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pytest.fail(f"{words} not in {json.dumps(self.shown(having), indent=1)}\n{self.world.log[-3000:]}")
        return self.shown(having)


@pytest.fixture
async def chats(tmp_path: Path) -> AsyncIterator[Chats]:
    """A market whose newest bar at NOW is a trade."""
    write_life(tmp_path / "candles")
    async with world(tmp_path) as there:
        there.stack.telegram.add_group(GROUP)
        yield Chats(there, tmp_path)


async def test_a_signal_is_told_once_lives_in_its_message_and_is_summed_up_next_morning(chats: Chats) -> None:
    await chats.restart(NOW - timedelta(hours=1))
    await everybody_listens(chats)
    await chats.restart(NOW)
    await chats.cycle()
    issued = await chats.everywhere(TRADE, "at 1,296.17", "stop 1,270.86", "rules only", "Issued 2022-11-08 12:00 UTC")
    await chats.cycle()
    await the_buttons_work(chats)

    await chats.restart(NOW + timedelta(hours=2))
    await chats.cycle()
    await chats.everywhere(TRADE, "target 1 reached at 1,321.48", "entered at 1,296.17")
    await chats.restart(NOW + timedelta(hours=23))
    await chats.cycle()
    ended = await chats.everywhere(TRADE, "final target, +", "R after costs")
    await chats.job("digest")
    digest = await chats.everywhere("Tue 8 Nov:", "1 signal, 1 ended, +", f"{TRADE}: final target, +", "1 of 1")
    await chats.job("digest")

    assert set(issued) == set(ended) == {"discord 0", "discord 1", f"telegram {GROUP}", f"telegram {TINA}"}
    assert chats.shown("Tue 8 Nov:") == digest
    left_poll = "'code': 409"  # the poll of the former process, which Telegram holds open for a while
    assert [line for line in chats.world.stack.verdict() if left_poll not in line] == []
    assert "Traceback" not in chats.world.log


async def everybody_listens(chats: Chats) -> None:
    """A channel and a person on each platform; an admin switches the channels on."""
    question = await chats.world.shown(await chats.world.slash("broadcast", action="here"))
    await chats.confirm(question)
    mine = await chats.world.shown(await chats.world.slash("subscribe", symbols="eth"))
    assert "a direct message for each new signal of ETH/USDT" in mine["content"]
    floor = await chats.world.shown(await chats.world.slash("prefs"))
    assert "any signal the rules issue" in json.dumps(floor["embeds"])
    await chats.say("/start", "/subscribe")
    await chats.confirm(await chats.say("/broadcast here", "Send new signals", chat=GROUP))
    await chats.say("/subscribe", "a direct message for each new signal")
    await chats.say("/prefs zone berlin", "did you mean Europe/Berlin")
    await chats.say("/prefs quiet 22:00-07:00", "22:00 to 07:00")
    await chats.say("/prefs quiet off", "quiet")
    assert chats.shown(TRADE) == {}


async def the_buttons_work(chats: Chats) -> None:
    """Take, Why and Chart under the message, for those who read it."""
    d, t = chats.discord, chats.telegram
    live = next(
        m for m in d.messages.values() if m["channel_id"] == d.general["id"] and TRADE in json.dumps(m["embeds"])
    )
    take, why, chart = (button["custom_id"] for button in live["components"][0]["components"])
    told = await chats.world.shown(await d.click(live["id"], why))
    assert "ETH/USDT 1h at 2022-11-08 12:00 UTC: STRONG BUY" in told["content"]
    drawn = await chats.world.shown(await d.click(live["id"], chart))
    assert next(iter(d.attachment_bytes(drawn).values())).startswith(b"\x89PNG")
    there = next(m for m in t.bot_messages(GROUP) if TRADE in m.get("text", ""))
    newest = max(m["message_id"] for m in t.bot_messages(GROUP))
    await t.click(there, key(there, "why"))
    await t.until(lambda: t.bot_messages(GROUP, newest), LIMIT_S, "the votes")
    await an_own_trade(chats, (live, take), there)


async def an_own_trade(chats: Chats, live: tuple[dict[str, Any], str], there: dict[str, Any]) -> None:
    """Take is answered to the presser alone: an ephemeral question on Discord, one in the direct chat on Telegram."""
    d, t = chats.discord, chats.telegram
    offer = await chats.world.shown(await d.click(live[0]["id"], live[1]))
    assert offer["flags"] & 64
    assert f"Take {TRADE} as a paper trade? LONG" in json.dumps(offer["embeds"]) + offer["content"]
    yes = offer["components"][0]["components"][0]["custom_id"]
    await d.click(offer["id"], yes)
    await d.until(
        lambda: "Paper trade opened: #t1 LONG" in json.dumps(offer["embeds"]) + offer["content"], LIMIT_S, "it"
    )
    newest = max(m["message_id"] for m in t.bot_messages(TINA))
    await t.click(there, key(there, "take"))
    await t.until(lambda: t.bot_messages(TINA, newest), LIMIT_S, "the offer")
    question = t.bot_messages(TINA, newest)[0]
    assert f"Take {TRADE} as a paper trade? LONG" in question["text"]
    await t.click(question, key(question, "no"))
    await t.until(lambda: question["text"] == "Nothing was done.", LIMIT_S, "the no")
    assert not any("paper trade" in m.get("text", "") for m in t.bot_messages(GROUP))
