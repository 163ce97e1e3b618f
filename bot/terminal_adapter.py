"""The terminal's face: a Reply as Rich renderables, readable at 80 columns and without colour.

Everything from outside goes in as `Text`, never as markup, and without control characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.box import ROUNDED, SIMPLE
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from bot import wording
from bot.reply import Reply, Table
from rag.recommendation import Recommendation, Source
from signals.model import Action, Vote

STYLES = {1: "bold green", -1: "bold red", 0: "bold yellow"}
SOURCE_LENGTH = 320


def show(reply: Reply, console: Console) -> None:
    """Print the whole reply."""
    for part in parts(reply):
        console.print(part)


def parts(reply: Reply) -> Iterator[RenderableType]:
    """The reply's renderables from top to bottom."""
    if reply.interpretation:
        yield _text(reply.interpretation, "dim")
    if reply.text:
        yield _text(reply.text, "bold red" if reply.error else "")
    for recommendation in reply.recommendations:
        yield card(recommendation)
    for table in reply.tables:
        yield grid(table)
    if reply.sources:
        yield _sources(reply.sources)
    for note in reply.notes:
        yield _text(f"- {note}", "dim")


def card(r: Recommendation) -> Panel:
    """One recommendation: what, how much, the plan, why, the votes, warnings and sources."""
    style = STYLES[r.action.direction] if r.action.is_advice else "bold magenta"
    market = " ".join(part for part in (r.symbol, r.timeframe) if part)
    name = r.action.value.replace("_", " ")
    title = Text(f"{name} {market}".strip(), style)
    if r.simulated:
        title.append(" SIMULATED MARKET", "bold magenta")
    body = Group(*_body(r))
    return Panel(
        body,
        title=title,
        title_align="left",
        subtitle=_text(wording.method_label(r)),
        subtitle_align="right",
        box=ROUNDED,
    )


def grid(table: Table) -> RichTable:
    """Rows under headings; long cells are folded, not cut."""
    out = RichTable(title=_text(table.title) if table.title else None, box=SIMPLE, title_justify="left", pad_edge=False)
    for column in table.columns:
        out.add_column(_text(column), overflow="fold")
    for row in table.rows:
        out.add_row(*(_text(cell) for cell in row))
    return out


def _body(r: Recommendation) -> Iterator[RenderableType]:
    if r.reason:
        yield _text(r.reason, "bold")
    yield _pairs(_figures(r))
    if r.reasoning and r.reasoning != r.reason:
        yield Padding(_text(r.reasoning), (1, 0, 0, 0))
    if r.what_would_change:
        yield Padding(_text(f"What would change it: {r.what_would_change}"), (1, 0, 0, 0))
    if r.votes:
        yield _votes(r.votes)
    for warning in r.warnings:
        yield _text(f"! {warning}", "yellow")
    if r.fallback_reason:
        yield _text(f"Without the model: {r.fallback_reason}", "dim")
    if r.sources:
        yield _sources(r.sources)


def _figures(r: Recommendation) -> Iterator[tuple[str, str]]:
    yield "price", wording.price_line(r)
    if not r.action.is_advice:
        return
    if r.action is not Action.HOLD:
        yield from _position(r)
    if r.conviction is not None:
        yield "conviction", f"{r.conviction:.2f}"
    if r.action is not Action.HOLD:
        yield "confidence", wording.confidence_line(r)
    if r.stance != "none":
        yield "stance", r.stance
    if r.expires_at:
        yield "expires", wording.when(r.expires_at)


def _position(r: Recommendation) -> Iterator[tuple[str, str]]:
    yield "size", wording.size_line(r)
    if r.budget_usd is not None:
        yield "budget", f"{wording.money(r.budget_usd)} USDT"
    if r.size_caps:
        yield "caps", wording.caps_line(r)
    yield "at risk", f"{wording.money(r.risk_usd)} USDT; risk is {r.risk_assessment}"
    if r.entry_points:
        yield "entry", " or ".join(wording.number(p) for p in r.entry_points)
    if r.stop_loss is not None:
        yield "stop", wording.number(r.stop_loss)
    if r.exit_points:
        yield "targets", " then ".join(wording.number(p) for p in r.exit_points)
    if r.invalidation is not None:
        yield "invalid at", wording.number(r.invalidation)
    if r.reward_risk is not None:
        yield "reward/risk", f"{r.reward_risk:.2f} after costs"


def _pairs(rows: Iterator[tuple[str, str]]) -> RichTable:
    out = RichTable.grid(padding=(0, 2, 0, 0))
    out.add_column(style="dim", no_wrap=True)
    out.add_column(overflow="fold")
    for label, value in rows:
        out.add_row(_text(label), _text(value))
    return out


def _votes(votes: Sequence[Vote]) -> RichTable:
    out = RichTable(box=SIMPLE, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for column in ("vote", "score", "weight", "because"):
        out.add_column(column, overflow="fold", justify="right" if column in ("score", "weight") else "left")
    for vote in votes:
        score = "none" if vote.score is None else f"{vote.score:+.2f}"
        out.add_row(_text(vote.voter), score, f"{vote.weight:.2f}", _text(vote.reason))
    return out


def _sources(sources: Sequence[Source]) -> RichTable:
    out = RichTable.grid(padding=(0, 1, 0, 0))
    out.add_column(no_wrap=True)
    out.add_column(overflow="fold")
    for source in sources:
        text = source.text if len(source.text) <= SOURCE_LENGTH else source.text[: SOURCE_LENGTH - 1] + "…"
        told = "" if source.trust == "internal" else f" ({source.trust})"
        out.add_row(f"\\[{source.n}]", _text(f"{source.type}, {wording.when(source.at)}{told}: {text}", "dim"))
    return out


def _text(text: str, style: str = "") -> Text:
    return Text(wording.clean(text), style)
