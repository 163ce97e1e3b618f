"""`replay`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.commands.replay import Replay
    from bot.reply import Reply
    from bot.settings import Settings


def replay(
    *,
    recommendation_id: Annotated[str, typer.Argument(metavar="ID", help="The recommendation_id of an answer.")],
    model: Annotated[str | None, typer.Option("--model", help="Put the same facts to this model and compare.")] = None,
    rules: Annotated[bool, typer.Option("--rules", help="Show the answer of the rules alone.")] = False,
    rejudge: Annotated[bool, typer.Option("--rejudge", help="Compute it anew from the records as of then.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
) -> int:
    """Build a logged recommendation again from its stored facts and sources, and compare."""
    import asyncio

    from bot.cli.output import print_reply
    from bot.cli.start import begin
    from bot.commands.caller import LOCAL
    from bot.commands.replay import Replay

    request = Replay(LOCAL.owner, recommendation_id.strip(), model, rules, rejudge)
    reply = asyncio.run(_replay(begin(), request))
    print_reply(reply, as_json=as_json)
    return 0


async def _replay(settings: Settings, request: Replay) -> Reply:
    from bot.app import open_app

    async with open_app(settings) as parts:
        return await (await parts.replay())(request)
