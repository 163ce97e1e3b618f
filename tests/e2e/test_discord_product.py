"""The product in Discord: `python -m bot run` as a process, the real discord.py, every command and button of a card."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.discord_world import ENTRY_POINT, World, world
from tests.e2e.processes import NOW, PEERS, write_candles

pytestmark = [
    pytest.mark.skipif(not PEERS.is_dir(), reason="the loopback peers (../shared/peers) are not here"),
    pytest.mark.may_block(reason="the peers and their checks run in this loop"),
]
EPHEMERAL = 64
PEOPLE = 20


@pytest.fixture(params=["20"])
async def desk(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """The product with three markets: ETH says BUY, BTC HOLD, SOL has no data. The parameter: the model's deadline."""
    write_candles(tmp_path / "candles", "ETH-USDT", seed=366)
    write_candles(tmp_path / "candles", "BTC-USDT", seed=3)
    async with world(tmp_path) as there:
        second = there.discord.add_user("second")
        there.discord.add_member(second["id"])
        await there.start(
            *ENTRY_POINT,
            TELEGRAM_TOKEN="",
            ACCESS_OWNERS=f"discord:{there.discord.owner['id']},discord:{second['id']}",
            MARKET_SOURCE="replay",
            MARKET_REPLAY_DIR=str(tmp_path / "candles"),
            MARKET_NOW=NOW.isoformat(),
            MARKET_SYMBOLS="BTC/USDT,ETH/USDT,SOL/USDT",
            MARKET_TIMEFRAMES="1h",
            OLLAMA_MODEL="llama3.2",
            LLM_TIMEOUT_S=request.param,
        )
        await there.ready()
        await there.discord.until(lambda: "backup " in there.log, 60, "the first jobs")
        yield there


def text_of(message: dict[str, Any]) -> str:
    """Everything written in a message."""
    return f"{message['content']} {json.dumps(message['embeds'], ensure_ascii=False)}"


def labels(message: dict[str, Any]) -> list[str]:
    return [button["label"] for row in message["components"] for button in row["components"]]


async def final(there: World, interaction: Any) -> dict[str, Any]:
    """The answer when nothing is being explained or run any more."""
    await there.shown(interaction)

    def is_final() -> bool:
        shown = there.shown_now(interaction)
        return "Stop" not in labels(shown) and not shown["content"].startswith(("Running", "Ingesting"))

    await there.discord.until(is_final, 60, "the final answer")
    return there.shown_now(interaction)


PRIVATE = (
    "link",
    "jobs",
    "health",
    "universe",
    "role",
    "model",
    "runjob",
    "reindex",
    "audit",
    "outbox",
    "prefs",
    "subscribe",
    "broadcast",
)
COMMANDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("help", {}),
    ("help", {"command": "signal"}),
    ("status", {}),
    ("signals", {}),
    ("why", {"signal": "ETH/USDT"}),
    ("similar", {"symbol": "ETH/USDT"}),
    ("indicator", {"name": "rsi", "symbol": "ETH/USDT"}),
    ("size", {"symbol": "ETH/USDT", "balance": 5000.0, "risk": 1.0}),
    ("news", {"symbol": "BTC/USDT"}),
    ("trackrecord", {"symbol": "ETH/USDT"}),
    ("backtest", {"symbol": "ETH/USDT", "period": "30d"}),
    ("link", {}),
    ("jobs", {}),
    ("health", {}),
    ("universe", {"action": "list"}),
    ("role", {"action": "list"}),
    ("model", {}),
    ("runjob", {"name": "check"}),
    ("reindex", {"scope": "changes"}),
    ("audit", {"rows": 5}),
    ("outbox", {"action": "list"}),
    ("prefs", {}),
    ("subscribe", {"symbols": "off"}),
    ("broadcast", {"action": "list"}),
)
OWN: tuple[tuple[str, dict[str, Any]], ...] = (  # given by the second person, as one may not ask that much at once
    ("account", {}),
    ("trade", {"action": "open", "details": "ETH/USDT long 0.5"}),
    ("trade", {"action": "list"}),
    ("portfolio", {}),
    ("positions", {}),
    ("pnl", {"period": "7d"}),
    ("risk", {}),
    ("rebalance", {"targets": "BTC 40, ETH 30, cash 30"}),
    ("alert", {"action": "add", "details": "ETH/USDT 1h rsi_14 below 30"}),
    ("alert", {"action": "list"}),
    ("export", {}),
    ("forget", {}),
)


