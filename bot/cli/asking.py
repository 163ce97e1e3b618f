"""`ask` and `chat`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from bot.commands.ask import Ask
    from bot.reply import Reply
    from bot.settings import Settings
    from rag.recommendation import Progress

Balance = Annotated[str | None, typer.Option("--balance", help="Your equity in USDT, a plain number above 0.")]
NoModel = Annotated[bool, typer.Option("--no-model", help="Rules and templates only.")]


def ask(
    *,
    text: Annotated[str, typer.Argument(help="The question; - reads it from standard input.")],
    balance: Balance = None,
    symbol: Annotated[str | None, typer.Option("--symbol", help="The market that is meant, such as ETH.")] = None,
    timeframe: Annotated[
        str | None, typer.Option("--timeframe", help="The timeframe that is meant, such as 4h.")
    ] = None,
    no_model: NoModel = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> int:
    """Answer one question, such as: deskmate ask "should I buy ETH with $2k?"."""
    import asyncio

    from bot.cli.output import print_reply, thinking
    from bot.cli.start import begin
    from bot.commands.ask import Ask, checked_text
    from bot.commands.caller import LOCAL

    question = checked_text(_from_stdin() if text == "-" else text)
    equity = _amount(balance)
    settings = begin()
    about = _about(settings, symbol, timeframe)
    request = Ask(LOCAL, f"{question}{about}", balance=equity, use_model=not no_model)
    with thinking("looking at the market and the records ...") as tell:
        reply = asyncio.run(_answer(settings, request, None if as_json else tell))
    print_reply(reply, as_json=as_json)
    return 0


def chat(*, balance: Balance = None, no_model: NoModel = False) -> int:
    """Talk in the terminal; follow-ups such as "and with $5k?" are understood. /help lists what else works."""
    import asyncio

    from bot.cli.start import begin
    from bot.cli.talk import Talk

    equity = _amount(balance)
    return asyncio.run(Talk(begin(), equity, use_model=not no_model).run())


async def _answer(settings: Settings, request: Ask, tell: Callable[[Reply], None] | None) -> Reply:
    """The reply; `tell` is shown what is known before, such as the checked sentences of an explanation."""
    from dataclasses import replace

    from bot.app import open_app
    from bot.commands.alert import ask_in_chat
    from bot.conversation import Conversation

    refused = ask_in_chat(request.text)
    if refused is not None:
        return refused
    async with open_app(settings) as parts:
        question = await parts.ask()
        if tell is None:
            return await question(request)

        async def say(reply: Reply) -> None:
            tell(reply)

        async def work(progress: Progress) -> Reply:
            return await question(replace(request, progress=progress))

        return await Conversation().answer(request.caller, say, work)


def _from_stdin() -> str:
    import sys

    from bot.commands.ask import LONGEST

    return sys.stdin.read(LONGEST + 1)


def _amount(text: str | None) -> Decimal | None:
    from bot.amounts import parse_amount

    return None if text is None else parse_amount(text, "--balance")


def _about(settings: Settings, symbol: str | None, timeframe: str | None) -> str:
    from bot.amounts import parse_timeframe, watched_symbol

    words = [] if symbol is None else [watched_symbol(symbol, settings.market.symbols)]
    words += [] if timeframe is None else [parse_timeframe(timeframe, settings.market.timeframes).value]
    return f" ({', '.join(words)})" if words else ""
