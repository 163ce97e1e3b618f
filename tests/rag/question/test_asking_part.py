"""Which part of a message asks, and how coins that nobody knows, foreign money and pairs of times are read."""

from __future__ import annotations

import pytest

from rag.question.asking import asking_part, without_greeting
from rag.question.model import Figure, Intent
from tests.rag.question.asking import ask


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("i bought sol at 140 last month and it is red. should i hold?", "should i hold?"),
        ("my bus is late and i am bored so what is the win rate of my shorts", "what is the win rate of my shorts"),
        ("what is the win rate of my sol shorts in the last three weeks", None),
        ("should i hold sol", None),
        ("if my stop at 138 is hit on sol, how much do i lose on that", None),
    ],
)
def test_the_part_that_asks_is_told_from_the_story(words: str, part: str | None) -> None:
    assert asking_part(words) == part


def test_a_greeting_is_dropped_only_where_a_question_follows() -> None:
    assert without_greeting("good morning everyone, draft a cover letter now") == "draft a cover letter now"
    assert without_greeting("good morning everyone") == "good morning everyone"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("My cousin lost a lot on SOL last week and now I'm scared. Would you close mine or sit tight?", Intent.ADVICE),
        ("Morning! I was away for a week and closed two trades. Any news on Ethereum?", Intent.NEWS),
        ("my ada is down 12 percent", Intent.ADVICE),
        ("what should my sol size be with my stop at 138 and 2% risk", Intent.SIZE),
        ("how do I turn off messages at night?", Intent.HELP),
        ("did I trade better in May or in June?", Intent.COMPARE),
        ("compare BTC and ETH signals this week", Intent.AGGREGATE),
    ],
)
def test_a_question_within_a_story_is_routed_by_what_it_asks(text: str, intent: Intent) -> None:
    assert ask(text).intent == intent


def test_times_beside_each_other_are_computed_from_records() -> None:
    measure = ask("did I trade better in May or in June?").measure

    assert measure is not None
    assert measure.figure is Figure.SUMMARY
    assert [window.label for window in measure.windows] == ["May", "June"]


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("should i buy hype?", ("HYPE",)),
        ("thoughts on fartcoin", ("FARTCOIN",)),
        ("what about trump coin", ("TRUMP",)),
        ("should I buy everything?", ()),
        ("which coin should I buy", ()),
        ("hold or sell?", ()),
    ],
)
def test_a_coin_that_nobody_knows_is_named_and_not_answered_with_another(text: str, unknown: tuple[str, ...]) -> None:
    assert ask(text).unknown == unknown


def test_foreign_money_is_no_budget_and_does_not_hide_what_is_asked() -> None:
    asked = ask("i sold my bike for 900 eur. what is the latest signal for eth on 1h?")

    assert asked.foreign_money
    assert asked.budget is None
    assert asked.intent is Intent.LATEST


def test_the_market_of_a_day_is_its_summary() -> None:
    assert ask("how was the market yesterday for ETH?").types == ("market_summary",)
