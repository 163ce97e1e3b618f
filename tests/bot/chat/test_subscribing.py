"""Channels, people and their preferences, as they are typed and confirmed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.commands.caller import LOCAL, Caller
from bot.commands.subscribing import share_line
from bot.reply import Reply
from tests.bot.chat_world import ADMIN, NOW, PHONE, TRADER, VIEWER, World, in_channel
from tests.builders import an_issued

HERE = "discord:channel:general"
TOPIC = Caller("telegram", "30", private=False, channel="-100/7")


def settings(reply: Reply) -> dict[str, str]:
    """The table of settings."""
    assert reply.tables, reply.text
    return dict(reply.tables[0].rows)  # type: ignore[arg-type]


async def is_on(world: World, address: str) -> bool:
    found = await world.stores.destinations.get(address)
    return found is not None and found.on


async def test_an_admin_switches_a_channel_on_and_off_after_a_confirmation(world: World) -> None:
    asked = await world.run(in_channel(ADMIN), "broadcast", action="here")
    before = await is_on(world, HERE)
    told = await world.yes(ADMIN, asked)
    again = await world.run(in_channel(ADMIN), "broadcast", action="here")
    listed = await world.run(ADMIN, "broadcast", action="list")
    on = await is_on(world, HERE)
    await world.yes(ADMIN, await world.run(in_channel(ADMIN), "broadcast", action="off"))
    off = await world.run(in_channel(ADMIN), "broadcast", action="off")

    assert (before, on, await is_on(world, HERE)) == (False, True, False)
    assert "Everybody in this chat reads them" in asked.text
    assert told.text == f"{HERE} gets new signals and their life."
    assert again.confirm is None
    assert listed.tables[0].rows[0][:2] == (HERE, "on")
    assert off.text == "This place gets no signals."


async def test_a_channel_is_not_switched_by_others_nor_from_elsewhere(world: World) -> None:
    denied = await world.run(in_channel(TRADER), "broadcast", action="here")
    direct = await world.run(ADMIN, "broadcast", action="here")
    terminal = await world.run(LOCAL, "broadcast", action="here")

    assert "needs the role admin" in denied.text
    assert "/subscribe sends to you directly" in direct.text
    assert "A terminal cannot be messaged" in terminal.text
    assert await world.stores.destinations.all() == ()


async def test_a_telegram_topic_is_a_place_of_its_own(world: World) -> None:
    await world.yes(LOCAL, await world.run(LOCAL, "role", action="set", user="telegram:30", role="admin"))
    asked = await world.run(TOPIC, "broadcast", action="here")
    await world.yes(PHONE, asked)

    assert await is_on(world, "telegram:chat:-100/7")
    assert not await is_on(world, "telegram:chat:-100")


async def test_a_person_subscribes_to_some_markets_and_ends_it(world: World) -> None:
    some = await world.run(VIEWER, "subscribe", symbols="eth, BTC/USDT eth")
    on = await is_on(world, "discord:user:4")
    every = await world.run(VIEWER, "subscribe", symbols="all")
    again = await world.run(VIEWER, "subscribe")
    ended = await world.run(VIEWER, "subscribe", symbols="off")
    unknown = await world.run(VIEWER, "subscribe", symbols="DOGE")

    assert settings(some)["symbols"] == "ETH/USDT, BTC/USDT"
    assert (on, await is_on(world, "discord:user:4")) == (True, False)
    assert settings(every)["symbols"] == settings(again)["symbols"] == "all"
    assert "no more signals" in ended.text
    assert "not a watched market" in unknown.text
    assert some.private


async def test_in_a_channel_a_person_subscribes_for_themselves(world: World) -> None:
    reply = await world.run(in_channel(PHONE, "-5"), "subscribe")

    assert reply.private
    assert await is_on(world, "telegram:chat:30")
    assert not await is_on(world, "telegram:chat:-5")


async def test_the_terminal_saves_settings_and_says_that_it_cannot_be_messaged(world: World) -> None:
    told = await world.run(LOCAL, "subscribe", symbols="eth")
    changed = await world.run(LOCAL, "prefs", setting="quiet", value="22:00-07:00")

    assert "A terminal cannot be messaged" in told.text
    assert "A terminal cannot be messaged" in " ".join(changed.notes)
    assert (settings(changed)["symbols"], settings(changed)["quiet"]) == ("ETH/USDT", "22:00 to 07:00")
    assert await world.stores.destinations.all() == ()


@pytest.mark.parametrize(
    ("setting", "value", "shown"),
    [
        ("symbols", "btc", "BTC/USDT"),
        ("symbols", "all", "all"),
        ("timeframes", "1h,4h", "1h, 4h"),
        ("timeframes", "all", "all"),
        ("confidence", "55 %", "55 %"),
        ("confidence", "0", "off: any signal the rules issue"),
        ("confidence", "off", "off: any signal the rules issue"),
        ("quiet", "22:30 - 06:15", "22:30 to 06:15"),
        ("quiet", "off", "off"),
        ("zone", "europe/berlin", "Europe/Berlin"),
        ("zone", "UTC", "UTC"),
        ("digest", "off", "off"),
        ("digest", "ON", "daily at 08:00"),
    ],
)
async def test_a_setting_is_kept_as_it_was_meant(world: World, setting: str, value: str, shown: str) -> None:
    await world.run(VIEWER, "prefs", setting=setting, value=value)

    assert settings(await world.run(VIEWER, "prefs"))[setting] == shown


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("symbols", "DOGE", "not a watched market"),
        ("timeframes", "9h", "not a watched timeframe"),
        ("confidence", "101", "whole percent from 0 to 100"),
        ("confidence", "５５", "whole percent from 0 to 100"),
        ("confidence", "-5", "whole percent from 0 to 100"),
        ("quiet", "22-7", "22:00-07:00"),
        ("quiet", "25:00-07:00", "22:00-07:00"),
        ("quiet", "07:00-07:00", "two different times"),
        ("zone", "berlin", "did you mean Europe/Berlin?"),
        ("zone", "Europe/Berlim", "did you mean Europe/Berlin"),
        ("zone", "../../etc/passwd", "is not a time zone"),
        ("zone", "new york", "did you mean America/New_York?"),
        ("digest", "maybe", "possible: on, off"),
    ],
)
async def test_what_cannot_be_meant_is_refused_and_changes_nothing(
    world: World, setting: str, value: str, told: str
) -> None:
    before = settings(await world.run(VIEWER, "prefs"))
    reply = await world.run(VIEWER, "prefs", setting=setting, value=value)

    assert reply.error
    assert told in reply.text
    assert settings(await world.run(VIEWER, "prefs")) == before


async def test_a_value_without_a_setting_asks_which(world: World) -> None:
    assert "Which setting?" in (await world.run(VIEWER, "prefs", value="22:00-07:00")).text


async def test_only_an_admin_sets_what_a_channel_gets_and_everything_about_it_is_audited(world: World) -> None:
    await world.yes(ADMIN, await world.run(in_channel(ADMIN), "broadcast", action="here"))
    here = {"whose": "here", "setting": "timeframes", "value": "4h"}

    denied = await world.run(in_channel(TRADER), "prefs", **here)
    done = await world.run(in_channel(ADMIN), "prefs", **here)
    nowhere = await world.run(ADMIN, "prefs", **here)

    wanted = await world.stores.subscriptions.get(HERE)
    audited = [(e.identity, e.outcome) for e in await world.stores.audit.newest(20) if e.act.startswith("prefs here")]
    assert denied.error
    assert wanted is not None
    assert wanted.timeframes == ("4h",)
    assert done.text.startswith("This place gets")
    assert done.private
    assert "give it there" in nowhere.text
    assert audited == [(ADMIN.identity, "done"), (TRADER.identity, "denied")]


async def test_the_floor_comes_with_the_share_of_issued_signals_that_would_have_passed(world: World) -> None:
    none_yet = await world.run(VIEWER, "prefs")
    for i, confidence in enumerate((0.51, 0.54, 0.58, None)):
        issued = an_issued(known_at=NOW - timedelta(hours=i), bar_open_at=NOW - timedelta(hours=i + 1))
        await world.stores.signals.emit(replace(issued, confidence=confidence))

    no_floor = await world.run(VIEWER, "prefs")
    floor = await world.run(VIEWER, "prefs", setting="confidence", value="54")
    too_high = await world.run(VIEWER, "prefs", setting="confidence", value="70")

    assert "No signal has been issued yet" in none_yet.notes[0]
    assert no_floor.notes[0].startswith("No floor: all of the last 4 issued signals would have reached you.")
    assert floor.notes[0].startswith("2 of the last 4 issued signals would have passed your floor of 54 %.")
    assert "Their confidence was 51 % to 58 %." in floor.notes[0]
    assert "1 was uncalibrated; such never pass a floor" in floor.notes[0]
    assert too_high.notes[0].startswith("0 of the last 4")


def test_the_share_of_nothing_but_uncalibrated_signals_names_no_span() -> None:
    assert "confidence was" not in share_line([an_issued()], 50)


async def test_prefs_say_whether_anything_is_sent_at_all(world: World) -> None:
    before = " ".join((await world.run(VIEWER, "prefs")).notes)
    await world.run(VIEWER, "subscribe")

    assert "/subscribe switches them on" in before
    assert "switches them on" not in " ".join((await world.run(VIEWER, "prefs")).notes)


async def test_the_buttons_of_a_broadcast_serve_everybody_and_know_no_strangers_signal(world: World) -> None:
    issued = an_issued()
    await world.stores.signals.emit(issued)

    why = await world.press(VIEWER, f"why:{issued.signal_id}")
    chart = await world.press(in_channel(TRADER), f"chart:{issued.signal_id}")
    unknown = await world.press(VIEWER, "why:replay:ETH/USDT:1h:2020-01-01T00:00:00Z")

    assert "BUY, because" in why.text
    assert chart.pictures[0].png.startswith(b"\x89PNG")
    assert "not known here" in unknown.text
