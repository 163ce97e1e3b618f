"""What the terminal shows, byte for byte."""

import os
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bot.reply import Reply, Table
from bot.terminal_adapter import show
from rag.recommendation import Source
from signals.model import Action
from tests.bot.sample_card import BUY, NOW, STALE

GOLDEN = Path(__file__).parents[1] / "golden" / "terminal"

HOSTILE = "[red]x[/red] \x1b[31mred\x1b[0m \u202eevil\u202c [link=http://x]here[/link]"

CASES = {
    "buy": Reply(interpretation="Understood: ETH/USDT, 1h, budget 2,000 USDT", recommendations=(BUY,)),
    "hold-with-model": Reply(
        recommendations=(
            replace(
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
            ),
        )
    ),
    "stale": Reply(recommendations=(STALE,)),
    "hostile": Reply(text=HOSTILE, recommendations=(replace(BUY, reasoning=HOSTILE, symbol="[b]X[/b]", sources=()),)),
    "records": Reply(
        text="2 matching records.",
        sources=(Source(1, "signal:x", "signal", NOW, "internal", "BUY ETH/USDT 1h at 1,540."),),
        tables=(Table("Candles", ("series", "note"), (("replay ETH/USDT 1h", "ok"), ("replay BTC/USDT 1h", "[b]"))),),
        notes=("answers use filters and full text only",),
    ),
}


def rendered(reply: Reply) -> str:
    out = StringIO()
    show(reply, Console(file=out, width=80, no_color=True, force_terminal=False, highlight=False))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


@pytest.mark.parametrize("name", CASES)
def test_a_reply_looks_as_it_was_agreed(name: str) -> None:
    text = rendered(CASES[name])

    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN_WRITE"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_a_card_names_everything_a_person_needs_to_recompute_the_size() -> None:
    text = rendered(CASES["buy"])

    for part in (
        "1,280.18",
        "0.82 ETH",
        "bound by largest position",
        "1,512.3",
        "1.42 after costs",
        "n = 41",
        "rules only",
    ):
        assert part in text


def test_stored_text_is_never_markup_or_control() -> None:
    text = rendered(CASES["hostile"])

    assert "[red]x[/red]" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_no_line_is_wider_than_eighty_columns() -> None:
    assert max(len(line) for case in CASES.values() for line in rendered(case).splitlines()) <= 80


def test_a_simulated_market_is_labelled() -> None:
    assert "SIMULATED MARKET" in rendered(CASES["hold-with-model"])
