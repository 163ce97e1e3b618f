"""A recommendation for a phone: a bold head, short lines, levels in columns, reasons folded away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot import wording
from bot.telegram_adapter.markup import Block, Paragraph, Span, Style, paragraphs, spans, visible
from rag.recommendation import Recommendation, Source
from signals.model import Action, Vote

LIGHTS = {1: "🟢", -1: "🔴", 0: "🟡"}
SOURCE_LENGTH = 220


def card(r: Recommendation) -> Iterator[Paragraph]:
    """What, how much, the plan, why, the votes, warnings and evidence; the last line says how it was made."""
    yield _head(r)
    if r.simulated:
        yield line(Span("SIMULATED MARKET: prices are invented", Style.BOLD), tight=True)
    yield line(*spans(wording.price_line(r) if r.price is not None else "no price"), tight=True)
    if r.reason and r.reason not in r.reasoning:
        yield from paragraphs(r.reason)
    if r.action.is_advice and r.action is not Action.HOLD:
        yield from _plan(r)
    yield from _confidence(r)
    if r.reasoning:
        yield from paragraphs(r.reasoning)
    if r.what_would_change:
        yield line(Span("Would change it: ", Style.BOLD), *spans(r.what_would_change))
    yield from _votes(r.votes)
    yield from _reasons(r)
    for i, warning in enumerate(r.warnings):
        yield line(*spans(f"⚠️ {warning}"), tight=i > 0)
    if r.sources:
        yield sources(r.sources)
    yield from _made(r)


def sources(given: Sequence[Source]) -> Paragraph:
    """The documents behind the [n] of the prose, folded."""
    lines: list[Span] = [Span("Sources", Style.BOLD)]
    for source in given:
        told = "" if source.trust == "internal" else f" ({source.trust})"
        head = f"\n[{source.n}] {source.type.replace('_', ' ')}, {wording.when(source.at)}{told}: "
        lines += (*spans(head), *spans(shortened(source.text)))
    return Paragraph(tuple(lines), Block.FOLDED)


def shortened(text: str) -> str:
    """One line of at most 220 characters: the document itself is a `/why` away."""
    flat = " ".join(visible(text).split())
    return flat if len(flat) <= SOURCE_LENGTH else flat[: SOURCE_LENGTH - 1] + "…"


def line(*given: Span, tight: bool = False) -> Paragraph:
    """A paragraph of the spans given."""
    return Paragraph(given, tight=tight)


def columns(rows: Sequence[Sequence[str]]) -> Paragraph:
    """Rows in monospace; all columns but the last are as wide as their widest cell."""
    widths = [max(len(cell) for cell in column) for column in list(zip(*rows, strict=True))[:-1]]
    lines = ("  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[-1]]).rstrip() for row in rows)
    return Paragraph((Span("\n".join(lines)),), Block.TABLE)


def _head(r: Recommendation) -> Paragraph:
    light = LIGHTS[r.action.direction] if r.action.is_advice else "⚪️"
    market = " ".join(part for part in (r.symbol, r.timeframe) if part)
    name = r.action.value.replace("_", " ")
    return line(Span(f"{light} "), *spans(f"{name} {market}".strip(), Style.BOLD))


def _plan(r: Recommendation) -> Iterator[Paragraph]:
    if rows := list(_levels(r)):
        yield columns(rows)
    yield line(Span("Size ", Style.BOLD), *spans(_size(r)))
    if r.size_bound_by:
        yield line(*spans(f"bound by {r.size_bound_by}"), tight=True)
    if r.budget_usd is not None:
        yield line(Span("Budget ", Style.BOLD), Span(f"{wording.money(r.budget_usd)} USDT"), tight=True)
    risk = f"{wording.money(r.risk_usd)} USDT, risk {r.risk_assessment}"
    yield line(Span("At risk ", Style.BOLD), *spans(risk), tight=True)


def _size(r: Recommendation) -> str:
    return wording.size_line(replace(r, size_bound_by=None))


def _levels(r: Recommendation) -> Iterator[tuple[str, str]]:
    for name, prices in (("entry", r.entry_points), ("target", r.exit_points)):
        for i, price in enumerate(prices, start=1):
            yield f"{name} {i}" if len(prices) > 1 else name, wording.number(price)
        if name == "entry" and r.stop_loss is not None:
            yield "stop", wording.number(r.stop_loss)
    if r.invalidation is not None and r.invalidation != r.stop_loss:
        yield "invalid at", wording.number(r.invalidation)
    if r.reward_risk is not None:
        yield "reward/risk", f"{r.reward_risk:.2f} after costs"


def _confidence(r: Recommendation) -> Iterator[Paragraph]:
    if not r.action.is_advice:
        return
    trade = r.action is not Action.HOLD
    if trade:
        yield line(Span("Confidence ", Style.BOLD), *spans(wording.confidence_line(r)), tight=True)
    if r.conviction is not None:
        yield line(Span("Conviction ", Style.BOLD), Span(f"{r.conviction:.2f}"), tight=trade)
    if r.stance != "none":
        yield line(Span("Model's stance ", Style.BOLD), *spans(r.stance), tight=True)
    if r.expires_at:
        yield line(Span("Valid until ", Style.BOLD), Span(wording.when(r.expires_at)), tight=True)


def _votes(votes: Sequence[Vote]) -> Iterator[Paragraph]:
    if not votes:
        return
    rows = [("vote", "score", "weight")]
    for vote in votes:
        score = "none" if vote.score is None else f"{vote.score:+.2f}"
        rows.append((visible(vote.voter), score.rjust(5), f"{vote.weight:.2f}"))
    yield columns(rows)


def _reasons(r: Recommendation) -> Iterator[Paragraph]:
    reasons: list[Span] = []
    for vote in r.votes:
        reasons += (Span("\n"), *spans(f"{vote.voter}: {vote.reason}"))
    if r.size_caps and r.action.is_advice and r.action is not Action.HOLD:
        reasons += (Span("\n"), *spans(f"caps of the size, in coins: {wording.caps_line(r)}"))
    if reasons:
        title = Span("Why they vote so" if r.votes else "Why this size", Style.BOLD)
        yield Paragraph((title, *reasons), Block.FOLDED, tight=bool(r.votes))


def _made(r: Recommendation) -> Iterator[Paragraph]:
    yield line(*spans(wording.method_label(r), Style.ITALIC))
    if r.fallback_reason:
        yield line(*spans(f"Without the model: {r.fallback_reason}", Style.ITALIC), tight=True)
