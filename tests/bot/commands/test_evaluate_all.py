"""Every measurement by one command: a line each, and an error as soon as one floor does not hold."""

from __future__ import annotations

from bot.commands.evaluate_all import evaluate_abstention, evaluate_all, evaluate_followups, evaluate_routing
from bot.reply import Reply

RETRIEVAL = {"hit@7": 0.95, "mrr": 0.9, "leaks": 0, "questions": 10, "passed": True}


async def test_everything_small_says_which_floor_holds() -> None:
    reply = await evaluate_all(1, small=True, retrieval=Reply(data=RETRIEVAL | {"passed": False}))

    assert [(row[0], row[4]) for row in reply.tables[0].rows] == [
        ("routing", "yes"), ("followups", "yes"), ("abstention", "yes"), ("aggregates", "yes"), ("grounding", "yes"),
        ("retrieval", "NO"),
    ]  # fmt: skip
    assert (reply.text, reply.error) == ("Below the floor: retrieval.", True)


async def test_each_measurement_tells_kinds_and_floor() -> None:
    replies = (evaluate_routing(44, 1), evaluate_followups(46, 1), await evaluate_abstention(24, 1))

    for reply in replies:
        assert not reply.error, reply.text
        assert "the floor holds" in reply.text
        assert reply.tables[0].rows[-1][0] == "all"
        assert reply.data is not None
        assert reply.data["passed"]
