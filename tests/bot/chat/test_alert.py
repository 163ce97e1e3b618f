"""/alert in the chats: set, list, remove, plain words; one's own alone; what does not fit changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.commands.alert import ask_in_chat
from bot.jobs.alerts import AccountTerms, WatchAlerts
from bot.reply import Reply
from rag.desk import Desk
from storage.alert_tables import alert_firings, alerts
from storage.alerts import MOST_ALERTS
from tests.bot.chat_world import NOW, STRANGER, TRADER, VIEWER, World, in_channel
from tests.bot.worlds import desk_rules
from tests.builders import candles_from


async def alert(world: World, words: str, caller: Any = TRADER, event: str = "") -> Reply:
    action, _, details = words.partition(" ")
    return await world.run(caller, "alert", event, action=action, details=details)


async def rows(world: World) -> list[str]:
    async with world.stores.database.read() as conn:
        found = [*await conn.execute(sa.select(alerts)), *await conn.execute(sa.select(alert_firings))]
    return sorted(map(str, found))


def cells(reply: Reply) -> str:
    return "\n".join(" ".join(row) for table in reply.tables for row in table.rows)


async def test_an_alert_is_set_listed_told_and_removed(world: World) -> None:
    bars = await world.stores.candles.newest((await world.stores.candles.series())[0], 1)
    price = float(bars.close[-1])

    made = await alert(world, f"add eth 1h price above {price * 1.05:.2f}, every time")
    listed = await alert(world, "list")
    await world.stores.candles.save(candles_from([price, price * 1.1], end=NOW + timedelta(hours=1)))
    job = WatchAlerts(world.stores, Desk(world.stores, desk_rules(("replay",))), AccountTerms())
    await job.run(NOW + timedelta(hours=1))
    after = await alert(world, "list")
    removed = await alert(world, "remove 1")
    empty = await alert(world, "remove all")

    assert made.private
    assert f"Alert 1 is set: ETH/USDT 1h: price rises above {price * 1.05:,.2f}".rstrip("0") in made.text
    assert any("last close is" in note for note in made.notes)
    assert "never" in cells(listed)
    assert "2022-11-08 13:00 UTC: ETH/USDT 1h: price rises above" in cells(after)
    assert removed.text.startswith("Alert 1 is removed: ETH/USDT 1h: price")
    assert empty.error


async def test_what_is_true_already_is_said(world: World) -> None:
    reply = await alert(world, "add eth 1h price above 1")

    assert any("true already" in note for note in reply.notes)


async def test_what_an_account_does_right_after_its_alert_was_set_is_noticed(world: World) -> None:
    """The first look at the account comes after the trade: that it was untrue is known from the setting."""
    made = await alert(world, "add exposure above 1%")
    await world.run(TRADER, "trade", action="open", details="eth long 1")
    already = await alert(world, "add exposure above 2%")
    bars = await world.stores.candles.newest((await world.stores.candles.series())[0], 1)
    await world.stores.candles.save(candles_from([float(bars.close[-1])] * 2, end=NOW + timedelta(hours=1)))

    job = WatchAlerts(world.stores, Desk(world.stores, desk_rules(("replay",))), AccountTerms())
    await job.run(NOW + timedelta(hours=1))

    assert any("It stands at 0.00 % now." in note for note in made.notes)
    assert any("true already" in note for note in already.notes)
    assert [number for number, _ in await world.stores.alerts.firings(TRADER.identity)] == [1]


async def test_plain_words_are_asked_about_and_set_by_yes(world: World) -> None:
    asked = await world.ask(TRADER, "alert me when ETH breaks 70k")
    assert await rows(world) == []
    declined = await world.ask(TRADER, "notify me if the price of ETH drops below 15")
    assert declined.confirm is not None
    await world.press(TRADER, f"no:{declined.confirm.token}")

    done = await world.yes(TRADER, asked)

    assert "ETH/USDT 1h: price crosses 70,000, once" in asked.text
    assert "/alert add ETH breaks 70k" in asked.text
    assert done.text.startswith("Alert 1 is set: ETH/USDT 1h: price crosses 70,000")
    assert len(await rows(world)) == 1


async def test_plain_words_that_say_too_little_name_the_command(world: World) -> None:
    reply = await world.ask(TRADER, "alert me when doge moons")

    assert reply.error
    assert "/alert add" in reply.text
    assert "watched: ETH/USDT, BTC/USDT" in reply.text


async def test_nobody_sees_or_removes_the_alerts_of_another(world: World) -> None:
    await alert(world, "add eth price above 70000")

    other, removed = await alert(world, "list", VIEWER), await alert(world, "remove 1", VIEWER)
    mine = await alert(world, "add btc price above 70000", VIEWER)

    assert "You have no alerts" in other.text
    assert "you have no active alert 1; you have none" in removed.text.lower()
    assert "Alert 1 is set: BTC/USDT" in mine.text
    assert len(await world.stores.alerts.of_owner(TRADER.identity)) == 1


async def test_in_a_channel_the_answer_is_private_and_strangers_are_refused(world: World) -> None:
    assert (await alert(world, "list", in_channel(TRADER))).private
    assert (await alert(world, "add eth price above 1", STRANGER)).error
    assert await rows(world) == []


async def test_an_event_that_comes_twice_sets_one_alert(world: World) -> None:
    await alert(world, "add eth price above 70000", event="same")
    await alert(world, "add eth price above 70000", event="same")

    assert len(await rows(world)) == 1


async def test_there_is_a_most(world: World) -> None:
    for i in range(MOST_ALERTS):
        assert not (await alert(world, f"add eth price above {70_000 + i}")).error

    refused = await alert(world, "add eth price above 1")
    await alert(world, "remove 7")
    fits = await alert(world, "add eth price above 1")

    assert "the most there can be" in refused.text
    assert fits.text.startswith(f"Alert {MOST_ALERTS + 1} is set")


BAD = [
    ("add", "needs a condition"),
    ("add eth price above -5", "above 0"),
    ("add eth price above 1_000", "plain digits"),
    ("add eth price above １０００", "plain digits"),
    ("add eth price above NaN", "plain digits"),
    ("add eth price above 99999999999999999999", "plain digits"),
    ("add doge/usdt price above 1", "not a watched market"),
    ("add eth adx.foo above 1", "possible: adx_14"),
    ("add eth superternd above 1", "did you mean supertrend"),
    ("add eth price above 70000", "you have this alert already, as number 1"),
    ("list 5", "does not fit"),
    ("remove", "not a number of an alert"),
    ("remove 99", "no active alert 99; yours: 1"),
    ("remove -1", "not a number of an alert"),
    ("remove １", "not a number of an alert"),
    ("remove 1e0", "not a number of an alert"),
    ("explode 5", "possible: add, list, remove"),
]


async def test_what_does_not_fit_is_refused_in_a_line_and_changes_nothing(world: World) -> None:
    await alert(world, "add eth price above 70000")
    before = await rows(world)

    for words, told in BAD:
        reply = await alert(world, words)
        assert reply.error, words
        assert told.lower() in reply.text.lower(), f"{words}: {reply.text}"
    assert await rows(world) == before


async def test_without_candles_an_alert_can_be_set_and_says_so(world: World) -> None:
    reply = await alert(world, "add btc adx above 25")

    assert any("no candles of BTC/USDT 1h yet" in note for note in reply.notes)


def test_a_single_question_that_asks_for_an_alert_is_answered_with_the_command_and_never_with_advice() -> None:
    reply = ask_in_chat("alert me when BTC breaks 70k")

    assert reply is not None
    assert reply.error
    assert reply.text.endswith("/alert add BTC breaks 70k")
    assert ask_in_chat("should I buy BTC?") is None
