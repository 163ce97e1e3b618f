"""Replies to render: every kind a command gives, and texts that fight the platform."""

from __future__ import annotations

from dataclasses import replace

from bot.reply import Attachment, Button, Confirmation, Picture, Reply, Table
from signals.model import Action
from tests.bot.sample_card import BUY as CARD
from tests.bot.sample_card import STALE

PNG = b"\x89PNG\r\n\x1a\n"
BUTTONS = tuple(
    Button(label, f"{label.lower()}:r1") for label in ("Take", "Why", "Chart", "Backtest", "Similar", "Refresh")
)
BUY = replace(
    CARD,
    data_age_s=300,
    warnings=("your other positions are unknown", "the spread is wide"),
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
    votes=(),
    sources=(),
    warnings=(),
)
FAMILY, FLAG, THUMB = "👨\u200d👩\u200d👧\u200d👦", "🏳️\u200d🌈", "👍🏽"
HOSTILE = (
    "<b>bold</b> <script>alert(1)</script> & &lt; *stars* _under_ `code` [link](http://evil.example) @everyone "
    "@durov_fan https://evil.example/x?a=1&b=<2> evil.example/path tg://user?id=1 /reindex all #tag $ETH "
    "```\nfence\n``` ||spoiler|| \u202eright to left\u202c zero\u200bwidth\u2060 tag\U000e0041 nul\x00 \x1b[31mred "
    f"{FAMILY} {FLAG} {THUMB} mail me@evil.example שלום"
)
BOARD = Table(
    "Signals at 2022-11-08 12:00 UTC",
    ("market", "action", "price", "conviction", "plan or reason", "age"),
    (
        ("ETH/USDT 1h", "STRONG BUY", "1,561.2", "0.81 strong", "stop 1,512.3, target 1,634.5, R/R 1.42", "5 min"),
        ("BTC/USDT 1h", "HOLD", "20,100.5", "0.41", "no side reaches a conviction of 0.65", "5 min"),
        ("POL/USDT 1h", "NO DATA", "", "", "no candles are stored", ""),
    ),
)
FIGURES = Table(
    "Backtest of ensemble on ETH/USDT 1h (replay)",
    ("figure", "value"),
    (("from", "2022-08-10 12:00 UTC"), ("trades", "31"), ("return", "-4.2 %"), ("first target first", "14 of 30")),
)
HELP = Table(
    "Commands",
    ("command", "what it does"),
    (
        ("/ask question", "Ask in plain words. For example: /ask should I buy ETH with $2k?"),
        ("/signal symbol [timeframe]", "The current recommendation for a market."),
        ("/status", "Freshness of data and the last runs."),
    ),
)
CASES = {
    "buy": Reply(interpretation="Understood: ETH/USDT, 1h, budget 2,000 USDT", recommendations=(BUY,), buttons=BUTTONS),
    "hold-with-model": Reply(recommendations=(HOLD,), buttons=BUTTONS[1:]),
    "stale": Reply(recommendations=(STALE,)),
    "hostile": Reply(
        text=HOSTILE,
        recommendations=(replace(BUY, reasoning=HOSTILE, symbol="<b>X</b>", sources=()),),
        tables=(Table(HOSTILE, ("a", "b"), ((HOSTILE, HOSTILE),)),),
        notes=(HOSTILE,),
        buttons=(Button("<b>\u202eTake</b>", "take:r1"),),
    ),
    "board": Reply(tables=(BOARD,), notes=("SIMULATED MARKET: these prices are invented.",)),
    "backtest": Reply(text="The rules lost: -4.2 % over 31 trades, costs included.", tables=(FIGURES,)),
    "help": Reply(text="What you may use here:", tables=(HELP,)),
    "error": Reply(text="'FOO' is not a watched market; watched: BTC/USDT, ETH/USDT", error=True, private=True),
    "confirm": Reply(
        text="Rebuild the whole knowledge base?",
        confirm=Confirmation("k3j4h5", "Rebuild the whole knowledge base?", 60.0),
    ),
    "picture": Reply(text="ETH/USDT 1h", pictures=(Picture("chart.png", PNG, "200 candles of ETH/USDT, 1h."),)),
    "explaining": Reply(
        recommendations=(replace(HOLD, votes=BUY.votes),), notes=("Explaining …",), buttons=(Button("Stop", "stop:q1"),)
    ),
    "file": Reply(text="The log is attached.", files=(Attachment("log.txt", b"one\ntwo\n"),)),
}
CLICKABLE = frozenset({"/ask", "/signal", "/status", "/help"})