async def test_every_command_button_refusal_and_follow_up(desk: World) -> None:
    d = desk.discord
    said: dict[str, str] = {}
    for name, options in COMMANDS:
        answer = await final(desk, await desk.slash(name, **options))
        said[name] = text_of(answer)
        assert said[name].strip(), name
        assert "That failed" not in said[name], name
        assert bool(answer["flags"] & EPHEMERAL) == (name in PRIVATE), name
    second = next(u["id"] for u in d.users.values() if u["username"] == "second")
    for name, options in OWN:
        answer = await final(desk, await desk.slash(name, user=second, **options))
        assert text_of(answer).strip(), name
        assert "That failed" not in text_of(answer), name
        assert answer["flags"] & EPHEMERAL, name
    given = {name for name, _ in (*COMMANDS, *OWN)}
    assert given | {"ask", "chart", "signal"} == {c["name"] for c in d.commands.values()}
    assert "BUY" in said["signals"]
    assert "runjob" in said["audit"]
    advice = await final(desk, await desk.slash("ask", question="should I buy ETH with $2k?"))
    follow_up = await final(desk, await desk.slash("ask", question="and for BTC?"))
    picture = await final(desk, await desk.slash("chart", symbol="ETH/USDT", indicators="rsi macd"))
    card = await final(desk, await desk.slash("signal", symbol="ETH/USDT", timeframe="1h"))
    refused = await final(desk, await desk.slash("signal", symbol="DOGE"))
    no_data = await final(desk, await desk.slash("signal", symbol="SOL/USDT"))

    assert "BUY ETH/USDT" in text_of(advice)
    assert "BTC/USDT" in text_of(follow_up)
    assert next(iter(d.attachment_bytes(picture).values())).startswith(b"\x89PNG")
    assert labels(card)[:6] == ["Take", "Why", "Chart", "Backtest", "Similar", "Refresh"]
    assert refused["flags"] & EPHEMERAL
    assert "not a watched market" in refused["content"]
    assert "NO DATA" in text_of(no_data)
    await suggestions_and_plain_words(desk)
    await press_every_button(desk, card)
    (trade,) = await d.autocomplete("trade", {"action": "close", "details": ""}, "details")
    assert (trade["value"], trade["name"][:13]) == ("#t1", "#t1 ETH LONG ")
    await confirm_and_decline(desk)
    await stop_through_a_lost_connection(desk)
    assert desk.stack.verdict() == []
    assert "Traceback" not in desk.log
    assert d.token not in desk.log


async def suggestions_and_plain_words(desk: World) -> None:
    d = desk.discord
    offered = await d.autocomplete("signal", {"symbol": "e"}, "symbol")
    indicators = await d.autocomplete("indicator", {"name": "supert"}, "name")
    mentioned = await desk.answer_to(await desk.mention("should I sell BTC?"), "BTC/USDT")
    follow_up = await desk.answer_to(await d.user_message("and ETH?", reply_to=mentioned["id"]), "ETH/USDT")
    direct = await desk.answer_to(await d.user_message("should I buy ETH with 500 USDT?", dm=True), "ETH/USDT")
    in_vain = await desk.answer_to(await d.user_message("why?", user=d.add_user("new")["id"], dm=True))

    assert "ETH/USDT" in [choice["value"] for choice in offered]
    assert "supertrend" in [choice["value"] for choice in indicators]
    assert follow_up["channel_id"] == mentioned["channel_id"] == d.general["id"]
    assert d.channels[direct["channel_id"]]["type"] == 1
    assert in_vain["content"]


async def press_every_button(desk: World, card: dict[str, Any]) -> None:
    for row in card["components"]:
        for button in row["components"]:
            pressed = await desk.discord.click(card["id"], button["custom_id"])
            if button["label"] == "Refresh":
                await desk.discord.until(lambda: card.get("edited_timestamp"), 60, "the refreshed card")
                continue
            answer = await final(desk, pressed)
            assert text_of(answer).strip() or answer["_attachments"], button["label"]
            assert answer["flags"] & EPHEMERAL, button["label"]
            assert not answer["content"].startswith("⚠ That failed"), button["label"]


