"""Replies of every kind, for the golden files and for reading what a person on Discord gets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.discord_adapter.payload import Embed, Outgoing
from bot.reply import Attachment, Button, Confirmation, Picture, Reply, Table
from rag.recommendation import Source
from signals.model import Action, Vote
from tests.bot.sample_card import BUY as CARD
from tests.bot.sample_card import NOW, STALE

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 24

BUY = replace(
    CARD,
    recommendation_id="7f3a1c",
    exchange="binance",
    reasoning="Buyers came back after a deep fall [1]; volume confirms it. The last three setups of this kind reached "
    "their first target within a day [2].",
    data_age_s=130,
    votes=(
        Vote("technical", 0.7, 0.3, "RSI 24.1 is below 30 and the close is at the lower band"),
        Vote("mean_reversion", 0.55, 0.25, "2.1 deviations below the mean of 20 bars"),
        Vote("volatility breakout", None, 0.2, "no squeeze in the last bars"),
    ),
    sources=(
        Source(1, "signal:x", "signal", NOW - timedelta(days=2), "internal", "BUY ETH/USDT 1h at 1,540."),
        Source(2, "trade_note:y", "trade_note", NOW - timedelta(days=3), "user", "bought too early again; " * 20),
    ),
)
CARD_BUTTONS = tuple(
    Button(label, f"{label.lower()}:7f3a1c")
    for label in ("Take", "Why", "Chart", "Backtest", "Similar", "Refresh", "Sources")
)
HOSTILE = (
    "# big\n> quote\n-# small\n1. list\n- item **bold** __u__ ~~s~~ ||spoiler|| `code` ```\nfence``` [here](https://evil.example)"
    " <https://evil.example> discord.gg/abc @everyone @here <@123> <@&5> <#7> <:x:1> <t:1:R> </ask:1>"
    " \u202eevil\u202c zero\u200bwidth\u2066 \x1b[31m \u00ad tag\U000e0041\U000e007f"
    " \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    " \U0001f44d\U0001f3fd 1\ufe0f\u20e3 \u2764\ufe0f \U0001f1e9\U0001f1ea \u05e9\u05dc\u05d5\u05dd"
)
HOLD = replace(
    BUY,
    action=Action.HOLD,
    method="rag",
    model="qwen3:4b-instruct",
    fallback_reason="",
    stance="veto",
    what_would_change="a long conviction of 0.65 or more, now 0.40",
    simulated=True,
    sources=(),
)
BOARD = Table(
    "Signals",
    ("market", "action", "confidence", "price", "age", "plan"),
    (
        ("ETH/USDT 1h", "BUY", "58 %, n = 41", "1,561.2", "2 min", "stop 1,512.3, target 1,634.5, R/R 1.42"),
        ("BTC/USDT 1h", "HOLD", "", "20,615.4", "2 min", ""),
        ("SOL/USDT 1h", "NO DATA", "", "", "", "nothing stored yet"),
    ),
)
FIGURES = Table(
    "ETH/USDT 1h, 90 days",
    ("figure", "value"),
    (("return", "-12.5 %"), ("buy and hold", "-30.0 %"), ("largest fall", "20.0 %"), ("trades", "40")),
)
HELP = "\n".join(f"/{name}  what it does for you, in one line" for name in ("ask", "signal", "signals", "why", "chart"))

CASES = {
    "buy": Reply(
        interpretation="Understood: ETH/USDT, 1h, budget 2,000 USDT",
        recommendations=(BUY,),
        buttons=CARD_BUTTONS[:6],
        notes=("answers use filters and full text only",),
    ),
    "buy-with-picture": Reply(
        recommendations=(BUY,),
        pictures=(Picture("ETH-USDT-1h.png", PNG, "ETH/USDT 1h, last 96 bars"),),
        buttons=CARD_BUTTONS,
    ),
    "explaining": Reply(
        text="You are second in the queue.",
        recommendations=(replace(BUY, sources=(), votes=(), warnings=()),),
        buttons=(Button("Stop", "stop:"),),
    ),
    "hold-with-model": Reply(recommendations=(HOLD,)),
    "stale": Reply(recommendations=(STALE,)),
    "hostile": Reply(
        interpretation=HOSTILE,
        text=HOSTILE,
        tables=(Table("@everyone", ("`a`", "b"), (("```x", "<@1>"), ("**y**", "z"))),),
        recommendations=(replace(BUY, reasoning=HOSTILE, symbol="[b](http://x)", reason="@everyone", sources=()),),
        buttons=(Button("**@everyone** \u202e", "why:1"),),
    ),
    "board": Reply(text="3 markets, newest first.", tables=(BOARD,)),
    "backtest": Reply(
        text="The rules lost less than holding did.",
        tables=(FIGURES,),
        pictures=(Picture("equity.png", PNG, "equity of ETH/USDT 1h"),),
        notes=("costs of 0.1 % a side are included",),
    ),
    "records": Reply(
        text="2 matching records.",
        sources=BUY.sources,
        notes=("answers use filters and full text only",),
    ),
    "help": Reply(text=HELP),
    "error": Reply(text="'FOO' is not a watched market; watched: BTC/USDT, ETH/USDT", error=True, private=True),
    "confirm": Reply(
        text="This rebuilds 12,345 documents.",
        confirm=Confirmation("tok123", "Rebuild the whole knowledge base?", 60.0),
        private=True,
    ),
    "long": Reply(text="\n\n".join(f"Paragraph {i}. " + "words go on and on " * 20 for i in range(60))),
    "file": Reply(text="The audit log.", files=(Attachment("audit log.csv", b"at,who\n"),)),
    "empty": Reply(),
}


def drawn(messages: tuple[Outgoing, ...]) -> str:
    """Messages as readable text, with every character that is sent."""
    return "".join(_message(i, message) for i, message in enumerate(messages, 1))


def _message(i: int, message: Outgoing) -> str:
    lines = [f"===== message {i} =====", message.content] if message.content else [f"===== message {i} ====="]
    for embed in message.embeds:
        lines += _embed(embed)
    for row in message.rows:
        lines.append("  ".join(f"[{key.label} -> {key.action} style {key.style}]" for key in row))
    lines += [f"(file {u.name}, {len(u.content)} bytes{', ' + u.alt if u.alt else ''})" for u in message.uploads]
    return "\n".join(lines) + "\n"


def _embed(embed: Embed) -> list[str]:
    lines = [f"+---- {embed.title} (#{embed.colour:06X})"]
    lines += [f"| {line}" for line in embed.description.split("\n")] if embed.description else []
    for field in embed.fields:
        lines.append(f"| <{field.name}>{' inline' if field.inline else ''}")
        lines += [f"|   {line}" for line in field.value.split("\n")]
    lines += [f"| image: {embed.image}"] if embed.image else []
    lines += [f"| footer: {embed.footer}"] if embed.footer else []
    return [*lines, "+----"]
