"""`eval routing`, `eval followups`, `eval abstention`, `eval sentiment` and `eval all`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Seed = Annotated[int, typer.Option("--seed", help="What the questions are drawn from.")]


def routing(
    *,
    n: Annotated[int, typer.Option("--n", min=1, max=100_000, help="How many questions.")] = 2_000,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> int:
    """Whether generated questions of every intent, half of them messy, are sent the right way."""
    from bot.cli.output import told
    from bot.commands.evaluate_all import evaluate_routing

    reply = evaluate_routing(n, seed)
    return told(reply, as_json=as_json)


def followups(
    *,
    n: Annotated[int, typer.Option("--n", min=1, max=100_000, help="How many pairs of questions.")] = 1_200,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> int:
    """Whether short questions keep what they leave out of the one before, and nothing else."""
    from bot.cli.output import told
    from bot.commands.evaluate_all import evaluate_followups

    reply = evaluate_followups(n, seed)
    return told(reply, as_json=as_json)


def abstention(
    *,
    n: Annotated[int, typer.Option("--n", min=1, max=100_000, help="How many questions.")] = 400,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> int:
    """Whether what has no answer gets none, by the right rule, and what has one gets it."""
    import asyncio

    from bot.cli.output import thinking, told
    from bot.commands.evaluate_all import evaluate_abstention

    with thinking("asking ..."):
        reply = asyncio.run(evaluate_abstention(n, seed))
    return told(reply, as_json=as_json)


def sentiment(
    *,
    data: Annotated[Path, typer.Option("--data", help="A CSV file with the columns text and label.")],
    as_json: AsJson = False,
) -> int:
    """The tone of labelled headlines beside plain VADER and the commonest class; ends with 1 when either is better."""
    from bot.cli.output import told
    from bot.commands.evaluate_sentiment import evaluate_sentiment

    reply = evaluate_sentiment(data)
    return told(reply, as_json=as_json)


def every(
    *,
    small: Annotated[bool, typer.Option("--small", help="Fewer questions of each kind.")] = False,
    records: Annotated[Path | None, typer.Option("--records", help="Records for retrieval as well.")] = None,
    questions: Annotated[Path | None, typer.Option("--questions", help="Questions for retrieval as well.")] = None,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> int:
    """Every measurement with its floor, retrieval too when its files are given; ends with 1 below a floor."""
    import asyncio

    from bot.cli.output import thinking, told
    from bot.cli.start import begin
    from bot.commands.evaluate import evaluate_retrieval
    from bot.commands.evaluate_all import evaluate_all

    settings = begin()
    with thinking("measuring ..."):
        found = asyncio.run(evaluate_retrieval(settings, records, questions)) if records and questions else None
        reply = asyncio.run(evaluate_all(seed, small=small, retrieval=found))
    return told(reply, as_json=as_json)


MEASURES = (routing, followups, abstention, sentiment)
