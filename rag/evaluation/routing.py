"""`deskmate eval routing`: templates of every intent, filled with slots and made messy, and where they were sent."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from rag.evaluation.noise import messy
from rag.evaluation.shares import Judged, ShareReport
from rag.evaluation.spoken import filled
from rag.question.model import Intent
from rag.question.parse import parse
from signals.errors import UserError
from signals.universe import DEFAULT_SYMBOLS

FLOOR = 0.97
QUESTIONS, SMALL = 2_000, 400
NOW = datetime(2026, 6, 30, 18, tzinfo=UTC)
TEMPLATES: dict[Intent, tuple[str, ...]] = {
    Intent.ADVICE: (
        "should I {side} {coin} with {budget}?",
        "is {coin} a good buy right now?",
        "thinking of buying {coin} with {budget}",
        "{budget} in {coin}, good idea?",
        "do I hold or sell my {coin}?",
        "what do you think about {coin}?",
        "would you go long on {coin} here?",
        "time to get into {coin}?",
        "{coin} buy or wait, I have {budget}",
        "how should I split {budget}?",
        "is it wise to enter {coin} today?",
        "give me a good trade",
        "what should I buy now?",
    ),
    Intent.EXPLAIN: (
        "why did you {side} {coin} {time}?",
        "explain the {coin} signal from yesterday",
        "what was the reason for the {coin} {side} {time}",
        "talk me through the {coin} call on 17 June",
        "why is {coin} a sell?",
        "on what grounds did the bot {side} {coin} on 3 June?",
        "what drove the {coin} signal {time}",
    ),
    Intent.FIND: (
        "{coin} trades that {exit} {time}",
        "show my {coin} trades which {exit}",
        "any {setup} on {coin} {time}?",
        "{setup} signals for {coin} {time}",
        "how did {strategy} do in backtests on {coin} {tf}",
        "{coin} {tf} {strategy} backtest results",
        "the {coin} trade where I {habit}",
        "trades where I {habit}",
        "what did you recommend for {coin} yesterday?",
        "my winning {coin} trades {time}",
    ),
    Intent.LATEST: (
        "latest {tf} signal for {coin}",
        "how did my last {coin} trades go?",
        "my 3 most recent {coin} trades",
        "current {coin} {tf} signal",
        "newest {coin} signal on the {tf}",
        "show my last 5 trades",
        "what does the {tf} say for {coin}?",
        "{coin} {tf} signal now",
    ),
    Intent.AGGREGATE: (
        "how many {coin} trades did I win {time}?",
        "what is my win rate on {coin}?",
        "total profit on {coin} {time}",
        "my biggest loss {time}",
        "how much did I pay in fees {time}?",
        "average profit of my {coin} trades",
        "longest losing streak",
        "which strategy is best on {tf}?",
        "worst strategy on {tf}",
        "what is my exposure?",
        "count my {coin} trades {time}",
        "how often did I get stopped out {time}?",
    ),
    Intent.SIZE: (
        "how much {coin} should I buy with {budget}?",
        "position size for {coin} with {budget}",
        "how big should my {coin} position be?",
        "what size for {coin} at 2% risk?",
        "how many {coin} can I buy with {budget}?",
    ),
    Intent.CHART: (
        "chart {coin} {tf}",
        "show me the {coin} {tf} chart",
        "plot {coin}",
        "draw {coin} on the {tf} please",
        "{coin} candles chart {tf}",
    ),
    Intent.NEWS: (
        "news on {coin}",
        "any headlines about {coin}?",
        "latest news for {coin} please",
        "what is the press saying about {coin}?",
    ),
    Intent.COMPARE: (
        "compare {coin} and {other}",
        "{coin} versus {other}",
        "{coin} or {other}, which is better?",
        "which is stronger, {coin} or {other}?",
        "{coin} and {other} side by side",
        "what is the difference between {coin} and {other}?",
    ),
    Intent.HELP: (
        "help",
        "hello",
        "what can you do?",
        "who are you?",
        "how does this work?",
        "thanks a lot",
        "which commands are there?",
    ),
    Intent.OUT_OF_SCOPE: (
        "tell me a joke",
        "what is the weather in Paris?",
        "who won the football yesterday?",
        "write me a poem about spring",
        "can you recommend a dentist?",
        "how do I cook pasta?",
        "what is the capital of Peru?",
        "fix my printer",
    ),
}


def run(count: int = QUESTIONS, seed: int = 1) -> ShareReport:
    """Ask `count` generated questions, the intents in turn, half of them messy."""
    rng = random.Random(seed)  # noqa: S311 - drawn for a test, not a secret
    intents = tuple(TEMPLATES)
    judged = []
    for number in range(count):
        intent = intents[number % len(intents)]
        text, _ = filled(rng.choice(TEMPLATES[intent]), rng)
        if rng.random() < 0.5:
            text = messy(text, rng)
        judged.append(Judged(intent.value, text, intent.value, _routed(text)))
    return ShareReport("routing", seed, FLOOR, tuple(judged))


def _routed(text: str) -> str:
    try:
        return parse(text, NOW, DEFAULT_SYMBOLS).intent.value
    except UserError:
        return "refused"
