"""/account: what it shows, what it sets, what it refuses; money moves through the ledger alone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from bot.reply import Reply
from signals.accounting import CASH, EQUITY, PaperAccount, money_in
from tests.bot.chat_world import ADMIN, NOW, TRADER, VIEWER, World, in_channel
from tests.bot.paper_talk import PRICE, account, rows, trading
from tests.builders import candles_from

ME = TRADER.identity


def shown(reply: Reply) -> dict[str, str]:
    return {row[0]: row[1] for table in reply.tables for row in table.rows}


async def test_a_new_account_is_what_everybody_begins_with_and_showing_writes_nothing(world: World) -> None:
    reply = await account(world, caller=VIEWER)

    figures = shown(reply)
    assert reply.private
    assert "10,000.00 USDT" in reply.text
    assert (figures["free cash"], figures["risk per trade"], figures["style"], figures["shorts"]) == (
        "10,000.00",
        "2 %",
        "atr",
        "on",
    )
    assert not any((await rows(world)).values())


async def test_the_figures_are_the_ledger_s(world: World) -> None:
    await trading(world, "open eth short 1")
    await trading(world, "open eth long 0.5")
    await world.stores.candles.save(candles_from([float(PRICE) * 1.1], end=NOW + timedelta(hours=1)))
    world.clock.moment = NOW + timedelta(hours=1)

    figures = shown(await account(world))

    cost, half = PRICE, PRICE / 2
    rise = (Decimal(repr(float(PRICE) * 1.1)) - PRICE) * (Decimal("0.5") - 1)
    fees = (cost + half) / 1000
    assert figures["margin used by shorts"] == f"{cost:,.2f}"
    assert figures["proceeds of shorts, held"] == f"{cost:,.2f}"
    assert figures["free cash"] == f"{10_000 - cost - half - fees:,.2f}"
    assert figures["open trades, unrealised"] == f"{rise:+,.2f}"
    assert figures["equity"] == f"{10_000 - fees + rise:,.2f}"
    assert figures["balance (money in, results, fees)"] == f"{10_000 - fees:,.2f}"


async def test_the_balance_changes_by_deposits_and_withdrawals_after_a_confirmation(world: World) -> None:
    asked = await account(world, "balance 12000")
    assert not any((await rows(world)).values())
    set_to = await world.yes(TRADER, asked)
    put_in = await world.yes(TRADER, await account(world, "balance +500.50"))
    taken = await world.yes(TRADER, await account(world, "balance -2500.50"))

    kinds = [(entry.kind, entry.note) for entry in await world.stores.ledger.entries(ME, NOW)]
    balances = await world.stores.ledger.balances(ME, NOW)
    assert "2,000.00 USDT put in" in set_to.text
    assert "500.50 USDT put in" in put_in.text
    assert "2,500.50 USDT taken out" in taken.text
    assert sorted(kind for kind, _ in kinds) == ["deposit", "deposit", "deposit", "withdraw"]
    assert money_in(balances, CASH) == -money_in(balances, EQUITY) == 10_000


async def test_no_is_no(world: World) -> None:
    asked = await account(world, "balance 12000")
    assert asked.confirm is not None

    await world.press(TRADER, f"no:{asked.confirm.token}")

    assert not any((await rows(world)).values())


async def test_money_in_trades_cannot_be_taken_out_even_if_it_was_free_when_asked(world: World) -> None:
    asked = await account(world, "balance -9000")
    await trading(world, "open eth long 1")
    before = await rows(world)

    late, now = await world.yes(TRADER, asked), await account(world, "balance -9000")

    assert late.error
    assert "are free" in late.text
    assert "are free" in now.text
    assert await rows(world) == before


async def test_choices_are_kept_and_can_be_left_to_the_desk_again(world: World) -> None:
    assert "1.5 %, set by you" in (await account(world, "risk 1.5")).text
    assert "confidence, set by you" in (await account(world, "style Confidence")).text
    assert "off, set by you" in (await account(world, "shorts off")).text
    kept = await world.stores.accounts.get(ME)
    assert kept == PaperAccount(ME, Decimal("0.015"), "confidence", allow_short=False)
    for name in ("risk", "style", "shorts"):
        assert "set by the desk" in (await account(world, f"{name} default")).text
    assert await world.stores.accounts.get(ME) == PaperAccount(ME)
    assert await world.stores.accounts.get(ADMIN.identity) == PaperAccount(ADMIN.identity)


async def test_a_bold_risk_is_asked_about(world: World) -> None:
    asked = await account(world, "risk 8%")
    assert "43 %" in asked.text
    assert (await world.stores.accounts.get(ME)).risk_pct is None

    await world.yes(TRADER, asked)

    assert (await world.stores.accounts.get(ME)).risk_pct == Decimal("0.08")


async def test_a_chosen_risk_sizes_the_next_card(world: World) -> None:
    await account(world, "risk 0.1")

    card = (await world.run(TRADER, "signal", symbol="eth")).recommendations[0]
    sized = await world.run(TRADER, "size", symbol="eth")

    assert card.size_bound_by == "risk per trade"
    assert card.risk_usd <= 10
    assert "bound by risk per trade" in sized.text


BAD = [
    ("balance", "needs a value"),
    ("balance 0", "must be above 0"),
    ("balance -0", "must be above 0"),
    ("balance 1_000", "plain number"),
    ("balance １０００", "plain number"),
    ("balance NaN", "plain number"),
    ("balance 1e9", "plain number"),
    ("balance 99999999999999", "plain number"),
    ("balance +-5", "plain number"),
    ("balance -99999", "are free"),
    ("balance +0.001", "less than a cent"),
    ("risk 0", "out of range"),
    ("risk 11", "out of range"),
    ("risk -1", "not a percentage"),
    ("risk NaN", "not a percentage"),
    ("style bold", "possible: atr, confidence, default"),
    ("shorts maybe", "possible: on, off, default"),
    ("show 5", "does not fit"),
    ("money 5", "possible: show"),
]


async def test_what_does_not_fit_is_refused_and_changes_nothing(world: World) -> None:
    await account(world, "risk 1")
    await trading(world, "open eth long 0.5")
    before = await rows(world)

    for words, told in BAD:
        reply = await account(world, words)
        assert reply.error, words
        assert told.lower() in reply.text.lower(), f"{words}: {reply.text}"
    assert await rows(world) == before


async def test_in_a_channel_the_answer_is_private(world: World) -> None:
    assert (await account(world, caller=in_channel(TRADER))).private