async def confirm_and_decline(desk: World) -> None:
    second = next(u["id"] for u in desk.discord.users.values() if u["username"] == "second")  # the first has asked much
    asked = await desk.shown(await desk.slash("reindex", user=second, scope="all"))
    yes, no = (button["custom_id"] for button in asked["components"][0]["components"])
    declined = await desk.discord.click(asked["id"], no, user=second)
    await desk.discord.until(lambda: not asked["components"], 60, "no buttons after the answer")
    again = await desk.shown(await desk.slash("reindex", user=second, scope="all"))
    yes = again["components"][0]["components"][0]["custom_id"]
    await desk.discord.click(again["id"], yes, user=second)
    await desk.discord.until(lambda: not again["components"] and "rebuild" in text_of(again).lower(), 60, "the rebuild")
    assert declined.acked_with == 6


async def stop_through_a_lost_connection(desk: World) -> None:
    d = desk.discord
    second = next(u["id"] for u in d.users.values() if u["username"] == "second")
    other = d.add_user("other")
    d.add_member(other["id"])
    desk.stack.ollama.faults.append({"kind": "hang", "times": 1, "seconds": 600})
    asked = await desk.slash("ask", user=second, question="should I buy ETH?")
    await d.until(lambda: "Stop" in labels(desk.shown_now(asked)), 60, "the card with Stop")
    await d.gateway_fault("drop")
    await d.until(lambda: any(s.resumed and s.transport for s in d.sessions.values()), 60, "a resumed session")
    stop = desk.shown_now(asked)["components"][0]["components"][0]["custom_id"]
    refused = await d.click(asked.original, stop, user=other["id"])
    await d.until(lambda: refused.followups, 60, "the refusal")
    stopped = await d.click(asked.original, stop, user=second)
    await d.until(lambda: stopped.followups and "Stop" not in labels(desk.shown_now(asked)), 60, "the stopped card")

    assert "Only the one who asked" in d.messages[refused.followups[0]]["content"]
    assert d.messages[refused.followups[0]]["flags"] & EPHEMERAL
    assert "Stopped" in d.messages[stopped.followups[0]]["content"]
    assert "BUY ETH/USDT" in text_of(desk.shown_now(asked))


@pytest.mark.parametrize("desk", ["3"], indirect=True)
async def test_twenty_people_ask_while_the_model_hangs_and_the_machine_is_busy(desk: World) -> None:
    d = desk.discord
    people = [d.add_user(f"person{i}") for i in range(PEOPLE)]
    for person in people:
        d.add_member(person["id"])
    desk.stack.ollama.faults.append({"kind": "hang", "times": 1000, "seconds": 600})
    burners = [await asyncio.create_subprocess_exec(sys.executable, "-c", "while True: pass") for _ in range(2)]
    places: set[str] = set()
    try:
        began = time.monotonic()
        asked = [
            await desk.slash("ask", user=person["id"], question=f"should I buy ETH with ${1000 + i}?")
            for i, person in enumerate(people)
        ]
        while any(i.loading or not i.acked_with or "Stop" in labels(desk.shown_now(i)) for i in asked):
            places |= {i.user_id for i in asked if i.original and "in the queue" in text_of(desk.shown_now(i))}
            assert time.monotonic() - began < 120, "not all answers arrived"
            await asyncio.sleep(0.05)
        took = time.monotonic() - began
    finally:
        for burner in burners:
            burner.kill()
            await burner.wait()

    latencies = sorted(i.ack_latency for i in asked)
    print(f"acknowledged: median {latencies[10]:.3f} s, most {latencies[-1]:.3f} s; all answered in {took:.1f} s")
    print(f"told their place: {len(places)} of {PEOPLE}")
    assert latencies[-1] <= 1.0
    assert all("BUY ETH/USDT" in text_of(desk.shown_now(i)) for i in asked)
    assert len(places) >= PEOPLE - 2
    assert desk.stack.verdict() == []
    assert "Traceback" not in desk.log
