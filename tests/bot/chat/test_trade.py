"""/trade: what a person opens, closes, notes, imports and exports, and what is refused without a trace."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from bot.roles import Role
from signals.accounting import CASH, PaperAccount, money_in
from storage.people import RoleRow
from tests.bot.chat_world import ADMIN, NOW, OWNER, PHONE, TRADER, VIEWER, World, chat_world, in_channel
from tests.bot.paper_talk import PRICE, only, rows, trading
from tests.builders import candles_from
from tests.paper import book
from tests.storage.builders import trade


async def test_a_trade_opens_at_the_last_close_with_its_fee(world: World) -> None:
    reply = await trading(world, "open eth buy 0.5")

    booked = await only(world)
    assert not reply.error, reply.text
    assert reply.private
    assert "#t1 LONG 0.5 ETH" in reply.text
    assert "no order was sent" in reply.text
    assert booked.trade.entry == PRICE
    assert booked.fills[0].fee == (PRICE / 2 / 1000).quantize(Decimal("1E-8"))
    balances = await world.stores.ledger.balances(TRADER.identity, NOW)
    assert money_in(balances, CASH) == 10_000 - booked.fills[0].cost - booked.fills[0].fee


async def test_levels_are_kept_and_an_entry_of_one_s_own_is_taken(world: World) -> None:
    entry, stop, target = (PRICE * Decimal(f) for f in ("0.99", "0.9", "1.2"))
    words = [f"{price:.2f}" for price in (entry, stop, target)]

    reply = await trading(world, "open ETH/USDT long 0.5", *words)

    plan = (await only(world)).plan
    assert "your price" in reply.text
    assert (plan.stop, plan.targets) == (Decimal(words[1]), (Decimal(words[2]),))


async def test_a_replayed_event_opens_nothing(world: World) -> None:
    first, second = [await trading(world, "open eth long 0.5", event="same") for _ in range(2)]

    assert (first.error, second.repeat) == (False, True)
    assert len(await world.stores.book.of_owner(TRADER.identity)) == 1


async def test_parts_and_the_rest_are_closed(world: World) -> None:
    await trading(world, "open eth long 0.5")

    part = await trading(world, "close #t1 0.2")
    rest = await trading(world, "close t1 all", f"{PRICE * Decimal('1.1'):.2f}")
    again = await trading(world, "close 1")

    booked = await only(world)
    assert "0.3 ETH still open" in part.text
    assert "after fees" in rest.text
    assert again.error
    assert "already" in again.text
    assert booked.trade.exit_reason == "manual"
    assert booked.trade.pnl_usd is not None
    assert booked.trade.pnl_usd > 0


async def test_closing_first_follows_what_has_happened_since(world: World) -> None:
    await trading(world, "open eth long 0.5 -", f"{PRICE * Decimal('0.95'):.2f}")
    fall = candles_from([float(PRICE), float(PRICE) * 0.9], end=NOW + timedelta(hours=2))
    await world.stores.candles.save(fall)
    world.clock.moment = NOW + timedelta(hours=2)

    reply = await trading(world, "close 1 all")

    assert reply.error
    assert "was closed" in reply.text
    assert (await only(world)).trade.exit_reason == "stop_loss"


async def test_two_close_at_once_and_one_is_told(world: World) -> None:
    await trading(world, "open eth long 0.5")

    replies = await asyncio.gather(*(trading(world, "close 1 all") for _ in range(3)))

    assert sum(not reply.error for reply in replies) == 1
    assert len((await only(world)).fills) == 2


async def test_notes_are_added_and_shown_with_their_trade(world: World) -> None:
    await trading(world, "open eth long 0.5")
    await trading(world, "note 1 entered too early")
    await trading(world, "note #t1", "<b>second</b>", "thought")

    shown = await trading(world, "list #t1")

    assert [row[1] for row in shown.tables[-1].rows] == ["entered too early", "<b>second</b> thought"]
    found = await world.ask(TRADER, "what did I note about my ETH trades?")
    assert any("Entered too early. <b>second</b> thought" in source.text for source in found.sources)


async def test_the_list_shows_open_and_closed_trades(world: World) -> None:
    assert "no trades yet" in (await trading(world, "list")).text
    await trading(world, "open eth long 0.5")
    await trading(world, "open eth long 0.25")
    await trading(world, "close 1")

    both, still, ended = [await trading(world, "list", kind) for kind in ("", "open", "closed")]

    assert [len(reply.tables) for reply in (both, still, ended)] == [2, 1, 1]
    assert still.tables[0].rows[0][0] == "#t2 ETH long"
    assert ended.tables[0].rows[0][0] == "#t1 ETH long"


async def test_nobody_sees_or_touches_another_s_trade(world: World) -> None:
    await trading(world, "open eth long 0.5")
    before = await rows(world)

    for words in ("close 1", "note 1 mine now", "list 1"):
        reply = await trading(world, words, caller=ADMIN)
        assert reply.error
        assert "You have no trade #t1" in reply.text
    assert "no trades" in (await trading(world, "export", caller=OWNER)).text
    assert await rows(world) == before


async def test_a_viewer_does_not_trade(world: World) -> None:
    reply = await trading(world, "open eth long 0.5", caller=VIEWER)

    assert "needs the role trader" in reply.text
    assert (await rows(world))["trades"] == []


async def test_in_a_channel_the_answer_is_private(world: World) -> None:
    assert (await trading(world, "list", caller=in_channel(TRADER))).private


BAD = [
    ("open", "Write: /trade open"),
    ("open eth long", "Write: /trade open"),
    ("open eth long 1 2 3 4 5", "Write: /trade open"),
    ("open doge long 1", "is not a watched market"),
    ("open eth up 1", "possible: long, short"),
    ("open eth long 0", "must be above 0"),
    ("open eth long -1", "write a plain number"),
    ("open eth long 1_000", "write a plain number"),
    ("open eth long １", "write a plain number"),
    ("open eth long NaN", "write a plain number"),
    ("open eth long 1e3", "write a plain number"),
    ("open eth long 99999999999999999999", "write a plain number"),
    ("open eth long 0.0000000001", "at most 8 decimals"),
    ("open eth long 0.00000001", "smallest order"),
    ("open eth long 999999", "are free"),
    ("open eth long 0.5 9", "more than 25 % away"),
    ("open eth long 0.5 - 99999", "must lie below"),
    ("open eth long 0.5 - - 1", "must lie above"),
    ("open eth short 0.5 - 1", "must lie above"),
    ("close", "Write: /trade close"),
    ("close 1 2 3 4", "Write: /trade close"),
    ("close x", "is not the id of a trade"),
    ("close １", "is not the id of a trade"),
    ("close 77", "You have no trade #t77"),
    ("close 1 0", "must be above 0"),
    ("close 1 -0.1", "write a plain number"),
    ("close 1 0.6", "only 0.5 of #t1 is open"),
    ("close 1 all NaN", "write a plain number"),
    ("close 1 all 1", "more than 25 % away"),
    ("close 2", "was closed"),
    ("note", "Write: /trade note"),
    ("note 1", "Write: /trade note"),
    ("note x words", "is not the id of a trade"),
    ("note 77 words", "You have no trade #t77"),
    ("note 1 " + "long " * 300, "write at most 1,000"),
    ("list 77", "You have no trade #t77"),
    ("list what", "is not the id of a trade"),
    ("import", "Paste the CSV"),
    ("import nonsense", "must name the columns"),
    ("export now", "export takes nothing else"),
    ("sell", "possible: open"),
]


async def test_whatever_does_not_fit_is_refused_in_one_clear_line_and_changes_nothing(world: World) -> None:
    await trading(world, "open eth long 0.5")
    await trading(world, "open eth long 0.1")
    await trading(world, "close 2")
    before = await rows(world)

    for words, told in BAD:
        reply = await trading(world, words)
        assert reply.error, words
        assert told.lower() in reply.text.lower(), f"{words}: {reply.text}"
        assert len(reply.text) < 300, words
    assert await rows(world) == before


async def test_without_candles_nothing_is_filled(tmp_path: Path) -> None:
    async with chat_world(tmp_path) as world:
        reply = await trading(world, "open eth long 0.5")

        assert reply.error
        assert "o price of ETH/USDT is known" in reply.text
        assert (await rows(world))["ledger_entries"] == []


async def test_shorts_need_leave_and_the_daily_limit_ends_the_day(world: World) -> None:
    await world.stores.accounts.save(PaperAccount(TRADER.identity, allow_short=False))
    short = await trading(world, "open eth short 0.5")
    lost = trade("lost", TRADER.identity, pnl_usd=Decimal(-900), closed_at=NOW - timedelta(hours=2))
    await book(world.stores, lost)
    late = await trading(world, "open eth long 0.5")

    assert "takes no shorts" in short.text
    assert "daily limit" in late.text
    assert len(await world.stores.book.of_owner(TRADER.identity)) == 1


async def test_a_large_trade_is_opened_and_what_it_goes_beyond_is_said(world: World) -> None:
    quantity = (Decimal(6000) / PRICE).quantize(Decimal("0.0001"))

    reply = await trading(world, f"open eth long {quantity}")

    assert not reply.error
    assert any("60 % of your equity" in note for note in reply.notes)
    assert any("open risk" in note for note in reply.notes)


async def test_joined_people_see_both_histories(world: World) -> None:
    await world.stores.people.set_role(RoleRow(PHONE.identity, Role.TRADER, "test", NOW))
    await trading(world, "open eth long 0.5")
    await trading(world, "open eth long 0.25", caller=PHONE)
    code = (await world.run(TRADER, "link")).text.split()[3]
    asked = await world.run(PHONE, "link", code=code)
    joined = await world.yes(PHONE, asked)

    listed = await trading(world, "list open", caller=PHONE)

    assert "balances add up" in asked.text
    assert "both histories" in joined.text
    assert [row[0] for row in listed.tables[0].rows] == ["#t2 ETH long", "#t1 ETH long"]
