"""What each way of failing to log in means for the service."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from pydantic import SecretStr

from bot.discord_adapter import platform as platforms
from bot.discord_adapter.platform import DiscordPlatform
from signals.errors import TemporaryError, UserError
from tests.bot.desk_commands import stand_in_commands
from tests.bot.discord.fakes import busy


def closed(code: int) -> discord.ConnectionClosed:
    socket: Any = SimpleNamespace(close_code=code)
    return discord.ConnectionClosed(socket, shard_id=None)


class FakeClient:
    """A client whose start ends as planned; `None` serves until it is told to leave."""

    plans: list[BaseException | None] = []  # noqa: RUF012 - set anew for each test
    made: list[FakeClient] = []  # noqa: RUF012

    def __init__(self, _commands: object, _home: object, *, read_everything: bool) -> None:
        self.read_everything = read_everything
        self.left = False
        self.token = ""
        FakeClient.made.append(self)

    async def __aenter__(self) -> FakeClient:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def start(self, token: str) -> None:
        self.token = token
        plan = FakeClient.plans.pop(0)
        if plan is not None:
            raise plan
        await asyncio.sleep(60)

    async def leave(self) -> None:
        self.left = True

    async def lost_for_long(self) -> None:
        await asyncio.sleep(0.05 if self.token == "lost" else 60)


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platforms, "Client", FakeClient)
    FakeClient.made = []


def a_platform(tmp_path: Path, token: str = "t0ken") -> DiscordPlatform:
    return DiscordPlatform(SecretStr(token), stand_in_commands(), tmp_path)


@pytest.mark.parametrize("trouble", [discord.LoginFailure("no"), closed(4004)])
async def test_a_refused_token_names_the_variable_and_not_the_token(tmp_path: Path, trouble: BaseException) -> None:
    FakeClient.plans = [trouble]

    with pytest.raises(UserError, match="DISCORD_TOKEN") as told:
        await a_platform(tmp_path).run(asyncio.Event())

    assert "t0ken" not in str(told.value)
    assert len(FakeClient.made) == 1


@pytest.mark.parametrize("trouble", [closed(4010), OSError("no route"), busy(), discord.GatewayNotFound()])
async def test_what_may_pass_is_temporary(tmp_path: Path, trouble: BaseException) -> None:
    FakeClient.plans = [trouble]

    with pytest.raises(TemporaryError, match="Discord"):
        await a_platform(tmp_path).run(asyncio.Event())


async def test_without_the_message_content_intent_it_logs_in_with_less(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stop = asyncio.Event()
    FakeClient.plans = [discord.PrivilegedIntentsRequired(None), None]

    running = asyncio.create_task(a_platform(tmp_path).run(stop))
    await asyncio.sleep(0.02)
    stop.set()
    await running

    assert [client.read_everything for client in FakeClient.made] == [True, False]
    assert FakeClient.made[1].left
    assert "Message Content Intent" in caplog.text


async def test_intents_that_are_refused_again_are_temporary(tmp_path: Path) -> None:
    FakeClient.plans = [discord.PrivilegedIntentsRequired(None), discord.PrivilegedIntentsRequired(None)]

    with pytest.raises(TemporaryError):
        await a_platform(tmp_path).run(asyncio.Event())


async def test_a_connection_lost_for_long_is_given_up_and_begun_anew_by_the_service(tmp_path: Path) -> None:
    FakeClient.plans = [None]

    with pytest.raises(TemporaryError, match="take it up again"):
        await a_platform(tmp_path, "lost").run(asyncio.Event())

    assert FakeClient.made[0].left


def test_a_reconnection_is_one_line_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    a_platform(tmp_path)
    logger = logging.getLogger("discord.client")

    lost = ConnectionResetError("by peer")
    logger.error("Attempting a reconnect in %.2fs", 1.5, exc_info=lost)
    logger.error("another matter", exc_info=lost)

    assert caplog.records[0].getMessage() == "Attempting a reconnect in 1.50s (ConnectionResetError)"
    assert caplog.records[0].exc_info is None
    assert caplog.records[1].exc_info


def test_its_repr_hides_the_token(tmp_path: Path) -> None:
    platform = a_platform(tmp_path)

    assert platform.name == "discord"
    assert "t0ken" not in f"{platform!r} {vars(platform)!r}"
