"""Typed lines: commands by name, buttons by label, everything else a question."""

from __future__ import annotations

import pytest

from bot.commands.spec import Invocation
from bot.reply import Button, Confirmation, Reply
from bot.terminal_commands import TypedCommands, hint
from tests.bot.desk_commands import stand_in_commands

CARD = (Button("Take", "take:ab12"), Button("Why", "why:ab12"))


def typed() -> TypedCommands:
    async def card(_invocation: Invocation) -> Reply:
        return Reply("card", buttons=CARD)

    async def asks(_invocation: Invocation) -> Reply:
        return Reply("sure?", confirm=Confirmation("t0", "sure?", 60.0))

    return TypedCommands(stand_in_commands({"signal": card, "reindex": asks}), lambda _reply: None)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("should I buy ETH?", "ask {'question': 'should I buy ETH?'}"),
        ("/similar eth 4h", "similar {'symbol': 'eth', 'timeframe': '4h'}"),
        ("/size eth 5000 1", "size {'symbol': 'eth', 'balance': '5000', 'risk': '1'}"),
        ("/JOBS", "jobs {}"),
        ("/chart eth 1h rsi macd", "chart {'symbol': 'eth', 'timeframe': '1h', 'indicators': 'rsi macd'}"),
    ],
)
async def test_a_line_is_a_command_or_a_question(line: str, expected: str) -> None:
    assert (await typed().answer(line)).text == expected


async def test_buttons_of_the_last_card_are_pressed_by_their_names() -> None:
    terminal = typed()
    await terminal.answer("/signal eth")

    why = await terminal.answer(":why")
    take = await terminal.answer(":Take")
    unknown = await terminal.answer(":sell")

    assert why.text == "why: {'id': 'ab12'}"
    assert take.text == "take: {'id': 'ab12'}"
    assert "possible: :take :why" in unknown.text


async def test_yes_answers_the_question_before_and_is_plain_text_otherwise() -> None:
    terminal = typed()
    plain = await terminal.answer("yes")
    await terminal.answer("/reindex all")

    confirmed, again = await terminal.answer("YES"), await terminal.answer("no")

    assert plain.text == "ask {'question': 'yes'}"
    assert confirmed.text == "yes: {'id': 't0'}"
    assert again.text == "ask {'question': 'no'}"


async def test_what_does_not_fit_is_told_with_the_usage() -> None:
    terminal = typed()

    assert (await terminal.answer("/nope")).error
    assert "symbol is missing" in (await terminal.answer("/signal")).text
    assert "nothing to press" in (await terminal.answer(":why")).text


def test_the_hint_names_what_can_be_pressed() -> None:
    assert hint(CARD) == ":take :why"
    assert hint(Confirmation("t", "?", 60.0).buttons) == "yes no"
