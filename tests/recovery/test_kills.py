"""kill -9 at random and named points of the way of a broadcast: nothing is lost, nothing is sent twice.

`RECOVERY_KILLS` multiplies the kills: 200 here, 1,000 with 5.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.processes import PEERS
from tests.recovery.kills import Figures, fork_server, issued_streams, kill_often, rows_of
from tests.recovery.life import Order, title_of
from tests.storage.conftest import migrated_file, sqlite_url  # noqa: F401 - a fixture

if not PEERS.is_dir():
    pytest.skip("the loopback peers (../shared/peers) are not here", allow_module_level=True)
sys.path.insert(0, str(PEERS))
from discord_loopback import DiscordLoopback
from telegram_loopback import TelegramLoopback

TIMES = int(os.environ.get("RECOVERY_KILLS", "1"))
LAST_EVENT = "target 1"


class PlainDiscord(DiscordLoopback):  # type: ignore[misc, no-any-unimported]
    """The peer without limits, which are not the point; a nonce means nothing to it, so only the history guards."""

    repeats = 0

    def _rate(self, method: str, path: str, route: Any) -> dict[str, str]:
        return {}

    def shown(self) -> Counter[tuple[str, str]]:
        """How often each (channel, title) is there."""
        ours = [m for m in self.messages.values() if m["author"]["id"] == self.bot["id"] and not m["_deleted"]]
        return Counter((f"discord:channel:{m['channel_id']}", m["embeds"][0]["title"]) for m in ours)

    def text_of(self, message_id: str) -> str:
        return str(self.messages[message_id]["embeds"][0]["description"])


class RememberingDiscord(PlainDiscord):
    """With the nonces that Discord documents; half of the lives may not read the history, so that only these guard."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[tuple[str, str], dict[str, Any]] = {}

    async def r_send(self, request: Any, body: Any, files: Any, cid: str) -> tuple[int, Any]:
        former = self.known.get((cid, str(body.get("nonce")))) if body.get("enforce_nonce") else None
        if former is not None:
            self.repeats += 1
            return 200, self.public(former)
        status, out = await super().r_send(request, body, files, cid)
        self.known[cid, str(body.get("nonce"))] = self.messages[out["id"]]
        return status, out


@pytest.fixture
def file(migrated_file: Path, tmp_path: Path) -> Path:  # noqa: F811 - the fixture
    return Path(shutil.copy(migrated_file, tmp_path / "deskmate.db"))


async def _on_discord(file: Path, peer: PlainDiscord, kills: int, *, is_guarded: bool) -> Figures:
    is_plain = not isinstance(peer, RememberingDiscord)
    await peer.start()
    channels = tuple(f"discord:channel:{peer.add_channel(name)['id']}" for name in ("one", "two"))
    try:
        async with fork_server() as lives:

            def order(n: int) -> Order:
                looks = is_guarded and (is_plain or n % 2 == 0)
                return Order(sqlite_url(file), peer.base, channels, n, is_guarded=is_guarded, looks=looks)

            figures = await kill_often(lives, order, file, kills, seed=7)
    finally:
        await peer.stop()
    print(
        f"{type(peer).__name__}, guarded={is_guarded}: {figures.kills} kills in {figures.lives} lives, "
        f"{figures.share:.0%} with a row in sending, {peer.repeats} repeats recognised, {dict(figures.points)}"
    )
    return figures


def _expected(file: Path, destinations: set[str]) -> set[tuple[str, str]]:
    return {(to, title_of(stream)) for stream in issued_streams(file) for to in destinations}


@pytest.mark.parametrize("kind", [PlainDiscord, RememberingDiscord])
async def test_kills_lose_and_double_nothing_on_discord(file: Path, kind: type[PlainDiscord]) -> None:
    peer = kind()

    figures = await _on_discord(file, peer, 60 * TIMES, is_guarded=True)

    rows, shown = rows_of(file), peer.shown()
    expected = _expected(file, {row["destination"] for row in rows})
    lost, doubled = expected - set(shown), {which: n for which, n in shown.items() if n > 1}
    print(f"discord: {len(expected)} messages, {len(lost)} lost, {len(doubled)} doubled")
    assert figures.share >= 0.25
    assert not lost
    assert not doubled
    assert set(shown) == expected
    assert {row["state"] for row in rows if not row["edits"]} == {"sent"}
    assert {row["state"] for row in rows if row["edits"]} <= {"sent", "expired"}
    edited = [row for row in rows if row["event"] == LAST_EVENT]
    assert edited
    assert {row["state"] for row in edited} == {"sent"}
    assert {peer.text_of(row["platform_message_id"]) for row in edited} == {LAST_EVENT}


async def test_the_same_kills_double_messages_when_every_try_has_a_fresh_nonce(file: Path) -> None:
    peer = PlainDiscord()

    await _on_discord(file, peer, 20, is_guarded=False)

    assert any(n > 1 for n in peer.shown().values())


async def test_kills_double_nothing_on_telegram_and_what_is_unclear_is_held(file: Path) -> None:
    peer = TelegramLoopback(group_per_minute=10**9, per_second=10**9)
    await peer.start()
    for uid in (71, 72):
        peer.add_user(uid, f"User{uid}")
        peer.started.add(uid)
    chats = ("telegram:chat:71", "telegram:chat:72")
    try:
        async with fork_server() as lives:
            figures = await kill_often(
                lives, lambda n: Order(sqlite_url(file), peer.base, chats, n), file, 80 * TIMES, seed=11
            )
    finally:
        await peer.stop()

    rows = [row for row in rows_of(file) if not row["edits"]]
    held = {row["seq"] for row in rows if row["state"] == "unknown"}
    seen = [m for chat in (71, 72) for m in peer.bot_messages(chat)]
    told = Counter((f"telegram:chat:{m['chat']['id']}", m["text"].splitlines()[0]) for m in seen)
    sent = {(row["destination"], title_of(row["stream"])) for row in rows if row["state"] == "sent"}
    expected = _expected(file, set(chats))
    unclear = {(row["destination"], title_of(row["stream"])) for row in rows if row["seq"] in held}
    print(
        f"telegram: {figures.kills} kills in {figures.lives} lives, {figures.share:.0%} with a row in sending, "
        f"{len(expected)} messages, {len(held)} held, {sum(told[which] for which in unclear)} of those had arrived"
    )
    assert figures.share >= 0.25
    assert max(told.values()) == 1
    assert {row["state"] for row in rows} <= {"sent", "unknown"}
    assert held == figures.ambiguous
    assert sent | unclear == expected
    assert sent <= set(told) <= expected
