"""A recommendation as embeds: what to do, how much, the plan, why, the votes, warnings and sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot import wording
from bot.discord_adapter.payload import DESCRIPTION, EMBED_TOTAL, FIELD_VALUE, FIELDS, Embed, Field
from bot.discord_adapter.text import chunks, clean, inert, inside
from rag.recommendation import Recommendation, Source
from signals.model import Action
from signals.universe import base_of

GREEN, RED, YELLOW, GREY = 0x2E9E5B, 0xD64545, 0xE0A526, 0x80848E
COLOURS = {1: GREEN, -1: RED, 0: YELLOW}
MARKS = {1: "▲", -1: "▼", 0: "■"}
SOURCE_LENGTH = 200
_ROOM = EMBED_TOTAL - 400


def card(r: Recommendation, image: str = "") -> tuple[Embed, ...]:
    """One embed, or several when there is more than one holds; the picture is in the first, the footer in the last."""
    descriptions = list(_description(r)) or [""]
    embeds = [Embed(description=text, colour=_colour(r)) for text in descriptions]
    embeds[0] = Embed(_title(r), embeds[0].description, _colour(r))
    fields: list[Field] = []
    room = _ROOM - embeds[-1].size
    for field in _fields(r):
        if len(fields) == FIELDS or room < field.size:
            embeds[-1] = _with(embeds[-1], fields)
            embeds.append(Embed(colour=_colour(r)))
            fields, room = [], _ROOM
        fields.append(field)
        room -= field.size
    embeds[-1] = _with(embeds[-1], fields, clean(_footer(r)))
    first = embeds[0]
    embeds[0] = Embed(first.title, first.description, first.colour, first.fields, first.footer, image)
    return tuple(embeds)


def long_fields(name: str, lines: Sequence[str]) -> Iterator[Field]:
    """Lines (already inert) under a name, in as many fields as they need."""
    held = ""
    title = name
    for line in lines:
        if held and len(held) + 1 + len(line) > FIELD_VALUE:
            yield Field(title, held)
            held, title = "", f"{name} (continued)"
        held = f"{held}\n{line}" if held else line
    if held:
        yield Field(title, held)


def source_line(source: Source, length: int | None = None) -> str:
    """`[2] trade, 2022-11-08 12:00 UTC (untrusted): ...`, not yet inert; abridged to `length` characters of text."""
    told = "" if source.trust == "internal" else f" ({source.trust})"
    text = clean(source.text).strip() if length is None else " ".join(clean(source.text).split())
    shown = text if length is None or len(text) <= length else text[: length - 1].rstrip() + "…"
    return f"[{source.n}] {source.type.replace('_', ' ')}, {wording.when(source.at)}{told}: {shown}"


def _with(embed: Embed, fields: list[Field], footer: str = "") -> Embed:
    return Embed(embed.title, embed.description, embed.colour, tuple(fields), footer, embed.image)


def _colour(r: Recommendation) -> int:
    return COLOURS[r.action.direction] if r.action.is_advice else GREY


def _title(r: Recommendation) -> str:
    mark = MARKS[r.action.direction] if r.action.is_advice else "○"
    words = (r.action.value.replace("_", " "), r.symbol, r.timeframe, "· SIMULATED MARKET" if r.simulated else "")
    return inert(f"{mark} " + " ".join(word for word in words if word))


def _description(r: Recommendation) -> Iterator[str]:
    parts = [r.reason, r.reasoning if r.reasoning != r.reason else ""]
    if r.what_would_change:
        parts.append(f"What would change it: {r.what_would_change}")
    texts = [text for part in parts for text in chunks(part, DESCRIPTION - 100)]
    if texts and r.reason:
        texts[0] = f"**{texts[0]}**" if "\n" not in texts[0] else texts[0]
    held = ""
    for text in texts:
        if held and len(held) + 2 + len(text) > DESCRIPTION:
            yield held
            held = ""
        held = f"{held}\n\n{text}" if held else text
    if held:
        yield held


def _fields(r: Recommendation) -> Iterator[Field]:
    yield Field("Price", inert(_price(r)), inline=True)
    if r.action.is_advice:
        for name, value in _figures(r):
            yield Field(name, inert(value), inline=True)
    yield from long_fields("Warnings", [f"⚠ {line}" for w in r.warnings for line in chunks(w, FIELD_VALUE - 4)])
    if r.size_caps and r.action.direction:
        yield from long_fields("Bounds on the size", chunks(wording.caps_line(r), FIELD_VALUE))
    yield from long_fields("Votes", tuple(_votes(r)))
    yield from long_fields("Sources", [inert(source_line(s, SOURCE_LENGTH)) for s in r.sources])
    if r.fallback_reason:
        yield from long_fields("Without the model", chunks(r.fallback_reason, FIELD_VALUE))


def _figures(r: Recommendation) -> Iterator[tuple[str, str]]:
    if r.action is not Action.HOLD:
        yield from _position(r)
        yield "Confidence", _confidence(r)
    if r.conviction is not None:
        yield "Conviction", f"{r.conviction:.2f}"
    if r.stance != "none":
        yield "The model's view", r.stance
    if r.expires_at:
        yield "Valid until", wording.when(r.expires_at)


def _position(r: Recommendation) -> Iterator[tuple[str, str]]:
    yield "Size", _size(r)
    yield "At risk", f"{wording.money(r.risk_usd)} USDT\n{r.risk_assessment} risk"
    if r.budget_usd is not None:
        yield "Budget", f"{wording.money(r.budget_usd)} USDT"
    if r.entry_points:
        yield "Entry", "\nor ".join(wording.number(p) for p in r.entry_points)
    if r.stop_loss is not None:
        invalid = f"\ninvalid at {wording.number(r.invalidation)}" if r.invalidation not in (None, r.stop_loss) else ""
        yield "Stop", wording.number(r.stop_loss) + invalid
    if r.exit_points:
        yield "Targets", "\nthen ".join(wording.number(p) for p in r.exit_points)
    if r.reward_risk is not None:
        yield "Reward/risk", f"{r.reward_risk:.2f} after costs"


def _price(r: Recommendation) -> str:
    if r.price is None:
        return "none"
    old = f"{wording.age(r.data_age_s)} old" if r.data_age_s is not None else ""
    place = " · ".join(part for part in (old, r.exchange) if part)
    known = wording.when(r.price_at) if r.price_at else ""
    return "\n".join(part for part in (f"{wording.number(r.price)} USDT", place, known) if part)


def _size(r: Recommendation) -> str:
    bound = f"\nbound by {r.size_bound_by}" if r.size_bound_by else ""
    if r.quantity <= 0:
        return f"none{bound}"
    coins = f"{wording.number(r.quantity)} {base_of(r.symbol or '')}".strip()
    return f"{wording.money(r.position_size_usd)} USDT\n{coins}{bound}"


def _confidence(r: Recommendation) -> str:
    if r.confidence is None:
        return wording.confidence_line(r)
    told = any(r.confidence_note in warning for warning in r.warnings)
    note = r.confidence_note.partition(":")[0] if told else r.confidence_note
    note = f"\n{note}" if note else ""
    return f"{wording.percent(r.confidence)}, n = {r.confidence_n}{note}"


def _votes(r: Recommendation) -> Iterator[str]:
    for vote in r.votes:
        score = "abstains" if vote.score is None else f"{vote.score:+.2f}"
        head = f"**{inside(vote.voter)}** {score} (weight {vote.weight:.2f}): "
        line = head + (inside(vote.reason) or "no reason given")
        yield from (line,) if len(line) <= FIELD_VALUE else (head, *chunks(vote.reason, FIELD_VALUE))


def _footer(r: Recommendation) -> str:
    told = (
        wording.method_label(r),
        "simulated market, not advice" if r.simulated else "",
        f"id {r.recommendation_id}" if r.recommendation_id else "",
    )
    return " · ".join(part for part in told if part)
