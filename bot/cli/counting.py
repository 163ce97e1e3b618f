"""`eval aggregates`."""

from __future__ import annotations

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def aggregates(
    *,
    ledgers: Annotated[int, typer.Option("--ledgers", min=1, max=10_000, help="How many ledgers to generate.")] = 500,
    questions: Annotated[int, typer.Option("--questions", min=1, max=200, help="Questions to each ledger.")] = 10,
    seed: Annotated[int, typer.Option("--seed", help="What the ledgers and questions are drawn from.")] = 1,
    as_json: AsJson = False,
) -> int:
    """Counting questions on generated ledgers beside plain SQL; ends with 1 when any answer differs."""
    import asyncio

    from bot.cli.output import thinking, told
    from bot.cli.start import begin
    from bot.commands.evaluate_aggregates import evaluate_aggregates

    begin()
    with thinking("counting ..."):
        reply = asyncio.run(evaluate_aggregates(seed, ledgers, questions))
    return told(reply, as_json=as_json)
