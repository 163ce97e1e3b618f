"""`eval grounding`."""

from __future__ import annotations

from typing import Annotated

import typer


def grounding(
    *,
    seed: Annotated[int, typer.Option("--seed", help="Other markets, other sentences.")] = 20_260_612,
    sentences: Annotated[int, typer.Option("--sentences", min=100, max=200_000, help="How many to check.")] = 6_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print the matrix as JSON.")] = False,
) -> int:
    """True sentences over generated records and the same with one thing wrong: what the checks keep and flag."""
    from bot.cli.output import told
    from bot.commands.evaluate_grounding import evaluate_grounding

    reply = evaluate_grounding(seed, sentences)
    return told(reply, as_json=as_json)
