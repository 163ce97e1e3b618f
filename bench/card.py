"""A question to its finished card without the language model, at 2,000 documents or `--documents`.

Claim: p95 at most 100 ms. The peer is what a plain retrieval bot does before it has computed anything: embed the
question and ask Chroma for the nearest seven.
"""

from __future__ import annotations

import measure

measure.one_thread()

import asyncio  # noqa: E402
import time  # noqa: E402
from collections.abc import Awaitable, Callable  # noqa: E402

import workload  # noqa: E402

from bot.app import App, open_app  # noqa: E402
from bot.commands.ask import Ask  # noqa: E402
from bot.commands.caller import LOCAL  # noqa: E402
from signals.clock import from_ms  # noqa: E402
from signals.universe import DEFAULT_SYMBOLS  # noqa: E402

DOCUMENTS = 2000
QUESTIONS = (
    "should I buy {} with $2k?",
    "is it time to sell {}?",
    "what do you think about {} on the 1h?",
    "how much {} should I buy?",
    "should I go short on {} with $1,500?",
)


def questions() -> list[str]:
    """Advice on every watched symbol, in several wordings."""
    return [text.format(symbol.partition("/")[0]) for text in QUESTIONS for symbol in DEFAULT_SYMBOLS]


async def timed(what: str, work: Callable[[str], Awaitable[object]], runs: int) -> measure.Timing:
    """Every question in turn until `runs` answers are there, after one round that is not counted."""
    asked = questions()
    for text in asked[: len(DEFAULT_SYMBOLS)]:
        await work(text)
    taken = []
    for i in range(runs):
        start = time.perf_counter()
        await work(asked[i % len(asked)])
        taken.append(time.perf_counter() - start)
    return measure.Timing(what, tuple(taken))


async def compared(app: App, runs: int) -> tuple[measure.Timing, measure.Timing]:
    """The product's card and the peer's retrieval over the same documents."""
    ask, known = await app.ask(), await app.knowledge()
    if known.index is None or known.embedder is None:
        raise SystemExit("; ".join(known.notes))
    index, embedder = known.index, known.embedder

    async def card(text: str) -> None:
        reply = await ask(Ask(LOCAL, text, use_model=False))
        if len(reply.recommendations) != 1 or reply.recommendations[0].price is None:
            raise SystemExit(f"no card for {text!r}: {reply.text} {reply.notes}")

    async def nearest(text: str) -> None:
        vector = (await asyncio.to_thread(embedder.embed, [text]))[0]
        await index.nearest(vector, 7)

    return (
        await timed("Deskmate: question to card", card, runs),
        await timed("peer: embed, nearest 7 of Chroma", nearest, runs),
    )


async def main() -> None:
    """Fill, measure, report."""
    parser = measure.options(__doc__)
    parser.add_argument("--documents", type=int, default=DOCUMENTS, help="documents; beyond 2,000 by stand-in vectors")
    given = parser.parse_args()
    with workload.simulated(DEFAULT_SYMBOLS, now=from_ms(workload.END_MS)) as settings:
        async with open_app(settings) as app:
            await workload.save(app, workload.hourly(DEFAULT_SYMBOLS, workload.BARS))
            written = await workload.remember(app, DEFAULT_SYMBOLS, DOCUMENTS)
            if given.documents > written:
                written = await workload.remember_many(app, DEFAULT_SYMBOLS, given.documents - written)
            card, peer = await compared(app, given.runs or 200)
    claim = measure.Claim("question to card (p95)", 1000 * card.p95, 100.0, "ms")
    measure.report(f"Question to card, no model, {written:,} documents", [(card, peer)], [claim], as_json=given.json)


if __name__ == "__main__":
    asyncio.run(main())
