"""`deskmate eval followups`: short questions after another one, and whether exactly what they leave out is kept."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from rag.evaluation.noise import messy
from rag.evaluation.shares import Judged, ShareReport
from rag.evaluation.spoken import filled, put
from rag.question.model import Parsed
from rag.question.parse import parse
from rag.question.slots import carry
from signals.errors import UserError
from signals.universe import DEFAULT_SYMBOLS

FLOOR = 0.90
QUESTIONS, SMALL = 1_200, 300
NOW = datetime(2026, 6, 30, 18, tzinfo=UTC)
_WEEK = "2026-06-22..2026-06-29"
_MAY = "2026-05-01..2026-06-01"


@dataclass(frozen=True, slots=True)
class Chain:
    """A question, the one after it, and the slots that must hold then; a value may be a `{slot}` of the words."""

    kind: str
    first: str
    then: tuple[str, ...]
    holds: dict[str, str]


CHAINS = (
    Chain(
        "coin",
        "should I buy {coin} with {budget}?",
        ("and for {other}?", "what about {other}", "{other}?", "same for {other}"),
        {"symbol": "{other}", "budget": "{budget}", "intent": "advice"},
    ),
    Chain(
        "coin",
        "how did my last {coin} trades go?",
        ("and {other}?", "what about {other}?", "same for {other}"),
        {"symbol": "{other}", "intent": "latest", "types": "trade"},
    ),
    Chain(
        "coin",
        "latest {tf} signal for {coin}",
        ("and for {other}?", "{other}?", "how about {other}"),
        {"symbol": "{other}", "timeframe": "{tf}", "intent": "latest"},
    ),
    Chain(
        "coin",
        "how many {coin} trades did I win last month?",
        ("and {other}?", "what about {other}?"),
        {"symbol": "{other}", "intent": "aggregate", "window": _MAY},
    ),
    Chain(
        "budget",
        "should I buy {coin}?",
        ("and with {budget}?", "with {budget}", "what if I have {budget}"),
        {"symbol": "{coin}", "budget": "{budget}", "intent": "advice"},
    ),
    Chain(
        "timeframe",
        "latest 4h signal for {coin}",
        ("and on the 1h?", "1h?", "on the hourly?", "what about 1h"),
        {"symbol": "{coin}", "timeframe": "1h", "intent": "latest"},
    ),
    Chain(
        "timeframe",
        "should I {side} {coin} with {budget}?",
        ("on the daily?", "and on 1d?"),
        {"symbol": "{coin}", "timeframe": "1d", "budget": "{budget}", "intent": "advice"},
    ),
    Chain(
        "time",
        "my {coin} trades that {exit} last week",
        ("what about last month?", "and last month?", "last month?"),
        {"symbol": "{coin}", "exit": "{exit}", "window": _MAY},
    ),
    Chain(
        "time",
        "any {setup} on {coin} in April?",
        ("and in May?", "what about May?", "in May?"),
        {"symbol": "{coin}", "setup": "{setup}", "window": _MAY},
    ),
    Chain(
        "time",
        "how many {coin} trades did I win in April?",
        ("and in May?", "what about last month"),
        {"symbol": "{coin}", "intent": "aggregate", "window": _MAY},
    ),
    Chain(
        "side",
        "show my {coin} trades from last week",
        ("only the shorts", "same for shorts", "and the shorts?"),
        {"symbol": "{coin}", "side": "SHORT", "window": _WEEK},
    ),
    Chain(
        "outcome",
        "show my {coin} trades from last week",
        ("only the losers", "and the winning ones?", "just the losers?"),
        {"symbol": "{coin}", "types": "trade", "window": _WEEK},
    ),
    Chain(
        "exit",
        "my {coin} trades that hit the target last week",
        ("and stopped out?", "and the ones that got stopped out?"),
        {"symbol": "{coin}", "exit": "stop_loss", "window": _WEEK},
    ),
    Chain(
        "strategy",
        "{coin} {tf} ensemble backtest",
        ("and {strategy}?", "what about {strategy}?"),
        {"symbol": "{coin}", "timeframe": "{tf}", "strategy": "{strategy}", "types": "backtest"},
    ),
    Chain(
        "setup",
        "any golden cross on {coin} last week?",
        ("and a {setup}?", "what about {setup}?"),
        {"symbol": "{coin}", "setup": "{setup}", "window": _WEEK},
    ),
    Chain(
        "plan",
        "should I {side} {coin} with {budget}?",
        ("tighter stop", "with a tighter stop?", "what if the stop is tighter"),
        {"symbol": "{coin}", "budget": "{budget}", "tighter": "yes"},
    ),
    Chain(
        "why",
        "latest {tf} signal for {coin}",
        ("why?", "how come?", "why is that?", "explain"),
        {"symbol": "{coin}", "intent": "explain"},
    ),
    Chain(
        "count",
        "my {coin} trades that {exit} last week",
        ("how many?", "how many of them?", "how many were there?"),
        {"symbol": "{coin}", "exit": "{exit}", "intent": "aggregate", "window": _WEEK},
    ),
    Chain(
        "pronoun",
        "should I buy {coin}?",
        ("chart it", "how did it do in May?", "any news on it?"),
        {"symbol": "{coin}"},
    ),
    Chain("unwatched", "should I buy {coin}?", ("and DOGE?", "what about XRP?"), {"symbol": "", "unknown": "yes"}),
    Chain(
        "whole",
        "should I {side} {coin} with {budget}?",
        ("how did my last {other} trades go?", "show my last {other} trades"),
        {"symbol": "{other}", "budget": "", "types": "trade"},
    ),
    Chain(
        "whole",
        "my {coin} trades that {exit} last week",
        ("latest {tf} signal for {other}",),
        {"symbol": "{other}", "exit": "", "window": "", "timeframe": "{tf}"},
    ),
    Chain(
        "whole",
        "should I {side} {coin} with {budget}?",
        ("tell me a joke", "what is the weather in Paris?"),
        {"intent": "out of scope", "symbol": ""},
    ),
)


def run(count: int = QUESTIONS, seed: int = 1) -> ShareReport:
    """Ask `count` generated pairs of questions, the chains in turn, half of the second questions messy."""
    rng = random.Random(seed)  # noqa: S311 - drawn for a test, not a secret
    return ShareReport("followups", seed, FLOOR, tuple(_judged(CHAINS[i % len(CHAINS)], rng) for i in range(count)))


def _judged(chain: Chain, rng: random.Random) -> Judged:
    said, meant = filled(f"{chain.first} > {rng.choice(chain.then)}", rng)
    first, _, then = said.partition(" > ")
    if rng.random() < 0.5:
        then = messy(then, rng)
    # what stands in the second question only is drawn once for both: the words of a slot are the same in each
    wanted = {slot: put(value, meant) for slot, value in chain.holds.items()}
    got = _slots(first, then)
    expected = "; ".join(f"{slot} {wanted[slot]}" for slot in wanted)
    return Judged(
        chain.kind, f"{first} > {then}", expected, "; ".join(f"{slot} {got.get(slot, '?')}" for slot in wanted)
    )


def _slots(first: str, then: str) -> dict[str, str]:
    try:
        parsed = carry(parse(first, NOW, DEFAULT_SYMBOLS), parse(then, NOW, DEFAULT_SYMBOLS))
    except UserError:
        return {"intent": "refused"}
    return {
        "intent": parsed.intent.value,
        "symbol": ", ".join(parsed.symbols),
        "timeframe": ", ".join(parsed.timeframes),
        "budget": "" if parsed.budget is None else f"{parsed.budget:f}",
        "types": ", ".join(parsed.types),
        "side": ", ".join(parsed.sides),
        "strategy": ", ".join(parsed.strategies),
        "setup": ", ".join(parsed.setups),
        "exit": ", ".join(parsed.exit_reasons),
        "window": _window(parsed),
        "tighter": "yes" if parsed.tighter_stop else "",
        "unknown": "yes" if parsed.unknown else "",
    }


def _window(parsed: Parsed) -> str:
    if parsed.window is None:
        return ""
    edges = (parsed.window.since, parsed.window.until)
    return "..".join("" if edge is None else f"{edge:%Y-%m-%d}" for edge in edges)
