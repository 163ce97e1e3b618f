"""The command line's shape. Commands import what they need when they are called, so that `--help` is quick."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli import (
    asking,
    backtesting,
    counting,
    demo,
    grounded,
    keeping,
    learning,
    market,
    measuring,
    proving,
    replaying,
    service,
)


def build() -> typer.Typer:
    """The whole command line."""
    root = typer.Typer(
        help="Deskmate: a trading assistant that computes every number and explains itself.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    root.callback()(_root)
    for function in (demo.demo, asking.chat, asking.ask, market.sync, market.signals, learning.train):
        root.command()(function)
    for function in (backtesting.backtest, backtesting.lookahead, proving.tune, proving.trackrecord):
        root.command()(function)
    for function in (service.run, service.reindex, service.doctor):
        root.command()(function)
    for function in (keeping.backup, keeping.restore, keeping.health):
        root.command()(function)
    root.command()(replaying.replay)
    measures = (service.retrieval, counting.aggregates, grounded.grounding)
    evaluations = _group("eval", "Measure Deskmate on questions with known answers.", *measures, *measuring.MEASURES)
    evaluations.command("all")(measuring.every)
    root.add_typer(evaluations)
    root.add_typer(_group("db", "The database's own matters.", service.upgrade))
    return root


def _group(name: str, text: str, *functions: object) -> typer.Typer:
    group = typer.Typer(name=name, help=text, no_args_is_help=True)
    group.callback()(_group_callback)
    for function in functions:
        group.command()(function)  # type: ignore[type-var]
    return group


def _group_callback() -> None:
    """Keep the group a group even with a single command."""


def _version(*, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"deskmate {version('deskmate')}")
        raise typer.Exit


def _root(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=lambda value: _version(wanted=value), is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """Settings come from the environment and from `.env`; see `.env.example`."""
