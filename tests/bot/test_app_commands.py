"""The commands as the application wires them, over a data folder that is opened again."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from bot.app import App, open_app
from bot.commands.caller import LOCAL, Caller
from bot.commands.registry import Commands
from bot.commands.spec import Invocation
from bot.reply import Reply
from bot.schedule import Schedule
from bot.service import schedule_of
from bot.settings import Settings, load
from signals.errors import UserError
from signals.model import Timeframe


def settings(folder: Path, provider: str = "none", **access: object) -> Settings:
    market = {"source": "simulated", "symbols": ("BTC/USDT", "ETH/USDT"), "timeframes": (Timeframe.H1,)}
    missing = {"model_dir": folder / "no-model"}
    return load(
        env_file=None, data_dir=folder, llm={"provider": provider}, market=market, embedding=missing, access=access
    )


async def commands_of(app: App) -> Commands:
    return await app.commands(await schedule_of(app))


async def run(commands: Commands, name: str, caller: Caller = LOCAL, /, **values: str) -> Reply:
    async def say(_reply: Reply) -> None: ...

    reply = await commands.run(name, Invocation(caller, values, uuid4().hex, say))
    if reply.confirm is None:
        return reply
    return await commands.press(f"yes:{reply.confirm.token}", Invocation(caller, {}, uuid4().hex, say))


async def test_changes_outlive_the_process(tmp_path: Path) -> None:
    async with open_app(settings(tmp_path, "ollama")) as app:
        commands = await commands_of(app)
        await run(commands, "universe", action="add", symbol="SOL/USDT")
        await run(commands, "universe", action="remove", symbol="BTC/USDT")
        await run(commands, "model", name="other:1b")

    async with open_app(settings(tmp_path, "ollama")) as app:
        assert app.watch.symbols == app.watched.symbols == ("ETH/USDT", "SOL/USDT")
        assert app.chat_model is not None
        assert app.chat_model.name == "other:1b"
        assert "other:1b" in (await run(await commands_of(app), "model")).text


async def test_the_jobs_take_up_a_change_of_another_process(tmp_path: Path) -> None:
    async with open_app(settings(tmp_path)) as running, open_app(settings(tmp_path)) as other:
        schedule: Schedule = await schedule_of(running)
        await other.universe.change("SOL/USDT", "terminal:local", watched=True)

        ended = await schedule.run_now("sync")

        assert ended is not None
        assert "3 of 3 series ok" in ended.detail
        assert running.watch.symbols == ("BTC/USDT", "ETH/USDT", "SOL/USDT")


async def test_without_a_provider_there_is_no_model_to_switch(tmp_path: Path) -> None:
    async with open_app(settings(tmp_path)) as app:
        assert "LLM_PROVIDER" in (await run(await commands_of(app), "model", name="x")).text


async def test_settings_make_owners_and_close_the_door(tmp_path: Path) -> None:
    asked = settings(tmp_path, owners=("discord:1",), default_role="stranger")
    async with open_app(asked) as app:
        commands = await commands_of(app)
        owner, nobody = Caller("discord", "1"), Caller("discord", "2")

        assert not (await run(commands, "jobs", owner)).error
        assert "not known here" in (await run(commands, "status", nobody)).text


@pytest.mark.parametrize("role", ["trader", "owner", "boss"])
def test_nobody_is_born_more_than_a_viewer(tmp_path: Path, role: str) -> None:
    with pytest.raises(UserError, match="ACCESS_DEFAULT_ROLE"):
        settings(tmp_path, default_role=role)


async def test_health_tells_how_the_platforms_of_this_process_are(tmp_path: Path) -> None:
    async with open_app(settings(tmp_path)) as app:
        app.platform_states = {"discord": "running", "telegram": "token refused; next try in 900 s"}
        reply = await run(await commands_of(app), "health")

    parts = {row[1]: (row[0], row[2]) for row in reply.tables[0].rows}
    assert parts["Discord"] == ("ok", "runs in this process")
    assert parts["Telegram"] == ("warn", "token refused; next try in 900 s")


async def test_platforms_are_those_with_a_token(tmp_path: Path) -> None:
    both = settings(tmp_path).model_copy(
        update={
            "discord": load(env_file=None, discord={"token": "d" * 70}).discord,
            "telegram": load(env_file=None, telegram={"token": "1:" + "t" * 35}).telegram,
        }
    )
    async with open_app(settings(tmp_path)) as app:
        assert app.platforms(await commands_of(app)) == ()
    async with open_app(both) as app:
        platforms = app.platforms(await commands_of(app))

    assert [platform.name for platform in platforms] == ["discord", "telegram"]
    assert "d" * 70 not in repr(platforms)
